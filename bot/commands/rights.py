"""Who may change what a channel and its workspace get."""

from __future__ import annotations

from bot.commands.vocabulary import Caller
from bot.model.errors import Mistake


def may_change(caller: Caller) -> None:
    """Raises `Mistake` where the platform does not say so."""
    if not caller.may_change:
        raise Mistake(
            "You may not change what this channel gets.",
            "Ask someone who may manage the channel.",
        )

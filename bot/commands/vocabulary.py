"""The commands, and the shape of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.watch import Destination


@dataclass(frozen=True, slots=True)
class AddWatch:
    """Tell this channel of every story that the query matches."""

    query: str


@dataclass(frozen=True, slots=True)
class RemoveWatch:
    watch_id: int


@dataclass(frozen=True, slots=True)
class ListWatches:
    """The watches of this channel, and how many other channels of its workspace have."""


@dataclass(frozen=True, slots=True)
class TryWatch:
    """Show which of the last days' stories a query would have told; nothing is saved or posted."""

    query: str


@dataclass(frozen=True, slots=True)
class Help:
    """What can be asked."""


Command = AddWatch | RemoveWatch | ListWatches | TryWatch | Help


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and from where."""

    destination: Destination
    user: str
    """The person's id on the platform."""
    may_change: bool
    """The platform says that this person may change what this channel gets."""
    key: str
    """The platform's id of this one request; the same request delivered twice is done once."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in plain text, without any platform's markup."""

    text: str
    lines: tuple[str, ...] = ()
    """Rows below the text: one watch, one story each."""
    private: bool = True
    """Only the caller sees it."""

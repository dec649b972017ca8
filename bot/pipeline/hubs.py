"""Keeps up the subscriptions at WebSub hubs, and answers the hubs that ask whether it was us."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol, assert_never

import structlog

from bot.feeds.websub import (
    Denied,
    Granted,
    Left,
    Pushing,
    Step,
    asked,
    called_back,
    next_step,
    question,
)
from bot.model.errors import Mistake
from bot.model.feed import Unreachable, without_secrets
from bot.pipeline.lanes import Lanes
from bot.storage.unit import Storage
from bot.storage.vault import Vault

log = structlog.get_logger()

AT_ONCE = 16
"""Hubs that are asked at a time."""


class Submitter(Protocol):
    async def submit(self, url: str, form: Mapping[str, str]) -> int | Unreachable:
        """The status that answers a posted form; the hub's address came from outside."""
        ...


class Hubs:
    """`public_url` is where hubs reach the program."""

    def __init__(
        self,
        storage: Storage,
        fetcher: Submitter,
        vault: Vault,
        public_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._fetcher = fetcher
        self._vault = vault
        self._public_url = public_url
        self._clock = clock
        self.lanes = Lanes[str]("hub")

    async def wake(self) -> None:
        """Ask the hubs that are to be asked, as many as there is room for; wait for none.

        A question counts as asked before it goes out, so that one that is lost is not repeated at
        once; the feed is polled meanwhile.
        """
        now = self._clock()
        async with self._storage.read() as unit:
            open_questions = await unit.hubs.open_questions(now)
        due = [
            (pushing, step)
            for pushing, wanted in open_questions
            if (step := next_step(pushing, wanted, now)) is not None
            and pushing.feed_id not in self.lanes
        ]
        if not due:
            return
        claimed: list[tuple[Pushing, dict[str, str]]] = []
        async with self._storage.begin() as unit:
            for pushing, step in due[: max(0, AT_ONCE - len(self.lanes))]:
                if step is Step.FORGET:
                    await unit.hubs.forget(pushing)
                    continue
                after, secret = self._with_secret(asked(pushing, step, now))
                if await unit.hubs.save(after, before=pushing):
                    claimed.append((after, question(after, step, self._public_url, secret)))
        for pushing, form in claimed:
            self.lanes.start(pushing.feed_id, self._ask(pushing, form))

    async def called_back(self, callback: str, query: Mapping[str, str]) -> str | None:
        """What to answer a hub that asks at this callback; None: we did not ask for that."""
        async with self._storage.read() as unit:
            known = await unit.hubs.of_callback(callback)
        if known is None:
            return None
        _, pushing = known
        if (said := called_back(pushing, query, self._clock())) is None:
            return None
        async with self._storage.begin() as unit:
            match said:
                case Granted(granted, answer):
                    kept = await unit.hubs.save(granted, before=pushing)
                    log.info("hub verified", feed=pushing.feed_id, until=str(granted.lease_until))
                case Left(answer):
                    kept = await unit.hubs.forget(pushing)
                    log.info("hub left", feed=pushing.feed_id)
                case Denied(denied, reason):
                    answer, kept = "", await unit.hubs.save(denied, before=pushing)
                    log.warning("hub denied", feed=pushing.feed_id, reason=reason[:200])
                case _:
                    assert_never(said)
        return answer if kept else None

    async def _ask(self, pushing: Pushing, form: Mapping[str, str]) -> None:
        answer = await self._fetcher.submit(pushing.hub, form)
        fields = {
            "feed": pushing.feed_id,
            "hub": without_secrets(pushing.hub),
            "mode": form["hub.mode"],
        }
        if isinstance(answer, Unreachable):
            log.warning("hub not asked", reason=answer.reason, **fields)
        elif not 200 <= answer < 300:
            log.warning("hub refused", status=answer, **fields)
        else:
            log.info("hub asked", **fields)

    def _with_secret(self, pushing: Pushing) -> tuple[Pushing, str]:
        """It and its secret: a new one where there is none that can be opened."""
        if pushing.sealed_secret:
            with suppress(Mistake):
                return pushing, self._vault.open(pushing.sealed_secret, pushing.feed_id)
        secret = secrets.token_urlsafe(32)
        return replace(pushing, sealed_secret=self._vault.seal(secret)), secret

"""Tells channels what wirewatch has to say of itself: feeds that fail, stories told in a recap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.delivery.catch_up import recaps
from bot.feeds.health import LATELY, Notice, announce, is_our_fault, worth_a_notice
from bot.model.delivery import Post
from bot.storage.notice_rows import Question
from bot.storage.unit import Storage, Unit

log = structlog.get_logger()

ASK_WITHIN = timedelta(minutes=5)
"""When our network is back, the feeds that were out of reach are asked within this time."""
DEPENDS = timedelta(days=30)
"""A channel that was told a story of a listed feed within this time depends on the feed."""


class Notices:
    """`wake` and `recap` are ticks; what they tell is committed with the fact that it was told."""

    def __init__(self, storage: Storage, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock
        self._works_since: dict[str, datetime] = {}
        """Feeds of which it was told that they fail, and the first success after it."""
        self._excused: dict[str, int] = {}
        """Feeds that were out of reach when all were, and how often they had failed by then."""
        self._no_network = False
        """So it was found at the last look."""
        self._cut_off = False
        """Since it was first found so, no feed was reached."""

    async def wake(self) -> None:
        """Tell what is due of feeds; of several one channel is told in one message."""
        async with self._storage.begin() as unit:
            await self._tell_of_feeds(unit, self._clock())

    async def recap(self) -> None:
        """Tell what is due of the stories that were held back."""
        now = self._clock()
        async with self._storage.begin() as unit:
            for post, stories in recaps(await unit.notices.held(), now):
                await unit.outbox.put([post], now)
                await unit.notices.release((post.destination, each.story_id) for each in stories)
                log.info("recap", channel=post.destination.channel, stories=len(stories))

    async def _tell_of_feeds(self, unit: Unit, now: datetime) -> None:
        condition = await unit.notices.condition(now - LATELY)
        our_fault = is_our_fault(condition)
        failures = await unit.notices.failures() if our_fault or self._cut_off else {}
        if self._cut_off and not self._excused.keys() <= failures.keys():
            # By now they may be left alone for a day.
            await unit.notices.ask_again(now, ASK_WITHIN)
            log.info("network is back", failing=condition.failing, feeds=condition.asked)
            self._cut_off = False
        if our_fault:
            if not self._no_network:
                log.warning("no network", failing=condition.failing, feeds=condition.asked)
                self._no_network = self._cut_off = True
            self._excused = failures
            return
        self._no_network = False
        questions = await unit.notices.open_questions()
        # They stand as failing until each is asked again, which may be long after we are back.
        self._excused = {
            q.feed.id: q.polling.failures
            for q in questions
            if q.polling.failures == self._excused.get(q.feed.id)
        }
        self._works_since = {
            q.feed.id: self._works_since.get(q.feed.id, q.polling.succeeded_at or now)
            for q in questions
            if q.polling.noticed
        }
        notices = [notice for q in questions if (notice := self._judge(q, now)) is not None]
        for fails in (True, False):
            wanted = [notice for notice in notices if notice.fails is fails]
            told = await unit.notices.mark([n.feed_id for n in wanted], fails=fails, now=now)
            notices = [n for n in notices if n.fails is not fails or n.feed_id in told]
        await tell(unit, notices, now)

    def _judge(self, question: Question, now: datetime) -> Notice | None:
        feed, polling = question.feed, question.polling
        if feed.id in self._excused and not polling.noticed:
            return None
        works_since = self._works_since.get(feed.id)
        return worth_a_notice(feed, polling, now, question.told_at, works_since)


async def tell(unit: Unit, notices: Sequence[Notice], now: datetime) -> int:
    """Queue one message for each channel that depends on one of the feeds; returns how many."""
    if not notices:
        return 0
    dependents = await unit.notices.dependents([n.feed_id for n in notices], now - DEPENDS)
    posts = []
    for destination, feed_ids in dependents.items():
        due = [notice for notice in notices if notice.feed_id in feed_ids]
        posts.append(Post(destination, announce(due, now), _because(due)))
    await unit.outbox.put(posts, now)
    log.info("notices", feeds=[notice.feed_id for notice in notices], channels=len(posts))
    return len(posts)


def _because(notices: Sequence[Notice]) -> str:
    this = "this feed" if len(notices) == 1 else "these feeds"
    return f"This channel gets its news from {this}."

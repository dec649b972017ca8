"""What becomes of tickets: sent, put off, refused, found again after a crash. Never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.delivery.plan import plan
from bot.model.delivery import (
    Edit,
    Later,
    Post,
    Refused,
    Sent,
    TicketKind,
    TicketState,
    Unread,
    Unsure,
)
from bot.model.watch import Destination, Platform
from bot.pipeline.dispatch import CALL, LEASE, Dispatch
from bot.pipeline.recover import HOLD_BACK, Recovery
from bot.storage.unit import Storage
from tests.doubles.recording_sink import RecordingSink
from tests.storage.nouns import HERE, bulletin, opened

ELSEWHERE = Destination(Platform.DISCORD, "guild", "elsewhere")
READ_BACK = timedelta(seconds=90)


@dataclass
class Desk:
    """A deliverer, a clock that tests move, and what readers see."""

    storage: Storage
    sink: RecordingSink
    now: datetime

    def dispatch(self, owner: str = "one") -> Dispatch:
        return Dispatch(self.storage, {Platform.DISCORD: self.sink}, lambda: self.now, owner)

    async def recover(self) -> None:
        recovery = Recovery(
            self.storage,
            self.dispatch("two"),
            {Platform.DISCORD: self.sink},
            lambda: self.now,
            "two",
            READ_BACK,
        )
        await recovery.wake()
        await recovery.lanes.idle()

    async def say(self, *headlines: str, to: Destination = HERE) -> None:
        async with self.storage.begin() as unit:
            for headline in headlines:
                await unit.stories.save_all([opened(headline)], self.now)
                await unit.outbox.put([Post(to, bulletin(headline, headline), "asked")], self.now)

    def read(self, channel: Destination = HERE) -> list[str]:
        return [shown.headline for shown in self.sink.channels[channel]]

    async def state(self) -> dict[TicketState, int]:
        async with self.storage.read() as unit:
            counts = await unit.outbox.counts()
        return {state: n for (kind, state), n in counts.items() if kind is TicketKind.POST}


@pytest.fixture
def desk(storage: Storage, now: datetime) -> Desk:
    return Desk(storage, RecordingSink(), now)


async def test_a_channel_reads_its_stories_in_order(desk: Desk) -> None:
    await desk.say("first", "second", "third")
    await desk.dispatch().drain()
    assert desk.read() == ["first", "second", "third"]
    await desk.dispatch().drain()
    assert desk.read() == ["first", "second", "third"]


async def test_what_is_put_off_comes_when_its_time_has_come_and_before_what_follows(
    desk: Desk,
) -> None:
    await desk.say("first", "second")
    desk.sink.outcomes = [Later("429", timedelta(seconds=30))]
    await desk.dispatch().drain()
    assert desk.read() == []
    desk.now += timedelta(seconds=31)
    await desk.dispatch().drain()
    assert desk.read() == ["first", "second"]


async def test_a_slow_channel_holds_up_no_other(desk: Desk) -> None:
    await desk.say("here")
    await desk.say("elsewhere", to=ELSEWHERE)
    desk.sink.slow[HERE] = asyncio.Event()
    dispatch = desk.dispatch()
    await dispatch.wake()
    while not desk.read(ELSEWHERE):
        await asyncio.sleep(0)
    assert desk.read() == []
    desk.sink.slow[HERE].set()
    await dispatch.lanes.idle()
    assert desk.read() == ["here"]


async def test_what_is_refused_is_not_tried_again(desk: Desk) -> None:
    await desk.say("refused", "taken")
    desk.sink.outcomes = [Refused("missing permission")]
    await desk.dispatch().drain()
    assert desk.read() == ["taken"]
    assert await desk.state() == {TicketState.DEAD: 1, TicketState.SENT: 1}


async def test_a_bug_in_a_sink_is_that_tickets_trouble_alone(desk: Desk) -> None:
    await desk.say("buggy")
    await desk.say("elsewhere", to=ELSEWHERE)
    desk.sink.outcomes = [KeyError("renderer")]
    await desk.dispatch().drain()
    assert sorted(desk.read() + desk.read(ELSEWHERE)) in (["buggy"], ["elsewhere"])
    assert await desk.state() == {TicketState.UNKNOWN: 1, TicketState.SENT: 1}


async def test_a_post_whose_answer_was_lost_is_found_in_the_channel(desk: Desk) -> None:
    await desk.say("landed", "next")
    desk.sink.outcomes = [Unsure("reset after write")]
    await desk.dispatch().drain()
    assert desk.read() == ["landed"]  # the next one waits until this is decided
    desk.now += READ_BACK
    await desk.recover()
    await desk.dispatch().drain()
    assert desk.read() == ["landed", "next"]


async def test_a_channels_history_is_not_trusted_too_soon(desk: Desk) -> None:
    await desk.say("landed")
    desk.sink.outcomes = [Unsure("reset after write")]
    await desk.dispatch().drain()
    desk.now += READ_BACK - timedelta(seconds=1)
    await desk.recover()
    assert await desk.state() == {TicketState.UNKNOWN: 1}


async def test_a_nonce_that_is_still_known_is_repeated_and_makes_no_second_message(
    desk: Desk,
) -> None:
    desk.sink = RecordingSink(replays=timedelta(seconds=60), readable=False)
    await desk.say("landed")
    desk.sink.outcomes = [Unsure("reset after write")]
    await desk.dispatch().drain()
    desk.now += timedelta(seconds=5)
    await desk.recover()
    assert desk.read() == ["landed"]
    assert await desk.state() == {TicketState.SENT: 1}


async def test_what_died_before_it_was_sent_is_sent_after_the_channel_was_read(desk: Desk) -> None:
    await desk.say("lost")
    async with desk.storage.begin() as unit:
        assert await unit.outbox.claim(HERE, "dead", LEASE, desk.now)
    await desk.recover()  # its lease still holds
    desk.now += LEASE + READ_BACK
    await desk.recover()
    await desk.dispatch().drain()
    assert desk.read() == ["lost"]


async def test_what_nobody_can_decide_is_parked_and_the_channel_goes_on(desk: Desk) -> None:
    desk.sink = RecordingSink(readable=False)
    await desk.say("doubtful", "next")
    desk.sink.outcomes = [Unsure("reset after write")]
    await desk.dispatch().drain()
    desk.now += READ_BACK
    await desk.recover()
    await desk.dispatch().drain()
    assert await desk.state() == {TicketState.PARKED: 1, TicketState.SENT: 1}
    assert desk.read() == ["doubtful", "next"]


async def test_a_deliverer_that_lost_its_lease_does_not_overwrite_what_its_heir_recorded(
    desk: Desk,
) -> None:
    desk.sink = RecordingSink(replays=timedelta(minutes=10))
    await desk.say("once")
    async with desk.storage.begin() as unit:
        frozen = await unit.outbox.claim(HERE, "frozen", LEASE, desk.now)
    assert frozen is not None
    desk.now += LEASE
    await desk.recover()
    assert await desk.dispatch("frozen").deliver(frozen) is None
    assert desk.read() == ["once"]
    assert await desk.state() == {TicketState.SENT: 1}


async def test_a_deliverer_that_slept_past_its_lease_says_nothing(desk: Desk) -> None:
    """On a platform that knows no nonces, its message would be the second."""
    await desk.say("once")
    async with desk.storage.begin() as unit:
        frozen = await unit.outbox.claim(HERE, "frozen", LEASE, desk.now)
    assert frozen is not None
    desk.now += LEASE + READ_BACK
    await desk.recover()
    await desk.dispatch().drain()
    assert await desk.dispatch("frozen").deliver(frozen) is None
    assert desk.read() == ["once"]


async def test_a_claim_whose_lease_is_nearly_over_is_given_back(desk: Desk) -> None:
    await desk.say("late")
    async with desk.storage.begin() as unit:
        ticket = await unit.outbox.claim(HERE, "slow", LEASE, desk.now)
    assert ticket is not None
    desk.now += LEASE - CALL + timedelta(seconds=1)
    await desk.dispatch("slow").deliver(ticket)
    assert desk.read() == []
    await desk.dispatch().drain()
    assert desk.read() == ["late"]


async def test_a_bug_in_reading_one_channel_holds_up_no_other_and_ends_in_parking(
    desk: Desk,
) -> None:
    await desk.say("here")
    await desk.say("elsewhere", to=ELSEWHERE)
    desk.sink.outcomes = [Unsure("reset"), Unsure("reset")]
    await desk.dispatch().drain()
    desk.sink.unfindable = HERE
    desk.now += READ_BACK
    await desk.recover()
    assert await desk.state() == {TicketState.UNKNOWN: 1, TicketState.SENT: 1}
    desk.now += HOLD_BACK
    await desk.recover()
    assert await desk.state() == {TicketState.PARKED: 1, TicketState.SENT: 1}


async def test_a_channel_that_cannot_be_read_just_now_is_read_again_before_it_is_parked(
    desk: Desk,
) -> None:
    await desk.say("landed")
    desk.sink.outcomes = [Unsure("reset")]
    await desk.dispatch().drain()
    desk.sink.unread = Unread("slow down", again=True)
    desk.now += READ_BACK
    await desk.recover()
    assert await desk.state() == {TicketState.UNKNOWN: 1}
    desk.sink.unread = None
    desk.now += timedelta(minutes=1)
    await desk.recover()
    assert await desk.state() == {TicketState.SENT: 1}


async def test_told_to_stop_it_ends_what_it_says_and_begins_nothing_more(desk: Desk) -> None:
    await desk.say("first", "second", "third")
    desk.sink.slow[HERE] = asyncio.Event()
    dispatch = desk.dispatch()
    await dispatch.wake()
    await _until(lambda: desk.sink.waiting == 1)
    stopping = asyncio.create_task(dispatch.stop(grace=5))
    await asyncio.sleep(0)
    desk.sink.slow[HERE].set()
    await stopping
    assert desk.read() == ["first"]
    assert await desk.state() == {TicketState.SENT: 1, TicketState.PENDING: 2}


async def test_a_channel_that_is_being_served_is_not_served_twice(desk: Desk) -> None:
    await desk.say("first", "second")
    desk.sink.slow[HERE] = asyncio.Event()
    dispatch = desk.dispatch()
    await dispatch.wake()
    await _until(lambda: desk.sink.waiting == 1)
    desk.now += LEASE  # as if the lease had run out meanwhile
    await dispatch.wake()
    assert len(dispatch.lanes) == 1
    desk.sink.slow[HERE].set()
    await dispatch.lanes.idle()


async def test_a_channel_that_is_gone_is_left_alone_for_a_while(desk: Desk) -> None:
    await desk.say("first", "second", "third")
    desk.sink.outcomes = [Refused("unknown channel", gone=True)]
    await desk.dispatch().drain()
    assert await desk.state() == {TicketState.DEAD: 1, TicketState.PENDING: 2}
    desk.now += timedelta(minutes=59)
    await desk.dispatch().drain()
    assert desk.read() == []
    desk.now += timedelta(minutes=1)
    await desk.dispatch().drain()
    assert desk.read() == ["second", "third"]


async def test_a_message_that_was_taken_away_is_edited_no_more(desk: Desk) -> None:
    await desk.say("told")
    await desk.dispatch().drain()
    desk.sink.channels[HERE].clear()
    async with desk.storage.begin() as unit:
        [receipt] = await unit.outbox.receipts("told")
        await unit.outbox.put([Edit(receipt, bulletin("told", "again"))], desk.now)
    await desk.dispatch().drain()
    async with desk.storage.read() as unit:
        [receipt] = await unit.outbox.receipts("told")
    assert receipt.gone
    assert plan(bulletin("told", "and again"), [], [receipt]) == ()


async def test_tickets_of_a_platform_that_is_not_connected_wait(desk: Desk) -> None:
    await desk.say("slack", to=Destination(Platform.SLACK, "T1", "C1"))
    await desk.dispatch().drain()
    assert await desk.state() == {TicketState.PENDING: 1}


async def _until(what: Callable[[], bool]) -> None:
    while not what():
        await asyncio.sleep(0.001)


def test_the_sink_of_these_tests_keeps_its_word() -> None:
    """A sink that doubles on a repeated nonce is what the tests above must tell apart."""

    async def twice(sink: RecordingSink) -> int:
        for _ in range(2):
            assert isinstance(await sink.post(HERE, bulletin(), "asked", "n"), Sent)
        return len(sink.channels[HERE])

    assert asyncio.run(twice(RecordingSink())) == 2
    assert asyncio.run(twice(RecordingSink(replays=timedelta(seconds=1)))) == 1

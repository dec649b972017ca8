"""What channels are told of feeds that fail, and of stories that were too many."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.feeds.health import moved
from bot.model.delivery import Bulletin, Post
from bot.model.feed import Polling, Trouble
from bot.model.watch import Destination, Platform
from bot.pipeline.dispatch import Dispatch
from bot.pipeline.notices import ASK_WITHIN, Notices, tell
from bot.storage.unit import Storage
from tests.doubles.recording_sink import RecordingSink
from tests.storage.nouns import HERE, THERE, bulletin, feed, opened

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ELSEWHERE = Destination(Platform.DISCORD, "guild", "elsewhere")
OPERATOR = Destination(Platform.CONSOLE, "", "")


@dataclass
class Desk:
    """Feeds whose polls end as the test says, and channels that show what was posted."""

    storage: Storage
    now: datetime
    sink: RecordingSink = field(default_factory=RecordingSink)

    def __post_init__(self) -> None:
        self.notices = Notices(self.storage, lambda: self.now)

    async def read_feeds(self, *feed_ids: str) -> None:
        async with self.storage.begin() as unit:
            await unit.feeds.sync([feed(feed_id) for feed_id in feed_ids], self.now)
        for feed_id in feed_ids:
            await self.works(feed_id)

    async def posted(self, feed_id: str, channel: Destination = HERE) -> None:
        """A story of this feed stands in this channel."""
        story_id = f"of-{feed_id}"
        async with self.storage.begin() as unit:
            await unit.stories.save_all([opened(story_id, feed_id=feed_id)], self.now)
            await unit.outbox.put([Post(channel, bulletin(story_id), "asked")], self.now)
        await self.deliver()
        self.sink.channels[channel].clear()

    async def subscribed(self, feed_id: str, channel: Destination = HERE) -> None:
        async with self.storage.begin() as unit:
            await unit.subscriptions.add(feed(feed_id), channel, "someone", self.now, self.now)
        await self.works(feed_id)

    async def works(self, feed_id: str) -> None:
        await self.save(Polling(feed_id, self.now + HOUR, succeeded_at=self.now))

    async def fails(
        self, feed_id: str, trouble: Trouble, since: datetime, failures: int = 9
    ) -> None:
        await self.save(
            Polling(
                feed_id,
                self.now + HOUR,
                failures=failures,
                failing_since=since,
                trouble=trouble,
                error="no luck",
            )
        )

    async def due(self) -> dict[str, datetime]:
        async with self.storage.read() as unit:
            return {feed.id: polling.due_at for feed, polling in await unit.feeds.all()}

    async def save(self, polling: Polling) -> None:
        async with self.storage.begin() as unit:
            await unit.feeds.save(polling)

    async def wake(self, after: timedelta = timedelta(0)) -> None:
        self.now += after
        await self.notices.wake()
        await self.notices.recap()
        await self.deliver()

    async def deliver(self) -> None:
        sinks = dict.fromkeys((Platform.DISCORD, Platform.SLACK), self.sink)
        await Dispatch(self.storage, sinks, lambda: self.now, "desk").drain()

    def told(self, channel: Destination = HERE) -> list[str]:
        return [shown.headline for shown in self.sink.channels[channel]]

    def last(self, channel: Destination = HERE) -> Bulletin:
        return self.sink.channels[channel][-1].wordings[-1]


@pytest.fixture
def desk(storage: Storage, now: datetime) -> Desk:
    return Desk(storage, now)


async def test_one_notice_when_a_feed_fails_and_one_when_it_works_again(desk: Desk) -> None:
    await desk.read_feeds("courier", "gazette")
    await desk.posted("courier")
    await desk.fails("courier", Trouble.BLOCKED, desk.now, failures=1)
    await desk.wake(MINUTE)
    assert desk.told() == []
    await desk.fails("courier", Trouble.BLOCKED, desk.now, failures=3)
    await desk.wake(3 * HOUR)
    await desk.wake(HOUR)
    assert desk.told() == ["courier: the site does not let wirewatch in"]
    assert desk.last().notice
    await desk.works("courier")
    await desk.wake(MINUTE)
    assert len(desk.told()) == 1
    await desk.wake(HOUR)
    await desk.wake(HOUR)
    assert desk.told()[1:] == ["courier: the feed works again"]


async def test_a_feed_that_fails_again_within_the_hour_was_never_said_to_work(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    await desk.wake()
    for _ in range(5):
        await desk.works("courier")
        await desk.wake(30 * MINUTE)
        await desk.fails("courier", Trouble.GONE, desk.now)
        await desk.wake(31 * MINUTE)
    assert desk.told() == ["courier: the feed is gone"]


async def test_a_feed_that_fails_every_night_is_not_told_of_every_night(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    for _ in range(4):
        await desk.fails("courier", Trouble.BLOCKED, desk.now)
        await desk.wake(8 * HOUR)
        await desk.works("courier")
        await desk.wake(MINUTE)
        await desk.wake(16 * HOUR - MINUTE)
    assert desk.told() == [
        "courier: the site does not let wirewatch in",
        "courier: the feed works again",
        "courier: the site does not let wirewatch in",
        "courier: the feed works again",
    ]  # of the first night and of the fourth


async def test_only_channels_that_depend_on_the_feed_are_told(desk: Desk) -> None:
    await desk.read_feeds("courier", "gazette")
    await desk.posted("courier")
    await desk.posted("gazette", ELSEWHERE)
    await desk.subscribed("own", THERE)
    for feed_id in ("courier", "own"):
        await desk.fails(feed_id, Trouble.GONE, desk.now)
    await desk.wake()
    assert desk.told() == ["courier: the feed is gone"]
    assert desk.told(THERE) == ["own: the feed is gone"]
    assert desk.told(ELSEWHERE) == []


async def test_a_channel_that_got_nothing_of_the_feed_for_a_month_is_not_told(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    await desk.wake(31 * DAY)
    assert desk.told() == []


async def test_a_feed_of_another_workspace_is_told_of_there_alone(desk: Desk) -> None:
    await desk.subscribed("own", THERE)
    await desk.posted("own")  # as before it was taken off the list
    await desk.fails("own", Trouble.GONE, desk.now)
    await desk.wake()
    assert (desk.told(), desk.told(THERE)) == ([], ["own: the feed is gone"])


async def test_a_feed_that_the_operator_added_is_told_of_where_its_stories_stand(
    desk: Desk,
) -> None:
    await desk.subscribed("courier", OPERATOR)
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    await desk.wake()
    assert desk.told() == ["courier: the feed is gone"]
    async with desk.storage.read() as unit:
        assert await unit.outbox.due_channels(desk.now) == []  # nothing waits for a console


async def test_a_workspace_that_paused_the_feed_hears_nothing_of_it(desk: Desk) -> None:
    await desk.subscribed("own", HERE)
    await desk.subscribed("own", THERE)
    async with desk.storage.begin() as unit:
        await unit.subscriptions.pause("own", THERE.platform, THERE.workspace, True)
    await desk.fails("own", Trouble.GONE, desk.now)
    await desk.wake()
    assert (desk.told(), desk.told(THERE)) == (["own: the feed is gone"], [])


async def test_several_feeds_are_one_message_to_a_channel(desk: Desk) -> None:
    names = [f"f{number}" for number in range(9)]
    await desk.read_feeds(*names)
    for name in names:
        await desk.posted(name)
    for name in names[:3]:
        await desk.fails(name, Trouble.GONE, desk.now)
    await desk.wake()
    assert desk.told() == ["3 feeds fail"]
    assert len(desk.last().lines) == 3


async def test_our_own_network_is_no_feeds_fault_during_the_outage_and_after(desk: Desk) -> None:
    names = [f"f{number}" for number in range(6)]
    await desk.read_feeds(*names)
    for name in names:
        await desk.posted(name)
    began = desk.now
    for name in names:
        await desk.fails(name, Trouble.DOWN, began, failures=9)
    await desk.wake(2 * DAY)
    for name in names[:4]:
        await desk.works(name)
    await desk.wake(HOUR)
    assert desk.told() == []  # f4 and f5 were not asked since
    await desk.fails("f4", Trouble.DOWN, began, failures=10)
    await desk.wake(HOUR)
    assert desk.told() == ["f4: nothing comes from its feed"]


async def test_a_feed_excused_once_is_not_excused_for_ever(desk: Desk) -> None:
    names = [f"f{number}" for number in range(6)]
    await desk.read_feeds(*names)
    await desk.posted("f0")
    for name in names:
        await desk.fails(name, Trouble.DOWN, desk.now, failures=9)
    await desk.wake(DAY)
    for name in names:
        await desk.works(name)
    await desk.fails("f0", Trouble.DOWN, desk.now - DAY, failures=8)
    await desk.wake()
    assert desk.told() == ["f0: nothing comes from its feed"]


async def test_killed_before_the_commit_it_is_told_once(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    beside = Notices(desk.storage, lambda: desk.now)
    with pytest.raises(KeyError):
        async with desk.storage.begin() as unit:
            await beside._tell_of_feeds(unit, desk.now)
            raise KeyError("killed")
    await beside.wake()
    await desk.wake()
    assert desk.told() == ["courier: the feed is gone"]


async def test_two_who_look_at_once_tell_it_once(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)

    def beside(minutes: int) -> Notices:
        return Notices(desk.storage, lambda: desk.now + minutes * MINUTE)

    others = [beside(minutes) for minutes in range(4)]
    await asyncio.gather(*(other.wake() for other in others))
    await desk.deliver()
    assert desk.told() == ["courier: the feed is gone"]


async def test_a_move_is_told_to_those_who_depend_on_the_feed(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.posted("courier")
    async with desk.storage.begin() as unit:
        words = moved(feed("courier"), "https://new.example/rss")
        assert await tell(unit, [words], desk.now) == 1
    await desk.deliver()
    assert desk.told() == ["courier: the feed has moved"]


async def test_what_was_held_back_is_told_in_one_recap(desk: Desk) -> None:
    posts = [Post(HERE, bulletin(f"s{n}", f"Story {n}"), "asked") for n in range(3)]
    async with desk.storage.begin() as unit:
        await unit.notices.hold(posts, desk.now)
    await desk.wake(9 * MINUTE)
    assert desk.told() == []
    await desk.wake(MINUTE)
    await desk.wake(HOUR)
    assert desk.told() == ["3 more stories came at the same time"]
    assert {(line.text, line.outlet) for line in desk.last().lines} == {
        (f"Story {n}", "Kabul Daily") for n in range(3)
    }


async def test_a_held_story_that_was_posted_after_all_is_in_no_recap(desk: Desk) -> None:
    posts = [Post(HERE, bulletin(f"s{n}", f"Story {n}"), "asked") for n in range(2)]
    async with desk.storage.begin() as unit:
        await unit.notices.hold([*posts, replace(posts[0], destination=THERE)], desk.now)
        await unit.notices.release([(HERE, "s0")])
    await desk.wake(HOUR)
    assert [line.text for line in desk.last().lines] == ["Story 1"]
    assert [line.text for line in desk.last(THERE).lines] == ["Story 0"]


async def test_when_our_network_is_back_the_feeds_out_of_reach_are_asked_soon(desk: Desk) -> None:
    names = [f"f{number}" for number in range(6)]
    await desk.read_feeds(*names, "gone")
    began = desk.now
    for name in names:
        await desk.fails(name, Trouble.DOWN, began)
    await desk.fails("gone", Trouble.GONE, began)
    far = desk.now + HOUR
    await desk.wake()
    assert {*(await desk.due()).values()} == {far}
    await desk.works("f0")  # the first sign, while most are still out of reach
    await desk.wake(MINUTE)
    due = await desk.due()
    later = {far, desk.now - MINUTE + HOUR}
    assert {name for name, at in due.items() if at in later} == {"f0", "gone"}
    soon = sorted(due[name] for name in names[1:])
    assert soon[0] == desk.now and soon[-1] <= desk.now + ASK_WITHIN
    assert len({*soon}) == 5
    for name in names[1:]:
        await desk.fails(name, Trouble.SLOW, began)
    late = desk.now + HOUR
    await desk.works("f1")
    await desk.wake(MINUTE)
    assert (await desk.due())["f2"] == late  # once is enough


async def test_each_time_that_our_network_fails_its_end_is_seen(desk: Desk) -> None:
    names = [f"f{number}" for number in range(6)]
    await desk.read_feeds(*names)
    for _ in range(2):
        for name in names:
            await desk.fails(name, Trouble.DOWN, desk.now)
        await desk.wake(MINUTE)
        for name in names[1:]:
            await desk.works(name)
        await desk.wake(MINUTE)
        assert (await desk.due())["f0"] == desk.now  # and f0 is down for longer than we were


async def test_a_bug_met_with_a_feed_costs_no_recap(desk: Desk) -> None:
    await desk.read_feeds("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    async with desk.storage.begin() as unit:
        await unit.kept.swap("feed fails: courier", "no time")
        await unit.notices.hold([Post(HERE, bulletin("s1", "Story"), "asked")], desk.now)
    desk.now += HOUR
    with pytest.raises(ValueError, match="no time"):
        await desk.notices.wake()
    await desk.notices.recap()
    await desk.deliver()
    assert len(desk.told()) == 1


async def test_feeds_that_lead_nowhere_silence_nobody_while_others_are_read(desk: Desk) -> None:
    nowhere = [f"n{number}" for number in range(9)]
    await desk.read_feeds("courier", "gazette", *nowhere)
    await desk.posted("courier")
    await desk.fails("courier", Trouble.GONE, desk.now)
    for name in nowhere:
        await desk.fails(name, Trouble.DOWN, desk.now)
    desk.now += 2 * DAY
    await desk.works("gazette")
    await desk.wake()
    assert desk.told() == ["courier: the feed is gone"]

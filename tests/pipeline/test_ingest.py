"""From what feeds say to what readers see, with real storage and everything between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pytest

from bot.feeds.parse import parse
from bot.feeds.schedule import Pace
from bot.matching.topics import read_topics
from bot.model.feed import (
    Document,
    Feed,
    FetchResult,
    Polling,
    Reading,
    Trouble,
    Unchanged,
    Unreachable,
)
from bot.model.ruling import By
from bot.model.story import Story
from bot.model.watch import Destination, Platform
from bot.pipeline.corrections import Corrections
from bot.pipeline.dispatch import Dispatch
from bot.pipeline.ingest import LONG_PAUSE, Ingest
from bot.pipeline.placing import Placing
from bot.pipeline.poll import AT_A_HOST, AT_ONCE, Polls
from bot.storage.unit import Storage, Unit, open_storage
from bot.storage.vault import Vault
from bot.stories.window import Window
from tests.doubles.feed_server import Article, rss
from tests.doubles.recording_sink import RecordingSink, Shown

CHANNEL = Destination(Platform.DISCORD, "guild", "desk")
OTHER = Destination(Platform.DISCORD, "guild", "other")
SHIPPED = Path(__file__).resolve().parents[2] / "config/topics"
TOPICS, _ = read_topics({str(p): p.read_text() for p in SHIPPED.glob("*.yaml")})
PACE = Pace(timedelta(minutes=5), timedelta(hours=1))
FEEDS = [
    Feed(outlet, f"https://{outlet}.example/rss", outlet.title(), outlet.title())
    for outlet in ("courier", "gazette", "herald")
]
QUIET = Article("quiet", "Harbour fair opens", "Stalls along the quay.")


@dataclass
class Press:
    """The fetcher: what each outlet says now, and a reader in this process."""

    says: dict[str, Sequence[Article] | FetchResult | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: asyncio.Event | None = None
    hanging: dict[str, asyncio.Event] = field(default_factory=dict)

    async def fetch(self, feed: Feed, polling: Polling) -> FetchResult:
        self.asked.append(feed.id)
        if self.slow is not None:
            await self.slow.wait()
        if (until := self.hanging.get(feed.id)) is not None:
            await until.wait()
        match self.says[feed.id]:
            case Document() | Unchanged() | Unreachable() as result:
                return result
            case Exception() as error:
                raise error
            case articles:
                return Document(rss(feed.outlet, *articles), feed.url, "application/rss+xml")

    async def read(self, document: Document, known_blocks: bytes) -> Reading:
        return parse(document.body, document.url, document.content_type)


class Disk(Storage):
    """The database on a disk that can be full: what is written then is undone."""

    def __init__(self, storage: Storage) -> None:
        self.__dict__.update(storage.__dict__)
        self.full = False
        self.room_for: int | None = None
        """So many more transactions, and then it is full."""
        self.fails_after: int | None = None
        """So many more transactions, and then one fails."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        async with super().begin() as unit:
            yield unit
            if self.room_for is not None:
                self.full = self.room_for == 0
                self.room_for -= 1
            if self.fails_after is not None:
                self.fails_after -= 1
                if self.fails_after < 0:
                    self.fails_after = None
                    raise OSError("the disk is busy")
            if self.full:
                raise OSError("the disk is full")


@dataclass
class Newsroom:
    storage: Disk
    press: Press
    sink: RecordingSink
    clock: datetime
    placing: Placing
    ingest: Ingest
    polls: Polls

    async def hear(self, **said: Sequence[Article] | FetchResult | Exception) -> None:
        """These outlets say this now; all are polled, and what was planned is sent."""
        self.clock += timedelta(minutes=10)
        self.press.says.update(said)
        await self.polls.everything(FEEDS)
        dispatch = Dispatch(self.storage, {Platform.DISCORD: self.sink}, self.now, "test")
        await dispatch.drain()

    def now(self) -> datetime:
        return self.clock

    async def standing(self, feed_id: str) -> tuple[Feed, Polling]:
        async with self.storage.read() as unit:
            return next(each for each in await unit.feeds.all() if each[0].id == feed_id)

    def another(self, owner: str) -> tuple[Placing, Ingest]:
        """One more that places on the same database, as another process would."""
        placing = Placing(self.storage, TOPICS, self.now, owner)
        return placing, Ingest(self.storage, self.press, self.press, placing, PACE, self.now)

    def read(self, channel: Destination = CHANNEL) -> list[Shown]:
        return self.sink.channels[channel]

    async def watch(self, query: str, channel: Destination = CHANNEL) -> None:
        async with self.storage.begin() as unit:
            await unit.watches.add(channel, query, "u1", self.clock)


@pytest.fixture
async def room(storage: Storage, now: datetime) -> Newsroom:
    newsroom: Newsroom
    press = Press()
    disk = Disk(storage)
    async with storage.begin() as unit:
        await unit.feeds.sync(FEEDS, now)

    def clock() -> datetime:
        return newsroom.clock

    placing = Placing(disk, TOPICS, clock, "test")
    ingest = Ingest(disk, press, press, placing, PACE, clock)
    polls = Polls(disk, ingest, PACE, clock, "test", lambda: 0.5)
    newsroom = Newsroom(disk, press, RecordingSink(), now, placing, ingest, polls)
    await newsroom.hear(courier=[QUIET], gazette=[QUIET], herald=[QUIET])
    return newsroom


MANY = [Article(f"n{n}", f"Village {n} elects mayor {n}", f"Vote {n}.") for n in range(120)]
ROCKETS = Article(
    "rockets",
    "Rockets strike near US embassy in Baghdad",
    "Four rockets landed in Baghdad's Green Zone on Tuesday evening near the United States "
    "embassy, the Iraqi military said. Sirens sounded inside the embassy compound.",
)
ROCKETS_TOO = Article(
    "rockets-too",
    "US embassy in Baghdad targeted by rockets in Green Zone",
    "At least four rockets were fired at the United States embassy in Baghdad's Green Zone on "
    "Tuesday evening, setting off sirens in the compound, Iraqi military officials said.",
)


BANG = Article(
    "bang",
    "Loud explosion shakes homes across Dubai",
    "A loud explosion made walls tremble across Dubai late on Wednesday. Residents saw an orange glow "
    "in the direction of Jebel Ali port. The civil defence gave no cause.",
)
SHIP = Article(
    "ship",
    "Container ship catches fire at berth, crew evacuated",
    "Firefighters were battling a blaze aboard a container vessel flagged in Comoros that was "
    "preparing to berth on Wednesday. The 14 sailors left in time, the operator DP World said.",
)
BANG_AND_SHIP = Article(
    "both",
    "Container vessel's explosion at Jebel Ali port felt across Dubai",
    "The loud explosion that made walls tremble across Dubai on Wednesday night came from a container "
    "vessel at Jebel Ali port, the civil defence said. Firefighters put out the blaze on the "
    "Comoros-flagged ship, and its 14 sailors were evacuated, DP World said.",
)
ROCKETS_AGAIN = Article(
    "rockets-again",
    "Rockets land in Green Zone near US embassy in Baghdad",
    "The Iraqi military said on Tuesday evening that four rockets landed in the Green Zone in "
    "Baghdad near the United States embassy. Sirens were heard in its compound.",
)


async def test_three_outlets_make_one_message_that_is_edited(room: Newsroom) -> None:
    await room.watch("topic:embassy-attack")
    await room.hear(courier=[QUIET, ROCKETS])
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    [message] = room.read()
    assert [wording.publishers for wording in message.wordings] == [1, 2]
    assert "Gazette" in str(message.wordings[-1].news)


async def test_two_stories_that_turn_out_to_be_one_are_told_so(room: Newsroom) -> None:
    await room.watch("explosion OR vessel")
    await room.hear(courier=[QUIET, BANG])
    await room.hear(gazette=[QUIET, SHIP])
    await room.hear(herald=[QUIET, BANG_AND_SHIP])
    lives, pointer = room.read()
    assert pointer.wordings[-1].moved_to is not None
    assert lives.wordings[-1].news == (
        f"two stories turned out to be one: “{SHIP.title}” is told here too now;"
        " 2 more newsrooms tell it: Gazette, Herald"
    )


async def test_a_wire_text_printed_twice_adds_an_outlet_and_no_newsroom(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(courier=[QUIET, ROCKETS])
    before = room.polls.tally.placed.copies
    await room.hear(gazette=[QUIET, ROCKETS])
    [message] = room.read()
    told = message.wordings[-1]
    assert [(m.outlet, m.copy) for m in told.mentions] == [("Courier", False), ("Gazette", True)]
    assert told.publishers == 1
    assert room.polls.tally.placed.copies - before == 1


async def test_what_a_feed_holds_at_first_sight_is_told_to_nobody(room: Newsroom) -> None:
    await room.watch('"harbour fair"')
    await room.hear()
    assert room.read() == []


async def test_a_story_that_began_before_is_told_when_it_goes_on(room: Newsroom) -> None:
    await room.hear(courier=[QUIET, ROCKETS])
    await room.watch("rockets")
    await room.hear()
    assert room.read() == []
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    [message] = room.read()
    assert message.wordings[0].publishers == 2


async def test_the_same_feed_again_says_nothing_new(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(courier=[QUIET, ROCKETS])
    await room.hear(courier=[ROCKETS, QUIET])
    assert [message.edits for message in room.read()] == [0]


async def test_an_edited_headline_edits_the_message(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(courier=[QUIET, ROCKETS])
    retitled = Article(
        "rockets",
        "Seven rockets strike near US embassy in Baghdad",
        ROCKETS.description.replace("Four", "Seven"),
    )
    await room.hear(courier=[QUIET, retitled])
    [message] = room.read()
    assert message.edits == 1
    assert message.headline == "Seven rockets strike near US embassy in Baghdad"
    await room.hear(courier=[QUIET, retitled, Article("x", "Market day", "Cattle are sold.")])
    assert message.edits == 1


async def test_a_watch_that_is_gone_gets_no_new_story(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.watch("rockets", OTHER)
    async with room.storage.begin() as unit:
        [gone] = [w for w in await unit.watches.all() if w.destination == OTHER]
        await unit.watches.remove(gone.id, Platform.DISCORD, "guild")
    await room.hear(courier=[QUIET, ROCKETS])
    assert (len(room.read()), len(room.read(OTHER))) == (1, 0)


async def test_one_feed_that_fails_costs_only_itself(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(
        courier=RuntimeError("a bug"),
        gazette=Unreachable("It cannot be reached."),
        herald=[QUIET, ROCKETS],
    )
    assert len(room.read()) == 1
    async with room.storage.read() as unit:
        standing = {feed.id: polling for feed, polling in await unit.feeds.all()}
    assert standing["gazette"].error == "It cannot be reached."
    assert "its log says how" in str(standing["courier"].error)
    assert all(polling.due_at > room.clock for polling in standing.values())


async def test_a_feed_whose_key_is_lost_fails_without_being_asked(
    room: Newsroom, database_url: str
) -> None:
    locked = Feed("locked", "https://ann:secret@a.example/rss", "A", "A")
    keyed = open_storage(database_url, Vault(["k" * 32]))
    async with keyed.begin() as unit:
        await unit.subscriptions.add(locked, CHANNEL, "ann", room.clock, room.clock)
    await keyed.dispose()
    room.press.says = {feed.id: [QUIET] for feed in FEEDS}
    await room.polls.wake()
    await room.polls.lanes.idle()
    assert {*room.press.asked} == {"courier", "gazette", "herald"}
    _, polling = await room.standing("locked")
    assert (polling.failures, polling.trouble) == (1, Trouble.BLOCKED)
    assert polling.error == "Its address cannot be opened: its key is missing."


async def test_only_feeds_whose_time_has_come_are_asked(room: Newsroom) -> None:
    room.press.asked.clear()
    await room.polls.wake()
    await room.polls.lanes.idle()
    assert room.press.asked == []
    room.clock += timedelta(hours=1)
    await room.polls.wake()
    await room.polls.lanes.idle()
    assert sorted(room.press.asked) == ["courier", "gazette", "herald"]


async def test_a_transaction_that_fails_leaves_nothing_half_known(room: Newsroom) -> None:
    """The feed is read again, and its story is told then as if nothing had happened."""
    await room.watch("rockets")
    room.storage.full = True
    await room.hear(courier=[QUIET, ROCKETS], gazette=[QUIET, ROCKETS_TOO])
    room.storage.full = False
    assert room.read() == []
    await room.hear()
    [message] = room.read()
    assert [mention.outlet for mention in message.wordings[-1].mentions] == ["Courier", "Gazette"]


async def test_a_story_that_nobody_adds_to_is_closed_and_another_opens(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(courier=[QUIET, ROCKETS])
    room.clock += timedelta(hours=73)
    assert await room.placing.close_stale() >= 1
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    assert len(room.read()) == 2
    async with room.storage.read() as unit:
        assert len(await unit.stories.open_stories()) == 1


async def test_what_was_open_before_a_restart_is_closed_after_it(room: Newsroom) -> None:
    await room.hear(courier=[QUIET, ROCKETS])
    room.clock += timedelta(hours=73)
    placing, _ = room.another("next run")
    assert await placing.close_stale() == 2
    async with room.storage.read() as unit:
        assert await unit.stories.open_stories() == []


async def test_a_restart_after_a_merge_with_a_closed_story_changes_nothing(room: Newsroom) -> None:
    """What its entries are compared by was let go of, and is kept again as it is made anew."""
    ended = await closed(room)
    await room.hear(herald=[QUIET, ROCKETS_AGAIN])
    async with room.storage.read() as unit:
        [again] = await unit.stories.open_stories()
    await Corrections(room.placing, room.now).merge(again.id, ended.id, OPERATOR)
    await room.hear(herald=MANY[:20])
    await same_after_a_restart(room)


async def test_a_restart_after_a_split_of_a_closed_story_changes_nothing(room: Newsroom) -> None:
    ended = await closed(room)
    first, _ = ended.entries
    await Corrections(room.placing, room.now).split(ended.id, [first.id], OPERATOR)
    await room.hear(herald=MANY[:20])
    await same_after_a_restart(room)


async def closed(room: Newsroom) -> Story:
    """A story of two reports that nobody added to."""
    await room.hear(courier=[QUIET, ROCKETS])
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    async with room.storage.read() as unit:
        [story] = [s for s in await unit.stories.open_stories() if len(s.entries) == 2]
    room.clock += timedelta(hours=73)
    await room.placing.close_stale()
    return story


async def same_after_a_restart(room: Newsroom) -> None:
    async with room.placing.alone() as alone:
        kept = alone.unit.window
        stories = await alone.unit.stories.open_stories()
        restored = Window.restore(stories, await kept.past(), await kept.compared())
        assert alone.window is not None
        assert stories
        assert {*restored.stories()} == {*alone.window.stories()}
        for entry in chain.from_iterable(story.entries for story in stories):
            assert restored.compared(entry) == alone.window.compared(entry)


async def test_two_that_place_beside_each_other_make_one_story(room: Newsroom) -> None:
    await room.watch("rockets")
    _, other = room.another("beside")
    room.press.says.update(courier=[QUIET, ROCKETS], gazette=[QUIET, ROCKETS_TOO])
    await room.ingest.poll(*(await room.standing("herald")), None, 0.5)
    await other.poll(*(await room.standing("courier")), None, 0.5)
    await room.hear()
    [message] = room.read()
    assert message.wordings[-1].publishers == 2


async def test_a_feed_of_many_items_is_taken_in_whole(room: Newsroom) -> None:
    await room.hear(courier=MANY)
    assert room.polls.tally.placed.new == len(MANY) + len(FEEDS)
    await room.hear()
    assert room.polls.tally.placed.new == len(MANY) + len(FEEDS)


async def test_a_feed_that_was_taken_in_by_half_is_read_again_whole(room: Newsroom) -> None:
    room.press.says["courier"] = MANY
    room.storage.room_for = 1
    with pytest.raises(OSError):
        await room.ingest.poll(*(await room.standing("courier")), None, 0.5)
    room.storage.full, room.storage.room_for = False, None
    polled = await room.ingest.poll(*(await room.standing("courier")), None, 0.5)
    async with room.storage.read() as unit:
        assert (await unit.stories.counts()).entries == len(MANY) + len(FEEDS)
    assert 0 < polled.placed.new < len(MANY)


async def test_words_that_change_after_a_story_is_closed_are_kept_once(room: Newsroom) -> None:
    await room.hear(courier=[QUIET, ROCKETS])
    room.clock += timedelta(hours=73)
    await room.placing.close_stale()
    corrected = replace(ROCKETS, description="Three rockets landed, the military said.")
    await room.hear(courier=[QUIET, corrected])
    await room.hear(courier=[corrected, QUIET])
    assert room.polls.tally.placed.revised == 1


async def test_a_poll_that_takes_long_is_not_begun_a_second_time(room: Newsroom) -> None:
    room.clock += timedelta(hours=1)
    room.press.asked.clear()
    room.press.slow = asyncio.Event()
    await room.polls.wake()
    await asyncio.sleep(0)
    room.clock += timedelta(hours=1)
    await room.polls.wake()
    room.press.slow.set()
    await room.polls.lanes.idle()
    assert sorted(room.press.asked) == ["courier", "gazette", "herald"]


async def test_only_the_feeds_that_are_wanted_are_polled_at_once(room: Newsroom) -> None:
    room.press.asked.clear()
    await room.polls.everything(FEEDS[:1])
    assert room.press.asked == ["courier"]


async def test_the_bot_can_say_why_each_entry_stands_where_it_stands(room: Newsroom) -> None:
    await room.watch("rockets")
    await room.hear(courier=[QUIET, ROCKETS])
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    async with room.storage.read() as unit:
        past = await unit.stories.changes(room.read()[0].wordings[0].story_id)
    assert [change.turn for change in past] == ["opened", "joined"]
    assert past[1].because.shared and past[1].because.words


async def subscribe(room: Newsroom, feed_id: str, place: Destination) -> None:
    """From now on the feed is no longer in the operator's list, but brought by this workspace."""
    async with room.storage.begin() as unit:
        [feed] = [feed for feed in FEEDS if feed.id == feed_id]
        await unit.subscriptions.add(feed, place, "u1", room.clock, room.clock)
        await unit.feeds.sync([each for each in FEEDS if each.id != feed_id], room.clock)


OPERATOR = By(Platform.CONSOLE, "", "operator")
STRANGER = Destination(Platform.DISCORD, "elsewhere", "hall")


async def test_a_feed_that_a_workspace_brought_is_told_to_that_one_alone(room: Newsroom) -> None:
    await subscribe(room, "courier", CHANNEL)
    await room.watch("rockets")
    await room.watch("rockets", STRANGER)
    await room.hear(courier=[QUIET, ROCKETS])
    assert (len(room.read()), room.read(STRANGER)) == (1, [])
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    [ours], [theirs] = room.read(), room.read(STRANGER)
    assert [mention.outlet for mention in ours.wordings[-1].mentions] == ["Courier", "Gazette"]
    assert [mention.outlet for mention in theirs.wordings[-1].mentions] == ["Gazette"]


async def test_what_others_may_not_see_does_not_edit_their_message(room: Newsroom) -> None:
    """Nor does it take away what the last edit told as news."""
    await subscribe(room, "courier", CHANNEL)
    await room.watch("rockets", STRANGER)
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    await room.hear(herald=[QUIET, ROCKETS_AGAIN])
    await room.hear(courier=[QUIET, ROCKETS])
    corrected = replace(ROCKETS, description=f"Correction: seven fell. {ROCKETS.description}")
    await room.hear(courier=[QUIET, corrected])
    [message] = room.read(STRANGER)
    assert [len(wording.mentions) for wording in message.wordings] == [1, 2]
    assert "Herald" in str(message.wordings[-1].news)


async def test_who_sees_nothing_of_what_is_left_is_told_what_was_taken_out(room: Newsroom) -> None:
    """Two posts of one channel would tell one article otherwise."""
    await subscribe(room, "courier", CHANNEL)
    await room.watch("rockets OR tennis", STRANGER)
    await room.hear(courier=[QUIET, ROCKETS])
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    title, text = "Tennis champion deported", "Judges in Canberra upheld the loss of her visa."
    await room.hear(gazette=[QUIET, replace(ROCKETS_TOO, title=title, description=text)])
    [message] = room.read(STRANGER)
    assert message.headline == title


def _name(number: int) -> str:
    """A word of its own for each number."""
    return "".join(
        chr(ord("a") + byte % 26)
        for byte in sha256(bytes([number % 256, number // 256])).digest()[:8]
    )


FLOOD = [
    Article(f"f{n}", f"Bridge {_name(n)} opens", " ".join(_name(50 * n + k) for k in range(1, 12)))
    for n in range(30)
]


async def test_a_flood_is_told_in_part_and_the_rest_waits_for_one_recap(room: Newsroom) -> None:
    await room.watch("bridge")
    await room.hear(courier=FLOOD)
    assert len(room.read()) == 10
    async with room.storage.begin() as unit:
        assert len(await unit.notices.held()) == 20


async def test_a_story_that_waits_for_the_recap_is_told_when_it_goes_on(room: Newsroom) -> None:
    await room.watch("bridge")
    await room.hear(courier=FLOOD)
    async with room.storage.begin() as unit:
        waiting = next(iter(await unit.notices.held())).headline
    [again] = [article for article in FLOOD if article.title == waiting]
    room.clock += timedelta(minutes=10)
    await room.hear(gazette=[QUIET, replace(again, guid="again")])
    assert waiting in [message.headline for message in room.read()]
    async with room.storage.begin() as unit:
        assert waiting not in [held.headline for held in await unit.notices.held()]


async def test_what_a_feed_holds_after_a_long_pause_is_told_to_nobody(room: Newsroom) -> None:
    await room.watch("rockets")
    room.clock += LONG_PAUSE
    await room.hear(courier=[QUIET, ROCKETS])
    assert room.read() == []
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    assert len(room.read()) == 1


async def test_a_feed_that_is_asked_once_a_week_is_told_each_time(room: Newsroom) -> None:
    weekly = [replace(feed, every=timedelta(days=7)) for feed in FEEDS]
    async with room.storage.begin() as unit:
        await unit.feeds.sync(weekly, room.clock)
    await room.hear()
    await room.watch("rockets")
    _, polling = await room.standing("courier")
    assert polling.due_at - room.clock > LONG_PAUSE
    room.clock = polling.due_at
    await room.hear(courier=[QUIET, ROCKETS])
    assert len(room.read()) == 1


async def test_what_a_feed_holds_when_it_is_resumed_is_told_to_nobody(room: Newsroom) -> None:
    await subscribe(room, "courier", CHANNEL)
    await room.hear()
    await room.watch("rockets")
    place = (CHANNEL.platform, CHANNEL.workspace)
    async with room.storage.begin() as unit:
        await unit.subscriptions.pause("courier", *place, paused=True)
    room.clock += timedelta(days=1)
    async with room.storage.begin() as unit:
        await unit.subscriptions.pause("courier", *place, paused=False)
    await room.hear(courier=[QUIET, ROCKETS])
    assert room.read() == []
    await room.hear(gazette=[QUIET, ROCKETS_TOO])
    assert len(room.read()) == 1


async def test_the_hub_of_a_feed_that_holds_nothing_yet_is_noted(room: Newsroom) -> None:
    empty = Document(rss("courier"), FEEDS[0].url, "application/rss+xml")
    await room.hear(courier=replace(empty, hub="https://hub.example/"))
    async with room.storage.read() as unit:
        [(pushing, _)] = await unit.hubs.open_questions(room.clock)
    assert (pushing.feed_id, pushing.hub) == ("courier", "https://hub.example/")


async def test_a_bug_after_a_poll_was_kept_undoes_nothing_of_it(room: Newsroom) -> None:
    said = Document(rss("courier", QUIET), FEEDS[0].url, moved_to="https://new.example/rss")
    for day in (1, 2, 3):
        room.clock += timedelta(days=1)
        room.press.says["courier"] = replace(said, etag=f'"day {day}"')
        if day == 3:
            room.storage.fails_after = 1  # when the feed's address is to be changed
        await room.polls.everything(FEEDS[:1])
    feed, polling = await room.standing("courier")
    assert (feed.url, polling.failures, polling.etag) == (FEEDS[0].url, 1, '"day 3"')


async def test_a_host_that_hangs_holds_up_no_other(room: Newsroom) -> None:
    big = [Feed(f"a{n}", f"https://big.example/{n}", "Big", "Big") for n in range(2 * AT_ONCE)]
    async with room.storage.begin() as unit:
        await unit.feeds.sync([*big, *FEEDS], room.clock)
    room.clock += timedelta(hours=2)
    hangs = asyncio.Event()
    room.press.hanging = {feed.id: hangs for feed in big}
    room.press.says |= {feed.id: Unchanged() for feed in big}
    room.press.asked.clear()
    for _ in range(4):
        await room.polls.wake()
    assert {feed.id for feed in FEEDS} <= {*room.press.asked}
    assert AT_A_HOST <= len(room.polls.lanes) < 2 * AT_A_HOST
    hangs.set()
    await room.polls.lanes.idle()


async def test_asked_all_at_once_the_feeds_of_other_hosts_come_first(room: Newsroom) -> None:
    big = [Feed(f"a{n}", f"https://big.example/{n}", "Big", "Big") for n in range(9)]
    async with room.storage.begin() as unit:
        await unit.feeds.sync([*big, *FEEDS], room.clock)
    room.press.says |= {feed.id: Unchanged() for feed in big}
    room.press.asked.clear()
    await room.polls.everything([*big, *FEEDS])
    assert room.press.asked[:4] == ["a0", "courier", "gazette", "herald"]


async def test_of_quiet_polls_kept_together_one_that_cannot_be_costs_itself_alone(
    room: Newsroom,
) -> None:
    broken = Unreachable("\ud800")  # no database takes it
    await room.hear(courier=Unchanged(), gazette=broken, herald=Unchanged())
    for feed_id in ("courier", "herald"):
        assert (await room.standing(feed_id))[1].succeeded_at == room.clock
    assert "its log says how" in str((await room.standing("gazette"))[1].error)


async def test_what_a_hub_pushes_is_told_at_once_and_not_again_when_polled(room: Newsroom) -> None:
    await room.watch("rockets")
    feed, polling = await room.standing("courier")
    pushed = Document(rss("courier", ROCKETS), feed.url, "application/rss+xml")
    assert (await room.ingest.pushed(feed, pushed)).placed.planned == 1
    assert (await room.standing("courier"))[1] == polling
    await room.hear(courier=[QUIET, ROCKETS])
    assert [message.edits for message in room.read()] == [0]


async def test_quiet_polls_that_end_together_are_kept_together(room: Newsroom) -> None:
    room.storage.room_for = 2
    await room.hear(courier=Unchanged(), gazette=Unchanged(), herald=Unchanged())
    room.storage.full, room.storage.room_for = False, None
    for feed in FEEDS:
        assert (await room.standing(feed.id))[1].succeeded_at == room.clock


async def test_all_that_is_read_is_polled_unless_it_is_paused(room: Newsroom) -> None:
    """What people brought too; of a list that is named, only its own."""
    await subscribe(room, "courier", CHANNEL)
    async with room.storage.begin() as unit:
        await unit.subscriptions.pause("herald", Platform.CONSOLE, "", paused=True)
    room.press.asked.clear()
    await room.polls.everything()
    assert sorted(room.press.asked) == ["courier", "gazette"]
    room.press.asked.clear()
    await room.polls.everything(FEEDS[1:])
    assert room.press.asked == ["gazette"]


async def test_an_article_is_known_by_a_guid_that_it_got_later(room: Newsroom) -> None:
    """Its guid changed first, its link and its headline after that."""
    page = "https://courier.example/rockets"
    await room.hear(courier=[QUIET, replace(ROCKETS, link=page)])
    renamed = replace(ROCKETS, guid="second", link=page)
    await room.hear(courier=[QUIET, renamed])
    known = room.polls.tally.placed.new
    moved = replace(renamed, link=f"{page}-2", title="Rockets strike in Baghdad")
    await room.hear(courier=[QUIET, moved])
    assert (room.polls.tally.placed.new, room.polls.tally.placed.revised) == (known, 1)


async def test_what_a_site_puts_under_each_article_is_learnt_from_poll_to_poll(
    room: Newsroom,
) -> None:
    plea = "<p>Our reporters live on gifts of readers like you.</p>"
    titles = ["Wheat harvest begins", "Striker leaves club", "Bridge closed", "Museum finds coin"]
    for number, title in enumerate([*titles, "Ferry runs aground"]):
        text = f"<p>This is the story of {title.lower()}.</p>{plea}"
        await room.hear(courier=[Article(f"debris-{number}", title, text)])
    async with room.storage.read() as unit:
        told = [
            story.entries[0] for story in await unit.stories.recent(room.clock - timedelta(days=1))
        ]
    [last] = [entry for entry in told if entry.title == "Ferry runs aground"]
    assert last.summary == "This is the story of ferry runs aground."

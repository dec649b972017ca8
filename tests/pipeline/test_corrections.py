"""What readers see when people say that two stories are one, or that one is two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text

from bot.commands.story_words import placements
from bot.delivery.catch_up import LATELY
from bot.model.delivery import (
    Later,
    Outcome,
    Post,
    Refused,
    Sent,
    TicketKind,
    TicketState,
    Unread,
    Unsure,
)
from bot.model.entry import Entry
from bot.model.errors import Mistake
from bot.model.feed import Feed
from bot.model.ruling import By, Correction
from bot.model.story import Because, Story, StoryChange, Turn
from bot.model.watch import Destination, Platform
from bot.pipeline.corrections import Corrections
from bot.pipeline.dispatch import Dispatch
from bot.pipeline.placing import Placing
from bot.pipeline.recover import Recovery
from bot.storage.engine import open_engines
from bot.storage.unit import Storage
from bot.stories.lifecycle import merged
from tests.doubles.recording_sink import RecordingSink, Shown
from tests.storage.nouns import bulletin

HERE = Destination(Platform.DISCORD, "guild", "desk")
THERE = Destination(Platform.DISCORD, "guild", "other")
ELSEWHERE = Destination(Platform.DISCORD, "another", "desk")
US = By(Platform.DISCORD, "guild", "u1")
OPERATOR = By(Platform.CONSOLE, "", "operator")
FIRE = ("Warehouse fire in Lyon port", "Flames rose over the docks of Lyon before dawn.")
HIDDEN = ("Secret warehouse fire in Lyon port", FIRE[1])
BRIDGE = ("Bridge opens", "A bridge over the river was opened.")
BLAZE = ("Harvest record for wheat farmers", "Farmers brought in nine million tonnes of wheat.")


@dataclass
class Desk:
    """Channels of two guilds, and what is told to them."""

    storage: Storage
    clock: datetime
    sink: RecordingSink = field(default_factory=RecordingSink)

    def __post_init__(self) -> None:
        self.placing = Placing(self.storage, (), self.now, "service")
        self.corrections = Corrections(self.placing, self.now)

    def now(self) -> datetime:
        return self.clock

    async def watch(self, channel: Destination, query: str) -> None:
        async with self.storage.begin() as unit:
            await unit.watches.add(channel, query, "u1", self.clock)

    async def hear(
        self,
        name: str,
        told: tuple[str, str],
        send: bool = True,
        *,
        was: str = "",
        announce: bool = True,
    ) -> Story:
        """The outlet of this name tells it now; the story that it is in.

        `was` is the title under which it told it before.
        """
        self.clock += LATELY
        title, text = told
        told_first = was or title
        feed = Feed(name, f"https://{name}.example/rss", name, name)
        entry = Entry(
            id=f"{name}: {told_first}",
            feed_id=name,
            keys=(f"guid:{told_first}",),
            outlet=name,
            publisher=name,
            title=title,
            link=f"https://{name}.example/1",
            summary=text,
            published=self.clock,
            seen_at=self.clock,
            fingerprint=title,
            language="en",
        )
        await self.placing.take(feed, [entry], self.clock, announce)
        if send:
            await self.send()
        [story] = [s for s in await self.stories() if entry.id in s.entry_ids]
        return story

    async def send(self, *outcomes: Outcome) -> None:
        self.clock += timedelta(seconds=1)
        self.sink.outcomes.extend(outcomes)
        await self._dispatch().drain()

    async def recover(self) -> None:
        recovery = Recovery(
            self.storage, self._dispatch(), {Platform.DISCORD: self.sink}, self.now, "t", LATELY
        )
        self.clock += LATELY
        await recovery.wake()
        await recovery.lanes.idle()

    def _dispatch(self) -> Dispatch:
        return Dispatch(self.storage, {Platform.DISCORD: self.sink}, self.now, "test")

    async def offer(self, *names: str) -> None:
        """Everybody may see what the feeds of these names tell."""
        feeds = [Feed(name, f"https://{name}.example/rss", name, name) for name in names]
        async with self.storage.begin() as unit:
            await unit.feeds.sync(feeds, self.clock)

    async def bring(self, name: str) -> None:
        """Only the workspace of `HERE` may see what the feed of this name tells."""
        feed = Feed(name, f"https://{name}.example/rss", name, name)
        async with self.storage.begin() as unit:
            await unit.subscriptions.add(feed, HERE, "u1", self.clock, self.clock)

    async def hold(self, channel: Destination, story: Story) -> None:
        async with self.storage.begin() as unit:
            await unit.notices.hold([Post(channel, bulletin(story.id), "")], self.clock)

    async def held(self) -> set[tuple[Destination, str]]:
        async with self.storage.begin() as unit:
            return {(each.destination, each.story_id) for each in await unit.notices.held()}

    async def stories(self) -> list[Story]:
        async with self.storage.read() as unit:
            return await unit.stories.recent(self.clock - timedelta(days=30))

    async def get(self, story_id: str) -> Story:
        async with self.storage.read() as unit:
            found = await unit.stories.get(story_id)
        assert found is not None
        return found

    def living(self, channel: Destination = HERE) -> list[Shown]:
        return [s for s in self.sink.channels[channel] if s.wordings[-1].moved_to is None]

    def pointers(self, channel: Destination = HERE) -> list[Shown]:
        return [s for s in self.sink.channels[channel] if s.wordings[-1].moved_to is not None]


@pytest.fixture
async def desk(storage: Storage, now: datetime) -> Desk:
    made = Desk(storage, now)
    await made.offer("courier", "gazette", "herald")
    return made


def ids(stories: Sequence[Story]) -> set[frozenset[str]]:
    return {story.entry_ids for story in stories}


async def two(desk: Desk, send: bool = True) -> tuple[Story, Story]:
    fire = await desk.hear("courier", FIRE, send)
    blaze = await desk.hear("gazette", BLAZE, send)
    assert fire.id != blaze.id
    return fire, blaze


async def test_a_merge_leaves_one_living_post_and_a_pointer_to_it(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire, blaze = await two(desk)
    done = await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    assert done is not None
    assert done.story.entry_ids == fire.entry_ids | blaze.entry_ids
    [lives], [pointer] = desk.living(), desk.pointers()
    assert lives.wordings[-1].publishers == 2
    assert pointer.wordings[-1].moved_to is not None
    assert pointer.wordings[-1].moved_to.message_id == lives.id
    assert (await desk.get(blaze.id)).id == fire.id


async def test_a_channel_with_the_others_post_goes_on_with_it(desk: Desk) -> None:
    await desk.watch(THERE, "wheat")
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    [post] = desk.sink.channels[THERE]
    assert post.wordings[-1].story_id == fire.id
    await desk.hear("herald", FIRE)
    assert len(desk.sink.channels[THERE]) == 1
    assert len(post.wordings[-1].mentions) == 3


async def test_a_waiting_post_is_cancelled_or_taken_over(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    await desk.watch(THERE, "wheat")
    fire, blaze = await two(desk, send=False)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    assert [len(desk.sink.channels[c]) for c in (HERE, THERE)] == [1, 1]
    assert desk.pointers() == []
    await desk.corrections.undo(US)
    await desk.send()
    assert [p.wordings[-1].story_id for p in desk.living()] == [fire.id, blaze.id]


@pytest.mark.parametrize("landed", [True, False])
async def test_a_post_in_doubt_becomes_a_pointer_or_is_never_made(desk: Desk, landed: bool) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire = await desk.hear("courier", FIRE)
    blaze = await desk.hear("gazette", BLAZE, send=False)
    await desk.send(Unsure("reset"))
    if not landed:
        desk.sink.channels[HERE].pop()
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.recover()
    await desk.send()
    assert len(desk.living()) == 1
    assert len(desk.pointers()) == landed


async def test_a_post_that_was_put_off_after_the_merge_is_never_made(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire = await desk.hear("courier", FIRE)
    blaze = await desk.hear("gazette", BLAZE, send=False)
    async with desk.storage.begin() as unit:
        ticket = await unit.outbox.claim(HERE, "w", timedelta(minutes=1), desk.clock)
    assert ticket is not None
    await desk.corrections.merge(fire.id, blaze.id, US)
    async with desk.storage.begin() as unit:
        await unit.outbox.settle(ticket, Later("slow down", timedelta(0)), desk.clock)
    await desk.send()
    assert (len(desk.living()), len(desk.pointers())) == (1, 0)


async def test_a_refused_post_gives_way_to_the_one_that_stands(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire = await desk.hear("courier", FIRE, send=False)
    await desk.send(Refused("no permission"))
    blaze = await desk.hear("gazette", BLAZE)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    [post] = desk.sink.channels[HERE]
    assert post.wordings[-1].story_id == fire.id
    async with desk.storage.read() as unit:
        assert (TicketKind.POST, TicketState.DEAD) not in await unit.outbox.counts()


async def test_a_post_that_was_taken_away_gives_way_to_the_one_that_stands(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire, blaze = await two(desk)
    desk.sink.channels[HERE].pop(0)
    assert (await desk.hear("herald", FIRE)).id == fire.id
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    [post] = desk.living()
    assert post.wordings[-1].story_id == fire.id


async def test_an_undone_merge_makes_a_post_of_the_pointer_again(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    await desk.watch(THERE, "wheat")
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    undone = await desk.corrections.undo(US)
    await desk.send()
    assert undone is not None and undone.undone
    assert ids(await desk.stories()) == {fire.entry_ids, blaze.entry_ids}
    assert [p.wordings[-1].story_id for p in desk.living()] == [fire.id, blaze.id]
    assert [p.wordings[-1].story_id for p in desk.living(THERE)] == [blaze.id]
    with pytest.raises(Mistake, match="no merge or split"):
        await desk.corrections.undo(US)


async def test_nobody_undoes_what_a_workspace_of_another_platform_did(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    with pytest.raises(Mistake, match="no merge or split"):
        await desk.corrections.undo(replace(US, platform=Platform.SLACK))


async def test_a_split_opens_a_post_of_its_own_and_undone_is_one_again(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)
    done = await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.send()
    assert done is not None
    assert done.other.id not in (fire.id, blaze.id)
    assert [p.wordings[-1].story_id for p in desk.living()] == [fire.id, done.other.id]
    await desk.corrections.undo(US)
    await desk.send()
    assert ids(await desk.stories()) == {fire.entry_ids | blaze.entry_ids}
    assert (len(desk.living()), len(desk.pointers())) == (1, 2)


async def test_what_was_merged_again_can_not_be_undone(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.corrections.split(fire.id, blaze.entry_ids, OPERATOR)
    with pytest.raises(Mistake, match="undone no more"):
        await desk.corrections.undo(US)


async def test_an_undo_never_takes_along_what_was_added_by_another_ruling(desk: Desk) -> None:
    fire, blaze = await two(desk)
    bridge = await desk.hear("herald", BRIDGE)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)
    out = await desk.corrections.split(fire.id, blaze.entry_ids, US)
    assert out is not None
    await desk.corrections.merge(out.other.id, bridge.id, OPERATOR)
    with pytest.raises(Mistake, match="undone no more"):
        await desk.corrections.undo(US)
    await desk.corrections.undo(OPERATOR)
    assert await desk.corrections.undo(US) is not None


async def test_nothing_goes_back_into_a_story_that_was_merged_away(desk: Desk) -> None:
    fire, blaze = await two(desk)
    bridge = await desk.hear("herald", BRIDGE)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)
    await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.corrections.merge(bridge.id, fire.id, OPERATOR)
    with pytest.raises(Mistake, match="undone no more"):
        await desk.corrections.undo(US)


async def test_what_is_told_in_yet_another_story_by_now_can_not_be_undone(desk: Desk) -> None:
    fire, blaze = await two(desk)
    bridge = await desk.hear("herald", BRIDGE)
    await desk.corrections.merge(fire.id, blaze.id, US)
    gone = merged(bridge, await desk.get(fire.id), Because("Both tell the same."))
    async with desk.storage.begin() as unit:
        await unit.stories.save_all([gone], desk.clock)
    with pytest.raises(Mistake, match="undone no more"):
        await desk.corrections.undo(US)


@pytest.mark.parametrize("of_fire", [None, "yet before"])
async def test_an_undone_merge_gives_back_what_each_story_went_on_from(
    desk: Desk, of_fire: str | None
) -> None:
    fire, blaze = await two(desk)
    follow = [
        StoryChange(replace(story, follows=follows), Turn.REVISED, Because("It goes on."))
        for story, follows in ((fire, of_fire), (blaze, "before"))
    ]
    async with desk.storage.begin() as unit:
        await unit.stories.save_all(follow, desk.clock)
    await desk.corrections.merge(fire.id, blaze.id, US)
    assert (await desk.get(fire.id)).follows == (of_fire or "before")
    await desk.corrections.undo(US)
    assert (await desk.get(fire.id)).follows == of_fire
    assert (await desk.get(blaze.id)).follows == "before"


async def test_what_others_were_told_since_is_undone_by_the_operator(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.watch(ELSEWHERE, "fire")
    await desk.hear("herald", FIRE)
    with pytest.raises(Mistake, match="wirewatch story undo"):
        await desk.corrections.undo(US)
    assert await desk.corrections.undo(OPERATOR) is not None


async def test_who_rules_is_answered_with_what_they_may_see(desk: Desk) -> None:
    await desk.bring("secret")
    fire = await desk.hear("secret", HIDDEN)
    assert (await desk.hear("courier", FIRE)).id == fire.id
    blaze = await desk.hear("gazette", BLAZE)
    others = replace(US, workspace="another")
    merge = await desk.corrections.merge(blaze.id, fire.id, others)
    undo = await desk.corrections.undo(others)
    for done, outlets in ((merge, {"courier", "gazette"}), (undo, {"gazette"})):
        assert done is not None
        assert {entry.outlet for entry in done.story.entries} == outlets
        assert {entry.outlet for entry in done.other.entries} == {"courier"}


async def test_stories_that_another_workspace_was_told_are_the_operators(desk: Desk) -> None:
    await desk.watch(ELSEWHERE, "wheat")
    fire, blaze = await two(desk)
    with pytest.raises(Mistake, match=f"wirewatch story merge {fire.id} {blaze.id}"):
        await desk.corrections.merge(fire.id, blaze.id, US)
    with pytest.raises(Mistake, match="wirewatch story split"):
        await desk.corrections.split(blaze.id, blaze.entry_ids, US)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)


async def test_mistakes_are_said_in_plain_words(desk: Desk) -> None:
    fire, blaze = await two(desk)
    with pytest.raises(Mistake, match="one story already"):
        await desk.corrections.merge(fire.id, fire.id, US)
    with pytest.raises(Mistake, match="There is no story nothing"):
        await desk.corrections.merge("nothing", fire.id, US)
    with pytest.raises(Mistake, match="all the articles"):
        await desk.corrections.split(fire.id, fire.entry_ids, US)
    with pytest.raises(Mistake, match="no such article"):
        await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.corrections.merge(fire.id, blaze.id, US)
    with pytest.raises(Mistake, match="one story already"):
        await desk.corrections.merge(fire.id, blaze.id, US)


async def test_a_service_sees_what_the_command_line_did(desk: Desk) -> None:
    fire, blaze = await two(desk)
    cli = Placing(desk.storage, (), desk.now, "cli")
    await Corrections(cli, desk.now).merge(fire.id, blaze.id, OPERATOR)
    assert (await desk.hear("herald", BLAZE)).id == fire.id


@pytest.mark.parametrize("survives", [True, False])
async def test_what_a_private_feed_told_stays_with_its_workspace(
    desk: Desk, survives: bool
) -> None:
    await desk.bring("secret")
    await desk.watch(HERE, "fire OR wheat")
    await desk.watch(ELSEWHERE, "fire OR wheat")
    fire = await desk.hear("secret", FIRE)
    blaze = await desk.hear("gazette", BLAZE)
    into, other = (fire, blaze) if survives else (blaze, fire)
    await desk.corrections.merge(into.id, other.id, OPERATOR)
    await desk.send()
    [theirs] = desk.sink.channels[ELSEWHERE]
    assert "Lyon" not in str(theirs.wordings)
    with pytest.raises(Mistake, match="There is no story"):
        hidden = replace(US, workspace="third")
        await desk.corrections.split(
            (await desk.hear("secret", ("Bridge opens", "A bridge."))).id, ["x"], hidden
        )


async def test_a_pointer_shows_the_headline_that_its_workspace_may_see(desk: Desk) -> None:
    await desk.bring("secret")
    for channel in (HERE, ELSEWHERE):
        await desk.watch(channel, "flames OR wheat")
    fire = await desk.hear("secret", HIDDEN)
    assert (await desk.hear("courier", FIRE)).id == fire.id
    blaze = await desk.hear("gazette", BLAZE)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)
    await desk.send()
    for channel, headline in ((HERE, HIDDEN[0]), (ELSEWHERE, FIRE[0])):
        [pointer] = desk.pointers(channel)
        assert pointer.wordings[-1].moved_to is not None
        assert pointer.wordings[-1].moved_to.headline == headline
        assert pointer.headline == headline


async def test_of_an_earlier_story_each_workspace_sees_its_own_part_or_nothing(desk: Desk) -> None:
    await desk.bring("secret")
    for channel in (HERE, ELSEWHERE):
        await desk.watch(channel, "wheat")
    hidden = await desk.hear("secret", HIDDEN)
    later = await desk.hear("gazette", BLAZE)
    follows = StoryChange(replace(later, follows=hidden.id), Turn.REVISED, Because("It goes on."))
    async with desk.storage.begin() as unit:
        await unit.stories.save_all([follows], desk.clock)
    desk.placing = Placing(desk.storage, (), desk.now, "started anew")

    async def seen(title: str) -> list[str | None]:
        assert (await desk.hear("herald", (title, BLAZE[1]))).id == later.id
        said = [desk.living(channel)[-1].wordings[-1].follows for channel in (HERE, ELSEWHERE)]
        return [None if earlier is None else earlier.headline for earlier in said]

    assert await seen("Record harvest") == [HIDDEN[0], None]
    assert (await desk.hear("courier", FIRE)).id == hidden.id
    assert await seen("Farmers' best harvest") == [HIDDEN[0], FIRE[0]]


async def test_no_story_goes_on_from_itself(desk: Desk) -> None:
    await desk.watch(HERE, "wheat")
    fire, blaze = await two(desk)
    bridge = await desk.hear("herald", BRIDGE)
    follows = StoryChange(replace(blaze, follows=fire.id), Turn.REVISED, Because("It goes on."))
    async with desk.storage.begin() as unit:
        await unit.stories.save_all([follows], desk.clock)
    await desk.corrections.merge(bridge.id, fire.id, US)
    await desk.corrections.merge(blaze.id, bridge.id, US)
    await desk.send()
    [post] = desk.living()
    assert post.wordings[-1].follows is None
    assert len(post.wordings[-1].mentions) == 3


@pytest.mark.parametrize("parked_first", [False, True])
async def test_a_parked_post_is_not_made_again_and_stands_in_nobodys_way(
    desk: Desk, parked_first: bool
) -> None:
    await desk.watch(HERE, "fire OR wheat")
    kept, lost = (BLAZE, FIRE) if parked_first else (FIRE, BLAZE)
    if not parked_first:
        await desk.hear("courier", kept)
    parked = await desk.hear("gazette", lost, send=False)
    await desk.send(Unsure("reset"))
    desk.sink.channels[HERE].pop()
    desk.sink.unread = Unread("no right to read", again=False)
    await desk.recover()
    stands = await desk.hear("herald", kept)
    await desk.corrections.merge(
        *((parked.id, stands.id) if parked_first else (stands.id, parked.id)), US
    )
    await desk.send()
    async with desk.storage.read() as unit:
        counts = await unit.outbox.counts()
    assert counts[TicketKind.POST, TicketState.PARKED] == 1
    assert counts[TicketKind.EDIT, TicketState.PENDING] == 1
    [post] = desk.sink.channels[HERE]
    assert {mention.outlet for mention in post.wordings[-1].mentions} >= {"gazette", "herald"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("outcome", [Sent("m2"), Later("slow down", timedelta(0))])
async def test_a_merge_waits_for_who_is_claiming_a_post_of_it(
    desk: Desk, database_url: str, outcome: Outcome
) -> None:
    """Otherwise it would cancel a post that is about to be made."""
    await desk.watch(HERE, "fire OR wheat")
    fire = await desk.hear("courier", FIRE)
    blaze = await desk.hear("gazette", BLAZE, send=False)
    engine, _ = open_engines(database_url)
    async with desk.storage.begin() as unit, engine.connect() as connection:
        ticket = await unit.outbox.claim(HERE, "w", timedelta(minutes=1), desk.clock)
        assert ticket is not None
        merging = asyncio.create_task(desk.corrections.merge(fire.id, blaze.id, US))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not await connection.scalar(waiting):
            assert not merging.done()
    await engine.dispose()
    await merging
    if isinstance(outcome, Sent):
        made = await desk.sink.post(HERE, ticket.bulletin, ticket.because, ticket.delivery_key)
        assert made == outcome
    async with desk.storage.begin() as unit:
        await unit.outbox.settle(ticket, outcome, desk.clock)
    await desk.send()
    assert (len(desk.living()), len(desk.pointers())) == (1, isinstance(outcome, Sent))


async def test_merging_while_posts_go_out_loses_none_and_makes_none_twice(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    await desk.watch(THERE, "wheat")
    fire, blaze = await two(desk, send=False)
    await asyncio.gather(desk.send(), desk.corrections.merge(fire.id, blaze.id, US))
    await desk.send()
    for channel in (HERE, THERE):
        [post] = desk.living(channel)
        assert len(post.wordings[-1].mentions) == 2
    assert desk.pointers(THERE) == []
    assert len({post.nonce for post in desk.sink.channels[HERE]}) == len(desk.sink.channels[HERE])


async def test_a_request_that_comes_twice_is_carried_out_once(desk: Desk) -> None:
    fire, blaze = await two(desk)

    async def three(key: str) -> list[Correction | None]:
        by = [replace(US, key=f"{kind} {key}") for kind in ("merge", "split", "undo")]
        return [
            await desk.corrections.merge(fire.id, blaze.id, by[0]),
            await desk.corrections.split(fire.id, blaze.entry_ids, by[1]),
            await desk.corrections.undo(by[2]),
        ]

    assert None not in await three("first")
    before = await desk.stories()
    assert await three("first") == [None, None, None]
    assert await desk.stories() == before


async def test_a_request_that_was_refused_may_come_again(desk: Desk) -> None:
    fire, blaze = await two(desk)
    for _ in "twice":
        with pytest.raises(Mistake, match="no such article"):
            await desk.corrections.split(fire.id, blaze.entry_ids, replace(US, key="k"))
    assert await desk.corrections.merge(fire.id, blaze.id, replace(US, key="k")) is not None


async def test_what_waits_for_a_recap_is_named_once_and_as_what_it_is_now(desk: Desk) -> None:
    await desk.watch(HERE, "fire")
    fire, blaze = await two(desk)
    await desk.hold(HERE, blaze)
    await desk.hold(THERE, blaze)
    await desk.hold(ELSEWHERE, blaze)
    await desk.hold(ELSEWHERE, fire)
    await desk.corrections.merge(fire.id, blaze.id, OPERATOR)
    assert await desk.held() == {(THERE, fire.id), (ELSEWHERE, fire.id)}


async def test_what_is_taken_out_of_what_waits_for_a_recap_is_told(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.watch(THERE, "fire OR wheat")
    await desk.hold(THERE, fire)
    done = await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.send()
    assert done is not None
    assert [p.wordings[-1].story_id for p in desk.living(THERE)] == [fire.id, done.other.id]
    assert await desk.held() == set()


async def test_nobody_takes_out_what_they_do_not_see(desk: Desk) -> None:
    await desk.bring("secret")
    fire = await desk.hear("secret", HIDDEN)
    assert (await desk.hear("courier", FIRE)).id == fire.id
    others = replace(US, workspace="another")
    with pytest.raises(Mistake, match="no such article"):
        await desk.corrections.split(fire.id, ["secret: " + HIDDEN[0]], others)


async def test_a_post_of_what_was_taken_out_alone_goes_on_when_that_is_undone(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    out = await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.watch(THERE, "wheat")
    again = await desk.hear("herald", BLAZE)
    assert out is not None and again.id == out.other.id
    await desk.corrections.undo(US)
    await desk.send()
    [post] = desk.living(THERE)
    assert post.wordings[-1].story_id == fire.id


async def test_what_people_ruled_is_settled_until_they_take_it_back(desk: Desk) -> None:
    fire, blaze = await two(desk)

    async def settled() -> list[bool]:
        return [story.settled for story in await desk.stories()]

    await desk.corrections.merge(fire.id, blaze.id, US)
    assert await settled() == [True]
    await desk.corrections.split(fire.id, blaze.entry_ids, US)
    assert await settled() == [True, True]
    await desk.corrections.undo(US)
    assert await settled() == [True]
    await desk.corrections.undo(US)
    assert await settled() == [False, False]


async def test_a_ruling_that_is_undone_leaves_an_earlier_one_settled(desk: Desk) -> None:
    fire, blaze = await two(desk)
    bridge = await desk.hear("herald", BRIDGE)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.corrections.merge(bridge.id, fire.id, US)
    await desk.corrections.undo(US)
    assert {story.id: story.settled for story in await desk.stories()} == {
        fire.id: True,
        bridge.id: False,
    }


async def test_a_correction_is_no_news_to_a_channel_that_was_told_nothing(desk: Desk) -> None:
    """Neither while the story is open, nor long after."""
    await desk.watch(HERE, "fire OR wheat")
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    for channel in (THERE, ELSEWHERE):
        await desk.watch(channel, "fire OR wheat")
    for wait in (timedelta(0), timedelta(days=20)):
        desk.clock += wait
        await desk.placing.close_stale()
        out = await desk.corrections.split(fire.id, blaze.entry_ids, US)
        await desk.send()
        assert out is not None
        assert [p.wordings[-1].story_id for p in desk.living()] == [fire.id, out.other.id]
        await desk.corrections.undo(US)
        await desk.send()
    assert (desk.sink.channels[THERE], desk.sink.channels[ELSEWHERE]) == ([], [])


@pytest.mark.parametrize("announce", [True, False])
async def test_a_page_that_changes_its_subject_is_told_unannounced_where_it_was_told_before(
    desk: Desk, announce: bool
) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire = await desk.hear("courier", FIRE)
    other = ("Fire in Lyon warehouse", "Dawn came with flames over the docks of Lyon port.")
    assert (await desk.hear("gazette", other)).id == fire.id
    await desk.watch(THERE, "wheat")
    anew = await desk.hear("gazette", BLAZE, was=other[0], announce=announce)
    assert anew.id != fire.id
    assert [p.wordings[-1].story_id for p in desk.living()] == [fire.id, anew.id]
    assert len(desk.sink.channels[THERE]) == announce


async def test_who_took_a_post_away_is_not_told_again_for_a_correction(desk: Desk) -> None:
    await desk.watch(HERE, "fire OR wheat")
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    await desk.send()
    desk.sink.channels[HERE].clear()
    assert (await desk.hear("herald", FIRE)).id == fire.id
    await desk.corrections.split(fire.id, blaze.entry_ids, US)
    await desk.send()
    assert desk.sink.channels[HERE] == []


async def test_what_was_closed_long_ago_is_not_open_for_being_split(desk: Desk) -> None:
    fire, blaze = await two(desk)
    await desk.corrections.merge(fire.id, blaze.id, US)
    desk.clock += timedelta(days=20)
    await desk.placing.close_stale()
    await desk.corrections.split(fire.id, blaze.entry_ids, US)
    assert await desk.placing.close_stale() == 2


async def test_a_copy_that_was_taken_out_goes_back(desk: Desk) -> None:
    await desk.watch(HERE, "fire")
    fire = await desk.hear("courier", FIRE)
    assert (await desk.hear("gazette", FIRE)).id == fire.id
    whole = await desk.get(fire.id)
    assert whole.publishers == ("courier",)
    await desk.corrections.split(fire.id, ["gazette: " + FIRE[0]], US)
    done = await desk.corrections.undo(US)
    assert done is not None
    assert done.other.publishers == ("gazette",)
    assert (await desk.get(fire.id)).tellings == whole.tellings


WORDS = [
    *("ferry", "warehouse", "embassy", "soldiers", "port", "flood", "collapse", "bridge"),
    *("militia", "airport", "minister", "dam", "explosion", "sirens", "vote"),
]


@pytest.mark.parametrize("send", [True, False])
async def test_stories_that_are_grouped_anew_have_one_living_post_each(
    desk: Desk, send: bool
) -> None:
    """Each report is like those that begin a few words before and after it, so that groups move."""
    chance = Random(7)
    await desk.offer(*(f"outlet{number}" for number in range(24)))
    await desk.watch(HERE, " OR ".join(WORDS))
    titles = []
    for number in range(24):
        first = chance.randrange(len(WORDS))
        words = [*WORDS, *WORDS][first : first + 9]
        chance.shuffle(words)
        titles.append(f"{number} {' '.join(words[:4])}")
        await desk.hear(f"outlet{number}", (titles[-1], " ".join(words)), send)
    await desk.send()
    stories = await desk.stories()
    async with desk.storage.read() as unit:
        taken = await unit.stories.taken_into(*(story.id for story in stories))
        past = {
            story.id: [await unit.stories.changes(each) for each in (*taken[story.id], story.id)]
            for story in stories
        }
    turns = {each.turn for some in past.values() for changes in some for each in changes}
    assert {Turn.SPLIT, Turn.MERGED} <= turns
    assert sorted(entry.title for story in stories for entry in story.entries) == sorted(titles)
    living = {post.wordings[-1].story_id: post.wordings[-1] for post in desk.living()}
    assert len(desk.living()) == len(stories)
    assert send or desk.pointers() == []
    for story in stories:
        assert {m.outlet for m in living[story.id].mentions} == {e.outlet for e in story.entries}
        assert placements(past[story.id]).keys() >= story.entry_ids

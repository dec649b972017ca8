"""Commands about stories against a real database, answered as a person would read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from bot.commands.story_desk import LATELY, StoryDesk
from bot.commands.story_words import PostLink, read_name
from bot.commands.vocabulary import (
    Caller,
    MergeStories,
    Reply,
    ShowStory,
    SplitStory,
    StoryCommand,
    UndoStory,
)
from bot.model.delivery import Edit, MovedTo, Post, Refused, Sent
from bot.model.entry import Entry
from bot.model.errors import Mistake
from bot.model.ruling import By
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.model.watch import Destination, Platform
from bot.storage.unit import Storage
from bot.stories.lifecycle import merged, split
from tests.commands.rulings import Rulings
from tests.storage.nouns import NOON, bulletin, entry, feed

HERE = Destination(Platform.DISCORD, "1200", "1201")
NEXT_DOOR = replace(HERE, channel="1202")
ABROAD = Destination(Platform.DISCORD, "1300", "1301")
SLACK = Destination(Platform.SLACK, "T1", "C1")
OPERATOR = Destination(Platform.CONSOLE, "", "")
MINUTE = timedelta(minutes=1)
_keys = count()


def caller(place: Destination = HERE, *, may_change: bool = True, key: str = "") -> Caller:
    return Caller(place, "u1", may_change, key or f"key-{next(_keys)}")


def told(number: int, outlet: str, title: str, **changes: object) -> Entry:
    """An entry of the story `rockets`, by its number there."""
    published = NOON - timedelta(hours=1) + 12 * MINUTE * (number - 1)
    fields = {"outlet": outlet, "publisher": outlet, "title": title, "published": published}
    return entry(f"e{number}", **{**fields, **changes})


FIRST = told(1, "Kabul Daily", "Rockets hit the port")
COPY = told(2, "Courier", "Port is hit", publisher="Kabul Daily")
OTHER = told(3, "Baghdad Post", "Two hurt as rockets hit the port")
ROCKETS = Story(
    "rockets",
    (Telling(FIRST), Telling(COPY, "e1"), Telling(OTHER)),
    NOON - timedelta(hours=1),
    NOON,
)
FAIR = Story("fair", (Telling(told(9, "Harbour News", "Fair opens")),), NOON, NOON)
WHY = {
    "e1": (Turn.OPENED, Because("The open story most like it, “Fair opens”, is not like it.")),
    "e2": (Turn.JOINED, Because("Repeats the text of Kabul Daily: “Rockets hit the port”.")),
    "e3": (
        Turn.JOINED,
        Because("Tells the same as “Rockets hit the port”: rockets, port.", 0.2, ("rockets",)),
    ),
}


class Counter:
    """The desk, a caller for each line, and a story that is told here."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.rulings = Rulings(storage)
        self.desk = StoryDesk(storage, self.rulings)

    async def ask(self, command: StoryCommand, by: Caller | None = None) -> Reply:
        return await self.desk.perform(command, by or caller())

    async def save(self, story: Story) -> None:
        """With a change for each entry, as if they had come one by one."""
        because = Because("No open story is like it.")
        changes = [
            StoryChange(story, *WHY.get(entry.id, (Turn.OPENED, because)), entry)
            for entry in story.entries
        ]
        async with self.storage.begin() as unit:
            await unit.stories.save_all(changes, NOON)

    async def post(
        self,
        story: Story,
        to: Destination = HERE,
        message_id: str = "",
        at: datetime = NOON,
        **changes: object,
    ) -> None:
        """Tell it there; where there is no message's id, the post waits."""
        said = replace(bulletin(story.id, story.entries[0].title), **changes)  # type: ignore[arg-type]
        async with self.storage.begin() as unit:
            await unit.outbox.put([Post(to, said, "asked for")], at)
            if message_id:
                ticket = await unit.outbox.claim(to, "a", MINUTE, at)
                assert ticket is not None
                await unit.outbox.settle(ticket, Sent(message_id), at)


# Both kinds of database are the concern of tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def counter(storage: Storage) -> Counter:
    counter = Counter(storage)
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("kabul-daily")], NOON)
    for story in (ROCKETS, FAIR):
        await counter.save(story)
    await counter.post(ROCKETS, message_id="1999")
    return counter


async def test_a_story_is_shown_with_who_tells_it_and_why_each_telling_is_in_it(
    counter: Counter,
) -> None:
    shown = await counter.ask(ShowStory("rockets"), caller(may_change=False))
    assert shown.private
    assert (
        shown.text == "“Rockets hit the port” (story rockets), since 17 November 2020, 11:00 UTC."
    )
    assert shown.lines == (
        "First told by Kabul Daily (in Courier); Baghdad Post, 24 min later.",
        "1 · Kabul Daily: Rockets hit the port — No open story was like it enough.",
        "2 · Courier, copy of 1: Port is hit — "
        "Repeats the text of Kabul Daily: “Rockets hit the port”.",
        "3 · Baghdad Post: Two hurt as rockets hit the port — "
        "Tells the same as “Rockets hit the port”: rockets, port.",
    )


@pytest.mark.parametrize(
    "name",
    [
        "ROCKETS",
        " #rockets ",
        "story rockets",
        "https://discord.com/channels/1200/1201/1999",
        "<https://ptb.discord.com/channels/1200/1201/1999>",
        "https://discordapp.com/channels/1200/1201/1999/",
    ],
)
async def test_a_story_is_named_by_its_id_or_by_the_link_of_its_post(
    counter: Counter, name: str
) -> None:
    assert (await counter.ask(ShowStory(name))).text.startswith("“Rockets hit the port”")


@pytest.mark.parametrize(
    "name",
    [
        "https://acme.slack.com/archives/C1/p1605614400123456",
        "<https://acme.slack.com/archives/C1/p1605614400123456?thread_ts=1.2&cid=C1|link>",
        "https://acme.enterprise.slack.com/archives/C1/p1605614400123456",
    ],
)
async def test_a_link_of_slack_names_a_story_there(counter: Counter, name: str) -> None:
    assert read_name(name) == PostLink(Platform.SLACK, "C1", "1605614400.123456")
    await counter.post(ROCKETS, replace(SLACK, channel="C0"), "1605614400.123456")
    await counter.post(FAIR, SLACK, "1605614400.123456")
    for place in (SLACK, OPERATOR):
        shown = await counter.ask(ShowStory(name), caller(place))
        assert shown.text.startswith("“Fair opens” (story fair)")
    with pytest.raises(Mistake, match="There is no story"):
        await counter.ask(ShowStory(name), caller(HERE))


async def test_a_link_names_the_post_of_its_own_platform_and_workspace(counter: Counter) -> None:
    await counter.post(FAIR, replace(SLACK, channel="1301"), "3000")
    await counter.post(ROCKETS, ABROAD, "3000")
    abroad = "https://discord.com/channels/1300/1301/3000"
    shown = await counter.ask(ShowStory(abroad), caller(OPERATOR))
    assert shown.text.startswith("“Rockets hit the port”")
    with pytest.raises(Mistake, match="There is no story"):
        await counter.ask(ShowStory(abroad))


async def test_a_post_that_still_waits_tells_its_story_too(counter: Counter) -> None:
    await counter.post(FAIR, NEXT_DOOR)
    assert (await counter.ask(ShowStory("fair"))).text.startswith("“Fair opens”")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (HERE, "nowhere"),
        (HERE, ""),
        (HERE, "fair"),
        (ABROAD, "rockets"),
        (ABROAD, "https://discord.com/channels/1200/1201/1999"),
        (ABROAD, "https://discord.com/channels/1300/1201/1999"),
        (HERE, "https://discord.com/channels/1200/1201/7"),
        (HERE, "https://news.example/channels/1200/1201/1999"),
    ],
)
async def test_a_story_that_no_post_here_tells_is_as_unknown_as_one_that_is_not(
    counter: Counter, place: Destination, name: str
) -> None:
    for command in (
        ShowStory(name),
        SplitStory(name, (1,)),
        MergeStories(name, "rockets"),
        MergeStories("rockets", name),
    ):
        with pytest.raises(Mistake) as refused:
            await counter.ask(command, caller(place))
        assert refused.value.message.startswith("There is no story “")
        assert refused.value.message.endswith("” here.")
        assert "foot of each post" in refused.value.hint
    assert counter.rulings.said == []


async def test_a_story_that_is_not_there_is_said_to_the_operator_too(counter: Counter) -> None:
    with pytest.raises(Mistake, match=r"^There is no story “nowhere”\. The foot"):
        await counter.ask(ShowStory("nowhere"), caller(OPERATOR))
    assert (await counter.ask(ShowStory("fair"), caller(OPERATOR))).text.startswith("“Fair opens”")


async def test_two_stories_are_merged_and_the_old_id_and_link_name_the_one(
    counter: Counter,
) -> None:
    await counter.post(FAIR, message_id="2000")
    done = await counter.ask(
        MergeStories("#Rockets", "https://discord.com/channels/1200/1201/2000")
    )
    assert done.text == (
        "“Fair opens” (story fair) is told in “Rockets hit the port” (story rockets) from now on. "
        "story undo takes it back."
    )
    by = By(Platform.DISCORD, "1200", "u1")
    assert counter.rulings.said == [("merge", "rockets", "fair", by)]
    for name in ("rockets", "fair", "https://discord.com/channels/1200/1201/2000"):
        shown = await counter.ask(ShowStory(name))
        assert shown.lines[1] == "Merged into it: story fair — People say so."
        assert shown.lines[-1] == "4 · Harbour News: Fair opens — No open story is like it."


async def test_tellings_are_split_off_by_the_numbers_that_were_shown(counter: Counter) -> None:
    done = await counter.ask(SplitStory("rockets", (3,)))
    assert done.text == (
        "“Two hurt as rockets hit the port” (story taken) is a story of its own now; "
        "“Rockets hit the port” (story rockets) goes on without it. story undo takes it back."
    )
    assert counter.rulings.said == [("split", "rockets", "e3", By(Platform.DISCORD, "1200", "u1"))]
    await counter.post(replace(ROCKETS, id="taken"))
    left, taken = [await counter.ask(ShowStory(name)) for name in ("rockets", "taken")]
    assert left.lines[1] == (
        "Taken out of it: “Two hurt as rockets hit the port” (story taken) — People say so."
    )
    assert taken.lines[-1].endswith("hit the port — People say so.")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((4,), "This story has 3 tellings, and no telling 4. story show shows their numbers."),
        ((1, 0), "This story has 3 tellings, and no telling 0. story show shows their numbers."),
        ((3, 2, 1), "These are all the tellings of the story. Leave it at least one."),
    ],
)
async def test_tellings_that_cannot_be_split_off_are_explained(
    counter: Counter, numbers: tuple[int, ...], said: str
) -> None:
    with pytest.raises(Mistake) as refused:
        await counter.ask(SplitStory("rockets", numbers))
    assert str(refused.value) == said
    assert counter.rulings.said == []


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("merger", "“Fair opens” (story fair) is a story of its own again, as before"),
        ("splitter", "“Fair opens” (story fair) is told in “Rockets hit the port” (story rockets)"),
    ],
)
async def test_what_was_done_last_is_taken_back(counter: Counter, user: str, said: str) -> None:
    done = await counter.ask(UndoStory(), replace(caller(), user=user))
    assert done.text.startswith(said)
    assert counter.rulings.said == [("undo", By(Platform.DISCORD, "1200", user))]


async def test_who_may_not_change_the_channel_sees_and_changes_nothing(counter: Counter) -> None:
    await counter.post(FAIR)
    for command in (MergeStories("rockets", "fair"), SplitStory("rockets", (3,)), UndoStory()):
        with pytest.raises(Mistake, match="You may not change"):
            await counter.ask(command, caller(may_change=False))
    assert counter.rulings.said == []


@pytest.mark.parametrize(
    "command", [MergeStories("rockets", "fair"), SplitStory("rockets", (3,)), UndoStory()]
)
async def test_a_request_that_is_delivered_twice_is_done_once(
    counter: Counter, command: StoryCommand
) -> None:
    await counter.post(FAIR)
    await counter.ask(command, caller(key="once"))
    again = await counter.ask(command, caller(key="once"))
    assert again.text == "This request came twice, and was taken care of the first time."
    assert len(counter.rulings.said) == 1
    await counter.ask(UndoStory(), caller(key="another"))
    assert len(counter.rulings.said) == 2


async def test_a_mistake_is_told_again_when_its_request_is_delivered_again(
    counter: Counter,
) -> None:
    for _ in "twice":
        with pytest.raises(Mistake, match="There is no story “nowhere” here"):
            await counter.ask(SplitStory("nowhere", (3,)), caller(key="once"))


async def test_what_the_rules_refuse_is_shown_as_written(counter: Counter) -> None:
    counter.rulings.refuses = Mistake("Others are told it too.", "Ask who runs wirewatch.")
    with pytest.raises(Mistake, match="Others are told it too"):
        await counter.ask(SplitStory("rockets", (3,)))


async def test_a_story_says_what_it_goes_on_from(counter: Counter) -> None:
    later = replace(ROCKETS, follows="fair")
    await counter.save(later)
    shown = await counter.ask(ShowStory("rockets"))
    assert shown.lines[1] == "Goes on from “Fair opens” (story fair)."


async def test_no_story_goes_on_from_itself(counter: Counter) -> None:
    """What it went on from was merged into another, and that into it."""
    await counter.save(replace(ROCKETS, follows="before"))
    before = Story("before", (Telling(told(8, "Star", "Star rises")),), NOON, NOON)
    await counter.save(before)
    first = merged(FAIR, before, Because("People said so."))
    async with counter.storage.begin() as unit:
        rockets = await unit.stories.get("rockets")
        assert rockets is not None
        second = merged(rockets, first.story, Because("People said so."))
        await unit.stories.save_all([first, second], NOON)
    assert "Goes on from" not in str(await counter.ask(ShowStory("rockets")))


@pytest.fixture
async def shared(counter: Counter) -> Counter:
    """A story told by a feed of everybody, one of this workspace and one of another's."""
    async with counter.storage.begin() as unit:
        for place, feed_id in ((HERE, "own"), (ABROAD, "theirs")):
            await unit.subscriptions.add(feed(feed_id), place, "u1", NOON, NOON)
    theirs = told(1, "Their Gazette", "The headline", feed_id="theirs")
    own = told(2, "Our Gazette", "Our headline", feed_id="own")
    copy = told(3, "Kabul Daily", "The headline")
    tellings = (Telling(theirs), Telling(own), Telling(copy, "e1"))
    story = Story("shared", tellings, NOON, NOON, follows="before")
    earlier = told(7, "Their Gazette", "Their secret earlier", feed_id="theirs")
    before = Story("before", (Telling(earlier),), NOON, NOON)
    for each in (before, story):
        await counter.save(each)
    because = Because("Repeats the text of Their Gazette: “The headline”.", 0.9, ("text",))
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([StoryChange(story, Turn.JOINED, because, copy)], NOON)
    for place in (HERE, ABROAD):
        await counter.post(story, place)
    return counter


async def test_nobody_is_shown_what_another_workspaces_feed_told(shared: Counter) -> None:
    shown = await shared.ask(ShowStory("shared"))
    assert "secret" not in str(shown).casefold() and "Their" not in str(shown)
    assert [line.partition(":")[0] for line in shown.lines[1:]] == [
        "1 · Our Gazette",
        "2 · Kabul Daily",
    ]
    assert shown.lines[-1].endswith("The headline — Has these words in common: text.")
    abroad = await shared.ask(ShowStory("shared"), caller(ABROAD))
    assert "Our" not in str(abroad)
    assert "Goes on from “Their secret earlier” (story before)." in abroad.lines
    assert abroad.lines[-1].startswith("2 · Kabul Daily, copy of 1: ")
    whole = await shared.ask(ShowStory("shared"), caller(OPERATOR))
    assert "Repeats the text of Their Gazette" in whole.lines[-1]
    assert len(whole.lines) == 5


async def test_what_was_taken_out_and_came_back_is_shown_as_before(counter: Counter) -> None:
    before = await counter.ask(ShowStory("rockets"))
    out = split(ROCKETS, ["e3"], Because("People said so."), "out")
    assert out.other is not None
    back = merged(out.story, out.other, Because("People took it back."))
    revised = StoryChange(back.story, Turn.REVISED, Because("It changed its words."), FIRST)
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([out, back, revised], NOON)
    assert await counter.ask(ShowStory("rockets")) == before


async def test_a_story_that_stands_for_itself_again_has_its_first_reasons(
    counter: Counter,
) -> None:
    into = merged(ROCKETS, FAIR, Because("People said so."))
    back = split(into.story, FAIR.entry_ids, Because("People took it back."), FAIR.id)
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([into, back], NOON)
    shown = await counter.ask(ShowStory("fair"), caller(OPERATOR))
    assert shown.lines[-1].endswith("Fair opens — No open story is like it.")


async def test_each_merge_is_shown_with_its_own_reason(counter: Counter) -> None:
    """`rockets` loses a telling, both come to be told in `fair`, and that in `last`."""
    out = split(ROCKETS, ["e3"], Because("It was taken out."), "out")
    assert out.other is not None
    first = merged(FAIR, out.story, Because("The first merge."))
    second = merged(first.story, out.other, Because("The second merge."))
    last = Story("last", (Telling(told(8, "Star", "Star rises")),), NOON, NOON)
    await counter.save(last)
    third = merged(last, second.story, Because("The third merge."))
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([out, first, second, third], NOON)
    shown = await counter.ask(ShowStory("last"), caller(OPERATOR))
    assert sorted(line for line in shown.lines if line.startswith("Merged")) == [
        "Merged into it: story fair — The third merge.",
        "Merged into it: story rockets — The first merge.",
    ]
    assert "It was taken out." in str(shown.lines)


async def test_a_merge_with_what_is_not_seen_is_not_shown(shared: Counter) -> None:
    story = Story("theirs", (Telling(told(8, "Star", "Star rises", feed_id="theirs")),), NOON, NOON)
    await shared.save(story)
    async with shared.storage.begin() as unit:
        into = await unit.stories.get("shared")
        assert into is not None
        await unit.stories.save_all([merged(into, story, Because("People said so."))], NOON)
    merges = [
        [line for line in shown.lines if line.startswith("Merged")]
        for shown in [await shared.ask(ShowStory("shared"), caller(by)) for by in (HERE, ABROAD)]
    ]
    assert merges == [[], ["Merged into it: story theirs — People said so."]]


async def test_reasons_quote_only_headlines_that_are_seen(shared: Counter) -> None:
    """Of a merge, of a split, and of a copy of which no words are kept."""
    outlets = ("Kabul Daily", "Courier", "Herald")
    fifth, sixth, seventh = (
        told(number, outlet, f"Seen {outlet}") for number, outlet in enumerate(outlets, start=5)
    )
    whole = Story("whole", tuple(map(Telling, (fifth, sixth, seventh))), NOON, NOON)
    await shared.save(whole)
    other = Story("taken", (Telling(told(8, "Star", "Seen Star")),), NOON, NOON)
    await shared.save(other)
    because = Because("“Seen Courier” is more like “Hidden “Seen Courier””.")
    first = split(whole, [sixth.id], because, sixth.id)
    because = Because("“Seen Herald” is of another event, as “Seen Kabul Daily” shows.")
    second = split(first.story, [seventh.id], because, seventh.id)
    into = merged(second.story, other, Because("“Hidden” tells the same as both."))
    copy = told(4, "Echo", "Seen Echo")
    repeats = Because("Repeats the text of Their Gazette: “Hidden”.", 0.9)
    tellings = (*into.story.tellings, Telling(copy))
    joined = StoryChange(replace(into.story, tellings=tellings), Turn.JOINED, repeats, copy)
    async with shared.storage.begin() as unit:
        await unit.stories.save_all([first, second, into, joined], NOON)
    for story_id in ("whole", sixth.id, seventh.id):
        await shared.post(replace(whole, id=story_id))
    shown = await shared.ask(ShowStory("whole"))
    assert "Hidden" not in str(shown)
    assert shown.lines[1:4] == (
        "Merged into it: story taken — Both tell the same event.",
        "Taken out of it: “Seen Courier” (story e6) — "
        "Tells another event than the story that it was in.",
        "Taken out of it: “Seen Herald” (story e7) — "
        "“Seen Herald” is of another event, as “Seen Kabul Daily” shows.",
    )
    assert shown.lines[-1].endswith("Echo: Seen Echo — Repeats another text.")
    whole_truth = await shared.ask(ShowStory("whole"), caller(OPERATOR))
    assert whole_truth.lines[1] == "Merged into it: story taken — “Hidden” tells the same as both."
    alone = await shared.ask(ShowStory(seventh.id))
    assert alone.lines[-1].endswith("— Tells another event than the story that it was in.")


async def test_numbers_are_of_the_tellings_that_were_shown(shared: Counter) -> None:
    await shared.ask(SplitStory("shared", (1,)))
    assert [said[2] for said in shared.rulings.said] == ["e2"]


async def test_a_telling_that_others_do_not_see_is_no_number_of_theirs(shared: Counter) -> None:
    with pytest.raises(Mistake, match="This story has 2 tellings, and no telling 3"):
        await shared.ask(SplitStory("shared", (3,)))


async def test_the_last_stories_of_the_channel_are_offered(counter: Counter) -> None:
    await counter.post(FAIR, message_id="2000", at=NOON + MINUTE)
    await counter.post(replace(FAIR, id="waits"))
    await counter.post(replace(FAIR, id="abroad"), ABROAD, "2001")
    await counter.post(replace(FAIR, id="pointer"), NEXT_DOOR, "2002", moved_to=MovedTo("x", None))
    await counter.post(replace(FAIR, id="notice"), NEXT_DOOR, "2003", notice=True)
    await counter.post(replace(FAIR, id="gone"), NEXT_DOOR, "2004")
    async with counter.storage.begin() as unit:
        [receipt] = await unit.outbox.receipts("gone")
        await unit.outbox.put([Edit(receipt, bulletin("gone"))], NOON)
        ticket = await unit.outbox.claim(NEXT_DOOR, "a", MINUTE, NOON)
        assert ticket is not None
        await unit.outbox.settle(ticket, Refused("no such message", gone=True), NOON)
    at = NOON + MINUTE
    assert await counter.desk.choices(HERE, at) == [
        ("fair", "Fair opens"),
        ("rockets", "Rockets hit the port"),
    ]
    assert await counter.desk.choices(HERE, at + LATELY) == [("fair", "Fair opens")]
    assert await counter.desk.choices(NEXT_DOOR, at) == []

"""Commands about feeds against a real database, answered as a person would read it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count, pairwise

import pytest

from bot.commands.feed_desk import IMPORTED_AT_ONCE, MOST_FEEDS
from bot.commands.vocabulary import (
    AddFeed,
    Caller,
    EditFeed,
    ExportFeeds,
    FeedCommand,
    FeedStatus,
    FindFeeds,
    ImportFeeds,
    ListFeeds,
    PauseFeed,
    RemoveFeed,
    Reply,
    ResumeFeed,
    TryFeed,
)
from bot.feeds.addresses import feed_id
from bot.model.errors import Mistake
from bot.model.feed import Polling, Trouble
from bot.model.watch import Destination, Platform
from bot.storage.unit import Storage, open_storage
from bot.storage.vault import Vault
from tests.commands.reading_room import ReadingRoom
from tests.storage.nouns import feed

HERE = Destination(Platform.DISCORD, "guild-a", "desk")
ABROAD = Destination(Platform.DISCORD, "guild-b", "desk")
OPERATOR = Destination(Platform.CONSOLE, "", "")
COURIER = "https://courier.example/rss"
POST = "https://post.example/rss"
LEASE = timedelta(minutes=5)
_keys = count()


def caller(
    place: Destination = HERE, *, user: str = "u1", may_change: bool = True, key: str = ""
) -> Caller:
    return Caller(place, user, may_change, key or f"key-{next(_keys)}")


class Counter:
    """The desk, a caller for each line, and a few feeds to speak of."""

    def __init__(self, storage: Storage, now: datetime) -> None:
        self.web = ReadingRoom()
        self.web.put_feed(
            COURIER, "Baghdad Courier", "Rockets hit the port", "Fair opens", "C", "D"
        )
        self.web.put_feed(POST, "Kabul Post", "Troops leave")
        self.storage, self.now = storage, now
        self.desk = self.web.desk(storage)

    async def ask(self, command: FeedCommand, by: Caller | None = None) -> Reply:
        return await self.desk.perform(command, by or caller(), self.now)

    async def due(self) -> list[str]:
        """The addresses that a poll would ask, now."""
        async with self.storage.begin() as unit:
            return [f.url for f, _, _ in await unit.feeds.due(self.now, 999, "t", LEASE)]

    async def readers(self, url: str) -> frozenset[tuple[Platform, str]]:
        async with self.storage.read() as unit:
            return (await unit.subscriptions.readers([feed_id(url)]))[feed_id(url)]


# Both kinds of database are the concern of tests/storage.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(database_url, Vault(["a key for tests, long and random"]))
    yield storage
    await storage.dispose()


@pytest.fixture
def counter(storage: Storage, now: datetime) -> Counter:
    return Counter(storage, now)


async def test_a_feed_is_added_listed_polled_and_removed(counter: Counter) -> None:
    added = await counter.ask(AddFeed(COURIER))
    assert added.private
    assert added.text.startswith(
        f"Reading Baghdad Courier ({COURIER}), as feed {feed_id(COURIER)}. "
    )
    listed = await counter.ask(ListFeeds())
    assert listed.lines == (f"{feed_id(COURIER)} · Baghdad Courier ({COURIER})",)
    assert await counter.due() == [COURIER]
    removed = await counter.ask(RemoveFeed("baghdad courier"))
    assert removed.text == f"Removed Baghdad Courier ({COURIER}). What it told stays."
    assert (await counter.ask(ListFeeds())).text.startswith("No feed was added here yet.")
    counter.now += timedelta(hours=1)
    assert await counter.due() == []


async def test_a_page_with_one_feed_will_do_and_one_with_several_asks_which(
    counter: Counter,
) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    counter.web.put("https://one.example", link.format(COURIER))
    counter.web.put("https://two.example", link.format(COURIER) + link.format(POST))
    assert "Reading Baghdad Courier" in (await counter.ask(AddFeed("one.example"))).text
    asked = await counter.ask(AddFeed("two.example"), caller(ABROAD))
    assert asked.text == "There are 2 feeds. Say which: feed add, the address, and its number."
    assert asked.lines[1] == f"2 · Kabul Post — {POST} (RSS, 1 entries)"
    assert (
        "Reading Kabul Post" in (await counter.ask(AddFeed("two.example", 2), caller(ABROAD))).text
    )
    with pytest.raises(Mistake, match="There is no feed 3 at that address"):
        await counter.ask(AddFeed("two.example", 3))
    assert (await counter.ask(FindFeeds("two.example"))).lines == asked.lines


async def test_what_is_no_feed_is_not_saved_and_the_answer_says_why(counter: Counter) -> None:
    counter.web.put("https://page.example", "<p>Welcome")
    with pytest.raises(Mistake, match="names no feed that can be read"):
        await counter.ask(AddFeed("https://page.example"))
    with pytest.raises(Mistake, match="404"):
        await counter.ask(AddFeed("https://gone.example/rss"))
    assert (await counter.ask(ListFeeds())).lines == (
        "feed add, then the address of a feed or of a page that has one.",
    )


async def test_one_fetch_serves_all_who_read_a_feed(counter: Counter) -> None:
    first = await counter.ask(AddFeed(COURIER))
    assert await counter.ask(AddFeed(COURIER), caller(ABROAD)) == first
    assert await counter.due() == [COURIER]
    assert await counter.readers(COURIER) == {
        (Platform.DISCORD, "guild-a"),
        (Platform.DISCORD, "guild-b"),
    }
    await counter.ask(RemoveFeed("Baghdad Courier"))
    assert await counter.readers(COURIER) == {(Platform.DISCORD, "guild-b")}


async def test_the_same_feed_twice_is_one_feed(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    assert (await counter.ask(AddFeed(COURIER))).text.startswith("That feed is here already: ")


async def test_a_request_that_is_delivered_twice_is_answered_as_if_once(counter: Counter) -> None:
    first = await counter.ask(AddFeed(COURIER), caller(key="once"))
    assert await counter.ask(AddFeed(COURIER), caller(key="once")) == first
    await counter.ask(RemoveFeed("Baghdad Courier"), caller(key="away"))
    again = await counter.ask(RemoveFeed("Baghdad Courier"), caller(key="away"))
    assert again.text == "The feed is removed."
    await counter.ask(AddFeed(COURIER))
    rename = EditFeed("Baghdad Courier", outlet="Ours")
    await counter.ask(rename, caller(key="change"))
    assert (await counter.ask(rename, caller(key="change"))).text == "The feed is changed."
    with pytest.raises(Mistake, match="There is no feed “Baghdad Courier” here"):
        await counter.ask(rename, caller(key="other"))


async def test_a_feed_of_the_operators_list_is_not_added_again(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        await unit.feeds.sync([feed("courier", url=COURIER, every=LEASE)], counter.now)
    added = await counter.ask(AddFeed(COURIER))
    assert added.text == (
        "Baghdad Courier is read already: who runs wirewatch gives it to everybody."
    )
    assert (await counter.ask(ListFeeds())).text == (
        "No feed was added here yet. 1 more are given to all by who runs wirewatch."
    )
    with pytest.raises(Mistake, match="There is no feed “courier” here"):
        await counter.ask(PauseFeed("courier"))


async def test_a_pause_here_is_none_elsewhere(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    await counter.ask(AddFeed(COURIER), caller(ABROAD))
    paused = await counter.ask(PauseFeed("baghdad courier"))
    assert paused.text.startswith("Paused here: Baghdad Courier")
    assert await counter.readers(COURIER) == {(Platform.DISCORD, "guild-b")}
    assert (await counter.ask(ListFeeds())).lines[0].endswith(" · paused")
    assert "paused" not in (await counter.ask(ListFeeds(), caller(ABROAD))).lines[0]
    await counter.ask(PauseFeed("baghdad courier"), caller(ABROAD))
    assert await counter.due() == []
    await counter.ask(ResumeFeed("baghdad courier"))
    assert await counter.due() == [COURIER]


async def test_the_operators_pause_holds_for_all(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        await unit.feeds.sync([feed("post", url=POST)], counter.now)
    operator = caller(OPERATOR)
    assert (await counter.ask(PauseFeed("post"), operator)).text.startswith("Paused for everybody")
    assert await counter.due() == []
    await counter.ask(ResumeFeed("post"), caller(OPERATOR))
    assert await counter.due() == [POST]


async def test_what_the_operator_adds_is_for_everybody(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER), caller(OPERATOR))
    assert "given to everybody" not in (await counter.ask(ListFeeds())).text
    assert "1 more are given to all" in (await counter.ask(ListFeeds())).text
    assert "gives it to everybody" in (await counter.ask(AddFeed(COURIER))).text


async def test_a_feed_does_not_move_to_where_everybody_is_read_to(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER), caller(OPERATOR))
    await counter.ask(AddFeed(POST))
    with pytest.raises(Mistake, match="gives that feed to everybody already"):
        await counter.ask(EditFeed("Kabul Post", url=COURIER))
    renamed = await counter.ask(EditFeed("Baghdad Courier", outlet="B"), caller(OPERATOR))
    assert renamed.text.startswith("Changed: B")


async def test_a_test_shows_what_would_be_read_and_saves_nothing(counter: Counter) -> None:
    tried = await counter.ask(TryFeed(COURIER))
    assert tried.text == "Baghdad Courier can be read: 4 entries. Nothing was saved or posted."
    assert tried.lines == ("Rockets hit the port", "Fair opens", "C")
    assert (await counter.ask(ListFeeds())).text.startswith("No feed was added")
    await counter.ask(AddFeed(COURIER))
    assert (
        "Next asked now: never asked so far."
        in (await counter.ask(TryFeed("baghdad courier"))).text
    )


async def test_what_is_neither_here_nor_an_address_is_not_looked_for(counter: Counter) -> None:
    with pytest.raises(Mistake, match="There is no feed “courier” here"):
        await counter.ask(TryFeed("courier"))
    assert counter.web.asked == []


async def test_nobody_meets_the_names_of_anothers_list(counter: Counter) -> None:
    await counter.ask(ImportFeeds(opml(COURIER).replace(b"F0", b"Our secret")))
    await counter.ask(ImportFeeds(opml(COURIER)), caller(ABROAD))
    listed = await counter.ask(ListFeeds(), caller(ABROAD))
    assert listed.lines == (f"{feed_id(COURIER)} · courier.example ({COURIER})",)


async def test_the_status_tells_the_last_success_the_next_poll_and_what_is_wrong(
    counter: Counter,
) -> None:
    await counter.ask(AddFeed(COURIER))
    assert (await counter.ask(FeedStatus())).lines[0].endswith("not read yet")
    failing = Polling(
        feed_id(COURIER),
        counter.now + timedelta(minutes=30),
        failures=3,
        failing_since=counter.now,
        trouble=Trouble.SLOW,
        succeeded_at=counter.now - timedelta(hours=2),
        error="It did not answer.",
    )
    async with counter.storage.begin() as unit:
        await unit.feeds.save(failing)
    assert (await counter.ask(FeedStatus())).text == "1 feeds, 1 of them failing."
    status = await counter.ask(FeedStatus(COURIER))
    assert status.lines == (
        "Last read 2 h ago.",
        "Next asked in 30 min: failing: 3 in a row.",
        "Failed 3 times in a row (slow): It did not answer.",
    )


async def test_a_feed_moves_by_hand(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    await counter.ask(AddFeed(COURIER), caller(ABROAD))
    changed = await counter.ask(EditFeed("Baghdad Courier", url=POST))
    assert changed.text.startswith(f"Changed: Kabul Post ({POST}), asked at its own pace")
    assert POST in (await counter.ask(ListFeeds())).lines[0]
    assert COURIER in (await counter.ask(ListFeeds(), caller(ABROAD))).lines[0]
    with pytest.raises(Mistake, match="404"):
        await counter.ask(EditFeed("Kabul Post", url="https://gone.example"))


async def test_a_name_and_a_pace_given_here_are_met_by_nobody_else(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    changed = await counter.ask(EditFeed("baghdad courier", outlet="Our  secret", every="2h"))
    assert changed.text.startswith(f"Changed: Our secret ({COURIER}), asked every 2 h")
    await counter.ask(AddFeed(COURIER), caller(ABROAD))
    assert "Baghdad Courier" in (await counter.ask(ListFeeds(), caller(ABROAD))).lines[0]
    await counter.ask(PauseFeed("our secret"))
    await counter.ask(EditFeed("our secret", every="auto"))
    [line] = (await counter.ask(ListFeeds())).lines
    assert "Our secret" in line and line.endswith("paused")
    await counter.ask(EditFeed("our secret", url=POST))
    assert f"Our secret ({POST}) · paused" in (await counter.ask(ListFeeds())).lines[0]
    assert (await counter.ask(AddFeed(POST))).text.startswith("That feed is here already")


@pytest.mark.parametrize("every", ["1m", "soon", "9d", "-5m", ""])
async def test_a_pace_that_is_none_is_explained(counter: Counter, every: str) -> None:
    await counter.ask(AddFeed(COURIER))
    with pytest.raises(Mistake, match="Write it as 30m, 2h or 1d"):
        await counter.ask(EditFeed(COURIER, every=every))


async def test_a_secret_in_an_address_is_never_told(counter: Counter) -> None:
    secret = "https://reader:hunter2@courier.example/rss"
    counter.web.put_feed(secret, "Private Courier", "Rockets")
    said = [
        await counter.ask(command)
        for command in (
            FindFeeds(secret),
            TryFeed(secret),
            AddFeed(secret),
            AddFeed(secret),
            ListFeeds(),
            FeedStatus(secret),
            TryFeed("private courier"),
            EditFeed("private courier", every="1h"),
            PauseFeed("private courier"),
            ResumeFeed("private courier"),
            ExportFeeds(),
            RemoveFeed("private courier"),
        )
    ]
    assert "hunter2" not in str(said) + str(await counter.desk.choices(HERE))
    assert "1 more hold a password or key" in str(said)
    for command in (RemoveFeed(secret), FeedStatus(secret), EditFeed(secret, every="1h")):
        with pytest.raises(Mistake) as mistake:
            await counter.ask(command)
        assert "hunter2" not in str(mistake.value)


async def test_a_feed_whose_key_is_lost_can_be_listed_given_a_new_address_and_removed(
    counter: Counter, database_url: str
) -> None:
    secret = "https://reader:hunter2@courier.example/rss"
    keyed = open_storage(database_url, Vault(["k" * 32]))
    counter.web.put_feed(secret, "Private Courier", "Rockets")
    desk = counter.web.desk(keyed)
    for place in (HERE, ABROAD):
        await desk.perform(AddFeed(secret), caller(place), counter.now)
    await keyed.dispose()
    assert "(https://courier.example/rss)" in (await counter.ask(ListFeeds())).lines[0]
    counter.web.asked.clear()
    for command in (TryFeed("private courier"), EditFeed("private courier", every="1h")):
        with pytest.raises(Mistake, match="its key is missing"):
            await counter.ask(command)
    assert counter.web.asked == []  # without its password, it is another feed
    exported = await counter.ask(ExportFeeds())
    assert exported.file is not None and "courier.example" not in exported.file.text
    await counter.ask(EditFeed("private courier", url=POST))
    assert POST in await counter.due()
    assert f"Private Courier ({POST})" in (await counter.ask(ListFeeds())).lines[0]
    assert "Removed" in (await counter.ask(RemoveFeed("private courier"), caller(ABROAD))).text


def opml(*urls: str) -> bytes:
    outlines = "".join(
        f'<outline type="rss" text="F{n}" xmlUrl="{u}"/>' for n, u in enumerate(urls)
    )
    return f'<opml version="2.0"><body>{outlines}</body></opml>'.encode()


async def test_what_was_exported_can_be_imported(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    await counter.ask(AddFeed(POST))
    exported = await counter.ask(ExportFeeds())
    assert exported.file is not None and exported.file.name == "feeds.opml"
    imported = await counter.ask(ImportFeeds(exported.file.text.encode()), caller(ABROAD))
    assert imported.text.startswith("2 added, 0 here already, 0 left out. They are read")
    assert len((await counter.ask(ListFeeds(), caller(ABROAD))).lines) == 2
    again = await counter.ask(ImportFeeds(exported.file.text.encode()), caller(ABROAD))
    assert again.text == "0 added, 2 here already, 0 left out."


async def test_a_list_at_an_address_is_imported_and_each_mistake_in_it_told(
    counter: Counter,
) -> None:
    counter.web.put("https://lists.example/l.opml", opml(COURIER, "file:///etc/passwd").decode())
    imported = await counter.ask(ImportFeeds("https://lists.example/l.opml"))
    assert imported.text.startswith("1 added, 0 here already, 1 left out.")
    assert imported.lines[0].startswith("F1: This url is not an address.")
    with pytest.raises(Mistake, match="404"):
        await counter.ask(ImportFeeds("https://gone.example"))
    assert "is not OPML" in (await counter.ask(ImportFeeds(b"hello"))).lines[0]


async def test_an_import_is_asked_no_faster_than_feeds_may_be_added(counter: Counter) -> None:
    urls = [f"https://f{n}.example/rss" for n in range(MOST_FEEDS + 1)]
    imported = await counter.ask(ImportFeeds(opml(*urls)))
    assert imported.text.startswith("100 added, 0 here already, 1 left out.")
    assert "100 feeds at most" in imported.lines[0]
    due = []
    for _ in range(6):
        due.append(len(await counter.due()))
        counter.now += timedelta(hours=1)
    assert due == [20, 40, 60, 80, 100, 100]


async def test_others_write_while_a_long_list_is_taken_in(counter: Counter) -> None:
    urls = [f"https://f{n}.example/rss" for n in range(700)]
    importing = asyncio.create_task(counter.ask(ImportFeeds(opml(*urls)), caller(OPERATOR)))
    seen = [0]
    while not importing.done():
        async with counter.storage.begin() as unit:
            seen.append(await unit.subscriptions.count_given_to_all())
    assert (await importing).text.startswith("700 added, 0 here already, 0 left out.")
    assert max(after - before for before, after in pairwise(seen)) <= IMPORTED_AT_ONCE
    assert len(await counter.due()) == 700


async def test_a_feed_that_is_named_anew_goes_on_where_it_was(counter: Counter) -> None:
    await counter.ask(AddFeed(COURIER))
    await counter.ask(EditFeed("Baghdad Courier", outlet="Ours"))
    async with counter.storage.begin() as unit:
        [(own, _)] = await unit.feeds.all()
        read = Polling(own.id, counter.now + LEASE, succeeded_at=counter.now)
        await unit.feeds.save(read)
    await counter.ask(EditFeed("Ours", outlet="Ours too"))
    async with counter.storage.read() as unit:
        assert await unit.feeds.polling(own.id) == read


async def test_a_list_holds_what_is_read_here_under_any_name_or_id(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        await unit.feeds.sync([feed("post", url=POST)], counter.now)
    await counter.ask(AddFeed(COURIER))
    await counter.ask(EditFeed("baghdad courier", outlet="Ours", every="2h"))
    imported = await counter.ask(ImportFeeds(opml(COURIER, POST, "https://new.example/rss")))
    assert imported.text.startswith("1 added, 2 here already, 0 left out.")


async def test_there_is_a_most_to_the_feeds_of_a_workspace(counter: Counter) -> None:
    await counter.ask(ImportFeeds(opml(*(f"https://f{n}.example/rss" for n in range(MOST_FEEDS)))))
    with pytest.raises(Mistake, match="has 100 feeds, and that is the most"):
        await counter.ask(AddFeed(COURIER), caller(user="u2"))
    abroad = await counter.ask(AddFeed(COURIER), caller(ABROAD, user="u2"))
    assert "Reading" in abroad.text


async def test_a_file_counts_like_an_address_that_is_looked_at(counter: Counter) -> None:
    for _ in range(30):
        await counter.ask(ImportFeeds(b"hello"))
    with pytest.raises(Mistake, match="Try again in 60 minutes"):
        await counter.ask(ImportFeeds(opml(COURIER)))
    assert "1 added" in (await counter.ask(ImportFeeds(opml(COURIER)), caller(OPERATOR))).text


async def test_nobody_scans_the_net_by_us(counter: Counter) -> None:
    for n in range(20):
        with pytest.raises(Mistake, match="404"):
            await counter.ask(AddFeed(f"https://h{n}.example/"))
    asked = len(counter.web.asked)
    with pytest.raises(Mistake, match="Try again in 60 minutes"):
        await counter.ask(AddFeed(COURIER))
    assert len(counter.web.asked) == asked
    for n in range(30):
        with pytest.raises(Mistake, match="404"):
            await counter.ask(FindFeeds(f"https://h{n}.example/"))
    for command in (FindFeeds(COURIER), TryFeed(COURIER), ImportFeeds(COURIER)):
        with pytest.raises(Mistake, match="Try again"):
            await counter.ask(command)
    assert (await counter.ask(FindFeeds(COURIER), caller(user="u2"))).lines
    counter.now += timedelta(hours=1)
    assert "Reading" in (await counter.ask(AddFeed(COURIER))).text


@pytest.mark.parametrize(
    "command",
    [
        AddFeed(POST),
        RemoveFeed(COURIER),
        EditFeed(COURIER, every="1h"),
        PauseFeed(COURIER),
        ResumeFeed(COURIER),
        ImportFeeds(opml(POST)),
    ],
)
async def test_who_may_not_change_the_channel_changes_nothing(
    counter: Counter, command: FeedCommand
) -> None:
    await counter.ask(AddFeed(COURIER))
    asked = len(counter.web.asked)
    before = await counter.ask(ListFeeds())
    with pytest.raises(Mistake, match="You may not change"):
        await counter.ask(command, caller(may_change=False))
    assert (await counter.ask(ListFeeds())) == before
    assert len(counter.web.asked) == asked


async def test_two_feeds_of_one_name_are_told_apart_by_id(counter: Counter) -> None:
    counter.web.put_feed(POST, "Baghdad Courier")
    await counter.ask(AddFeed(COURIER))
    await counter.ask(AddFeed(POST))
    with pytest.raises(Mistake, match=f"Say which by its id: .*{feed_id(POST)}"):
        await counter.ask(RemoveFeed("Baghdad Courier"))
    assert POST in (await counter.ask(RemoveFeed(feed_id(POST)))).text


async def test_the_operator_names_feeds_for_everybody(counter: Counter) -> None:
    """A list of the operator's names its feeds, and a new name makes no new feed of one."""
    await counter.ask(ImportFeeds(opml(COURIER)), caller(OPERATOR))
    listed = (await counter.ask(ListFeeds(), caller(OPERATOR))).lines[0]
    assert "F0" in listed
    changed = await counter.ask(EditFeed(COURIER, outlet="The Courier"), caller(OPERATOR))
    assert changed.text.endswith(f"as feed {listed.split()[0]}.")

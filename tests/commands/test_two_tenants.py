"""Two workspaces, and whatever they say: neither ever meets what the other has."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.vocabulary import (
    AddFeed,
    Caller,
    EditFeed,
    ExportFeeds,
    FeedCommand,
    FeedStatus,
    ImportFeeds,
    ListFeeds,
    PauseFeed,
    RemoveFeed,
    ResumeFeed,
    TryFeed,
)
from bot.feeds.addresses import feed_id
from bot.model.errors import Mistake
from bot.model.watch import Destination, Platform
from bot.storage.unit import open_storage
from tests.commands.reading_room import ReadingRoom
from tests.doubles.databases import SqliteFiles

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
PLACES = [Destination(Platform.DISCORD, guild, "desk") for guild in ("guild-a", "guild-b")]
SECRETS = ("alpha", "bravo")
"""Words that only the tenant of that number ever says."""
SHARED = "https://shared.example/rss"
Said = list[tuple[int, FeedCommand]]


def opml(name: str, *urls: str) -> bytes:
    outlines = "".join(f'<outline text="{name}" xmlUrl="{url}"/>' for url in urls)
    return f"<opml><body>{outlines}</body></opml>".encode()


def words(tenant: int) -> st.SearchStrategy[FeedCommand]:
    secret, other = SECRETS[tenant], SECRETS[1 - tenant]
    own = f"https://{secret}.example/rss"
    ids = [feed_id(url) for url in (SHARED, own, f"https://{other}.example/rss")]
    names = st.sampled_from([SHARED, own, f"{secret} name", "Shared", *ids])
    return st.one_of(
        st.builds(AddFeed, st.sampled_from([SHARED, own])),
        st.builds(RemoveFeed, names),
        st.just(ListFeeds()),
        st.builds(EditFeed, names, outlet=st.just(f"{secret} name")),
        st.builds(EditFeed, names, url=st.sampled_from([SHARED, own])),
        st.builds(EditFeed, names, every=st.sampled_from(["1h", "auto"])),
        st.builds(PauseFeed, names),
        st.builds(ResumeFeed, names),
        st.builds(FeedStatus, st.none() | names),
        st.builds(TryFeed, names),
        st.just(ExportFeeds()),
        st.just(ImportFeeds(opml(f"{secret} list", SHARED, own))),
    )


async def answers(said: Said, url: str) -> list[tuple[int, str]]:
    """What each is told, and may choose from while typing."""
    storage = open_storage(url)
    web = ReadingRoom()
    web.put_feed(SHARED, "Shared", "S")
    for secret in SECRETS:
        web.put_feed(f"https://{secret}.example/rss", f"{secret} title", f"{secret} news")
    desk = web.desk(storage)
    told = []
    for number, (tenant, command) in enumerate(said):
        place = PLACES[tenant]
        by = Caller(place, f"u{tenant}", True, key=f"{tenant} {number}")
        try:
            answer = str(await desk.perform(command, by, NOON))
        except Mistake as mistake:
            answer = str(mistake)
        told.append((tenant, f"{answer} {await desk.choices(place)}"))
    await storage.dispose()
    return told


@settings(max_examples=25, deadline=None)
@given(
    said=st.lists(st.integers(0, 1).flatmap(lambda n: st.tuples(st.just(n), words(n))), max_size=25)
)
def test_each_is_answered_as_if_it_were_alone(said: Said, sqlite: SqliteFiles) -> None:
    with sqlite.database() as url:
        together = asyncio.run(answers(said, url))
    for tenant in (0, 1):
        heard = [answer for who, answer in together if who == tenant]
        assert not any(SECRETS[1 - tenant] in answer for answer in heard)
        if any(isinstance(command, ImportFeeds) for _, command in said):
            continue  # the feed's own title takes the place of its host for all who read it
        with sqlite.database() as url:
            alone = asyncio.run(answers([each for each in said if each[0] == tenant], url))
        assert heard == [answer for _, answer in alone]

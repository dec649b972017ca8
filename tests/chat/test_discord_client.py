"""The unmodified discord.py against a Discord on loopback: what a person in a server sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.chat.discord.client import WirewatchClient, check_token
from bot.commands import vocabulary
from bot.commands.vocabulary import (
    AddFeed,
    AddWatch,
    Caller,
    Command,
    EditFeed,
    ExportFeeds,
    FeedStatus,
    File,
    FindFeeds,
    ImportFeeds,
    ListFeeds,
    ListWatches,
    MergeStories,
    PauseFeed,
    RemoveFeed,
    RemoveWatch,
    Reply,
    ResumeFeed,
    ShowStory,
    SplitStory,
    TryFeed,
    UndoStory,
)
from bot.model.errors import Mistake, PlatformDown
from bot.model.watch import Destination, Platform
from tests.doubles.discord_server import (
    Answer,
    DiscordServer,
    Fault,
    Hold,
    Limited,
    Reset,
    Truncate,
)

GUILD, CHANNEL, USER = "1200000000000000001", "1200000000000000002", "1300000000000000002"
MANAGE_GUILD, SEND_MESSAGES = 1 << 5, 1 << 11


class Watches:
    """The commands room in miniature: it remembers, refuses and breaks."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.callers: list[Caller] = []
        self.of_feeds: list[Command] = []
        self.of_stories: list[Command] = []

    async def stories(self, place: Destination) -> list[tuple[str, str]]:
        return [("ab23cd45ef", f"Rockets hit {place.channel}"), ("mn67op23qr", "Fair opens")]

    async def feeds(self, place: Destination) -> list[tuple[str, str]]:
        return [("id-1", f"Courier of {place.workspace}"), ("id-2", "Post")]

    async def perform(self, command: Command, caller: Caller) -> Reply:
        self.callers.append(caller)
        match command:
            case AddWatch(query=query) if caller.may_change:
                self.queries.append(query)
                return Reply(f"Watch {len(self.queries)} tells this channel of {query}.")
            case AddWatch():
                raise Mistake("You may not change what this channel gets.", "Ask a moderator.")
            case RemoveWatch(watch_id=number) if number > len(self.queries):
                raise Mistake(f"There is no watch {number} here.", "/watch list shows yours.")
            case RemoveWatch(watch_id=number):
                return Reply(f"Watch {number} ({self.queries.pop(number - 1)}) is gone.")
            case ListWatches():
                return Reply("Watches here:", lines=tuple(self.queries))
            case ExportFeeds():
                return Reply("2 feeds, as OPML.", file=File("feeds.opml", "<opml>ä</opml>"))
            case AddFeed() | FindFeeds() | RemoveFeed() | ListFeeds() | TryFeed() | EditFeed():
                self.of_feeds.append(command)
                return Reply("Done.")
            case PauseFeed() | ResumeFeed() | FeedStatus() | ImportFeeds():
                self.of_feeds.append(command)
                return Reply("Done.")
            case ShowStory() | MergeStories() | SplitStory() | UndoStory():
                self.of_stories.append(command)
                return Reply("Done.", lines=("1 · Courier: *Rockets*",))
            case vocabulary.TryWatch(query="boom"):
                raise KeyError("a bug of ours")
            case vocabulary.TryWatch(query=query):
                return Reply(
                    f"{query} would have told 2 stories.",
                    lines=("@everyone *look*", "[x](https://evil.example)"),
                )
        raise AssertionError(command)


class Program:
    """What the program keeps between two starts, and what it reported."""

    def __init__(self) -> None:
        self.watches = Watches()
        self.reports: list[tuple[BaseException, str]] = []
        self.digest: str | None = None

    def report(self, error: BaseException, where: str) -> None:
        self.reports.append((error, where))

    async def save_digest(self, digest: str) -> None:
        self.digest = digest

    def client(self, server: DiscordServer, within: float = 20.0) -> WirewatchClient:
        return WirewatchClient(
            self.watches.perform,
            topics=[
                ("drawdown", "Troops withdrawn from abroad"),
                ("embassy-attack", "Embassies attacked"),
            ],
            feeds=self.watches.feeds,
            stories=self.watches.stories,
            report=self.report,
            command_digest=self.digest,
            save_digest=self.save_digest,
            api_url=server.api_url,
            gateway_url=server.gateway_url,
            within=within,
        )

    @asynccontextmanager
    async def running(self, server: DiscordServer) -> AsyncIterator[WirewatchClient]:
        client = self.client(server)
        await client.start_session(server.token)
        serving = asyncio.create_task(client.serve())
        await asyncio.wait_for(server.identified.wait(), 10)
        yield client
        await client.close()
        await serving
        server.identified.clear()


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.add_channel(CHANNEL, GUILD)
        yield server


@pytest.fixture
def program() -> Program:
    return Program()


Asked = Callable[..., Awaitable[str]]


@pytest.fixture
async def ask(server: DiscordServer, program: Program) -> AsyncIterator[Asked]:
    async with program.running(server):

        async def slash(verb: str, options: dict[str, object] | None = None, **more: int) -> str:
            return await server.slash(GUILD, CHANNEL, USER, "watch", verb, options, **more)

        yield slash


@pytest.fixture
async def feed(server: DiscordServer, program: Program) -> AsyncIterator[Asked]:
    async with program.running(server):

        async def slash(verb: str, options: dict[str, object] | None = None) -> str:
            return await server.slash(GUILD, CHANNEL, USER, "feed", verb, options)

        yield slash


@pytest.fixture
async def story(server: DiscordServer, program: Program) -> AsyncIterator[Asked]:
    async with program.running(server):

        async def slash(verb: str, options: dict[str, object] | None = None) -> str:
            return await server.slash(GUILD, CHANNEL, USER, "story", verb, options)

        yield slash


async def test_a_watch_is_added_listed_tried_and_removed(ask: Asked) -> None:
    assert await ask("add", {"query": "drawdown"}) == "Watch 1 tells this channel of drawdown."
    assert (
        await ask("add", {"query": '"green zone" -oil'})
        == 'Watch 2 tells this channel of "green zone" -oil.'
    )
    assert await ask("list") == 'Watches here:\ndrawdown\n"green zone" -oil'
    assert await ask("remove", {"watch_id": 1}) == "Watch 1 (drawdown) is gone."
    assert await ask("list") == 'Watches here:\n"green zone" -oil'


async def test_the_command_knows_who_asked_where(ask: Asked, program: Program) -> None:
    await ask("list")
    [caller] = program.watches.callers
    assert caller.destination == Destination(Platform.DISCORD, GUILD, CHANNEL)
    assert caller.user == USER
    assert caller.key.isdecimal()


@pytest.mark.parametrize(
    ("permissions", "changed"), [(SEND_MESSAGES, False), (MANAGE_GUILD, True), (0, False)]
)
async def test_who_may_not_manage_the_channel_changes_nothing(
    ask: Asked, program: Program, permissions: int, changed: bool
) -> None:
    said = await ask("add", {"query": "drawdown"}, permissions=permissions)
    assert bool(program.watches.queries) is changed
    assert ("may not" in said) is not changed


async def test_a_mistake_is_shown_as_written(ask: Asked, program: Program) -> None:
    said = await ask("remove", {"watch_id": 7})
    assert said == "There is no watch 7 here. /watch list shows yours."
    assert program.reports == []


async def test_a_bug_is_reported_once_and_the_person_gets_its_number(
    ask: Asked, program: Program
) -> None:
    said = await ask("test", {"query": "boom"})
    [(error, where)] = program.reports
    assert isinstance(error, KeyError)
    number = where.rsplit(" ", 1)[-1]
    assert number in said
    assert "Traceback" not in said
    assert "KeyError" not in said
    assert await ask("list") == "Watches here:"


async def test_words_of_the_news_are_no_markup_in_an_answer(ask: Asked) -> None:
    said = await ask("test", {"query": "drawdown"})
    assert "@\u200beveryone \\*look\\*" in said
    assert "\\[x\\](https\\://evil.example)" in said


async def test_a_long_answer_takes_several_messages_and_says_what_is_missing(
    ask: Asked, program: Program
) -> None:
    program.watches.queries = [f"{number} " + "word " * 60 for number in range(100)]
    said = await ask("list", messages=5)
    assert len(said.splitlines()) > 25
    assert said.endswith("more lines.")


async def test_topics_are_offered_while_typing(ask: Asked, server: DiscordServer) -> None:
    offered = await server.suggest(GUILD, CHANNEL, USER, "watch", "add", "query", "embass")
    assert offered == ["Embassies attacked"]


@pytest.mark.parametrize(
    ("verb", "options", "command"),
    [
        ("add", {"address": "a.example"}, AddFeed("a.example")),
        ("add", {"address": "a.example", "number": 2}, AddFeed("a.example", 2)),
        ("find", {"address": "a.example"}, FindFeeds("a.example")),
        ("remove", {"feed": "id-1"}, RemoveFeed("id-1")),
        ("list", {}, ListFeeds()),
        ("test", {"feed": "id-1"}, TryFeed("id-1")),
        ("edit", {"feed": "id-1", "every": "30m"}, EditFeed("id-1", every="30m")),
        (
            "edit",
            {"feed": "id-1", "url": "https://b.example", "outlet": "B"},
            EditFeed("id-1", "https://b.example", "B"),
        ),
        ("pause", {"feed": "id-1"}, PauseFeed("id-1")),
        ("resume", {"feed": "id-1"}, ResumeFeed("id-1")),
        ("status", {}, FeedStatus()),
        ("status", {"feed": "id-1"}, FeedStatus("id-1")),
    ],
)
async def test_every_feed_command_is_understood(
    feed: Asked, program: Program, verb: str, options: dict[str, object], command: Command
) -> None:
    assert await feed(verb, options) == "Done."
    assert program.watches.of_feeds == [command]


@pytest.mark.parametrize("verb", ["remove", "test", "edit", "pause", "resume", "status"])
async def test_the_feeds_of_the_server_are_offered_while_typing(
    feed: Asked, server: DiscordServer, verb: str
) -> None:
    offered = await server.suggest(GUILD, CHANNEL, USER, "feed", verb, "feed", "cour")
    assert offered == [f"Courier of {GUILD}"]


async def test_a_list_of_feeds_comes_and_goes_as_a_file(
    feed: Asked, server: DiscordServer, program: Program
) -> None:
    assert await feed("import", {"file": server.upload("feeds.opml", b"<opml/>")}) == "Done."
    assert program.watches.of_feeds == [ImportFeeds(b"<opml/>")]
    assert await feed("export") == "2 feeds, as OPML."
    [answer] = server.told
    assert answer.files == {"feeds.opml": "<opml>ä</opml>".encode()}


async def test_a_file_that_is_too_large_or_gone_is_explained(
    feed: Asked, server: DiscordServer, program: Program
) -> None:
    large = server.upload("feeds.opml", b"", size=1_000_001)
    assert "larger than 1 MB" in await feed("import", {"file": large})
    server.fail("GET /attachments/*", do=Answer(404))
    gone = server.upload("feeds.opml", b"<opml/>")
    assert "did not hand the file over" in await feed("import", {"file": gone})
    assert (program.watches.of_feeds, program.reports) == ([], [])


@pytest.mark.parametrize(
    ("verb", "options", "command"),
    [
        ("show", {"story": "ab23cd45ef"}, ShowStory("ab23cd45ef")),
        (
            "merge",
            {"story": "ab23cd45ef", "other": "mn67op23qr"},
            MergeStories("ab23cd45ef", "mn67op23qr"),
        ),
        ("split", {"story": "ab23cd45ef", "tellings": "3, 5"}, SplitStory("ab23cd45ef", (3, 5))),
        ("undo", {}, UndoStory()),
    ],
)
async def test_every_story_command_is_understood(
    story: Asked, program: Program, verb: str, options: dict[str, object], command: Command
) -> None:
    assert await story(verb, options) == "Done.\n1 · Courier: \\*Rockets\\*"
    assert program.watches.of_stories == [command]


async def test_tellings_that_are_no_numbers_are_explained(story: Asked, program: Program) -> None:
    said = await story("split", {"story": "ab23cd45ef", "tellings": "the last"})
    assert said == "“the” is no telling's number. story show shows the numbers."
    assert (program.watches.of_stories, program.reports) == ([], [])


@pytest.mark.parametrize(
    ("verb", "option"),
    [("show", "story"), ("merge", "story"), ("merge", "other"), ("split", "story")],
)
async def test_the_stories_of_the_channel_are_offered_by_headline_while_typing(
    story: Asked, server: DiscordServer, verb: str, option: str
) -> None:
    offered = await server.suggest(GUILD, CHANNEL, USER, "story", verb, option, "rock")
    assert offered == [f"Rockets hit {CHANNEL}"]


async def test_commands_are_registered_once_and_again_only_when_they_change(
    server: DiscordServer, program: Program
) -> None:
    async with program.running(server):
        pass
    assert [command["name"] for command in server.commands] == ["watch", "feed", "story"]
    for command in server.commands:
        assert command["default_member_permissions"] == 1 << 4
        assert command["contexts"] == [0]
    async with program.running(server):
        pass
    assert server.registrations == 1
    program.digest = "of an older version"
    async with program.running(server):
        pass
    assert server.registrations == 2


@pytest.mark.parametrize("fault", [Answer(403), Answer(200, html=True)], ids=str)
async def test_commands_that_cannot_be_registered_do_not_stop_the_service(
    server: DiscordServer, program: Program, fault: Fault
) -> None:
    server.fail("PUT /applications/*/commands", do=fault)
    async with program.running(server):
        pass
    assert program.digest is None
    assert [where for _, where in program.reports] == ["registering Discord commands"]


async def test_only_the_unprivileged_guilds_intent_is_asked_for(
    server: DiscordServer, program: Program
) -> None:
    async with program.running(server):
        assert server.intents == 1


async def test_a_command_given_while_the_gateway_was_cut_is_answered(
    ask: Asked, server: DiscordServer
) -> None:
    await server.cut_gateway()
    assert await ask("add", {"query": "drawdown"}) == "Watch 1 tells this channel of drawdown."


async def test_a_wrong_token_is_a_persons_mistake(server: DiscordServer, program: Program) -> None:
    client = program.client(server)
    with pytest.raises(Mistake, match="refused the token") as refused:
        await client.start_session("not-the-token")
    await client.close()
    assert "WIREWATCH_DISCORD__TOKEN" in str(refused.value)


async def test_a_token_that_is_reset_while_running_is_a_persons_mistake(
    server: DiscordServer, program: Program
) -> None:
    client = program.client(server)
    await client.start_session(server.token)
    serving = asyncio.create_task(client.serve())
    await asyncio.wait_for(server.identified.wait(), 10)
    await server.cut_gateway(4004)
    with pytest.raises(Mistake, match="refused the token"):
        await serving


ACCOUNT, APPLICATION = "GET /users/@me", "GET /oauth2/applications/@me"
NOT_NOW = [
    Answer(408),
    Answer(503),
    Answer(502, html=True),
    Limited(1.0),
    Limited(600.0, via=False),
    Truncate(),
    Answer(200),
    Answer(200, html=True),
]


@pytest.mark.parametrize("asked", [ACCOUNT, APPLICATION])
@pytest.mark.parametrize("fault", NOT_NOW, ids=str)
async def test_a_discord_that_is_down_is_said_plainly_and_can_be_tried_again(
    server: DiscordServer, program: Program, asked: str, fault: Fault
) -> None:
    server.fail(asked, do=fault)
    client = program.client(server)
    with pytest.raises(PlatformDown, match=r"Discord cannot be reached at http://127\.0\.0\.1"):
        await client.start_session(server.token)
    await client.start_session(server.token)
    assert client.user is not None
    await client.close()


async def test_a_discord_that_does_not_answer_is_not_waited_for_for_ever(
    server: DiscordServer, program: Program
) -> None:
    server.fail(ACCOUNT, do=Hold())
    client = program.client(server, within=0.1)
    with pytest.raises(PlatformDown, match="TimeoutError"):
        await client.start_session(server.token)
    await client.close()


@pytest.mark.parametrize("fault", [Answer(403), Answer(404), Answer(403, html=True)], ids=str)
async def test_an_address_that_refuses_everybody_is_a_persons_mistake(
    server: DiscordServer, program: Program, fault: Fault
) -> None:
    server.fail(ACCOUNT, do=fault, times=2)
    client = program.client(server)
    with pytest.raises(Mistake, match=r"^discord\.api_url: .*HTTP 40"):
        await client.start_session(server.token)
    await client.close()
    with pytest.raises(Mistake, match=r"^discord\.api_url: .*HTTP 40"):
        await check_token(server.token, server.api_url)


async def test_a_token_can_be_checked_without_starting(server: DiscordServer) -> None:
    await check_token(server.token, server.api_url)
    with pytest.raises(Mistake, match="refused the token"):
        await check_token("not-the-token", server.api_url)
    with pytest.raises(Mistake, match=r"discord\.api_url"):
        await check_token(server.token, "http://127.0.0.1:1/api/v10")
    assert server.intents is None


@pytest.mark.parametrize("fault", [*NOT_NOW, Reset()], ids=str)
async def test_a_token_that_cannot_be_checked_now_is_a_mistake_too(
    server: DiscordServer, fault: Fault
) -> None:
    # A GET whose connection breaks may be sent once more by aiohttp.
    server.fail(ACCOUNT, do=fault, times=2)
    with pytest.raises(Mistake, match=r"^discord\.api_url: Discord cannot be reached"):
        await check_token(server.token, server.api_url)

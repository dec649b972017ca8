"""Commands by the real Bolt over a real socket, and what the person who asked then sees."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from bot.chat.slack.app import COMMAND, SlackChat, check_tokens
from bot.commands.grammar import read_words
from bot.commands.vocabulary import (
    AddFeed,
    AddWatch,
    Caller,
    Command,
    ExportFeeds,
    File,
    Help,
    ImportFeeds,
    ListWatches,
    MergeStories,
    RemoveWatch,
    Reply,
    ShowStory,
    SplitStory,
    TryWatch,
    UndoStory,
)
from bot.model.errors import Mistake, PlatformDown
from bot.model.watch import Destination, Platform
from tests.doubles.slack_server import SCOPES, Do, NotAcknowledged, SlackServer

MANIFEST = Path(__file__).resolve().parents[2] / "config/slack-app-manifest.yaml"


class Desk:
    """Answers every command, and remembers who asked what."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, Caller]] = []
        self.reported: list[tuple[Exception, str]] = []
        self.told = asyncio.Event()
        self.answer: Callable[[Command], Awaitable[Reply]] = self._done

    async def perform(self, command: Command, caller: Caller) -> Reply:
        self.asked.append((command, caller))
        return await self.answer(command)

    def report(self, error: Exception, where: str) -> None:
        self.reported.append((error, where))
        self.told.set()

    async def _done(self, command: Command) -> Reply:
        return Reply(f"Done: {type(command).__name__}.")


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(second=0) as server:
        yield server


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def chat(slack: SlackServer, desk: Desk) -> AsyncIterator[SlackChat]:
    chat = made(slack, desk)
    await chat.start()
    yield chat
    await chat.close()


def made(
    slack: SlackServer,
    desk: Desk,
    bot_token: str | None = None,
    app_token: str | None = None,
) -> SlackChat:
    return SlackChat(
        bot_token or slack.bot_token,
        app_token or slack.app_token,
        slack.api_url,
        desk.perform,
        read_words,
        desk.report,
    )


async def ask(slack: SlackServer, text: str, channel: str = "C1") -> str:
    return await slack.slash("T1", channel, "U7", COMMAND, text)


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("watch add drawdown", AddWatch("drawdown")),
        ("subscribe drawdown", AddWatch("drawdown")),
        ("watch list", ListWatches()),
        ("watch remove 7", RemoveWatch(7)),
        ("unsubscribe 7", RemoveWatch(7)),
        ('watch test "rocket attack" baghdad', TryWatch('"rocket attack" baghdad')),
        ("watch add AT&T <merger>", AddWatch("AT&T <merger>")),
        ("subscribe https://a.example/rss?x=1&y=2", AddFeed("https://a.example/rss?x=1&y=2")),
        ("feed export", ExportFeeds()),
        ("feed import https://a.example/l.opml", ImportFeeds("https://a.example/l.opml")),
        ("story show #AB23CD45EF", ShowStory("#AB23CD45EF")),
        (
            "story show https://acme.slack.com/archives/C1/p1605614400123456",
            ShowStory("https://acme.slack.com/archives/C1/p1605614400123456"),
        ),
        ("story merge ab23cd45ef mn67op23qr", MergeStories("ab23cd45ef", "mn67op23qr")),
        ("story split ab23cd45ef 3 5", SplitStory("ab23cd45ef", (3, 5))),
        ("story undo", UndoStory()),
        ("help", Help()),
        ("", Help()),
    ],
)
async def test_what_is_typed_is_done_and_answered(
    slack: SlackServer, desk: Desk, text: str, command: Command
) -> None:
    assert await ask(slack, text) == f"Done: {type(command).__name__}."
    ((asked, caller),) = desk.asked
    assert asked == command
    assert caller.destination == Destination(Platform.SLACK, "T1", "C1")
    assert (caller.user, caller.may_change) == ("U7", True)
    assert slack.messages("C1") == ()
    assert slack.complaints == []


@pytest.mark.usefixtures("chat")
async def test_a_list_that_was_shared_is_imported_by_its_link(
    slack: SlackServer, desk: Desk
) -> None:
    assert await ask(slack, f"feed import {slack.share(b'<opml/>')}") == "Done: ImportFeeds."
    assert await ask(slack, f"feed import <{slack.share(b'<opml />')}>") == "Done: ImportFeeds."
    assert [asked for asked, _ in desk.asked] == [
        ImportFeeds(b"<opml/>"),
        ImportFeeds(b"<opml />"),
    ]


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(
    "said",
    [
        {"is_external": True},
        {"url_private": "http://127.0.0.1:{port}/files-pri/F1"},
        {"url_private": "http://slack.com@127.0.0.1:{port}/files-pri/F1"},
        {"url_private": "http://files.slack.com/files-pri/F1"},
        {"url_private": "https://files.slack.com.example/files-pri/F1"},
        {"url_private": "https://example.com/.slack.com"},
        {"url_private": "https://notslack.com/files-pri/F1"},
        {"url_private": "//files.slack.com/files-pri/F1"},
        {"url_private": "https://["},
        {"url_private": ""},
    ],
)
async def test_the_token_goes_to_nobody_but_slack(
    slack: SlackServer, desk: Desk, said: dict[str, str | bool]
) -> None:
    async with SlackServer() as stranger:
        stranger.share(b"<opml/>")
        lie = {
            k: v.format(port=stranger.port) if isinstance(v, str) else v for k, v in said.items()
        }
        told = await ask(slack, f"feed import {slack.share(b'<opml/>', **lie)}")
    assert told.startswith("The file does not lie with Slack itself. Upload it to Slack")
    assert (desk.asked, desk.reported) == ([], [])


@pytest.mark.usefixtures("chat")
async def test_a_file_that_slack_does_not_hand_over_is_explained(
    slack: SlackServer, desk: Desk
) -> None:
    link = slack.share(b" " * 1_000_001)
    assert "larger than 1 MB" in await ask(slack, f"feed import {link}")
    lie = slack.share(b" " * 1_000_001, size=7)
    assert "larger than 1 MB" in await ask(slack, f"feed import {lie}")
    away = slack.share(b"<opml/>", url_private=f"http://127.0.0.1:{slack.port}/sign-in")
    assert "did not hand the file over" in await ask(slack, f"feed import {away}")
    slack.complaints.clear()
    gone = slack.share(b"")
    slack.files.clear()
    assert await ask(slack, f"feed import {gone}") == (
        "Slack does not hand the file over (file_not_found). "
        "Share the file in a channel that wirewatch is in."
    )
    slack.scopes.remove("files:read")
    assert "files:read" in await ask(slack, f"feed import {slack.share(b'')}")
    slack.scopes.add("files:read")
    slack.fail("files.info", Do.RESET, times=2)  # aiohttp sends a GET once more
    assert "did not hand the file over" in await ask(slack, f"feed import {slack.share(b'')}")
    assert (desk.asked, desk.reported) == ([], [])


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(("feeds", "is_whole"), [(3, True), (200, True), (2000, False)])
async def test_a_list_of_feeds_is_answered_as_text_to_copy(
    slack: SlackServer, desk: Desk, feeds: int, is_whole: bool
) -> None:
    lines = [f'<outline text="A &amp; B" xmlUrl="https://f{n}.example/rss"/>' for n in range(feeds)]

    async def exported(_: Command) -> Reply:
        return Reply("As OPML.", file=File("feeds.opml", "\n".join(lines)))

    desk.answer = exported
    assert await ask(slack, "feed export") == "As OPML."
    last = lines[-1] if is_whole else "longer than Slack shows"
    await slack.until(lambda: last in slack.ephemerals[-1].text)
    told = "\n".join(answer.text for answer in slack.ephemerals[1:])
    assert (told == "\n".join(lines)) is is_whole
    assert len(slack.ephemerals) <= 5
    assert slack.complaints == []


@pytest.mark.usefixtures("chat")
async def test_a_long_answer_says_what_is_missing(slack: SlackServer, desk: Desk) -> None:
    async def long(_: Command) -> Reply:
        return Reply("Feeds:", lines=tuple(f"{n} " + "word " * 20 for n in range(200)))

    desk.answer = long
    lines = (await ask(slack, "feed list")).splitlines()
    assert lines[-1] == f"… and {202 - len(lines)} more lines."
    assert len(lines) > 50
    assert slack.complaints == []


@pytest.mark.usefixtures("chat")
async def test_a_direct_message_is_a_channel_like_any_other(slack: SlackServer, desk: Desk) -> None:
    await ask(slack, "watch list", "D9")
    assert desk.asked[0][1].destination == Destination(Platform.SLACK, "T1", "D9")


@pytest.mark.usefixtures("chat")
async def test_a_mistake_is_shown_as_written(slack: SlackServer, desk: Desk) -> None:
    assert await ask(slack, "watch remove seven") == (
        "“seven” is no watch's number. watch list shows the numbers."
    )

    async def unknown(_: Command) -> Reply:
        raise Mistake("There is no watch 7 here.", "watch list shows yours.")

    desk.answer = unknown
    assert await ask(slack, "watch remove 7") == (
        "There is no watch 7 here. watch list shows yours."
    )
    assert desk.reported == []


@pytest.mark.usefixtures("chat")
async def test_a_bug_is_reported_once_and_the_caller_gets_its_reference(
    slack: SlackServer, desk: Desk
) -> None:
    bug = KeyError("xoxb-secret")

    async def broken(_: Command) -> Reply:
        raise bug

    desk.answer = broken
    shown = await ask(slack, "watch list")
    ((error, where),) = desk.reported
    assert error is bug
    (reference,) = re.findall(r"reference (\w+)\.", shown)
    assert reference in where
    assert "secret" not in shown


@pytest.mark.usefixtures("chat")
async def test_an_answer_that_cannot_be_sent_is_reported(slack: SlackServer, desk: Desk) -> None:
    slack.fail("response_url", Do.RESET, times=2)
    asking = asyncio.create_task(ask(slack, "watch list"))
    await desk.told.wait()
    asking.cancel()
    ((_, where),) = desk.reported
    assert where == "answering a Slack command"


@pytest.mark.usefixtures("chat")
async def test_a_slow_answer_is_acknowledged_first(slack: SlackServer, desk: Desk) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(_: Command) -> Reply:
        asked.set()
        await may_answer.wait()
        return Reply("At last.")

    desk.answer = slow
    asking = asyncio.create_task(ask(slack, "watch list"))
    await asked.wait()
    await slack.until(lambda: len(slack.acks) == 1)
    may_answer.set()
    assert await asking == "At last."


async def test_a_command_delivered_twice_has_one_key(desk: Desk) -> None:
    async with SlackServer(ack_seconds=0.2) as slack:
        slack.lose_acks = 1
        chat = made(slack, desk)
        await chat.start()
        await ask(slack, "watch add drawdown")
        await ask(slack, "watch add drawdown")
        await chat.close()
    first, again, other = (caller.key for _, caller in desk.asked)
    assert first == again != other


async def test_a_command_that_nobody_acknowledges_fails_for_its_caller(desk: Desk) -> None:
    async with SlackServer(ack_seconds=0.2) as slack:
        slack.lose_acks = 2
        chat = made(slack, desk)
        await chat.start()
        with pytest.raises(NotAcknowledged):
            await ask(slack, "watch list")
        await chat.close()


@pytest.mark.usefixtures("chat")
async def test_an_answer_holds_no_markup(slack: SlackServer, desk: Desk) -> None:
    async def hostile(_: Command) -> Reply:
        return Reply("<!channel> & *this*", ("<@U1>", "`that`"))

    desk.answer = hostile
    assert await ask(slack, "watch list") == "<!channel> & *this*\n<@U1>\n`that`"
    assert slack.complaints == []
    assert slack.pings == []


@pytest.mark.usefixtures("chat")
async def test_an_answer_for_all_is_shown_to_all(slack: SlackServer, desk: Desk) -> None:
    async def public(_: Command) -> Reply:
        return Reply("For all.", private=False)

    desk.answer = public
    await ask(slack, "watch list")
    assert [message.text for message in slack.messages("C1")] == ["For all."]
    assert slack.ephemerals == []


@pytest.mark.usefixtures("chat")
async def test_the_connection_is_renewed_when_slack_asks(slack: SlackServer) -> None:
    await slack.refresh()
    assert await ask(slack, "watch list") == "Done: ListWatches."


@pytest.mark.parametrize(
    ("bot_token", "app_token", "setting"),
    [
        ("xoxb-wrong", None, "WIREWATCH_SLACK__BOT_TOKEN"),
        ("xapp-double", None, "WIREWATCH_SLACK__BOT_TOKEN"),
        (None, "xapp-wrong", "WIREWATCH_SLACK__APP_TOKEN"),
        (None, "xoxb-double", "WIREWATCH_SLACK__APP_TOKEN"),
    ],
)
async def test_a_wrong_token_is_named_by_its_setting(
    slack: SlackServer, desk: Desk, bot_token: str | None, app_token: str | None, setting: str
) -> None:
    with pytest.raises(Mistake, match="does not take this token") as caught:
        await made(slack, desk, bot_token, app_token).start()
    assert caught.value.at == setting
    assert not any(token and token in str(caught.value) for token in (bot_token, app_token))
    assert _left_behind() == []


async def test_an_app_token_without_its_scope_is_named_too(slack: SlackServer, desk: Desk) -> None:
    slack.fail("apps.connections.open", "missing_scope")
    with pytest.raises(Mistake, match="connections:write"):
        await made(slack, desk).start()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize("do", [Do.ERROR, Do.HTML, Do.GARBAGE, Do.RESET, "fatal_error"])
async def test_a_slack_out_of_reach_is_said_plainly(
    slack: SlackServer, desk: Desk, method: str, do: str
) -> None:
    slack.fail(method, do, times=9)
    with pytest.raises(PlatformDown, match="cannot be reached at http"):
        await made(slack, desk).start()
    assert _left_behind() == []


async def test_tokens_are_checked_without_connecting(slack: SlackServer) -> None:
    await check_tokens(slack.bot_token, slack.app_token, slack.api_url)
    with pytest.raises(Mistake, match="SLACK__BOT_TOKEN"):
        await check_tokens("xoxb-wrong", slack.app_token, slack.api_url)
    with pytest.raises(Mistake, match="SLACK__APP_TOKEN"):
        await check_tokens(slack.bot_token, "xapp-wrong", slack.api_url)
    slack.fail("auth.test", Do.ERROR)
    with pytest.raises(Mistake, match="cannot be asked about the tokens"):
        await check_tokens(slack.bot_token, slack.app_token, slack.api_url)
    assert _left_behind() == []


async def test_a_slack_that_does_not_answer_is_not_waited_for_for_ever(
    slack: SlackServer, desk: Desk
) -> None:
    slack.fail("auth.test", Do.HOLD)
    chat = SlackChat(
        slack.bot_token,
        slack.app_token,
        slack.api_url,
        desk.perform,
        read_words,
        desk.report,
        within=0.1,
    )
    with pytest.raises(PlatformDown, match="TimeoutError"):
        await chat.start()
    assert _left_behind() == []


async def test_closing_lets_a_command_end_and_leaves_nothing_behind(
    slack: SlackServer, desk: Desk
) -> None:
    asked = asyncio.Event()

    async def slow(_: Command) -> Reply:
        asked.set()
        await asyncio.sleep(0.05)
        return Reply("Just in time.")

    desk.answer = slow
    chat = made(slack, desk)
    await chat.start()
    asking = asyncio.create_task(ask(slack, "watch list"))
    await asked.wait()
    await chat.close()
    assert await asking == "Just in time."
    await chat.close()
    assert _left_behind() == []


def _left_behind() -> list[str]:
    """Tasks of the app's side: the SDK's, or Bolt's, that nobody ended."""
    tasks = (str(task.get_coro()) for task in asyncio.all_tasks())
    return [task for task in tasks if "SocketMode" in task or "bolt" in task]


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert manifest["settings"]["socket_mode_enabled"]
    about = manifest["display_information"]
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000

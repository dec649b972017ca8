"""What becomes of posts, edits and read-backs, by the real SDK over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.sink import SlackSink
from bot.model.delivery import (
    Absent,
    Bulletin,
    Found,
    Later,
    Line,
    Mention,
    Outcome,
    Receipt,
    Refused,
    Sent,
    Unread,
    Unsure,
)
from bot.model.watch import Destination, Platform
from tests.doubles.slack_server import Channel, Do, SlackServer

NINE = datetime(2020, 11, 17, 9, 0, tzinfo=UTC)
CHANNEL = Destination(Platform.SLACK, "T1", "C1")
BULLETIN = Bulletin(
    story_id="s1",
    headline="Troops to leave",
    link=None,
    lines=(Line("Half of them.", "Courier", "https://courier.example/a"),),
    counts=(),
    mentions=(Mention("Courier", "https://courier.example/a", NINE, copy=False),),
    publishers=1,
    opened_at=NINE,
    changed_at=NINE,
)
UPDATED = replace(BULLETIN, headline="Troops to leave by January")


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(second=0) as server:
        yield server


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, retry_handlers=[], session=session
        )


@pytest.fixture
def sink(client: AsyncWebClient) -> SlackSink:
    return SlackSink(client)


async def post(sink: SlackSink, nonce: str = "k3y", to: Destination = CHANNEL) -> Outcome:
    return await sink.post(to, BULLETIN, "drawdown: troops", nonce)


async def posted(sink: SlackSink) -> Receipt:
    outcome = await post(sink)
    assert isinstance(outcome, Sent)
    return Receipt("s1", CHANNEL, BULLETIN.digest, "k3y", outcome.message_id)


async def test_a_post_stands_in_the_channel_and_carries_its_key(
    slack: SlackServer, sink: SlackSink
) -> None:
    outcome = await post(sink)
    (message,) = slack.messages("C1")
    assert outcome == Sent(message.ts)
    assert message.text.startswith("Troops to leave\n")
    assert "Why here: drawdown: troops" in message.text
    assert message.metadata == {"event_type": "wirewatch_post", "event_payload": {"key": "k3y"}}
    assert message.blocks[0]["block_id"] == "k3y"
    (_, given) = slack.calls[0]
    assert (given["unfurl_links"], given["unfurl_media"]) == (False, False)
    assert slack.complaints == []


async def test_an_edit_changes_the_message_in_place_and_keeps_its_key(
    slack: SlackServer, sink: SlackSink
) -> None:
    receipt = await posted(sink)
    for _ in range(2):
        assert await sink.edit(receipt, UPDATED, "drawdown") == Sent(str(receipt.message_id))
    (message,) = slack.messages("C1")
    assert message.text.startswith("Troops to leave by January\n")
    assert message.notification.startswith("Troops to leave by January\n")
    assert message.edits == 2
    assert await sink.find(CHANNEL, "k3y", datetime.now(UTC)) == Found(message.ts)
    assert slack.complaints == []


REFUSALS = [
    ("channel_not_found", True, "/invite @wirewatch"),
    ("not_in_channel", True, "/invite @wirewatch"),
    ("is_archived", True, "Unarchive it"),
    ("restricted_action", True, "Ask its administrators"),
    ("missing_scope", False, "slack-app-manifest.yaml"),
    ("account_inactive", False, "WIREWATCH_SLACK__BOT_TOKEN"),
    ("invalid_auth", False, "WIREWATCH_SLACK__BOT_TOKEN"),
    ("not_authed", False, "WIREWATCH_SLACK__BOT_TOKEN"),
    ("token_expired", False, "WIREWATCH_SLACK__BOT_TOKEN"),
    ("token_revoked", False, "WIREWATCH_SLACK__BOT_TOKEN"),
    ("invalid_blocks", False, "report it"),
    ("msg_blocks_too_long", False, "report it"),
    ("msg_too_long", False, "report it"),
    ("a_refusal_of_next_year", False, "a_refusal_of_next_year"),
]


@pytest.mark.parametrize(("named", "gone", "remedy"), REFUSALS)
async def test_a_named_refusal_is_final_and_says_what_to_do(
    slack: SlackServer, sink: SlackSink, named: str, gone: bool, remedy: str
) -> None:
    slack.fail("chat.postMessage", named)
    outcome = await post(sink)
    assert isinstance(outcome, Refused)
    assert outcome.gone is gone
    assert remedy in outcome.reason
    assert slack.messages("C1") == ()


async def test_places_where_the_app_may_not_post(slack: SlackServer, sink: SlackSink) -> None:
    slack.channels |= {"C2": Channel(member=False), "C3": Channel(archived=True)}
    for channel, named in [
        ("C2", "not_in_channel"),
        ("C3", "is_archived"),
        ("C4", "channel_not_found"),
    ]:
        outcome = await post(sink, to=replace(CHANNEL, channel=channel))
        assert isinstance(outcome, Refused)
        assert outcome.gone
        assert named in outcome.reason
    slack.scopes.remove("chat:write")
    outcome = await post(sink)
    assert isinstance(outcome, Refused)
    assert not outcome.gone


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_proxy_that_refuses_is_a_refusal(
    slack: SlackServer, sink: SlackSink, status: int
) -> None:
    slack.fail("chat.postMessage", Do.HTML, status=status)
    outcome = await post(sink)
    assert isinstance(outcome, Refused)
    assert "slack.api_url" in outcome.reason


async def test_a_rate_limit_is_waited_out_as_long_as_slack_asks(
    slack: SlackServer, sink: SlackSink
) -> None:
    slack.fail("chat.postMessage", Do.RATELIMIT, seconds=17)
    outcome = await post(sink)
    assert isinstance(outcome, Later)
    assert outcome.after == timedelta(seconds=17)
    assert slack.messages("C1") == ()


async def test_a_second_message_within_the_second_is_put_off() -> None:
    async with SlackServer() as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=session, retry_handlers=[])
        sink = SlackSink(client)
        assert isinstance(await post(sink, "one"), Sent)
        assert await post(sink, "two") == Later("Slack asks for a pause.", timedelta(seconds=1))
        assert len(slack.messages("C1")) == 1


UNSURE = [
    (Do.ERROR, 500, 0),
    (Do.ERROR, 503, 0),
    (Do.ERROR_AFTER, 503, 1),
    (Do.RESET, 0, 0),
    (Do.RESET_AFTER, 0, 1),
    (Do.TRUNCATE, 0, 1),
    (Do.HTML, 502, 0),
    (Do.HTML, 408, 0),
    (Do.HTML, 200, 0),
    (Do.GARBAGE, 0, 0),
    ("fatal_error", 0, 0),
    ("internal_error", 0, 0),
    ("service_unavailable", 0, 0),
    ("request_timeout", 0, 0),
]


@pytest.mark.parametrize(("do", "status", "landed"), UNSURE)
async def test_in_doubt_a_post_may_have_landed_and_is_not_tried_again(
    slack: SlackServer, sink: SlackSink, do: str, status: int, landed: int
) -> None:
    slack.fail("chat.postMessage", do, status=status)
    assert isinstance(await post(sink), Unsure)
    assert len(slack.messages("C1")) == landed
    assert len(slack.calls) == 1


@pytest.mark.parametrize(("do", "status", "landed"), UNSURE)
async def test_in_doubt_an_edit_is_made_again_later(
    slack: SlackServer, sink: SlackSink, do: str, status: int, landed: int
) -> None:
    receipt = await posted(sink)
    slack.fail("chat.update", do, status=status)
    assert isinstance(await sink.edit(receipt, UPDATED, "drawdown"), Later)
    (message,) = slack.messages("C1")
    assert message.edits == landed


async def test_an_answer_that_does_not_come_in_time_leaves_doubt(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Do.HOLD)
    assert isinstance(await post(SlackSink(client, within=0.1)), Unsure)
    assert len(slack.messages("C1")) == 1


async def test_being_cancelled_is_no_outcome(slack: SlackServer, sink: SlackSink) -> None:
    slack.fail("chat.postMessage", Do.HOLD)
    sending = asyncio.create_task(post(sink))
    await slack.until(lambda: slack.held == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_request_may_land_after_its_sender_gave_up(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", Do.LATE)
    assert isinstance(await post(SlackSink(client, within=0.1)), Unsure)
    assert slack.messages("C1") == ()
    slack.release()
    await slack.until(lambda: len(slack.messages("C1")) == 1)


async def test_no_connection_means_that_nothing_landed(slack: SlackServer, sink: SlackSink) -> None:
    await slack.close()
    assert isinstance(await post(sink), Later)


async def test_a_name_that_does_not_resolve_means_that_nothing_landed() -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            "x", "http://slack.invalid/api/", session=session, retry_handlers=[]
        )
        assert isinstance(await post(SlackSink(client)), Later)


@pytest.mark.parametrize(
    "named", ["edit_window_closed", "cant_update_message", "message_not_found"]
)
async def test_a_message_that_can_no_longer_be_edited_is_gone(
    slack: SlackServer, sink: SlackSink, named: str
) -> None:
    receipt = await posted(sink)
    slack.fail("chat.update", named)
    outcome = await sink.edit(receipt, UPDATED, "drawdown")
    assert isinstance(outcome, Refused)
    assert outcome.gone


async def test_a_deleted_message_and_somebody_elses(slack: SlackServer, sink: SlackSink) -> None:
    receipt = await posted(sink)
    slack.delete("C1", str(receipt.message_id))
    theirs = replace(receipt, message_id=slack.say("C1", "hello").ts)
    for held in (receipt, theirs, replace(receipt, message_id=None)):
        outcome = await sink.edit(held, UPDATED, "drawdown")
        assert isinstance(outcome, Refused)
        assert outcome.gone


async def test_a_lost_post_is_found_by_either_witness(slack: SlackServer, sink: SlackSink) -> None:
    since = datetime.now(UTC)
    receipt = await posted(sink)
    found = Found(str(receipt.message_id))
    assert await sink.find(CHANNEL, "k3y", since) == found
    (message,) = slack.messages("C1")
    stored = slack.channels["C1"].messages
    stored[message.ts] = replace(message, metadata=None)
    assert await sink.find(CHANNEL, "k3y", since) == found
    stored[message.ts] = replace(message, blocks=())
    assert await sink.find(CHANNEL, "k3y", since) == found


async def test_a_post_is_absent_only_when_the_whole_span_was_read(
    slack: SlackServer, sink: SlackSink
) -> None:
    since = datetime.now(UTC)
    receipt = await posted(sink)
    for number in range(450):
        slack.say("C1", f"chatter {number}")
    assert await sink.find(CHANNEL, "k3y", since) == Found(str(receipt.message_id))
    assert await sink.find(CHANNEL, "another", since) == Absent()
    reads = [given for method, given in slack.calls if method == "conversations.history"]
    assert len(reads) == 6
    for number in range(2000):
        slack.say("C1", f"more {number}")
    finding = await sink.find(CHANNEL, "another", since)
    assert isinstance(finding, Unread)
    assert not finding.again


async def test_a_long_history_that_comes_slowly_is_given_up_in_time(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    since = datetime.now(UTC)
    for number in range(1500):
        slack.say("C1", f"chatter {number}")
    slack.fail("conversations.history", Do.DELAY, seconds=0.2, times=10)
    finding = await SlackSink(client, within=0.5).find(CHANNEL, "k3y", since)
    assert isinstance(finding, Unread)
    assert finding.again


async def test_a_clock_ahead_of_slacks_does_not_hide_the_post() -> None:
    ahead = datetime.now(UTC)
    behind = (ahead - timedelta(seconds=4)).timestamp()
    async with (
        SlackServer(clock=lambda: behind) as slack,
        aiohttp.ClientSession() as session,
    ):
        sink = SlackSink(AsyncWebClient(slack.bot_token, slack.api_url, session=session))
        receipt = await posted(sink)
        assert await sink.find(CHANNEL, "k3y", ahead) == Found(str(receipt.message_id))


@pytest.mark.parametrize(
    ("do", "again"),
    [
        ("missing_scope", False),
        ("not_in_channel", False),
        (Do.RATELIMIT, True),
        (Do.ERROR, True),
        (Do.RESET, True),
        (Do.TRUNCATE, True),
        (Do.GARBAGE, True),
    ],
)
async def test_a_history_that_cannot_be_read_decides_nothing(
    slack: SlackServer, sink: SlackSink, do: str, again: bool
) -> None:
    # A GET whose connection breaks is sent once more by aiohttp.
    slack.fail("conversations.history", do, times=2)
    finding = await sink.find(CHANNEL, "k3y", NINE)
    assert isinstance(finding, Unread)
    assert finding.again is again


async def test_in_the_restricted_tier_a_busy_channel_is_not_taken_for_read() -> None:
    async with (
        SlackServer(restricted_history=True) as slack,
        aiohttp.ClientSession() as session,
    ):
        sink = SlackSink(AsyncWebClient(slack.bot_token, slack.api_url, session=session))
        for number in range(20):
            slack.say("C1", f"chatter {number}")
        finding = await sink.find(CHANNEL, "k3y", NINE)
        assert isinstance(finding, Unread)
        assert finding.again


def test_a_post_is_never_repeated_blindly() -> None:
    assert SlackSink(AsyncWebClient()).replays_until(NINE) == NINE

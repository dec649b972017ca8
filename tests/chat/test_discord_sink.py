"""Delivery over the unmodified discord.py: every outcome through a real answer, or a real cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import discord
import pytest
from discord.http import Route

from bot.chat.discord.sink import PATIENCE, READS, DiscordSink, one_try, outcome
from bot.model.delivery import (
    Absent,
    Bulletin,
    Finding,
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
from tests.doubles.discord_server import (
    Answer,
    Delay,
    DiscordServer,
    Fault,
    Hold,
    Limited,
    Reset,
    Truncate,
)

GUILD, CHANNEL = "1200000000000000001", "1200000000000000002"
HERE = Destination(Platform.DISCORD, GUILD, CHANNEL)
NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)
NONCE = "k7f3q9x2aaaabbbbcccc"
POST, EDIT, READ = "POST /channels/*/messages", "PATCH /channels/*", "GET /channels/*"


def told(headline: str) -> Bulletin:
    return Bulletin(
        story_id="s1",
        headline=headline,
        link="https://gazette.example/rockets",
        lines=(
            Line("Four rockets fell on the Green Zone.", "Gazette", "https://gazette.example/1"),
        ),
        counts=(),
        mentions=(Mention("Gazette", "https://gazette.example/1", NOON, copy=False),),
        publishers=1,
        opened_at=NOON,
        changed_at=NOON,
    )


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.add_channel(CHANNEL, GUILD)
        yield server


@pytest.fixture
async def client(server: DiscordServer) -> AsyncIterator[discord.Client]:
    Route.BASE = server.api_url
    async with discord.Client(intents=discord.Intents.none(), http_trace=one_try()) as client:
        await client.login(server.token)
        yield client


@pytest.fixture
def sink(client: discord.Client) -> DiscordSink:
    return DiscordSink(client)


async def post(
    sink: DiscordSink, headline: str = "Rockets hit Baghdad", nonce: str = NONCE
) -> Outcome:
    return await sink.post(HERE, told(headline), "drawdown", nonce)


async def posted(sink: DiscordSink) -> Receipt:
    result = await post(sink)
    assert isinstance(result, Sent)
    return Receipt("s1", HERE, "digest", NONCE, result.message_id)


async def find(sink: DiscordSink, nonce: str = NONCE, ago: timedelta = timedelta()) -> Finding:
    return await sink.find(HERE, nonce, datetime.now(UTC) - ago)


async def test_a_post_stands_in_the_channel_and_is_edited_in_place(
    server: DiscordServer, sink: DiscordSink
) -> None:
    receipt = await posted(sink)
    assert await sink.edit(receipt, told("Seven rockets hit Baghdad"), "drawdown") == Sent(
        str(receipt.message_id)
    )
    [message] = server.messages(CHANNEL)
    assert message.embeds[0]["title"] == "Seven rockets hit Baghdad"
    assert message.embeds[0]["footer"]["text"] == "drawdown · story s1 · ww·k7f3q9x2"
    assert [old["embeds"][0]["title"] for old in message.history] == ["Rockets hit Baghdad"]


async def test_the_same_nonce_again_is_the_same_message(
    server: DiscordServer, sink: DiscordSink
) -> None:
    assert await post(sink) == await post(sink)
    assert len(server.messages(CHANNEL)) == 1


async def test_after_the_window_the_same_nonce_would_double(
    sink: DiscordSink, server: DiscordServer
) -> None:
    """Why `replays_until` exists."""
    server.nonce_window = 0
    await post(sink)
    await post(sink)
    assert len(server.messages(CHANNEL)) == 2


def test_a_replay_begun_in_time_arrives_within_the_minute(sink: DiscordSink) -> None:
    assert sink.replays_until(NOON) + PATIENCE == NOON + timedelta(seconds=60)


BREAKS: dict[str, tuple[Fault, type[Outcome], int]] = {
    "refused as malformed": (Answer(400, 50035, "Invalid Form Body"), Refused, 0),
    "token revoked": (Answer(401), Refused, 0),
    "no view": (Answer(403, 50001, "Missing Access"), Refused, 0),
    "no rights": (Answer(403, 50013, "Missing Permissions"), Refused, 0),
    "channel gone": (Answer(404, 10003, "Unknown Channel"), Refused, 0),
    "limited": (Limited(0.4), Later, 0),
    "limited everywhere": (Limited(0.4, everywhere=True), Later, 0),
    "limited for long": (Limited(90.0), Later, 0),
    "banned": (Limited(60.0, via=False), Later, 0),
    "500": (Answer(500), Unsure, 0),
    "502 in HTML": (Answer(502, html=True), Unsure, 0),
    "503 though accepted": (Answer(503, after_accept=True), Unsure, 1),
    "HTML though accepted": (Answer(200, html=True, after_accept=True), Unsure, 1),
    "reset": (Reset(), Unsure, 0),
    "reset though accepted": (Reset(after_accept=True), Unsure, 1),
    "half an answer": (Truncate(), Unsure, 1),
}


@pytest.mark.parametrize("how", BREAKS)
async def test_what_becomes_of_a_post(server: DiscordServer, sink: DiscordSink, how: str) -> None:
    """One request, one answer; what may have landed is never called a refusal."""
    fault, expected, standing = BREAKS[how]
    server.fail(POST, do=fault)
    assert type(await post(sink)) is expected
    assert len(server.messages(CHANNEL)) == standing


async def test_a_refusal_on_a_second_try_cannot_hide_that_the_first_landed(
    server: DiscordServer, sink: DiscordSink
) -> None:
    server.fail(POST, do=Answer(500, after_accept=True))
    server.fail(POST, do=Answer(403, 50013, "Missing Permissions"))
    assert isinstance(await post(sink), Unsure)


async def test_a_reset_as_other_systems_number_it_is_not_tried_again(server: DiscordServer) -> None:
    """discord.py asks again after errno 54 (macOS) and 10054 (Windows), which Linux never gives."""
    posts = 0

    async def reset(*about: object) -> None:
        nonlocal posts
        if (
            isinstance(about[-1], aiohttp.TraceRequestHeadersSentParams)
            and about[-1].method == "POST"
        ):
            posts += 1
            raise ConnectionResetError(54, "Connection reset by peer")

    Route.BASE = server.api_url
    trace = one_try()
    trace.on_request_headers_sent.append(reset)
    async with discord.Client(intents=discord.Intents.none(), http_trace=trace) as client:
        await client.login(server.token)
        assert isinstance(await post(DiscordSink(client)), Unsure)
    assert posts == 1


async def test_the_waiting_time_is_the_one_that_discord_gave(
    server: DiscordServer, sink: DiscordSink
) -> None:
    server.fail(POST, do=Limited(7.5))
    assert await post(sink) == Later("Discord asks us to wait", timedelta(seconds=7.5))
    server.fail(POST, do=Limited(600.0, via=False))
    banned = await post(sink)
    assert isinstance(banned, Later)
    assert banned.after == timedelta(minutes=10)


async def test_after_a_global_limit_nothing_is_sent_until_it_ends(
    server: DiscordServer, sink: DiscordSink
) -> None:
    server.add_channel("1200000000000000003", GUILD)
    server.fail(POST, do=Limited(30.0, everywhere=True))
    await post(sink)
    elsewhere = Destination(Platform.DISCORD, GUILD, "1200000000000000003")
    assert isinstance(await sink.post(elsewhere, told("x"), "y", "other"), Later)
    assert isinstance(await find(sink), Unread)
    assert server.messages("1200000000000000003") == []


@pytest.mark.parametrize(
    ("status", "code", "gone", "remedy"),
    [
        (404, 10003, True, "deleted"),
        (403, 10004, True, "removed the bot"),
        (403, 50001, True, "View Channel"),
        (403, 50013, True, "Send Messages"),
        (400, 50083, True, "Open it again"),
        (401, 0, False, "WIREWATCH_DISCORD__TOKEN"),
        (400, 50035, False, "refused"),
        (404, 0, False, "refused"),
    ],
)
async def test_a_refusal_says_what_to_do(
    server: DiscordServer, sink: DiscordSink, status: int, code: int, gone: bool, remedy: str
) -> None:
    server.fail(POST, do=Answer(status, code))
    result = await post(sink)
    assert isinstance(result, Refused)
    assert result.gone is gone
    assert remedy in result.reason


async def test_a_right_taken_away_is_a_refusal(server: DiscordServer, sink: DiscordSink) -> None:
    server.channels[CHANNEL].rights.discard("send")
    assert isinstance(await post(sink), Refused)


async def test_a_deleted_message_cannot_be_edited(server: DiscordServer, sink: DiscordSink) -> None:
    receipt = await posted(sink)
    server.messages(CHANNEL)[0].deleted = True
    assert await sink.edit(receipt, told("x"), "y") == Refused(
        "The message was deleted.", gone=True
    )


@pytest.mark.parametrize("code", [10003, 10008, 50001, 50005, 50083])
async def test_a_message_that_can_no_longer_be_edited_is_gone(
    server: DiscordServer, sink: DiscordSink, code: int
) -> None:
    receipt = await posted(sink)
    server.fail(EDIT, do=Answer(403, code))
    result = await sink.edit(receipt, told("x"), "y")
    assert isinstance(result, Refused)
    assert result.gone


@pytest.mark.parametrize(
    "fault",
    [Answer(500, after_accept=True), Reset(after_accept=True), Limited(1.0), Answer(429, 30046)],
    ids=str,
)
async def test_an_edit_in_doubt_is_simply_made_again(
    server: DiscordServer, sink: DiscordSink, fault: Fault
) -> None:
    receipt = await posted(sink)
    server.fail(EDIT, do=fault)
    assert isinstance(await sink.edit(receipt, told("new"), "y"), Later)
    assert isinstance(await sink.edit(receipt, told("new"), "y"), Sent)
    [message] = server.messages(CHANNEL)
    assert message.embeds[0]["title"] == "new"


async def test_an_answer_that_does_not_come_leaves_it_open(
    server: DiscordServer, client: discord.Client
) -> None:
    sink = DiscordSink(client, patience=timedelta(seconds=0.3))
    server.fail(POST, do=Hold())
    assert isinstance(await post(sink), Unsure)
    [message] = server.messages(CHANNEL)
    assert await post(sink) == Sent(str(message.id))


async def test_a_request_may_land_after_its_sender_gave_up(
    server: DiscordServer, client: discord.Client
) -> None:
    sink = DiscordSink(client, patience=timedelta(seconds=0.2))
    server.fail(POST, do=Delay(0.5))
    assert isinstance(await post(sink), Unsure)
    assert server.messages(CHANNEL) == []
    await asyncio.wait_for(server.posted.wait(), 5)
    assert len(server.messages(CHANNEL)) == 1


async def test_cancelling_a_post_is_not_swallowed(server: DiscordServer, sink: DiscordSink) -> None:
    hold = Hold()
    server.fail(POST, do=hold)
    posting = asyncio.create_task(post(sink))
    await hold.accepted.wait()
    posting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await posting


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://127.0.0.1:{port}"])
async def test_without_a_connection_nothing_was_sent(
    server: DiscordServer, sink: DiscordSink, address: str
) -> None:
    """Nobody listens; no TLS is spoken there."""
    Route.BASE = address.format(port=server.port)
    assert isinstance(await post(sink), Later)


async def test_before_the_login_a_post_waits(server: DiscordServer) -> None:
    early = DiscordSink(discord.Client(intents=discord.Intents.none(), http_trace=one_try()))
    assert isinstance(await post(early), Later)
    assert await find(early) == Unread("not logged in to Discord yet", again=True)


def test_a_client_that_would_try_again_by_itself_is_not_taken() -> None:
    with pytest.raises(ValueError, match="one_try"):
        DiscordSink(discord.Client(intents=discord.Intents.none()))


def test_a_time_out_before_the_first_byte_is_no_doubt() -> None:
    assert isinstance(outcome(TimeoutError(), sent=False), Later)
    assert isinstance(outcome(TimeoutError(), sent=True), Unsure)


# Reading back.


async def test_a_post_whose_answer_was_lost_is_found(
    server: DiscordServer, sink: DiscordSink
) -> None:
    for number in range(150):
        server.say(CHANNEL, f"chatter {number}")
    server.fail(POST, do=Reset(after_accept=True))
    await post(sink)
    for number in range(150):
        server.say(CHANNEL, f"more chatter {number}")
    [ours] = [message for message in server.messages(CHANNEL) if message.embeds]
    assert await find(sink, ago=timedelta(minutes=1)) == Found(str(ours.id))


async def test_a_post_that_never_landed_is_absent(server: DiscordServer, sink: DiscordSink) -> None:
    server.say(CHANNEL, "older chatter")
    server.fail(POST, do=Reset())
    await post(sink)
    await post(sink, nonce="another-one")
    assert await find(sink) == Absent()


async def test_a_quiet_channel_with_older_messages_can_be_read(
    server: DiscordServer, sink: DiscordSink
) -> None:
    server.say(CHANNEL, "older chatter")
    assert await find(sink, ago=timedelta(minutes=-10)) == Absent()


async def test_a_marker_that_somebody_copied_is_not_ours(
    server: DiscordServer, sink: DiscordSink
) -> None:
    copied = server.say(CHANNEL, "")
    copied.embeds = [{"footer": {"text": "drawdown · ww·k7f3q9x2"}}]
    assert await find(sink) == Absent()


async def test_without_the_right_to_read_history_absence_is_not_concluded(
    server: DiscordServer, sink: DiscordSink
) -> None:
    """Discord gives an empty list then, and no error."""
    await post(sink)
    server.channels[CHANNEL].rights.discard("history")
    found = await find(sink)
    assert isinstance(found, Unread)
    assert not found.again
    assert "Read Message History" in found.reason


async def test_a_channel_that_cannot_be_seen_is_not_read_again(
    server: DiscordServer, sink: DiscordSink
) -> None:
    server.channels[CHANNEL].rights.clear()
    found = await find(sink)
    assert isinstance(found, Unread)
    assert not found.again


@pytest.mark.parametrize("fault", [Answer(503), Reset(), Limited(2.0), Truncate()], ids=str)
async def test_a_reading_that_failed_is_tried_again(
    server: DiscordServer, sink: DiscordSink, fault: Fault
) -> None:
    server.fail(READ, do=fault, times=2)
    found = await find(sink)
    assert isinstance(found, Unread)
    assert found.again


async def test_a_long_history_that_comes_slowly_is_given_up_in_time(
    server: DiscordServer, client: discord.Client
) -> None:
    for number in range(READS - 1):
        server.say(CHANNEL, f"chatter {number}")
    server.fail(READ, do=Delay(0.2), times=READS)
    found = await find(DiscordSink(client, patience=timedelta(seconds=0.5)))
    assert isinstance(found, Unread)
    assert found.again


async def test_more_chatter_than_is_read_is_left_to_a_person(
    server: DiscordServer, sink: DiscordSink
) -> None:
    for number in range(READS):
        server.say(CHANNEL, f"chatter {number}")
    found = await find(sink)
    assert isinstance(found, Unread)
    assert not found.again


# The double itself.


async def test_what_discord_does_not_know_is_denied_and_told(
    client: discord.Client, server: DiscordServer
) -> None:
    with pytest.raises(discord.NotFound):
        await client.http.get_channel(CHANNEL)
    assert server.complaints == [f"GET /channels/{CHANNEL}: no such route"]
    server.complaints.clear()


@pytest.mark.parametrize(
    "embed",
    [
        {"title": "x" * 257},
        {"title": "x", "url": "javascript:alert(1)"},
        {"title": "x", "fields": [{"name": "n", "value": ""}]},
        {"description": "x" * 4000, "footer": {"text": "x" * 2001}},
        {"title": "\U0001f600" * 129},
    ],
    ids=["title", "address", "empty field", "whole", "UTF-16"],
)
async def test_what_discord_would_refuse_is_refused(
    client: discord.Client, server: DiscordServer, embed: dict[str, object]
) -> None:
    channel = client.get_partial_messageable(int(CHANNEL))
    with pytest.raises(discord.HTTPException) as refused:
        await channel.send(embed=discord.Embed.from_dict(embed))
    assert refused.value.status == 400
    assert server.messages(CHANNEL) == []
    assert len(server.complaints) == 1
    server.complaints.clear()


async def test_a_bucket_that_is_empty_is_a_limit(
    client: discord.Client, server: DiscordServer
) -> None:
    server._bucket = (1, 60.0)
    sink = DiscordSink(client, patience=timedelta(seconds=0.3))
    await post(sink, nonce="one")
    waiting = await post(sink, nonce="two")
    assert isinstance(waiting, Later)
    assert len(server.messages(CHANNEL)) == 1

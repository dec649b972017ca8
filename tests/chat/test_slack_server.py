"""The Slack double denies what the real Slack would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.doubles.slack_server import SPEC, SlackServer


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer(("C1", "C2"), second=0) as server:
        yield server


@pytest.fixture
async def client(slack: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, slack.api_url, session=session, retry_handlers=[])


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def section(text: str, kind: str = "mrkdwn") -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": kind, "text": text}}]


async def test_unknown_methods_and_addresses_are_refused_and_noted(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    assert await refused(client.users_list()) == "unknown_method"
    async with aiohttp.ClientSession() as session:
        answer = await session.get(slack.api_url.replace("/api/", "/elsewhere"))
    assert answer.status == 404
    assert slack.complaints == [
        "no such method: users.list",
        "no such address: GET /elsewhere",
    ]


async def test_argument_names_are_those_of_the_specification(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    if not SPEC.is_file():
        pytest.skip("Slack's specification is not beside this checkout")
    odd = client.chat_postMessage(channel="C1", text="hello", nonce="x")
    assert await refused(odd) == "invalid_arguments"
    assert slack.complaints == ["chat.postMessage takes no ['nonce']"]


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        (section("a < b"), "invalid_blocks"),
        (section("R&D", "plain_text"), "invalid_blocks"),
        (section("x" * 3001), "invalid_blocks"),
        (section(""), "invalid_blocks"),
        (section("x") * 51, "invalid_blocks"),
        (section("x" * 2900) * 5, "msg_blocks_too_long"),
        ([{"type": "poll"}], "invalid_blocks"),
        (
            [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
            "invalid_blocks",
        ),
        (
            [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
            "invalid_blocks",
        ),
        (
            [{"type": "divider", "block_id": "same"}, {"type": "divider", "block_id": "same"}],
            "invalid_blocks",
        ),
    ],
)
async def test_blocks_over_the_limits_are_refused(
    slack: SlackServer, client: AsyncWebClient, blocks: list[dict[str, Any]], error: str
) -> None:
    assert await refused(client.chat_postMessage(channel="C1", text="x", blocks=blocks)) == error
    assert slack.messages("C1") == ()
    assert slack.complaints


async def test_whoever_would_be_notified_is_noted(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    user = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
    await client.chat_postMessage(channel="C1", text="<!channel> and <@U1>")
    await refused(
        client.chat_postMessage(
            channel="C1", text="x", blocks=[{"type": "rich_text", "elements": [user]}]
        )
    )
    assert slack.pings == ["<!channel>", "<@U1>"]


async def test_metadata_is_shown_only_when_asked_for(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "e", "event_payload": {"key": "k"}}
    await client.chat_postMessage(channel="C1", text="hello", metadata=metadata)
    plain = await client.conversations_history(channel="C1")
    full = await client.conversations_history(channel="C1", include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_an_edit_without_blocks_takes_them_away(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    made = await client.chat_postMessage(channel="C1", text="short", blocks=section("long"))
    await client.chat_update(channel="C1", ts=made["ts"], text="changed")
    (message,) = slack.messages("C1")
    assert (message.text, message.blocks, message.history) == ("changed", (), ("long",))


async def test_one_message_a_second_in_each_channel() -> None:
    async with SlackServer(("C1", "C2")) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, slack.api_url, session=session)
        await client.chat_postMessage(channel="C1", text="one")
        await client.chat_postMessage(channel="C2", text="one")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C1", text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"


async def test_a_fault_is_for_so_many_calls_of_one_channel(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", "is_archived", times=2, channel="C1")
    await client.chat_postMessage(channel="C2", text="there")
    for _ in range(2):
        assert await refused(client.chat_postMessage(channel="C1", text="x")) == "is_archived"
    await client.chat_postMessage(channel="C1", text="here")
    assert [message.text for message in slack.messages("C1")] == ["here"]

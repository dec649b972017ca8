"""Posts, edits and finds bulletins in Slack, and says what became of each call.

Slack has no key against doubles, so a post is never repeated blindly: the key travels in the
message's metadata and as its first block's id, and is looked for in the channel's history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ConnectionTimeoutError,
)
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chat.slack.render import render
from bot.model.delivery import (
    Absent,
    Bulletin,
    Finding,
    Found,
    Later,
    Outcome,
    Receipt,
    Refused,
    Sent,
    Unread,
    Unsure,
)
from bot.model.watch import Destination

EVENT = "wirewatch_post"
RETRY = timedelta(seconds=30)
"""When to try again where Slack does not say."""
_SKEW = timedelta(seconds=5)
"""How far our clock may run ahead of Slack's."""
_PAGE = 200
_PAGES = 10

_INSTALL_AGAIN = (
    "Slack no longer takes the bot token. "
    "Install the app again and put its token in WIREWATCH_SLACK__BOT_TOKEN."
)
_OUR_FAULT = (
    "Slack does not take the form of this message. That is a fault in wirewatch: report it."
)
_REMEDIES = {
    "channel_not_found": "Slack shows the app no such channel. "
    "Invite it there with /invite @wirewatch, or remove the watch.",
    "not_in_channel": "The app is not in this channel. Invite it there with /invite @wirewatch.",
    "is_archived": "The channel is archived. Unarchive it, or remove the watch.",
    "restricted_action": "The workspace does not let the app post here. Ask its administrators.",
    "missing_scope": "The app lacks a permission. "
    "Give it the scopes of config/slack-app-manifest.yaml and install it again.",
    "account_inactive": _INSTALL_AGAIN,
    "invalid_auth": _INSTALL_AGAIN,
    "not_authed": _INSTALL_AGAIN,
    "token_expired": _INSTALL_AGAIN,
    "token_revoked": _INSTALL_AGAIN,
    "invalid_blocks": _OUR_FAULT,
    "msg_blocks_too_long": _OUR_FAULT,
    "msg_too_long": _OUR_FAULT,
    "cant_update_message": "The message is not this app's, so it cannot be edited.",
    "edit_window_closed": "The workspace no longer lets this message be edited.",
    "message_not_found": "The message was deleted.",
}
_GONE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "cant_update_message",
        "edit_window_closed",
        "message_not_found",
    }
)
_AMBIGUOUS = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})

Failure = Later | Refused | Unsure


class SlackSink:
    def __init__(self, client: AsyncWebClient, within: float = 25.0) -> None:
        """The client must not retry: a second try of a post is not its to decide on.

        `within` is in seconds, for one post, edit or find in all, and well inside a ticket's lease.
        """
        self._client = client
        self._within = within

    async def post(
        self, destination: Destination, bulletin: Bulletin, because: str, nonce: str
    ) -> Outcome:
        answer = await self._answer(
            self._client.chat_postMessage(
                channel=destination.channel,
                unfurl_links=False,
                unfurl_media=False,
                **_message(bulletin, because, nonce),
            )
        )
        return Sent(answer["ts"]) if isinstance(answer, AsyncSlackResponse) else answer

    async def edit(self, receipt: Receipt, bulletin: Bulletin, because: str) -> Outcome:
        if receipt.message_id is None:
            return Refused("The post that this edit belongs to was never made.", gone=True)
        answer = await self._answer(
            self._client.chat_update(
                channel=receipt.destination.channel,
                ts=receipt.message_id,
                **_message(bulletin, because, receipt.delivery_key),
            )
        )
        match answer:
            case AsyncSlackResponse():
                return Sent(receipt.message_id)
            case Unsure(reason):
                return Later(reason, RETRY)  # an edit may be made twice
            case _:
                return answer

    async def find(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        try:
            async with asyncio.timeout(self._within):
                return await self._read_back(destination, nonce, since)
        except (SlackApiError, ClientError, OSError) as error:
            failure = outcome(error)
            return Unread(failure.reason, again=not isinstance(failure, Refused))

    def replays_until(self, first_attempt_at: datetime) -> datetime:
        return first_attempt_at

    async def _read_back(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        oldest = f"{(since - _SKEW).timestamp():.6f}"
        cursor: str | None = None
        for _ in range(_PAGES):
            answer = await self._client.conversations_history(
                channel=destination.channel,
                oldest=oldest,
                inclusive=True,
                include_all_metadata=True,
                limit=_PAGE,
                cursor=cursor,
            )
            for message in answer["messages"]:
                if _carries(message, nonce):
                    return Found(message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor and not answer.get("has_more"):
                return Absent()
        return Unread("The channel's history since then is too long to read.", again=False)

    async def _answer(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | Failure:
        try:
            async with asyncio.timeout(self._within):
                return await call
        except (SlackApiError, ClientError, OSError) as error:
            return outcome(error)


def refusal(error: SlackApiError) -> str | None:
    """The name that Slack gives to its refusal; None where the answer was not Slack's."""
    data = getattr(error.response, "data", None)
    return data.get("error") if isinstance(data, dict) else None


def outcome(error: SlackApiError | ClientError | OSError) -> Failure:
    """What a failed call says of the message; in doubt, that it may have landed.

    A refusal is `gone` where only a person in the workspace can mend it. Of a post: the channel is
    no more, or we may not be or write in it. Of an edit: the message is no more, or can no longer be
    edited. A refused token, a missing scope, a fault of ours and what is not known are not `gone`.
    """
    match error:
        case SlackApiError(response=AsyncSlackResponse() as answer):
            return _answered(answer.status_code, answer.headers, refusal(error))
        case SlackApiError(response=answer):  # not JSON: the SDK gives aiohttp's own answer
            return _answered(answer.status, answer.headers, None)
        case ClientConnectorError() | ConnectionTimeoutError() | ClientHttpProxyError():
            return Later(f"Slack could not be reached ({type(error).__name__}).", RETRY)
        case TimeoutError():
            return Unsure("Slack gave no answer in time.")
        case _:
            return Unsure(f"The connection to Slack broke ({type(error).__name__}).")


def _answered(status: int, headers: Any, named: str | None) -> Failure:
    if status == 429 or named in ("ratelimited", "rate_limited"):
        return Later("Slack asks for a pause.", _pause(headers))
    if status >= 500 or status == 408 or named in _AMBIGUOUS:
        return Unsure(f"Slack failed ({named or status}).")
    if named is not None:
        remedy = _REMEDIES.get(named, "Slack refuses this.")
        return Refused(f"{remedy} ({named})", gone=named in _GONE)
    if status >= 400:
        return Refused(f"Something before Slack refuses this (HTTP {status}). Check slack.api_url.")
    return Unsure("The answer was not Slack's.")


def _pause(headers: Any) -> timedelta:
    try:
        return timedelta(seconds=float(headers["Retry-After"]))
    except (KeyError, ValueError, OverflowError):
        return RETRY


def _message(bulletin: Bulletin, because: str, key: str) -> dict[str, Any]:
    blocks, text = render(bulletin, because, key)
    return {
        "blocks": blocks,
        "text": text,
        "metadata": {"event_type": EVENT, "event_payload": {"key": key}},
        "parse": "none",  # chat.update would otherwise link names in the text
    }


def _carries(message: dict[str, Any], key: str) -> bool:
    metadata = message.get("metadata") or {}
    if (metadata.get("event_payload") or {}).get("key") == key:
        return True
    return any(block.get("block_id") == key for block in message.get("blocks") or ())

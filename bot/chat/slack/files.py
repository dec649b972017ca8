"""Files that people share in Slack, by the link that Slack gives to them.

Slash commands carry no files, so a list of feeds is shared first and its link given to the command.
"""

from __future__ import annotations

import re

from aiohttp import ClientError, ClientResponse, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.chat.slack.sink import refusal
from bot.model.errors import Mistake

LARGEST = 1_000_000
"""Bytes."""
_LINK = re.compile(r"<?https://[\w.-]+\.slack\.com/files/\w+/(F\w+)(?:/[^\s>]*)?>?")
_REFUSALS = {
    "file_not_found": "Share the file in a channel that wirewatch is in.",
    "missing_scope": "Whoever runs wirewatch has to give the app files:read and install it again.",
}


def file_id(link: bytes | str) -> str | None:
    """The file's id, where it is the link of one."""
    match = _LINK.fullmatch(link.strip()) if isinstance(link, str) else None
    return match[1] if match else None


async def fetch_file(client: AsyncWebClient, file: str) -> bytes:
    """What is in it. Raises `Mistake` where Slack does not hand it over, or it is too large."""
    try:
        shown = (await client.files_info(file=file))["file"]
        if shown.get("size", 0) > LARGEST:
            raise _too_large()
        assert client.session is not None
        async with client.session.get(
            _address(shown, URL(client.base_url)),
            headers={"Authorization": f"Bearer {client.token}"},
            allow_redirects=False,
            timeout=ClientTimeout(total=30),
        ) as response:
            if response.status != 200:
                raise _not_handed_over()
            return await _whole(response)
    except SlackApiError as error:
        word = refusal(error) or ""
        raise Mistake(
            f"Slack does not hand the file over ({word}).",
            _REFUSALS.get(word, "Try again in a while."),
        ) from error
    except (ClientError, OSError) as error:
        raise _not_handed_over() from error


def _address(shown: dict[str, str], api: URL) -> URL:
    """Where the file lies: with Slack itself, as the token that opens every channel goes along.

    Files of other services are shared in Slack with an address there.
    """
    try:
        address = URL(shown.get("url_private", ""))
    except ValueError:
        address = URL()
    host = address.host or ""
    is_slacks = address.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
    is_of_api = (address.scheme, host, address.port) == (api.scheme, api.host, api.port)
    if shown.get("is_external") or not (is_slacks or is_of_api):
        raise Mistake(
            "The file does not lie with Slack itself.",
            "Upload it to Slack, or give the list's own address: feed import ADDRESS.",
        )
    return address


async def _whole(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST:
            raise _too_large()
    return bytes(body)


def _too_large() -> Mistake:
    return Mistake("The file is larger than 1 MB.", "Split it into several.")


def _not_handed_over() -> Mistake:
    return Mistake("Slack did not hand the file over.", "Try again in a while.")

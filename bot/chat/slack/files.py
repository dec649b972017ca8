"""Files that people share in Slack, by the link that Slack gives to them.

Slash commands carry no files, so a list of feeds is shared first and its link given to the command.
"""

from __future__ import annotations

import re

from aiohttp import ClientError, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

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
        if shown["size"] > LARGEST:
            raise Mistake("The file is larger than 1 MB.", "Split it into several.")
        assert client.session is not None
        async with client.session.get(
            shown["url_private"],
            headers={"Authorization": f"Bearer {client.token}"},
            allow_redirects=False,
            timeout=ClientTimeout(total=30),
        ) as response:
            response.raise_for_status()
            return await response.content.read(LARGEST)
    except SlackApiError as error:
        word = refusal(error) or ""
        raise Mistake(
            f"Slack does not hand the file over ({word}).",
            _REFUSALS.get(word, "Try again in a while."),
        ) from error
    except (ClientError, OSError) as error:
        raise Mistake("Slack did not hand the file over.", "Try again in a while.") from error

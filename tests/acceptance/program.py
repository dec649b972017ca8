"""The program as an operator runs it: a process of its own, with its settings in the environment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.doubles.discord_server import DiscordServer
from tests.doubles.slack_server import SlackServer

ROOT = Path(__file__).resolve().parents[2]


def settings_for(
    folder: Path, feeds: Path, discord: DiscordServer, slack: SlackServer
) -> dict[str, str]:
    """Both doubles, the local feeds, and polls that follow each other quickly."""
    return {
        "WIREWATCH_DATABASE_URL": f"sqlite:///{folder / 'wirewatch.db'}",
        "WIREWATCH_FEEDS__FILE": str(feeds),
        "WIREWATCH_FEEDS__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        "WIREWATCH_FEEDS__HOST_GAP": "0",
        "WIREWATCH_FEEDS__HOST_CONCURRENCY": "64",
        "WIREWATCH_POLL_INTERVAL__FLOOR": "0.3",
        "WIREWATCH_POLL_INTERVAL__CEILING": "0.3",
        "WIREWATCH_DELIVERY__READ_BACK_AFTER": "1",
        "WIREWATCH_DISCORD__TOKEN": discord.token,
        "WIREWATCH_DISCORD__API_URL": discord.api_url,
        "WIREWATCH_DISCORD__GATEWAY_URL": discord.gateway_url,
        "WIREWATCH_SLACK__BOT_TOKEN": slack.bot_token,
        "WIREWATCH_SLACK__APP_TOKEN": slack.app_token,
        "WIREWATCH_SLACK__API_URL": slack.api_url,
        "WIREWATCH_LOG_FORMAT": "json",
    }


class Program:
    """``async with Program(folder, environment) as program``: `wirewatch run`, ended at the end."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("WIREWATCH_")},
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.returncode is None:
            await self.kill()
        if error is not None:
            error.add_note(f"The program's log:\n{self.log[-8000:]}")

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    async def start(self) -> None:
        self._process = await self._launch("run")

    async def ask(self, command: str) -> int:
        """Another command beside the running one; its exit code."""
        return await (await self._launch(command)).wait()

    async def _launch(self, command: str) -> asyncio.subprocess.Process:
        with (self._folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", command,
                cwd=self._folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def stop(self, within: float = 20.0) -> int:
        """Ask it to stop, as a process supervisor does; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), within)

    async def kill(self) -> None:
        """End it at once, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


async def until(what: Callable[[], object], about: str, within: float = 30.0) -> None:
    """Wait for something that the program does in its own time."""
    try:
        async with asyncio.timeout(within):
            while not what():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"within {within:g} s this did not come: {about}") from None

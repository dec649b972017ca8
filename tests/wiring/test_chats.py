"""A platform that is down when the service starts, and one that will never take us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from structlog.testing import capture_logs
from yarl import URL

from bot.model.errors import Mistake
from bot.model.watch import Platform
from bot.pipeline.ports import Sink
from bot.wiring.build import Newsroom, Sources, open_newsroom
from bot.wiring.chats import open_chats
from bot.wiring.settings import DiscordSettings, Settings, SlackSettings
from tests.doubles.discord_server import Answer, DiscordServer, Fault, Limited
from tests.doubles.slack_server import Do, SlackServer

ACCOUNT = "GET /users/@me"
WAITS = (0.01, 0.02, 0.03)
Logged = list[MutableMapping[str, Any]]


class Service:
    """The platforms as `run` opens them."""

    def __init__(self, room: Newsroom) -> None:
        self._room = room
        self.logged: Logged = []
        self.failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def open(
        self, *, discord: DiscordServer | None = None, slack: SlackServer | None = None
    ) -> AsyncIterator[dict[Platform, Sink]]:
        settings = Settings(
            discord=DiscordSettings.model_validate(
                {
                    "token": discord.token,
                    "api_url": discord.api_url,
                    "gateway_url": discord.gateway_url,
                }
                if discord
                else {}
            ),
            slack=SlackSettings.model_validate(
                {
                    "bot_token": slack.bot_token,
                    "app_token": slack.app_token,
                    "api_url": slack.api_url,
                }
                if slack
                else {}
            ),
        )
        with capture_logs() as self.logged:
            async with open_chats(settings, self._room, self.failed.set_result, WAITS) as sinks:
                yield sinks

    async def connected(self, sinks: dict[Platform, Sink], platform: Platform) -> None:
        async with asyncio.timeout(10):
            while platform not in sinks:
                assert not self.failed.done(), self.failed.result()
                await asyncio.sleep(0.01)

    def tries(self) -> list[float]:
        """The wait after each try that failed; every one was told without a traceback."""
        tries = [event for event in self.logged if event["event"] == "not connected"]
        assert all("cannot be reached at http" in event["reason"] for event in tries)
        assert not any("exc_info" in event for event in self.logged)
        return [event["seconds"] for event in tries]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    settings = Settings.model_validate({"database_url": f"sqlite+aiosqlite:///{tmp_path}/w.db"})
    sources = Sources(feeds=(), topics=(), watches=(), mistakes=())
    async with open_newsroom(settings, sources, lambda: datetime.now(UTC), prune=True) as room:
        yield Service(room)


@pytest.mark.parametrize(
    "fault", [Answer(503), Answer(200, html=True), Answer(200), Limited(600.0, via=False)], ids=str
)
async def test_a_discord_that_is_down_at_the_start_is_tried_again(
    service: Service, fault: Fault
) -> None:
    async with DiscordServer() as discord:
        discord.fail(ACCOUNT, do=fault, times=4)
        async with service.open(discord=discord) as sinks:
            assert Platform.DISCORD not in sinks
            await service.connected(sinks, Platform.DISCORD)
            await asyncio.wait_for(discord.identified.wait(), 10)
    assert service.tries() == [*WAITS, WAITS[-1]]


async def test_a_discord_whose_gateway_is_down_at_the_start_is_posted_to_and_tried_again(
    service: Service,
) -> None:
    async with DiscordServer() as discord:
        up = discord.gateway_url
        discord.gateway_down = True
        async with service.open(discord=discord) as sinks:
            await service.connected(sinks, Platform.DISCORD)
            while not any("gateway" in str(event.get("reason")) for event in service.logged):
                assert not service.failed.done(), service.failed.result()
                await asyncio.sleep(0.01)
            DiscordWebSocket.DEFAULT_GATEWAY = URL(up)
            await asyncio.wait_for(discord.identified.wait(), 10)
    assert not service.failed.done()


@pytest.mark.parametrize("do", [Do.ERROR, Do.HTML, Do.RATELIMIT])
async def test_a_slack_that_is_down_at_the_start_is_tried_again(service: Service, do: Do) -> None:
    async with SlackServer(second=0) as slack:
        slack.fail("auth.test", do, times=4)
        async with service.open(slack=slack) as sinks:
            assert Platform.SLACK not in sinks
            await service.connected(sinks, Platform.SLACK)
            await slack.connected()
    assert service.tries() == [*WAITS, WAITS[-1]]


async def test_a_slack_that_nobody_serves_yet_is_found_once_it_is_there(service: Service) -> None:
    slack = SlackServer(second=0)
    await slack.start()
    await slack.close()
    async with service.open(slack=slack) as sinks:
        async with asyncio.timeout(10):
            while not service.tries():
                await asyncio.sleep(0.01)
        await slack.start()
        await service.connected(sinks, Platform.SLACK)
    await slack.close()


async def test_one_platform_that_is_down_does_not_hold_up_the_other(service: Service) -> None:
    async with DiscordServer() as discord, SlackServer(second=0) as slack:
        discord.fail(ACCOUNT, do=Answer(503), times=10_000)
        async with service.open(discord=discord, slack=slack) as sinks:
            await service.connected(sinks, Platform.SLACK)
            assert Platform.DISCORD not in sinks
    assert not service.failed.done()


async def test_a_discord_that_refuses_everybody_stops_the_service(service: Service) -> None:
    async with DiscordServer() as discord:
        discord.fail(ACCOUNT, do=Answer(403), times=10_000)
        async with service.open(discord=discord) as sinks:
            error = await asyncio.wait_for(service.failed, 10)
            assert not sinks
    assert isinstance(error, Mistake)
    assert error.at == "discord.api_url"


async def test_a_token_that_is_reset_while_running_stops_the_service(service: Service) -> None:
    async with DiscordServer() as discord, service.open(discord=discord):
        await asyncio.wait_for(discord.identified.wait(), 10)
        await discord.cut_gateway(4004)
        error = await asyncio.wait_for(service.failed, 10)
    assert isinstance(error, Mistake)
    assert error.at == "discord.token"

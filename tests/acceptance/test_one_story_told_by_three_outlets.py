"""The whole program: feeds in over HTTP, one living message out on Discord and on Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.program import Program, settings_for, until
from tests.doubles.discord_server import DiscordServer, Hold
from tests.doubles.feed_server import Article, FeedServer
from tests.doubles.slack_server import Do, SlackServer

GUILD = "1200000000000000001"
OUTLETS = ("courier", "gazette", "herald")


@dataclass
class Town:
    """Three outlets, two platforms, and the program between them."""

    feeds: FeedServer
    discord: DiscordServer
    slack: SlackServer
    program: Program
    channel: str

    def counts(self) -> tuple[list[int], list[int]]:
        """How often each message was edited, on Discord and on Slack."""
        return (
            [message.edits for message in self.discord.messages(self.channel)],
            [message.edits for message in self.slack.messages("C1")],
        )

    async def read_once(self) -> None:
        """Return when every outlet was asked since now, and what it said was taken in."""
        before = {outlet: self.asked(outlet) for outlet in OUTLETS}
        await until(
            lambda: all(self.asked(outlet) > n + 1 for outlet, n in before.items()),
            "every outlet is polled",
        )

    def asked(self, outlet: str) -> int:
        return len(self.feeds.requests[f"/{outlet}.xml"])

    def tell(self, outlet: str, title: str, text: str) -> None:
        address = f"https://{outlet}.example/{len(title)}"
        now = datetime.now(UTC)
        self.feeds.publish(f"/{outlet}.xml", Article(address, title, text, address, now))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with FeedServer() as feeds, DiscordServer() as discord, SlackServer() as slack:
        channel = discord.add_channel()
        listed = tmp_path / "feeds.yaml"
        listed.write_text(
            "feeds:\n"
            + "".join(
                f"  - url: {feeds.url(f'/{outlet}.xml')}\n    outlet: {outlet.title()}\n"
                for outlet in OUTLETS
            )
        )
        for outlet in OUTLETS:
            yesterday = datetime.now(UTC) - timedelta(days=1)
            feeds.publish(
                f"/{outlet}.xml",
                Article(f"{outlet}-old", "Harbour fair opens", "Old news.", None, yesterday),
            )
        async with Program(tmp_path, settings_for(tmp_path, listed, discord, slack)) as program:
            town = Town(feeds, discord, slack, program, channel)
            await discord.identified.wait()
            await slack.connected()
            await town.read_once()
            yield town


async def watch_embassies(town: Town) -> None:
    said = await town.discord.slash(
        GUILD, town.channel, "42", "watch", "add", {"query": "embassy-attack"}
    )
    assert "Watching topic:embassy-attack" in said
    said = await town.slack.slash("T1", "C1", "U1", "/wirewatch", "watch add embassy-attack")
    assert "Watching topic:embassy-attack" in said


def first_report(town: Town) -> None:
    town.tell(
        "courier",
        "Rockets strike near US embassy in Baghdad",
        "Four rockets landed in Baghdad's Green Zone on Tuesday evening near the United States "
        "embassy, the Iraqi military said. Sirens sounded inside the embassy compound.",
    )


def second_report(town: Town) -> None:
    town.tell(
        "gazette",
        "US embassy in Baghdad targeted by rockets in Green Zone",
        "At least four rockets were fired at the United States embassy in Baghdad's Green Zone on "
        "Tuesday evening, setting off sirens in the compound, Iraqi military officials said.",
    )


def third_report(town: Town) -> None:
    town.tell(
        "herald",
        "Seven rockets fired at US embassy in Baghdad, child killed",
        "Seven rockets were fired at the United States embassy in Baghdad on Tuesday evening, "
        "four landing in the Green Zone. A child was killed and five people were wounded, the "
        "Iraqi military said.",
    )


async def test_each_channel_holds_one_message_edited_as_outlets_join(town: Town) -> None:
    await watch_embassies(town)
    first_report(town)
    await until(lambda: town.counts() == ([0], [0]), "one message in each channel")
    second_report(town)
    await until(lambda: town.counts() == ([1], [1]), "the message edited once")
    third_report(town)
    await until(lambda: town.counts() == ([2], [2]), "the message edited twice")
    assert await town.program.ask("health") == 0
    assert await town.program.stop() == 0
    assert await town.program.ask("health") == 1

    [on_discord], [on_slack] = town.discord.messages(town.channel), town.slack.messages("C1")
    for shown in (str(on_discord.embeds), on_slack.text):
        assert all(outlet.title() in shown for outlet in OUTLETS)
        assert "3 newsrooms" in shown
        assert "7" in shown
    assert town.discord.complaints == town.slack.complaints == []
    assert on_discord.pings == town.slack.pings == []


async def test_killed_while_both_platforms_hold_back_their_answer_it_still_posts_once(
    town: Town,
) -> None:
    await watch_embassies(town)
    held = Hold()
    town.discord.fail("POST /channels/*/messages", do=held)
    town.slack.fail("chat.postMessage", Do.HOLD)
    first_report(town)
    await until(lambda: held.accepted.is_set() and town.slack.held, "both posts accepted")
    await town.program.kill()
    await town.program.start()
    second_report(town)
    await until(lambda: town.counts() == ([1], [1]), "the message edited once", within=60)
    third_report(town)
    await until(lambda: town.counts() == ([2], [2]), "the message edited twice")
    await town.read_once()
    assert town.counts() == ([2], [2])
    assert await town.program.stop() == 0


async def test_killed_before_anything_was_sent_it_posts_after_the_restart(town: Town) -> None:
    await watch_embassies(town)
    first_report(town)
    await town.read_once()
    await town.program.kill()
    await town.program.start()
    second_report(town)
    third_report(town)
    await until(
        lambda: town.counts()[0] and town.counts()[1], "a message in each channel", within=60
    )
    await until(
        lambda: (
            "3 newsrooms" in str(town.discord.messages(town.channel)[0].embeds)
            and "3 newsrooms" in town.slack.messages("C1")[0].text
        ),
        "all three outlets in each",
    )
    assert [len(edits) for edits in town.counts()] == [1, 1]

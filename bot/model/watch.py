"""What a channel asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Platform(StrEnum):
    DISCORD = "discord"
    SLACK = "slack"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Destination:
    """A channel, by ids and never by names."""

    platform: Platform
    workspace: str
    """Discord's guild, Slack's team."""
    channel: str
    """A Discord channel or thread; a Slack channel."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A standing question: tell this channel of every story that the query matches."""

    id: int
    destination: Destination
    query: str
    """In canonical form, as `matching.query` prints it."""
    created_by: str
    """The person's id on the platform, or ``wirewatch.toml``."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Concern:
    """A watch that a story concerns, and why."""

    watch: Watch
    because: str
    """For people: the words, or the topic's reason."""

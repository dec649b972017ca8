"""What is said of a story, where it was said, and what became of saying it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.watch import Destination


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a summary, and who said it."""

    text: str
    outlet: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """One figure as a reader sees it; where outlets disagree there is a `Count` for each value."""

    label: str
    """For people: ``killed``, ``rockets``, ``troops to stay``."""
    value: str
    outlets: tuple[str, ...]
    """Who says so, latest first."""
    place: str | None = None
    at: datetime | None = None
    """When it was last said."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One outlet that tells the story."""

    outlet: str
    link: str | None
    told_at: datetime
    copy: bool
    """It prints another's text."""
    publisher: str = ""
    """The newsroom behind what it tells: its own, or the agency's whose text it is."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A story that a later one goes on from, as its last bulletin named it."""

    headline: str
    link: str | None
    told_at: datetime


@dataclass(frozen=True, slots=True)
class MovedTo:
    """Where the story of a post is told on, once it turned out to be another post's story."""

    headline: str
    message_id: str | None
    """Of the living post in the same channel, where it is known."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What is said of a story, before any platform's markup."""

    story_id: str
    headline: str
    link: str | None
    lines: tuple[Line, ...]
    counts: tuple[Count, ...]
    mentions: tuple[Mention, ...]
    """First teller first."""
    publishers: int
    """How many independent newsrooms tell it."""
    opened_at: datetime
    changed_at: datetime
    news: str | None = None
    """What the last change was, in words, where it is worth a reader's attention."""
    notice: bool = False
    """wirewatch speaks of itself: a feed that fails, a recap. There are no outlets to name."""
    follows: Earlier | None = None
    moved_to: MovedTo | None = None
    """Set where the post is only a pointer to another; then nothing else of the story is shown."""

    @property
    def digest(self) -> str:
        """Equal for two bulletins that look the same; times of change alone do not count."""
        shown = asdict(self)
        del shown["changed_at"]
        text = json.dumps(shown, sort_keys=True, default=str, ensure_ascii=True)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one destination holds of one story, or will hold once its queue is done."""

    story_id: str
    destination: Destination
    digest: str
    """Of the bulletin that stands there, or that waits in the outbox to stand there."""
    delivery_key: str
    """The post's own key: its nonce, and the marker by which it is found again."""
    message_id: str | None = None
    """None while the post itself still waits."""
    gone: bool = False
    """The message was taken away or can no longer be edited; it is left alone."""


@dataclass(frozen=True, slots=True)
class Post:
    """Say it for the first time."""

    destination: Destination
    bulletin: Bulletin
    because: str
    """Why this channel is told."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bring what stands there up to date."""

    receipt: Receipt
    bulletin: Bulletin


Action = Post | Edit


class TicketKind(StrEnum):
    POST = "post"
    EDIT = "edit"


class TicketState(StrEnum):
    """Where a row of the outbox stands. Only `pending` and `unknown` rows are ever tried."""

    PENDING = "pending"
    """Never attempted, or every attempt is proven not to have landed."""
    SENDING = "sending"
    """Committed before any byte goes out."""
    UNKNOWN = "unknown"
    """It may or may not be there."""
    SENT = "sent"
    DEAD = "dead"
    """Refused for good."""
    PARKED = "parked"
    """Undecidable: a person has to look."""
    EXPIRED = "expired"
    """Too old to be worth saying, and provably never said."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One row of the outbox, claimed: what is to be said where, and what was tried already."""

    id: int
    story_id: str
    destination: Destination
    kind: TicketKind
    bulletin: Bulletin
    because: str
    delivery_key: str
    lease_token: int
    """The fence: a result is recorded only while this is still the row's token."""
    lease_until: datetime | None
    """Nobody else takes the ticket before; nothing may be sent that could arrive after. None where
    it was only looked at."""
    attempts: int
    first_attempt_at: datetime
    last_attempt_at: datetime | None
    """When the attempt before this claim began; None when there was none."""
    ambiguous_since: datetime | None
    """Since when an attempt may have landed unseen."""
    receipt: Receipt | None = None
    """For an edit: what stands there."""


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """It provably did not land and may be tried again."""

    reason: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """It provably did not land and never will; the reason is for the operator."""

    reason: str
    gone: bool = False
    """The message, the channel or our place in it is no more."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may or may not have landed."""

    reason: str


Outcome = Sent | Later | Refused | Unsure


@dataclass(frozen=True, slots=True)
class Found:
    message_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The whole span was read, and it is not there."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The channel could not be read."""

    reason: str
    again: bool
    """Trying later may help."""


Finding = Found | Absent | Unread

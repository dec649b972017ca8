"""The tables. The migrations end where this file ends; a test holds them to it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware going in, aware and UTC coming back, in both dialects."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # SQLite keeps the digits and forgets the zone.
        return None if value is None else value.replace(tzinfo=UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers only a column that is exactly INTEGER by itself."""


def _lease() -> tuple[Column[str], Column[int], Column[datetime]]:
    """Who works on the row, the fence (one more at each claim), and until when."""
    return (
        Column("lease_owner", Text),
        Column("lease_token", Integer, nullable=False, default=0),
        Column("lease_until", UtcDateTime),
    )


def _destination(primary_key: bool = False) -> tuple[Column[str], Column[str], Column[str]]:
    return (
        Column("platform", Text, primary_key=primary_key, nullable=False),
        Column("workspace", Text, primary_key=primary_key, nullable=False),
        Column("channel", Text, primary_key=primary_key, nullable=False),
    )


feeds = Table(
    "feeds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("every", Integer),  # seconds
    Column("language", Text),
    Column("tags", JSON, nullable=False),
    Column("listed", Boolean, nullable=False),  # still in the catalogue
    Column("asked_as", Text, nullable=False),  # the url as it was given; a feed may move from it
    Column("sealed_url", Text),  # the whole address, encrypted, where it holds a secret
    Column("due_at", UtcDateTime, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    Column("blocks", LargeBinary, nullable=False, default=b""),
    Column("debris", LargeBinary, nullable=False, default=b""),
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", UtcDateTime),
    Column("trouble", Text),
    Column("strikes", Integer, nullable=False, default=0),
    Column("noticed", Boolean, nullable=False, default=False),
    Column("paused", Boolean, nullable=False, default=False),
    Column("ask_every", Integer),  # seconds
    Column("skip_hours", Integer, nullable=False, default=0),  # a bit each
    Column("skip_days", Integer, nullable=False, default=0),
    Column("rhythm", Integer),  # seconds
    Column("moved_to", Text),
    Column("moved_times", Integer, nullable=False, default=0),
    Column("succeeded_at", UtcDateTime),
    Column("error", Text),
    *_lease(),
    Index(None, "due_at"),
)

# Feeds that people asked for by command. A feed is polled while it is listed or one of these
# that is not paused names it; what it tells is shown to its own workspaces, unless it is listed.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("feed_id", Text, ForeignKey(feeds.c.id), primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("channel", Text, nullable=False),  # where notices of it go
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("paused", Boolean, nullable=False, default=False),
    Index(None, "platform", "workspace"),
)

# WebSub: what was asked of a feed's hub. The callback's path is the hub's proof of address.
hubs = Table(
    "hubs",
    metadata,
    Column("feed_id", Text, ForeignKey(feeds.c.id), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False, unique=True),  # an unguessable token
    Column("sealed_secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("pushed_at", UtcDateTime),
)

# Stories that a channel is not told one by one, because too many came at once.
held_back = Table(
    "held_back",
    metadata,
    *_destination(primary_key=True),
    Column("story_id", Text, primary_key=True),
    Column("headline", Text, nullable=False),
    Column("link", Text),
    Column("outlet", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
    Column("closed_at", UtcDateTime),
    Column("follows", Text),
    Column("settled", Boolean, nullable=False, default=False),
    Column("merged_into", Text, index=True),  # its entries are that story's now
)

# An entry outlives its feed, so feed_id is no foreign key.
entries = Table(
    "entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("feed_id", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("link", Text),
    Column("summary", Text, nullable=False),
    Column("published", UtcDateTime),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("language", Text),
    Column("story_id", Text, ForeignKey(stories.c.id), nullable=False, index=True),
    Column("place", Integer, nullable=False),  # in the order of the story's tellings
    Column("copy_of", Text),
)

# What the window compares the entries of open stories by.
compared = Table(
    "compared",
    metadata,
    Column("entry_id", Text, ForeignKey(entries.c.id), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

entry_keys = Table(
    "entry_keys",
    metadata,
    Column("feed_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # Different articles may share a link.
    Column("entry_id", Text, ForeignKey(entries.c.id), primary_key=True, index=True),
    Column("rank", Integer, nullable=False),  # 0 is the strongest
)

# A split is kept with the story that was taken out, once for each of its entries.
story_changes = Table(
    "story_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("story_id", Text, ForeignKey(stories.c.id), nullable=False, index=True),
    Column("turn", Text, nullable=False),
    Column("entry_id", Text),
    Column("other_id", Text, index=True),  # the story taken in, or the one it was taken out of
    Column("words", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("shared", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

# What people decided of stories.
rulings = Table(
    "rulings",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("story_id", Text, ForeignKey(stories.c.id), nullable=False),
    Column("other_id", Text, ForeignKey(stories.c.id), nullable=False),
    Column("entries", JSON, nullable=False),  # those that changed their story: whom they copied
    Column("posts", JSON, nullable=False),  # keys of those that changed their story
    Column("follows", Text),  # of the story before, as is what comes next
    Column("settled", Boolean, nullable=False),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    sqlite_autoincrement=True,
)

watches = Table(
    "watches",
    metadata,
    Column("id", Serial, primary_key=True),
    *_destination(),
    Column("query", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("platform", "workspace", "channel", "query"),
    sqlite_autoincrement=True,  # people keep numbers in mind: none is ever given twice
)

# A ticket carries all that delivery needs and outlives its story, so story_id is no foreign key.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("story_id", Text, nullable=False),
    *_destination(),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("delivery_key", Text, nullable=False),  # of the message: its edits have the same
    Column("payload", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("first_attempt_at", UtcDateTime),
    Column("last_attempt_at", UtcDateTime),
    Column("ambiguous_since", UtcDateTime),
    *_lease(),
    Column("not_before", UtcDateTime),
    Column("remote_id", Text),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    UniqueConstraint("delivery_key", "revision"),
    sqlite_autoincrement=True,  # the order of the queue
)
# Written out, not bound: SQLite takes a partial index only for a condition that it can read.
is_queued = outbox.c.state.in_(
    [literal_column(f"'{state}'") for state in ("pending", "sending", "unknown")]
)
Index(
    "ix_outbox_queue",
    outbox.c.platform,
    outbox.c.workspace,
    outbox.c.channel,
    outbox.c.id,
    sqlite_where=is_queued,
    postgresql_where=is_queued,
)

# Who delivers to a channel: one at a time.
channels = Table(
    "channels",
    metadata,
    *_destination(primary_key=True),
    *_lease(),
    Column("rests_until", UtcDateTime),  # after a refusal that holds for all that comes
)

# The messages of channels: one for each story. What a message tells may change its story.
receipts = Table(
    "receipts",
    metadata,
    Column("delivery_key", Text, primary_key=True),
    Column("story_id", Text, nullable=False),
    *_destination(),
    Column("message_id", Text),
    Column("digest", Text, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("sent_at", UtcDateTime),
    Column("edited_at", UtcDateTime),
    UniqueConstraint("story_id", "platform", "workspace", "channel"),
    Index(None, "platform", "channel", "message_id"),  # as links name a post
)

inbox = Table(
    "inbox",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
)

kept = Table(
    "kept",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

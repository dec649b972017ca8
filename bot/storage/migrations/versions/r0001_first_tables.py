"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
queued = sa.text("state IN ('pending', 'sending', 'unknown')")


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_token", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("rests_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("platform", "workspace", "channel", name="pk_channels"),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("every", sa.Integer()),
        sa.Column("language", sa.Text()),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("asked_as", sa.Text(), nullable=False),
        sa.Column("sealed_url", sa.Text()),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_hash", sa.Text()),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.Column("debris", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text()),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("noticed", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ask_every", sa.Integer()),
        sa.Column("skip_hours", sa.Integer(), nullable=False),
        sa.Column("skip_days", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.Integer()),
        sa.Column("moved_to", sa.Text()),
        sa.Column("moved_times", sa.Integer(), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_token", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
    )
    op.create_index("ix_feeds_due_at", "feeds", ["due_at"])
    op.create_table(
        "subscriptions",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_subscriptions_feed_id"),
        sa.PrimaryKeyConstraint("feed_id", "platform", "workspace", name="pk_subscriptions"),
    )
    op.create_index(
        "ix_subscriptions_platform_workspace", "subscriptions", ["platform", "workspace"]
    )
    op.create_table(
        "hubs",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("pushed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("feed_id", name="pk_hubs"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_hubs_feed_id"),
        sa.UniqueConstraint("callback", name="uq_hubs_callback"),
    )
    op.create_table(
        "held_back",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "platform", "workspace", "channel", "story_id", name="pk_held_back"
        ),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
    op.create_table(
        "inbox",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_inbox"),
    )
    op.create_table(
        "kept",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_kept"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", serial, nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("ambiguous_since", sa.DateTime(timezone=True)),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_token", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("remote_id", sa.Text()),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("delivery_key", "revision", name="uq_outbox_delivery_key_revision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index(
        "ix_outbox_queue",
        "outbox",
        ["platform", "workspace", "channel", "id"],
        sqlite_where=queued,
        postgresql_where=queued,
    )
    op.create_table(
        "receipts",
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("delivery_key", name="pk_receipts"),
        sa.UniqueConstraint(
            "story_id",
            "platform",
            "workspace",
            "channel",
            name="uq_receipts_story_id_platform_workspace_channel",
        ),
    )
    op.create_index(
        "ix_receipts_platform_channel_message_id",
        "receipts",
        ["platform", "channel", "message_id"],
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("follows", sa.Text()),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
    )
    op.create_index("ix_stories_changed_at", "stories", ["changed_at"])
    op.create_index("ix_stories_merged_into", "stories", ["merged_into"])
    op.create_table(
        "rulings",
        sa.Column("id", serial, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("follows", sa.Text()),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_rulings_story_id"),
        sa.ForeignKeyConstraint(["other_id"], ["stories.id"], name="fk_rulings_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rulings"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watches",
        sa.Column("id", serial, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watches"),
        sa.UniqueConstraint(
            "platform",
            "workspace",
            "channel",
            "query",
            name="uq_watches_platform_workspace_channel_query",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text()),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("copy_of", sa.Text()),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_entries_story_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_story_id", "entries", ["story_id"])
    op.create_table(
        "story_changes",
        sa.Column("id", serial, nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text()),
        sa.Column("other_id", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("shared", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_story_changes_story_id"),
        sa.PrimaryKeyConstraint("id", name="pk_story_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_story_changes_other_id", "story_changes", ["other_id"])
    op.create_index("ix_story_changes_story_id", "story_changes", ["story_id"])
    op.create_table(
        "compared",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_compared_entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_compared"),
    )
    op.create_table(
        "entry_keys",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_keys_entry_id"),
        sa.PrimaryKeyConstraint("feed_id", "key", "entry_id", name="pk_entry_keys"),
    )
    op.create_index("ix_entry_keys_entry_id", "entry_keys", ["entry_id"])

"""Where Alembic enters: the connection comes from `bot.storage.schema`, inside its transaction."""

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most of a table: Alembic then builds it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

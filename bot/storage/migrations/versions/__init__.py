"""One file a version. The names inside are Alembic's."""

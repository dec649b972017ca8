"""The database: SQLite or PostgreSQL, one schema, one `Unit` for each transaction.

In: nouns of `model` to be kept, and the time. Out: the same nouns, read back. Rows become model
objects here and nowhere else; SQLAlchemy stops at this door.
"""

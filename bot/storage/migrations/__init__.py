"""The steps from one version of the tables to the next, for Alembic; `schema` runs them.

A new step is a new file in `versions`, written by hand; the tests show what `tables` has that it
lacks.
"""

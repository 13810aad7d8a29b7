"""Alembic's migrations, run at every start. A new one: the next number, `upgrade` only; servers of the
previous version must be able to work on the result (add columns, never rename or drop in the same
release)."""

"""Run by alembic: migrates the connection that `store.py` hands over, inside its transaction."""

from alembic import context

from signaling.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

"""What Alembic runs: the steps, on the connection that it is given."""

from alembic import context

from newsletter.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can, since the transaction is ours and not the driver's.
    transactional_ddl=True,
)
context.run_migrations()

"""Alembic's environment: the connection comes from ``store.upgrade``; there is no ini file."""

from alembic import context

from qaapp.store.schema import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()

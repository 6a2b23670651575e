"""Clicks and opens: which link, under which name, and whether a person was behind it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for column in (
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("reader", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("rule", sa.String(length=24), nullable=True),
    ):
        op.add_column("events", column)
    op.create_index(op.f("events_edition_id_kind"), "events", ["edition_id", "kind"])

"""Editions that go out step by step, and editions that correct others."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _edition(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(
        ["edition_id"], ["editions.id"], name=op.f(f"{table}_edition_id_fkey"), ondelete="CASCADE"
    )
    return sa.Column("edition_id", ID, nullable=False), key


def upgrade() -> None:
    op.create_table(
        "releases",
        *_edition("releases"),
        sa.Column("ring_from", sa.BigInteger(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("brakes", sa.JSON(), nullable=False),
        sa.Column("brakes_from", sa.Integer(), server_default="0", nullable=False),
        sa.Column("brakes_event", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("releases_pkey")),
    )
    op.create_table(
        "release_steps",
        *_edition("release_steps"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("watch_seconds", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("watch_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("release_steps_pkey")),
    )
    op.create_table(
        "stories",
        *_edition("stories"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("dek", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "position", name=op.f("stories_pkey")),
    )
    op.create_table(
        "corrections",
        *_edition("corrections"),
        sa.Column("corrects_id", ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["editions.id"], name=op.f("corrections_corrects_id_fkey")
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("corrections_pkey")),
    )

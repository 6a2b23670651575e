"""The schedule: how far it has looked, and what people are to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "timetables",
        sa.Column("newsletter", sa.String(length=64), nullable=False),
        sa.Column("watched_until", MOMENT, nullable=True),
        sa.Column("turn_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("newsletter", name=op.f("timetables_pkey")),
    )
    op.create_table(
        "notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("edition_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("occasion", sa.String(length=32), server_default="", nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("facts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("ways", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("notices_edition_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("notices_pkey")),
        sa.UniqueConstraint(
            "edition_id", "kind", "occasion", name=op.f("notices_edition_id_kind_occasion_key")
        ),
    )
    op.create_index(op.f("notices_next_try"), "notices", ["next_try"])

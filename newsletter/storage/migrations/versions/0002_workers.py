"""Several workers at once: leases that name their state, audiences in parts, a shared pace."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("editions", sa.Column("audience_hash", sa.String(length=64), nullable=True))
    op.add_column("editions", sa.Column("appointment_id", sa.String(length=100), nullable=True))
    op.add_column("editions", sa.Column("appointment_at", MOMENT, nullable=True))
    op.add_column("events", sa.Column("call", sa.String(length=32), nullable=True))
    op.add_column(
        "batches", sa.Column("open", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("batches", sa.Column("next_try", MOMENT, nullable=True))
    # A lease of the version before says nothing: one sender held a lock over all.
    op.execute("UPDATE batches SET holder = NULL, lease_until = NULL")
    op.create_table(
        "audience_parts",
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("subscribers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("audience_parts_edition_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("audience_parts_pkey")),
    )
    _create_pace()


def _create_pace() -> None:
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("free_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("buckets_pkey")),
    )
    op.create_table(
        "breakers",
        sa.Column("transport", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try", MOMENT, nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("transport", name=op.f("breakers_pkey")),
    )
    op.create_table(
        "receivers",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_try", MOMENT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("domain", name=op.f("receivers_pkey")),
    )

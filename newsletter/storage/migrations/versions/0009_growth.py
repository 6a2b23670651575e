"""
The sums of ledgers that are over, so that their rows need not be counted, nor kept.

And indexes of which each serves one question. On SQLite the ledger is copied for that: some seconds
for each million of its rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: PostgreSQL waits until a fifth of a table is dead; of these two that is days of work, at once.
BUSY = ("deliveries", "events")


def upgrade() -> None:
    op.create_table(
        "ledger_sums",
        sa.Column("edition_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("states", sa.JSON(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.Column("emptied_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("ledger_sums_edition_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("ledger_sums_pkey")),
    )
    op.create_index(op.f("editions_state"), "editions", ["state", "newsletter_id", "finished_at"])
    with op.batch_alter_table("deliveries") as ledger:
        ledger.drop_constraint("deliveries_edition_id_subscriber_id_key", type_="unique")
    once = sa.text("(edition_id + 0)")
    op.create_index("deliveries_once", "deliveries", [once, "subscriber_id"], unique=True)
    op.drop_index(op.f("events_edition_id_kind"), "events")
    op.create_index(op.f("events_kind_edition_id"), "events", ["kind", "edition_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in BUSY:
            op.execute(
                f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02,"
                " autovacuum_analyze_scale_factor = 0.02)"
            )
        # Each delivery changes twice, when it is claimed and when it is settled: with room on its
        # page no index has to learn of that.
        op.execute("ALTER TABLE deliveries SET (fillfactor = 50)")

"""Readers who join, choose and leave by themselves: preferences, letters, the consent ledger."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: A ledger that can be changed proves nothing.
_SEALED = "what was consented to is never changed"


def upgrade() -> None:
    _add_columns()
    _create_wordings()
    _create_consents()
    _create_letters()
    op.create_table(
        "edition_lists",
        sa.Column("edition_id", ID, nullable=False),
        sa.Column("list_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["editions.id"],
            name=op.f("edition_lists_edition_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("edition_lists_list_id_fkey")),
        sa.PrimaryKeyConstraint("edition_id", "list_id", name=op.f("edition_lists_pkey")),
    )
    op.execute(
        "INSERT INTO edition_lists (edition_id, list_id)"
        " SELECT id, list_id FROM editions WHERE list_id IS NOT NULL"
    )


def _add_columns() -> None:
    text, words = sa.Text(), sa.String(length=16)
    added: dict[str, list[sa.Column[Any]]] = {
        "editions": [
            sa.Column("segment", sa.JSON(), nullable=True),
            sa.Column("correction", text, nullable=True),
        ],
        "subscribers": [
            sa.Column("lang", words, server_default="", nullable=False),
            sa.Column("frequency", words, server_default="daily", nullable=False),
            sa.Column("paused_until", sa.Date(), nullable=True),
            sa.Column("counted", sa.Boolean(), server_default=sa.true(), nullable=False),
        ],
        "subscriptions": [
            sa.Column("joined", MOMENT, nullable=True),
            sa.Column("consent_id", sa.BigInteger(), nullable=True),
        ],
        "suppressions": [sa.Column("method", words, server_default="", nullable=False)],
    }
    for table, columns in added.items():
        for column in columns:
            op.add_column(table, column)


def _create_wordings() -> None:
    op.create_table(
        "wordings",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("lang", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("wordings_pkey")),
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("list_name", sa.String(length=64), nullable=False),
        sa.Column("wording", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["wording"], ["wordings.hash"], name=op.f("consents_wording_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("consents_pkey")),
        sa.UniqueConstraint("hash", name=op.f("consents_hash_key")),
    )
    op.create_index(op.f("consents_subject"), "consents", ["subject"], unique=False)
    for table in ("consents", "wordings"):
        _seal(table)


def _seal(table: str) -> None:
    """Refuse every change of what is written."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{_SEALED}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_sealed() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_SEALED}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_sealed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_sealed()"
    )


def _create_letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("subscriber_id", ID, nullable=True),
        sa.Column("mailbox", sa.String(length=80), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("newsletter", sa.String(length=64), nullable=False),
        sa.Column("list_name", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("next_try", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("letters_subscriber_id_fkey"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("letters_pkey")),
    )
    op.create_index(op.f("letters_mailbox"), "letters", ["mailbox"], unique=False)
    op.create_index(op.f("letters_state"), "letters", ["state"], unique=False)

"""
The tables, as they are today. Where null may stand, its meaning is said.

Every moment is UTC, and aware when read back. Nothing that can be counted is stored.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime. PostgreSQL keeps the zone itself; for SQLite it is written as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: SQLite counts rows by itself only in a column of type INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


def _moment(name: str, **more: Any) -> Column[datetime]:
    return Column(name, Moment(), **more)


# ── Newsletters and their editions ──────────────────────────────────────────────────────────

newsletters = Table(
    "newsletters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
)

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    _moment("created_at", nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("newsletter_id", ForeignKey("newsletters.id"), nullable=False),
    Column("day", Date, nullable=False),
    #: 1 is the edition itself, 2 its first correction.
    Column("revision", Integer, nullable=False),
    #: Stands in tokens: counted over all newsletters and corrections, in two bytes. Null until
    #: the edition is frozen.
    Column("number", Integer, nullable=True, unique=True),
    Column("state", String(16), nullable=False),
    #: Why it is held, skipped or missed; else empty.
    Column("reason", Text, nullable=False, server_default=""),
    #: In words, such as an editor's name; null until somebody has approved.
    Column("approved_by", Text, nullable=True),
    _moment("approved_at", nullable=True),
    #: Of the rendition that was approved.
    Column("approved_hash", String(64), nullable=True),
    # Frozen by the plan; null before.
    _moment("cutoff", nullable=True),
    Column("timezone", String(64), nullable=True),
    Column("subject", Text, nullable=True),
    Column("preheader", Text, nullable=True),
    Column("html", Text, nullable=True),
    Column("text", Text, nullable=True),
    Column("hash", String(64), nullable=True),
    Column("headers", JSON, nullable=True),
    Column("tracking", JSON, nullable=True),
    Column("list_id", ForeignKey("lists.id"), nullable=True),
    #: Rows of its ledger.
    Column("selected", Integer, nullable=True),
    #: Behind the pseudonyms of its readers; null also once it is destroyed.
    Column("secret", LargeBinary, nullable=True),
    _moment("planned_at", nullable=True),
    #: When the first call was begun.
    _moment("sending_began_at", nullable=True),
    _moment("finished_at", nullable=True),
    UniqueConstraint("newsletter_id", "day", "revision"),
    CheckConstraint("number BETWEEN 1 AND 65535", name="number_fits_a_token"),
)

edition_articles = Table(
    "edition_articles",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    #: The article's canonical address.
    Column("key", Text, nullable=False),
    Column("article", Text, nullable=False),
    #: It was published on, in the newsletter's zone.
    Column("day", Date, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    Column("included", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "key"),
    Index(None, "article"),
)

links = Table(
    "links",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("role", String(16), nullable=False),
    #: Empty where the link belongs to none.
    Column("article", Text, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("media_type", String(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

# ── Readers ─────────────────────────────────────────────────────────────────────────────────

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    #: 48 random bits: what tokens carry. A row number would tell how long the list is.
    Column("public_id", BigInteger, nullable=False, unique=True),
    #: As on the wire: the domain in A-labels.
    Column("address", Text, nullable=False),
    #: The same address in the one form that is compared.
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("attributes", JSON, nullable=False, server_default="{}"),
    _moment("created_at", nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    #: No foreign key: lists are never deleted, and PostgreSQL would look one up for each of a
    #: million rows (a tenth of an import).
    Column("list_id", Id, primary_key=True, autoincrement=False),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),
    #: When it came into that state.
    _moment("since", nullable=False),
    Index(None, "subscriber_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("id", Id, primary_key=True),
    #: As in `subscribers`, but it outlives the subscriber.
    Column("key", Text, nullable=False),
    #: Null: nothing at all is sent there, by any list.
    Column("list_id", ForeignKey("lists.id", ondelete="CASCADE"), nullable=True),
    Column("reason", String(16), nullable=False),
    _moment("at", nullable=False),
)
#: One of each scope. Nulls are never equal, so "all lists" counts as list 0.
Index(
    "suppressions_key_scope",
    suppressions.c.key,
    func.coalesce(suppressions.c.list_id, text("0")),
    unique=True,
)

# ── The ledger ──────────────────────────────────────────────────────────────────────────────

batches = Table(
    "batches",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    #: Positions of its deliveries, both included.
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    #: Who works on it, until when; null: nobody.
    Column("holder", String(64), nullable=True),
    _moment("lease_until", nullable=True),
    Column("attempt", Integer, nullable=False, server_default="0"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    #: From 1: a batch is a range of positions, and needs no index of its own.
    Column("position", Integer, primary_key=True),
    #: No foreign key: the ledger outlives an erased reader.
    Column("subscriber_id", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    #: Why it was skipped; else null.
    Column("reason", String(32), nullable=True),
    #: The last call that it was in; null before the first.
    Column("call", String(32), nullable=True),
    #: The other side's words, never an address; null while there is no answer.
    Column("reply", Text, nullable=True),
    Column("provider_id", Text, nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    #: A deferred one is not tried before; null: at once.
    _moment("next_try", nullable=True),
    #: When its last call was begun: written before the first byte goes out.
    _moment("intent_at", nullable=True),
    #: When its answer came; null while there is none.
    _moment("settled_at", nullable=True),
    UniqueConstraint("edition_id", "subscriber_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), nullable=True),
    #: Null where no delivery can be told.
    Column("position", Integer, nullable=True),
    Column("kind", String(16), nullable=False),
    _moment("at", nullable=False),
    #: The other side's own id; the same event comes many times. Null where there is none.
    Column("external_id", Text, nullable=True, unique=True),
    Column("data", JSON, nullable=False, server_default="{}"),
    Index(None, "edition_id", "position"),
)

"""
The tables, as they are today. Where null may stand, its meaning is said.

Every moment is UTC, and aware when read back. Nothing that can be counted is stored, but for the
sums of ledgers that are over.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    true,
)

from newsletter.storage.columns import Id, metadata, moment
from newsletter.storage.pace_tables import breakers, buckets, receivers
from newsletter.storage.reader_tables import (
    consents,
    letters,
    lists,
    subscribers,
    subscriptions,
    suppressions,
    wordings,
)
from newsletter.storage.release_tables import corrections, release_steps, releases, stories
from newsletter.storage.return_tables import chores, parcels
from newsletter.storage.schedule_tables import notices, timetables
from newsletter.storage.sum_tables import ledger_sums

__all__ = [
    "audience_parts",
    "batches",
    "breakers",
    "buckets",
    "chores",
    "consents",
    "corrections",
    "deliveries",
    "edition_articles",
    "edition_lists",
    "editions",
    "events",
    "in_edition",
    "ledger_sums",
    "letters",
    "link_changes",
    "links",
    "lists",
    "metadata",
    "newsletters",
    "notices",
    "parcels",
    "pictures",
    "receivers",
    "release_steps",
    "releases",
    "stories",
    "subscribers",
    "subscriptions",
    "suppressions",
    "timetables",
    "wordings",
]

# ── Newsletters and their editions ──────────────────────────────────────────────────────────

newsletters = Table(
    "newsletters",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
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
    #: For the record, written when it is frozen: whose word it went out on; null: nobody's.
    Column("approved_by", Text, nullable=True),
    moment("approved_at", nullable=True),
    #: Of the rendition that was frozen by that word.
    Column("approved_hash", String(64), nullable=True),
    # Frozen by the plan; null before.
    moment("cutoff", nullable=True),
    Column("timezone", String(64), nullable=True),
    Column("subject", Text, nullable=True),
    Column("preheader", Text, nullable=True),
    Column("html", Text, nullable=True),
    Column("text", Text, nullable=True),
    Column("hash", String(64), nullable=True),
    Column("headers", JSON, nullable=True),
    Column("tracking", JSON, nullable=True),
    #: The list that answers go to and that is left; the first of `edition_lists`.
    Column("list_id", ForeignKey("lists.id"), nullable=True),
    #: The rule that picked part of the lists; null: all of them.
    Column("segment", JSON(none_as_null=True), nullable=True),
    #: What a correction puts right, for the archive; null for what is no correction.
    Column("correction", Text, nullable=True),
    #: Rows of its ledger, those included that are not written yet.
    Column("selected", Integer, nullable=True),
    #: Of its readers' ids in their order: what the plan froze, for `prove`.
    Column("audience_hash", String(64), nullable=True),
    #: Behind the pseudonyms of its readers; null also once it is destroyed.
    Column("secret", LargeBinary, nullable=True),
    moment("planned_at", nullable=True),
    #: When the first call was begun.
    moment("sending_began_at", nullable=True),
    moment("finished_at", nullable=True),
    #: Where the ESP holds the mails until an hour: what it calls them, and that hour. Else null.
    Column("appointment_id", String(100), nullable=True),
    moment("appointment_at", nullable=True),
    UniqueConstraint("newsletter_id", "day", "revision"),
    # What is asked often is found beside the mails, which are long.
    Index(None, "state", "newsletter_id", "finished_at"),
    CheckConstraint("number BETWEEN 1 AND 65535", name="number_fits_a_token"),
)

#: Whom an edition goes to: who is active on any of these.
edition_lists = Table(
    "edition_lists",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("list_id", ForeignKey("lists.id"), primary_key=True),
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

#: Where a link leads since a correction pointed it anew: only ever added to; the newest holds.
link_changes = Table(
    "link_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("url", Text, nullable=False),
    moment("at", nullable=False),
    Index(None, "edition_id", "number"),
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

# ── The ledger ──────────────────────────────────────────────────────────────────────────────

#: The part of a frozen audience that is not in `deliveries` yet: written there part by part,
#: while the first are already sent.
audience_parts = Table(
    "audience_parts",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    #: Positions of its deliveries, both included.
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    #: A JSON array of subscribers' ids, in the order of their positions.
    Column("subscribers", Text, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    #: Positions of its deliveries, both included.
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    #: The worker that has the lease, and until when; null: nobody has.
    Column("holder", String(64), nullable=True),
    moment("lease_until", nullable=True),
    #: Counts leases: who comes back with an older one has lost it.
    Column("attempt", Integer, nullable=False, server_default="0"),
    #: False once nothing of it is left to be handed over.
    Column("open", Boolean, nullable=False, server_default=true()),
    #: It need not be looked at before; null: at once.
    moment("next_try", nullable=True),
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
    moment("next_try", nullable=True),
    #: When its last call was begun: written before the first byte goes out.
    moment("intent_at", nullable=True),
    #: When its answer came; null while there is none.
    moment("settled_at", nullable=True),
)

#: The edition, for who looks for a reader in it. As long as the database's statistics know nothing
#: of a new edition, a plain index on both columns would seem as good for a range of positions as
#: the primary key, and PostgreSQL would walk through a million rows for each call.
in_edition = deliveries.c.edition_id + literal_column("0")

Index("deliveries_once", in_edition, deliveries.c.subscriber_id, unique=True)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), nullable=True),
    #: Null where no delivery can be told.
    Column("position", Integer, nullable=True),
    #: The call that it names, which may be of many deliveries; null where it names none.
    Column("call", String(32), nullable=True),
    Column("kind", String(16), nullable=False),
    moment("at", nullable=False),
    #: The other side's own id; the same event comes many times. Null where there is none.
    Column("external_id", Text, nullable=True, unique=True),
    Column("data", JSON, nullable=False, server_default="{}"),
    #: The edition's link that was pressed; null for any other event.
    Column("link", Integer, nullable=True),
    #: Who a click or an open counts for: 0 for nobody in particular, else a pseudonym or, where
    #: tracking is individual, a public id. Null for any other event.
    Column("reader", BigInteger, nullable=True),
    #: Of a click or an open: `person`, `probable` or `certain` robot, and by which rule.
    Column("verdict", String(8), nullable=True),
    Column("rule", String(24), nullable=True),
    Index(None, "edition_id", "position"),
    # In this order it is no rival of the one before; see `in_edition`.
    Index(None, "kind", "edition_id"),
)

"""
What is kept of readers: who they are, what they asked for, and the proof that they did.

Where an address has to be remembered without being kept, its fingerprint stands instead: a
keyed hash, see `newsletter.audience.fingerprints`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    func,
    text,
    true,
)

from newsletter.storage.columns import Id, metadata, moment

lists = Table(
    "lists",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    moment("created_at", nullable=False),
)

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
    #: Of pages and letters; empty: the newsletter's.
    Column("lang", String(16), nullable=False, server_default=""),
    #: `daily`, or `weekdays`: nothing on Saturdays and Sundays.
    Column("frequency", String(16), nullable=False, server_default="daily"),
    #: The first day on which they want mail again; null: no pause.
    Column("paused_until", Date, nullable=True),
    #: False: neither clicks nor opens of theirs are counted.
    Column("counted", Boolean, nullable=False, server_default=true()),
    moment("created_at", nullable=False),
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
    moment("since", nullable=False),
    #: When they signed up, by their own or a file's word; null where nobody said.
    moment("joined", nullable=True),
    #: The entry of the consent ledger that brought them; null for one that is older than it.
    Column("consent_id", BigInteger, nullable=True),
    Index(None, "subscriber_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("id", Id, primary_key=True),
    #: As in `subscribers`, but it outlives the subscriber; of an erased one the fingerprint.
    Column("key", Text, nullable=False),
    #: Null: nothing at all is sent there, by any list.
    Column("list_id", ForeignKey("lists.id", ondelete="CASCADE"), nullable=True),
    Column("reason", String(16), nullable=False),
    #: By what it came: `one-click`, `page`, `command` …; empty for a file.
    Column("method", String(16), nullable=False, server_default=""),
    moment("at", nullable=False),
)
#: One of each scope. Nulls are never equal, so "all lists" counts as list 0.
Index(
    "suppressions_key_scope",
    suppressions.c.key,
    func.coalesce(suppressions.c.list_id, text("0")),
    unique=True,
)

#: What readers were shown when they were asked: kept once, named by its hash.
wordings = Table(
    "wordings",
    metadata,
    Column("hash", String(64), primary_key=True),
    #: Which form or letter: `join`, `confirm`.
    Column("form", String(32), nullable=False),
    Column("lang", String(16), nullable=False),
    Column("text", Text, nullable=False),
)

#: The consent ledger: written and never changed, which triggers see to. It holds no address.
consents = Table(
    "consents",
    metadata,
    Column("id", Id, primary_key=True),
    moment("at", nullable=False),
    #: `asked`, `confirmed`, `unsubscribed` …
    Column("event", String(24), nullable=False),
    #: The reader's fingerprint; null for what is about many, such as an import.
    Column("subject", String(80), nullable=True),
    #: No foreign key: what is written here is never touched again.
    Column("list_name", String(64), nullable=False),
    #: What they were shown; null where nothing was.
    Column("wording", ForeignKey("wordings.hash"), nullable=True),
    #: Where it happened: an address without its query, or a file's hash.
    Column("source", Text, nullable=False),
    #: Of the letter that it is about; empty where it is about none.
    Column("message_id", Text, nullable=False),
    Column("method", String(16), nullable=False),
    #: In words: an import's basis, why somebody left.
    Column("note", Text, nullable=False),
    #: Of the entry before, and of this one: SHA-256, hexadecimal.
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index(None, "subject"),
)

#: Mails to one person: wanted, on their way, sent. The address is dropped once it is settled.
letters = Table(
    "letters",
    metadata,
    Column("id", Id, primary_key=True),
    #: `confirm`, `welcome`, `goodbye`, `forget`, `mydata`.
    Column("kind", String(16), nullable=False),
    #: `wanted`, `claimed`, `sent`, `refused`, `unknown`, `dropped`.
    Column("state", String(16), nullable=False),
    #: Why it was dropped or refused; else empty.
    Column("reason", Text, nullable=False, server_default=""),
    #: Null before it is known, and for whoever is erased.
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="SET NULL"), nullable=True),
    #: The box's fingerprint, without dots and plus signs: what limits are counted by.
    Column("mailbox", String(80), nullable=False),
    #: Null once it is settled.
    Column("address", Text, nullable=True),
    Column("newsletter", String(64), nullable=False),
    Column("list_name", String(64), nullable=False),
    Column("lang", String(16), nullable=False),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("attempts", BigInteger, nullable=False, server_default="0"),
    moment("at", nullable=False),
    #: Not tried before; null: at once.
    moment("next_try", nullable=True),
    moment("settled_at", nullable=True),
    #: When what it offers was accepted; null: not yet.
    moment("used_at", nullable=True),
    Index(None, "mailbox"),
    Index(None, "state"),
)

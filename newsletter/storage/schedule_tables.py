"""What the schedule remembers: how far it has looked, and what people are to be told."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.storage.columns import Id, metadata, moment

timetables = Table(
    "timetables",
    metadata,
    #: No foreign key: a newsletter is watched before it has an edition.
    Column("newsletter", String(64), primary_key=True),
    #: The last moment at which somebody looked what is due; null: nobody has ever.
    moment("watched_until", nullable=True),
    #: Until then one process makes an edition, or nobody tries again; null: anybody may.
    moment("turn_until", nullable=True),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    #: Tells those of a kind apart that may come again; empty where there is one an edition.
    Column("occasion", String(32), nullable=False, server_default=""),
    moment("at", nullable=False),
    #: What only its moment knew, such as findings.
    Column("facts", JSON, nullable=False, server_default="{}"),
    #: Ways by which it is still to go, parted by spaces; null: all there are.
    Column("ways", String(64), nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    #: When it is tried again; null: it is told, or given up.
    moment("next_try", nullable=True),
    #: Why it could not go; null while all went well.
    Column("problem", Text, nullable=True),
    UniqueConstraint("edition_id", "kind", "occasion"),
    Index(None, "next_try"),
)

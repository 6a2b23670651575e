"""What comes back from outside before it is understood, and what is done from time to time."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from newsletter.storage.columns import Id, metadata, moment

#: What another side posted, byte for byte: kept before it is answered, deleted once it is read.
parcels = Table(
    "parcels",
    metadata,
    Column("id", Id, primary_key=True),
    moment("at", nullable=False),
    #: `sendgrid`.
    Column("source", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    #: Why it could not be read; null: nobody has tried yet.
    Column("problem", Text, nullable=True),
    Index(None, "problem", "id"),
)

#: Work that any process of a fleet may do, and one does each time.
chores = Table(
    "chores",
    metadata,
    Column("name", String(32), primary_key=True),
    #: When it was begun last.
    moment("begun_at", nullable=False),
    Column("times", Integer, nullable=False, server_default="0"),
)

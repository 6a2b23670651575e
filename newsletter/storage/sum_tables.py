"""What is kept of a ledger that is over: its sums, for when its rows are gone."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, Table

from newsletter.storage.columns import metadata, moment

#: Of an edition that is over. Until it is sealed this only spares counting a million rows: where
#: it is not fresh, the rows are counted. Once it is sealed, it is what is known.
ledger_sums = Table(
    "ledger_sums",
    metadata,
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True),
    #: Counts how often the ledger was changed since this row is there.
    Column("version", Integer, nullable=False),
    #: Which of these versions was counted: fresh is what equals `version`. Null: none yet.
    Column("counted", Integer, nullable=True),
    moment("counted_at", nullable=True),
    #: How many were accepted, and of how many nobody knows. Null until they are counted.
    Column("accepted", Integer, nullable=True),
    Column("unknown", Integer, nullable=True),
    #: Readers by state. Null until they are counted.
    Column("states", JSON(none_as_null=True), nullable=True),
    #: What else a report and a proof say of the rows; null until it is sealed.
    Column("details", JSON(none_as_null=True), nullable=True),
    #: From here on the rows count no more, and are deleted part by part. Null: they count.
    moment("sealed_at", nullable=True),
    #: When the last of them was deleted; null while there are some.
    moment("emptied_at", nullable=True),
)

"""The tables of how an edition goes out step by step, and of how it is put right afterwards."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table, Text

from newsletter.storage.columns import metadata, moment


def _edition(name: str = "edition_id") -> Column[int]:
    return Column(name, ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)


#: How an edition is released, frozen by its plan.
releases = Table(
    "releases",
    metadata,
    _edition(),
    #: Where on the ring of public ids its audience begins; null: it stands in the order of rows.
    Column("ring_from", BigInteger, nullable=True),
    #: The most readers that a warm-up allows; the others are `skipped(warm-up)`. Null: all.
    Column("most", Integer, nullable=True),
    #: Shares in per cent: `{"hard": 2.0, …}`.
    Column("brakes", JSON, nullable=False),
    #: Brakes look at positions after this one: a person has seen what came of those before.
    Column("brakes_from", Integer, nullable=False, server_default="0"),
    #: The same for clicks, which bear no position: events after this one.
    Column("brakes_event", BigInteger, nullable=False, server_default="0"),
)

#: An edition without any is handed over in one go.
release_steps = Table(
    "release_steps",
    metadata,
    _edition(),
    Column("number", Integer, primary_key=True),
    #: In a word: a segment's name, `1 %`, `all`.
    Column("name", String(64), nullable=False),
    #: Its last position; it begins where the step before ends.
    Column("last", Integer, nullable=False),
    #: How long it is watched before the next one.
    Column("watch_seconds", Integer, nullable=False),
    #: From when on its readers may be claimed; null: not yet.
    moment("opened_at", nullable=True),
    #: Until when it is watched; null while it is handed over.
    moment("watch_until", nullable=True),
)

#: What an edition said, story by story: a correction quotes it.
stories = Table(
    "stories",
    metadata,
    _edition(),
    #: As in `edition_articles`.
    Column("position", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("dek", Text, nullable=False),
    #: Clean HTML.
    Column("body", Text, nullable=False),
)

#: The editions that correct another one.
corrections = Table(
    "corrections",
    metadata,
    _edition(),
    #: The one that was wrong.
    Column("corrects_id", ForeignKey("editions.id"), nullable=False),
    #: The day's edition as it is right: the archive shows it, whatever the mail says.
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    #: A page for everybody, with direct links.
    Column("html", Text, nullable=False),
)

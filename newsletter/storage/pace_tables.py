"""The tables by which all workers of a fleet keep one pace."""

from sqlalchemy import Boolean, Column, Double, Integer, String, Table, Text

from newsletter.storage.columns import metadata, moment

buckets = Table(
    "buckets",
    metadata,
    Column("name", String(16), primary_key=True),
    #: When all that was let through has had its time: seconds of the epoch, on the database's
    #: clock.
    Column("free_at", Double, nullable=False),
)

breakers = Table(
    "breakers",
    metadata,
    #: A transport without a row is in order.
    Column("transport", String(16), primary_key=True),
    #: `open`: nothing but probes. `trial`: one small call, then all is well again.
    Column("state", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    #: The next probe, or trial, is not before.
    moment("next_try", nullable=False),
    #: True: the other side named that moment, so nobody comes earlier.
    Column("asked", Boolean, nullable=False),
)

receivers = Table(
    "receivers",
    metadata,
    #: The part of addresses behind the @. One without a row takes whatever comes.
    Column("domain", Text, primary_key=True),
    #: In the receiver's words, without addresses.
    Column("reason", Text, nullable=False),
    #: Nothing goes there before; with others of its readers in a call, not before they are settled.
    moment("next_try", nullable=False),
    #: How many of its readers may be in a call, over the whole fleet.
    Column("width", Integer, nullable=False),
    #: The call that its readers are in; null: none.
    Column("call", String(32), nullable=True),
)

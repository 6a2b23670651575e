"""What all workers of a fleet keep to together: the rate, the breaker, crowded receivers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from newsletter.storage.columns import Moment
from newsletter.storage.tables import breakers, buckets, receivers

# ── The rate ────────────────────────────────────────────────────────────────────────────────

#: One statement, so that two who ask at once are served one after the other.
_RESERVE = text("""
INSERT INTO buckets (name, free_at) VALUES ('fleet', :now + :takes)
ON CONFLICT (name) DO UPDATE SET free_at = :takes + CASE
    WHEN buckets.free_at > :now THEN buckets.free_at ELSE :now END
RETURNING free_at
""")


def reserve(connection: Connection, messages: int, rate: float, *, now: datetime) -> float:
    """
    Take turns for so many messages at a rate; returns the seconds until the first may go.

    A bucket that holds nothing in stock (the virtual scheduling of ITU-T I.371's GCRA): the
    rate is kept from the first second on, and an idle hour is not caught up with.
    """
    takes, moment = messages / rate, now.timestamp()
    done = connection.execute(_RESERVE, {"now": moment, "takes": takes}).scalar_one()
    return max(0.0, float(done) - takes - moment)


def refund(connection: Connection, messages: int, rate: float) -> None:
    """Give turns back that were not used."""
    sooner = buckets.c.free_at - messages / rate
    connection.execute(update(buckets).where(buckets.c.name == "fleet").values(free_at=sooner))


# ── The breaker ─────────────────────────────────────────────────────────────────────────────


class Breaker(NamedTuple):
    """A transport that does not take mail at this time."""

    #: `open`: nothing but probes. `trial`: one small call.
    state: str
    reason: str
    failures: int
    next_try: datetime
    #: The other side named that moment.
    asked: bool


def breaker(connection: Connection, transport: str) -> Breaker | None:
    """Return a transport's breaker; None when it is in order."""
    columns = [breakers.c[name] for name in Breaker._fields]
    row = connection.execute(select(*columns).where(breakers.c.transport == transport)).first()
    return Breaker(*row) if row else None


_TRIP = text("""
INSERT INTO breakers (transport, state, reason, failures, next_try, asked)
VALUES (:transport, 'open', :reason, 1, :next_try, :asked)
ON CONFLICT (transport) DO UPDATE SET state = 'open', reason = :reason,
    failures = breakers.failures + 1,
    next_try = CASE WHEN breakers.asked AND breakers.next_try > :next_try
        THEN breakers.next_try ELSE :next_try END,
    asked = CASE WHEN breakers.asked AND breakers.next_try > :next_try
        THEN breakers.asked ELSE :asked END
""").bindparams(bindparam("next_try", type_=Moment()))


def trip(
    connection: Connection, transport: str, *, reason: str, next_try: datetime, asked: bool
) -> None:
    """Let no call through until probes are answered; a moment the other side named is kept."""
    values = {"transport": transport, "reason": reason, "next_try": next_try, "asked": asked}
    connection.execute(_TRIP, values)


def take_turn(
    connection: Connection, transport: str, state: str, *, now: datetime, until: datetime
) -> bool:
    """Be the one of the fleet who probes, or who makes the trial call; others wait until then."""
    mine = (
        update(breakers)
        .where(
            breakers.c.transport == transport,
            breakers.c.state == state,
            breakers.c.next_try <= now,
        )
        .values(next_try=until, asked=False)
    )
    return connection.execute(mine).rowcount == 1


def admit(connection: Connection, transport: str, *, now: datetime) -> None:
    """Let one small call through, after a probe was answered."""
    ready = update(breakers).where(breakers.c.transport == transport)
    connection.execute(ready.values(state="trial", next_try=now))


def mend(connection: Connection, transport: str) -> None:
    """Let everything through again."""
    connection.execute(delete(breakers).where(breakers.c.transport == transport))


def hurry(connection: Connection, transport: str, *, now: datetime) -> None:
    """Probe at once, unless the other side named a moment."""
    sooner = update(breakers).where(breakers.c.transport == transport, ~breakers.c.asked)
    connection.execute(sooner.values(next_try=now))


# ── Crowded receivers ───────────────────────────────────────────────────────────────────────

#: So many of a domain's readers may be in one call before it counts as at ease again.
WIDEST = 10


class Receiver(NamedTuple):
    """A receiving domain that takes less than all."""

    domain: str
    reason: str
    next_try: datetime
    width: int


def crowded(connection: Connection) -> Mapping[str, Receiver]:
    """Return the receiving domains that take less than all, by their names."""
    columns = [receivers.c[name] for name in Receiver._fields]
    return {row.domain: Receiver(*row) for row in connection.execute(select(*columns))}


def narrow(connection: Connection, domain: str, *, reason: str, until: datetime) -> None:
    """Send nothing to a domain for a while, and then to one of its readers at a time."""
    values = {"reason": reason, "next_try": until, "width": 1, "call": None}
    known = update(receivers).where(receivers.c.domain == domain).values(values)
    if not connection.execute(known).rowcount:
        connection.execute(insert(receivers).values(domain=domain, **values))


def occupy(connection: Connection, domains: Iterable[str], call: str, *, until: datetime) -> None:
    """Say that some of their readers are in a call: no other call takes any before."""
    taken = update(receivers).where(receivers.c.domain.in_(list(domains)))
    connection.execute(taken.values(call=call, next_try=until))


def widen(connection: Connection, call: str, *, now: datetime) -> None:
    """Let one reader more into the next call, of domains that took all of this one."""
    mine = receivers.c.call == call
    eased = {"width": receivers.c.width + 1, "call": None, "next_try": now}
    connection.execute(update(receivers).where(mine).values(eased))
    connection.execute(delete(receivers).where(receivers.c.width > WIDEST))

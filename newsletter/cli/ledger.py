"""The ledger's counts of an edition, in words and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from newsletter.cli.terminal import bold, number, plural, rows, sign
from newsletter.model import Counts, EditionState
from newsletter.newsroom import Status


def ledger_facts(status: Status) -> dict[str, Any]:
    """Give the counts for a program; the keys are those of the plan."""
    return {
        "edition": str(status.id),
        "state": status.state,
        **asdict(status.counts),
        "reasons": dict(status.reasons),
        "reason": status.reason,
        "workers": status.workers,
        "release": status.release,
        "next_try": status.next_try,
        "waits_for": status.breaker.reason if status.breaker else "",
        "crowded": [receiver.domain for receiver in status.crowded],
    }


def sentence(status: Status) -> str:
    """Say in a line where an edition stands: `sent 07:00:00 to 07:00:16 IST, nothing left open`."""
    if status.state is EditionState.SENT and status.began and status.ended:
        span = f"{status.began:%H:%M:%S} to {status.ended:%H:%M:%S %Z}"
        return f"sent {span}, nothing left open"
    if status.state is EditionState.SENDING and status.began:
        share = f"{_settled(status.counts)} % settled"
        workers = plural(status.workers, "worker")
        step = f" · {status.release}" if status.release else ""
        return f"sending since {status.began:%H:%M:%S %Z} · {share} · {workers}{step}"
    because = f": {status.reason}" if status.reason else ""
    return f"{status.state}{because}"


def _settled(counts: Counts) -> int:
    """Whole per cent, and 100 only when it is all."""
    settled = counts.selected - counts.pending - counts.unknown
    return 100 * settled // counts.selected if counts.selected else 0


def ledger_lines(status: Status, *, heading: bool = True) -> str:
    """Show the counts, and the equation that they must satisfy."""
    counts = status.counts
    parts = f"delivered {number(counts.delivered)} · bounced {number(counts.bounced)}"
    came_back = counts.delivered or counts.bounced or counts.complained
    submitted = f"of these {parts} · complained {number(counts.complained)}" if came_back else ""
    skipped = " · ".join(f"{reason} {number(n)}" for reason, n in status.reasons.items())
    deferred = f"of these deferred {number(counts.deferred)}" if counts.deferred else ""
    if counts.pending and status.next_try and status.state is EditionState.SENDING:
        deferred += f"{', ' if deferred else ''}next try {status.next_try:%H:%M:%S}"
    unknown = "not sent again by machine" if counts.unknown else ""
    table = rows(
        [
            ("selected", number(counts.selected), ""),
            ("submitted", number(counts.submitted), submitted),
            ("refused", number(counts.refused), ""),
            ("skipped", number(counts.skipped), skipped),
            ("pending", number(counts.pending), deferred),
            ("unknown", number(counts.unknown), unknown),
        ]
    )
    lines = [f"{bold(str(status.id))}   {sentence(status)}"] if heading else []
    return "\n".join([*lines, table, f"  {_equation(status)}", *_held_up(status)])


def _held_up(status: Status) -> Iterator[str]:
    """Say what keeps mail back, in the other side's words."""
    if not status.counts.pending:
        return
    if breaker := status.breaker:
        yield f"{sign('warning')} {breaker.reason}"
    for receiver in status.crowded:
        yield (
            f"{sign('warning')} {receiver.domain} takes less: {receiver.reason}; "
            f"{plural(receiver.width, 'reader')} in a call from {_utc(receiver.next_try)}"
        )


def _utc(when: datetime) -> str:
    return f"{when:%H:%M:%S} UTC"


def _equation(status: Status) -> str:
    counts = status.counts
    parts = (counts.submitted, counts.refused, counts.skipped, counts.pending, counts.unknown)
    holds = "" if counts.balanced else f"  {sign('error')} this must be equal: run newsletter prove"
    return f"{number(counts.selected)} = {' + '.join(number(n) for n in parts)}{holds}"

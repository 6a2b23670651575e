"""A crash at every named point: before and after each write to the database, and each hand-over."""

import signal
from pathlib import Path

import pytest

from tests.faults.house import house
from tests.faults.victim import Point

#: Where a sender dies, in the order in which it comes there. `begin` returns after its commit.
POINTS = (
    Point("storage.arrivals", "stage", "return"),
    Point("storage.plans", "freeze", "call"),
    Point("storage.snapshot", "take", "return"),
    Point("storage.plans", "freeze", "return"),
    Point("delivery.plan", "plan", "return"),
    Point("delivery.ledger", "Ledger.begin", "call"),
    Point("delivery.ledger", "Ledger.begin", "return"),
    Point("delivery.ledger", "Ledger.hurry", "return"),
    Point("storage.presence", "Presence.__init__", "return"),
    Point("storage.snapshot", "write_part", "call"),
    Point("storage.snapshot", "write_part", "return"),
    Point("delivery.ledger", "Ledger.write_part", "return"),
    Point("storage.leases", "take", "call"),
    Point("storage.leases", "take", "return"),
    Point("storage.claims", "claim", "call"),
    Point("storage.claims", "claim", "return"),
    Point("storage.claims", "claim", "return", 3),
    Point("delivery.ledger", "Ledger.turn", "return"),
    Point("delivery.ledger", "Ledger.turn", "return", 4),
    Point("delivery.worker", "Worker._hand_over", "call"),
    Point("delivery.handover", "HandOver._send", "call"),
    Point("transports.smtp", "SmtpTransport.send", "call"),
    Point("transports.smtp.session", "Session.post", "call", 7),
    Point("transports.smtp.session", "Session._end", "call", 7),
    Point("transports.smtp.wire", "Wire.write", "return", 20),
    Point("transports.smtp.handover", "HandOver._keep", "call", 7),
    Point("delivery.handover", "HandOver._answers", "return"),
    Point("delivery.worker", "Worker._hand_over", "return", 2),
    Point("storage.settling", "settle", "call", 2),
    Point("storage.settling", "settle", "return", 2),
    Point("storage.leases", "give_back", "call"),
    Point("storage.leases", "give_back", "return"),
    Point("delivery.ledger", "Ledger.close", "call"),
    Point("delivery.ledger", "Ledger.close", "return"),
)


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_who_dies_here_leaves_nobody_out_and_nobody_twice(tmp_path: Path, point: Point) -> None:
    url = f"sqlite:///{tmp_path}/n.db"
    with house(tmp_path / "run", url, "smtp", readers=300) as run:
        died = run.start(point=point)
        died.join(30)
        assert died.exitcode == -signal.SIGKILL, f"{point} was not reached: {run.log[-1500:]}"
        run.finish()
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    assert found.counts.unknown <= 100

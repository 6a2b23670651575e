"""A fleet on several machines, of which one after the other loses what it needs."""

import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from newsletter.storage.database import Database
from newsletter.transports.smtp import SmtpTransport
from tests.faults.hosts import Host, can_be_apart, hosts
from tests.faults.house import SUNDAY, House, house
from tests.faults.judge import Judgement
from tests.faults.provider import Mood
from tests.faults.test_outages import stop_and_start
from tests.waiting import until

#: So many that it is still going out when the last host has lost something.
READERS = 4_000
SLOW = Mood(slow=0.004)

#: Longer between a mail and its answer: whoever is lost then has mailed some without knowing.
SLOWER = Mood(slow=0.01)

#: Everywhere by wires of our own; as real networks too, where the machine allows it.
WAYS = ["wires", *(["namespaces"] if can_be_apart() else [])]

#: Readers in calls that have no answer yet, of one host.
IN_FLIGHT = SmtpTransport.largest_call * SmtpTransport.calls_at_once

_WORKING = "SELECT count(DISTINCT holder) FROM batches"
_OPEN = "SELECT count(*) FROM deliveries WHERE state IN ('planned', 'claimed')"


def asked(run: House, question: str) -> int:
    database = Database.open(run.url)
    with database.read() as connection:
        told = int(connection.exec_driver_sql(question).scalar_one())
    database.close()
    return told


def goes_on(run: House, mails: int = 30) -> bool:
    before = len(run.other_side.accepted)
    return until(lambda: len(run.other_side.accepted) >= before + mails, 60)


def lose_one_after_the_other(run: House, server: Any, machines: list[Host]) -> None:
    """Have the fleet lose a database line, a mail line, a host and the database; and go on."""
    doomed, lonely, mute = machines
    for host in (lonely, mute):
        host.start("worker")
    assert until(lambda: run.log.count("worker engine-") == 2, 60), run.log[-2000:]
    doomed.start("send", "--date", "2026-07-05", "--yes")
    assert until(lambda: asked(run, _WORKING) >= 3, 60), run.log[-2000:]
    lonely.database.pull()
    assert goes_on(run)
    mute.mail.cut()
    assert goes_on(run)
    doomed.process.kill()
    mute.mail.plug()
    assert goes_on(run), run.log[-2000:]
    stop_and_start(server)
    lonely.database.plug()
    assert until(lambda: asked(run, _OPEN) == 0, 90), run.log[-2000:]


def end(run: House, machines: list[Host]) -> None:
    """Let workers go home, and try again at once who was deferred."""
    for host in machines[1:]:
        assert host.process.pid
        os.kill(host.process.pid, signal.SIGTERM)
    for host in machines[1:]:
        host.process.join(30)
    assert [host.process.exitcode for host in machines[1:]] == [0, 0], run.log[-2000:]
    run.finish()


def drive(tmp_path: Path, server: Any, way: str, mutant: str = "") -> tuple[Judgement, int]:
    """Let an edition go out so; returns what the judge found, and how `prove` ended."""
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS dbos CASCADE")
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    socket = Path(parse_qs(urlsplit(url).query)["host"][0], ".s.PGSQL.5432")
    url = url.replace("postgresql:", "postgresql+psycopg:")
    apart = way == "namespaces"
    mood = SLOWER if mutant else SLOW
    with house(tmp_path / "run", url, "smtp", readers=READERS, mood=mood) as run:
        run.more["NEWSLETTER_DELIVERY__LEASE_SECONDS"] = "4"
        run.mutant = mutant
        with hosts(run, socket, 3, apart=apart) as machines:
            lose_one_after_the_other(run, server, machines)
            end(run, machines)
        return run.judge(), run.finish("prove", str(SUNDAY))


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_host_of_a_fleet_loses_nobody_is_mailed_twice_and_nobody_is_left_out(
    server: Any, tmp_path: Path, way: str
) -> None:
    found, proven = drive(tmp_path, server, way)

    assert found.faults == ()
    assert found.counts.pending == 0
    assert found.counts.unknown <= 3 * IN_FLIGHT
    assert proven == 0


def test_were_the_readers_of_a_lost_host_mailed_again_it_would_be_seen(
    server: Any, tmp_path: Path
) -> None:
    for attempt in ("first", "second", "third"):
        found, _ = drive(tmp_path / attempt, server, "wires", mutant="blind retry")
        # A host may be lost just when it waits for nobody's answer.
        if found.duplicates:
            break

    assert found.duplicates > 0, found

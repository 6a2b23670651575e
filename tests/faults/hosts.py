"""Workers as several machines: each has a cable to the database and one to the mail server."""

import multiprocessing
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.faults import victim
from tests.faults.house import House
from tests.faults.wires import Exchange, Server, Wire

#: Deliveries in a batch.
BATCH = 150


class Cable:
    """What can be pulled: a wire, or the network interface before it."""

    def __init__(self, exchange: Exchange, wire: Wire, interface: str = "") -> None:
        self.wire = wire
        self._exchange = exchange
        self._interface = interface

    def pull(self) -> None:
        """Let nothing through, and tell nobody."""
        if self._interface:
            ip("link", "set", self._interface, "down")
        else:
            self._exchange.do(self.wire.pull)

    def cut(self) -> None:
        """Let nothing through, in a way that both ends notice where that can be."""
        if self._interface:
            self.pull()
        self._exchange.do(self.wire.cut)

    def plug(self) -> None:
        if self._interface:
            ip("link", "set", self._interface, "up")
        self._exchange.do(self.wire.mend)


class Host:
    """One machine of a fleet, and the one process on it."""

    def __init__(self, run: House, database: Cable, mail: Cable, network: str = "") -> None:
        self.database, self.mail = database, mail
        self._run = run
        self._network = network
        self.process: ForkServerProcess

    def start(self, *words: str) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.faults.victim"])
        self.process = context.Process(
            target=victim.run,
            args=(self._run.folder, words, self._environment),
            # Small batches: a few readers are enough for all hosts to have work.
            kwargs={"mutant": self._run.mutant, "network": self._network, "batch": BATCH},
            daemon=True,
        )
        self.process.start()

    @property
    def _environment(self) -> dict[str, str]:
        near, far = self.database.wire, self.mail.wire
        return self._run.environment | {
            "NEWSLETTER_DATABASE_URL": f"postgresql://postgres@{near.address}:{near.port}/postgres",
            "NEWSLETTER_SMTP__HOST": far.address,
            "NEWSLETTER_SMTP__PORT": str(far.port),
            "NEWSLETTER_SMTP__INSIST_PLAIN": "true",
        }


@contextmanager
def hosts(run: House, socket: Path, number: int, *, apart: bool) -> Iterator[list[Host]]:
    """
    Furnish hosts that reach PostgreSQL, which listens on a socket, and the provider.

    `apart`: each in a network namespace of its own, with two cables to this machine; else they
    have wires alone.
    """
    exchange, mail = Exchange(), run.other_side.smtp_port
    with ExitStack() as stack:
        stack.callback(exchange.close)
        if apart:
            made = [
                stack.enter_context(_apart(run, exchange, socket, mail, n)) for n in range(number)
            ]
        else:
            made = [
                Host(
                    run,
                    Cable(exchange, exchange.wire(socket)),
                    Cable(exchange, exchange.wire(mail)),
                )
                for _ in range(number)
            ]
        yield made
        for host in made:
            host.process.kill()
            host.process.join()


@contextmanager
def _apart(run: House, exchange: Exchange, socket: Path, mail: int, number: int) -> Iterator[Host]:
    name = f"nl-{secrets.token_hex(3)}"
    ways: tuple[tuple[str, Server], ...] = (("d", socket), ("m", mail))
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        cables = [
            _cable(exchange, name, f"{name}{letter}", f"10.213.{2 * number + place}", server)
            for place, (letter, server) in enumerate(ways)
        ]
        yield Host(run, cables[0], cables[1], network=name)
    finally:
        ip("netns", "del", name)


def _cable(exchange: Exchange, network: str, interface: str, subnet: str, server: Server) -> Cable:
    """Lay a pair of interfaces, and have the server be reached at this machine's end."""
    ip("link", "add", interface, "type", "veth", "peer", "name", "far", "netns", network)
    far = f"eth{subnet.rpartition('.')[2]}"
    ip("-n", network, "link", "set", "far", "name", far)
    ip("addr", "add", f"{subnet}.1/24", "dev", interface)
    ip("link", "set", interface, "up")
    ip("-n", network, "addr", "add", f"{subnet}.2/24", "dev", far)
    ip("-n", network, "link", "set", far, "up")
    return Cable(exchange, exchange.wire(server, f"{subnet}.1"), interface)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


def can_be_apart() -> bool:
    """Say whether this machine lets us make networks: root on Linux, and not in every container."""
    if os.geteuid() or not shutil.which("ip"):
        return False
    name = f"nl-{secrets.token_hex(3)}"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except (OSError, subprocess.SubprocessError):
        return False
    return True

"""A DNS of our own on loopback, and a case to look at."""

import ssl
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pytest
from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

from newsletter.doctor import Case, Finding, Sheet
from newsletter.doctor.asking import Check
from newsletter.doctor.resolver import Resolver
from newsletter.model import EditionId
from newsletter.newsroom.desk import headers
from newsletter.settings import Newsletter, Sender, Settings
from newsletter.storage.database import Database
from tests.transports.relay import certificate

#: Stands in every zone: a server of the world knows the top.
TOP = "com. 60 IN NS a.servers.com.\nnet. 60 IN NS a.servers.net.\norg. 60 IN NS a.servers.org.\n"


class Zone(Protocol):
    """Makes a zone the world, and gives a resolver that asks there."""

    def __call__(self, zone: str, *, top: str = TOP) -> Resolver: ...


class _Swapped:
    """Answers out of whatever zone is the world now."""

    zone = ZoneResolver(TOP)

    def resolve(self, request: object, handler: object) -> object:
        return self.zone.resolve(request, handler)


@pytest.fixture(scope="session")
def dns() -> Iterator[Zone]:
    """A server on loopback, by UDP and by TCP."""
    answers = _Swapped()
    quiet = DNSLogger("-request,-reply,-truncated,-error", prefix=False)
    by_udp = DNSServer(answers, address="127.0.0.1", port=0, logger=quiet)
    port = by_udp.server.server_address[1]
    by_tcp = DNSServer(answers, address="127.0.0.1", port=port, tcp=True, logger=quiet)
    for server in (by_udp, by_tcp):
        server.start_thread()

    def become(zone: str, *, top: str = TOP) -> Resolver:
        answers.zone = ZoneResolver(top + zone)
        return Resolver(("127.0.0.1",), port=port, lifetime=2)

    yield become
    for server in (by_udp, by_tcp):
        server.stop()
        server.server.server_close()
        server.thread.join(5)


class Ask(Protocol):
    """Runs one check in a zone."""

    def __call__(self, check: Check, zone: str = "", **more: Any) -> list[Finding]: ...


MakeCase = Callable[..., Case]


def newsletter(**values: Any) -> Newsletter:
    return Newsletter(
        **{
            "name": "daily",
            "title": "The ShiftMaker",
            "sender": Sender(name="The ShiftMaker", address="desk@news.shiftmaker.com"),
            "postal_address": "The ShiftMaker, 12 Mahatma Gandhi Road, Bengaluru 560001, India",
            **values,
        }
    )


@pytest.fixture
def make_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeCase:
    """A case in an empty folder; settings by their names, newsletters by `newsletters`."""
    monkeypatch.chdir(tmp_path)

    def make(
        *,
        newsletters: tuple[Newsletter, ...] | None = None,
        resolver: Resolver | None = None,
        lost: Callable[[], list[object]] = list,
        ntp: str = "",
        patience: float = 2.0,
        **values: Any,
    ) -> Case:
        given = {"secret": "Zq3-uRk81xWm0Lp7TtVbYcNs5Ad9Gh2E", **values}
        settings = Settings(_env_file=None, **given)  # type: ignore[call-arg]
        sheets = tuple(
            Sheet(
                newsletter=one,
                headers=headers(one, EditionId(one.name, date(2026, 7, 5)), settings.site_url),
            )
            for one in ((newsletter(),) if newsletters is None else newsletters)
        )
        return Case(
            settings=settings,
            sheets=sheets,
            resolver=resolver or Resolver(("127.0.0.1",), port=9, lifetime=0.2),
            database=lambda: Database.open_any(settings.database_url),
            lost=lost,
            ntp=ntp,
            patience=patience,
        )

    return make


@pytest.fixture
def ask(make_case: MakeCase, dns: Zone) -> Ask:
    """Run a check: `ask(dmarc, 'news.shiftmaker.com. 60 IN TXT "…"')`."""

    def run(check: Check, zone: str = "", **more: Any) -> list[Finding]:
        return list(check(make_case(resolver=dns(zone), **more)))

    return run


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ssl.SSLContext]:
    """Make a server's certificate that this process trusts."""

    def make(host: str) -> ssl.SSLContext:
        made = certificate(tmp_path, host)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
        return made.context

    return make


def verdicts(found: list[Finding]) -> list[str]:
    return [one.verdict.value for one in found]


def said(found: list[Finding]) -> str:
    return "\n".join(f"{one.verdict}: {one.about}: {one.why}. {one.fix}" for one in found)

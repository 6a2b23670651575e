"""What is reached outside: relay, SendGrid, site, database, time server, bounce box."""

import errno
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.doctor import store
from newsletter.doctor.carrier import sendgrid_domain, sendgrid_events, transport
from newsletter.doctor.case import is_offline
from newsletter.doctor.site import site
from newsletter.errors import StorageError
from newsletter.storage.database import Database
from tests.doctor.conftest import MakeCase, Zone, said, verdicts
from tests.transports.relay import Act, Asked, ScriptedRelay, ordinary
from tests.transports.sendgrid_stub import KEY, SendGridStub, sendgrid_stub

Trusted = Callable[[str], ssl.SSLContext]


# ── SMTP ────────────────────────────────────────────────────────────────────────────────────


def smtp(port: int, **more: Any) -> dict[str, Any]:
    return {"transport": "smtp", "smtp": {"host": "127.0.0.1", "port": port, **more}}


def test_a_relay_is_asked_under_tls_and_mailed_nothing(
    make_case: MakeCase, trusted: Trusted
) -> None:
    with ordinary(tls_context=trusted("127.0.0.1"), require_starttls=True) as (caught, port):
        found = list(transport(make_case(**smtp(port))))

    assert verdicts(found) == ["warning"]
    assert "certificate of 127.0.0.1 ends on" in said(found)
    assert caught.mails == []


def test_a_relay_that_signs_us_in_is_praised(make_case: MakeCase) -> None:
    def script(asked: Asked) -> bytes | None:
        offers = b"250-relay.example\r\n250 AUTH PLAIN\r\n"
        return {"EHLO": offers, "AUTH": b"235 2.7.0 In\r\n"}.get(asked.verb)

    with ScriptedRelay(script).open() as relay:
        case = make_case(**smtp(relay.port, tls="none", username="ann", password="canary"))
        found = list(transport(case))

    assert verdicts(found) == ["good"]
    assert "without TLS, signed in" in said(found)
    assert {command.split()[0] for command in relay.commands} == {"EHLO", "AUTH", "QUIT"}
    assert "canary" not in said(found)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"EHLO": b"250 relay.example\r\n"}, "does not offer STARTTLS"),
        ({"GREETING": b"554 5.7.1 Go away\r\n"}, "does not let us in"),
        ({"GREETING": [Act.CLOSE]}, "closed the connection"),
        ({"GREETING": [Act.HANG]}, "did not answer within 0.5"),
    ],
)
def test_a_relay_that_takes_no_mail_is_told(
    make_case: MakeCase, answers: dict[str, Any], words: str
) -> None:
    with ScriptedRelay(lambda asked: answers.get(asked.verb)).open() as relay:
        found = list(transport(make_case(patience=0.5, **smtp(relay.port))))

    assert verdicts(found) == ["error"]
    assert words in said(found)


def test_a_relay_whose_certificate_nobody_vouches_for_is_told(
    make_case: MakeCase, trusted: Trusted, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = trusted("127.0.0.1")
    monkeypatch.delenv("SSL_CERT_FILE")
    with ordinary(tls_context=context, require_starttls=True) as (_, port):
        found = list(transport(make_case(**smtp(port))))

    assert verdicts(found) == ["error"]
    assert "cannot prove who it is" in said(found)


def test_a_relay_that_is_not_there_is_told(make_case: MakeCase) -> None:
    assert verdicts(list(transport(make_case(**smtp(9))))) == ["error"]


def test_a_relay_with_a_made_up_name_is_not_asked(make_case: MakeCase) -> None:
    case = make_case(transport="smtp", smtp={"host": "mail.theshiftmaker.example"})

    assert verdicts(list(transport(case))) == ["not run"]


def test_the_outbox_needs_nobody(make_case: MakeCase) -> None:
    assert "nobody is mailed" in said(list(transport(make_case())))


@pytest.mark.parametrize(("top", "verdict"), [("", "not run"), ("com. 60 IN NS a.com.\n", "error")])
def test_a_host_that_is_unknown_is_told_from_a_network_that_is_away(
    make_case: MakeCase, dns: Zone, top: str, verdict: str
) -> None:
    host = "no-such-host.shiftmaker.com"
    resolver = dns("elsewhere.local. 60 IN A 192.0.2.1\n", top=top)
    case = make_case(
        resolver=resolver, transport="smtp", smtp={"host": host}, site_url=f"https://{host}"
    )
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert is_offline(unknown, case, host) is (verdict == "not run")
    assert is_offline(socket.gaierror(socket.EAI_AGAIN, "later"), case, host)
    assert is_offline(OSError(errno.ENETUNREACH, "unreachable"), case, host)
    assert not is_offline(ConnectionRefusedError(errno.ECONNREFUSED, "refused"), case, host)


# ── SendGrid ────────────────────────────────────────────────────────────────────────────────

HOOKS = "/v3/user/webhooks/event/settings"
TOLD = dict.fromkeys(
    ("delivered", "bounce", "dropped", "deferred", "processed", "spam_report"), True
)
HOOK = {"id": "7", "url": "https://n.shiftmaker.com/webhooks/sendgrid", "enabled": True, **TOLD}


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as made:
        made.facts = {
            "/v3/scopes": {"scopes": ["mail.send", "suppression.read", "user.read"]},
            "/v3/whitelabel/domains": [{"domain": "shiftmaker.com", "valid": True}],
            f"{HOOKS}/all": {"max_allowed": 5, "webhooks": [HOOK]},
            f"{HOOKS}/signed/7": {"public_key": "MFkw"},
        }
        yield made


@pytest.fixture
def account(make_case: MakeCase, stub: SendGridStub) -> Callable[..., Any]:
    def make(**more: Any) -> Any:
        own = {"api_key": KEY, "host": stub.url, "webhook_key": "MFkw", **more}
        return make_case(transport="sendgrid", sendgrid=own, site_url="https://n.shiftmaker.com")

    return make


def test_an_account_in_order_is_praised(account: Callable[..., Any]) -> None:
    case = account()
    found = [*transport(case), *sendgrid_domain(case), *sendgrid_events(case)]

    assert verdicts(found) == ["good"] * 3
    assert KEY not in said(found)


@pytest.mark.parametrize(
    ("path", "held", "verdict", "words"),
    [
        ("/v3/scopes", {"scopes": ["user.read"]}, "error", "may not mail.send"),
        ("/v3/scopes", {"scopes": ["mail.send"]}, "warning", "may not suppression.read"),
        ("/v3/scopes", ["nonsense"], "error", "may not mail.send"),
        ("/v3/whitelabel/domains", [], "error", "does not sign in the name"),
        (
            "/v3/whitelabel/domains",
            [{"domain": "shiftmaker.com", "valid": False}],
            "error",
            "does not find its records",
        ),
        ("/v3/whitelabel/domains", [{"domain": "maker.com", "valid": True}], "error", "not sign"),
        (f"{HOOKS}/all", {"webhooks": []}, "error", "posts no events here"),
        (f"{HOOKS}/all", {"webhooks": [{**HOOK, "enabled": False}]}, "error", "posts no events"),
        (
            f"{HOOKS}/all",
            {"webhooks": [{**HOOK, "url": "https://x.com/webhooks/sendgrid"}]},
            "error",
            "posts no events here",
        ),
        (f"{HOOKS}/all", {"webhooks": [{**HOOK, "bounce": False}]}, "warning", "tell of bounce"),
        (f"{HOOKS}/signed/7", {"public_key": ""}, "error", "does not sign what it posts"),
        (f"{HOOKS}/signed/7", {"public_key": "other"}, "error", "a key that is not known here"),
    ],
)
def test_what_is_wrong_with_an_account(
    account: Callable[..., Any], stub: SendGridStub, path: str, held: Any, verdict: str, words: str
) -> None:
    stub.facts[path] = held
    case = account()
    found = [*transport(case), *sendgrid_domain(case), *sendgrid_events(case)]

    assert sorted(verdicts(found)) == sorted(["good", "good", verdict])
    assert words in said(found)


def test_a_sendgrid_that_is_away_says_nothing(make_case: MakeCase) -> None:
    own = {"api_key": KEY, "host": "http://127.0.0.1:9"}
    case = make_case(transport="sendgrid", sendgrid=own)
    found = [*transport(case), *sendgrid_domain(case), *sendgrid_events(case)]

    assert verdicts(found) == ["not run"] * 3


# ── The site ────────────────────────────────────────────────────────────────────────────────


class Site(BaseHTTPRequestHandler):
    status = 200
    asked: list[str] = []  # noqa: RUF012 - one site a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def public(trusted: Trusted) -> Iterator[ThreadingHTTPServer]:
    context = trusted("127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Site.status, Site.asked = 200, []
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def address(server: ThreadingHTTPServer) -> str:
    return f"https://127.0.0.1:{server.server_port}/news"


def test_a_site_that_answers_is_told_when_its_certificate_ends(
    make_case: MakeCase, public: ThreadingHTTPServer
) -> None:
    found = list(site(make_case(site_url=address(public))))

    assert verdicts(found) == ["warning"]
    assert "certificate of 127.0.0.1 ends on" in said(found)
    assert Site.asked == ["/news/healthz"]


@pytest.mark.parametrize("status", [302, 404, 502])
def test_a_site_behind_which_nothing_serves_is_told(
    make_case: MakeCase, public: ThreadingHTTPServer, status: int
) -> None:
    Site.status = status
    found = list(site(make_case(site_url=address(public))))

    assert verdicts(found) == ["error"]
    assert f"answers {status}" in said(found)


def test_a_site_with_a_certificate_that_nobody_vouches_for_is_told(
    make_case: MakeCase, public: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    found = list(site(make_case(site_url=address(public))))

    assert verdicts(found) == ["error"]
    assert "is not valid" in said(found)


def test_what_speaks_no_http_is_told(make_case: MakeCase, trusted: Trusted) -> None:
    context = trusted("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with context.wrap_socket(line, server_side=True) as secure:
                secure.recv(1000)
                secure.sendall(b"220 relay.example ESMTP\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        found = list(site(make_case(site_url=f"https://127.0.0.1:{server.getsockname()[1]}")))
        thread.join(5)

    assert verdicts(found) == ["error"]
    assert "speaks no HTTP" in said(found)


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://127.0.0.1:9", "error"),
        ("http://127.0.0.1:8000", "not run"),
        ("https://news.theshiftmaker.example", "not run"),
    ],
)
def test_a_site_that_is_not_there(make_case: MakeCase, url: str, verdict: str) -> None:
    assert verdicts(list(site(make_case(site_url=url)))) == [verdict]


# ── The database, its clock, and time itself ────────────────────────────────────────────────


def test_a_database_is_looked_at_whatever_its_version(
    make_case: MakeCase, database_url: str
) -> None:
    case = make_case(database_url=database_url)
    if case.settings.sqlite_file:
        assert "is made when it is first needed" in said(list(store.database(case)))
        assert not case.settings.sqlite_file.exists()
    else:
        assert "is empty" in said(list(store.database(case)))
    Database.open(database_url).close()
    assert verdicts(list(store.database(case))) == ["good"]
    for version, words in (("0001", "newsletter migrate"), ("9999", "Update the program")):
        database = Database.open_any(database_url)
        with database.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        database.close()
        found = list(store.database(case))
        assert verdicts(found) == ["error"]
        assert words in said(found)


def test_a_database_that_is_away_is_told(make_case: MakeCase) -> None:
    case = make_case(database_url="postgresql+psycopg://n:canary@127.0.0.1:9/n")
    found = [*store.database(case), *store.clock(case)]

    assert verdicts(found) == ["error", "not run"]
    assert "canary" not in said(found)


def test_the_clock_is_held_against_the_databases(make_case: MakeCase, database_url: str) -> None:
    Database.open(database_url).close()
    found = list(store.clock(make_case(database_url=database_url)))

    assert verdicts(found) == (["not run"] if database_url.startswith("sqlite") else ["good"])


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0, "good"), (5, "warning"), (-5, "warning"), (3600, "error")]
)
def test_the_clock_is_held_against_a_time_server(
    make_case: MakeCase, ahead: float, verdict: str
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, who = server.recvfrom(100)
            now = time.time() + 2_208_988_800 + ahead
            told = struct.pack("!II", int(now), int(now % 1 * 2**32))
            server.sendto(bytes(40) + told, who)

        thread = threading.Thread(target=answer)
        thread.start()
        found = list(store.time_server(make_case(ntp=f"127.0.0.1:{server.getsockname()[1]}")))
        thread.join(5)

    assert verdicts(found) == [verdict]


def test_no_time_server_is_asked_unless_one_is_named(make_case: MakeCase) -> None:
    assert verdicts(list(store.time_server(make_case()))) == ["not run"]
    assert verdicts(list(store.time_server(make_case(ntp="127.0.0.1:9")))) == ["not run"]


def test_a_backup_is_told_from_the_database(make_case: MakeCase, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/n.db"
    Database.open(url).close()

    def unreadable() -> list[object]:
        raise StorageError("sent.mark cannot be read.")

    assert verdicts(list(store.backup(make_case(database_url=url)))) == ["good"]
    found = list(store.backup(make_case(database_url=url, lost=lambda: ["one"])))
    assert verdicts(found) == ["error"]
    assert "newsletter reconcile" in said(found)
    assert verdicts(list(store.backup(make_case(database_url=url, lost=unreadable)))) == ["not run"]


# ── The bounce box ──────────────────────────────────────────────────────────────────────────


def test_a_box_is_opened_and_nothing_is_taken_out(make_case: MakeCase, tmp_path: Path) -> None:
    box = {"address": "b@news.shiftmaker.com", "maildir": tmp_path / "box"}
    assert verdicts(list(store.bounces(make_case(bounces=box)))) == ["error"]
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box/new/1.a").write_text("Subject: x\n\n")
    assert verdicts(list(store.bounces(make_case(bounces=box)))) == ["good"]
    assert (tmp_path / "box/new/1.a").exists()


def test_a_box_at_a_provider_that_is_away_is_told(make_case: MakeCase) -> None:
    box = {
        "address": "b@news.shiftmaker.com",
        "imap_host": "127.0.0.1",
        "imap_port": 9,
        "imap_username": "b",
        "imap_password": "canary",
    }
    found = list(store.bounces(make_case(bounces=box)))

    assert verdicts(found) == ["error"]
    assert "canary" not in said(found)


def test_where_bounces_go_to_nobody_it_is_said(make_case: MakeCase) -> None:
    relay = {"transport": "smtp", "smtp": {"host": "mail.relay.net"}}
    assert verdicts(list(store.bounces(make_case(**relay)))) == ["warning"]
    assert verdicts(list(store.bounces(make_case()))) == ["good"]

"""The public web app, as a reader's mail program reaches it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from newsletter.doctor.asking import is_made_up
from newsletter.doctor.case import Case, is_offline
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning

#: Whoever renews certificates does so about a month before they end.
SOON = timedelta(days=14)

_SERVE = "Is newsletter serve running behind it?"


def site(case: Case) -> Iterator[Finding]:
    """Every click and every way out goes there; `/healthz` says that it lives."""
    url = urlsplit(case.settings.site_url)
    host = url.hostname or ""
    if url.scheme != "https":
        yield not_run("NEWSLETTER_SITE_URL is this machine")
    elif is_made_up(host):
        yield not_run(f"{host} is a made-up name")
    else:
        yield _asked(case, HTTPSConnection(host, url.port, timeout=case.patience), url.path)


def _asked(case: Case, line: HTTPConnection, path: str) -> Finding:
    try:
        with closing(line):
            line.connect()
            ends = certificate_ends(line.sock)
            line.request("GET", f"{path}/healthz", headers={"User-Agent": "newsletter doctor"})
            status = line.getresponse().status
    except HTTPException:
        return error(f"{line.host} speaks no HTTP", _SERVE)
    except OSError as why:
        return _unreached(case, line.host, why)
    return _judged(case, line.host, status, ends)


def _unreached(case: Case, host: str, why: OSError) -> Finding:
    if isinstance(why, ssl.SSLCertVerificationError):
        return error(f"The certificate of {host} is not valid: {why.verify_message}", "Renew it.")
    if is_offline(why, case, host):
        return not_run("no network")
    if isinstance(why, socket.gaierror):
        return error(f"There is no host {host}", "Set NEWSLETTER_SITE_URL, or give it an address.")
    return error(f"{host} is not reached: {_words(why)}", _SERVE)


def _judged(case: Case, host: str, status: int, ends: datetime | None) -> Finding:
    if status != HTTPStatus.OK:
        return error(
            f"https://{host}/healthz answers {status}: every click, and every way out, does too",
            _SERVE,
        )
    if ends and ends - case.now < SOON:
        return warning(f"The certificate of {host} ends on {ends:%d %B %Y}", "Renew it.")
    until = f", certificate until {ends:%d %B %Y}" if ends else ""
    return good(f"{host} answers{until}")


def certificate_ends(line: object) -> datetime | None:
    """Return when the other side's certificate ends; None without TLS."""
    held = line.getpeercert() if isinstance(line, ssl.SSLSocket | ssl.SSLObject) else None
    if not held or "notAfter" not in held:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(held["notAfter"])), UTC)


def _words(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return (error.strerror or type(error).__name__).lower()

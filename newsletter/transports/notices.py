"""
Ways to the people who answer for a newsletter: a mail, a webhook, a dead man's switch.

None of them is the way that editions take: an ESP that fails cannot silence the news of it.
Addresses are the operator's own, from the settings; redirects are not followed. Every wait has
an end.
"""

import hashlib
import hmac
import json
import smtplib
import ssl
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import urllib3

from newsletter.errors import TemporaryFailure
from newsletter.model import Notice, NoticeKind
from newsletter.settings import NoticeSettings, Settings
from newsletter.transports.headers import one_line

#: Seconds that a relay, or a web server, may take for each of its answers.
PATIENCE = 10.0

#: What says that all is well. A day without an edition is no failure.
_WELL = frozenset({NoticeKind.FINISHED, NoticeKind.SKIPPED})

#: How a secret is written that is in base64 (standardwebhooks.com).
_BASE64 = "whsec_"


class Way(Protocol):
    """Carries a notice. Thread-safe."""

    name: str

    def takes(self, kind: NoticeKind) -> bool:
        """Say whether notices of that kind go this way."""
        ...

    def carry(self, notice: Notice) -> None:
        """Raises TemporaryFailure where it may not have arrived."""
        ...


def open_ways(settings: Settings) -> tuple[Way, ...]:
    """Return the ways that the settings name; without a relay, mails are written to a folder."""
    ours = settings.notices
    folder = settings.outbox.dir / "notices"
    mail: Way = Relayed(ours) if ours.smtp_host else Written(ours, folder)
    ways: list[Way] = [mail]
    if ours.webhook_url:
        ways.append(Webhook(ours.webhook_url, ours.webhook_secret.get_secret_value()))
    if ours.ping_url:
        ways.append(Ping(ours.ping_url))
    return tuple(ways)


# ── Mails ───────────────────────────────────────────────────────────────────────────────────


def compose(notice: Notice, ours: NoticeSettings) -> EmailMessage:
    """Write a notice as a mail of plain text."""
    mail = EmailMessage(policy=SMTP)
    sender = ours.sender or notice.sender
    mail["From"] = sender
    mail["To"] = ", ".join(ours.boxes) or "undisclosed-recipients:;"
    mail["Subject"] = one_line(notice.subject)
    mail["Date"] = format_datetime(notice.at.astimezone(UTC))
    # The same for each try, so that a mailbox shows it once.
    mail["Message-ID"] = f"<{_mark(notice)}@{sender.rpartition('@')[2]}>"
    # RFC 3834, and what Outlook asks for: no answer from somebody who is on holiday.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(notice.text)
    return mail


def _mark(notice: Notice) -> str:
    return hashlib.blake2s(notice.id.encode(), digest_size=16).hexdigest()


class Relayed:
    """By mail, through a relay of its own."""

    name = "mail"

    def __init__(self, settings: NoticeSettings, *, patience: float = PATIENCE) -> None:
        self._settings = settings
        self._patience = patience

    def takes(self, kind: NoticeKind) -> bool:  # noqa: ARG002 - all of them
        return True

    def carry(self, notice: Notice) -> None:
        ours = self._settings
        try:
            with self._relay() as relay:
                if ours.smtp_tls == "starttls":
                    relay.starttls(context=ssl.create_default_context())
                if ours.smtp_username:
                    relay.login(ours.smtp_username, ours.smtp_password.get_secret_value())
                relay.send_message(compose(notice, ours), to_addrs=ours.boxes)
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryFailure(
                f"The relay {ours.smtp_host}:{ours.smtp_port} did not take a notice: {_why(error)}."
            ) from error

    def _relay(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=self._patience, context=context)
        return smtplib.SMTP(host, port, timeout=self._patience)


class Written:
    """Mails that nobody carries: a Maildir beside the readers' one."""

    name = "mail"

    def __init__(self, settings: NoticeSettings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def takes(self, kind: NoticeKind) -> bool:  # noqa: ARG002 - all of them
        return True

    def carry(self, notice: Notice) -> None:
        name = f"{_mark(notice)}.eml"
        try:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._folder / "tmp" / name
            draft.write_bytes(compose(notice, self._settings).as_bytes())
            draft.rename(self._folder / "new" / name)
        except OSError as error:
            raise TemporaryFailure(
                f"The folder {self._folder} does not take a notice: {error.strerror}."
            ) from error


# ── The web ─────────────────────────────────────────────────────────────────────────────────


class Webhook:
    """
    Posts a notice as JSON. Its `text` is what a chat's incoming hook shows.

    Signed as standardwebhooks.com says, so that libraries in any language can verify it.
    """

    name = "webhook"

    def __init__(self, url: str, secret: str = "", *, patience: float = PATIENCE) -> None:
        self._url = url
        self._secret = _key(secret)
        self._patience = patience

    def takes(self, kind: NoticeKind) -> bool:  # noqa: ARG002 - all of them
        return True

    def carry(self, notice: Notice) -> None:
        body = json.dumps(_facts(notice), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers |= sign(self._secret, _mark(notice), datetime.now(UTC), body)
        ask("POST", self._url, body=body, headers=headers, patience=self._patience)


class Ping:
    """Asks for an address when all is well; whoever listens calls when it is not asked for."""

    name = "ping"

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._url = url
        self._patience = patience

    def takes(self, kind: NoticeKind) -> bool:
        return kind in _WELL

    def carry(self, notice: Notice) -> None:
        url = self._url.replace("{newsletter}", quote(notice.edition.newsletter, safe=""))
        ask("GET", url, patience=self._patience)


def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> None:
    """Ask a web server once, and want a 2xx. Raises TemporaryFailure, which names the host."""
    host = urllib3.util.parse_url(url).host
    timeout = urllib3.Timeout(connect=patience, read=patience)
    try:
        # One answer is wanted, and then nothing for an hour: no connection is kept.
        with urllib3.PoolManager(num_pools=1, timeout=timeout, retries=False) as pool:
            answer = pool.request(
                method,
                url,
                body=body,
                headers={"User-Agent": "newsletter", **(headers or {})},
                redirect=False,
                preload_content=False,
            )
            answer.close()
    except urllib3.exceptions.HTTPError as error:
        raise TemporaryFailure(f"{host} did not answer: {_why(error)}.") from error
    if not 200 <= answer.status < 300:
        raise TemporaryFailure(f"{host} answered {answer.status}.")


def sign(secret: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove a body to be ours, and of when it is."""
    moment = str(int(at.timestamp()))
    signed = hmac.digest(secret, f"{id}.{moment}.".encode() + body, "sha256")
    return {
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{b64encode(signed).decode()}",
    }


def _key(secret: str) -> bytes:
    """Read a secret: in base64 behind its mark, else as it stands."""
    if secret.startswith(_BASE64):
        try:
            return b64decode(secret.removeprefix(_BASE64), validate=True)
        except Base64Error:
            pass
    return secret.encode()


def _facts(notice: Notice) -> dict[str, object]:
    return {
        "text": f"{notice.subject}\n\n{notice.text}",
        "kind": notice.kind.value,
        "newsletter": notice.edition.newsletter,
        "edition": str(notice.edition),
        "subject": notice.subject,
        "at": notice.at.astimezone(UTC).isoformat(),
        "facts": dict(notice.facts),
    }


def _why(error: Exception) -> str:
    """Say what went wrong by its kind: words of the other side may hold anything."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    return (error.strerror if isinstance(error, OSError) else "") or type(error).__name__

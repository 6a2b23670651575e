"""
What a relay answers, and what each answer proves.

The table is data, so that it can be read beside RFC 5321 (codes) and RFC 3463 (enhanced codes).
"""

import re
from enum import Enum, StrEnum
from functools import lru_cache
from typing import NamedTuple

#: Characters of a reply that a receipt keeps.
LONGEST_WORDS = 500


class Reply(NamedTuple):
    """One answer: its code, and its lines without codes and line ends."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def enhanced(self) -> str:
        """The code of RFC 3463, such as `5.7.1`, or nothing."""
        found = _ENHANCED.match(self.lines[0])
        return found[0] if found else ""


class Stage(StrEnum):
    """What was asked."""

    GREETING = "greeting"
    HELLO = "hello"
    STARTTLS = "starttls"
    AUTH = "auth"
    RESET = "reset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    #: The dot that ends a mail.
    END = "end"


class Verdict(Enum):
    """What an answer proves, or the lack of one."""

    GO_ON = "go on"
    SUBMITTED = "submitted"
    #: This reader's address or mail is refused for good.
    REFUSED = "refused"
    #: Not accepted now; the connection lives.
    DEFERRED = "deferred"
    #: Not accepted now, and the relay hangs up (421).
    LEAVING = "leaving"
    #: The fault is ours, whoever the reader is: a person must act.
    OURS = "ours"
    #: The line was lost, and nothing can have been accepted.
    LOST = "lost"
    #: The line was lost, or spoke nonsense, when the mail may have been accepted.
    UNKNOWN = "unknown"


_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)")

_OPENING = "greeting|hello|starttls|auth"
_ASKING = "reset|mail|rcpt|data"

#: Stage, code and enhanced code, verdict: the first row that fits, whole, decides.
TABLE: tuple[tuple[str, str, Verdict], ...] = (
    # RFC 5321 section 3.8: the relay may say it to anything, and then closes.
    (r"\w+", r"421 .*", Verdict.LEAVING),
    # What is hoped for.
    (r"greeting|starttls", r"220 .*", Verdict.GO_ON),
    (r"hello|reset|mail", r"250 .*", Verdict.GO_ON),
    (r"auth", r"235 .*", Verdict.GO_ON),
    # 251: it will be forwarded; 252: taken, though the relay cannot look it up.
    (r"rcpt", r"25[012] .*", Verdict.GO_ON),
    (r"data", r"354 .*", Verdict.GO_ON),
    (r"end", r"250 .*", Verdict.SUBMITTED),
    # Not now. The code outranks an enhanced code that says otherwise: Gmail has "421 5.7.32".
    (r"\w+", r"4\d\d .*", Verdict.DEFERRED),
    # Policy and authentication (5.7), content (5.6), a mail too big for the relay (5.3.4).
    (r"\w+", r"5\d\d (5\.[67]\.\d+|5\.3\.4)", Verdict.OURS),
    # Authentication asked for (530), too weak (534), failed (535), needs TLS (538): RFC 4954.
    (r"\w+", r"53[0458] .*", Verdict.OURS),
    # No reader is named before RCPT, so what is refused there is not a reader.
    (rf"{_OPENING}|reset|mail", r"5\d\d .*", Verdict.OURS),
    (r"rcpt|data|end", r"5\d\d .*", Verdict.REFUSED),
    # Anything else is not SMTP. Before the final dot nothing can have been accepted.
    (rf"{_OPENING}|{_ASKING}", r".*", Verdict.LOST),
    (r"end", r".*", Verdict.UNKNOWN),
)

_ROWS = tuple((re.compile(stage), re.compile(code), verdict) for stage, code, verdict in TABLE)


@lru_cache(maxsize=512)
def judge(stage: Stage, reply: Reply) -> Verdict:
    """Say what an answer at a stage proves. Relays repeat themselves."""
    return _judged(stage, f"{reply.code} {reply.enhanced}")


#: Stage, code and enhanced code of an answer that is about the receiving domain: it wants less
#: mail of us, as Gmail's 4.7.28 says (support.google.com/mail/answer/81126). What a relay says
#: of itself (4.3, 4.4), or before a reader is named, is not.
CROWDED: tuple[tuple[str, str], ...] = (
    (r"rcpt|data|end", r"421 "),
    (r"rcpt|data|end", r"4\d\d 4\.7\.\d+"),
)

_CROWDED = tuple((re.compile(stage), re.compile(code)) for stage, code in CROWDED)


def about_domain(stage: Stage, reply: Reply) -> bool:
    """Say whether an answer asks for less mail to the reader's whole domain."""
    code = f"{reply.code} {reply.enhanced}"
    return any(s.fullmatch(stage) and c.fullmatch(code) for s, c in _CROWDED)


@lru_cache(maxsize=512)
def _judged(stage: Stage, code: str) -> Verdict:
    return next(
        verdict
        for stages, codes, verdict in _ROWS
        if stages.fullmatch(stage) and codes.fullmatch(code)
    )


# ── Words for the ledger ────────────────────────────────────────────────────────────────────

_ADDRESS = re.compile(r"<[^<>]*>|[^\s<>()\[\],;:\"']+(?:@|%40)[^\s<>()\[\],;\"']+", re.IGNORECASE)
_MASK = "…"

#: What relays call a mail that they took: Postfix and others; Exim; SES, after its "Ok".
_QUEUED = tuple(
    re.compile(rf"{before}\s*([\w.-]{{4,80}})(?![\w.@-])", re.IGNORECASE | re.ASCII)
    for before in (r"\bqueued as", r"\bid=", r"^ok")
)


def words(reply: Reply, address: str = "") -> str:
    """
    Write an answer for ledger and reports: one printable line, without any address.

    `address` is the reader's: also its local part alone is masked, since relays repeat it.
    """
    return f"{reply.code} {without_addresses(reply.text, address)}".strip()[:LONGEST_WORDS]


def without_addresses(text: str, address: str = "") -> str:
    """Mask every address in a text, and what is not printable; at most 2,000 characters count."""
    text = text[:2000]
    if address:
        local = re.escape(address.partition("@")[0])
        whole = re.escape(address)
        text = re.sub(rf"{whole}|(?<![\w.]){local}(?![\w])", _MASK, text, flags=re.IGNORECASE)
    text = _ADDRESS.sub(_MASK, text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def queue_id(reply: Reply) -> str:
    """Return what the relay calls the mail, or nothing."""
    said = reply.text[:LONGEST_WORDS]
    found = (pattern.search(said) for pattern in _QUEUED)
    return next((match[1] for match in found if match), "")

"""
How fast one reader's mail is made, on one core: `python benches/splice.py`.

The mail is 78 KB on the wire with 80 slots. Beside it stand a plain copy of the same bytes,
which is as fast as a machine can be, and the same mail built with the standard library.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median
from time import perf_counter

from newsletter.model import Call, Envelope, Headers, MergeField, Rendition
from newsletter.settings import Tracking
from newsletter.tracking.tokens import EditionMint, Keyring
from newsletter.transports.message import compile_message
from newsletter.transports.outbox import OutboxTransport

SITE = "https://n.theshiftmaker.com"
LOREM = "Agents learn to wait for their turn – and what that costs. "
CLICK, OPEN, VIEW, DOOR = (field.sentinel for field in MergeField)

HEADERS = Headers(
    sender_name="The ShiftMaker",
    sender_address="desk@news.theshiftmaker.com",
    list_id="daily.news.theshiftmaker.com",
    list_name="The ShiftMaker",
    unsubscribe=f"{SITE}/u/",
    archive=f"{SITE}/archive",
    domain="news.theshiftmaker.com",
    feedback_id="ed20260705r1:all:daily:theshiftmaker",
)


def rendition() -> Rendition:
    """Make an edition of 36 links in HTML and 37 in text, a pixel, and three more links."""
    style = 'style="margin:0;color:#111111;font-family:Georgia,serif"'
    stories = "".join(
        f'<p {style}>{LOREM * 22}</p>\n<a href="{SITE}/c/{CLICK}/{n}">Read on</a>\n'
        for n in range(1, 37)
    )
    text = "".join(f"{LOREM * 5}\n{SITE}/c/{CLICK}/{n}\n\n" for n in range(1, 37))
    foot = f'<a href="{SITE}/v/{VIEW}">View</a> <a href="{SITE}/u/{DOOR}">Leave</a>'
    return Rendition(
        subject="Agents learn to wait",
        preheader="And what it costs",
        html=f'<html><body>{stories}{foot}<img src="{SITE}/o/{OPEN}.gif"></body></html>\n',
        text=f"{text}Leave: {SITE}/u/{DOOR}\n",
    )


def microseconds(work: Callable[[], object], seconds: float = 1.0) -> float:
    """Return the median of many rounds, each of about 20 ms."""
    start = perf_counter()
    work()
    loops = max(1, int(0.02 / (perf_counter() - start)))
    rounds, end = [], perf_counter() + seconds
    while perf_counter() < end:
        start = perf_counter()
        for _ in range(loops):
            work()
        rounds.append((perf_counter() - start) / loops)
    return median(rounds) * 1e6


def built_by_the_library(edition: Rendition, envelope: Envelope) -> bytes:
    """Make the same mail the usual way: values replaced in both parts, then EmailMessage."""
    values = dict(zip((CLICK, OPEN, VIEW, DOOR), envelope.tokens, strict=False))
    text, html = edition.text, edition.html
    for sentinel, token in values.items():
        text, html = text.replace(sentinel, token), html.replace(sentinel, token)
    message = EmailMessage()
    message["From"] = f"{HEADERS.sender_name} <{HEADERS.sender_address}>"
    message["To"] = f"{envelope.name} <{envelope.address}>"
    message["Subject"] = edition.subject
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes(policy=SMTP)


def mails_a_second(folder: Path, edition: Rendition, mint: EditionMint, seconds: float) -> float:
    """Write mails into an outbox, tokens included, calls of 1,000."""
    outbox, written, start = OutboxTransport(folder), 0, perf_counter()
    while (passed := perf_counter() - start) < seconds:
        envelopes = tuple(
            Envelope(n, f"reader{n}@example.com", "Ann Lee", mint.tokens(n + 1))
            for n in range(written, written + 1000)
        )
        at = datetime.now(UTC)
        call = Call(id="c", rendition=edition, headers=HEADERS, envelopes=envelopes, at=at)
        written += sum(1 for _ in outbox.send(call))
    return written / passed


def main() -> None:
    """Print the figures; takes some ten seconds."""
    edition = rendition()
    mint = EditionMint(Keyring(b"a secret for measuring, 32 bytes"), 7, Tracking(), b"x" * 16)
    envelope = Envelope(1, "reader@example.com", "Ann Lee", mint.tokens(5))
    compiled, date = compile_message(edition, HEADERS), b"Sun, 05 Jul 2026 07:00:00 +0530"
    mail = compiled.splice(envelope, date)
    slots = 2 + sum(mail.count(token.encode()) for token in envelope.tokens)  # and To, Date
    view = memoryview(mail)
    figures = {
        "copy of the same bytes": microseconds(lambda: bytes(view)),
        "splice": microseconds(lambda: compiled.splice(envelope, date)),
        "mint five tokens": microseconds(lambda: mint.tokens(123_456_789)),
        "compile, once an edition": microseconds(
            lambda: compile_message.__wrapped__(edition, HEADERS)
        ),
        "EmailMessage": microseconds(lambda: built_by_the_library(edition, envelope)),
    }
    print(f"one mail: {len(mail):,} bytes on the wire, {slots} slots\n")
    for name, each in figures.items():
        print(f"{name:28}{each:12,.1f} µs{1e6 / each:14,.0f} a second")
    print(f"\nsplice is {figures['EmailMessage'] / figures['splice']:,.0f} times EmailMessage")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rate = mails_a_second(Path(folder) / "outbox", edition, mint, 2.0)
    print(f"outbox on this disk: {rate:,.0f} mails a second, tokens included")


if __name__ == "__main__":
    main()

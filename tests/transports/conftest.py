"""An edition's mail to try ways out with."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.model import Call, Envelope, Headers, MergeField, Rendition, Tokens
from newsletter.settings import Tracking
from newsletter.tracking.tokens import EditionMint, Keyring

MINT = EditionMint(Keyring(b"a canary of the newsroom, 32 bytes"), 7, Tracking(), b"monday" * 4)

CLICK, OPEN, VIEW, DOOR = (field.sentinel for field in MergeField)


@pytest.fixture(scope="session")
def headers() -> Headers:
    return Headers(
        sender_name="The ShiftMaker",
        sender_address="desk@news.example.com",
        reply_to="editor@news.example.com",
        list_id="daily.news.example.com",
        list_name="The ShiftMaker",
        unsubscribe="https://n.theshiftmaker.com/u/",
        archive="https://n.theshiftmaker.com/archive",
        help="mailto:editor@news.example.com",
        domain="news.example.com",
        feedback_id="ed20260705r1:all:daily:newsx",
    )


@pytest.fixture(scope="session")
def rendition() -> Rendition:
    site = "https://n.theshiftmaker.com"
    stories = "".join(
        f'<p>Story {n} — नमस्ते, مرحبا 🚀.</p><a href="{site}/c/{CLICK}/{n}">Read</a>\n'
        for n in range(40)
    )
    return Rendition(
        subject="Agents learn to wait",
        preheader="And what it costs them",
        html=f'<html><body>{stories}<img src="{site}/o/{OPEN}.gif" alt="">'
        f'<a href="{site}/v/{VIEW}">View</a> <a href="{site}/u/{DOOR}">Leave</a></body></html>\n',
        text="".join(f"Story {n}\n{site}/c/{CLICK}/{n}\n\n" for n in range(40))
        + f"Leave: {site}/u/{DOOR}\n",
    )


def tokens(subscriber: int) -> Tokens:
    return MINT.tokens(subscriber)


@pytest.fixture(scope="session")
def make_envelope() -> Callable[..., Envelope]:
    def make(delivery: int = 1, address: str = "", name: str = "") -> Envelope:
        return Envelope(
            delivery, address or f"reader{delivery}@example.com", name, tokens(delivery)
        )

    return make


@pytest.fixture(scope="session")
def make_call(
    headers: Headers, rendition: Rendition, make_envelope: Callable[..., Envelope]
) -> Callable[..., Call]:
    def make(*envelopes: Envelope, count: int = 3) -> Call:
        return Call(
            id="call-1",
            rendition=rendition,
            headers=headers,
            envelopes=envelopes or tuple(make_envelope(n) for n in range(1, count + 1)),
            at=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
        )

    return make

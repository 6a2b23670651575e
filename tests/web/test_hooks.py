"""SendGrid's events: taken only when it signed them, and the same in the end however often told."""

import json
import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, text

from newsletter.newsroom import Newsroom
from newsletter.settings import Settings
from newsletter.storage import tables
from tests.transports.sendgrid_stub import KEY as SENDGRID_KEY
from tests.transports.sendgrid_stub import sendgrid_stub
from tests.web.conftest import Site

KEY = generate_private_key(SECP256R1())
ID = "daily/2026-07-05"


def public(key: EllipticCurvePrivateKey) -> str:
    """A key as SendGrid shows it."""
    spelled = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(spelled).decode("ascii")


@pytest.fixture
def esp(settings_of: Callable[..., Settings], tmp_path: Path) -> Iterator[Site]:
    """A site that knows SendGrid's key, with four readers and an edition that went out."""
    settings = settings_of(sendgrid={"webhook_key": public(KEY)})
    site = Site(Newsroom(settings), tmp_path)
    site.start()
    for name in ("ann", "ben", "cleo", "dev"):
        site.reader(f"{name}@example.com")
    site.edition()
    yield site
    site.stop()


def told(delivery: int, event: str, **more: Any) -> dict[str, Any]:
    """An event as SendGrid writes it."""
    return {
        "email": f"r{delivery}@example.com",
        "timestamp": int(time.time()),
        "event": event,
        "sg_event_id": f"{event}-{delivery}",
        "sm_edition": ID,
        "sm_call": "c" * 24,
        "sm_delivery": str(delivery),
        **more,
    }


def post(
    site: Site,
    events: Sequence[dict[str, Any]],
    *,
    key: EllipticCurvePrivateKey = KEY,
    at: float = 0,
    ahead: float = 0,
    tail: bytes = b"",
) -> int:
    """
    Post events as SendGrid does; returns the answer's status. `tail` is added on the way.

    Signed at a moment, or now, by a clock that is so many seconds ahead.
    """
    body = json.dumps(list(events)).encode() + b"\r\n"
    timestamp = str(int((at or time.time()) + ahead))
    signature = key.sign(timestamp.encode() + body, ECDSA(SHA256()))
    answer = httpx.post(
        f"{site.url}/webhooks/sendgrid",
        content=body + tail,
        headers={
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
    )
    return answer.status_code


def states(site: Site) -> list[str]:
    """The state of each delivery, in the order of positions."""
    return [row[0] for row in site.rows("SELECT state FROM deliveries ORDER BY position")]


def everything(site: Site) -> dict[str, Any]:
    """All that events can change."""
    return {
        "events": sorted(map(tuple, site.rows("SELECT external_id, kind, position FROM events"))),
        "states": states(site),
        "suppressions": sorted(map(tuple, site.rows("SELECT key, reason FROM suppressions"))),
        "subscriptions": site.states(),
    }


HARD = {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 No such user"}
ALL = [
    *(told(n, "processed") for n in (1, 2, 3, 4)),
    *(told(n, "delivered") for n in (1, 2, 3)),
    told(2, "bounce", **HARD),
    told(3, "spamreport"),
    told(4, "dropped", reason="Bounced Address"),
    told(1, "unsubscribe"),
    told(1, "a word of tomorrow"),
]


def test_events_move_deliveries_and_keep_away_who_must_not_be_written_to(esp: Site) -> None:
    assert post(esp, ALL) == 200
    assert esp.newsroom.inbox.read_parcels() == 1

    who = {
        row.position: row.key
        for row in esp.rows(
            "SELECT position, key FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
        )
    }
    assert states(esp) == ["delivered", "bounced", "complained", "refused"]
    suppressed = dict(map(tuple, esp.rows("SELECT key, reason FROM suppressions")))
    assert suppressed == {
        who[1]: "unsubscribed",
        who[2]: "bounced",
        who[3]: "complained",
        who[4]: "bounced",
    }
    assert esp.states()[f"{who[1]} daily"] == "unsubscribed"
    assert [
        (row.kind, row.call)
        for row in esp.rows("SELECT kind, call FROM events WHERE kind = 'other'")
    ] == [("other", "c" * 24)]
    counts = esp.newsroom.dispatch.status().counts
    assert (counts.submitted, counts.refused, counts.delivered) == (3, 1, 1)
    assert counts.balanced


def test_however_often_and_in_whatever_order_events_are_told_the_end_is_the_same(
    esp: Site,
) -> None:
    shuffle = random.Random(7)  # noqa: S311 - the same each time
    copies = [event for event in ALL for _ in range(shuffle.randint(1, 46))]
    shuffle.shuffle(copies)
    for first in range(0, len(copies), 17):
        assert post(esp, copies[first : first + 17]) == 200
    esp.newsroom.inbox.read_parcels()
    shuffled = everything(esp)

    assert post(esp, ALL) == 200
    esp.newsroom.inbox.read_parcels()
    assert everything(esp) == shuffled
    assert shuffled["states"] == ["delivered", "bounced", "complained", "refused"]


def test_nothing_of_an_address_is_left_once_events_are_read(esp: Site) -> None:
    post(esp, [told(1, "bounce", **HARD | {"reason": "550 5.1.1 <r1@example.com> unknown"})])
    esp.newsroom.inbox.read_parcels()

    assert esp.rows("SELECT * FROM parcels") == []
    assert not [row for row in esp.rows("SELECT data FROM events") if "r1@example" in str(row)]


@pytest.mark.parametrize(
    "forged",
    [
        {"key": generate_private_key(SECP256R1())},
        {"ahead": -600},
        {"ahead": 600},
        {"tail": b" "},
    ],
    ids=["another key", "too old", "of the future", "changed on the way"],
)
def test_what_sendgrid_did_not_sign_changes_nothing(esp: Site, forged: dict[str, Any]) -> None:
    before = everything(esp)

    assert post(esp, ALL, **forged) == 401
    assert esp.rows("SELECT * FROM parcels") == []
    assert esp.newsroom.inbox.read_parcels() == 0
    assert everything(esp) == before


def test_a_replayed_post_changes_nothing(esp: Site) -> None:
    at = time.time()
    assert post(esp, ALL, at=at) == 200
    esp.newsroom.inbox.read_parcels()
    before = everything(esp)

    assert post(esp, ALL, at=at) == 200
    esp.newsroom.inbox.read_parcels()
    assert everything(esp) == before


def test_two_keys_are_good_while_sendgrid_changes_to_a_new_one(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    new = generate_private_key(SECP256R1())
    settings = settings_of(sendgrid={"webhook_key": f"{public(KEY)},{public(new)}"})
    site = Site(Newsroom(settings), tmp_path)
    site.start()
    assert [post(site, [told(1, "delivered")], key=key) for key in (KEY, new)] == [200, 200]
    site.stop()


def test_without_a_key_there_is_no_such_route(site: Site) -> None:
    assert post(site, ALL) == 404


def test_a_body_that_no_esp_would_post_is_refused(esp: Site) -> None:
    answer = httpx.post(f"{esp.url}/webhooks/sendgrid", content=b"x" * 2_000_001)

    assert answer.status_code == 413


def test_a_signed_post_that_cannot_be_read_is_set_aside_and_holds_nothing_up(esp: Site) -> None:
    esp.newsroom.inbox.keep([("sendgrid", b"{ no JSON")])
    post(esp, [told(1, "delivered")])

    assert esp.newsroom.inbox.read_parcels() == 2
    assert states(esp)[0] == "delivered"
    (row,) = esp.rows("SELECT problem FROM parcels")
    assert row.problem


def test_an_event_settles_whom_nobody_knew_to_be_mailed(esp: Site) -> None:
    with esp.database.begin() as connection:
        connection.execute(
            text(
                "UPDATE deliveries SET state = 'unknown', settled_at = NULL, call = :call"
                " WHERE position < 4"
            ),
            {"call": "c" * 24},
        )
        connection.execute(text("UPDATE editions SET state = 'sending'"))
    post(esp, [told(1, "delivered"), told(2, "dropped", reason="Invalid")])
    esp.newsroom.inbox.read_parcels()

    assert states(esp)[:3] == ["unknown"] * 3
    assert esp.newsroom.returns.settle_doubts() == 2
    assert states(esp)[:3] == ["delivered", "refused", "unknown"]
    # One is told by the whole call alone.
    post(esp, [told(9, "processed", sm_delivery="999")])
    esp.newsroom.inbox.read_parcels()
    assert states(esp)[2] == "unknown"


def test_a_box_that_takes_nothing_in_five_editions_over_a_week_is_given_up(esp: Site) -> None:
    today = datetime.now(UTC)
    days = [(today - timedelta(days=ago)).date() for ago in (9, 7, 5, 3, 1)]
    with esp.database.begin() as connection:
        for number, day in enumerate(days, 90):
            edition_of(connection, number, day)
    reasons = []
    for day in days:
        soft = {"type": "bounce", "status": "4.2.2", "reason": "452 4.2.2 mailbox full"}
        post(esp, [told(1, "bounce", **soft, sm_edition=f"daily/{day}", sg_event_id=f"at-{day}")])
        esp.newsroom.inbox.read_parcels()
        reasons.append([row.reason for row in esp.rows("SELECT reason FROM suppressions")])

    assert reasons == [[], [], [], [], ["bounced"]]


def edition_of(connection: Connection, number: int, day: date) -> None:
    """Write an edition down that went out to the first reader on that day."""
    began = datetime.combine(day, datetime.min.time(), UTC)
    values = {"newsletter_id": 1, "day": day, "revision": 1, "number": number, "state": "sent"}
    row = tables.editions.insert().values(**values, list_id=1, sending_began_at=began)
    key = connection.execute(row.returning(tables.editions.c.id)).scalar_one()
    reader = connection.execute(text("SELECT min(id) FROM subscribers")).scalar_one()
    delivery = {"edition_id": key, "position": 1, "subscriber_id": reader, "state": "submitted"}
    connection.execute(tables.deliveries.insert().values(**delivery))


def test_what_the_webhook_missed_is_read_from_the_lists_each_day(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    created = int(time.time()) - 3600
    with sendgrid_stub() as stub:
        stub.lists["bounces"] = [
            {"created": created, "email": "ann@example.com", "reason": "550 5.1.1 No such user"},
            {"created": created, "email": "stranger@example.com", "reason": "550 5.1.1 Unknown"},
        ]
        stub.lists["blocks"] = [
            {"created": created, "email": "ben@example.com", "reason": "550 5.7.1 Blocked"}
        ]
        stub.lists["spam_reports"] = [{"created": created, "email": "Cleo@Example.com"}]
        stub.lists["unsubscribes"] = [{"created": created, "email": "dev@example.com"}]
        account = {"api_key": SENDGRID_KEY, "host": stub.url}
        site = Site(Newsroom(settings_of(transport="sendgrid", sendgrid=account)), tmp_path)
        for name in ("ann", "ben", "cleo", "dev"):
            site.reader(f"{name}@example.com")
        for _ in range(2):
            assert site.newsroom.inbox.pull_lists() == 5

    suppressed = {row.key: row.reason for row in site.rows("SELECT key, reason FROM suppressions")}
    assert suppressed == {
        "ann@example.com": "bounced",
        "cleo@example.com": "complained",
        "dev@example.com": "unsubscribed",
    }
    assert site.states()["dev@example.com daily"] == "unsubscribed"
    assert len(site.rows("SELECT id FROM events")) == 5
    assert "example.com" not in str(site.rows("SELECT data, external_id FROM events"))
    site.database.close()

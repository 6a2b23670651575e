"""A made-up newsroom in plain rows: written to a database, and counted again by hand."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from newsletter.model import EditionId, MergeField
from newsletter.storage import tables
from newsletter.storage.database import Database

DAY = date(2026, 7, 5)
ID = EditionId("daily", DAY)
ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 7, 6, 20, 15, tzinfo=UTC)
BEGAN = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)

#: The edition of the day has this row; its erased readers have no rows.
KEY = 50
READERS = 90
ERASED = 8

#: By hand: who keeps the boxes of a domain.
OPERATORS = {
    "gmail.com": "Gmail",
    "googlemail.com": "Gmail",
    "yahoo.com": "Yahoo",
    "yahoo.co.in": "Yahoo",
    "yahoo.fr": "Yahoo",
    "yahoo.com.br": "Yahoo",
    "ymail.com": "Yahoo",
    "aol.com": "Yahoo",
    "yahoo.co.jp": "Other",
    "outlook.com": "Microsoft",
    "hotmail.co.uk": "Microsoft",
    "live.in": "Microsoft",
    "msn.com": "Microsoft",
    "icloud.com": "Apple",
    "me.com": "Apple",
    "gmail.com.evil.example": "Other",
    "notgmail.com": "Other",
    "yahoo.evil.example": "Other",
    "company.example": "Other",
}

#: Number, role, article, and what readers see of it in `mail`.
LINKS = (
    (1, "lead", "a1", "The lead, with emphasis"),
    (2, "body", "a1", "a source"),
    (3, "share", "a1", "Share on X"),
    (4, "story", "a2", "Story & two"),
    (5, "reel", "a3", "Watch: three"),
    (6, "sponsor", "", "Go there"),
    (7, "reference", "a1", "https://to.example/7"),
)

#: Its last word on link 4 stands; those of other editions mean nothing here.
CHANGES = (
    (KEY, 4, "https://wrong.example"),
    (KEY, 4, "https://anew.example"),
    (41, 6, "https://x"),
)

CARRIED = (("a1", True), ("a2", True), ("a3", True), ("a4", True), ("left-out", False))

Row = dict[str, Any]
World = dict[str, list[Row]]


def mail() -> str:
    """What was mailed: a link's picture before its words, a button after its title."""

    def href(number: int) -> str:
        return f'href="https://news.example/c/{MergeField.CLICK.sentinel}/{number}"'

    return f"""<!DOCTYPE html><html><body>
    <a {href(1)}><img src="x" alt="A picture"></a>
    <h1><a {href(1)}>The lead,
        with <b>emphasis</b><!-- and a comment --></a></h1>
    <a {href(1)}>Read on</a> <a {href(2)}>a source</a> <a {href(3)}>Share on X</a>
    <a {href(4)}>Story &amp; two</a>
    <a {href(5)}><img src="x" alt="Watch:  three"></a> <a {href(6)}>Go there</a>
    <a href="https://news.example/u/{MergeField.DOOR.sentinel}">Leave</a>
    </body></html>"""


def make(seed: int, mode: str = "pseudonymous") -> World:
    """Make up rows: the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    rows: World = {
        "newsletters": [{"id": 1, "name": "daily"}, {"id": 2, "name": "weekly"}],
        "lists": [
            {"id": 1, "name": "daily", "created_at": BEGAN},
            {"id": 2, "name": "weekly", "created_at": BEGAN},
        ],
        "editions": [_edition(KEY, 1, DAY, mode=mode), *_other_editions(mode)],
        "links": [],
        "link_changes": [
            {"id": n, "edition_id": key, "number": number, "url": url, "at": BEGAN}
            for n, (key, number, url) in enumerate(CHANGES, 1)
        ],
        "edition_articles": [],
        "consents": [_consent(n, chance) for n in range(1, 6)],
        "subscribers": [_subscriber(n, chance) for n in range(1, READERS + 1)],
    }
    for edition in rows["editions"]:
        rows["links"] += _links(edition["id"])
        rows["edition_articles"] += _articles(edition["id"])
    rows["subscriptions"] = [_subscription(n, chance) for n in range(1, READERS + 1)]
    rows["subscriptions"] += [
        {**_subscription(n, chance), "list_id": 2} for n in range(1, READERS, 3)
    ]
    rows["suppressions"] = _suppressions(rows["subscribers"], chance)
    rows["deliveries"] = [
        _delivery(edition["id"], n, chance)
        for edition in rows["editions"]
        for n in range(1, (READERS + ERASED if edition["id"] == KEY else 12) + 1)
        if edition["id"] != 44
    ]
    # One of the past had nothing accepted.
    for row in rows["deliveries"]:
        if row["edition_id"] == 43:
            row.update(state="refused", reply="no")
    keys = [edition["id"] for edition in rows["editions"]]
    rows["events"] = [_event(n, chance, keys, mode) for n in range(1, 3_001)]
    chance.shuffle(rows["events"])
    return rows


def _edition(
    key: int, newsletter: int, day: date, *, revision: int = 1, mode: str = "pseudonymous"
) -> Row:
    return {
        "id": key,
        "newsletter_id": newsletter,
        "day": day,
        "revision": revision,
        "number": key,
        "state": "sent",
        "timezone": str(ZONE),
        "subject": "The lead" if key == KEY else "Another",
        "html": mail(),
        "headers": {"list_name": "The ShiftMaker"},
        "tracking": {"clicks": mode, "opens": "pseudonymous"},
        "list_id": 1,
        "sending_began_at": BEGAN,
        "finished_at": BEGAN + timedelta(minutes=9),
    }


def _other_editions(mode: str) -> list[Row]:
    """Nine of the past, a correction, one of another newsletter, one of tomorrow."""
    past = [_edition(40 + n, 1, DAY - timedelta(days=n), mode=mode) for n in range(1, 10)]
    return [
        *past,
        _edition(60, 1, DAY - timedelta(days=1), revision=2),
        _edition(61, 2, DAY - timedelta(days=1)),
        _edition(62, 1, DAY + timedelta(days=1)),
    ]


def _links(key: int) -> list[Row]:
    return [
        {
            "edition_id": key,
            "number": number,
            "url": f"https://to.example/{number}",
            "role": role,
            "article": article,
        }
        for number, role, article, _ in LINKS
    ]


def _articles(key: int) -> list[Row]:
    # One of the past had two stories only, so its third place says nothing.
    carried = CARRIED[:2] if key == 42 else CARRIED
    return [
        {
            "edition_id": key,
            "position": position,
            "key": f"example/{key}/{article}",
            "article": article,
            "day": DAY,
            "fingerprint": "f",
            "included": included,
            "reason": "",
        }
        for position, (article, included) in enumerate(carried, 1)
    ]


def _moment(chance: random.Random, days: int) -> datetime:
    return NOW - timedelta(seconds=chance.randrange(days * 86_400), microseconds=1)


def _consent(n: int, chance: random.Random) -> Row:
    texts = ("list_name", "source", "message_id", "method", "note", "previous")
    made = {"id": n, "at": _moment(chance, 60), "event": "imported", "hash": f"{n}"}
    return made | dict.fromkeys(texts, "")


def _subscriber(n: int, chance: random.Random) -> Row:
    key = f"reader{n}@{chance.choice(list(OPERATORS))}"
    return {"id": n, "public_id": 1000 + n, "address": key, "key": key, "created_at": BEGAN}


def _subscription(n: int, chance: random.Random) -> Row:
    consent = chance.choice([None, *range(1, 6)])
    return {
        "list_id": 1,
        "subscriber_id": n,
        "state": chance.choice(["active"] * 6 + ["unsubscribed"] * 2 + ["pending"]),
        "since": _moment(chance, 45),
        "joined": chance.choice([None, _moment(chance, 45), _moment(chance, 45)]),
        "consent_id": consent,
    }


def _suppressions(subscribers: list[Row], chance: random.Random) -> list[Row]:
    made = [
        {"key": row["key"], "list_id": list_id, "at": _moment(chance, 45)}
        for row in subscribers
        for list_id in (None, 1, 2)
        if chance.random() < 0.1
    ]
    made.append({"key": "fingerprint:abc", "list_id": None, "at": _moment(chance, 20)})
    reasons = ("bounced", "complained", "unsubscribed")
    return [{**row, "id": n, "reason": chance.choice(reasons)} for n, row in enumerate(made, 1)]


def _delivery(key: int, position: int, chance: random.Random) -> Row:
    states = ["submitted", "refused", "unknown", "skipped", "planned", "deferred", *["bounced"] * 3]
    state = chance.choice([*states, "delivered", "delivered", "delivered", "complained"])
    row: Row = dict.fromkeys(("reason", "reply", "settled_at"))
    row |= {"edition_id": key, "position": position, "subscriber_id": position, "state": state}
    if state not in {"planned", "deferred", "unknown"}:
        row["settled_at"] = BEGAN + timedelta(seconds=chance.randrange(3_600))
    if state == "skipped":
        row["reason"] = chance.choice(["suppressed", "suppressed", "paused"])
    if state == "refused":
        row["reply"] = chance.choice([None, "550 no such user", "554 not here"])
    return row


_NAMES = ("edition_id", "position", "link", "reader", "verdict", "rule")


def _event(n: int, chance: random.Random, keys: list[int], mode: str) -> Row:
    kinds = ["clicked"] * 5 + ["opened"] * 3 + ["unsubscribed", "bounced", "delivered", "other"]
    kind = chance.choice(kinds)
    row: Row = dict.fromkeys(_NAMES)
    row |= {"id": n, "kind": kind, "at": _moment(chance, 2), "external_id": f"x:{n}", "data": {}}
    row["edition_id"] = chance.choice([KEY] * 2 + keys)
    if kind in {"clicked", "opened"} and chance.random() < 0.9:
        row["verdict"] = chance.choice(["person"] * 3 + ["probable", "certain"])
        row["reader"] = 0 if mode == "aggregate" else chance.choice([0, *range(2**40, 2**40 + 60)])
        row["link"] = chance.randrange(1, 9) if kind == "clicked" else None
    elif chance.random() < 0.8:
        row["position"] = chance.randrange(1, 41)
    if kind == "bounced":
        row["data"] = chance.choice(BOUNCES)
        # The latest counts, and of two at one moment the one that was written last.
        row["at"] = row["at"].replace(minute=0, second=0, microsecond=0)
    return row


BOUNCES: tuple[Row, ...] = (
    {"class": "hard", "reason": "user unknown", "status": "5.1.1", "words": "550 unknown"},
    {"class": "hard", "reason": "user unknown", "status": "5.1.10", "words": "550 who?"},
    {"class": "soft", "reason": "mailbox full", "words": "452 full"},
    {"class": "ours", "reason": "blocked", "status": "5.7.1"},
    {"class": "ours", "status": "5.7.26"},
    {},
)


def write(database: Database, rows: World) -> None:
    """Put a world into an empty database."""
    with database.begin() as connection:
        for name in _ORDER:
            connection.execute(insert(getattr(tables, name)), rows[name])


_ORDER = (
    "newsletters",
    "lists",
    "editions",
    "links",
    "link_changes",
    "edition_articles",
    "consents",
    "subscribers",
    "subscriptions",
    "suppressions",
    "deliveries",
    "events",
)

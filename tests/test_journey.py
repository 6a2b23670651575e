"""One article out: from a Markdown file to a reader's mail, and every link back to its story."""

import email
import re
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.model import MergeField
from newsletter.settings import Settings
from newsletter.storage.database import Database
from newsletter.storage.tables import links
from newsletter.tracking.tokens import Keyring, Purpose, Token, TokenType

SITE = "http://127.0.0.1:8000"


@pytest.fixture
def raw(desk: Path, story: Callable[..., Path], newsletter: Any) -> bytes:
    """The bytes of the mail that the one reader got."""
    story("bridge", title="Bridge reopens", published="2026-07-05T06:30+05:30")
    assert newsletter("send", "--date", "2026-07-05", "--yes").code == 0
    (file,) = (desk / "var/outbox/new").iterdir()
    return file.read_bytes()


@pytest.fixture
def mail(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=policy.default)


def read(purpose: Purpose, token: str) -> Token:
    return Keyring(Settings.load().signing_secret).read(purpose, token)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def test_the_story_stands_in_both_parts(mail: EmailMessage) -> None:
    assert mail["Subject"] == "Bridge reopens"
    assert mail["To"] == "Ann <ann@example.com>"
    for kind in ("html", "plain"):
        assert "Bridge reopens" in body(mail, kind)
        assert "What is new in a sentence." in body(mail, kind)


def test_no_merge_field_is_left_in_place(raw: bytes) -> None:
    assert not any(field.sentinel.encode() in raw for field in MergeField)


def test_every_counted_link_leads_where_the_editions_table_says(
    mail: EmailMessage, desk: Path
) -> None:
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    with database.read() as connection:
        table = {row.number: row.url for row in connection.execute(select(links))}
    database.close()
    found = [
        re.findall(rf"{SITE}/c/([\w-]{{28}})/(\d+)", body(mail, kind)) for kind in ("html", "plain")
    ]

    for numbers in found:
        assert {int(number) for _, number in numbers} <= set(table)
        assert {token for token, _ in numbers} == {found[0][0][0]}
    assert {int(number) for _, number in found[0]} == set(table)
    assert "https://theshiftmaker.example/2026-07-05-bridge-reopens" in table.values()
    assert not any(SITE in url for url in table.values())


def test_each_token_opens_one_thing_for_one_reader(mail: EmailMessage) -> None:
    html = body(mail, "html")
    shown = {
        Purpose.CLICK: re.findall(rf"{SITE}/c/([\w-]+)/", html)[0],
        Purpose.OPEN: re.findall(rf"{SITE}/o/([\w-]+)\.gif", html)[0],
        Purpose.VIEW: re.findall(rf"{SITE}/v/([\w-]+)", html)[0],
        Purpose.DOOR: re.findall(rf"{SITE}/u/([\w-]+)", html)[0],
    }

    for purpose, token in shown.items():
        assert (read(purpose, token).type, read(purpose, token).number) == (TokenType.EDITION, 1)
    # Only the way out names the reader; what is counted bears a pseudonym.
    names = {purpose: read(purpose, token).subscriber for purpose, token in shown.items()}
    assert names[Purpose.CLICK] == names[Purpose.OPEN]
    assert names[Purpose.CLICK] != names[Purpose.DOOR]


def test_the_headers_make_leaving_one_press(raw: bytes) -> None:
    head = raw.split(b"\r\n\r\n")[0].decode("ascii")
    (leave,) = re.findall(r"^List-Unsubscribe: <(\S+)>$", head.replace("\r", ""), re.MULTILINE)

    assert leave.startswith(f"{SITE}/u/")
    assert read(Purpose.DOOR, leave.rpartition("/")[2])
    assert head.count("List-Unsubscribe-Post: List-Unsubscribe=One-Click") == 1
    assert 'List-Id: "The ShiftMaker" <daily.theshiftmaker.example>' in head
    assert re.search(r"^Message-ID: <[\w-]{28}@theshiftmaker\.example>", head, re.MULTILINE)


def test_sharing_hands_on_the_public_address_and_no_token(desk: Path, raw: bytes) -> None:
    assert raw
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    with database.read() as connection:
        query = select(links.c.url).where(links.c.role == "share")
        shared = list(connection.execute(query).scalars())
    database.close()

    assert len(shared) == 2
    for url in shared:
        assert "theshiftmaker.example%2F2026-07-05-bridge-reopens" in url
        assert not re.search(r"[\w-]{28}/\d", url)

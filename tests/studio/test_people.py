"""As whom: what one reader's copy says, and that looking at it can do them no harm."""

import re
from pathlib import Path

import pytest

from newsletter.model import SuppressionReason
from newsletter.studio.people import PERSONAS, copy_for, find
from newsletter.tracking.tokens import Purpose, TokenType
from tests.studio.conftest import Room


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.word)
def test_every_copy_has_as_many_bytes_of_html_as_preflight_counts(
    room: Room, persona: object
) -> None:
    copy = copy_for(persona, room.draft, room.newsroom)  # type: ignore[arg-type]

    assert copy.size == len(room.draft.rendition.html.encode())
    assert copy.barred == ()


def test_the_longest_name_makes_the_largest_mail(room: Room) -> None:
    sizes = {one.word: len(copy_for(one, room.draft, room.newsroom).mail) for one in PERSONAS}

    assert max(sizes, key=lambda word: sizes[word]) == "longest"


def test_no_token_on_the_page_opens_a_readers_door(room: Room) -> None:
    room.newsroom.circulation.add("ann@example.com", "daily", name="Ann", again=False)
    copy = copy_for(find("ann@example.com", room.newsroom), room.draft, room.newsroom)
    tokens = set(re.findall(r"/(?:u|preferences)/([\w-]{28})", copy.html))

    assert tokens
    for token in tokens:
        read = room.newsroom._house.keyring.read(Purpose.DOOR, token)
        assert read.type is TokenType.PROOF


def test_a_reader_is_found_by_the_start_of_an_address(room: Room) -> None:
    for name in ("ann@example.com", "anna@example.com", "ben@example.com", "a_n@example.com"):
        room.newsroom.circulation.add(name, "daily", name="", again=False)
    with room.client() as client:

        def found(start: str) -> list[str]:
            page = client.post("/readers", data={"start": start}).text
            return re.findall(r'value="([^"]*)"', page)

        assert found("ann") == ["ann@example.com", "anna@example.com"]
        assert found("ANN") == ["ann@example.com", "anna@example.com"]
        assert found("an") == []
        assert found("a%n") == found("a_nn") == found("' OR 1=1 --") == []


def test_a_reader_who_would_get_nothing_is_told(room: Room) -> None:
    circulation = room.newsroom.circulation
    circulation.add("ann@example.com", "daily", name="Ann", again=False)
    circulation.add("ben@example.com", "daily", name="", again=False)
    circulation.suppress("ben@example.com", SuppressionReason.COMPLAINED)

    def barred(address: str) -> str:
        person = find(address, room.newsroom)
        return " ".join(copy_for(person, room.draft, room.newsroom).barred)

    assert barred("ann@example.com") == ""
    assert "Suppressed: complained." in barred("ben@example.com")
    assert barred("nobody@example.com") == "This address is on no list of ours."


@pytest.mark.parametrize("who", ["no address", "a@b", "x" * 300 + "@example.com", "<b>@x.y\n"])
def test_what_is_no_address_is_said_and_escaped(room: Room, who: str) -> None:
    with room.client() as client:
        for path in ("/reader", "/source/390-mime"):
            answer = client.post(path, data={"who": who})
            assert answer.status_code == 200
            assert 'role="alert"' in answer.text
            assert "<b>" not in answer.text


def test_who_was_looked_at_is_stored_nowhere(room: Room) -> None:
    with room.client() as client:
        client.post("/reader", data={"who": "canary.reader@example.com"})
        client.post("/source/390-mime", data={"who": "canary.reader@example.com"})
        pages = client.get("/").text + client.get("/editions").text

    assert "canary.reader" not in pages
    for file in room.folder.rglob("*"):
        assert not file.is_file() or b"canary.reader" not in Path(file).read_bytes()


def test_a_hostile_name_stays_a_name(room: Room) -> None:
    name = '"><img src=x onerror=alert(1)>\r\nBcc: evil@example.com'
    room.newsroom.circulation.add("eve@example.com", "daily", name=name, again=False)
    with room.client() as client:
        page = client.post("/reader", data={"who": "eve@example.com"}).text
        mail = client.post("/source/390-mime", data={"who": "eve@example.com"}).text

    assert "<img" not in page + mail
    assert not re.search(r"^Bcc:", mail, re.MULTILINE)

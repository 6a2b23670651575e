"""A bounce leads to a reader only by a token of ours; what follows from it."""

import re
from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.model import BounceClass, EventKind
from newsletter.settings import Tracking
from newsletter.tracking.bounces import Failure, Kind, Returned
from newsletter.tracking.proof import events_of, proven
from newsletter.tracking.tokens import DO_NOT_COUNT, EditionMint, Keyring, Purpose, TokenType
from newsletter.tracking.verp import read_return_path, return_path

BASE = "bounces@news.example.com"
KEYRING = Keyring(b"a canary of the newsroom, 32 bytes or more")
NOON = datetime(2026, 7, 6, 12, tzinfo=UTC)

readers = st.integers(1, DO_NOT_COUNT - 1)


def minted(subscriber: int = 42, number: int = 7, purpose: Purpose = Purpose.VERP) -> str:
    return KEYRING.mint(purpose, TokenType.EDITION, number, subscriber)


def returned(**fields: object) -> Returned:
    ordinary: dict[str, object] = {"id": "1", "kind": Kind.BOUNCE, "at": NOON}
    return Returned(**(ordinary | fields))  # type: ignore[arg-type]


def failed(bounce: BounceClass, **fields: object) -> Failure:
    ordinary: dict[str, object] = {"address": "ann@example.org", "bounce": bounce}
    return Failure(**(ordinary | fields))  # type: ignore[arg-type]


@given(readers, st.integers(0, 65_535))
def test_a_return_path_survives_lower_case(subscriber: int, number: int) -> None:
    token = minted(subscriber, number)

    address = return_path(BASE, token)

    assert re.fullmatch(r"bounces\+[a-z2-7]{34}@news\.example\.com", address)
    assert read_return_path(address, BASE) == token
    assert read_return_path(address.upper(), BASE) == token


@given(st.text(max_size=80))
def test_any_other_address_has_no_token(local: str) -> None:
    assert read_return_path(f"{local}@news.example.com", BASE) is None
    assert read_return_path(f"bounces+{local}@news.example.com", BASE) is None


def test_a_token_has_one_spelling() -> None:
    """The last character holds two bits too many, which nobody may turn."""
    address = return_path(BASE, minted())
    last = address[len("bounces+") + 33]
    others = [c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != last]

    assert [
        c
        for c in others
        if (read := read_return_path(address.replace(f"{last}@", f"{c}@"), BASE)) is not None
        and proven(returned(came_to=(address.replace(f"{last}@", f"{c}@"),)), KEYRING, BASE)
        and read == minted()
    ] == []


def test_a_return_path_fits_into_a_local_part() -> None:
    longest = "b" * 29
    assert len(return_path(f"{longest}@n.example", minted()).partition("@")[0]) == 64

    with pytest.raises(SettingsError, match="too long a name"):
        return_path(f"{longest}b@n.example", minted())
    with pytest.raises(SettingsError, match="not an address"):
        return_path("bounces", minted())


@given(readers)
def test_an_edition_mints_the_token_of_a_return_path(subscriber: int) -> None:
    mint = EditionMint(KEYRING, 7, Tracking(), None)

    assert mint.return_token(subscriber) == minted(subscriber)


def test_nobody_has_no_return_path() -> None:
    for nobody in (0, DO_NOT_COUNT):
        with pytest.raises(ValueError, match="public id"):
            EditionMint(KEYRING, 7, Tracking(), None).return_token(nobody)


def test_a_bounce_is_proven_by_its_return_path() -> None:
    mail = returned(came_to=("other@example.com", return_path(BASE, minted(42, 7))))

    token = proven(mail, KEYRING, BASE)

    assert token is not None
    assert (token.subscriber, token.number) == (42, 7)


def test_a_bounce_is_proven_by_the_message_id_of_the_copy() -> None:
    mail = returned(original=f"{minted(43, purpose=Purpose.MESSAGE_ID)}@news.example.com")

    token = proven(mail, KEYRING, BASE)

    assert token is not None
    assert token.subscriber == 43


def test_the_return_path_outranks_the_message_id() -> None:
    mail = returned(
        came_to=(return_path(BASE, minted(42)),),
        original=f"{minted(43, purpose=Purpose.MESSAGE_ID)}@news.example.com",
    )

    token = proven(mail, KEYRING, BASE)

    assert token is not None
    assert token.subscriber == 42


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.VERP])
def test_a_token_for_anything_else_proves_no_bounce(purpose: Purpose) -> None:
    """A click token stands in logs and in forwarded mail."""
    assert (
        proven(returned(came_to=(return_path(BASE, minted(purpose=purpose)),)), KEYRING, BASE)
        is None
    )


def test_every_bit_of_a_fake_leads_to_nobody() -> None:
    address = return_path(BASE, minted())
    spelled = address[len("bounces+") :].partition("@")[0]
    for place, letter in enumerate(spelled):
        for other in "abcdefghijklmnopqrstuvwxyz234567":
            fake = f"bounces+{spelled[:place]}{other}{spelled[place + 1 :]}@news.example.com"
            if other != letter:
                assert proven(returned(came_to=(fake,)), KEYRING, BASE) is None


def test_a_guess_leads_to_nobody() -> None:
    guess = b32encode(bytes(21)).decode().rstrip("=").lower()

    assert proven(returned(came_to=(f"bounces+{guess}@news.example.com",)), KEYRING, BASE) is None
    assert proven(returned(original="anything@news.example.com"), KEYRING, BASE) is None


def test_who_writes_to_the_door_to_leave_is_proven() -> None:
    door = return_path(BASE, minted(purpose=Purpose.DOOR))

    assert proven(returned(kind=Kind.LEAVE, came_to=(door,)), KEYRING, BASE) is not None


def events(
    mail: Returned, seen: datetime = NOON + timedelta(hours=1)
) -> list[tuple[int, EventKind]]:
    token = KEYRING.read(Purpose.VERP, minted(42, 7))
    return [(number, event.kind) for number, event in events_of(mail, token, seen)]


@pytest.mark.parametrize(
    ("kind", "followed"),
    [
        (Kind.COMPLAINT, [(7, EventKind.COMPLAINED)]),
        (Kind.LEAVE, [(7, EventKind.UNSUBSCRIBED)]),
        (Kind.AUTO_REPLY, [(7, EventKind.OTHER)]),
        (Kind.REPLY, [(7, EventKind.OTHER)]),
        (Kind.OTHER, []),
    ],
)
def test_each_kind_has_its_consequence(kind: Kind, followed: list[tuple[int, EventKind]]) -> None:
    assert events(returned(kind=kind)) == followed


def test_a_bounce_becomes_an_event_of_its_reader() -> None:
    failure = failed(BounceClass.HARD, status="5.1.1", reason="user unknown", words="no such user")
    token = KEYRING.read(Purpose.VERP, minted(42, 7))

    ((number, event),) = events_of(returned(failures=(failure,)), token, NOON)

    assert number == 7
    assert (event.kind, event.reader, event.bounce) == (EventKind.BOUNCED, 42, BounceClass.HARD)
    assert (event.id, event.status, event.reason) == ("mail:1:0", "5.1.1", "user unknown")
    assert event.edition == ""


def test_of_several_failures_the_mildest_counts() -> None:
    """One dead address behind a reader's alias does not make the reader's a dead one."""
    token = KEYRING.read(Purpose.VERP, minted())
    mail = returned(failures=(failed(BounceClass.HARD), failed(BounceClass.SOFT)))

    ((_, event),) = events_of(mail, token, NOON)

    assert event.bounce is BounceClass.SOFT


def test_a_delay_is_a_deferral_without_a_bounce() -> None:
    token = KEYRING.read(Purpose.VERP, minted())
    mail = returned(kind=Kind.DELAYED, delays=(failed(BounceClass.SOFT, reason="unreachable"),))

    ((_, event),) = events_of(mail, token, NOON)

    assert (event.kind, event.bounce, event.reason) == (EventKind.DEFERRED, None, "unreachable")


@pytest.mark.parametrize("at", [None, NOON + timedelta(days=400)])
def test_no_event_is_dated_after_it_was_seen(at: datetime | None) -> None:
    token = KEYRING.read(Purpose.VERP, minted())

    ((_, event),) = events_of(returned(kind=Kind.COMPLAINT, at=at), token, NOON)

    assert event.at == NOON

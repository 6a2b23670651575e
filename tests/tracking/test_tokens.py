"""What a token gives away, to whom, and what is refused."""

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidToken
from newsletter.model import TOKEN_LENGTH
from newsletter.settings import Tracking
from newsletter.tracking.tokens import (
    AGGREGATE,
    DO_NOT_COUNT,
    EditionMint,
    Keyring,
    Purpose,
    Token,
    TokenType,
    pseudonym,
)

SECRET = b"a secret of the newsroom, 32 bytes or more"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

purposes = st.sampled_from(Purpose)
types = st.sampled_from(TokenType)
numbers = st.integers(0, 2**16 - 1)
subscribers = st.integers(0, DO_NOT_COUNT)
readers = st.integers(1, DO_NOT_COUNT - 1)


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    return Keyring(SECRET)


@given(purposes, types, numbers, subscribers)
def test_what_is_minted_is_read_back(p: Purpose, t: TokenType, n: int, s: int) -> None:
    keyring = Keyring(SECRET)
    token = keyring.mint(p, t, n, s)
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", token)
    assert len(token) == TOKEN_LENGTH
    assert keyring.read(p, token) == Token(t, 0, n, s)


def test_a_token_is_laid_out_as_documented(keyring: Keyring) -> None:
    token = keyring.mint(Purpose.DOOR, TokenType.LIST, 0x0102, 0x030405060708)
    raw = a2b_base64(token.replace("-", "+").replace("_", "/"))
    assert raw[:9].hex() == "200102030405060708"
    assert len(raw) == 21


def test_a_token_of_today_is_spelled_as_it_always_was(keyring: Keyring) -> None:
    """Links in inboxes live for years: neither layout nor derivation may drift."""
    token = keyring.mint(Purpose.DOOR, TokenType.EDITION, 7, 1)
    assert token == "EAAHAAAAAAABoFgDV4Y4Wl-sEKtB"


@given(readers, st.integers(0, 21 * 8 - 1))
def test_every_flipped_bit_is_refused(subscriber: int, bit: int) -> None:
    keyring = Keyring(SECRET)
    token = keyring.mint(Purpose.CLICK, TokenType.EDITION, 7, subscriber)
    place, shift = divmod(bit, 6)
    changed = ALPHABET[ALPHABET.index(token[place]) ^ (1 << shift)]
    with pytest.raises(InvalidToken):
        keyring.read(Purpose.CLICK, token[:place] + changed + token[place + 1 :])


def test_no_purpose_opens_what_another_does(keyring: Keyring) -> None:
    for mine, other in combinations(Purpose, 2):
        token = keyring.mint(mine, TokenType.EDITION, 7, 42)
        with pytest.raises(InvalidToken):
            keyring.read(other, token)


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        "A" * 27,
        "A" * 29,
        "A" * 28,
        "A" * 28 + "\n",
        "A" * 27 + "=",
        "A" * 27 + "+",
        "A" * 27 + "/",
        "A" * 27 + " ",
        "A" * 27 + "é",
        "A" * 27 + "\N{ARABIC-INDIC DIGIT ONE}",
        "\0" * 28,
        "A" * 100_000,
    ],
)
def test_any_other_spelling_is_refused(keyring: Keyring, spelling: str) -> None:
    with pytest.raises(InvalidToken, match="do not know this link"):
        keyring.read(Purpose.CLICK, spelling)


@given(st.text(max_size=40))
def test_garbage_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(InvalidToken):
        Keyring(SECRET).read(Purpose.DOOR, text)


def test_a_type_that_does_not_exist_is_refused_though_signed(keyring: Keyring) -> None:
    body = bytes([0xF0]) + bytes(8)
    raw = body + keyring.tag(Purpose.DOOR, body).digest()
    with pytest.raises(InvalidToken):
        keyring.read(Purpose.DOOR, urlsafe_b64encode(raw).decode())


def test_an_old_key_still_opens_the_door_after_three_rotations() -> None:
    secrets = [bytes([65 + n]) * 32 for n in range(4)]
    token = Keyring(secrets[0]).mint(Purpose.DOOR, TokenType.EDITION, 7, 42)
    today = Keyring(secrets[3], key=3, old=dict(enumerate(secrets[:3])))
    assert today.read(Purpose.DOOR, token) == Token(TokenType.EDITION, 0, 7, 42)
    fresh = today.mint(Purpose.DOOR, TokenType.EDITION, 8, 42)
    assert today.read(Purpose.DOOR, fresh).key == 3


def test_a_key_that_is_gone_opens_nothing() -> None:
    token = Keyring(SECRET, key=1).mint(Purpose.DOOR, TokenType.EDITION, 7, 42)
    with pytest.raises(InvalidToken):
        Keyring(SECRET, key=2).read(Purpose.DOOR, token)


def test_one_secret_under_two_key_ids_is_two_keys() -> None:
    first, second = Keyring(SECRET, key=0), Keyring(SECRET, key=1)
    same = b"the same bytes"
    assert first.tag(Purpose.DOOR, same).digest() != second.tag(Purpose.DOOR, same).digest()


def test_another_secret_reads_nothing(keyring: Keyring) -> None:
    token = keyring.mint(Purpose.DOOR, TokenType.EDITION, 7, 42)
    with pytest.raises(InvalidToken):
        Keyring(SECRET + b"!").read(Purpose.DOOR, token)


@pytest.mark.parametrize("key", [-1, 16])
def test_a_key_id_has_four_bits(key: int) -> None:
    with pytest.raises(ValueError, match="0 to 15"):
        Keyring(SECRET, key=key)


@pytest.mark.parametrize(("number", "subscriber"), [(2**16, 1), (-1, 1), (1, 2**48), (1, -1)])
def test_fields_that_do_not_fit_are_never_cut(
    keyring: Keyring, number: int, subscriber: int
) -> None:
    with pytest.raises(OverflowError):
        keyring.mint(Purpose.CLICK, TokenType.EDITION, number, subscriber)


# ── Pseudonyms ──────────────────────────────────────────────────────────────────────────────


@given(st.binary(min_size=16, max_size=64), subscribers)
def test_a_pseudonym_is_steady_and_never_a_reserved_number(secret: bytes, s: int) -> None:
    alias = pseudonym(secret, s)
    assert alias == pseudonym(secret, s)
    assert AGGREGATE < alias < DO_NOT_COUNT


def test_a_pseudonym_means_nothing_in_another_edition() -> None:
    assert pseudonym(b"monday" * 4, 42) != pseudonym(b"tuesday" * 4, 42)
    assert len({pseudonym(b"monday" * 4, n) for n in range(10_000)}) == 10_000


# ── An edition's mint ───────────────────────────────────────────────────────────────────────

MODES = ("off", "aggregate", "pseudonymous", "individual")


def expected(mode: str, secret: bytes | None, reader: int) -> int:
    if mode == "individual":
        return reader
    return pseudonym(secret, reader) if mode == "pseudonymous" and secret else AGGREGATE


@pytest.mark.parametrize("clicks", MODES)
@pytest.mark.parametrize("opens", MODES)
@pytest.mark.parametrize("secret", [None, b"of this edition alone"])
def test_tracking_decides_who_is_in_a_token(
    keyring: Keyring, clicks: str, opens: str, secret: bytes | None
) -> None:
    tracking = Tracking.model_validate({"clicks": clicks, "opens": opens})
    tokens = EditionMint(keyring, 7, tracking, secret).tokens(42)
    click = Token(TokenType.EDITION, 0, 7, expected(clicks, secret, 42))
    assert keyring.read(Purpose.CLICK, tokens.click) == click
    assert keyring.read(Purpose.VIEW, tokens.view) == click
    assert keyring.read(Purpose.OPEN, tokens.open).subscriber == expected(opens, secret, 42)
    assert keyring.read(Purpose.DOOR, tokens.door).subscriber == 42
    assert keyring.read(Purpose.MESSAGE_ID, tokens.message_id).subscriber == 42


def test_in_aggregate_mode_two_readers_links_are_the_same(keyring: Keyring) -> None:
    mint = EditionMint(keyring, 7, Tracking(clicks="aggregate", opens="aggregate"), None)
    one, other = mint.tokens(1), mint.tokens(2)
    assert one[:3] == other[:3]
    assert one.door != other.door


@given(readers)
def test_a_mint_and_its_keyring_spell_alike(reader: int) -> None:
    keyring = Keyring(SECRET)
    tokens = EditionMint(keyring, 7, Tracking(clicks="individual"), None).tokens(reader)
    assert tokens.click == keyring.mint(Purpose.CLICK, TokenType.EDITION, 7, reader)
    assert tokens.message_id == keyring.mint(Purpose.MESSAGE_ID, TokenType.EDITION, 7, reader)


def test_tokens_are_the_same_when_a_delivery_is_tried_again(keyring: Keyring) -> None:
    first = EditionMint(keyring, 7, Tracking(), b"s" * 16).tokens(42)
    again = EditionMint(Keyring(SECRET), 7, Tracking(), b"s" * 16).tokens(42)
    assert first == again


@pytest.mark.parametrize("subscriber", [AGGREGATE, DO_NOT_COUNT, -1, 2**48])
def test_nobody_is_called_by_a_reserved_number(keyring: Keyring, subscriber: int) -> None:
    with pytest.raises(ValueError, match="public id"):
        EditionMint(keyring, 7, Tracking(), None).tokens(subscriber)


def test_a_proof_counts_nobody_and_is_known_as_one(keyring: Keyring) -> None:
    tokens = EditionMint(keyring, 7, Tracking(), b"s" * 16).proof_tokens()
    for purpose, token in zip(Purpose, tokens, strict=False):
        assert keyring.read(purpose, token) == Token(TokenType.PROOF, 0, 7, DO_NOT_COUNT)


def test_proofs_that_are_mailed_have_a_message_id_each(keyring: Keyring) -> None:
    mint = EditionMint(keyring, 7, Tracking(), None)
    first, second = mint.proof_tokens(1), mint.proof_tokens(2)
    assert first.message_id != second.message_id
    assert first[:4] == second[:4]


def test_an_editions_number_has_sixteen_bits(keyring: Keyring) -> None:
    with pytest.raises(OverflowError):
        EditionMint(keyring, 2**16, Tracking(), None)

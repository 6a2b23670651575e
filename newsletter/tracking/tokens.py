"""
Tokens: what a link in a mail says of its reader, and proof that we made it.

A token is 21 bytes, written as 28 characters of base64url (RFC 4648 section 5; a multiple of
three, so that there is one spelling only):

    1 byte     type (high four bits) and key id
    2 bytes    a number, big-endian; the type says of what
    6 bytes    a subscriber's public id, a pseudonym, `AGGREGATE` or `DO_NOT_COUNT`
    12 bytes   BLAKE2s (RFC 7693) of the nine before, keyed, with the purpose as `person`

It holds no address and never expires by itself. A click token, which travels to logs and with
forwarded mail, opens nothing but clicks: every purpose has its own tag.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from hashlib import blake2b, blake2s
from hmac import compare_digest
from types import MappingProxyType
from typing import NamedTuple

from newsletter.errors import InvalidToken
from newsletter.model import TOKEN_LENGTH, Tokens
from newsletter.settings import Mode, Tracking

#: The subscriber field of a reader who is counted, and never told apart.
AGGREGATE = 0

#: The subscriber field of what must not be counted: proofs and previews.
DO_NOT_COUNT = 2**48 - 1

_HEAD = 3
_BODY = 9
_TAG = 12
_SPELLED = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}", re.ASCII)
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


class Purpose(StrEnum):
    """What a token is good for; the value is the `person` of its BLAKE2s, at most 8 bytes."""

    CLICK = "click"
    OPEN = "open"
    VIEW = "view"
    #: Unsubscribe and preferences.
    DOOR = "door"
    MESSAGE_ID = "msgid"
    CONFIRM = "confirm"
    #: Erase everything, show everything: by a letter, never by a mail that can be passed on.
    FORGET = "forget"
    MYDATA = "mydata"
    #: When a form was shown: in place of a reader there are seconds since 1970.
    FORM = "form"
    #: The return path of a bounce.
    VERP = "verp"


class TokenType(IntEnum):
    """What the number in a token is."""

    #: An edition's number, counted over all newsletters and corrections.
    EDITION = 1
    #: A list's number; for letters to one person.
    LIST = 2
    #: The last day it is good for, in days since 2024-01-01.
    EXPIRY = 3
    #: An edition's number, or 0; the links open a page that changes nothing.
    PROOF = 4


_TYPES = frozenset(int(known) for known in TokenType)


class Token(NamedTuple):
    """What a token says, once its tag was found right."""

    type: TokenType
    #: Id of the key that signed it, 0 to 15.
    key: int
    #: 0 to 65,535.
    number: int
    #: 48 bits.
    subscriber: int


class Keyring:
    """
    Signs tokens with today's key, and still knows the tokens of earlier keys.

    Keys are derived from the secret, a different one for each key id, so that the secret
    itself signs nothing. `old` holds the secrets of other key ids, for reading alone.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        key: int = 0,
        old: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        self.key = key
        self._tags = {kid: _purposes(kid, text) for kid, text in {**old, key: secret}.items()}

    def mint(self, purpose: Purpose, type: TokenType, number: int, subscriber: int) -> str:
        """
        Make one token.

        Raises OverflowError when the number is not of 16 bits or the subscriber not of 48.
        """
        body = self.head(type, number) + subscriber.to_bytes(6)
        tag = self.tag(purpose, body)
        return b2a_base64(body + tag.digest(), newline=False).translate(_TO_URL).decode("ascii")

    def read(self, purpose: Purpose, token: str) -> Token:
        """
        Say what a token holds. Its tag is compared in constant time, before anything is looked up.

        Raises InvalidToken when we did not make it, made it for another purpose, or when it
        came back in any other spelling than ours.
        """
        raw = _decoded(token)
        kind, key = raw[0] >> 4, raw[0] & 15
        if key not in self._tags or kind not in _TYPES:
            raise InvalidToken(_UNKNOWN)
        if not compare_digest(self.tag(purpose, raw[:_BODY], key).digest(), raw[_BODY:]):
            raise InvalidToken(_UNKNOWN)
        number, subscriber = int.from_bytes(raw[1:_HEAD]), int.from_bytes(raw[_HEAD:_BODY])
        return Token(TokenType(kind), key, number, subscriber)

    def head(self, type: TokenType, number: int) -> bytes:
        """Return the first three bytes of a token. Raises OverflowError past 65,535."""
        return bytes([type << 4 | self.key]) + number.to_bytes(2)

    def tag(self, purpose: Purpose, start: bytes, key: int | None = None) -> blake2s:
        """Begin a tag with the bytes given; copies of it can take up the rest."""
        begun = self._tags[self.key if key is None else key][purpose].copy()
        begun.update(start)
        return begun


_UNKNOWN = "We do not know this link. A mail program may have cut it in two."


def _decoded(token: str) -> bytes:
    """Read one spelling alone: `a2b_base64` would also take others (CVE-2025-12781)."""
    if not _SPELLED.fullmatch(token):
        raise InvalidToken(_UNKNOWN)
    raw = a2b_base64(token.encode("ascii").translate(_FROM_URL))
    if b2a_base64(raw, newline=False).translate(_TO_URL).decode("ascii") != token:
        raise InvalidToken(_UNKNOWN)  # pragma: no cover - 28 characters have one spelling
    return raw


def _purposes(key: int, secret: bytes) -> dict[Purpose, blake2s]:
    if not 0 <= key <= 15:
        raise ValueError(f"a key id is 0 to 15, not {key}")
    derived = blake2b(secret, digest_size=32, person=b"keyring", salt=bytes([key])).digest()
    return {
        purpose: blake2s(key=derived, person=purpose.value.encode("ascii"), digest_size=_TAG)
        for purpose in Purpose
    }


def pseudonym(edition_secret: bytes, subscriber: int) -> int:
    """
    Return 48 bits that stand for a reader within one edition, and nowhere else.

    Without the edition's secret nobody can say who it was. Never `AGGREGATE` nor
    `DO_NOT_COUNT`. One edition in about 560 has two of a million readers under the same.
    """
    return _hidden(_veil(edition_secret), subscriber.to_bytes(6))


def _veil(edition_secret: bytes) -> blake2s:
    """Begin the hash behind an edition's pseudonyms; each reader's is a copy's."""
    seed = blake2b(edition_secret, digest_size=32, person=b"pseudo").digest()
    return blake2s(key=seed, person=b"pseudo", digest_size=16)


def _hidden(veil: blake2s, subscriber: bytes) -> int:
    hashed = veil.copy()
    hashed.update(subscriber)
    return 1 + int.from_bytes(hashed.digest()) % (DO_NOT_COUNT - 1)


class EditionMint:
    """
    Makes the tokens of one edition's readers, as its newsletter's tracking allows.

    Click, web view and pixel carry no reader (off, aggregate), a pseudonym (pseudonymous;
    no reader once the edition's secret is destroyed: None) or the public id (individual).
    The door and the Message-ID always carry the public id.
    """

    def __init__(
        self, keyring: Keyring, number: int, tracking: Tracking, secret: bytes | None
    ) -> None:
        self._keyring = keyring
        self._number = number
        self._clicks: Mode = tracking.clicks
        self._opens: Mode = tracking.opens
        hides = secret is not None and "pseudonymous" in {self._clicks, self._opens}
        self._veil = _veil(secret) if secret is not None and hides else None
        self._head = keyring.head(TokenType.EDITION, number)
        self._begun = _begun(keyring, self._head)
        self._return = keyring.tag(Purpose.VERP, self._head)

    def tokens(self, subscriber: int, *, counted: bool = True) -> Tokens:
        """
        Return the tokens of a reader, by public id: 1 to 2**48 - 2.

        Who does not want to be counted gets links and a pixel that say just that.
        """
        if not AGGREGATE < subscriber < DO_NOT_COUNT:
            raise ValueError("a public id is more than 0 and less than 2**48 - 1")
        door = subscriber.to_bytes(6)
        if not counted:
            return _spelled(self._head, self._begun, (_APART, _APART, _APART, door, door))
        alias = _hidden(self._veil, door).to_bytes(6) if self._veil else _NOBODY
        click = self._counted(self._clicks, door, alias)
        pixel = self._counted(self._opens, door, alias)
        return _spelled(self._head, self._begun, (click, pixel, click, door, door))

    def return_token(self, subscriber: int) -> str:
        """
        Return the token of a reader's return path: apart, since not every transport has one.

        By public id, 1 to 2**48 - 2. `newsletter.tracking.verp` makes an address of it.
        """
        if not AGGREGATE < subscriber < DO_NOT_COUNT:
            raise ValueError("a public id is more than 0 and less than 2**48 - 1")
        reader = subscriber.to_bytes(6)
        tag = self._return.copy()
        tag.update(reader)
        raw = self._head + reader + tag.digest()
        return b2a_base64(raw, newline=False).translate(_TO_URL).decode("ascii")

    def proof_tokens(self, copy: int = DO_NOT_COUNT) -> Tokens:
        """
        Return the tokens of a proof or a preview; no one is counted, nothing is changed.

        `copy` is 48 bits in the Message-ID alone: mail programs hide a second mail that
        bears the same, so proofs that are mailed bring a random one.
        """
        head = self._keyring.head(TokenType.PROOF, self._number)
        nobody = DO_NOT_COUNT.to_bytes(6)
        fields = (nobody, nobody, nobody, nobody, copy.to_bytes(6))
        return _spelled(head, _begun(self._keyring, head), fields)

    @staticmethod
    def _counted(mode: Mode, subscriber: bytes, alias: bytes) -> bytes:
        if mode == "individual":
            return subscriber
        return alias if mode == "pseudonymous" else _NOBODY


_NOBODY = AGGREGATE.to_bytes(6)
_APART = DO_NOT_COUNT.to_bytes(6)

_FIVE = (Purpose.CLICK, Purpose.OPEN, Purpose.VIEW, Purpose.DOOR, Purpose.MESSAGE_ID)


def _begun(keyring: Keyring, head: bytes) -> tuple[blake2s, ...]:
    """Begin the five tags with the head: what does not change is hashed once."""
    return tuple(keyring.tag(purpose, head) for purpose in _FIVE)


def _spelled(head: bytes, begun: tuple[blake2s, ...], fields: tuple[bytes, ...]) -> Tokens:
    """Sign the five, and spell them in one go: 21 bytes always end between characters."""
    click, pixel, view, door, message = [tag.copy() for tag in begun]
    c, p, v, d, m = fields
    # Written out: it runs for every reader, and a loop takes half as long again.
    click.update(c)
    pixel.update(p)
    view.update(v)
    door.update(d)
    message.update(m)
    signed = (
        *(head, c, click.digest(), head, p, pixel.digest(), head, v, view.digest()),
        *(head, d, door.digest(), head, m, message.digest()),
    )
    text = b2a_base64(b"".join(signed), newline=False).translate(_TO_URL).decode("ascii")
    return Tokens(text[:28], text[28:56], text[56:84], text[84:112], text[112:])

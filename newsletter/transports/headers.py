"""
What stands above a mail's body, written by hand.

Python's own `email.policy.SMTP` makes an encoded-word of a long List-Unsubscribe, which Gmail
refuses (550 5.7.1) and which ends one-click unsubscribing; and it lets NUL through. So every
line is written here, and its bytes are tested.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from newsletter.errors import InvalidAddress, SettingsError
from newsletter.settings import on_loopback

#: The longest line that is not a single word (RFC 5322 asks for 78, RFC 2047 for 76).
COLUMNS = 76

#: Octets in a full encoded-word: 60 of base64 and 12 around them are 72, of 75 allowed.
WORD_OCTETS = 45

#: A longer name is no name; To then bears the address alone.
LONGEST_NAME = 256

_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_HALVES = re.compile(r"[\ud800-\udfff]")
#: A longer name is no quoted-string, so that lines stay short.
_LONGEST_QUOTED = 60
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~."
_PLAIN_ADDRESS = re.compile(
    rf"[{_ATEXT}][{_ATEXT}-]{{0,63}}@[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,188}}[A-Za-z0-9])?", re.ASCII
)
_ANY_ADDRESS = re.compile(
    r"(?!-)[^\x00-\x20\x7f-\xa0()<>\[\]\\,;:\"@]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
#: Categories that never stand in an address: controls, formats (zero width, bidi), spaces, halves.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"})


def one_line(text: str) -> str:
    """Make controls and line breaks of any kind into single spaces, half characters into U+FFFD."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _HALVES.sub("\ufffd", _BREAKS.sub(" ", text)).strip()


def unstructured(text: str, used: int) -> str:
    """
    Write free text, such as a subject, folded; `used` are the columns of the header's name.

    Plain ASCII stays as it is. Anything else, and what looks like an encoded-word, becomes
    encoded-words (RFC 2047).
    """
    text = one_line(text)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and max(map(len, words)) <= COLUMNS - used:
        return _folded(words, used)
    return "\r\n ".join(_encoded_words(text, used))


def mailbox(name: str, address: str, used: int) -> str:
    """
    Write a name and an address, folded: `"Ann Lee" <ann@example.com>`.

    A name of plain ASCII is a quoted-string, any other encoded-words (RFC 2047). A local part
    outside ASCII stays raw UTF-8 (RFC 6532): such a mail needs a relay with SMTPUTF8.

    Raises InvalidAddress, in a sentence without the address, when it is not safe to write.
    """
    address = safe_address(address)
    name = one_line(name)
    if not name or len(name) > LONGEST_NAME:
        return address
    return _beside(phrase(name, used), f"<{address}>", used)


def phrase(name: str, used: int) -> str:
    """Write a display name: quoted, or as encoded-words."""
    name = one_line(name)
    if name.isascii() and len(name) <= _LONGEST_QUOTED and "=?" not in name:
        return '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'
    return "\r\n ".join(_encoded_words(name, used))


def list_id(name: str, id: str) -> str:
    """Write what names a list for ever (RFC 2919): `"The ShiftMaker" <daily.example.com>`."""
    used = len("List-Id: ")
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", id):
        raise SettingsError(f"{id!r} cannot name a list: letters, digits, dots and hyphens can.")
    if not one_line(name) or len(name) > LONGEST_NAME:
        return f"<{id}>"
    return _beside(phrase(name, used), f"<{id}>", used)


def safe_address(address: str) -> str:
    """
    Return an address that can only be one address, in a header and on a command line.

    It may still not exist. Raises InvalidAddress; the sentence does not repeat it.
    """
    if _PLAIN_ADDRESS.fullmatch(address) and "=?" not in address:
        return address
    if not _ANY_ADDRESS.fullmatch(address) or "=?" in address:
        raise InvalidAddress("The address holds characters that no mail can be sent to.")
    if any(unicodedata.category(char) in _UNSEEN for char in address):
        raise InvalidAddress("The address holds characters that cannot be seen.")
    local = address.partition("@")[0]
    if len(address.encode()) > 254 or len(local.encode()) > 64:
        raise InvalidAddress("The address is too long: 64 octets before the @, 254 in all.")
    return address


def word(header: str, text: str) -> str:
    """Return a value of visible ASCII. Raises SettingsError, naming the header."""
    if not re.fullmatch(r"[!-;=?-~]{1,900}", text):
        raise SettingsError(
            f"{text!r} cannot stand in the header {header}.",
            hint="Only visible ASCII can, without spaces and < >. Write a domain as xn--….",
        )
    return text


def unsubscribe(url: str) -> str:
    """
    Return the start of the one address that leaves the list (RFC 8058): https, no other.

    Plain http is for this machine alone. Raises SettingsError.
    """
    url = word("List-Unsubscribe", url)
    if url.startswith("https://") or (url.startswith("http://") and on_loopback(url)):
        return url
    raise SettingsError(
        f"Readers could not leave by {url}: mail programs accept https alone.",
        hint="Set NEWSLETTER_SITE_URL to an address that begins with https://.",
    )


def date_line(at: datetime) -> bytes:
    """Write a moment as RFC 5322 section 3.3 does: `Sun, 05 Jul 2026 07:00:00 +0530`."""
    return format_datetime(at).encode("ascii")


def _folded(words: list[str], used: int) -> str:
    rows, row = [], words[0]
    for each in words[1:]:
        if used + len(row) + 1 + len(each) > COLUMNS:
            rows.append(row)
            row, used = each, 1
        else:
            row = f"{row} {each}"
    return "\r\n ".join([*rows, row])


def _beside(front: str, back: str, used: int) -> str:
    """Put two parts on a line, or the second on one of its own."""
    column = len(front) - front.rfind("\n") - 1 if "\n" in front else used + len(front)
    between = " " if column + 1 + len(back) <= COLUMNS else "\r\n "
    return f"{front}{between}{back}"


def _encoded_words(text: str, used: int) -> Iterator[str]:
    """Yield encoded-words of whole characters, the first short enough to stand beside its name."""
    room, held = (COLUMNS - used - 12) // 4 * 3, b""
    for char in text:
        octets = char.encode()
        if len(held) + len(octets) > room:
            yield _encoded_word(held)
            room, held = WORD_OCTETS, b""
        held += octets
    yield _encoded_word(held)


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?B?{b64encode(octets).decode('ascii')}?="

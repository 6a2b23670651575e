"""
Return paths: an address for each copy, so that a bounce says by itself whom it is about.

VERP (variable envelope return path). The token is that of `Purpose.VERP`, in base32 of lower case
(RFC 4648 section 6, unpadded): local parts are lower-cased on their way, which base64url would
not survive. `bounces@news.example.com` becomes `bounces+<34 characters>@news.example.com`.
"""

from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase32

from newsletter.errors import SettingsError
from newsletter.model import TOKEN_LENGTH

#: 21 bytes in base32, without padding.
SPELLED = 34
#: RFC 5321 section 4.5.3.1.1, in octets.
LONGEST_LOCAL_PART = 64

_PADDING = "=" * 6


def return_path(base: str, token: str) -> str:
    """
    Write the return path of one copy, from the box's own address and the copy's token.

    Raises SettingsError where the box's name leaves no room for a token, or is no address.
    """
    local, at, domain = base.rpartition("@")
    if not (at and local and domain):
        raise SettingsError("The bounce box is not an address.", hint="It is like bounces@….")
    if len(local.encode()) + 1 + SPELLED > LONGEST_LOCAL_PART:
        raise SettingsError(
            "The bounce box has too long a name.",
            hint=f"Before the @ there may be {LONGEST_LOCAL_PART - SPELLED - 1} characters.",
        )
    spelled = b32encode(urlsafe_b64decode(token)).decode("ascii").rstrip("=").lower()
    return f"{local}+{spelled}@{domain}"


def read_return_path(address: str, base: str) -> str | None:
    """
    Find the token in an address; None where there is none. Whether we made it, its tag must say.

    Case and a subaddress's sign (`+`, or `-` and `=` of other servers) may have changed on the
    way.
    """
    box, _, domain = base.lower().rpartition("@")
    local, _, theirs = address.strip("<> ").lower().rpartition("@")
    if theirs != domain or local[: len(box)] != box or local[len(box) : len(box) + 1] not in _SIGNS:
        return None
    return _token(local[len(box) + 1 :])


_SIGNS = frozenset("+-=")


def _token(spelled: str) -> str | None:
    if len(spelled) != SPELLED or not spelled.isascii():
        return None
    try:
        raw = b32decode(spelled.upper() + _PADDING)
    except NoBase32:
        return None
    token = urlsafe_b64encode(raw).decode("ascii")
    # The last character holds two bits too many: one spelling alone is ours.
    same = b32encode(raw).decode("ascii").rstrip("=").lower() == spelled
    return token if same and len(token) == TOKEN_LENGTH else None

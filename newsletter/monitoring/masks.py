"""
What no line may show: addresses, tokens, secrets.

Rather too much is masked than too little: whoever reads a log can ask the database. Every pattern
takes time in proportion to the text, whoever wrote it.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BaseModel, SecretStr

from newsletter.settings import Settings

ADDRESS, TOKEN, SECRET = "[address]", "[token]", "[secret]"

#: A secret that is shorter would mask every second word.
_SHORTEST = 4

#: What parts a local part from its domain: also percent-encoded, and as wide as an ideograph.
_AT = r"(?:@|%40|＠|﹫)"

#: What a local part is made of where it stands without quotes, letters of all scripts included.
_LOCAL = r"[^\s<>\"(),:;@＠﹫\[\]\\]"

_DOMAIN = r"[^\s<>\"'(),:;@＠﹫\[\]\\/?#]"

_PATTERNS = (
    # `Authorization: Bearer …`, also as a line of a dict; AUTH of SMTP.
    (
        r"(?i)(\bauthorization\b[\"']?\s{0,3}[:=,]\s{0,3}(?:[bru]?[\"'])?)(?:[a-z]+\s{1,3})?[^\s\"',;}\]]+",
        rf"\1{SECRET}",
    ),
    (r"(?i)\b(bearer)\s{1,3}[\w.~+/=-]{8,}", rf"\1 {SECRET}"),
    (r"(?i)\b(AUTH\s(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5))\s{1,3}\S+", rf"\1 {SECRET}"),
    (r"\bSG\.[\w.-]+", SECRET),
    # `password=…`, `"api_key": "…"`
    (
        r"(?i)((?:password|passwd|secret|api[_-]?key)[\"']?\s{0,3}[=:]\s{0,3}(?:[bru]?[\"'])?)[^\s\"',;&}]+",
        rf"\1{SECRET}",
    ),
    # A password in an address of a server: the rest of it may be read.
    (r"(://[^\s:/@\[\]]{0,64}):[^\s/@\[\]]{1,200}@", rf"\1:{SECRET} at "),
    # The part of a path that is a token, however short it was cut.
    (
        r"(/(?:u|c|o|v|confirm|preferences|forget|mydata)/)(?!\{)[^\s/?#\"'<>(),;]+",
        rf"\1{TOKEN}",
    ),
    # Local parts in quotes, the quotes perhaps escaped; then those without.
    (rf"\\?\"(?:[^\"\\\n]|\\.){{1,80}}\"{_AT}{_DOMAIN}+", ADDRESS),
    (rf"\\\"[^\"\\\n]{{1,80}}\\\"{_AT}{_DOMAIN}+", ADDRESS),
    (
        rf"(?<!{_LOCAL})(?:{_LOCAL})+(?:{_AT}(?:\[[^\]\s]{{1,64}}\]|{_DOMAIN}+))+",
        ADDRESS,
    ),
    # Tokens are 28 characters; bounce addresses and Message-IDs have words around them. Names in
    # Python and on package indexes are long as well, but small letters alone.
    (r"(?<![\w-])(?![a-z_-]{28,}(?![\w-]))[A-Za-z0-9_-]{28,}", TOKEN),
)

_COMPILED = tuple((re.compile(pattern), instead) for pattern, instead in _PATTERNS)


class Mask:
    """Takes out of a text what it may not show, and each of some secrets wherever it stands."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets for form in _forms(secret)}
        # The longest first: one may be a part of another.
        words = sorted(known, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, words))) if words else None

    def __call__(self, text: str) -> str:
        """Return the text, masked; what is masked already stays as it is."""
        if self._secrets:
            text = self._secrets.sub(SECRET, text)
        for pattern, instead in _COMPILED:
            text = pattern.sub(instead, text)
        return text


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it may be written: plain, in a URL, in a repr, in base64."""
    if len(secret) >= _SHORTEST:
        yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        yield b64encode(secret.encode()).decode().rstrip("=")


def secrets_of(settings: Settings) -> Iterator[str]:
    """Yield every secret that the settings hold, the one included that is kept in `var/secret`."""
    yield from _secrets_in(settings)
    yield from (secret.get_secret_value() for secret in settings.old_secrets.values())
    yield settings.signing_secret.decode("utf-8", "replace")
    if password := urlsplit(settings.database_url).password:
        yield from (password, unquote(password))


def _secrets_in(part: BaseModel) -> Iterator[str]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secrets_in(value)

"""UTM: what an address tells the site behind it, by the rule of newsletter.toml."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from newsletter.settings import Utm

_NAMED = re.compile(r"{(\w+)}")


class Tagger:
    """Adds to addresses what their sites are to be told. The same for every reader."""

    def __init__(self, utm: Utm, known: Mapping[str, str]) -> None:
        """`known`: what the fields may name that is the same for the whole edition."""
        self._fields = utm.fields()
        self._hosts = utm.hosts
        self._known = known

    def tagged(self, url: str, *, role: str, article: str) -> str:
        """
        Return an address with its fields, before the fragment.

        A share link stays plain, and so does what an address says already: a sponsor's own
        fields are the sponsor's.
        """
        parts = urlsplit(url)
        if not self._fields or role == "share" or not self._is_told(parts.hostname or ""):
            return url
        there = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        filled = self._filled({**self._known, "role": role, "article": article})
        added = {name: text for name, text in filled.items() if text and name not in there}
        query = "&".join(filter(None, (parts.query, urlencode(added, quote_via=quote))))
        return parts._replace(query=query).geturl()

    def _filled(self, values: Mapping[str, str]) -> dict[str, str]:
        return {
            name: _NAMED.sub(lambda found: values[found[1]], text)
            for name, text in self._fields.items()
        }

    def _is_told(self, host: str) -> bool:
        below = (f".{known}" for known in self._hosts)
        return "*" in self._hosts or host in self._hosts or host.endswith(tuple(below))

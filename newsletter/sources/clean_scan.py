"""
A first look at foreign HTML, in one pass, so that no later look can be made slow.

It follows the tokeniser of the HTML standard (13.2.5) as far as tags, comments and raw text go. It
makes nothing safe: it only drops tags whose number or size no page needs.
"""

import re
from collections import Counter

#: A page's longest tag, in characters; a picture written into its own address is longer.
_LONGEST_TAG = 8_000
#: Elements that stand inside each other, before anything is repaired.
_DEEPEST = 60
#: Of those that a parser opens again in every paragraph (13.2.4.3), so that they multiply.
_MOST_STYLES = 12

_STYLES = frozenset(
    "a b big code em font i nobr s small strike strong tt u".split()  # noqa: SIM905 (a list of words)
)
#: Elements that need no closing tag, or have none: their number says nothing about depth.
_FLAT = frozenset(
    "p li tr td th thead tbody tfoot colgroup col caption br hr img"  # noqa: SIM905
    " input wbr area base embed link meta param source track".split()
)
#: The attributes of a tag, in one way only, so that nothing is read twice.
_REST = r"""(?:[^>=]++|=\s*+(?:"[^"]*+"?|'[^']*+'?)?+)*+"""
_TOKEN = re.compile(
    rf"""
      <!--(?:-?>|.*?-->|.*)
    | <(?P<raw>script|style|xmp|noembed|noframes|textarea|title|iframe)(?=[\s/>])
      (?P<rest>{_REST})>?
      .*?(?:</(?P=raw)(?=[\s/>])[^>]*+>?|\Z)
    | <(?P<close>/?)(?P<name>[a-z][^\s/>]*+){_REST}(?P<end>>?)
    | <[!?/][^>]*+>?
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def shallow(html: str) -> str:
    """Return the HTML without comments, raw text, and tags that only a hostile page has."""
    return _TOKEN.sub(_Scan(), html)


class _Scan:
    """Counts what is open while a page goes by."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._styles = 0
        self._depth = 0

    def __call__(self, token: re.Match[str]) -> str:
        name = (token["name"] or "").lower()
        if (token["raw"] or "").lower() == "iframe" and len(token[0]) <= _LONGEST_TAG:
            # What it holds is no markup to a parser; with another name, it is harmless and stays.
            return f"<video{token['rest']}></video>"
        if not name or not token["end"] or len(token[0]) > _LONGEST_TAG:
            return ""
        if name in _FLAT:
            return token[0]
        kept = self._closes(name) if token["close"] else self._opens(name)
        return token[0] if kept else ""

    def _opens(self, name: str) -> bool:
        styled = name in _STYLES
        if self._depth >= _DEEPEST or (styled and self._styles >= _MOST_STYLES):
            return False
        self._open[name] += 1
        self._depth += 1
        self._styles += styled
        return True

    def _closes(self, name: str) -> bool:
        if not self._open[name]:
            return False
        self._open[name] -= 1
        self._depth -= 1
        self._styles -= name in _STYLES
        return True

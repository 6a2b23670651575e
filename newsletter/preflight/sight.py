"""What can be seen, by day and by night."""

from collections.abc import Iterator
from typing import NamedTuple

from newsletter.model import Finding
from newsletter.preflight.colours import Colour, over
from newsletter.preflight.colours import contrast as ratio
from newsletter.preflight.looks import Look, Scheme, is_dark, unseen
from newsletter.preflight.page import Element, sheet_rules
from newsletter.preflight.proof import Proofsheet, warning
from newsletter.preflight.prose import fold, quote

#: WCAG 2.2, 1.4.3: of text, and of large text.
ENOUGH, ENOUGH_IF_LARGE = 4.5, 3.0

#: In px: 18 pt, and 14 pt where it is bold.
_LARGE, _LARGE_IF_BOLD = 24.0, 18.66

#: As many hidden places are told; whoever hides more knows it.
_MOST = 5


class _Pair(NamedTuple):
    """Colours that meet, and what is asked of them."""

    ink: Colour
    ground: Colour
    needed: float


def contrast(sheet: Proofsheet) -> Iterator[Finding]:
    """All text can be read on what lies behind it, in the light and the dark mail."""
    yield from _contrast(sheet, "light")
    if any(is_dark(rule.media) for rule in sheet_rules(sheet.root)):
        yield from _contrast(sheet, "dark")


def _contrast(sheet: Proofsheet, scheme: Scheme) -> Iterator[Finding]:
    poor: dict[_Pair, list[tuple[Element, str]]] = {}
    for element, said in sheet.texts:
        look = sheet.looks(scheme).of(element)
        pair = _pair(look)
        # What has the colour of its ground by day was hidden; by night it was forgotten.
        gone = unseen(look) if scheme == "light" else look.hidden
        if pair and not gone and _says(said):
            poor.setdefault(pair, []).append((element, said))
    for pair, places in poor.items():
        found = ratio(pair.ink, pair.ground)
        if found < pair.needed:
            element, said = places[0]
            sentence = (
                f"{pair.ink} on {pair.ground} is {found:.2f} in the {scheme} mail, "
                f"{pair.needed:g} is needed: {quote(said)}{_more(len(places))}"
            )
            hint = "make the text darker or lighter" if scheme == "light" else _DARK_HINT
            yield warning(sentence, hint, where=sheet.templates, at=element)


_DARK_HINT = "name its class in shared/dark.css, with a colour for the dark ground"


def _more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _pair(look: Look) -> _Pair | None:
    if look.colour is None or look.ground is None:
        return None
    large = look.size >= (_LARGE_IF_BOLD if look.bold else _LARGE)
    ink = over((look.colour, look.ground))
    return _Pair(ink, look.ground, ENOUGH_IF_LARGE if large else ENOUGH)


def _says(words: str) -> bool:
    return any(char.isalnum() for char in words)


def hidden_text(sheet: Proofsheet) -> Iterator[Finding]:
    """
    The preheader is the only text that nobody sees.

    Gmail: “Don't use HTML and CSS to hide content” (support.google.com/mail/answer/81126).
    """
    preheader = fold(sheet.rendition.preheader)
    told = 0
    for element, said in sheet.texts:
        why = unseen(sheet.looks("light").of(element))
        # What fills up the inbox's line after the preheader says nothing.
        rest = said.removeprefix(preheader)
        if not why or not _says(rest) or told == _MOST:
            continue
        told += 1
        about = sheet.story(element)
        sentence = f"{quote(said)} is hidden by {why}"
        hint = "show it or take it out: receivers count hidden text as spam"
        where = "" if about else sheet.templates
        yield warning(sentence, hint, where=where, about=about, at=element)

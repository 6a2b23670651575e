"""The two parts of a mail say the same: some readers see only one of them."""

import re
from collections import Counter
from collections.abc import Iterator
from unicodedata import category

from newsletter.model import Finding, MergeField
from newsletter.preflight.proof import Proofsheet, error, warning
from newsletter.preflight.prose import bare, fold, plain, quote

#: Of the words that can be seen in the HTML, so many stand in the text as well.
_SHARED = 0.6

_WHOLE = 0.95

_COUNTED = re.compile(rf"/c/{MergeField.CLICK.sentinel}/(\d+)\b")
_WORD = re.compile(r"\w{3,}")


def text_part(sheet: Proofsheet) -> Iterator[Finding]:
    """The text part is there, and has every story, link and most words of the HTML."""
    text = sheet.rendition.text
    if not text.strip():
        hint = "write edition.txt.j2: spam filters and screen readers look for it"
        yield error("there is no text part", hint, where=sheet.templates)
        return
    yield from _stories(sheet)
    yield from _links(sheet)
    shared = _share(sheet.visible, text)
    if shared < _SHARED:
        sentence = f"the text part has only {shared:.0%} of the words of the HTML"
        yield warning(sentence, "say the same in both", where=sheet.templates)


def _stories(sheet: Proofsheet) -> Iterator[Finding]:
    parts = {"HTML": _letters(sheet.seen), "text part": _letters(fold(sheet.rendition.text))}
    for article in sheet.edition.articles:
        title = _letters(bare(fold(article.title)))
        for part in (name for name, said in parts.items() if title not in said):
            sentence = f"{quote(fold(article.title))} is not in the {part}"
            yield warning(sentence, "say the same in both", about=article)


def _letters(text: str) -> str:
    """Leave out what only turns lines round or joins letters (category Cf), and capitals."""
    for char in set(text):
        if category(char) == "Cf":
            text = text.replace(char, "")
    return text.casefold()


def _links(sheet: Proofsheet) -> Iterator[Finding]:
    html, text = (set(_COUNTED.findall(part)) for part in (_html(sheet), sheet.rendition.text))
    gone = [one for one in sheet.rendition.links if str(one.number) in html - text]
    missing = [one.url for one in gone if not _is_whole(sheet, one.article)]
    if missing:
        count = f"{len(missing)} links" if len(missing) > 1 else "a link"
        sentence = f"{count} of the HTML cannot be followed from the text part: {missing[0]}"
        yield warning(sentence, "print their addresses there too", where=sheet.templates)


def _is_whole(sheet: Proofsheet, article: str) -> bool:
    """Say whether all of an article stands in the text part: then there is no more to read."""
    found = sheet.article(article)
    body = plain(found.body) if found else ""
    # Addresses and bullets stand between its words there.
    return bool(body) and _share(body, sheet.rendition.text) > _WHOLE


def _html(sheet: Proofsheet) -> str:
    return " ".join(f"{link.get('href')} " for link in sheet.root.iter("a"))


def _share(seen: str, text: str) -> float:
    said, written = Counter(_words(seen)), Counter(_words(text))
    return (said & written).total() / (said.total() or 1)


def _words(text: str) -> Iterator[str]:
    return (word.casefold() for word in _WORD.findall(text))

"""How the mail is built for those who hear it, enlarge it or touch it."""

import re
from collections.abc import Iterator

from newsletter.model import Article, Finding
from newsletter.preflight.looks import Look, length, unseen
from newsletter.preflight.page import Element, block, elements, nearest, words
from newsletter.preflight.proof import Proofsheet, warning
from newsletter.preflight.prose import as_read, fold, plain, quote

#: In px, up and down: what a finger hits (WCAG 2.2, 2.5.8). The house's own buttons have 44.
TARGET = 24

_INNER = re.compile(r"<h[2-6]\b[^>]*>(.*?)</h[2-6]\s*>", re.DOTALL | re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def language(sheet: Proofsheet) -> Iterator[Finding]:
    """The mail and each story say their language and which way it runs (WCAG 2.2, 3.1)."""
    root = sheet.root
    hint = 'write <mjml lang="{{ letter.tongue.lang }}" dir="{{ letter.tongue.dir }}">'
    for attribute, name in (("lang", "language"), ("dir", "direction")):
        value = (root.get(attribute) or "").lower()
        if value in {"", "und", "auto"}:
            yield warning(f"the mail does not say its {name}", hint, where=sheet.templates)
    for article in sheet.edition.articles:
        element = _headline(sheet, article)
        if element is not None:
            yield from _spoken(sheet, article, element)


def _headline(sheet: Proofsheet, article: Article) -> Element | None:
    """Find where an article's headline stands; None where it does not, as it stands."""
    title = fold(article.title)
    tags = {"a", *_HEADINGS}
    found = (one for one in sheet.elements if one.tag in tags and words(one) == title)
    return next(found, None)


def _spoken(sheet: Proofsheet, article: Article, element: Element) -> Iterator[Finding]:
    hint = "put lang= and dir= of its tongue on the story's block in the template"
    lang, here = _primary(article.lang), _primary(nearest(element, "lang"))
    if here in {"", "und"}:  # told of the whole mail; a story in its language adds nothing
        here = _primary(sheet.newsletter.lang)
    if lang != here:
        sentence = f"{quote(fold(article.title))} is in {article.lang}, but its block says {here}"
        yield warning(sentence, hint, about=article, at=element)
    way = nearest(element, "dir") or "ltr"
    if way not in {article.dir, "auto"}:
        sentence = f"{quote(fold(article.title))} runs {article.dir}, but its block {way}"
        yield warning(sentence, hint, about=article, at=element)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def headings(sheet: Proofsheet) -> Iterator[Finding]:
    """One h1, the lead, comes first; below it no step is left out (WCAG 2.2, 1.3.1)."""
    looks = sheet.looks("light")
    every = [one for one in sheet.elements if one.tag in _HEADINGS and not looks.of(one).hidden]
    yield from _steps(sheet, every)
    for element in every:
        if not words(element):
            sentence = f"an {element.tag} has no words"
            hint = "take it out: it is read out as a heading over nothing"
            yield warning(sentence, hint, where=sheet.templates, at=element)
    tops = [one for one in every if one.tag == "h1"]
    if len(tops) != 1:
        sentence = f"the mail has {len(tops)} headings h1; the lead's headline is the only one"
        hint = "write h1 for the lead, h2 for sections, h3 for stories"
        yield warning(sentence, hint, where=sheet.templates, at=tops[1] if tops else None)


def _steps(sheet: Proofsheet, every: list[Element]) -> Iterator[Finding]:
    before, written = 0, _written(sheet)
    for element in every:
        level = int(element.tag[1])
        # Authors begin with ##, whatever stands above their text.
        if level > before + (2 if words(element) in written else 1):
            above = f"h{before}" if before else "nothing"
            sentence = f"{element.tag} {quote(words(element))} stands below {above}"
            hint = f"write h{before + 1}: who listens moves by headings"
            about = sheet.story(element)
            where = "" if about else sheet.templates
            yield warning(sentence, hint, where=where, about=about, at=element)
        before = level


def _written(sheet: Proofsheet) -> set[str]:
    """Return the headings inside the stories' own texts."""
    return {plain(one) for each in sheet.edition.articles for one in _INNER.findall(each.body)}


def tap_targets(sheet: Proofsheet) -> Iterator[Finding]:
    """A finger hits every link that is not part of a sentence (WCAG 2.2, 2.5.8)."""
    for element in sheet.elements:
        if element.tag != "a" or not element.get("href"):
            continue
        look = sheet.looks("light").of(element)
        high = None if unseen(look) else _height(sheet, element, look)
        if high is not None and high < TARGET and not _in_sentence(element):
            sentence = f"the link {quote(words(element))} is {high:g} px high"
            hint = f"give it padding: {TARGET} px can be hit, 44 px is good"
            about = sheet.story(element)
            where = "" if about else sheet.templates
            yield warning(sentence, hint, where=where, about=about, at=element)


def _height(sheet: Proofsheet, element: Element, look: Look) -> float | None:
    """Return what a link is high, its padding included; None where the font alone knows."""
    pictures = [image.get("height") or "" for image in element.iter("img")]
    if pictures and not all(high.isdigit() for high in pictures):
        return None
    lines = [_line(sheet, one) for one in elements(element) if words(one)]
    if not pictures and (not lines or None in lines):
        return None
    inside = max([*(line for line in lines if line), *(float(high) for high in pictures)])
    return inside + _padding(look)


def _line(sheet: Proofsheet, element: Element) -> float | None:
    return sheet.looks("light").of(element).line


def _padding(look: Look) -> float:
    sides = look.values.get("padding", "0").split() or ["0"]
    top, bottom = sides[0], sides[2] if len(sides) > 2 else sides[0]
    top = look.values.get("padding-top", top)
    bottom = look.values.get("padding-bottom", bottom)
    return length(top, look.size, 0.0) + length(bottom, look.size, 0.0)


def _in_sentence(element: Element) -> bool:
    """Say whether words that are no link stand in its block: then they set its height."""
    around = block(element)
    linked = sum(as_read(words(link)) for link in around.iter("a"))
    return as_read(words(around)) > linked + 3

"""What is seen, and what is said to who cannot see it."""

import re
from collections.abc import Iterator

from newsletter.model import Article, Finding, Image
from newsletter.preflight.proof import Proofsheet, as_read, fold, kilobytes, place, warning

#: Characters: more is read out for longer than the picture is looked at.
ALT_FITS = 100

#: Bytes of all pictures of an edition together: a mail is read on a phone, on the road.
PICTURES_FIT = 300_000

_BARE = re.compile(r"<img\b(?![^>]*\balt=)[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc=[\"']([^\"']*)", re.IGNORECASE)


def alt(sheet: Proofsheet) -> Iterator[Finding]:
    """Every picture says what is seen on it."""
    for article in sheet.edition.articles:
        for image in _images(article):
            yield from _alt(article, image)
    for tag in dict.fromkeys(_BARE.findall(sheet.rendition.html)):
        source = _SOURCE.search(tag)
        sentence = f"a picture without alt: {source[1] if source else tag[:60]}"
        yield warning(sentence, 'write alt="…", or alt="" where it only decorates')


def _images(article: Article) -> Iterator[Image]:
    images = (article.image, article.video.poster if article.video else None)
    yield from (image for image in images if image)


def _alt(article: Article, image: Image) -> Iterator[Finding]:
    words = fold(image.alt)
    where = place(article, words, "alt:", "alt =", "image") if words else article.origin
    # A file without alt text is told where it is left out, as one of the problems.
    if not words and not image.file:
        sentence = f"a picture of “{fold(article.title)}” has no alt text, so it is left out"
        yield warning(sentence, "say in alt: what is seen", where=where, about=article)
    elif (length := as_read(words)) > ALT_FITS:
        sentence = f"{length} characters of alt text; up to {ALT_FITS} are listened to"
        yield warning(sentence, "say what is seen, no more", where=where, about=article)
    elif words and words.casefold() == fold(article.title).casefold():
        sentence = "the alt text says the headline again"
        yield warning(sentence, "say what is seen instead", where=where, about=article)


def weight(sheet: Proofsheet) -> Iterator[Finding]:
    """All pictures together load before a reader gives up."""
    total = sum(len(picture.data) for picture in sheet.rendition.pictures)
    if total > PICTURES_FIT:
        sentence = f"the pictures have {kilobytes(total)}; aim for {kilobytes(PICTURES_FIT)}"
        yield warning(sentence, "take one out")

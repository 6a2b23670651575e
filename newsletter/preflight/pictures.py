"""What is seen, and what is said to who cannot see it."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.model import Article, Finding, Image, Picture
from newsletter.preflight.page import Element
from newsletter.preflight.proof import Proofsheet, place, warning
from newsletter.preflight.prose import as_read, fold, kilobytes

#: Characters: more is read out for longer than the picture is looked at.
ALT_FITS = 100

#: Bytes of all pictures of an edition together: a mail is read on a phone, on the road.
PICTURES_FIT = 300_000
#: Of a large one, and of a square beside a headline, which has so many pixels at most.
ONE_FITS, SQUARE_FITS, SQUARE_PIXELS = 100_000, 20_000, 200

#: Word shows none of these, other programs not all (caniemail.com, image formats).
_UNKNOWN = frozenset(
    {"webp", "avif", "svg", "heic", "heif", "jxl", "bmp", "tif", "tiff", "apng", "ico", "mp4"}
)
_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp)|(?:img|dsc|image)[-_ ]?\d+", re.IGNORECASE)


def alt(sheet: Proofsheet) -> Iterator[Finding]:
    """Every picture says what is seen on it."""
    yield from sheet.told_by("alt")
    for article in sheet.edition.articles:
        for image in _images(article):
            yield from _alt(article, image)
    told: set[str] = set()
    for element in sheet.root.iter("img"):
        source = element.get("src") or "without address"
        if element.get("alt") is None and source not in told:
            told.add(source)
            hint = 'write alt="…", or alt="" where it only decorates'
            sentence = f"a picture without alt: {source}"
            yield _about(sheet, element, sentence, hint)


def _images(article: Article) -> Iterator[Image]:
    images = (article.image, article.video.poster if article.video else None)
    yield from (image for image in images if image)


def _alt(article: Article, image: Image) -> Iterator[Finding]:
    words = fold(image.alt)
    where = place(article, words, "alt:", "alt =", "image") if words else article.origin
    # A file without alt text is told by who leaves it out, if it has a place at all.
    if not words and not image.file:
        sentence = f"a picture of “{fold(article.title)}” has no alt text, so it is left out"
        yield warning(sentence, "say in alt: what is seen", where=where, about=article)
    elif (length := as_read(words)) > ALT_FITS:
        sentence = f"{length} characters of alt text; up to {ALT_FITS} are listened to"
        yield warning(sentence, "say what is seen, no more", where=where, about=article)
    elif words and words.casefold() == fold(article.title).casefold():
        sentence = "the alt text says the headline again"
        yield warning(sentence, "say what is seen instead", where=where, about=article)
    elif _FILE_NAME.fullmatch(words):
        sentence = f"the alt text is the name of a file: {words}"
        yield warning(sentence, "say what is seen instead", where=where, about=article)


def weight(sheet: Proofsheet) -> Iterator[Finding]:
    """Pictures load before a reader gives up: each of them, and all together."""
    for picture in sheet.rendition.pictures:
        fits = SQUARE_FITS if picture.width <= SQUARE_PIXELS else ONE_FITS
        if len(picture.data) > fits:
            element = _shown(sheet, picture)
            sentence = f"a picture has {kilobytes(len(picture.data))}; aim for {kilobytes(fits)}"
            yield _about(sheet, element, sentence, "save it smaller, or with fewer details")
    total = sum(len(picture.data) for picture in sheet.rendition.pictures)
    if total > PICTURES_FIT:
        sentence = f"the pictures have {kilobytes(total)}; aim for {kilobytes(PICTURES_FIT)}"
        yield warning(sentence, "take one out")


def _shown(sheet: Proofsheet, picture: Picture) -> Element | None:
    images = sheet.root.iter("img")
    return next((one for one in images if picture.hash in (one.get("src") or "")), None)


def width(sheet: Proofsheet) -> Iterator[Finding]:
    """Every picture has its width in pixels on its tag: Word takes it from nowhere else."""
    for element in sheet.root.iter("img"):
        said = (element.get("width") or "").strip()
        if not said.removesuffix("px").isdigit():
            what = f"the width {said}" if said else "no width"
            sentence = f"a picture has {what}: {element.get('src')}"
            hint = 'write width="600" or less: in Word it is shown as large as its file'
            yield _about(sheet, element, sentence, hint)


def kind(sheet: Proofsheet) -> Iterator[Finding]:
    """Every picture is a JPEG, PNG or GIF, at an address."""
    for element in sheet.root.iter("img", "source"):
        source = element.get("src") or element.get("srcset") or ""
        hint = "save it as JPEG or PNG"
        if source.startswith("data:"):
            sentence = f"a picture stands in the mail itself: {source[:40]}…"
            yield _about(sheet, element, sentence, "put it at an address: Gmail shows none inside")
        elif (ending := _ending(source)) in _UNKNOWN:
            sentence = f"Outlook for Windows shows no {ending.upper()}: {source}"
            yield _about(sheet, element, sentence, hint)
    for picture in sheet.rendition.pictures:
        name = picture.media_type.removeprefix("image/").partition("+")[0]
        if name in _UNKNOWN:
            sentence = f"Outlook for Windows shows no {name.upper()}: one is served to it"
            yield _about(sheet, _shown(sheet, picture), sentence, hint)


def _ending(source: str) -> str:
    try:
        path = urlsplit(source.split(maxsplit=1)[0]).path if source.strip() else ""
    except ValueError:
        return ""
    return path.rpartition(".")[2].lower()


def _about(sheet: Proofsheet, element: Element | None, sentence: str, hint: str) -> Finding:
    about = None if element is None else sheet.story(element)
    where = "" if about else sheet.templates
    return warning(sentence, hint, where=where, about=about, at=element)

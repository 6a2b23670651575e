"""Words as preflight reads them: bare of tags, in one line, counted as they are read."""

import re
from collections.abc import Iterator
from html import unescape
from unicodedata import category

from newsletter.model import Article

#: Pictures among letters, as the inside of a regular expression's brackets; © and ™ are signs.
EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u231b\u23e9-\u23fa\ufe0f"

_TAG = re.compile(r"<[^>]*>")
#: What rendering takes out of every text.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSCORED = re.compile("_+")


def plain(html: str, *, gap: str = " ") -> str:
    """Return the words of HTML in one line, each of its tags replaced by `gap`."""
    return fold(unescape(_TAG.sub(gap, html)))


def fold(text: str) -> str:
    return " ".join(text.split())


def bare(text: str) -> str:
    """Reduce a text to what rendering keeps of it: no control characters, no sentinel's `__`."""
    return _UNSCORED.sub("_", _UNPRINTABLE.sub("", text))


def as_read(text: str) -> int:
    """Count characters as read: marks and joiners stand on others (Unicode categories M, Cf)."""
    return sum(category(char)[0] != "M" and category(char) != "Cf" for char in text)


def kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"


def quote(words: str, most: int = 40) -> str:
    """Put words in quotation marks, cut where they are many."""
    return f"“{words if len(words) <= most else words[: most - 1].rstrip() + '…'}”"


_CODE = re.compile(r"<(pre|code)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r"</(?:p|li|h[1-6]|blockquote|td|th|figcaption|div)\s*>", re.IGNORECASE)


def passages(article: Article) -> Iterator[tuple[str, str]]:
    """Yield each passage that readers see, with its name; code is left out of the body."""
    yield "the headline", article.title
    yield "the dek", article.dek
    yield "the update note", article.update_note
    yield "the subject", article.subject
    yield "the preheader", article.preheader
    images = (article.image, article.video.poster if article.video else None)
    yield from (("the alt text", image.alt) for image in images if image)
    yield from (("the sources", reference.title) for reference in article.references)
    paragraphs = filter(None, map(plain, _BLOCK.split(_CODE.sub(" ", article.body))))
    yield from ((f"¶ {number}", words) for number, words in enumerate(paragraphs, 1))

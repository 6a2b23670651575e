"""What every check is given, and how it says what it noticed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from pathlib import Path
from unicodedata import category

from newsletter.model import Article, Edition, Finding, Problem, Rendition, Severity
from newsletter.settings import Newsletter, on_loopback

_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(
    r"<(style|script|title|head)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSCORED = re.compile("_+")

#: A larger file is no article; it is not searched for a line.
_LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Proofsheet:
    """An edition with all that is known of it."""

    edition: Edition
    rendition: Rendition
    newsletter: Newsletter
    problems: tuple[Problem, ...]
    #: Without a slash at its end.
    site_url: str
    #: `outbox`, `smtp` or `sendgrid`.
    transport: str
    #: Empty: not told, so taken to be elsewhere.
    smtp_host: str

    @cached_property
    def seen(self) -> str:
        """What the HTML says to a reader, entities read, in one line."""
        return plain(_UNSEEN.sub(" ", self.rendition.html))

    @cached_property
    def own_words(self) -> str:
        """All that the newsroom wrote, bare, in one line: it may stand as it is."""
        return " ".join(bare(fold(words)) for words in _own_words(self))

    @property
    def leaves_this_machine(self) -> bool:
        """Whether mail goes to readers, who cannot open links to this machine."""
        relayed = self.transport == "smtp" and not (self.smtp_host and on_loopback(self.smtp_host))
        return relayed or self.transport == "sendgrid"

    @property
    def settings_file(self) -> str:
        return f"templates/{self.newsletter.name}/newsletter.toml"

    def article(self, id: str) -> Article | None:
        return next((article for article in self.edition.articles if article.id == id), None)


Check = Callable[[Proofsheet], Iterator[Finding]]


def error(
    sentence: str, hint: str = "", *, where: str = "", about: Article | None = None
) -> Finding:
    """Say what stops the edition."""
    return _finding(Severity.ERROR, sentence, hint, where, about)


def warning(
    sentence: str, hint: str = "", *, where: str = "", about: Article | None = None
) -> Finding:
    """Say what the editor should judge."""
    return _finding(Severity.WARNING, sentence, hint, where, about)


def _finding(
    severity: Severity, sentence: str, hint: str, where: str, about: Article | None
) -> Finding:
    return Finding(
        check="",
        severity=severity,
        sentence=sentence,
        hint=hint,
        where=where or (about.origin if about else ""),
        article=about.id if about else "",
    )


def plain(html: str) -> str:
    """Return the words of HTML without its tags, folded to one line."""
    return fold(unescape(_TAG.sub(" ", html)))


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


def place(article: Article, *words: str) -> str:
    """
    Name an article's file, with the first line that holds one of the words.

    Without a line where the article is no file, or the words are not in it as they stand.
    """
    lines = _lines(article.origin)
    for word in words:
        for number, line in enumerate(lines, 1):
            if word in line:
                return f"{article.origin}:{number}"
    return article.origin


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> tuple[str, ...]:  # noqa: ARG001 (a changed file is read again)
    return tuple(path.read_text(encoding="utf-8", errors="replace").splitlines())


def _lines(origin: str) -> tuple[str, ...]:
    path = Path(origin)
    try:
        if path.suffix != ".md" or not path.is_file() or path.stat().st_size > _LARGEST:
            return ()
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):  # unreadable, or a name that no file can have
        return ()


def _own_words(sheet: Proofsheet) -> Iterator[str]:
    edition, newsletter = sheet.edition, sheet.newsletter
    yield from (edition.subject, edition.preheader)
    yield from (newsletter.title, newsletter.tagline, newsletter.strip, newsletter.postal_address)
    yield from (section.title for section in edition.sections)
    if edition.sponsor:
        yield from (edition.sponsor.name, edition.sponsor.text, edition.sponsor.call)
    for article in edition.articles:
        yield from (words for _, words in passages(article))
        yield plain(article.body)
        # As an author sees it too: tags inside a word do not part it.
        yield fold(unescape(_TAG.sub("", article.body)))
        yield from (article.id, article.byline)


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

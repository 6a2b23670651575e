"""What every check is given, and how it says what it noticed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from newsletter.model import (
    Article,
    Edition,
    Finding,
    Link,
    Memory,
    MergeField,
    Problem,
    Rendition,
    Severity,
)
from newsletter.preflight.looks import Looks, Scheme, unseen
from newsletter.preflight.page import Element, anchor, elements, own_texts, parse, spoken
from newsletter.preflight.prose import bare, fold, passages, plain
from newsletter.settings import Newsletter, on_loopback

_UNSEEN = re.compile(
    r"<(style|script|title|head)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)

#: A link that is counted, and its number.
_COUNTED = re.compile(rf"/c/{MergeField.CLICK.sentinel}/(\d+)$")


#: A larger file is no article; it is not searched for a line.
_LARGEST = 1_000_000

#: Follows addresses, and returns those that lead nowhere, each with why.
Follow = Callable[[Sequence[str]], Mapping[str, str]]

#: Asks DNS about the sender's domain, and returns what is wrong with it.
AskDns = Callable[[], Sequence[Finding]]


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
    #: What the edition before said.
    memory: Memory = field(default_factory=Memory)
    #: Parts of the readers, 0 to 1, by mailbox operator; empty: nobody counted them.
    operators: Mapping[str, float] = field(default_factory=dict)
    #: None: links are not followed.
    follow: Follow | None = None
    #: Makes a whole mail, as long as any reader's; None: no spam filter is asked.
    mail: Callable[[], bytes] | None = None
    #: None: DNS is not asked.
    dns: AskDns | None = None

    @cached_property
    def seen(self) -> str:
        """What the HTML says to a reader, entities read, in one line."""
        return plain(_UNSEEN.sub(" ", self.rendition.html))

    @cached_property
    def root(self) -> Element:
        """The HTML as a tree."""
        return parse(self.rendition.html)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """All elements that have a place in the mail, in reading order."""
        return tuple(elements(self.root))

    def looks(self, scheme: Scheme) -> Looks:
        return self._looks[scheme]

    @cached_property
    def _looks(self) -> Mapping[Scheme, Looks]:
        chosen: dict[Any, list[Element]] = {}
        return {
            "light": Looks(self.root, "light", chosen),
            "dark": Looks(self.root, "dark", chosen),
        }

    @cached_property
    def texts(self) -> tuple[tuple[Element, str], ...]:
        """Every element with words of its own, and them, in one line; in reading order."""
        found = ((one, fold(" ".join(own_texts(one)))) for one in self.elements)
        return tuple((element, words) for element, words in found if words)

    @cached_property
    def visible(self) -> str:
        """The words that can be seen, in one line."""
        looks = self.looks("light")
        return fold("".join(w for one, w in spoken(self.root) if not unseen(looks.of(one))))

    def place(self, link: Link, *words: str) -> str:
        """Name the file that a link comes from, with its line where one can be told."""
        article = self.article(link.article)
        if article:
            return place(article, *(words or (link.url,)))
        sponsor = self.edition.sponsor
        bought = sponsor.origin if sponsor and link.role == "sponsor" else ""
        return bought or f"link {link.number}"

    @cached_property
    def link_elements(self) -> Mapping[int, Element]:
        """Where each link of the table stands first in the mail, by its number."""
        found: dict[int, Element] = {}
        for element, number in self._numbered:
            found.setdefault(number, element)
        return found

    @cached_property
    def _numbered(self) -> tuple[tuple[Element, int], ...]:
        """Every link of the mail that is in the table, counted or not, with its number."""
        plain = {link.url: link.number for link in self.rendition.links}
        hrefs = ((one, one.get("href") or "") for one in self.root.iter("a"))
        numbers = (
            (one, int(found[1]) if (found := _COUNTED.search(href)) else plain.get(href))
            for one, href in hrefs
        )
        return tuple((element, number) for element, number in numbers if number is not None)

    def anchor(self, article: str) -> str:
        """Say where an article stands in the mail; empty where nothing of it is a link."""
        for link in self.rendition.links:
            if article and link.article == article and link.number in self.link_elements:
                return anchor(self.link_elements[link.number])
        return ""

    def story(self, element: Element) -> Article | None:
        """Return the article that an element belongs to: the links round it are of no other."""
        for around in (element, *element.iterancestors()):
            inside = self._linked.keys() & set(around.iter("a"))
            names = {self._linked[link] for link in inside}
            if names:
                return self.article(names.pop()) if len(names) == 1 else None
        return None

    @cached_property
    def _linked(self) -> Mapping[Element, str]:
        articles = {link.number: link.article for link in self.rendition.links if link.article}
        return {one: articles[number] for one, number in self._numbered if number in articles}

    @cached_property
    def own_words(self) -> str:
        """All that the newsroom wrote, bare, in one line: it may stand as it is."""
        return " ".join(bare(fold(words)) for words in _own_words(self))

    @property
    def leaves_this_machine(self) -> bool:
        """Whether mail goes to readers, who cannot open links to this machine."""
        relayed = self.transport == "smtp" and not (self.smtp_host and on_loopback(self.smtp_host))
        return relayed or self.transport == "sendgrid"

    def told_by(self, check: str) -> Iterator[Finding]:
        """Yield the problems that a check tells, each once."""
        for problem in dict.fromkeys(self.problems):
            if problem.check == check:
                yield warning(problem.what, problem.hint, where=problem.where)

    @property
    def settings_file(self) -> str:
        return f"templates/{self.newsletter.name}/newsletter.toml"

    @property
    def templates(self) -> str:
        return f"templates/{self.newsletter.name}/"

    def article(self, id: str) -> Article | None:
        return next((article for article in self.edition.articles if article.id == id), None)


Check = Callable[[Proofsheet], Iterator[Finding]]


def error(
    sentence: str,
    hint: str = "",
    *,
    where: str = "",
    about: Article | None = None,
    at: Element | None = None,
) -> Finding:
    """Say what stops the edition; `at` is the element of the mail that it is about."""
    return _finding(Severity.ERROR, sentence, hint, where=where, about=about, at=at)


def warning(
    sentence: str,
    hint: str = "",
    *,
    where: str = "",
    about: Article | None = None,
    at: Element | None = None,
) -> Finding:
    """Say what the editor should judge."""
    return _finding(Severity.WARNING, sentence, hint, where=where, about=about, at=at)


def _finding(
    severity: Severity,
    sentence: str,
    hint: str,
    *,
    where: str,
    about: Article | None,
    at: Element | None,
) -> Finding:
    return Finding(
        check="",
        severity=severity,
        sentence=sentence,
        hint=hint,
        where=where or (about.origin if about else ""),
        article=about.id if about else "",
        anchor="" if at is None else anchor(at),
    )


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
        yield plain(article.body, gap="")
        yield from (article.id, article.byline)

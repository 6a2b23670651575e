"""Lays out single stories: the lead, the big reel, and all others."""

from dataclasses import dataclass
from datetime import tzinfo
from math import ceil
from pathlib import Path
from unicodedata import combining
from urllib.parse import urlsplit

from newsletter.model import Article, Image, Kind
from newsletter.rendering.body import body, word_count
from newsletter.rendering.links import LinkTable, ascii_address, share_on_linkedin, share_on_x
from newsletter.rendering.plain import fold
from newsletter.rendering.view import Cited, Lead, Reel, Shown, Story, Tongue
from newsletter.rendering.words import words

#: Words that a reader reads in a minute.
PACE = 230

#: A shorter headline beside a square leaves a hole; in characters as read.
_SQUARE_NEEDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What laying out a story needs besides the story."""

    links: LinkTable
    templates: Path
    site_url: str
    #: Of the newsletter.
    zone: tzinfo
    lang: str


def tongue(lang: str, dir: str, templates: Path) -> Tongue:
    """Say how a text in a language and direction is set."""
    start, end = ("right", "left") if dir == "rtl" else ("left", "right")
    spoken = words(lang, templates)
    return Tongue(words=spoken, lang=lang, dir=dir, start=start, end=end, type=spoken.type)


def reading_minutes(article: Article) -> int:
    """Return how long a story takes, in whole minutes; a reel takes its length."""
    if article.kind is Kind.REEL and article.video:
        return ceil(article.video.seconds / 60)
    return max(1, ceil(word_count(article.body or article.dek) / PACE))


def lead(article: Article, desk: Desk, *, full: bool, most: int) -> Lead:
    """Lay out the featured story; unless `full`, its body is cut to `most` words."""
    said = tongue(article.lang, article.dir, desk.templates)
    href = _href(article, desk, role="lead")
    shown = body(
        article.body,
        href=lambda url: desk.links.href(url, role="body", article=article.id),
        words=None if full else most,
    )
    is_reel = article.kind is Kind.REEL
    more = "watch" if is_reel else "read_on" if shown.cut or not shown.blocks else ""
    return Lead(
        tongue=said,
        title=fold(article.title),
        href=href,
        label=" · ".join((said.words["featured"], *_labels(article, said, desk))),
        dek=fold(article.dek),
        picture=_lead_picture(article),
        body=shown.html,
        blocks=shown.blocks,
        button=said.words[more] if more and href else "",
        minutes="" if is_reel else said.words.count("minutes", reading_minutes(article)),
        sources=tuple(
            Cited(
                title=fold(source.title) or source.url,
                href=desk.links.href(source.url, role="reference", article=article.id),
            )
            for source in article.references
        ),
        published=said.words.day(article.published.astimezone(desk.zone).date()),
        id=fold(article.id),
        byline=fold(article.byline),
        share_on_x=_share(
            share_on_x(fold(article.title), ascii_address(article.url)), article, desk
        ),
        share_on_linkedin=_share(share_on_linkedin(ascii_address(article.url)), article, desk),
    )


def story(article: Article, desk: Desk, *, may_have_square: bool) -> Story:
    """Lay out one of the further stories; a reel among them only says so."""
    said = tongue(article.lang, article.dir, desk.templates)
    is_reel = article.kind is Kind.REEL
    length = 0 if is_reel else reading_minutes(article)
    return Story(
        tongue=said,
        title=fold(article.title),
        href=_href(article, desk, role="reel" if is_reel else "story"),
        dek=fold(article.dek),
        label=" · ".join(_labels(article, said, desk)),
        reading=said.words.count("read", length) if length else "",
        minutes=said.words.count("minutes", length) if length else "",
        square=_square(article, desk) if may_have_square else None,
    )


def reel(article: Article, desk: Desk) -> Reel:
    """Lay out the one reel that is shown big."""
    said = tongue(article.lang, article.dir, desk.templates)
    poster = article.video.poster if article.video else article.image
    return Reel(
        tongue=said,
        title=fold(article.title),
        href=_href(article, desk, role="reel"),
        duration=_duration(article),
        dek=fold(article.dek),
        label=" · ".join(_labels(article, said, desk, length=False)),
        poster=_shown(poster, 552),
    )


def _href(article: Article, desk: Desk, *, role: str) -> str:
    """Lead to the story; for a reel, to its video."""
    url = article.video.url if article.kind is Kind.REEL and article.video else article.url
    return desk.links.href(url, role=role, article=article.id)


def _share(url: str, article: Article, desk: Desk) -> str:
    return desk.links.href(url, role="share", article=article.id)


def _labels(article: Article, said: Tongue, desk: Desk, *, length: bool = True) -> list[str]:
    """Say what is special about a story; mostly nothing."""
    note = fold(article.update_note)
    found = []
    if article.update_of or (article.updated and note):
        found += [said.words["updated"], note]
    if length and article.kind is Kind.REEL:
        found += [said.words["reel"], _duration(article)]
    if article.lang.split("-")[0].lower() != desk.lang.split("-")[0].lower():
        found.append(said.words.name)
    return [label for label in found if label]


def _duration(article: Article) -> str:
    seconds = article.video.seconds if article.video else 0
    return f"{seconds // 60}:{seconds % 60:02}" if seconds > 0 else ""


def _lead_picture(article: Article) -> Shown | None:
    poster = article.video.poster if article.kind is Kind.REEL and article.video else None
    return _shown(poster or article.image, 600)


def _square(article: Article, desk: Desk) -> Shown | None:
    """Show a square beside a long headline. It is a link: it needs words for who cannot see."""
    long_enough = sum(not combining(char) for char in article.title) >= _SQUARE_NEEDS
    image = article.image
    if not (image and long_enough and fold(image.alt)):
        return None
    # Ours was cut square; one from the web keeps its own shape.
    ours = image.url.startswith(f"{desk.site_url}/i/")
    return _shown(image, 72, 72 if ours else 0)


def _shown(image: Image | None, width: int, height: int = 0) -> Shown | None:
    src = ascii_address(image.url) if image else ""
    if not image or urlsplit(src).scheme not in {"http", "https"}:
        return None
    return Shown(src=src, alt=fold(image.alt), width=width, height=height)

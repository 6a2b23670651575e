"""Gives each picture of an edition its place in the mail, and an address of our own."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import combining

from newsletter.model import Article, Edition, Image, Kind, Picture, Problem
from newsletter.rendering.picture_formats import Role, Undevelopable

#: Squares in a mail: more make a list of pictures.
MOST_SQUARES = 6

#: Characters of a headline as read: a shorter one leaves a hole beside its square.
SQUARE_NEEDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustrated:
    """An edition whose pictures all have addresses, and what is served there."""

    edition: Edition
    #: Each once, in reading order.
    pictures: tuple[Picture, ...] = ()
    problems: tuple[Problem, ...] = ()


def illustrate(edition: Edition, *, site_url: str) -> Illustrated:
    """
    Turn every picture file of an edition into a picture at `{site_url}/i/{hash}.jpg`.

    A file that cannot be used, or has no place in the mail, is left out; the story stays. What
    an editor should know of that is a problem. Pictures on the web stay as they are.
    """
    album = _Album(site_url.rstrip("/"))
    lead = _first(edition.lead, album)
    sections = []
    reel = edition.reel
    for number, section in enumerate(edition.sections):
        stories = tuple(_story(article, album) for article in section.articles)
        sections.append(replace(section, articles=stories))
        if number == 0 and reel:
            reel = _first(reel, album)
    if reel and not edition.sections:
        reel = _first(reel, album)
    return Illustrated(
        edition=replace(edition, lead=lead, sections=tuple(sections), reel=reel),
        pictures=tuple(album.pictures.values()),
        problems=tuple(album.problems),
    )


def _develop(file: Path, role: Role) -> Picture:
    # Here, because an edition without pictures need not wait for it.
    from newsletter.rendering.darkroom import develop  # noqa: PLC0415

    return develop(file, role)


@dataclass(slots=True)
class _Album:
    """Collects pictures and problems on the way through an edition."""

    site_url: str
    pictures: dict[str, Picture] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    squares: int = 0

    def add(self, article: Article, image: Image, file: Path, role: Role) -> Image | None:
        """Return the same picture at its address, or None where none can be made."""
        try:
            picture = _develop(file, role)
        except Undevelopable as error:
            self.tell(article, f"the picture {file.name} {error}", "the story goes without it")
            return None
        self.pictures.setdefault(picture.hash, picture)
        # A picture of half its pixels is shown as large, and looks soft.
        if picture.width * 2 < role.value.width:
            self.tell(
                article,
                f"the picture {file.name} is small: it has {picture.width} pixels across",
                f"bring one of {role.value.width} pixels or more",
            )
        return replace(image, url=f"{self.site_url}/i/{picture.hash}.jpg", file=None)

    def tell(self, article: Article, what: str, hint: str, *, check: str = "") -> None:
        self.problems.append(Problem(where=article.origin, what=what, hint=hint, check=check))


def _first(article: Article, album: _Album) -> Article:
    """Illustrate what stands big: the lead, or the reel."""
    video = article.video
    if article.kind is Kind.REEL and video and (video.poster or not article.image):
        poster = _big(article, video.poster, album, Role.POSTER)
        return replace(
            article, video=replace(video, poster=poster), image=_elsewhere(article.image)
        )
    role = Role.POSTER if article.kind is Kind.REEL else Role.LEAD
    return _without_poster(replace(article, image=_big(article, article.image, album, role)))


def _big(article: Article, image: Image | None, album: _Album, role: Role) -> Image | None:
    if image is None or image.file is None:
        return image
    if not image.alt.strip():
        album.tell(
            article,
            f"the picture {image.file.name} has no alt text, so it is left out",
            "say in alt: what is seen",
            check="alt",
        )
        return None
    return album.add(article, image, image.file, role)


def _story(article: Article, album: _Album) -> Article:
    """Illustrate one of the further stories: a square, where there is a place for one."""
    return _without_poster(replace(article, image=_square(article, article.image, album)))


def _square(article: Article, image: Image | None, album: _Album) -> Image | None:
    read = sum(not combining(char) for char in article.title)
    if image is None or read < SQUARE_NEEDS or album.squares >= MOST_SQUARES:
        return _elsewhere(image)
    shown = _big(article, image, album, Role.SQUARE)
    album.squares += bool(shown and shown.url and shown.alt.strip())
    return shown


def _without_poster(article: Article) -> Article:
    """Leave out a poster that has no place, so that nothing names a file any more."""
    if not article.video:
        return article
    return replace(article, video=replace(article.video, poster=_elsewhere(article.video.poster)))


def _elsewhere(image: Image | None) -> Image | None:
    """Keep a picture only where it is on the web."""
    return image if image and image.file is None else None

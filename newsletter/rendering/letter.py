"""Lays an edition out for its templates: words, addresses and pictures, each in its place."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.model import Edition, Kind, MergeField, Section, Sponsor
from newsletter.rendering.links import LinkTable
from newsletter.rendering.plain import fold
from newsletter.rendering.stories import Desk, lead, reading_minutes, reel, story, tongue
from newsletter.rendering.view import Frame, Letter, Part, Slot, Tongue
from newsletter.rendering.words import Words
from newsletter.settings import Newsletter, Tracking

#: More squares than these make a list of pictures.
_MOST_SQUARES = 6


def letter(
    edition: Edition,
    newsletter: Newsletter,
    *,
    links: LinkTable,
    templates: Path,
    site_url: str,
) -> Letter:
    """Lay out a whole edition; links are numbered in reading order on the way."""
    around = frame(edition, newsletter, templates=templates, site_url=site_url)
    desk = Desk(
        links=links,
        templates=templates,
        site_url=site_url,
        zone=newsletter.schedule.zone,
        lang=newsletter.lang,
    )
    full = newsletter.lead.body == "full"
    own = around.tongue
    return Letter(
        **{field.name: getattr(around, field.name) for field in fields(around)},
        lead=lead(edition.lead, desk, full=full, most=newsletter.lead.words),
        sponsor=_slot(edition.sponsor, own, links) if edition.sponsor else None,
        parts=tuple(_parts(edition, desk, own)),
    )


def frame(edition: Edition, newsletter: Newsletter, *, templates: Path, site_url: str) -> Frame:
    """Lay out what stands round an edition's mail."""
    own = tongue(newsletter.lang, newsletter.dir, templates)
    opens = newsletter.tracking.opens != "off"
    door = MergeField.DOOR.sentinel
    return Frame(
        tongue=own,
        subject=fold(edition.subject),
        preheader=fold(edition.preheader),
        title=fold(newsletter.title),
        tagline=fold(newsletter.tagline),
        strip=fold(newsletter.strip),
        date=own.words.day(edition.id.day, "EEEE d MMMM y"),
        contents=_contents(edition, own.words),
        replies=bool(newsletter.reply_to),
        why=_why(newsletter.home, own.words),
        counted=_counted(newsletter.tracking, own.words),
        postal_address=fold(newsletter.postal_address),
        view=f"{site_url}/v/{MergeField.VIEW.sentinel}",
        unsubscribe=f"{site_url}/u/{door}",
        preferences=f"{site_url}/preferences/{door}",
        subscribe=f"{site_url}/subscribe",
        pixel=f"{site_url}/o/{MergeField.OPEN.sentinel}.gif" if opens else "",
    )


def _parts(edition: Edition, desk: Desk, own: Tongue) -> Iterator[Part]:
    """Yield the sections in order, the reel after the first."""
    number, squares = 1, _MOST_SQUARES
    for position, section in enumerate(edition.sections):
        part = _section(section, desk, own, first=number, squares=squares)
        number += len(part.stories)
        squares -= sum(bool(shown.square) for shown in part.stories)
        yield part
        if position == 0 and edition.reel:
            yield Part(reel=reel(edition.reel, desk))
    if edition.reel and not edition.sections:
        yield Part(reel=reel(edition.reel, desk))


def _section(section: Section, desk: Desk, own: Tongue, *, first: int, squares: int) -> Part:
    stories = []
    for article in section.articles:
        shown = story(article, desk, may_have_square=squares > 0)
        squares -= bool(shown.square)
        stories.append(shown)
    return Part(
        title=fold(section.title),
        count=own.words.count("stories", len(stories)),
        first=first,
        stories=tuple(stories),
    )


def _contents(edition: Edition, said: Words) -> str:
    """Say how much there is: `4 stories and a reel, 6 minutes`."""
    articles = edition.articles
    reels = sum(article.kind is Kind.REEL for article in articles)
    stories = len(articles) - reels
    counts = [said.count("stories", stories)] if stories else []
    counts += [said.count("reels", reels)] if reels else []
    minutes = sum(reading_minutes(article) for article in articles)
    length = said.count("whole_minutes", max(1, minutes))
    return f"{said['and'].join(counts)}{said['comma']}{length}"


def _slot(sponsor: Sponsor, own: Tongue, links: LinkTable) -> Slot:
    host = (urlsplit(sponsor.url).hostname or "").removeprefix("www.")
    return Slot(
        name=fold(sponsor.name),
        text=fold(sponsor.text),
        href=links.href(sponsor.url, role="sponsor"),
        call=fold(sponsor.call) or f"{own.words['visit']} {host}",
    )


def _why(home: str, said: Words) -> str:
    return str(said["why_at"]).replace("{home}", fold(home)) if home else str(said["why"])


def _counted(tracking: Tracking, said: Words) -> str:
    """Say in one line what is counted, and how closely, by the modes that are in force."""
    counted = said["counted"]
    if tracking.clicks == tracking.opens:
        return str(counted[tracking.clicks]["both"])
    modes = {"clicks": tracking.clicks, "opens": tracking.opens}
    on = {what: mode for what, mode in modes.items() if mode != "off"}
    return " ".join(counted[mode][what] for what, mode in on.items())

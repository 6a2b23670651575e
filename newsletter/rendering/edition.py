"""Renders an edition: the only thing here that a newsletter's station calls."""

from pathlib import Path

from newsletter.model import Edition, Rendition
from newsletter.rendering import jinja
from newsletter.rendering.compose import compose
from newsletter.rendering.harmless import harmless
from newsletter.rendering.letter import letter
from newsletter.rendering.links import LinkTable, check_merge_fields
from newsletter.rendering.text import tidy
from newsletter.rendering.utm import Tagger
from newsletter.rendering.view import Frame
from newsletter.settings import Newsletter


def render(
    edition: Edition, newsletter: Newsletter, *, templates: Path, site_url: str
) -> Rendition:
    """
    Render an edition with its newsletter's templates, merge fields still in place.

    Pure: the same articles give the same bytes. Pictures come with their addresses.
    Every link to elsewhere is numbered in the rendition's table, and says
    `{site}/c/{click}/{number}` unless clicks are not counted.

    Raises RenderError: names template, line and step.
    """
    site_url = site_url.rstrip("/")
    edition, newsletter = harmless(edition), harmless(newsletter)
    links = link_table(edition, newsletter, site_url)
    laid_out = letter(edition, newsletter, links=links, templates=templates, site_url=site_url)
    return printed(
        f"{newsletter.name}/edition", laid_out, links, templates=templates, site_url=site_url
    )


def printed(
    template: str, laid_out: Frame, links: LinkTable, *, templates: Path, site_url: str
) -> Rendition:
    """Fill in a template's two parts, `.mjml.j2` and `.txt.j2`. Raises RenderError."""
    context = {"letter": laid_out}
    html, mjml = compose(f"{template}.mjml.j2", context, templates)
    text = links.plain(tidy(jinja.fill(f"{template}.txt.j2", context, templates)))
    for part in (html, text):
        check_merge_fields(part, site_url)
    return Rendition(
        subject=laid_out.subject,
        preheader=laid_out.preheader,
        html=html,
        text=text,
        links=links.links,
        mjml=mjml,
    )


def link_table(edition: Edition, newsletter: Newsletter, site_url: str) -> LinkTable:
    """Begin an edition's link table."""
    known = {"newsletter": newsletter.name, "date": edition.id.day.isoformat()}
    tagger = Tagger(newsletter.utm, known) if newsletter.utm.fields() else None
    return LinkTable(site_url, tracked=newsletter.tracking.clicks != "off", tagger=tagger)


def rendition_size(rendition: Rendition) -> int:
    """
    Return the bytes of the HTML as each reader gets it.

    Exact before splicing: a sentinel is as long as the token that replaces it.
    """
    return len(rendition.html.encode())

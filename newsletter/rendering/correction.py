"""Renders a correction: what was wrong beside what is right, as a short mail or before it all."""

from collections.abc import Iterator
from dataclasses import fields, replace
from html import unescape
from pathlib import Path

from newsletter.errors import RenderError
from newsletter.model import Correction, Edition, Passage, Rendition
from newsletter.model import Righted as RightedStory
from newsletter.rendering.edition import link_table, printed
from newsletter.rendering.harmless import harmless
from newsletter.rendering.letter import frame, letter
from newsletter.rendering.links import LinkTable
from newsletter.rendering.plain import fold
from newsletter.rendering.stories import tongue
from newsletter.rendering.view import Frame, Note, Quoted, Righted
from newsletter.rendering.words import Words, words
from newsletter.settings import Newsletter

#: More passages than these are counted, not quoted; a longer one is cut.
MOST, LONGEST = 8, 600

#: Characters of the line after the subject.
_PREHEADER = 140


def render_correction(
    correction: Correction,
    edition: Edition,
    newsletter: Newsletter,
    *,
    whole: bool,
    templates: Path,
    site_url: str,
) -> Rendition:
    """
    Render a correction: a short mail, or the `whole` edition with the correction before it.

    `edition` is the day's edition as it is right. Raises RenderError.
    """
    site_url = site_url.rstrip("/")
    correction, edition = harmless(correction), harmless(edition)
    newsletter = harmless(newsletter)
    links = link_table(edition, newsletter, site_url)
    around = frame(edition, newsletter, templates=templates, site_url=site_url)
    said = around.tongue.words
    new = {
        "subject": said["correction"]["subject"].replace("{subject}", around.subject),
        "preheader": _line(_sentences(correction, said)),
        "note": _note(correction, edition, newsletter, links, templates, whole=whole),
    }
    if whole:
        laid_out: Frame = letter(
            edition, newsletter, links=links, templates=templates, site_url=site_url
        )
        template = f"{newsletter.name}/edition"
    else:
        laid_out = Frame(**{field.name: getattr(around, field.name) for field in fields(around)})
        number = len(correction.stories)
        new["contents"] = said.count("corrected", number) if number else around.contents
        template = "shared/correction"
    laid_out = replace(laid_out, **new)
    made = printed(template, laid_out, links, templates=templates, site_url=site_url)
    _check_note(made, laid_out, template)
    return made


def _check_note(made: Rendition, laid_out: Frame, template: str) -> None:
    """Raise RenderError when a template of the newsletter's own leaves the correction out."""
    assert laid_out.note  # noqa: S101 - it was just given
    for part, said in (("mjml", unescape(made.html)), ("txt", made.text)):
        if laid_out.note.title not in " ".join(said.split()):
            raise RenderError(
                f"{template}.{part}.j2 does not show letter.note: nobody would see what is right.",
                hint="Take the lines from templates/daily, or leave --whole out.",
            )


def note_in_words(correction: Correction, newsletter: Newsletter, templates: Path) -> str:
    """Say a correction for the archive, for good: a line for each passage."""
    said = words(newsletter.lang, templates)
    return "\n".join(_sentences(harmless(correction), said))


def _sentences(correction: Correction, said: Words) -> Iterator[str]:
    if correction.note:
        yield fold(correction.note)
        return
    own = said["correction"]
    for story, passages in _shown(correction):
        several = len(correction.stories) > 1
        headline = own["quoted"].replace("{words}", fold(story.article.title))
        if story.withdrawn:
            yield f"{own['withdrawn']} {headline}"
        elif several:
            yield f"{headline}:"
        for quote in (_quoted(passage, said) for passage in passages):
            both = ((quote.was_label, quote.was), (quote.now_label, quote.now))
            yield " ".join(f"{label} {text}" for label, text in both if text)
    if more := _more(correction, said):
        yield more


def _line(sentences: Iterator[str]) -> str:
    """Return as many whole words as fit after the subject."""
    text = " ".join(sentences)
    if len(text) <= _PREHEADER:
        return text
    return text[: _PREHEADER - 1].rpartition(" ")[0] + "…"


def _note(
    correction: Correction,
    edition: Edition,
    newsletter: Newsletter,
    links: LinkTable,
    templates: Path,
    *,
    whole: bool,
) -> Note:
    said = words(newsletter.lang, templates)
    own = said["correction"]
    paragraphs = [fold(part) for part in correction.note.splitlines() if part.strip()]
    if whole:
        paragraphs.append(own["whole"])
    shown = () if correction.note else tuple(_shown(correction))
    return Note(
        label=own["label"],
        title=own["title"].replace("{date}", said.day(edition.id.day)),
        words=tuple(paragraphs),
        stories=tuple(_righted(*one, said, links, templates) for one in shown),
        more="" if correction.note else _more(correction, said),
        button=own["read"],
    )


def _shown(correction: Correction) -> Iterator[tuple[RightedStory, tuple[Passage, ...]]]:
    """Yield each story with the passages that are quoted of it: all together no more than fit."""
    room = MOST
    for story in correction.stories:
        quoted = story.passages[:room]
        room -= len(quoted)
        yield story, quoted


def _more(correction: Correction, said: Words) -> str:
    left = sum(len(story.passages) for story in correction.stories) - MOST
    return said.count("more_passages", left) if left > 0 else ""


def _righted(
    story: RightedStory,
    passages: tuple[Passage, ...],
    said: Words,
    links: LinkTable,
    templates: Path,
) -> Righted:
    article = story.article
    leads = "" if story.withdrawn else links.href(article.url, role="story", article=article.id)
    return Righted(
        tongue=tongue(article.lang, article.dir, templates),
        title=fold(article.title),
        href=leads,
        remark=said["correction"]["withdrawn"] if story.withdrawn else "",
        quotes=tuple(_quoted(passage, said) for passage in passages),
    )


def _quoted(passage: Passage, said: Words) -> Quoted:
    own = said["correction"]
    both = bool(passage.was and passage.now)
    return Quoted(
        was_label=own["was"] if both else own["taken_back"],
        was=_in_quotes(passage.was, own["quoted"]),
        now_label=own["now"] if both else own["missing"],
        now=_in_quotes(passage.now, own["quoted"]),
    )


def _in_quotes(text: str, quoted: str) -> str:
    said = fold(text)
    if len(said) > LONGEST:
        said = said[: LONGEST - 1].rpartition(" ")[0] + "…"
    return quoted.replace("{words}", said) if said else ""

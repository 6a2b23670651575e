"""A letter to one person: rendered once for a newsletter and a language, spliced for each."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.model import MergeField, Rendition
from newsletter.rendering import jinja
from newsletter.rendering.compose import compose
from newsletter.rendering.harmless import harmless
from newsletter.rendering.links import check_merge_fields
from newsletter.rendering.speech import speech, words_of
from newsletter.rendering.stories import tongue
from newsletter.rendering.text import tidy
from newsletter.rendering.view import Tongue
from newsletter.settings import Newsletter

#: What each letter's button opens, before its token; the welcome has nothing to press.
_DOORS = {
    "confirm": "confirm",
    "welcome": "u",
    "goodbye": "u",
    "forget": "forget",
    "mydata": "mydata",
}


def letter_rendition(
    kind: str, newsletter: Newsletter, lang: str, *, templates: Path, site_url: str
) -> Rendition:
    """
    Render a letter with its merge field in place: `letters/<kind>/` and three files.

    The reader's token stands in the place of the door; no letter bears a name, nor a pixel.
    Raises RenderError.
    """
    stamp = max(path.stat().st_mtime_ns for path in _files(kind, templates))
    return _rendered(
        kind, newsletter.model_dump_json(by_alias=True), lang, templates, site_url, stamp
    )


def _files(kind: str, templates: Path) -> list[Path]:
    folders = (templates / "letters" / kind, templates / "locale", templates / "shared")
    return [path for folder in folders for path in folder.glob("*.*")]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the frame of every mail asks for."""

    tongue: Tongue
    subject: str
    preheader: str = ""


@lru_cache(maxsize=64)
def _rendered(
    kind: str, newsletter: str, lang: str, templates: Path, site_url: str, _stamp: int
) -> Rendition:
    own = harmless(Newsletter.model_validate_json(newsletter))
    said = speech(lang, templates)
    door = f"{site_url}/{_DOORS[kind]}/{MergeField.DOOR.sentinel}"
    context = words_of(
        said,
        {
            "newsletter": own,
            "tongue": tongue(said.lang, said.dir, templates),
            "door": door,
            "preferences": f"{site_url}/preferences/{MergeField.DOOR.sentinel}",
            "site": site_url,
            "hour": said.hour(own.schedule.at),
            "zone": own.schedule.hour_on(own.schedule.today()).strftime("%Z"),
        },
    )
    subject = " ".join(jinja.fill(f"letters/{kind}/subject.txt.j2", context, templates).split())
    context["letter"] = _Frame(context["tongue"], subject)
    html, mjml = compose(f"letters/{kind}/letter.mjml.j2", context, templates)
    text = tidy(jinja.fill(f"letters/{kind}/letter.txt.j2", context, templates))
    for part in (html, text):
        check_merge_fields(part, site_url)
    return Rendition(subject=subject, preheader="", html=html, text=text, mjml=mjml)

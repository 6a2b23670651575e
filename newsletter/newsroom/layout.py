"""What goes into a day's edition and where, before it is rendered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from newsletter.edition import assemble, digests, names, select
from newsletter.errors import SettingsError
from newsletter.model import (
    Choices,
    Edition,
    EditionId,
    Gathered,
    Memory,
    Problem,
    Selection,
    Skipped,
)
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A day's stories in their places, by the rules and by what an editor chose."""

    id: EditionId
    newsletter: Newsletter
    choices: Choices
    #: Of the file that the choices were read from; empty: there is none.
    version: str
    selection: Selection
    edition: Edition | Skipped
    #: What earlier editions said.
    memory: Memory
    #: Every candidate by its `key`: what it is called in that file.
    names: Mapping[str, str]
    #: What could not be read, and what an editor asked for and cannot have.
    problems: tuple[Problem, ...]
    #: The names of all sponsors, whosever day it is.
    sponsors: tuple[str, ...] = ()

    @property
    def lead_key(self) -> str:
        """The `key` of the story that leads, or nothing."""
        leads = (c.article.key for c in self.selection.choices if c.place == "lead")
        return next(leads, "")


def lay_out(house: House, newsletter: Newsletter, day: date) -> LaidOut:
    """Gather, choose and place a day's stories. Raises ChoicesError."""
    from newsletter.sources import gather
    from newsletter.sources.choices import read_choices

    edition_id = EditionId(newsletter.name, day)
    file = house.choices_path(newsletter, day)
    choices, version = read_choices(file, newsletter.schedule.zone)
    gathered = gather(newsletter, house.settings, house.feeds)
    memory = _memory(house, edition_id, gathered)
    selection = select(
        gathered.articles, newsletter=newsletter, day=day, memory=memory, choices=choices
    )
    edition = assemble(
        selection,
        id=edition_id,
        newsletter=newsletter,
        sponsors=gathered.sponsors,
        choices=choices,
    )
    return LaidOut(
        id=edition_id,
        newsletter=newsletter,
        choices=choices,
        version=version,
        selection=selection,
        edition=edition,
        memory=memory,
        names=_names(selection, choices, newsletter),
        sponsors=tuple(dict.fromkeys(one.name for one in gathered.sponsors)),
        problems=(*gathered.problems, *_unmet(file, choices, selection, edition)),
    )


def _memory(house: House, id: EditionId, gathered: Gathered) -> Memory:
    """Ask what earlier editions said; looking must not make a database where none is."""
    if not house.has_database:
        return Memory()
    from newsletter.storage.memory import recall

    return recall(
        house.database,
        id.newsletter,
        before=id,
        keys={article.key for article in gathered.articles},
        articles={article.id for article in gathered.articles},
    )


def _names(selection: Selection, choices: Choices, newsletter: Newsletter) -> Mapping[str, str]:
    candidates = [choice.article for choice in selection.choices]
    known = choices.approval.articles if choices.approval else choices.articles or ()
    zone = newsletter.schedule.zone
    return names([*selection.ranked, *candidates], candidates, zone, known)


def _unmet(
    file: Path, choices: Choices, selection: Selection, edition: Edition | Skipped
) -> Iterator[Problem]:
    """Name what an editor asked for, and readers do not get or may not expect."""
    for note in selection.notes:
        yield Problem(where=str(file), what=note)
    if choices.sponsor and isinstance(edition, Edition) and edition.sponsor is None:
        what = f"the sponsor {choices.sponsor} is not there, so there is none"
        yield Problem(where=str(file), what=what, hint="sponsor is a sponsor's name or its file.")


def sign(house: House, laid_out: LaidOut, edition: Edition) -> Mapping[str, str]:
    """Hash what an approval is given to; pictures are still files. Raises SettingsError."""
    newsletter, templates = laid_out.newsletter, house.settings.templates
    rule = newsletter.rule()
    return digests(
        edition,
        names=laid_out.names,
        choices=laid_out.choices,
        settings=Newsletter.values(newsletter.name, templates),
        audience=(newsletter.list_names, rule.facts() if rule else None),
        templates=dict(_templates(newsletter.name, templates)),
        site_url=house.settings.site_url,
        picture=_picture,
    )


def _templates(newsletter: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the newsletter's own templates and the shared ones, by their paths."""
    for name in (newsletter, "shared"):
        for path in sorted((folder / name).rglob("*")):
            shown = path.relative_to(folder)
            ours = path.is_file() and shown != Path(newsletter, "newsletter.toml")
            # Editors and disks leave files of their own.
            if ours and not any(part.startswith((".", "__")) for part in shown.parts):
                yield shown.as_posix(), _bytes(path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _picture(file: Path) -> str:
    """Hash a picture; one that is gone is as good as none, and the mail is made without it."""
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""

"""The desk: the day's candidates, in and out, with the reason of each, and who has the slot."""

from dataclasses import dataclass, replace

from newsletter.model import Choice, Kind
from newsletter.newsroom import Draft, NoEdition
from newsletter.studio.moves import BY_DAY, barred


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One story that the edition could carry."""

    id: str
    #: What the file of choices calls it; empty: it cannot be chosen by itself.
    name: str
    title: str
    lang: str
    dir: str
    #: `lead`, `reel`, a number, or empty when it is out.
    place: str
    reason: str
    #: `Updated`, `Reel`, or empty.
    label: str
    #: File, feed or page that it is from.
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A section's stories; the lead stands alone, without a title."""

    title: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What lies on the desk."""

    groups: tuple[Group, ...]
    left: tuple[Candidate, ...]
    #: How many are in.
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One answer to who sponsors the day."""

    #: What the page sends.
    value: str
    label: str
    chosen: bool


def candidates(made: Draft | NoEdition | None) -> Table:
    """Lay the candidates out as the edition has them."""
    if made is None:
        return Table(groups=(), left=(), taken=0)
    left = tuple(
        _candidate(choice, made) for choice in made.selection.choices if not choice.included
    )
    if isinstance(made, NoEdition):
        chosen = tuple(
            _candidate(choice, made) for choice in made.selection.choices if choice.included
        )
        would = (Group(title="Would be in", candidates=chosen),) if chosen else ()
        return Table(groups=would, left=left, taken=len(chosen))
    groups = tuple(_groups(made))
    return Table(groups=groups, left=left, taken=len(made.edition.articles))


def _groups(draft: Draft) -> list[Group]:
    chosen = _chosen(draft)
    edition = draft.edition
    found = [Group(title="", candidates=(chosen[edition.lead.id, edition.lead.url],))]
    for number, section in enumerate(edition.sections):
        inside = tuple(chosen[article.id, article.url] for article in section.articles)
        found.append(Group(title=section.title, candidates=inside))
        if number == 0 and edition.reel:
            found.append(_reel(draft, chosen))
    if edition.reel and not edition.sections:
        found.append(_reel(draft, chosen))
    return found


def _reel(draft: Draft, chosen: dict[tuple[str, str], Candidate]) -> Group:
    reel = draft.edition.reel
    assert reel  # noqa: S101 - who calls this has looked
    # Its heading says what it is.
    return Group(title="Reel", candidates=(replace(chosen[reel.id, reel.url], label=""),))


def _chosen(draft: Draft) -> dict[tuple[str, str], Candidate]:
    """Real newsrooms repeat their ids; with the address it is one story."""
    included = (choice for choice in draft.selection.choices if choice.included)
    return {(one.article.id, one.article.url): _candidate(one, draft) for one in included}


def slots(made: Draft | NoEdition | None) -> tuple[Slot, ...]:
    """Offer the sponsor whose day it is, none, and each that there is."""
    if not isinstance(made, Draft):
        return ()
    wanted = made.choices.sponsor
    now = made.edition.sponsor
    todays = f"Today's: {now.name}" if wanted is None and now else "Today's, by the calendar"
    offered = ((BY_DAY, todays), ("", "None"), *((name, name) for name in made.sponsors))
    chosen = BY_DAY if wanted is None else now.name if now else ""
    return tuple(Slot(value=value, label=label, chosen=value == chosen) for value, label in offered)


def _candidate(choice: Choice, made: Draft | NoEdition) -> Candidate:
    article = choice.article
    updated = "Updated" if article.update_of else ""
    return Candidate(
        id=article.id,
        name=_name(choice, made),
        title=article.title,
        lang=article.lang,
        dir=article.dir,
        place=choice.place,
        reason=choice.reason,
        label=updated or ("Reel" if article.kind is Kind.REEL else ""),
        origin=article.origin,
    )


def _name(choice: Choice, made: Draft | NoEdition) -> str:
    """Return what a story is chosen by; a twin of one that is in goes with that one."""
    article = choice.article
    taken = {one.key for one in made.selection.ranked}
    if not choice.included and (barred(article, made) or article.key in taken):
        return ""
    return made.names.get(article.key, "")

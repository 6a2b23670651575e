"""What an editor does at the desk, one move at a time, as a change of the day's choices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from newsletter.edition import is_called
from newsletter.errors import DeliveryError
from newsletter.model import Article, Choices
from newsletter.newsroom import Draft, NoEdition

Form = Mapping[str, str]

#: What the page sends for the slot when it follows the calendar: no sponsor has this name.
BY_DAY = "\t"

_WORDS = ("subject", "preheader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The choices after a move, and the sentence that says what moved."""

    choices: Choices
    said: str


def moved(move: str, made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """
    Make one move: `take`, `leave`, `order`, `pin`, `words` or `sponsor`.

    `made` is what the editor looks at; `choices` is what they are made on. Raises DeliveryError
    where there is no such move, or its story is not on the desk.
    """
    if move not in _MOVES:
        raise DeliveryError("The desk has no such move.")
    return _MOVES[move](made, choices, form)


def _take(made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Put a story in: last on the list, or where the rules have it, if only a word kept it out."""
    article, name = _story(made, form)
    if barred(article, made):
        raise DeliveryError(f"“{article.title}” cannot be had today.", hint="The desk says why.")
    out = _without(made, article, choices.out)
    listed = choices.articles
    if out == choices.out or choices.listed is not None:
        listed = (*_without(made, article, _order(made, choices)), name)
    return Moved(
        choices=replace(choices, out=out, articles=listed), said=f"“{article.title}” is in."
    )


def barred(article: Article, made: Draft | NoEdition) -> bool:
    """Say whether nobody can choose a story: a draft, one of tomorrow, or one withdrawn."""
    late = article.published >= made.selection.until
    return article.draft or late or _means(made, article, made.choices.withdrawn)


def _leave(made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Take a story out for good; the rules may put another in its place, a list does not."""
    article, name = _story(made, form)
    listed = choices.listed
    changed = replace(
        choices,
        articles=None if listed is None else _without(made, article, listed),
        out=(*_without(made, article, choices.out), name),
        lead="" if _means(made, article, (choices.lead,)) else choices.lead,
    )
    return Moved(choices=changed, said=f"“{article.title}” is out.")


def _order(made: Draft | NoEdition, choices: Choices) -> tuple[str, ...]:
    """Return the stories as they stand: with a list of their own, or as the rules have them."""
    if choices.articles is not None:
        return choices.articles
    return tuple(made.names[article.key] for article in _ranked(made))


def _ranked(made: Draft | NoEdition) -> Sequence[Article]:
    """Return what is in, the lead first: without a pin, whoever stands first on a list leads."""
    leads = [c.article.key for c in made.selection.choices if c.place == "lead"]
    return sorted(made.selection.ranked, key=lambda article: article.key not in leads)


def _place(made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Set a story before or after another one."""
    article, name = _story(made, form)
    other, beside = _story(made, form, "beside")
    after = form.get("side") == "after"
    left = [one for one in _order(made, choices) if not _means(made, article, (one,))]
    at = next((n for n, one in enumerate(left) if _means(made, other, (one,))), None)
    if at is None:
        raise DeliveryError(f"{beside} is not in the edition any more.", hint="Look again.")
    left.insert(at + after, name)
    where = "after" if after else "before"
    return Moved(
        choices=replace(choices, articles=tuple(left)),
        said=f"“{article.title}” now stands {where} “{other.title}”.",
    )


def _pin(made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Pin a story as lead; pinned again, it is let go."""
    article, name = _story(made, form)
    if choices.lead and _means(made, article, (choices.lead,)):
        return Moved(
            choices=replace(choices, lead=""), said=f"“{article.title}” is not pinned any more."
        )
    return Moved(choices=replace(choices, lead=name), said=f"“{article.title}” leads.")


def _words(_made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Set subject or preheader; an empty one follows the newsletter's rule again."""
    texts = {name: " ".join(form[name].split()) for name in _WORDS if name in form}
    counts = {
        name: f"{len(text)} characters" if text else "by rule" for name, text in texts.items()
    }
    return Moved(
        choices=replace(
            choices,
            subject=texts.get("subject", choices.subject),
            preheader=texts.get("preheader", choices.preheader),
        ),
        said=" ".join(f"{name.capitalize()} saved: {count}." for name, count in counts.items()),
    )


def _sponsor(made: Draft | NoEdition, choices: Choices, form: Form) -> Moved:
    """Give the slot to a sponsor, to none, or to the one whose day it is."""
    wanted = form.get("sponsor", BY_DAY)
    known = made.sponsors if isinstance(made, Draft) else ()
    if wanted not in {"", BY_DAY, *known}:
        raise DeliveryError("There is no such sponsor.")
    said = {"": "No sponsor today.", BY_DAY: "The slot is the sponsor's whose day it is."}
    return Moved(
        choices=replace(choices, sponsor=None if wanted == BY_DAY else wanted),
        said=said.get(wanted, f"The slot is {wanted}'s."),
    )


_MOVES: Mapping[str, Callable[[Draft | NoEdition, Choices, Form], Moved]] = {
    "take": _take,
    "leave": _leave,
    "order": _place,
    "pin": _pin,
    "words": _words,
    "sponsor": _sponsor,
}


def _story(made: Draft | NoEdition, form: Form, field: str = "story") -> tuple[Article, str]:
    """Find a candidate by its name on the desk, and how the file calls it."""
    wanted = form.get(field, "")
    for choice in made.selection.choices:
        name = made.names.get(choice.article.key, "")
        if wanted and name == wanted:
            return choice.article, name
    raise DeliveryError("That story is not on the desk any more.", hint="Look again.")


def _means(made: Draft | NoEdition, article: Article, names: Sequence[str]) -> bool:
    zone = made.newsletter.schedule.zone
    known = made.names.get(article.key)
    return any(one == known or is_called(article, one, zone) for one in names if one)


def _without(made: Draft | NoEdition, article: Article, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if not _means(made, article, (name,)))

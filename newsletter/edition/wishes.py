"""What an editor asked for, held against what there is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from newsletter.edition.names import is_called
from newsletter.model import Article, Choice, Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What there is on a day, before anybody chose."""

    #: What the rules would take, the most prominent first.
    fresh: Sequence[Article]
    #: What they would not, each with the reason, the latest first.
    refused: Sequence[tuple[Article, Choice]]
    #: Earlier versions, each with the one that stands for it.
    twins: Sequence[tuple[Article, Article]]
    #: Drafts, and what comes after the cut-off: nobody can choose these.
    untimely: Sequence[Choice]
    zone: tzinfo

    def find(self, name: str) -> Article | None:
        """Return the story of a name: of several, what the rules would take, then the latest."""
        standing = [*self.fresh, *(article for article, _ in self.refused)]
        found = self._called(name, standing)
        if found is None and (twin := self._called(name, [twin for twin, _ in self.twins])):
            winner = next(winner for earlier, winner in self.twins if earlier is twin)
            found = next(article for article in standing if article.key == winner.key)
        return found

    def _called(self, name: str, articles: Iterable[Article]) -> Article | None:
        return next((a for a in articles if is_called(a, name, self.zone)), None)

    def why_not(self, name: str) -> str:
        """Say why a story of that name cannot be had."""
        found = (c for c in self.untimely if is_called(c.article, name, self.zone))
        barred = next(found, None)
        return f"stays out: {barred.reason}" if barred else "is not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What goes in and what stays out by an editor's word."""

    #: In their order.
    chosen: tuple[Article, ...]
    out: tuple[Choice, ...]
    #: The story that was pinned as lead, or None.
    lead: Article | None
    #: Why, by the story's key, where an editor's word is the reason.
    reasons: Mapping[str, str]
    #: What an editor should hear of, in sentences without full stop.
    notes: tuple[str, ...]


def settle(choices: Choices, candidates: Candidates) -> Settled:
    """
    Apply an editor's choices.

    A list outranks the rules: too old, sent before, too many. It cannot bring a draft, nor a
    story of tomorrow. What is taken away stays away, whatever else is said of it. What the rules
    would take and no list names is out for this edition and not decided: the next one may have it.
    """
    away = dict(_away(choices, candidates))
    wanted = list(_wanted(choices, candidates))
    pinned = candidates.find(choices.lead) if choices.lead else None
    lead = pinned if pinned and pinned.key not in away else None
    order = dict.fromkeys(a.key for a in ([lead] if lead else []) + wanted if a.key not in away)
    by_key = {a.key: a for a in wanted} | ({lead.key: lead} if lead else {})
    chosen = tuple(by_key[key] for key in order)
    reasons = dict(_reasons(choices, candidates, chosen, lead))
    return Settled(
        chosen=chosen,
        out=tuple(_left(candidates, away, order)),
        lead=lead,
        reasons=reasons,
        notes=tuple(_notes(choices, candidates, chosen)),
    )


def _away(choices: Choices, candidates: Candidates) -> Iterator[tuple[str, str]]:
    """Yield what is taken away, and the words that say so; a withdrawal is the last word."""
    for name in choices.out:
        if found := candidates.find(name):
            yield found.key, "taken out by the editor"
    for one in choices.withdrawals:
        if found := candidates.find(one.article):
            yield found.key, f"withdrawn by {one.by}" if one.by else "withdrawn"


def _wanted(choices: Choices, candidates: Candidates) -> Iterator[Article]:
    if choices.listed is None:
        yield from candidates.fresh
        return
    for name in choices.listed:
        if found := candidates.find(name):
            yield found


def _reasons(
    choices: Choices, candidates: Candidates, chosen: Sequence[Article], lead: Article | None
) -> Iterator[tuple[str, str]]:
    if chosen and choices.listed is not None:
        yield chosen[0].key, "first on the list"
    if lead:
        yield lead.key, "pinned as lead"
    taken = {article.key for article in chosen}
    for article, refusal in candidates.refused:
        if article.key in taken:
            yield article.key, f"chosen, though {refusal.reason}"


def _left(
    candidates: Candidates, away: Mapping[str, str], taken: Mapping[str, None]
) -> Iterator[Choice]:
    refused = {article.key: choice for article, choice in candidates.refused}
    for article in [*candidates.fresh, *(article for article, _ in candidates.refused)]:
        if article.key in away:
            reason = away[article.key]
            yield Choice(article=article, included=False, reason=reason, considered=True)
        elif article.key in taken:
            continue
        elif article.key in refused:
            yield refused[article.key]
        else:
            yield Choice(article=article, included=False, reason="not chosen")


def _notes(choices: Choices, candidates: Candidates, chosen: Sequence[Article]) -> Iterator[str]:
    asked = (*(choices.listed or ()), *filter(None, (choices.lead,)))
    gone = {*choices.out, *choices.withdrawn}
    for name in dict.fromkeys(asked):
        if name not in gone and not candidates.find(name):
            yield f"{name} is chosen, and {candidates.why_not(name)}"
    taken = {article.key for article in chosen}
    for article, refusal in candidates.refused:
        if article.key in taken:
            yield f"“{article.title}” is chosen, though {refusal.reason}"

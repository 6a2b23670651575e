"""An editor's word on an edition: whether it was given to what would go out now."""

from dataclasses import dataclass
from datetime import datetime

from newsletter.edition import Now, changes, is_called
from newsletter.model import Approval
from newsletter.newsroom.draft import Draft, NoEdition
from newsletter.settings import Rule

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Whether an approval counts, and why not."""

    #: It was given to exactly this, by somebody who may give it.
    counts: bool
    #: Without full stop: `Approved by Asha at 06:48`, `Two changes since Asha approved: …`.
    sentence: str
    #: Who and when, or None before anybody approved.
    approval: Approval | None = None
    #: What is different now, in words; empty where nothing is.
    changes: tuple[str, ...] = ()


def word_on(draft: Draft, rule: Rule | None = None) -> Word:
    """
    Say whether an editor approved what would go out now.

    The file of the day's choices alone decides. `rule` is who of the lists would get it, where a
    person names somebody else than newsletter.toml: part of those who were approved is no change.
    """
    approval = draft.choices.approval
    if approval is None:
        return Word(counts=False, sentence="Nobody has approved it yet")
    at, newsletter = _moment(approval, draft), draft.newsletter
    if not newsletter.may_approve(approval.by):
        names = ", ".join(newsletter.approvers)
        sentence = f"Approved by {approval.by}, whose word does not count: only that of {names}"
        return Word(counts=False, sentence=sentence, approval=approval)
    found = changes_since(draft)
    if not _is_part(rule, newsletter.rule()):
        found = (*found, "the audience")
    if found:
        count = _NUMBERS[len(found)] if len(found) < len(_NUMBERS) else str(len(found))
        noun = "change" if len(found) == 1 else "changes"
        sentence = f"{count} {noun} since {approval.by} approved {at}: {', '.join(found)}"
        return Word(counts=False, sentence=sentence, approval=approval, changes=found)
    return Word(counts=True, sentence=f"Approved by {approval.by} {at}", approval=approval)


def changes_since(draft: Draft) -> tuple[str, ...]:
    """Say what changed since an editor approved: `a headline in articles/one.md`; see `changes`."""
    approval = draft.choices.approval
    if approval is None:
        return ()
    ranked, names = draft.selection.ranked, draft.names
    return changes(
        draft.choices,
        Now(
            articles=tuple(names[article.key] for article in ranked),
            lead=names[draft.edition.lead.key],
            subject=draft.edition.subject,
            preheader=draft.edition.preheader,
            digests=draft.digests,
            withdrawn=frozenset(_withdrawn(draft, approval)),
            origins={names[article.key]: article.origin for article in ranked},
        ),
    )


def _withdrawn(draft: Draft | NoEdition, approval: Approval) -> set[str]:
    """Name what was withdrawn as the approval does, whatever it is called in the file."""
    zone = draft.newsletter.schedule.zone
    found = set(draft.choices.withdrawn)
    for choice in draft.selection.choices:
        name = draft.names.get(choice.article.key, "")
        called = (is_called(choice.article, one, zone) for one in draft.choices.withdrawn)
        if not choice.included and name in approval.articles and any(called):
            found.add(name)
    return found


def lost(none: NoEdition) -> tuple[str, ...]:
    """Name what was approved for a day that has no edition, and is not there, nor withdrawn."""
    approval = none.choices.approval
    if approval is None:
        return ()
    there = {none.names[article.key] for article in none.selection.ranked}
    gone = _withdrawn(none, approval)
    return tuple(name for name in approval.articles if name not in there | gone)


def _is_part(rule: Rule | None, of: Rule | None) -> bool:
    """Say whether a rule surely picks nobody that another does not."""
    return of is None or rule is None or rule == of or bool(rule.all_ and of in rule.all_)


def _moment(approval: Approval, draft: Draft) -> str:
    at: datetime = approval.at.astimezone(draft.newsletter.schedule.zone)
    return f"at {at:%H:%M}" if at.date() == draft.id.day else f"on {at.day} {at:%b} at {at:%H:%M}"

"""What has changed since an editor approved, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newsletter.edition.digests import PARTS
from newsletter.model import Approval, Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """An edition as it would go out at this moment, under its stories' names."""

    #: In the order in which they were chosen.
    articles: Sequence[str]
    lead: str
    subject: str
    preheader: str
    digests: Mapping[str, str]
    #: What was withdrawn, by the names of the approval.
    withdrawn: frozenset[str]
    #: Files or addresses of the stories, by their names.
    origins: Mapping[str, str]


def changes(choices: Choices, now: Now) -> tuple[str, ...]:
    """
    Say what differs from what was approved: `a headline in articles/one.md`, `newsletter.toml`.

    Empty: the approval holds. Withdrawn stories are no change, nor is what follows from them: the
    next one leads, and words of the editor's own for the one that led are gone. Choices without
    an approval have changed in nothing.
    """
    approval = choices.approval
    if approval is None:
        return ()
    found = [*_stories(approval, now), *_others(approval, now), *_words(approval, choices, now)]
    if not (found or now.withdrawn):
        # By rule they follow from all the rest, unless another version of the program makes them.
        pairs = ((approval.subject, now.subject), (approval.preheader, now.preheader))
        named = zip(("the subject", "the preheader"), pairs, strict=True)
        found = [name for name, (before, after) in named if before != after]
    return tuple(dict.fromkeys(found))


def _stories(approval: Approval, now: Now) -> Iterator[str]:
    left = [name for name in approval.articles if name not in now.withdrawn]
    yield from (f"{name} is missing" for name in left if name not in now.articles)
    yield from (f"{name} is new" for name in now.articles if name not in left)
    both = [name for name in left if name in now.articles]
    if both != [name for name in now.articles if name in left]:
        yield "the order"
    elif approval.lead in both and approval.lead != now.lead:
        yield "the lead"
    for name in both:
        before, after = (d.get(f"story {name}", "") for d in (approval.digests, now.digests))
        where = now.origins.get(name) or name
        yield from (f"{part} in {where}" for part in _parts(before, after))


def _parts(before: str, after: str) -> Iterator[str]:
    """Yield the words for each part of a story that differs."""
    old, new = before.split(), after.split()
    if not len(old) == len(new) == len(PARTS):
        yield "something"
        return
    pairs = zip(PARTS.values(), old, new, strict=True)
    yield from (words for words, one, other in pairs if one != other)


def _others(approval: Approval, now: Now) -> Iterator[str]:
    """Compare templates, newsletter.toml, audience, sponsor and the pin."""
    names = dict.fromkeys([*approval.digests, *now.digests])
    for name in names:
        kind, _, path = name.partition(" ")
        differs = approval.digests.get(name) != now.digests.get(name)
        if kind == "template" and differs:
            yield f"templates/{path}"
        elif name in {"audience", "lead", "sponsor"} and differs:
            yield f"the {name}"
        elif name == "newsletter.toml" and differs:
            yield name


def _words(approval: Approval, choices: Choices, now: Now) -> Iterator[str]:
    """Compare the editor's own subject and preheader; those of a withdrawn lead go with it."""
    led = approval.lead in now.withdrawn
    for name, own in (("subject", choices.subject), ("preheader", choices.preheader)):
        if led and own:
            yield f"the {name}: it was written for a story that is withdrawn"
        elif not led and approval.digests.get(name) != now.digests.get(name):
            yield f"the {name}"

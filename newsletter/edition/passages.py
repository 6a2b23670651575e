"""What was wrong in a story: its old words beside its new ones, sentence by sentence. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from newsletter.model import Link, Passage

#: Where a sentence ends: after its mark and closing quotes, before a space.
_END = re.compile(r"(?<=[.!?।؟])(?P<close>[\"'”’»)\]]*)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story in plain words."""

    title: str
    dek: str
    #: Its body, block by block.
    blocks: tuple[str, ...]


def passages(before: Told, after: Told) -> tuple[Passage, ...]:
    """Return what differs, in the order of reading; a passage is whole sentences."""
    title = (Passage(was=before.title, now=after.title),) if before.title != after.title else ()
    dek = _compared(_sentences([before.dek]), _sentences([after.dek]))
    body = _compared(_sentences(before.blocks), _sentences(after.blocks))
    return (*title, *dek, *body)


def _sentences(blocks: Iterable[str]) -> list[str]:
    parted = (_END.sub(lambda end: f"{end['close']}\0", block).split("\0") for block in blocks)
    return [sentence for block in parted for part in block if (sentence := " ".join(part.split()))]


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[Passage]:
    """Yield what differs; as many sentences as before are set beside each other one by one."""
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, a, z, first, last in matcher.get_opcodes():
        old, new = before[a:z], after[first:last]
        if kind == "replace" and len(old) == len(new):
            yield from (Passage(was=was, now=now) for was, now in zip(old, new, strict=True))
        elif kind != "equal":
            yield Passage(was=" ".join(old), now=" ".join(new))


def moved(before: Iterable[Link], after: Iterable[Link]) -> Mapping[int, str]:
    """
    Return which links lead elsewhere now: their numbers, and where to.

    Links of the same role and story are compared; where more than one of them differs, nobody
    can say which became which, and none is named.
    """
    old, new = _by_place(before), _by_place(after)
    found: dict[int, str] = {}
    for place, links in old.items():
        gone = [link for link in links if link.url not in {one.url for one in new.get(place, [])}]
        come = [link for link in new.get(place, []) if link.url not in {one.url for one in links}]
        if len(gone) == len(come) == 1:
            found[gone[0].number] = come[0].url
    return found


def _by_place(links: Iterable[Link]) -> dict[tuple[str, str, str], list[Link]]:
    found: dict[tuple[str, str, str], list[Link]] = {}
    for link in links:
        # A story is shared in two places, each by its own address.
        host = (urlsplit(link.url).hostname or "") if link.role == "share" else ""
        found.setdefault((link.role, link.article, host), []).append(link)
    return found

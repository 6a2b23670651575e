"""How large the mail is for the reader with the largest copy, story by story, and what to cut."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from newsletter.model import MergeField
from newsletter.newsroom import Draft
from newsletter.preflight import SIZE_LIMIT
from newsletter.preflight.shape import SIZE_WARNING

#: Characters of a headline in a line of advice.
_TITLE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one part of the mail takes."""

    label: str
    bytes: int
    #: Id of the article, or empty for what all mails have.
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Bytes of HTML, as preflight counts them: tokens are as long for every reader."""

    total: int
    shares: tuple[Share, ...]
    #: What to do; empty while there is room.
    advice: str
    limit: int = SIZE_LIMIT
    warning: int = SIZE_WARNING

    @property
    def biggest(self) -> Share | None:
        """The story that takes most."""
        stories = (share for share in self.shares if share.article)
        return max(stories, key=lambda share: share.bytes, default=None)


def size(draft: Draft) -> Size:
    """Measure a draft: its parts add up to the whole."""
    html = draft.rendition.html
    total = len(html.encode())
    shares = tuple(_shares(draft, html))
    return Size(total=total, shares=shares, advice=_advice(total, draft, shares))


def _shares(draft: Draft, html: str) -> Iterator[Share]:
    """Cut the mail where each story's first link stands; before it, what all mails have."""
    titles = {article.id: article.title for article in draft.edition.articles}
    body = max(html.find("<body"), 0)
    starts = [(0, "Styles", ""), (body, "Head of the mail", "")]
    starts += [(at, titles.get(story, "Sponsor"), story) for at, story in _first_links(draft, html)]
    foot = html.find(MergeField.DOOR.sentinel, starts[-1][0])
    starts.append((foot if foot >= 0 else len(html), "Foot", ""))
    starts.sort(key=lambda start: start[0])
    for (at, label, story), (end, _, _) in pairwise([*starts, (len(html), "", "")]):
        if end > at:
            yield Share(label=label, bytes=len(html[at:end].encode()), article=story)


def _first_links(draft: Draft, html: str) -> Iterator[tuple[int, str]]:
    """Yield where each story and the sponsor begin: at their first link."""
    done: set[str] = set()
    for link in draft.rendition.links:
        name = link.article or link.role
        if name in done or not (link.article or link.role == "sponsor"):
            continue
        counted = f'/c/{MergeField.CLICK.sentinel}/{link.number}"'
        found = (html.find(text) for text in (counted, escape(link.url)))
        if (at := next((one for one in found if one >= 0), -1)) >= 0:
            done.add(name)
            yield at, link.article


def _advice(total: int, draft: Draft, shares: tuple[Share, ...]) -> str:
    if total <= SIZE_WARNING:
        return ""
    over = total - SIZE_LIMIT
    stories = sorted((s for s in shares if s.article), key=lambda share: -share.bytes)
    if not stories:
        return "Most of it is in the templates."
    lead = draft.edition.lead.id
    how_much = f"{over / 1000:.1f} kB over" if over > 0 else f"{-over / 1000:.1f} kB left"
    shorten = f"Shorten {_named(stories[0], lead)}"
    enough = [share for share in stories if share.article != lead and share.bytes >= over]
    out = f", or move {_named(enough[-1], lead)} out" if enough else ""
    return f"{how_much}. {shorten}{out}."


def _named(share: Share, lead: str) -> str:
    title = share.label if len(share.label) <= _TITLE else f"{share.label[: _TITLE - 1].rstrip()}…"
    name = "the lead" if share.article == lead else f"“{title}”"
    return f"{name} ({share.bytes / 1000:.1f} kB)"

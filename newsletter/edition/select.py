"""Chooses the day's articles, and says of every candidate why it is in or out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from newsletter.edition.layout import arrange, home, rank
from newsletter.edition.wishes import Candidates, Settled, settle
from newsletter.model import (
    Article,
    Choice,
    Choices,
    Kind,
    Memory,
    Remembered,
    Selection,
)
from newsletter.settings import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """From when to when, in the newsletter's zone."""

    since: datetime
    #: What is older is too old, even if no edition ever considered it.
    floor: datetime
    #: What is too old for a first edition, and younger than this, is not for the second either.
    horizon: datetime
    until: datetime

    @classmethod
    def of(cls, newsletter: Newsletter, day: date, memory: Memory) -> Self:
        rules = newsletter.selection
        until = newsletter.schedule.cutoff_on(day)
        horizon = until - timedelta(hours=rules.lookback_hours)
        if memory.cutoff is None:
            first = until - timedelta(hours=rules.first_lookback_hours)
            return cls(since=first, floor=first, horizon=horizon, until=until)
        since = memory.cutoff.astimezone(until.tzinfo)
        return cls(since=since, floor=horizon, horizon=horizon, until=until)

    def day(self, when: datetime) -> str:
        local = when.astimezone(self.until.tzinfo)
        year = f" {local.year}" if local.year != self.until.year else ""
        return f"{local.day} {local:%b}{year}"

    def moment(self, when: datetime) -> str:
        return f"{self.day(when)} {when.astimezone(self.until.tzinfo):%H:%M}"


def select(
    articles: Iterable[Article],
    *,
    newsletter: Newsletter,
    day: date,
    memory: Memory,
    choices: Choices | None = None,
) -> Selection:
    """
    Decide, for every candidate, whether it goes into the edition of a day.

    A story is a candidate from its date until the cut-off of the first edition that considers
    it, for 72 hours at most (24 for a newsletter's first edition). Two with the same address,
    or with the same id on the same day, are one story: the later version wins. What an earlier
    edition carried comes again only as an update: with `updated` after that edition's cut-off,
    and with changed words. An equal title alone means nothing: newsrooms repeat titles.

    What an editor chose by hand comes before these rules; see `wishes.settle`.
    """
    window = _Window.of(newsletter, day, memory)
    # All later sorts are stable, so this alone makes the order of the input not matter.
    timely, untimely = _timely(sorted(articles, key=_identity), window)
    versions, twins = _untwinned(timely, window)
    verdicts = [(article, _verdict(article, window, memory)) for article in versions]
    candidates = Candidates(
        fresh=rank(v for _, v in verdicts if isinstance(v, Article)),
        refused=[(article, v) for article, v in verdicts if isinstance(v, Choice)],
        twins=twins,
        untimely=untimely,
        zone=newsletter.schedule.zone,
    )
    wanted = choices or Choices()
    settled = settle(wanted, candidates)
    chosen = list(settled.chosen)
    crowded: list[Choice] = []
    if wanted.listed is None:
        chosen, crowded = _capped(chosen, newsletter)
    included = list(_placed(chosen, newsletter, settled))
    out = [*untimely, *settled.out, *crowded]
    out += [_twin(twin, winner, included) for twin, winner in twins]
    return Selection(
        choices=(*included, *sorted(out, key=_newest_first)),
        since=window.since,
        until=window.until,
        after=memory.last,
        ranked=tuple(chosen),
        notes=settled.notes,
    )


def _out(article: Article, reason: str, *, considered: bool = False) -> Choice:
    return Choice(article=article, included=False, reason=reason, considered=considered)


def _identity(article: Article) -> tuple[str, str]:
    return article.fingerprint, repr(replace(article, body=""))


def _newest_first(choice: Choice) -> tuple[object, ...]:
    return -choice.article.published.timestamp(), choice.article.key, choice.reason


def _timely(articles: Iterable[Article], window: _Window) -> tuple[list[Article], list[Choice]]:
    """Part what the newsroom has published by the cut-off from what it has not."""
    timely, out = [], []
    for article in articles:
        if article.draft:
            out.append(_out(article, "draft"))
        elif article.published >= window.until:
            out.append(_out(article, f"after the cut-off: {window.moment(article.published)}"))
        else:
            timely.append(article)
    return timely, out


def _untwinned(
    articles: Sequence[Article], window: _Window
) -> tuple[list[Article], list[tuple[Article, Article]]]:
    """Keep the latest version of each story; pair every other one with the one that won."""

    def version(article: Article) -> tuple[bool, datetime]:
        return article.changed < window.until, article.changed

    kept: dict[object, Article] = {}
    winners, twins = [], []
    for article in sorted(articles, key=version, reverse=True):
        names = (article.key, (article.id, _day(article, window)))
        winner = next((kept[name] for name in names if name in kept), None)
        if winner:
            twins.append((article, winner))
        else:
            winners.append(article)
        for name in names:
            kept.setdefault(name, winner or article)
    return winners, twins


def _day(article: Article, window: _Window) -> date:
    return article.published.astimezone(window.until.tzinfo).date()


def _verdict(article: Article, window: _Window, memory: Memory) -> Article | Choice:
    """Return the article if it may go in, marked when it is an update; else the reason why not."""
    earlier = _remembered(article, window, memory)
    if earlier:
        return _against(article, earlier, window)
    latest = article.published + timedelta(days=1) if article.day_only else article.published
    if latest < window.floor:
        decided = latest >= window.horizon
        return _out(article, f"too old: {window.moment(article.published)}", considered=decided)
    return article


def _remembered(article: Article, window: _Window, memory: Memory) -> Remembered | None:
    day = _day(article, window)
    found = [
        row
        for row in memory.considered
        if row.key == article.key or (row.article, row.day) == (article.id, day)
    ]
    return max(found, key=lambda row: (row.included, row.cutoff, row.edition), default=None)


def _against(article: Article, earlier: Remembered, window: _Window) -> Article | Choice:
    """Judge a story that an earlier edition has considered already."""
    on = window.day(earlier.cutoff)
    same = article.fingerprint == earlier.fingerprint
    dated = article.updated is not None and earlier.cutoff <= article.updated < window.until
    if dated and not same:
        return replace(article, update_of=earlier.edition if earlier.included else "")
    if not earlier.included:
        return _out(article, f"left out on {on}")
    if same:
        return _out(article, f"sent on {on}, unchanged")
    return _out(article, f"sent on {on}; changed since, without a new `updated`")


def _capped(
    ranked: Sequence[Article], newsletter: Newsletter
) -> tuple[list[Article], list[Choice]]:
    """Take the most prominent ones: so many in all, so many a section. The big reel is extra."""
    chosen: list[Article] = []
    crowded: list[Choice] = []
    most = newsletter.selection.max_stories
    reel = next((a for a in ranked if a.kind is Kind.REEL), None)
    for article in ranked:
        section = home(article, newsletter)
        stories = [a for a in chosen if a is not reel]
        # The lead stands before all sections.
        inside = [a for a in stories[1:] if home(a, newsletter) is section]
        if article is not reel and len(stories) >= most:
            crowded.append(_out(article, f"more than {most} stories", considered=True))
        elif article is not reel and stories and len(inside) >= (section.max_stories or most):
            reason = f"more than {section.max_stories} in {section.title}"
            crowded.append(_out(article, reason, considered=True))
        else:
            chosen.append(article)
    return chosen, crowded


def _placed(
    chosen: Sequence[Article], newsletter: Newsletter, settled: Settled
) -> Iterator[Choice]:
    """Give each its place and the words that explain it."""
    if not chosen:
        return
    for article, place, title in arrange(chosen, newsletter, settled.lead).places():
        asked = "" if article.update_of else settled.reasons.get(article.key, "")
        reason = asked or _why(article, place, title)
        yield Choice(article=article, included=True, reason=reason, place=place, considered=True)


def _why(article: Article, place: str, title: str) -> str:
    if article.update_of:
        return f"UPDATE of {article.update_of}"
    if place == "lead":
        return "featured" if article.featured else "weightiest" if article.weight else "latest"
    return title or "reel"


def _twin(article: Article, winner: Article, included: Sequence[Choice]) -> Choice:
    """Say of a twin whose twin it is: by number where that one is in, else by its title."""
    same = "same address" if article.key == winner.key else "same id on the same day"
    keys = {choice.article.key: choice.place for choice in included}
    name = keys.get(winner.key) or f"“{winner.title}”"
    return _out(article, f"twin of {name}: {same}", considered=bool(keys.get(winner.key)))

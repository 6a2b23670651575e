"""Keeps the mail up to date: builds it whenever a file is saved, and tells who is looking."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic

from watchfiles import DefaultFilter, watch

from newsletter.errors import NewsletterError
from newsletter.model import EditionId, EditionState, Finding, Severity
from newsletter.newsroom import Draft, Newsroom, NoEdition, Word, word_on
from newsletter.newsroom.viewing import Standing
from newsletter.preflight import FURTHER
from newsletter.settings import Newsletter
from newsletter.studio.faults import Fault, fault

#: Milliseconds: saves that come closer together are one; editors write a file in two steps.
_QUIET, _AT_MOST = 8, 60

#: Seconds between two looks into the ledger, and where little moves any more: a million rows are
#: counted in a good part of a second.
_LEDGER, _QUIET_LEDGER = 1.0, 10.0
_OVER = frozenset(
    {EditionState.SENT, EditionState.CANCELLED, EditionState.MISSED, EditionState.SKIPPED}
)

#: Seconds for which a feed is not asked again: saves come more often than news.
_FEEDS = 120.0

#: Seconds between two counts of who would get it.
_READERS = 30.0

#: Seconds over which the speed of sending is told.
_SPEED_OVER = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """What checks said that ask others: true of one mail, as long as nothing of it changes."""

    #: Of the mail, and of how severe the newsletter takes each check.
    of: tuple[str, Mapping[str, str]]
    names: frozenset[str]
    findings: tuple[Finding, ...]
    #: In the newsletter's zone.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the studio shows at one moment."""

    #: Counts up with every change.
    version: int
    newsletter: Newsletter
    #: The last that could be made; None: not one could be, yet.
    made: Draft | NoEdition | None
    #: When that was made, in the newsletter's zone.
    at: datetime
    #: Why it is not newer; None: it is the newest.
    fault: Fault | None
    standing: Standing
    #: Settled in a second, while it is sent.
    speed: float = 0.0
    #: The database's own trouble, in words.
    trouble: str = ""
    #: Who would get it now; 0: nobody knows, as where there is no database.
    readers: int = 0
    #: None: only the checks have run that ask nobody.
    further: Further | None = None

    @property
    def draft(self) -> Draft | None:
        return self.made if isinstance(self.made, Draft) else None

    @property
    def word(self) -> Word | None:
        """An editor's word on what is shown, or None before anybody approved."""
        said = word_on(self.draft) if self.draft else None
        return said if said and said.approval else None

    @property
    def is_changed(self) -> bool:
        """Say whether an approval stands that is not for this."""
        return bool(self.word and not self.word.counts)

    @property
    def changes(self) -> tuple[str, ...]:
        """What is different from what was approved; empty: nothing, or nothing is approved."""
        return self.word.changes if self.word else ()


class Live:
    """One edition, as it would go out now. Its own threads watch; any thread may read."""

    def __init__(self, newsroom: Newsroom, newsletter: Newsletter, day: date) -> None:
        self.newsroom = newsroom
        self.day = day
        self._name = newsletter.name
        self._stop = threading.Event()
        self._building = threading.Lock()
        self._listeners: set[Callable[[], None]] = set()
        self._settled: list[tuple[float, int]] = []
        self._threads: list[threading.Thread] = []
        self.shown = Shown(
            version=0,
            newsletter=newsletter,
            made=None,
            at=_now(newsletter),
            fault=None,
            standing=Standing(id=self.id),
        )

    @property
    def id(self) -> EditionId:
        return EditionId(self._name, self.day)

    @property
    def closed(self) -> bool:
        return self._stop.is_set()

    def start(self) -> None:
        """Build once, then go on by itself."""
        self.newsroom.viewing.remember_feeds(_FEEDS)
        self.refresh()
        for name, act in (("watch", self._watch), ("ledger", self._follow)):
            thread = threading.Thread(target=act, name=f"studio-{name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Have every thread and every open stream come to its end."""
        self._stop.set()
        self._tell()

    def close(self) -> None:
        """End it, and wait until its threads are gone."""
        self.end()
        for thread in self._threads:
            thread.join(5)

    def listen(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Have `tell` called after every change; returns what ends it."""
        self._listeners.add(tell)
        return lambda: self._listeners.discard(tell)

    def refresh(self) -> None:
        """Make the mail anew; what cannot be made leaves the last good one in place."""
        with self._building:
            before = self.shown
            try:
                newsletter = self.newsroom.newsletter(self._name)
                made = self.newsroom.desk.build(newsletter, self.day)
            except (NewsletterError, OSError, UnicodeDecodeError) as error:
                wrong = fault(error, self.newsroom.settings.templates)
                self._show(replace(before, fault=wrong))
                return
            further = before.further if _is_of(before.further, made) else None
            shown = replace(before, newsletter=newsletter, made=_with(made, further), fault=None)
            self._show(replace(shown, at=_now(newsletter), further=further))

    def look(self) -> None:
        """Read the ledger again, after a button or by the clock."""
        with self._building:
            self._show(self.shown)

    def look_further(self, draft: Draft, names: Collection[str]) -> tuple[Finding, ...]:
        """
        Have checks run that ask others; what they find stands with the mail until it changes.

        Takes seconds. Raises NewsletterError.
        """
        found = self.newsroom.desk.look_further(draft, names)
        at = _now(draft.newsletter)
        further = Further(of=_mark(draft), names=frozenset(names), findings=found, at=at)
        with self._building:
            made = self.shown.made
            if _is_of(further, made):
                self._show(replace(self.shown, made=_with(made, further), further=further))
        return found

    def _show(self, shown: Shown) -> None:
        """Put it up when anything in it is new."""
        standing, trouble = self._standing()
        fresh = replace(shown, standing=standing, trouble=trouble, speed=self._speed(standing))
        if replace(fresh, version=self.shown.version) != self.shown or not self.shown.version:
            self.shown = replace(fresh, version=self.shown.version + 1)
            self._tell()

    def _standing(self) -> tuple[Standing, str]:
        try:
            return self.newsroom.viewing.standing(self.id), ""
        except NewsletterError as error:
            return self.shown.standing, f"{error} {error.hint}".strip()

    def _speed(self, standing: Standing) -> float:
        """Return how many readers a second were settled in the last minute."""
        if standing.state is not EditionState.SENDING:
            self._settled.clear()
            return 0.0
        counts, now = standing.counts, monotonic()
        self._settled.append((now, counts.selected - counts.pending))
        self._settled = [one for one in self._settled if now - one[0] <= _SPEED_OVER]
        (first, few), (last, many) = self._settled[0], self._settled[-1]
        return round((many - few) / (last - first), 1) if last > first else 0.0

    def _tell(self) -> None:
        for tell in tuple(self._listeners):
            tell()

    def _watch(self) -> None:
        """Build after every save, until it is closed; folders may come and go."""
        while not self._stop.is_set():
            folders = list(self._folders())
            for changed in watch(
                *folders,
                watch_filter=DefaultFilter(),
                debounce=_AT_MOST,
                step=_QUIET,
                rust_timeout=1_000,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
            ):
                if changed:
                    self.refresh()
                if list(self._folders()) != folders:
                    self.refresh()
                    break

    def _folders(self) -> Iterator[Path]:
        """Yield what an edition is made of: templates, and the folders of stories and choices."""
        settings = self.newsroom.settings
        own = [source.path for source in self.shown.newsletter.sources if source.kind == "folder"]
        wanted = [settings.templates, settings.articles_dir, *filter(None, own)]
        yield from (path for path in dict.fromkeys(wanted) if path.is_dir())

    def _follow(self) -> None:
        """Look into the ledger, every second while there is somebody to tell."""
        looked = counted = monotonic()
        self._count()
        while not self._stop.wait(_LEDGER):
            over = self.shown.standing.state in _OVER
            if self._listeners and monotonic() - counted >= _READERS:
                self._count()
                counted = monotonic()
            if self._listeners and (not over or monotonic() - looked >= _QUIET_LEDGER):
                self.look()
                looked = monotonic()

    def _count(self) -> None:
        """Count who would get it: a million takes a second, so not at every save."""
        # Where it cannot be counted now, the ledger's own look says why.
        with suppress(NewsletterError):
            readers = self.newsroom.viewing.reach(self.shown.newsletter)
            with self._building:
                self._show(replace(self.shown, readers=readers))


def _mark(draft: Draft) -> tuple[str, Mapping[str, str]]:
    return draft.rendition.hash, draft.newsletter.preflight


def _is_of(further: Further | None, made: Draft | NoEdition | None) -> bool:
    return bool(further and isinstance(made, Draft) and further.of == _mark(made))


def _with(made: Draft | NoEdition | None, further: Further | None) -> Draft | NoEdition | None:
    """Return a draft with what the further checks said of it, errors first."""
    if further is None or not isinstance(made, Draft):
        return made
    own = (one for one in made.findings if one.check not in FURTHER)
    found = sorted((*own, *further.findings), key=lambda one: one.severity is not Severity.ERROR)
    return replace(made, findings=tuple(found))


def _now(newsletter: Newsletter) -> datetime:
    return datetime.now(UTC).astimezone(newsletter.schedule.zone)

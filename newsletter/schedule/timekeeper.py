"""The timekeeper: looks at the clock, and has done what is due, by one process of a fleet."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from newsletter.errors import NewsletterError, SettingsError, StorageError
from newsletter.newsroom.publishing import Publishing
from newsletter.schedule.decide import Due, Look, Step, due, due_of_begun
from newsletter.schedule.timeline import next_hour, timelines
from newsletter.settings import Newsletter
from newsletter.settings.clocks import moment_on
from newsletter.storage import timetables
from newsletter.storage.database import clock

#: Seconds between two looks at the clock.
LOOK = 1.0

#: So long one process has to make an edition; when it dies over it, another does.
TURN = timedelta(minutes=3)

#: What could not go out is tried again after this.
AGAIN = timedelta(minutes=1)

#: How often it is written down that somebody looked.
_WATCH = timedelta(seconds=30)

#: What takes no time, and is done before anything is begun or goes on.
_LOOKING_BACK = frozenset({Step.MISS, Step.STOP})

#: Says which of what is due is to be done.
Wanted = Callable[[Due], bool]

_log = logging.getLogger(__name__)


class Timekeeper:
    """
    Has each day's edition made, sent or given up at its moments, once in a fleet.

    It keeps nothing in mind: what is due follows from the schedule, the clock that all share, and
    what the database says was done.
    """

    def __init__(self, publishing: Publishing, *, clock: Callable[..., datetime] = clock) -> None:
        self._publishing = publishing
        self._database = publishing.database
        self._clock = clock
        #: What was logged last of each newsletter that cannot be looked after.
        self._said: dict[str, str] = {}

    def run(self, stop: Callable[[float], bool]) -> None:
        """Look at the clock until told to stop; `stop` waits so many seconds and answers."""
        self._greet()
        while True:
            self.tick()
            # At the beginning of a second, so that an hour strikes at once.
            if stop(LOOK - time.time() % LOOK):
                return

    def look_back(self) -> None:
        """Declare what was missed, or is late by now. Takes no time, and raises nothing."""
        self.tick(lambda one: one.step in _LOOKING_BACK)

    def tick(self, wanted: Wanted = lambda _: True) -> None:
        """Do what is due now, of all newsletters; what goes wrong is told, and not raised."""
        for name in self._publishing.names():
            try:
                self._look_after(self._publishing.newsletter(name), wanted)
                self._said.pop(name, None)
            except NewsletterError as error:
                self._say(name, f"{error} {error.hint}")

    def _say(self, name: str, words: str) -> None:
        """Log what stands in the way, but not each second."""
        if self._said.get(name) != words:
            self._said[name] = words
            _log.error("%s: %s", name, words)

    def declare(self, newsletter: Newsletter, today: date) -> None:
        """
        Declare what was missed, and what was left half done on days before.

        For who sends `today` in a moment, and goes on with it. Raises NewsletterError.
        """
        self._look_after(
            newsletter,
            lambda one: (
                one.step is Step.MISS or (one.step is Step.STOP and one.edition.day < today)
            ),
        )

    def _look_after(self, newsletter: Newsletter, wanted: Wanted) -> None:
        """Do what is due now of one newsletter, if this process may. Raises NewsletterError."""
        look, todo = self._due(newsletter, wanted)
        if todo:
            if not self._take_turn(newsletter, look.now):
                return
            again: datetime | None = None
            try:
                # Somebody may have done it since.
                look, todo = self._due(newsletter, wanted)
                done = [self._do(newsletter, one, look.now) for one in todo]
                again = None if all(done) else look.now + AGAIN
            finally:
                self._end_turn(newsletter, again)
            self._watch(newsletter, look.now)
        elif not timedelta(0) <= look.now - look.since < _WATCH:
            self._watch(newsletter, look.now)

    def _due(self, newsletter: Newsletter, wanted: Wanted) -> tuple[Look, tuple[Due, ...]]:
        schedule = newsletter.schedule
        with self._database.read() as connection:
            now = self._clock(connection)
            watched = timetables.watched(connection, newsletter.name)
            # Where nobody has ever looked, today is told of.
            since = watched or _midnight(newsletter, now)
            days = timelines(schedule, since=since, now=now)
            named = [one.day for one in days]
            standings = timetables.standings(connection, newsletter.name, named)
            begun = timetables.begun(connection, newsletter.name, now=now)
        look = Look(newsletter.name, now, since, first=watched is None)
        of_begun = (
            due_of_begun(look, one, schedule.deadline_on(one.id.day).astimezone(UTC))
            for one in begun
        )
        found = (*filter(None, of_begun), *due(look, days, standings))
        return look, tuple(one for one in found if wanted(one))

    def _do(self, newsletter: Newsletter, one: Due, now: datetime) -> bool:
        """Have it done; False where it is to be tried again. Raises StorageError."""
        try:
            return self._have_done(newsletter, one, now)
        except StorageError:
            raise
        except NewsletterError as error:
            about = {"edition": one.edition}
            _log.error("%s: %s %s", one.edition, error, error.hint, extra=about)
            return False

    def _have_done(self, newsletter: Newsletter, one: Due, now: datetime) -> bool:
        publishing, edition = self._publishing, one.edition
        match one.step:
            case Step.ANNOUNCE:
                publishing.announce(newsletter, edition, at=now)
            case Step.BEGIN:
                return publishing.begin(newsletter, edition, at=now)
            case Step.MISS:
                publishing.miss(edition, one.reason, at=now)
            case Step.STOP:
                publishing.stop(edition, one.reason)
            case Step.DOUBT:
                publishing.doubt(edition, at=now)
        return True

    def _take_turn(self, newsletter: Newsletter, now: datetime) -> bool:
        with self._database.begin() as connection:
            return timetables.take_turn(connection, newsletter.name, now=now, until=now + TURN)

    def _end_turn(self, newsletter: Newsletter, again: datetime | None) -> None:
        with self._database.begin() as connection:
            timetables.end_turn(connection, newsletter.name, again=again)

    def _watch(self, newsletter: Newsletter, now: datetime) -> None:
        with self._database.begin() as connection:
            timetables.watch(connection, newsletter.name, until=now)

    def _greet(self) -> None:
        """Say when what goes out next."""
        for name in self._publishing.names():
            try:
                schedule = self._publishing.newsletter(name).schedule
            except SettingsError as error:
                self._say(name, f"{error} {error.hint}")
            else:
                hour = next_hour(schedule, datetime.now(UTC))
                _log.info("%s: next at %s", name, f"{hour:%a %d %b %H:%M %Z}")


def _midnight(newsletter: Newsletter, now: datetime) -> datetime:
    """Return when the newsletter's day began."""
    schedule = newsletter.schedule
    return moment_on(schedule.today(now), clock_time.min, schedule.zone).astimezone(UTC)

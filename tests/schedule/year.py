"""
A year in a newsroom, with a clock that is told what time it is.

The schedule, the database, the plan and the ledger are real; a stand-in writes the editions, and
a transport takes every mail at once and writes down when.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.retry import Rules
from newsletter.delivery.worker import Worker
from newsletter.model import (
    Answer,
    Approval,
    Call,
    Choices,
    EditionId,
    EditionState,
    Receipt,
    Selection,
)
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.newsroom.publishing import Publishing
from newsletter.schedule.timekeeper import Timekeeper
from newsletter.settings import Newsletter, Settings
from newsletter.storage import editions
from newsletter.storage.database import Database
from tests.delivery.conftest import ARTICLE, CUTOFF, HEADERS, IST, RENDITION, edition_on

ROOT = Path(__file__).parents[2]

READERS = 2

AT, DEADLINE = time(7), time(8, 30)


def ist(day: date, at: time) -> datetime:
    return datetime.combine(day, at, IST).astimezone(UTC)


@dataclass
class World:
    """What happens in it, apart from the schedule."""

    first: date
    days: int
    #: Days without a story, without an editor, and with one who comes late.
    empty: frozenset[date] = frozenset()
    unapproved: frozenset[date] = frozenset()
    late_word: frozenset[date] = frozenset()
    #: From and until, by the true time: all machines are off.
    outages: tuple[tuple[datetime, datetime], ...] = ()
    #: From and until, by the true time, and by how much all clocks are wrong.
    jumps: tuple[tuple[datetime, datetime, timedelta], ...] = ()
    #: Days on which the machines stop right after sending began.
    cut: frozenset[date] = frozenset()

    def is_off(self, at: datetime) -> bool:
        return any(since <= at < until for since, until in self.outages)

    def shown(self, at: datetime) -> datetime:
        """What the clocks show at a true time."""
        wrong = (by for since, until, by in self.jumps if since <= at < until)
        return at + next(wrong, timedelta())

    def word_on(self, day: date) -> time:
        """When the editor approves."""
        return time(7, 40) if day in self.late_word else time(6, 15)


@dataclass
class Log:
    """What was seen from outside."""

    #: By edition's day: what the clock showed as a reader's mail was handed over.
    mailed: dict[date, list[datetime]] = field(default_factory=dict)
    #: What the clocks showed at each look at them, and the true time.
    looks: list[tuple[datetime, datetime]] = field(default_factory=list)


APPROVAL = Approval(
    by="an editor", at=CUTOFF, articles=(), lead="a", subject="A story", preheader=""
)


class Writer:
    """Stands in for the desk: the same edition each day, and none on some."""

    def __init__(self, world: World) -> None:
        self._world = world
        #: What an editor has approved so far.
        self.approved: set[date] = set()

    def build_to_send(self, newsletter: Newsletter, day: date) -> Draft | NoEdition:
        return self.build(newsletter, day)

    def build(self, newsletter: Newsletter, day: date) -> Draft | NoEdition:
        selection = Selection(choices=(), since=CUTOFF, until=ist(day, AT))
        edition = EditionId(newsletter.name, day)
        if day in self._world.empty:
            return NoEdition(
                id=edition,
                newsletter=newsletter,
                selection=selection,
                reason="no story",
                problems=(),
            )
        return Draft(
            id=edition,
            newsletter=newsletter,
            selection=selection,
            edition=replace(edition_on(day), id=edition),
            rendition=replace(RENDITION, subject=f"{day}", pictures=()),
            headers=HEADERS,
            choices=Choices(approval=APPROVAL if day in self.approved else None),
            names={ARTICLE.key: "a"},
        )


class Instant:
    """Takes every mail at once, and writes down when by the clock that all go by."""

    name = "instant"
    largest_call = 100
    calls_at_once = 1
    idempotent = False

    def __init__(self, log: Log, now: Callable[[], datetime]) -> None:
        self._log = log
        self._now = now

    def send(self, call: Call) -> Iterator[Receipt]:
        for envelope in call.envelopes:
            day = date.fromisoformat(call.rendition.subject)
            self._log.mailed.setdefault(day, []).append(self._now())
            yield Receipt(envelope.delivery, Answer.SUBMITTED)

    def probe(self) -> None:
        """All is well."""

    def close(self) -> None:
        """Nothing is held."""


class Machine:
    """A process that runs the schedule; what it had in mind goes with it."""

    def __init__(self, settings: Settings, writer: Writer, now: Callable[[], datetime]) -> None:
        self.newsroom = Newsroom(settings)
        self.publishing = Publishing(
            self.newsroom._house,
            writer,
            self.newsroom.dispatch,
            self.newsroom.circulation,
            self.newsroom.notices,
        )
        self.keeper = Timekeeper(self.publishing, clock=lambda _: now())
        self.database = self.newsroom._house.database

    def close(self) -> None:
        self.database.close()


class Year:
    """Lives through a world, look by look."""

    def __init__(self, folder: Path, world: World, *, approval: str = "editor") -> None:
        shutil.copytree(ROOT / "templates/daily", folder / "templates/daily")
        toml = folder / "templates/daily/newsletter.toml"
        text = toml.read_text(encoding="utf-8")
        toml.write_text(text.replace('"automatic"', f'"{approval}"'), encoding="utf-8")
        lists = folder / "subscribers"
        lists.mkdir()
        people = "\n".join(f"r{n}@example.com" for n in range(READERS))
        (lists / "daily.csv").write_text(f"email\n{people}\n", encoding="utf-8")
        self.asks = approval == "editor"
        self.settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database_url=f"sqlite:///{folder}/n.db",
            templates_dir=folder / "templates",
            subscribers_dir=lists,
            outbox={"dir": folder / "outbox"},  # type: ignore[arg-type]
            secret="a canary that is long enough to be one",  # type: ignore[arg-type]
        )
        self.world, self.log = world, Log()
        self._writer = Writer(world)
        self.now = datetime.min.replace(tzinfo=UTC)
        self._chance = random.Random(7)  # noqa: S311 - the same each time
        self.machines = [self._start(), self._start()]

    def _start(self) -> Machine:
        return Machine(self.settings, self._writer, lambda: self.now)

    @property
    def database(self) -> Database:
        return self.machines[0].database

    def live(self) -> None:
        """Let every day pass; who delivers does so right after each look."""
        keyring = self.machines[0].newsroom._house.keyring
        transport = Instant(self.log, lambda: self.now)
        with Worker(
            self.machines[0].database, transport, keyring, rules=Rules(), stop=lambda: False
        ) as self._worker:
            for number in range(self.world.days):
                self._pass(self.world.first + timedelta(days=number))

    def close(self) -> None:
        for machine in self.machines:
            machine.close()

    def _pass(self, day: date) -> None:
        for true in sorted(self._moments(day)):
            if true == ist(day, self.world.word_on(day)) and day not in self.world.unapproved:
                self._writer.approved.add(day)
            if self.world.is_off(true):
                continue
            self.now = self.world.shown(true)
            self.log.looks.append((self.now, true))
            for machine in self._chance.sample(self.machines, 2):
                machine.keeper.tick()
            if day not in self.world.cut:
                self._deliver()
            if self._chance.random() < 0.05:
                self._restart()
        self._chance.choice(self.machines).newsroom.notices.tell()

    def _moments(self, day: date) -> Iterable[datetime]:
        """Look at every edge of the day, and now and then."""
        edges = ("06:00", "06:15", "06:59:59", "07:00", "07:40", "08:29:59", "08:30", "23:59:59")
        yield from (ist(day, time.fromisoformat(edge)) for edge in edges)
        for _ in range(2):
            yield ist(day, time(0)) + timedelta(seconds=self._chance.randrange(86_400))

    def _deliver(self) -> None:
        with self.database.read() as connection:
            sending = editions.sending(connection)
        for one in sending:
            ledger = Ledger(self.database, one)
            while ledger.write_part():
                pass
            self._worker.work(ledger)
            ledger.close()

    def _restart(self) -> None:
        """End the second machine, and start another: the first one's database is the worker's."""
        self.machines.pop().close()
        self.machines.append(self._start())

    # ── What must have come of it ───────────────────────────────────────────────────────────

    def due(self) -> dict[date, datetime]:
        """Say when each edition had to go out: as a clock first showed that it was time."""
        found: dict[date, datetime] = {}
        for look, true in self.log.looks:
            day = look.astimezone(IST).date()
            is_time = ist(day, AT) <= look < ist(day, DEADLINE)
            if is_time and day not in self.world.empty and self._has_word(day, true):
                found.setdefault(day, look)
        return found

    def _has_word(self, day: date, true: datetime) -> bool:
        if not self.asks:
            return True
        return day not in self.world.unapproved and true >= ist(day, self.world.word_on(day))

    def state(self, day: date) -> EditionState:
        kept = editions.find(self.database, EditionId("daily", day))
        return kept.state if kept else EditionState.DRAFT

    def told(self) -> Counter[str]:
        """Name every notice that was told, by its subject."""
        folder = self.settings.outbox.dir / "notices" / "new"
        mails = (message_from_bytes(file.read_bytes()) for file in folder.iterdir())
        return Counter(str(mail["Subject"]) for mail in mails)

    def faults(self) -> list[str]:
        """Name whatever is not as it must be."""
        return [*self._wrong_mails(), *self._wrong_states()]

    def _wrong_mails(self) -> Iterator[str]:
        due = {day: at for day, at in self.due().items() if day not in self.world.cut}
        for day in sorted({*due, *self.log.mailed}):
            times = self.log.mailed.get(day, [])
            if len(times) != (READERS if day in due else 0):
                yield f"{day}: {len(times)} mails"
            elif times and set(times) != {due[day]}:
                yield f"{day}: sent at {min(times)}, due at {due[day]}"

    def _wrong_states(self) -> Iterator[str]:
        due = self.due()
        for number in range(self.world.days):
            day = self.world.first + timedelta(days=number)
            must = EditionState.SENT if day in due else EditionState.MISSED
            if day in self.world.empty and self._was_looked_at(day):
                must = EditionState.SKIPPED
            if day in self.world.cut:
                must = EditionState.PAUSED
            if (state := self.state(day)) is not must:
                yield f"{day}: {state}, not {must}"

    def _was_looked_at(self, day: date) -> bool:
        return any(ist(day, AT) <= look < ist(day, DEADLINE) for look, _ in self.log.looks)


def lived(folder: Path, world: World, *, approval: str = "editor") -> "closing[Year]":
    """Live through a world in a folder, and keep it open to be looked at."""
    year = Year(folder, world, approval=approval)
    year.live()
    return closing(year)

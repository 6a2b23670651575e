"""
The engine: DBOS decides where and when a batch is worked on; the ledger decides whether.

Nothing in here is the truth about anything. A job may be handed out twice, late or never: a sweep
finds again what has no live lease, and the ledger lets each reader be claimed once. DBOS is
imported by this module alone (docs/decisions/0008).
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, error

from newsletter.delivery.jobs import Job
from newsletter.errors import StorageError

#: Changed only when the arguments of a job change: jobs of another version are left alone.
VERSION = "delivery-1"

_BATCHES = "batches"
_NAME = "newsletter"

#: Seconds between two looks into the queue: a job is a thousand mails, not one.
_POLLING = 0.2

#: How long DBOS's rows are kept.
_KEPT = timedelta(days=2)

_log = logging.getLogger(__name__)


class Crew(Protocol):
    """Those who do the work, and know what there is to do."""

    #: This process's name, as `is_alive` knows it.
    name: str

    def due(self) -> Sequence[Job]:
        """Name what there is to do and nobody does; tidies up on the way."""
        ...

    def work(self, job: Job) -> None:
        """Work on a batch, unless somebody else does."""
        ...

    def is_alive(self, name: str) -> bool:
        """Say whether the process of that name lives."""
        ...


class Engine:
    """One process's share in the fleet. There can be one in a process."""

    def __init__(self, database_url: str, folder: Path | None, crew: Crew, *, lanes: int) -> None:
        """`folder`: where its own file lies beside an SQLite database; None with PostgreSQL."""
        self._crew = crew
        self._lanes = lanes
        _quieten()
        DBOS(config=_config(database_url, folder, crew.name))

    def launch(self) -> None:
        """Begin to work. Returns at once. Raises StorageError when the database is away."""
        global _crew  # noqa: PLW0603 - DBOS calls functions by their names, not objects
        _crew = self._crew
        try:
            DBOS.launch()
        except (error.DBOSException, OSError) as failure:
            raise StorageError(f"The engine cannot start: {failure}.") from failure
        DBOS.register_queue(
            _BATCHES,
            worker_concurrency=self._lanes,
            polling_interval_sec=_POLLING,
            on_conflict="always_update",
        )
        DBOS.apply_schedules([*_SCHEDULES])
        _forget_hours()
        _sweep()

    def close(self, patience: float) -> None:
        """Begin no further job, and wait so many seconds for those at work."""
        global _crew  # noqa: PLW0603 - see above
        DBOS.destroy(workflow_completion_timeout_sec=max(1, round(patience)))
        _crew = None


#: Whom this process's jobs are for.
_crew: Crew | None = None


@DBOS.workflow(name="deliver_batch")
def _deliver_batch(edition: str, batch: int) -> None:
    if _crew:
        _crew.work(Job(edition, batch))


@DBOS.workflow(name="sweep")
def _scheduled_sweep(_at: datetime, _context: Any) -> None:
    _sweep()


@DBOS.workflow(name="purge")
def _purge(_at: datetime, _context: Any) -> None:
    """Delete what ended a while ago."""
    before = (datetime.now(UTC) - _KEPT).isoformat()
    ended = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
    while True:
        rows = DBOS.list_workflows(
            status=ended, end_time=before, load_input=False, load_output=False, limit=500
        )
        if not rows:
            return
        DBOS.delete_workflows([row.workflow_id for row in rows])


_SCHEDULES: tuple[Any, ...] = (
    {"schedule_name": "sweep", "workflow_fn": _scheduled_sweep, "schedule": "*/2 * * * * *"},
    {"schedule_name": "purge", "workflow_fn": _purge, "schedule": "17 * * * *"},
)


def _forget_hours() -> None:
    """Delete the hours of newsletters that earlier versions kept here: they strike elsewhere."""
    for kept in DBOS.list_schedules(schedule_name_prefix="daily-"):
        DBOS.delete_schedule(kept["schedule_name"])


def _sweep() -> None:
    """Put into the queue what there is to do and is not there."""
    if _crew is None:
        return
    queued = _queued(_crew)
    for job in _crew.due():
        name = f"{job.edition}#{job.batch}"
        if name in queued:
            continue
        # Another process may have put it there just now.
        with suppress(error.DBOSQueueDeduplicatedError), SetEnqueueOptions(deduplication_id=name):
            DBOS.enqueue_workflow(_BATCHES, _deliver_batch, job.edition, job.batch)


def _queued(crew: Crew) -> frozenset[str]:
    """
    Return the names of the jobs that are queued or worked on.

    What dead processes had begun is cancelled: DBOS gives such jobs to nobody else, and their
    rows would keep the same batch out of the queue for ever.
    """
    jobs = DBOS.list_workflows(
        queue_name=_BATCHES, queues_only=True, load_input=False, load_output=False
    )
    alive = {crew.name: True}
    orphans = []
    for row in jobs:
        name = row.executor_id or ""
        if row.status == "PENDING" and name not in alive:
            alive[name] = crew.is_alive(name)
        if row.status == "PENDING" and not alive[name]:
            orphans.append(row)
    if orphans:
        _log.info("%d jobs of a process that died are handed out anew", len(orphans))
        DBOS.cancel_workflows([row.workflow_id for row in orphans])
    return frozenset(row.deduplication_id or "" for row in jobs if row not in orphans)


def _config(database_url: str, folder: Path | None, name: str) -> DBOSConfig:
    url = database_url
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        # A file of its own, so that its polling never waits for the ledger's writers.
        url = f"sqlite:///{folder / 'engine.db'}"
    return {
        "name": _NAME,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": name,
        "log_level": "WARNING",
        "console_log_level": "CRITICAL",
        "scheduler_polling_interval_sec": 1.0,
    }


def _quieten() -> None:
    """Keep advertisements and chatter out of the house's log."""
    dbos = logging.getLogger("dbos")
    dbos.setLevel(logging.CRITICAL)
    # Said through the house's log, which shows no secret.
    dbos.handlers.clear()
    dbos.propagate = True

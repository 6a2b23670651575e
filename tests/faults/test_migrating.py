"""The schema is migrated while others send: the old program ends by itself, and loses nobody."""

from pathlib import Path

from sqlalchemy import text

from newsletter.storage.database import Database
from newsletter.storage.migrations import LATEST
from tests.faults.house import House, house
from tests.faults.provider import Mood
from tests.waiting import until

READERS = 1_200
SLOW = Mood(slow=0.01)
NEWER = "9001"

#: A step beside which an old program cannot go on, and its undoing.
STEP, BACK = "ALTER TABLE breakers RENAME TO fuses", "ALTER TABLE fuses RENAME TO breakers"


def migrate(url: str, statement: str, version: str) -> None:
    """Do what a newer, or older, program's migration would, in one transaction."""
    database = Database.open_any(url)
    with database.begin() as connection:
        connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    database.close()


def is_sending(run: House) -> bool:
    return len(run.other_side.accepted) > 100


def test_a_sender_and_a_worker_end_by_name_when_the_schema_is_migrated_and_lose_nobody(
    database_url: str, tmp_path: Path
) -> None:
    with house(tmp_path / "run", database_url, "smtp", readers=READERS, mood=SLOW) as run:
        worker = run.start("worker")
        assert until(lambda: "worker engine-" in run.log, 20), run.log[-2000:]
        sender = run.start()
        assert until(lambda: is_sending(run), 20), run.log[-2000:]

        migrate(database_url, STEP, NEWER)
        for process in (sender, worker):
            process.join(20)

        mailed = len(run.other_side.accepted)
        assert [sender.exitcode, worker.exitcode] == [1, 1], run.log[-2000:]
        assert mailed < READERS
        newer = f"error: The database is at version {NEWER}, newer than this program's {LATEST}."
        assert run.log.count(newer) == 2, run.log[-2000:]
        # Whoever is started again is refused by name too, until the programs are changed.
        assert run.finish() == 1
        assert run.log.count(newer) == 3
        assert len(run.other_side.accepted) == mailed

        migrate(database_url, BACK, LATEST)
        assert run.finish() in {0, 4}
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    # What was in flight was answered, and written down.
    assert found.counts.unknown == 0

"""Steps in a fleet: whoever sweeps finds only what is open, and takes the next step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from newsletter.delivery.fleet import Fleet
from newsletter.delivery.ledger import Ledger
from newsletter.storage import tables
from newsletter.storage.database import Database
from tests.delivery.conftest import ID
from tests.delivery.test_release import stepwise

Plan = Callable[..., int]
Readers = Callable[..., None]


def swept(fleet: Fleet) -> list[int | None]:
    """Sweep as often as it takes to look at the steps again, and do what there is to do."""
    for release in fleet._releasing.values():
        release._look_again = release._brake_again = 0.0
    jobs = fleet.due()
    for job in jobs:
        fleet.work(job)
    return [job.batch for job in jobs]


def test_a_fleet_hands_out_the_batches_of_open_steps_alone(
    database: Database, plan: Plan, readers: Readers, fleet: Fleet, journal: Any
) -> None:
    readers(300)
    plan(newsletter=stepwise(10, 50))
    Ledger(database, ID).begin()

    assert swept(fleet) == [1]
    # Handed over, so it is watched; nothing is due.
    assert swept(fleet) == []
    assert len(journal.accepted) == 30

    past = update(tables.release_steps).where(tables.release_steps.c.watch_until.is_not(None))
    with database.begin() as connection:
        connection.execute(past.values(watch_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert swept(fleet) == [2]
    assert len(set(journal.accepted)) == len(journal.accepted) == 150

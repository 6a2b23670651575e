"""A database that is away is waited for, told of once, and not for ever."""

import pytest

from newsletter.delivery.outage import Outage, through_outage
from newsletter.delivery.retry import Rules
from newsletter.errors import DeliveryError, StorageError

AWAY = StorageError("The database does not answer: disk full.")


def test_it_is_waited_for_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def act() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise AWAY
        return "done"

    assert through_outage(Rules(), act) == "done"
    assert [record.getMessage() for record in caplog.records] == [
        "The database does not answer: disk full. It is waited for, 120 seconds at most."
    ]


def test_it_is_not_waited_for_longer_than_the_rules_say() -> None:
    def act() -> None:
        raise AWAY

    with pytest.raises(StorageError):
        through_outage(Rules(outage=0.3), act)


def test_another_failure_is_no_outage() -> None:
    with pytest.raises(DeliveryError), Outage(Rules()):
        raise DeliveryError("It is held.")


def test_a_second_outage_has_its_own_time(caplog: pytest.LogCaptureFixture) -> None:
    away = Outage(Rules())
    for error in (AWAY, None, AWAY):
        with away:
            if error:
                raise error

    assert len(caplog.records) == 2

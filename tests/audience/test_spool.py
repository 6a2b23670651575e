"""The spool: what is kept is on the disk, and comes in once the database is back."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.audience.leaving import Leaving
from newsletter.audience.spool import leaving_spool
from newsletter.errors import StorageError

PRESS = Leaving(public_id=7, by_letter=False, number=1, method="one-click", at=datetime.now(UTC))


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    leaving_spool(tmp_path / "s").keep([PRESS])
    leaving_spool(tmp_path / "s").keep([PRESS, PRESS])
    got: list[Leaving] = []

    assert leaving_spool(tmp_path / "s").replay(got.extend) == 3
    assert got == [PRESS] * 3
    assert leaving_spool(tmp_path / "s").replay(got.extend) == 0


def test_nothing_is_lost_while_the_database_is_still_away(tmp_path: Path) -> None:
    spool = leaving_spool(tmp_path)
    spool.keep([PRESS])

    def away(_presses: Sequence[Leaving]) -> None:
        raise StorageError("The database does not answer.")

    with pytest.raises(StorageError):
        spool.replay(away)
    spool.keep([PRESS])
    got: list[Leaving] = []
    assert spool.replay(got.extend) == 2


def test_a_line_that_was_cut_by_a_power_failure_costs_itself_alone(tmp_path: Path) -> None:
    spool = leaving_spool(tmp_path)
    spool.keep([PRESS])
    path = tmp_path / "leaving.jsonl"
    path.write_text(path.read_text() + '{"public_id": 7, "by_le')
    got: list[Leaving] = []

    assert spool.replay(got.extend) == 1
    assert got == [PRESS]


def test_no_token_and_no_address_is_kept(tmp_path: Path) -> None:
    leaving_spool(tmp_path).keep([PRESS])

    kept = json.loads((tmp_path / "leaving.jsonl").read_text())
    assert set(kept) == {
        "public_id",
        "by_letter",
        "number",
        "everything",
        "method",
        "note",
        "at",
    }


def test_an_empty_spool_makes_no_folder(tmp_path: Path) -> None:
    assert leaving_spool(tmp_path / "none").replay(list) == 0
    assert not (tmp_path / "none").exists()

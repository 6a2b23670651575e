"""A sponsor's file is a slot, or names what it lacks and where."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import Sponsor
from newsletter.sources.sponsor import read_sponsor

GOOD = (
    'name = "Your name here"\ntext = "One sentence."\nurl = "https://sponsor.example/"\n'
    'call = "Write to us"\n'
)


def read(folder: Path, text: str | bytes) -> tuple[Sponsor | None, list[str]]:
    """The sponsor, and its problems as `line what`."""
    path = folder / "x-sponsor.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    sponsor, problems = read_sponsor(path)
    return sponsor, [f"{p.where.removeprefix(f'{path}').lstrip(':')} {p.what}" for p in problems]


@pytest.mark.parametrize(
    "days",
    [
        *("day = 2026-07-05", 'day = "2026-07-05"', "first = 2026-07-05\nlast = 2026-07-05"),
        "day = 2026-07-05T07:00:00",
    ],
)
def test_a_slot_of_one_day(tmp_path: Path, days: str) -> None:
    assert read(tmp_path, GOOD + days) == (
        Sponsor(
            name="Your name here",
            text="One sentence.",
            url="https://sponsor.example/",
            call="Write to us",
            first=date(2026, 7, 5),
            last=date(2026, 7, 5),
            origin=str(tmp_path / "x-sponsor.toml"),
        ),
        [],
    )


def test_a_slot_of_several_days(tmp_path: Path) -> None:
    sponsor, problems = read(tmp_path, f"{GOOD}first = 2026-07-05\nlast = 2026-07-09")
    assert not problems
    assert sponsor
    assert (sponsor.first, sponsor.last) == (date(2026, 7, 5), date(2026, 7, 9))


def test_a_call_may_be_missing(tmp_path: Path) -> None:
    sponsor, problems = read(tmp_path, GOOD.replace("call", "# call") + "day = 2026-07-05")
    assert not problems
    assert sponsor
    assert sponsor.call == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD, "1 the sponsor's days are missing"),
        (f"{GOOD}day = 5", "5 day: 5 is no date"),
        (f'{GOOD}day = "soon"', "5 day: soon is no date"),
        (f"{GOOD}first = 2026-07-05", "5 the sponsor's last day is missing"),
        (f"{GOOD}last = 2026-07-05", "1 the sponsor's days are missing"),
        (f"{GOOD}last = 2026-07-05\nfirst = 2026-07-06", "5 the last day is before the first"),
        (f"{GOOD}day = 2026-07-05\nlast = 2026-07-06", "5 a day, and first or last too"),
        (GOOD.replace("name", "nmae") + "day = 2026-07-05", "1 there is no key nmae"),
        (GOOD.replace("name", "nmae") + "day = 2026-07-05", "1 the sponsor's name is missing"),
        (
            GOOD.replace("One sentence.", " \\t ") + "day = 2026-07-05",
            "2 the sponsor's text is missing",
        ),
        (GOOD.replace('"Your name here"', "[1]") + "day = 2026-07-05", "1 name must be text"),
        (
            GOOD.replace("https:", "javascript:") + "day = 2026-07-05",
            "3 url: javascript://sponsor.example/ is no address that a reader can open",
        ),
        ("a = 1\nb = \n", "2 not TOML: Invalid value"),
        (b"a = 1\nb = '\xff'", "2 the file is not UTF-8"),
        (b"#" * 1_000_001, " the file is over 1 MB: no story is"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str | bytes, problem: str
) -> None:
    sponsor, problems = read(tmp_path, text)
    assert sponsor is None
    assert problem in problems


def test_an_unknown_key_costs_no_slot(tmp_path: Path) -> None:
    sponsor, problems = read(tmp_path, f'{GOOD}day = 2026-07-05\ncolour = "red"')
    assert sponsor
    assert problems == ["6 there is no key colour"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda t: (GOOD + t).encode("utf-8", "replace"))
)
def test_any_bytes_are_a_sponsor_or_a_problem(tmp_path: Path, data: bytes) -> None:
    sponsor, problems = read(tmp_path, data)
    assert sponsor or problems

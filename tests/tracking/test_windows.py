"""What a reader's clicks say together."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.model import Verdict
from newsletter.tracking.robots import Judged, is_stronger
from newsletter.tracking.windows import Hit, rejudge

BEGAN = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
PERSON, PROBABLE, CERTAIN = Verdict

#: Long after the mail: nothing is too soon.
LATER = 3600.0


def hits(*presses: tuple[float, int], reader: int = 1, rule: str = "", first: int = 1) -> list[Hit]:
    """Clicks by seconds and link."""
    verdict = CERTAIN if rule else PERSON
    return [
        Hit(number, BEGAN + timedelta(seconds=at), reader, link, verdict, rule)
        for number, (at, link) in enumerate(presses, first)
    ]


def judged(
    found: Iterable[Hit], *, links: int = 14, handed_over: Mapping[int, float] | None = None
) -> dict[int, Judged]:
    handed = {who: BEGAN + timedelta(seconds=at) for who, at in (handed_over or {}).items()}
    return rejudge(found, links=links, began=BEGAN, handed_over=handed)


def sweep(gap: float, links: int, *, start: float = LATER) -> list[tuple[float, int]]:
    return [(start + gap * number, number + 1) for number in range(links)]


# ── Too soon ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (0.0, (CERTAIN, "too-soon")),
        (4.9, (CERTAIN, "too-soon")),
        (5.0, (PROBABLE, "too-soon")),
        (9.9, (PROBABLE, "too-soon")),
        (10.0, None),
        (3600.0, None),
        # An earlier copy of the mail, which may have been accepted after all, was read.
        (-0.1, None),
        (-600.0, None),
    ],
)
def test_nobody_reads_a_mail_as_soon_as_it_is_handed_over(
    after: float, word: tuple[Verdict, str] | None
) -> None:
    found = judged(hits((1000 + after, 1)), handed_over={1: 1000})

    assert found.get(1) == word


def test_nothing_of_an_edition_is_read_before_its_sending_begins() -> None:
    assert judged(hits((-1, 1), reader=0)) == {1: (CERTAIN, "too-soon")}


def test_without_knowing_when_a_mail_was_handed_over_haste_alone_is_judged() -> None:
    assert judged(hits((0.5, 1))) == {}


def test_while_a_mail_is_new_three_links_in_ten_seconds_are_a_scanners() -> None:
    presses = [(1030.0, 1), (1034.0, 2), (1039.0, 3)]

    assert judged(hits(*presses), handed_over={1: 1000}).keys() == {1, 2, 3}
    assert judged(hits(*presses), handed_over={1: 900}) == {}


# ── Many links ──────────────────────────────────────────────────────────────────────────────


def test_three_stories_opened_in_tabs_are_a_persons() -> None:
    assert judged(hits((LATER, 1), (LATER + 1.2, 4), (LATER + 3, 5))) == {}


def test_a_link_that_is_pressed_ten_times_in_a_second_is_a_persons() -> None:
    assert judged(hits(*((LATER + n / 10, 3) for n in range(10)))) == {}


def test_three_links_in_a_second_are_no_hands_backwards_too() -> None:
    assert judged(hits((LATER, 1), (LATER + 0.4, 2), (LATER + 1, 3))) == dict.fromkeys(
        (1, 2, 3), (PROBABLE, "many-links")
    )


def test_six_links_in_ten_seconds_are_too_many() -> None:
    assert judged(hits(*sweep(2.0, 6))).keys() == {1, 2, 3, 4, 5, 6}
    assert judged(hits(*sweep(2.1, 6))) == {}


def test_every_link_of_a_mail_in_ten_seconds_is_certain() -> None:
    assert set(judged(hits(*sweep(0.9, 8)), links=8).values()) == {(CERTAIN, "many-links")}


@pytest.mark.parametrize("links", [2, 3])
def test_a_mail_of_few_links_can_be_read_whole(links: int) -> None:
    assert judged(hits(*sweep(1.5, links)), links=links) == {}


def test_a_slow_sweep_of_nearly_all_links_is_a_scanners() -> None:
    assert len(judged(hits(*sweep(6, 9)))) == 9
    assert len(judged(hits(*sweep(40, 12)))) == 12
    assert judged(hits(*sweep(40, 9))) == {}


def test_a_reader_whose_mail_is_swept_slowly_keeps_their_own_press() -> None:
    swept = [*sweep(6, 14), (LATER + 200, 4)]

    found = judged(hits(*swept))

    assert found.keys() == set(range(1, 15))


def test_what_comes_after_a_burst_is_judged_by_itself() -> None:
    burst = [*sweep(0.2, 6), (LATER + 700, 1)]

    assert 7 not in judged(hits(*burst))


def test_two_readers_do_not_add_up() -> None:
    one, other = hits(*sweep(0.2, 2)), hits((LATER, 3), (LATER + 0.1, 4), reader=2, first=9)

    assert judged([*one, *other]) == {}


def test_readers_who_cannot_be_told_apart_are_left() -> None:
    assert judged(hits(*sweep(0.1, 14), reader=0)) == {}


def test_what_a_readers_own_browser_fetches_in_advance_is_not_their_haste() -> None:
    fetched = hits(*sweep(0.01, 6), rule="prefetch")

    assert judged([*fetched, *hits((LATER + 1, 2), first=20)]) == {}


def test_a_robots_own_name_makes_the_rest_of_its_burst_a_robots() -> None:
    named = hits((LATER, 1), (LATER + 0.1, 2), rule="agent")

    assert judged([*named, *hits((LATER + 0.2, 3), first=20)]) == {20: (PROBABLE, "many-links")}


def test_a_verdict_is_never_weakened() -> None:
    found = judged(hits(*sweep(0.2, 6), rule="agent"))

    assert found == {}


# ── Whatever comes ──────────────────────────────────────────────────────────────────────────

_hit = st.builds(
    lambda at, reader, link, word: (BEGAN + timedelta(milliseconds=at), reader, link, *word),
    st.one_of(st.integers(-3000, 90_000), st.integers(0, 1500)),
    st.integers(0, 2),
    st.integers(1, 9),
    st.sampled_from(
        [
            (PERSON, ""),
            (PERSON, ""),
            (PROBABLE, "no-agent"),
            (CERTAIN, "agent"),
            (CERTAIN, "prefetch"),
        ]
    ),
)
_hits = st.lists(_hit, max_size=40).map(
    lambda made: [Hit(number, *one) for number, one in enumerate(made)]
)
_handed = st.dictionaries(st.integers(0, 2), st.integers(0, 80), max_size=3)


@given(_hits, st.integers(1, 12), _handed)
@settings(max_examples=300)
def test_judging_again_what_was_judged_changes_nothing(
    found: list[Hit], links: int, handed: dict[int, int]
) -> None:
    changes = judged(found, links=links, handed_over=handed)
    after = [
        hit._replace(**changes[hit.id]._asdict()) if hit.id in changes else hit for hit in found
    ]

    assert judged(after, links=links, handed_over=handed) == {}


@given(_hits, st.integers(1, 12), _handed, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_the_order_in_which_clicks_are_told_does_not_matter(
    found: list[Hit], links: int, handed: dict[int, int], chance: object
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert judged(shuffled, links=links, handed_over=handed) == judged(
        found, links=links, handed_over=handed
    )


@given(_hits, st.integers(1, 12), _handed)
@settings(max_examples=300)
def test_only_changes_are_told_and_each_is_stronger(
    found: list[Hit], links: int, handed: dict[int, int]
) -> None:
    known = {hit.id: hit for hit in found}

    for one, change in judged(found, links=links, handed_over=handed).items():
        assert is_stronger(change.verdict, known[one].verdict)
        assert change.rule in {"too-soon", "many-links"}


@given(_hits, st.integers(1, 12), _handed, st.integers(0, 40))
@settings(max_examples=300)
def test_judged_part_by_part_as_clicks_come_in_nothing_is_lost(
    found: list[Hit], links: int, handed: dict[int, int], place: int
) -> None:
    found = sorted(found, key=lambda hit: (hit.at, hit.id))
    first = judged(found[:place], links=links, handed_over=handed)
    after = [hit._replace(**first[hit.id]._asdict()) if hit.id in first else hit for hit in found]
    second = judged(after, links=links, handed_over=handed)
    whole = judged(found, links=links, handed_over=handed)

    for one, change in whole.items():
        told = second.get(one) or first[one]
        assert not is_stronger(change.verdict, told.verdict)


def test_a_flood_of_clicks_with_one_token_is_judged_in_a_moment() -> None:
    flood = hits(*((LATER + n / 1000, n % 14 + 1) for n in range(50_000)))

    began = datetime.now(UTC)
    found = judged(flood)

    assert len(found) == 50_000
    assert datetime.now(UTC) - began < timedelta(seconds=20)

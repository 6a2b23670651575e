"""What follows from an event: pure, and the same in whatever order events are told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import BounceClass, DeliveryState, Event, EventKind, SuppressionReason
from newsletter.tracking.consequences import (
    Fate,
    is_worn_out,
    leaves,
    state_of,
    suppression,
)

SUNDAY = date(2026, 7, 5)
BOUNCED, DELIVERED, SUBMITTED = (
    DeliveryState.BOUNCED,
    DeliveryState.DELIVERED,
    DeliveryState.SUBMITTED,
)


def event(kind: EventKind, bounce: BounceClass | None = None, reason: str = "") -> Event:
    return Event(
        kind=kind, at=datetime(2026, 7, 5, tzinfo=UTC), id="x", bounce=bounce, reason=reason
    )


@given(st.lists(st.sampled_from(EventKind), min_size=1, max_size=12), st.randoms())
def test_a_delivery_is_what_all_its_events_make_it_in_any_order(
    kinds: list[EventKind], random: object
) -> None:
    shuffled = [*kinds, *kinds]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert state_of(shuffled) is state_of(kinds)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["accepted", "deferred", "delivered"], DELIVERED),
        (["bounced", "delivered"], BOUNCED),
        (["complained", "bounced", "delivered"], DeliveryState.COMPLAINED),
        (["refused"], DeliveryState.REFUSED),
        (["opened", "clicked", "accepted", "other"], None),
    ],
)
def test_the_worst_that_was_told_of_a_delivery_holds(
    kinds: list[str], state: DeliveryState | None
) -> None:
    assert state_of(kinds) is state


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (event(EventKind.BOUNCED, BounceClass.HARD), SuppressionReason.BOUNCED),
        (event(EventKind.COMPLAINED), SuppressionReason.COMPLAINED),
        (event(EventKind.REFUSED, reason="bounced before"), SuppressionReason.BOUNCED),
        (event(EventKind.REFUSED, reason="complained before"), SuppressionReason.COMPLAINED),
        (event(EventKind.REFUSED, reason="spam content"), None),
        (event(EventKind.BOUNCED, BounceClass.SOFT), None),
        (event(EventKind.BOUNCED, BounceClass.OURS), None),
        (event(EventKind.DEFERRED), None),
        (event(EventKind.DELIVERED), None),
        (event(EventKind.UNSUBSCRIBED), None),
    ],
)
def test_only_a_dead_box_or_a_complaint_keeps_a_reader_away_for_good(
    told: Event, reason: SuppressionReason | None
) -> None:
    assert suppression(told) is reason


def test_who_leaves_by_the_esp_leaves() -> None:
    assert leaves(event(EventKind.UNSUBSCRIBED))
    assert leaves(event(EventKind.REFUSED, reason="unsubscribed before"))
    assert not leaves(event(EventKind.COMPLAINED))


def fates(*told: tuple[int, DeliveryState, BounceClass | None]) -> list[Fate]:
    """Each with how many days ago it was."""
    return [Fate(SUNDAY - timedelta(days=ago), state, kind) for ago, state, kind in told]


def soft(*ago: int) -> list[tuple[int, DeliveryState, BounceClass | None]]:
    return [(days, BOUNCED, BounceClass.SOFT) for days in ago]


@pytest.mark.parametrize(
    ("told", "worn_out"),
    [
        (soft(0, 1, 2, 3, 7), True),
        (soft(0, 1, 2, 3, 4, 5, 6), False),
        (soft(0, 3, 5, 8), False),
        ([*soft(0, 1), (2, DELIVERED, None), *soft(3, 4, 5, 9)], False),
        ([(0, SUBMITTED, None), (1, SUBMITTED, None), *soft(2, 3, 4, 5, 9)], True),
        ([(0, DELIVERED, None), *soft(2, 3, 4, 5, 9)], False),
        ([*((n, SUBMITTED, None) for n in range(3)), *soft(3, 4, 5, 6, 11)], False),
        ([*soft(0, 1), (2, SUBMITTED, None), *soft(3, 4, 5, 9)], False),
        ([*soft(0, 1), (2, BOUNCED, BounceClass.OURS), *soft(3, 4, 9)], True),
        ([(day, BOUNCED, BounceClass.OURS) for day in range(0, 30, 3)], False),
        ([], False),
    ],
)
def test_a_box_is_worn_out_after_five_editions_over_a_week_with_none_between(
    told: list[tuple[int, DeliveryState, BounceClass | None]], worn_out: bool
) -> None:
    assert is_worn_out(fates(*told)) is worn_out

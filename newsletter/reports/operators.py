"""What became of the mail at each mailbox operator."""

from collections.abc import Mapping

from newsletter.model.operators import OPERATORS, OTHER
from newsletter.reports.report import Operator
from newsletter.storage.fates import Names

NAMES = Names(domains=OPERATORS, other=OTHER, erased="Erased")


def operators(
    fates: Mapping[tuple[str, str], int], ours: Mapping[str, int], *, told: bool
) -> tuple[Operator, ...]:
    """
    Put together what became of the mail at each operator, the greatest first.

    `fates`: what was accepted, by operator and state. `told`: somebody tells us of deliveries;
    `delivered` is then as in the whole report, complaints included.
    """
    names = {name for name, _ in fates}
    found = (_operator(name, fates, ours.get(name, 0), told=told) for name in names)
    return tuple(sorted(found, key=lambda one: (-one.submitted, one.name)))


def _operator(
    name: str, fates: Mapping[tuple[str, str], int], ours: int, *, told: bool
) -> Operator:
    mine = {state: many for (operator, state), many in fates.items() if operator == name}
    submitted, bounced = sum(mine.values()), mine.get("bounced", 0)
    complained = mine.get("complained", 0)
    return Operator(
        name=name,
        submitted=submitted,
        delivered=mine.get("delivered", 0) + complained if told else submitted - bounced,
        bounced=bounced,
        ours=ours,
        complained=complained,
    )

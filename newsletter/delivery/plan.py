"""Plans an edition: freezes what is said and who gets it, in one transaction."""

import secrets
from datetime import UTC, datetime

from newsletter.errors import DeliveryError
from newsletter.model import Approval, Edition, EditionState, Headers, Rendition, Selection
from newsletter.settings import Newsletter, Release, Rule
from newsletter.storage import editions, plans
from newsletter.storage.corrections import Corrects
from newsletter.storage.database import Database
from newsletter.storage.release import RING, Wanted
from newsletter.storage.segments import condition

#: From these an edition may be planned. A day that was skipped or missed may still get its
#: edition, by a person's word.
_PLANNABLE = (
    EditionState.DRAFT,
    EditionState.APPROVED,
    EditionState.SKIPPED,
    EditionState.MISSED,
)


def plan(
    database: Database,
    *,
    newsletter: Newsletter,
    edition: Edition,
    selection: Selection,
    rendition: Rendition,
    headers: Headers,
    rule: Rule | None = None,
    approval: Approval | None = None,
    corrects: Corrects | None = None,
) -> int:
    """
    Freeze rendition, links, pictures, candidates and the audience; returns how many readers.

    All of it or nothing, wherever the process dies. Planning an edition again changes nothing,
    even from another process at the same moment. After it: selected = pending + skipped.
    `rule`: who of the lists gets it; None: everybody. `approval`: whose word it goes out on, for
    the record. `corrects`: what it puts right; then it goes to whoever may have read that, and in
    one, however the newsletter is released.

    Raises:
        DeliveryError: the edition is held or cancelled.

    """
    wanted = plans.Plan(
        edition=edition,
        selection=selection,
        rendition=rendition,
        headers=headers,
        list_names=newsletter.list_names,
        rule=rule,
        timezone=newsletter.schedule.timezone,
        tracking=newsletter.tracking.model_dump(),
        secret=secrets.token_bytes(32),
        at=datetime.now(UTC),
        approval=approval,
        release=_release(newsletter) if corrects is None else _at_once(newsletter),
        corrects=corrects,
    )
    with database.begin() as connection:
        plans.serialize(connection)
        key = editions.ensure(connection, edition.id)
        kept = editions.read(connection, edition.id)
        assert kept  # noqa: S101 - it was just made sure of
        if kept.planned:
            return plans.selected(connection, key)
        if kept.state not in _PLANNABLE:
            raise DeliveryError(f"{edition.id} is {kept.state}{_because(kept.reason)}.")
        return plans.freeze(connection, key, wanted)


def _release(newsletter: Newsletter) -> Wanted:
    release = newsletter.release
    first = newsletter.segments[release.first] if release.first else None
    return Wanted(
        release=release,
        brakes=newsletter.brakes,
        first=condition(first, newsletter.schedule.zone) if first else None,
        somewhere=secrets.randbelow(RING),
    )


def _at_once(newsletter: Newsletter) -> Wanted:
    return Wanted(release=Release(), brakes=newsletter.brakes, first=None, somewhere=0)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""

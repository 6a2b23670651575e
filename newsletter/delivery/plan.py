"""Plans an edition: freezes what is said and who gets it, in one transaction."""

import secrets
from datetime import UTC, datetime

from newsletter.errors import DeliveryError
from newsletter.model import Edition, EditionId, EditionState, Headers, Rendition, Selection
from newsletter.settings import Newsletter
from newsletter.storage import editions, plans
from newsletter.storage.database import Database

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
) -> int:
    """
    Freeze rendition, links, pictures, candidates and the audience; returns how many readers.

    All of it or nothing, wherever the process dies. Planning an edition again changes nothing,
    even from another process at the same moment. After it: selected = pending + skipped.

    Raises:
        DeliveryError: the edition is held or cancelled.

    """
    wanted = plans.Plan(
        edition=edition,
        selection=selection,
        rendition=rendition,
        headers=headers,
        list_name=newsletter.list_name,
        timezone=newsletter.schedule.timezone,
        tracking=newsletter.tracking.model_dump(),
        secret=secrets.token_bytes(32),
        at=datetime.now(UTC),
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


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def approve(database: Database, id: EditionId, *, hash: str, by: str) -> None:
    """
    Sign off a rendition by its hash; when it changes, it needs signing again.

    Raises:
        DeliveryError: the edition is past approving.

    """
    signed = editions.move(
        database,
        id,
        EditionState.APPROVED,
        before=_PLANNABLE,
        approved_hash=hash,
        approved_by=by,
        approved_at=datetime.now(UTC),
    )
    if not signed:
        kept = editions.find(database, id)
        state = kept.state if kept else EditionState.DRAFT
        raise DeliveryError(f"{id} is {state}, so there is nothing to approve.")

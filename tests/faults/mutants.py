"""
Faults put in by hand, in a victim's process only: with any of them the judge must say so.

Each undoes one of the promises that delivery rests on; see docs/explanation.md.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from newsletter.delivery import reconcile
from newsletter.delivery.ledger import Ledger
from newsletter.storage import claims, settling
from newsletter.storage.claims import Claimed, Part
from newsletter.storage.columns import Moment
from newsletter.storage.swift import Swift


def cursor_at_fetch() -> None:
    """Whom a call takes counts as mailed already; what the answer says does not matter."""
    claim = claims.claim

    def advance(connection: Connection, edition: int, *words: Any, **more: Any) -> Any:
        won = claim(connection, edition, *words, **more)
        connection.exec_driver_sql(
            "UPDATE deliveries SET state = 'submitted', settled_at = intent_at"
            " WHERE state = 'claimed'"
        )
        return won

    claims.claim = advance


def blind_retry() -> None:
    """What a dead worker left behind is simply tried again."""
    careful = Ledger._settle_abandoned
    Ledger._settle_abandoned = (  # type: ignore[method-assign]
        lambda self, connection, lease, **_: careful(self, connection, lease, repeatable=True)
    )


def no_quiet_period() -> None:
    """Doubts may be mailed again at once."""
    reconcile.quiet_period = lambda settings: timedelta(0)  # noqa: ARG005 - its name is called


def claim_of_any_state() -> None:
    """A claim takes whoever stands in its range, whatever became of them before."""
    careful = claims._OF_ONE_LIST
    blind = careful.claim.replace(f"AND {claims._WAITING}", "")
    assert blind != careful.claim
    careful.all = Swift(blind)


def intent_after_send() -> None:
    """A claim is only looked up; it is written together with the answer."""

    def look(
        connection: Connection,
        edition: int,
        list_key: int | None,
        part: Part,
        *,
        call: str,
        now: datetime,
        only: Sequence[int] | None = None,
    ) -> Sequence[Claimed]:
        del call, now, only, list_key
        rows = connection.exec_driver_sql(
            "SELECT d.position, s.public_id, s.address, s.name, 1 FROM deliveries d"  # noqa: S608
            " JOIN subscribers s ON s.id = d.subscriber_id"
            f" WHERE d.edition_id = {edition} AND d.position BETWEEN {part.first} AND {part.last}"
            " AND d.state IN ('planned', 'deferred') ORDER BY d.position"
        )
        return [Claimed(*row) for row in rows]

    def write(
        connection: Connection, edition: int, call: str, answers: Any, *, now: datetime
    ) -> None:
        for answer in answers:
            connection.execute(
                text(
                    "UPDATE deliveries SET state = :state, call = :call, intent_at = :now,"
                    " settled_at = :now WHERE edition_id = :edition AND position = :position"
                ).bindparams(bindparam("now", type_=Moment())),
                {
                    "state": answer.state.value,
                    "call": call,
                    "now": now,
                    "edition": edition,
                    "position": answer.position,
                },
            )

    claims.claim = look
    settling.settle = write


MUTANTS: Mapping[str, Callable[[], None]] = {
    "cursor at fetch": cursor_at_fetch,
    "blind retry": blind_retry,
    "no quiet period": no_quiet_period,
    "claim of any state": claim_of_any_state,
    "intent after send": intent_after_send,
}

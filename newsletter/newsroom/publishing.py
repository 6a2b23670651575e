"""Publishing: what the schedule has done at its moments, and cron by `send --yes`."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from newsletter.errors import DeliveryError, NewsletterError, StorageError
from newsletter.model import EditionId, EditionState, Finding, NoticeKind, Severity
from newsletter.newsroom.circulation import Circulation
from newsletter.newsroom.dispatch import Dispatch
from newsletter.newsroom.draft import Draft, NoEdition
from newsletter.newsroom.house import House
from newsletter.newsroom.notices import NoticeBoard
from newsletter.newsroom.word import word_on
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.storage.database import Database

#: What begins later than this after its hour is late.
LATE = timedelta(minutes=5)

#: Nothing of it has gone out.
_WAITING = (
    EditionState.DRAFT,
    EditionState.APPROVED,
    EditionState.SKIPPED,
    EditionState.MISSED,
)

_log = logging.getLogger(__name__)


class Maker(Protocol):
    """Makes drafts, as the desk does."""

    def build(self, newsletter: Newsletter, day: date) -> Draft | NoEdition: ...

    def build_to_send(self, newsletter: Newsletter, day: date) -> Draft | NoEdition: ...


class Publishing:
    """
    Has editions made, begun and given up. What each came to is written down to be told.

    Safe from many processes at once: an edition is frozen once, whoever begins it.
    """

    def __init__(
        self,
        house: House,
        desk: Maker,
        dispatch: Dispatch,
        circulation: Circulation,
        board: NoticeBoard,
    ) -> None:
        self._house = house
        self._desk = desk
        self._dispatch = dispatch
        self._circulation = circulation
        self._board = board

    @property
    def database(self) -> "Database":
        return self._house.database

    def names(self) -> tuple[str, ...]:
        """Name every newsletter there is."""
        return self._house.names()

    def newsletter(self, name: str) -> Newsletter:
        """Return one as it is now: its schedule may be changed at any time. SettingsError."""
        return self._house.newsletter(name)

    def announce(self, newsletter: Newsletter, id: EditionId, *, at: datetime) -> None:
        """Make a draft, and have editors told what will go out. Raises StorageError."""
        try:
            made = self._desk.build_to_send(newsletter, id.day)
            self._circulation.fill(newsletter)
            facts = self._of_draft(made) if isinstance(made, Draft) else _of_none(made)
        except StorageError:
            raise
        except NewsletterError as error:
            facts = {"why": _sentence(error)}
        self._board.note(id, NoticeKind.GOING_OUT, at=at, facts=facts)

    def _of_draft(self, draft: Draft) -> Mapping[str, Any]:
        word = word_on(draft)
        return {
            "mail": draft.rendition.subject,
            "stories": [article.title for article in draft.edition.articles],
            "readers": self._circulation.readers(draft.newsletter),
            "errors": _findings(draft.findings, Severity.ERROR),
            "warnings": _findings(draft.findings, Severity.WARNING),
            "asks": draft.newsletter.approval == "editor",
            "approved": word.counts,
            "word": word.sentence,
        }

    def note_unapproved(self, id: EditionId, why: str, *, at: datetime) -> None:
        """Have editors told that their word is missing. Raises StorageError."""
        self._board.note(id, NoticeKind.UNAPPROVED, at=at, facts={"why": why})

    def begin(self, newsletter: Newsletter, id: EditionId, *, at: datetime) -> bool:
        """
        Begin to send an edition, as `send --yes` would; what is in its way is told once.

        False where it waits for an editor's word.

        Raises:
            NewsletterError: it cannot go out as it stands, or the database is away.

        """
        try:
            is_decided = self._dispatch.is_planned(id) or self._plan(newsletter, id, at)
            self._go_on(newsletter, id, at)
        except StorageError:
            raise
        except NewsletterError as error:
            self.block(id, at=at, why=_sentence(error))
            raise
        return is_decided

    def _plan(self, newsletter: Newsletter, id: EditionId, at: datetime) -> bool:
        """Freeze an edition, or skip the day; False where an editor's word is missing."""
        self._circulation.fill(newsletter)
        if newsletter.approval == "editor" and not self._has_word(newsletter, id, at):
            return False
        made = self._desk.build_to_send(newsletter, id.day)
        if isinstance(made, NoEdition):
            self._skip(made, at)
            return True
        if made.errors:
            self.block(id, at=at, findings=made.findings)
        selected = f"{self._dispatch.plan(made):,}"
        _log.info("%s: begun, %s readers", id, selected, extra={"edition": id})
        return True

    def _has_word(self, newsletter: Newsletter, id: EditionId, at: datetime) -> bool:
        """Ask without the checks that take seconds: it is asked again each minute."""
        made = self._desk.build(newsletter, id.day)
        if isinstance(made, NoEdition):
            # Nothing is there that an editor could approve.
            return True
        word = word_on(made)
        if not word.counts:
            self.note_unapproved(id, word.sentence, at=at)
        return word.counts

    def _go_on(self, newsletter: Newsletter, id: EditionId, at: datetime) -> None:
        from newsletter.delivery.ledger import Ledger

        if self._dispatch.is_planned(id) and Ledger(self._house.database, id).begin():
            self.note_late(newsletter, id, at=at)

    def _skip(self, none: NoEdition, at: datetime) -> None:
        if not self._dispatch.skip(none, at=at):
            raise DeliveryError(
                f"There is no edition now ({none.reason}), and {none.id} was decided before.",
                hint=f"newsletter status {none.id}",
            )
        _log.info("%s: no edition, %s", none.id, none.reason, extra={"edition": none.id})

    def block(
        self, id: EditionId, *, at: datetime, why: str = "", findings: Iterable[Finding] = ()
    ) -> None:
        """Have it told that an edition cannot go out as it stands. Raises StorageError."""
        facts = {"why": why, "errors": _findings(findings, Severity.ERROR)}
        self._board.note(id, NoticeKind.BLOCKED, at=at, facts=facts)

    def note_late(self, newsletter: Newsletter, id: EditionId, *, at: datetime) -> None:
        """Have it told that an edition began late, if it did. Raises StorageError."""
        late = at - newsletter.schedule.hour_on(id.day).astimezone(UTC)
        if late >= LATE:
            minutes = {"minutes": late // timedelta(minutes=1)}
            self._board.note(id, NoticeKind.LATE, at=at, facts=minutes)

    def miss(self, id: EditionId, reason: str, *, at: datetime) -> None:
        """
        Declare that nothing of a day goes out by itself any more. Raises StorageError.

        What an editor holds stays held: what is told then is that the day is over.
        """
        from newsletter.storage import editions

        moved = editions.move(
            self._house.database,
            id,
            EditionState.MISSED,
            before=_WAITING,
            reason=reason,
            finished_at=at,
        )
        if not moved:
            kept = editions.find(self._house.database, id)
            if not kept or kept.state is not EditionState.HELD:
                return
            self._board.note(id, NoticeKind.MISSED, at=at, facts={"reason": reason})
        _log.warning("%s: missed, %s", id, reason, extra={"edition": id})

    def stop(self, id: EditionId, reason: str) -> None:
        """Pause what was begun and is late by now. Raises StorageError."""
        from newsletter.storage import editions

        sending = (EditionState.SENDING,)
        editions.move(self._house.database, id, EditionState.PAUSED, before=sending, reason=reason)
        _log.warning("%s: paused, %s", id, reason, extra={"edition": id})

    def doubt(self, id: EditionId, *, at: datetime) -> None:
        """Have it told that some may or may not have been mailed, if that is all that is left."""
        status = self._dispatch.status(id)
        is_rest = status.state is EditionState.SENDING and not status.counts.pending
        if is_rest and status.counts.unknown:
            self._board.note(id, NoticeKind.UNKNOWN, at=at)


def _of_none(none: NoEdition) -> Mapping[str, Any]:
    problems = [f"{problem.where}: {problem.what}" for problem in none.problems]
    return {"empty": none.reason, "problems": problems}


def _findings(findings: Iterable[Finding], severity: Severity) -> list[str]:
    return list(_lines(one for one in findings if one.severity is severity))


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for one in findings:
        where = f" ({one.where})" if one.where else ""
        yield f"{one.sentence}{where}"


def _sentence(error: NewsletterError) -> str:
    return f"{error} {error.hint}".strip()

"""Correcting: putting right what an edition said wrong, for whoever may have read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError, PreflightError
from newsletter.model import (
    Choices,
    Correction,
    EditionId,
    EditionState,
    Link,
    Severity,
)
from newsletter.newsroom.desk import Desk
from newsletter.newsroom.draft import Draft
from newsletter.newsroom.house import House
from newsletter.newsroom.linking import Linking
from newsletter.newsroom.righting import as_is_right, as_it_is, what_differs
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.storage.corrections import Corrects, Story
    from newsletter.storage.editions import Kept

#: Of these nobody gets it any more.
_OVER = (EditionState.SENT, EditionState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a correction is to be made."""

    #: The whole edition, not a short mail.
    whole: bool = False
    #: To everybody on the list, not only to who may have read the wrong one.
    everyone: bool = False
    #: The desk's own words, in the place of what was found to differ.
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A correction as it would go out now."""

    #: The mail: `daily/2026-07-05-r2`.
    draft: Draft
    correction: Correction
    corrects: "Corrects"
    readers: int
    #: Links of the wrong one that lead elsewhere in the right one: number, and where to.
    moved: Mapping[int, str]


class Correcting:
    """Makes corrections. What was wrong stays in the ledger, and the archive says so for good."""

    def __init__(self, house: House, desk: Desk, linking: Linking) -> None:
        self._house = house
        self._desk = desk
        self._linking = linking

    def begun(self, wrong: EditionId) -> EditionId | None:
        """
        Return the correction of an edition that was planned and is not over; None: make one.

        Raises DeliveryError when the edition cannot be corrected, or was already.
        """
        kept = self._read(wrong)
        for later in self._later(wrong):
            if later.planned and later.state not in _OVER:
                return later.id
            if later.state is EditionState.SENT or self._went_out(later):
                raise DeliveryError(
                    f"{wrong} was corrected by {later.id}.",
                    hint=f"newsletter correct {later.id} corrects that one.",
                )
        self._refuse_if_going_on(kept)
        return None

    def propose(self, wrong: EditionId, wish: Wish) -> Proposal:
        """
        Compare what an edition said with today's articles, and make the mail that puts it right.

        Nothing is stored. Raises DeliveryError, RenderError.
        """
        from newsletter.sources import gather

        kept, newsletter = self._read(wrong), self._house.newsletter(wrong.newsletter)
        self._refuse_while_warming(newsletter, wish)
        if not wish.everyone:
            self._refuse_if_forgotten(wrong)
        stories = self._told(kept)
        gathered = gather(newsletter, self._house.settings)
        now = [as_it_is(story, gathered, newsletter) for story in stories]
        righted = tuple(what_differs(stories, now))
        correction = Correction(of=wrong, stories=righted, note=wish.note.strip())
        if not (correction.stories or correction.note):
            raise DeliveryError(
                f"Nothing of {wrong} has changed since it went out.",
                hint="Correct the article first, or say what was wrong: --note TEXT.",
            )
        chosen = self._chosen(newsletter, wrong)
        selection, edition = as_is_right(
            self._next(wrong), newsletter, now, gathered.sponsors, chosen
        )
        right = self._desk.dress(newsletter, selection, edition)
        return self._proposal(kept, newsletter, correction, right, wish)

    def plan(self, proposal: Proposal) -> int:
        """Freeze a correction and its readers; returns how many. Raises as `dispatch.plan`."""
        from newsletter import delivery

        draft = proposal.draft
        if draft.errors:
            raise PreflightError(
                f"{draft.id} has {len(draft.errors)} errors and is not sent.",
                hint="newsletter correct --dry-run names them.",
            )
        return delivery.plan(
            self._house.database,
            newsletter=draft.newsletter,
            edition=draft.edition,
            selection=draft.selection,
            rendition=draft.rendition,
            headers=draft.headers,
            rule=draft.newsletter.rule(),
            corrects=proposal.corrects,
        )

    def point(self, proposal: Proposal) -> int:
        """Lead the links of the wrong mail to where the right one's lead; returns how many."""
        for number, url in proposal.moved.items():
            self._linking.point(proposal.correction.of, number, url)
        return len(proposal.moved)

    # ── The edition that was wrong ──────────────────────────────────────────────────────────

    def _read(self, wrong: EditionId) -> "Kept":
        from newsletter.storage import editions

        kept = editions.find(self._house.database, wrong)
        if kept is None or kept.sending_began_at is None:
            raise DeliveryError(
                f"Nothing of {wrong} has gone out, so there is nothing to correct.",
                hint="Change the article: newsletter send builds the edition anew.",
            )
        return kept

    def _later(self, wrong: EditionId) -> "Sequence[Kept]":
        from newsletter.storage import corrections, editions

        with self._house.database.read() as connection:
            named = corrections.revisions(connection, wrong)
            later = (editions.read(connection, one) for one in named if one > wrong)
            return [kept for kept in later if kept]

    def _went_out(self, kept: "Kept") -> bool:
        from newsletter.storage import deliveries

        with self._house.database.read() as connection:
            counts = deliveries.counts(connection, kept.key)
        return bool(counts.submitted or counts.unknown)

    def _refuse_if_going_on(self, kept: "Kept") -> None:
        """Raise DeliveryError while readers may still get what is wrong."""
        from newsletter.storage import deliveries

        with self._house.database.read() as connection:
            pending = deliveries.counts(connection, kept.key).pending
        if pending and kept.state not in _OVER:
            raise DeliveryError(
                f"{kept.id} is {kept.state}: {pending:,} readers have yet to get it.",
                hint=f"newsletter cancel {kept.id} spares them; then --all reaches them as well.",
            )

    def _refuse_while_warming(self, newsletter: Newsletter, wish: Wish) -> None:
        if wish.everyone and newsletter.release.warm_up.start:
            raise DeliveryError(
                f"{newsletter.name} warms its domain up, so a correction does not go to all.",
                hint="Without --all it goes to who may have read the wrong one.",
            )

    def _refuse_if_forgotten(self, wrong: EditionId) -> None:
        """Raise DeliveryError where nobody knows any more who got what is wrong."""
        from newsletter.storage import sums

        with self._house.database.read() as connection:
            since = sums.any_sealed(connection, self._revisions_until(wrong))
        if since:
            raise DeliveryError(
                f"Who got {wrong} is not known since {since:%Y-%m-%d}: its ledger was old.",
                hint="--all corrects it for everybody on the list (NEWSLETTER_KEEP_DELIVERIES).",
            )

    def _told(self, kept: "Kept") -> "Sequence[Story]":
        from newsletter.storage import corrections

        with self._house.database.read() as connection:
            return corrections.told(connection, kept.key)

    # ── What is right ───────────────────────────────────────────────────────────────────────

    def _next(self, wrong: EditionId) -> EditionId:
        revisions = [kept.id.revision for kept in self._later(wrong)]
        return wrong._replace(revision=max([wrong.revision, *revisions]) + 1)

    def _chosen(self, newsletter: Newsletter, wrong: EditionId) -> Choices:
        from newsletter.sources.choices import read_choices

        file = self._house.choices_path(newsletter, wrong.day)
        return read_choices(file, newsletter.schedule.zone)[0]

    def _proposal(
        self,
        kept: "Kept",
        newsletter: Newsletter,
        correction: Correction,
        right: Draft,
        wish: Wish,
    ) -> Proposal:
        from newsletter.preflight import OF_ANY_MAIL
        from newsletter.rendering import note_in_words, render_correction
        from newsletter.rendering.webview import public_page
        from newsletter.storage.corrections import Corrects

        templates = self._house.settings.templates
        mail = render_correction(
            correction,
            right.edition,
            newsletter,
            whole=wish.whole,
            templates=templates,
            site_url=self._house.settings.site_url,
        )
        mail = replace(mail, pictures=right.rendition.pictures)
        found = self._desk.inspect(newsletter, right.edition, mail)
        errors = [one for one in right.findings if one.severity is Severity.ERROR]
        corrects = Corrects(
            edition=kept.key,
            read=() if wish.everyone else self._revisions_until(kept.id),
            note=note_in_words(correction, newsletter, templates),
            subject=right.rendition.subject,
            preheader=right.rendition.preheader,
            html=public_page(right.rendition.html, right.rendition.links),
        )
        return Proposal(
            draft=replace(
                right,
                rendition=mail,
                findings=(
                    *(one for one in errors if one.check not in OF_ANY_MAIL),
                    *(one for one in found if one.check in OF_ANY_MAIL),
                ),
            ),
            correction=correction,
            corrects=corrects,
            readers=self._count(newsletter, corrects),
            moved=self._moved(kept, right.rendition.links),
        )

    def _revisions_until(self, id: EditionId) -> tuple[int, ...]:
        """Return the rows of the day's edition and its corrections up to one."""
        from newsletter.storage import corrections, editions

        with self._house.database.read() as connection:
            named = [one for one in corrections.revisions(connection, id) if one <= id]
            found = (editions.read(connection, one) for one in named)
            return tuple(kept.key for kept in found if kept)

    def _count(self, newsletter: Newsletter, corrects: "Corrects") -> int:
        from newsletter.audience.lists import reachable
        from newsletter.storage import corrections

        if not corrects.read:
            zone = newsletter.schedule.zone
            rule, names = newsletter.rule(), newsletter.list_names
            return reachable(self._house.database, names, rule, zone)
        with self._house.database.read() as connection:
            return corrections.count_readers(connection, newsletter.list_names, corrects.read)

    def _moved(self, kept: "Kept", right: Iterable[Link]) -> Mapping[int, str]:
        """Return which links of the wrong mail may be pointed anew: those that pass through us."""
        from newsletter.edition import moved
        from newsletter.storage import editions

        with self._house.database.read() as connection:
            counted = editions.frozen(connection, kept.key).tracking["clicks"]
        if counted == "off":
            return {}
        wrong = (
            Link(number=one.number, url=one.url, role=one.role, article=one.article)
            for one in self._linking.table(kept.id)
        )
        return moved(wrong, right)

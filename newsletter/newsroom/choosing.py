"""The day's choices in a file that travels with the articles, and an editor's word on them."""

import getpass
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from newsletter.edition import is_called
from newsletter.errors import ChoicesChanged, DeliveryError, PreflightError
from newsletter.model import Approval, Article, Choices, EditionId, Withdrawal
from newsletter.newsroom import word
from newsletter.newsroom.counting import spool_folder
from newsletter.newsroom.desk import Desk
from newsletter.newsroom.draft import Draft
from newsletter.newsroom.house import House
from newsletter.newsroom.layout import LaidOut
from newsletter.newsroom.steps import Steps
from newsletter.settings import Newsletter

#: Seconds that git may take to say who is at the keyboard.
_PATIENCE = 5


class Choosing:
    """
    Reads and keeps what editors chose. The file alone says whether an edition is approved.

    Every save names the version that the editor saw; see `save`. Nothing here reaches a reader,
    and nothing but `withdraw` and `approve` looks into the database, where there is one.
    """

    def __init__(self, house: House, desk: Desk) -> None:
        self._house = house
        self._desk = desk

    @property
    def editor(self) -> str:
        """Who is at the keyboard: `NEWSLETTER_EDITOR`, else git's user.name, else the login."""
        settings = self._house.settings
        return settings.editor or _git_name(settings.articles_dir) or _login()

    def path(self, newsletter: Newsletter, day: date) -> Path:
        """Return the file of a day's choices, whether or not it is there. Raises ChoicesError."""
        return self._house.choices_path(newsletter, day)

    def steps(self, newsletter: Newsletter, day: date) -> Steps:
        """Return what can be taken back of a day's choices, as far as this machine saved them."""
        name = f"undo-{newsletter.name}-{day}.json"
        return Steps(spool_folder(self._house) / name, newsletter.schedule.zone)

    def read(self, newsletter: Newsletter, day: date) -> tuple[Choices, str]:
        """
        Return a day's choices, and their version; without a file, none and an empty version.

        Raises:
            ChoicesError: the file cannot be understood; names file and line.

        """
        from newsletter.sources.choices import read_choices

        return read_choices(self.path(newsletter, day), newsletter.schedule.zone)

    def save(self, newsletter: Newsletter, day: date, choices: Choices, *, seen: str) -> str:
        """
        Keep a day's choices in place of the version that was seen; returns the new version.

        Comments in the file stay. Texts are folded to one line. Take `choices` from `read` or a
        draft and `replace` what the editor changed, so that approval and withdrawals stay in it.

        Raises:
            ChoicesChanged: somebody saved another version in the meantime; its `newer` are their
                choices, its `version` what a next save must have seen. Nothing was written.
            ChoicesError: the file there cannot be understood, or cannot be written.

        """
        from newsletter.sources.choices_file import save_choices

        path = self.path(newsletter, day)
        return save_choices(path, choices, newsletter.schedule.zone, seen=seen)

    def approve(self, draft: Draft, *, by: str) -> str:
        """
        Sign off a draft as it was looked at; returns the new version of its choices.

        What changed on disk since it was made is not signed: `changes_since` will name it.

        Raises:
            PreflightError: an error stands in it, one that only sending would look for included.
            DeliveryError: that editor may not approve, or the edition is being sent.
            ChoicesChanged: somebody saved other choices since the draft was made.

        """
        self._refuse_stranger(draft.newsletter, by)
        self._refuse_frozen(draft.id, "there is nothing to approve")
        self._refuse_errors(draft)
        choices = replace(draft.choices, approval=_approval(draft, by))
        return self.save(draft.newsletter, draft.id.day, choices, seen=draft.version)

    def withdraw(
        self, newsletter: Newsletter, day: date, article: str, *, by: str, seen: str | None = None
    ) -> str:
        """
        Take a story away; returns the new version of the day's choices.

        An approval stays good. Was it the lead, then the next story leads, and subject and
        preheader of the editor's own go with it. `article` is its id, address or file. Withdrawing
        it again changes nothing. With too few stories left there is no edition: `desk.build` says
        so. `seen` is the version that the editor had before them; None: whatever is there now.

        Raises:
            DeliveryError: there is no such story in the edition, or it is being sent already.
            ChoicesChanged, ChoicesError: as `save`.

        """
        laid_out = self._desk.lay_out(newsletter, day)
        choices = laid_out.choices
        if seen not in {None, laid_out.version}:
            raise ChoicesChanged(
                "Somebody saved other choices meanwhile.",
                newer=choices,
                version=laid_out.version,
                hint="Nothing was withdrawn. Look at theirs.",
            )
        self._refuse_frozen(
            laid_out.id,
            "nothing can be withdrawn from it",
            hint=f"newsletter pause {laid_out.id} keeps it from whom it has not reached yet;"
            " a correction can tell the others.",
        )
        story = _story(laid_out, article)
        if story is None:
            return laid_out.version
        gone = Withdrawal(article=laid_out.names[story.key], by=by, at=_now(newsletter))
        choices = replace(choices, withdrawals=(*choices.withdrawals, gone))
        if story.key == laid_out.lead_key:
            choices = replace(choices, subject="", preheader="")
        return self.save(newsletter, day, choices, seen=laid_out.version)

    def changes_since(self, draft: Draft) -> tuple[str, ...]:
        """
        Say what is different since a draft was approved: `a headline in articles/one.md`.

        Empty: nothing, or nobody approved. Withdrawn stories are no change.
        """
        return word.changes_since(draft)

    def word_on(self, draft: Draft) -> word.Word:
        """Say whether an editor's word was given to this, and in words why not."""
        return word.word_on(draft)

    def _refuse_errors(self, draft: Draft) -> None:
        stops = self._desk.stops(draft)
        if stops:
            more = [one.sentence for one in stops if one not in draft.errors]
            count = f"{len(stops)} error{'s' * (len(stops) != 1)}"
            raise PreflightError(
                f"{draft.id} has {count}, so it cannot be approved.",
                hint=f"Only looked for now: {'; '.join(more)}."
                if more
                else "newsletter check names them.",
            )

    def _refuse_stranger(self, newsletter: Newsletter, by: str) -> None:
        if not newsletter.may_approve(by):
            names = ", ".join(newsletter.approvers)
            raise DeliveryError(
                f"{by} may not approve {newsletter.name}: {names} may.",
                hint=f"`approvers` in templates/{newsletter.name}/newsletter.toml names them;"
                " NEWSLETTER_EDITOR or --by says who you are.",
            )

    def _refuse_frozen(self, id: EditionId, so: str, *, hint: str = "") -> None:
        """Raise DeliveryError once an edition is frozen, as far as this machine knows."""
        from newsletter.storage import editions

        if not self._house.has_database:
            return
        kept = editions.find(self._house.database, id)
        if kept and kept.planned:
            raise DeliveryError(f"{id} is {kept.state} already, so {so}.", hint=hint)


def _story(laid_out: LaidOut, name: str) -> Article | None:
    """Find a story of an edition; None: it was withdrawn before."""
    zone = laid_out.newsletter.schedule.zone
    for article in laid_out.selection.ranked:
        if is_called(article, name, zone):
            return article
    gone = laid_out.choices.withdrawn
    known = [c.article for c in laid_out.selection.choices if is_called(c.article, name, zone)]
    if name in gone or any(is_called(article, one, zone) for one in gone for article in known):
        return None
    raise DeliveryError(
        f"{name} is not in {laid_out.id}.",
        hint=f"newsletter build {laid_out.id.newsletter} --date {laid_out.id.day} --explain"
        " names every story of it.",
    )


def _approval(draft: Draft, by: str) -> Approval:
    names: Mapping[str, str] = draft.names
    return Approval(
        by=by,
        at=_now(draft.newsletter),
        articles=tuple(names[article.key] for article in draft.selection.ranked),
        lead=names[draft.edition.lead.key],
        subject=draft.edition.subject,
        preheader=draft.edition.preheader,
        digests=draft.digests,
    )


def _now(newsletter: Newsletter) -> datetime:
    return datetime.now(newsletter.schedule.zone).replace(microsecond=0)


def _git_name(folder: Path) -> str:
    where = folder if folder.is_dir() else None
    asked = ("git", "config", "user.name")
    try:
        told = subprocess.run(  # noqa: S603 - fixed words
            asked, cwd=where, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.decode("utf-8", "replace").strip()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "an editor"

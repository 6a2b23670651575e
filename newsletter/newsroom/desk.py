"""The desk: what an edition would say, and an editor's word on it."""

from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path

from newsletter.edition import assemble, select
from newsletter.errors import PreflightError, SourceError
from newsletter.model import (
    Edition,
    EditionId,
    Envelope,
    Finding,
    Gathered,
    Headers,
    Memory,
    MergeField,
    Problem,
    Rendition,
    Selection,
    Severity,
    Skipped,
    Tokens,
)
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edition as it would go out now."""

    id: EditionId
    newsletter: Newsletter
    selection: Selection
    edition: Edition
    rendition: Rendition
    headers: Headers
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEdition:
    """There is none on that day: why, what was considered, and what could not be read."""

    id: EditionId
    newsletter: Newsletter
    selection: Selection
    reason: str
    problems: tuple[Problem, ...]


class Desk:
    """Makes drafts. Nothing that it does reaches a reader."""

    def __init__(self, house: House) -> None:
        self._house = house

    def build(self, newsletter: Newsletter, day: date) -> Draft | NoEdition:
        """
        Assemble and render a day's edition; nothing is stored.

        Raises:
            RenderError: a template is wrong.

        """
        from newsletter.sources import gather

        edition_id = EditionId(newsletter.name, day)
        gathered = gather(newsletter, self._house.settings)
        memory = self._memory(edition_id, gathered)
        selection = select(gathered.articles, newsletter=newsletter, day=day, memory=memory)
        edition = assemble(
            selection, id=edition_id, newsletter=newsletter, sponsors=gathered.sponsors
        )
        if isinstance(edition, Skipped):
            return NoEdition(
                id=edition_id,
                newsletter=newsletter,
                selection=selection,
                reason=edition.reason,
                problems=gathered.problems,
            )
        return self._draft(newsletter, selection, edition, gathered.problems)

    def _draft(
        self,
        newsletter: Newsletter,
        selection: Selection,
        edition: Edition,
        problems: tuple[Problem, ...],
    ) -> Draft:
        from newsletter.preflight import inspect
        from newsletter.rendering import render
        from newsletter.rendering.pictures import illustrate

        site = self._house.settings.site_url
        illustrated = illustrate(edition, site_url=site)
        rendition = render(
            illustrated.edition, newsletter, templates=self._house.settings.templates, site_url=site
        )
        rendition = replace(rendition, pictures=illustrated.pictures)
        findings = inspect(
            edition,
            rendition,
            newsletter,
            problems=(*problems, *illustrated.problems),
            site_url=site,
            transport=self._house.settings.transport,
            smtp_host=self._house.settings.smtp.host,
        )
        return Draft(
            id=edition.id,
            newsletter=newsletter,
            selection=selection,
            edition=illustrated.edition,
            rendition=rendition,
            headers=headers(newsletter, edition.id, site),
            findings=findings,
        )

    def _memory(self, id: EditionId, gathered: Gathered) -> Memory:
        """Ask what earlier editions said; looking must not make a database where none is."""
        path = self._house.settings.sqlite_file
        if path and not path.exists():
            return Memory()
        from newsletter.storage.memory import recall

        return recall(
            self._house.database,
            id.newsletter,
            before=id,
            keys={article.key for article in gathered.articles},
            articles={article.id for article in gathered.articles},
        )

    def sample(self, draft: Draft) -> bytes:
        """Return the mail as bytes, for nobody: its links open pages that change nothing."""
        from newsletter.transports.message import compile_message

        envelope = Envelope(0, "reader@example.com", "", self._proof(draft))
        at = draft.edition.cutoff.astimezone(UTC)
        return compile_message(draft.rendition, draft.headers).splice(envelope, at)

    def page(self, draft: Draft) -> str:
        """Return the mail's HTML as nobody's copy, its pictures beside it in the folder `i`."""
        tokens = self._proof(draft)
        html = draft.rendition.html.replace(f"{self._house.settings.site_url}/i/", "i/")
        for field in MergeField:
            html = html.replace(field.sentinel, getattr(tokens, field))
        return html

    def _proof(self, draft: Draft) -> Tokens:
        from newsletter.tracking.tokens import EditionMint

        return EditionMint(self._house.keyring, 0, draft.newsletter.tracking, None).proof_tokens()

    def approve(self, draft: Draft, *, by: str) -> None:
        """Sign off these very bytes. Raises PreflightError, or DeliveryError past approving."""
        from newsletter import delivery

        if draft.errors:
            raise PreflightError(
                f"{draft.id} has {len(draft.errors)} errors, so it cannot be approved.",
                hint="newsletter check names them.",
            )
        delivery.approve(self._house.database, draft.id, hash=draft.rendition.hash, by=by)

    def import_article(self, file: Path, *, replace: bool) -> Path:
        """
        Write a published page's text as a Markdown article; returns its path.

        Raises SourceError when the page cannot be read, or an article of that name is there.
        """
        from newsletter.sources.page import article_from_page

        article = article_from_page(_page_text(file))
        path = self._house.settings.articles_dir / article.file_name
        if path.exists() and not replace:
            raise SourceError(
                f"{path} is there already.", hint="Add --force to put the new one in its place."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article.markdown, encoding="utf-8")
        return path


def _page_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not UTF-8.", hint="Save it as UTF-8.") from error


def headers(newsletter: Newsletter, id: EditionId, site_url: str) -> Headers:
    """
    Make what stands above every mail of an edition.

    The Feedback-ID names edition, newsletter and sender, never a reader: Gmail counts
    complaints by it (support.google.com/mail/answer/6254652).
    """
    domain = newsletter.sender.address.rpartition("@")[2]
    sender = "".join(c for c in domain.split(".")[0] if c.isalnum())[:15].ljust(5, "0")
    return Headers(
        sender_name=newsletter.sender.name,
        sender_address=newsletter.sender.address,
        reply_to=newsletter.reply_to,
        list_id=f"{newsletter.name}.{domain}",
        list_name=newsletter.title,
        unsubscribe=f"{site_url}/u/",
        archive=f"{site_url}/archive",
        domain=domain,
        feedback_id=f"ed{id.day:%Y%m%d}r{id.revision}:all:{newsletter.name}:{sender}",
    )

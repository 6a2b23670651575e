"""The desk: what an edition would say."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.errors import SourceError
from newsletter.model import (
    Edition,
    EditionId,
    Envelope,
    Finding,
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
from newsletter.monitoring.traces import span
from newsletter.newsroom.draft import Draft, NoEdition
from newsletter.newsroom.house import House
from newsletter.newsroom.layout import LaidOut, lay_out, sign
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.preflight.register import Entry

#: Address and name of a reader that there is not; and of one whose mail is as long as any's.
SOMEBODY = ("reader@example.com", "")
WORST = (f"{'reader' * 10}@{'longest.' * 20}example.com", "श्रीमती " * 30 + "पाठक")


class Desk:
    """Makes drafts. Nothing that it does reaches a reader."""

    def __init__(
        self, house: House, *, ask_dns: Callable[[Newsletter], Sequence[Finding]] = lambda _: ()
    ) -> None:
        """`ask_dns` says what is wrong with what DNS knows of a newsletter's sender."""
        self._house = house
        self._ask_dns = ask_dns

    def build(
        self, newsletter: Newsletter, day: date, *, further: Collection[str] = ()
    ) -> Draft | NoEdition:
        """
        Assemble, render and look over a day's edition; nothing is stored.

        `further` names those of preflight's `FURTHER` that run as well: they take seconds, and
        some ask other people's servers.

        Raises:
            RenderError: a template is wrong.
            ChoicesError: what an editor chose cannot be understood, so there is no edition.
            SettingsError: newsletter.toml names a check that is not there.

        """
        laid_out = self.lay_out(newsletter, day)
        if isinstance(laid_out.edition, Skipped):
            return NoEdition(
                id=laid_out.id,
                newsletter=newsletter,
                selection=laid_out.selection,
                reason=laid_out.edition.reason,
                problems=laid_out.problems,
                choices=laid_out.choices,
                version=laid_out.version,
                names=laid_out.names,
            )
        edition = laid_out.edition
        draft = self._draft(laid_out, edition)
        found = self._look_over(draft, edition, laid_out.memory, further)
        return replace(draft, findings=found)

    def build_to_send(self, newsletter: Newsletter, day: date) -> Draft | NoEdition:
        """Build with every check that can stop the edition, those that take seconds too."""
        from newsletter.preflight import that_stop

        return self.build(newsletter, day, further=that_stop(newsletter))

    def look_further(self, draft: Draft, names: Collection[str]) -> tuple[Finding, ...]:
        """Run those of preflight's `FURTHER` that are named, and no other check, on a draft."""
        from newsletter.preflight import FURTHER, REGISTER

        checks = {name: REGISTER[name] for name in FURTHER if name in names}
        return self._look_over(draft, draft.edition, Memory(), names, checks) if checks else ()

    def stops(self, draft: Draft) -> tuple[Finding, ...]:
        """Return every error that stops a draft, as sending finds them: it may take seconds."""
        from newsletter.preflight import that_stop

        found = self.look_further(draft, that_stop(draft.newsletter))
        more = tuple(one for one in found if one.severity is Severity.ERROR)
        return (*draft.errors, *(one for one in more if one not in draft.errors))

    def lay_out(self, newsletter: Newsletter, day: date) -> LaidOut:
        """Choose and place a day's stories; nothing is rendered. Raises ChoicesError."""
        return lay_out(self._house, newsletter, day)

    def _draft(self, laid_out: LaidOut, edition: Edition) -> Draft:
        digests = sign(self._house, laid_out, edition)
        made = self._rendered(laid_out.newsletter, laid_out.selection, edition)
        return replace(
            made,
            problems=(*laid_out.problems, *made.problems),
            choices=laid_out.choices,
            version=laid_out.version,
            names=laid_out.names,
            sponsors=laid_out.sponsors,
            digests=digests,
        )

    def dress(self, newsletter: Newsletter, selection: Selection, edition: Edition) -> Draft:
        """Render an edition that was put together elsewhere, and look it over. RenderError."""
        made = self._rendered(newsletter, selection, edition)
        found = self.inspect(newsletter, edition, made.rendition, made.problems)
        return replace(made, findings=found)

    def inspect(
        self,
        newsletter: Newsletter,
        edition: Edition,
        rendition: Rendition,
        problems: tuple[Problem, ...] = (),
        **asked: Any,
    ) -> tuple[Finding, ...]:
        """Look a mail over for this house and its way out; `asked`: whom else, see preflight."""
        from newsletter.preflight import inspect

        return inspect(
            edition,
            rendition,
            newsletter,
            problems=problems,
            site_url=self._house.settings.site_url,
            transport=self._house.settings.transport,
            smtp_host=self._house.settings.smtp.host,
            **asked,
        )

    def _rendered(self, newsletter: Newsletter, selection: Selection, edition: Edition) -> Draft:
        from newsletter.rendering import render
        from newsletter.rendering.pictures import illustrate

        site = self._house.settings.site_url
        templates = self._house.settings.templates
        with span("render", edition=edition.id):
            illustrated = illustrate(edition, site_url=site)
            rendition = render(illustrated.edition, newsletter, templates=templates, site_url=site)
        return Draft(
            id=edition.id,
            newsletter=newsletter,
            selection=selection,
            edition=illustrated.edition,
            rendition=replace(rendition, pictures=illustrated.pictures),
            headers=self._headers(newsletter, edition.id),
            problems=illustrated.problems,
        )

    def _headers(self, newsletter: Newsletter, id: EditionId) -> Headers:
        bounces = self._house.settings.bounces
        above = headers(newsletter, id, self._house.settings.site_url)
        return replace(above, bounces=bounces.address, leave_by_mail=bounces.leave_by_mail)

    def _look_over(
        self,
        draft: Draft,
        edition: Edition,
        memory: Memory,
        further: Collection[str],
        checks: "Mapping[str, Entry] | None" = None,
    ) -> tuple[Finding, ...]:
        """Introduce preflight to what it may ask: the web, a whole mail, DNS, yesterday."""
        from newsletter.preflight import REGISTER

        return self.inspect(
            draft.newsletter,
            edition,
            draft.rendition,
            draft.problems,
            memory=memory,
            operators=self._operators(draft.newsletter),
            follow=_follow if "dead-links" in further else None,
            mail=(lambda: self.sample(draft, WORST)) if "spam" in further else None,
            dns=(lambda: self._ask_dns(draft.newsletter)) if "sender-dns" in further else None,
            checks=checks or REGISTER,
        )

    def _operators(self, newsletter: Newsletter) -> Mapping[str, float]:
        """Ask where its readers have their mailbox; looking must not make a database."""
        if not self._house.has_database:
            return {}
        from newsletter.audience.lists import operators

        return operators(self._house.database, newsletter.list_names)

    def sample(self, draft: Draft, reader: tuple[str, str] = SOMEBODY) -> bytes:
        """
        Return the mail as bytes, for nobody: its links open pages that change nothing.

        `reader`: the address and the name that it is written to.
        """
        from newsletter.transports.message import compile_message

        envelope = Envelope(0, *reader, self._proof(draft))
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


def _follow(urls: Sequence[str]) -> Mapping[str, str]:
    from newsletter.sources.knock import knock

    return knock(urls)


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

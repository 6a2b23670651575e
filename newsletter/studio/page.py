"""The page: everything that the studio shows, laid out once for each version."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from newsletter.errors import NewsletterError
from newsletter.model import EditionId, MergeField
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.preflight import installed
from newsletter.rendering import jinja
from newsletter.settings.environment import SHIPPED_TEMPLATES
from newsletter.studio import desk, findings, people, state
from newsletter.studio.choosing import Desk
from newsletter.studio.live import Live, Shown
from newsletter.studio.mime import anatomy
from newsletter.studio.size import size
from newsletter.studio.views import KINDS, SCHEMES, WIDTHS, View, at_home, seen

#: What stands where there is no mail, and which mail it is.
_NOTHING = (
    '<!DOCTYPE html><html lang="en"><head><title>No mail</title></head>'
    '<body style="margin:48px 24px;font:16px/24px Helvetica,Arial,sans-serif;color:#5A5F68;">'
    "<p>{words}</p></body></html>"
)


#: What can be kept as a file.
COPIES = ("eml", "html", "txt", "mjml")

#: Editions that a report is looked for among: more than a year of a daily one.
_MOST_EDITIONS = 400


def _moment(shown: Shown) -> str:
    """Say when it was approved: `at 06:48`, on another day with its date."""
    if shown.word is None or shown.word.approval is None:
        return ""
    at = shown.word.approval.at.astimezone(shown.newsletter.schedule.zone)
    return f"at {at:%H:%M}" if at.date() == shown.standing.id.day else f"on {at:%-d %b at %H:%M}"


@dataclass(frozen=True)
class Pages:
    """Makes the studio's pages out of what `live` knows."""

    live: Live
    choosing: Desk

    @property
    def newsroom(self) -> Newsroom:
        return self.live.newsroom

    @cached_property
    def editor(self) -> str:
        """Who is at this desk, as far as that can be told: it is a courtesy, no lock."""
        return self.newsroom.choices.editor

    @property
    def folder(self) -> Path:
        """The templates with the studio's own pages in them: the newsroom's, or ours."""
        own = self.newsroom.settings.templates
        return own if (own / "studio").is_dir() else SHIPPED_TEMPLATES

    def studio(self, first: View, second: View | None, row: str) -> str:
        """Return the whole page. Raises RenderError."""
        shown = self.live.shown
        schedule = shown.newsletter.schedule
        deadline = schedule.deadline_on(self.live.day)
        draft = shown.draft
        self.choosing.remember(shown.made)
        found = findings.noticed(shown.made)
        panes = [view for view in (first, second) if view]
        return self._fill(
            "page",
            shown=shown,
            draft=draft,
            id=str(self.live.id),
            chip=state.chip(shown),
            desk=desk.candidates(shown.made),
            slots=desk.slots(shown.made),
            findings=found,
            counted=findings.counted(found),
            size=size(draft) if draft else None,
            panes=panes,
            sources=[None if view.framed else self.source(view, "longest") for view in panes],
            row=row,
            hour=schedule.hour_on(self.live.day),
            deadline=deadline,
            zone=f"{schedule.hour_on(self.live.day):%Z}",
            personas=people.PERSONAS,
            widths=WIDTHS,
            schemes=SCHEMES,
            kinds=KINDS,
            editor=self.editor,
            moment=_moment(shown),
            quiet=findings.quiet(draft, shown.further) if draft else (),
            unasked=findings.unasked(draft, shown.further) if draft else 0,
            filter=installed(),
            can_undo=self.choosing.can_undo,
            articles=len(draft.edition.articles) if draft else 0,
        )

    def mail(self, view: View) -> str:
        """Return the mail in a frame: nobody's copy, and nothing in it from elsewhere."""
        html, words = self._yesterdays() if view.kind == "yesterday" else self._todays()
        if not html:
            return _NOTHING.format(words=words)
        named = html.replace("</head>", f'<meta name="studio" content="{words}"></head>', 1)
        return seen(at_home(named, self.newsroom.settings.site_url), view)

    def _todays(self) -> tuple[str, str]:
        draft = self.live.shown.draft
        if draft is None:
            return "", str(escape(self._none()))
        return self._spliced(draft.rendition.html), ""

    def _none(self) -> str:
        """Say why there is no mail, and what would make one."""
        made, folder = self.live.shown.made, self.newsroom.settings.articles_dir
        reason = f"No edition: {made.reason}." if isinstance(made, NoEdition) else "No mail yet."
        return (
            f"{reason} A story is a Markdown file in {folder}/ with title and published above its"
            " text: save one, and the mail is here."
        )

    def _yesterdays(self) -> tuple[str, str]:
        """Return what went out the day before, else what would have, and which of the two."""
        day = self.live.day - timedelta(days=1)
        newsletter, name = self.live.shown.newsletter, f"{day:%a} {day.day} {day:%b}"
        try:
            if page := self.newsroom.viewing.issued(newsletter, day):
                return self._spliced(page.html), f"{name}, as it went out"
            made = self.newsroom.desk.build(newsletter, day)
        except NewsletterError as error:
            return "", str(escape(error))
        if isinstance(made, Draft):
            return self._spliced(made.rendition.html), f"{name}, as it would have been"
        return "", f"There was no edition on {name}: {escape(made.reason)}."

    def _spliced(self, html: str) -> str:
        tokens = self.newsroom.viewing.tokens(self.live.shown.newsletter, 1)
        for field in MergeField:
            html = html.replace(field.sentinel, getattr(tokens, field))
        return html

    def source(self, view: View, who: str) -> Markup:
        """Return a view that is words: text, HTML, MJML, MIME, links. Raises RenderError."""
        draft, copy = self._copy_of(who)
        if draft is None or isinstance(copy, str):
            return self._fill("trouble", words=copy)
        titles = {article.id: article.title for article in draft.edition.articles}
        return self._fill(
            "source", view=view, draft=draft, mail=anatomy(copy.mail), copy=copy, titles=titles
        )

    def _copy_of(self, who: str) -> tuple[Draft | None, people.Copy | str]:
        """Return the draft and one reader's copy of it, or why there is none."""
        draft = self.live.shown.draft
        if draft is None:
            return None, "There is no mail yet."
        try:
            return draft, people.copy_for(people.find(who, self.newsroom), draft, self.newsroom)
        except NewsletterError as error:
            return draft, people.refused(error)

    def copy(self, kind: str, who: str) -> tuple[str, bytes] | None:
        """
        Return one reader's copy to be kept as a file, and its name: `eml`, `html`, `txt`, `mjml`.

        None where there is no such kind, or no mail. Raises InvalidAddress, StorageError.
        """
        draft = self.live.shown.draft
        if draft is None or kind not in COPIES:
            return None
        copy = people.copy_for(people.find(who, self.newsroom), draft, self.newsroom)
        written = {"html": copy.html, "txt": copy.text, "mjml": draft.rendition.mjml}
        data = written[kind].encode() if kind in written else copy.mail
        return f"{draft.id.newsletter}-{draft.id.day}.{kind}", data

    def differs(self, who: str) -> str:
        """Return what is said to one reader alone. Raises RenderError."""
        _, copy = self._copy_of(who)
        if isinstance(copy, str):
            return self._fill("trouble", words=copy)
        return self._fill("reader", copy=copy)

    def readers(self, start: str) -> str:
        """Return the addresses that begin so, as choices. Raises RenderError, StorageError."""
        return self._fill("readers", found=self.newsroom.viewing.readers(start))

    def past(self) -> str:
        """Return past editions with their counts. Raises RenderError, StorageError."""
        newsletter = self.live.shown.newsletter
        return self._fill(
            "editions", newsletter=newsletter, past=self.newsroom.viewing.past(newsletter)
        )

    def report(self, id: EditionId) -> tuple[str, bool] | None:
        """
        Return what became of an edition, and whether it is the whole report.

        Before anything was submitted there are its counts alone; None where nothing is known of
        it. Raises RenderError, StorageError.
        """
        newsletter = self.live.shown.newsletter
        past = self.newsroom.viewing.past(newsletter, most=_MOST_EDITIONS)
        found = [one for one in past if one.id == id]
        if not found:
            return None
        if found[0].counts.submitted:
            # It loads what only a report needs.
            from newsletter.reports import page  # noqa: PLC0415

            return page.page(
                self.newsroom.reporting.report(id), self.newsroom.settings.templates
            ), True
        return self._fill("editions", newsletter=newsletter, past=found), False

    def _fill(self, name: str, **context: Any) -> Markup:
        # Jinja has escaped it.
        return Markup(jinja.fill(f"studio/{name}.html.j2", context, self.folder))  # noqa: S704

"""Reading: the archive, an edition as a page, the feed, pictures."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.errors import InvalidToken
from newsletter.rendering.links import share_on_linkedin, share_on_x
from newsletter.rendering.webview import PICTURE, framed, public_page
from newsletter.storage.archive import Issued, Page
from newsletter.web.desk import WebDesk
from newsletter.web.feed import atom
from newsletter.web.guard import POLICY
from newsletter.web.kept import Kept

#: Editions on a page of the archive.
ON_A_PAGE = 60

#: Editions in the feed.
IN_THE_FEED = 20

#: A mail bears its styles in itself.
MAIL_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

_FOR_A_MINUTE = {"Cache-Control": "public, max-age=60"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def routes(desk: WebDesk) -> APIRouter:
    """Return what everybody may read."""
    pages, router = _ReadingPages(desk), APIRouter(include_in_schema=False)
    shown: dict[str, Callable[..., Response]] = {
        "/": pages.front,
        "/v/{token}": pages.view,
        "/archive/feed.xml": pages.feed,
        "/archive": pages.everything,
        "/archive/{newsletter}": pages.of_one,
        "/archive/{newsletter}/{date}": pages.edition,
        "/i/{name}": pages.picture,
        "/style.css": pages.style,
        "/edition.css": pages.edition_style,
        "/work.js": pages.script,
        "/icon.svg": pages.icon,
        "/privacy": pages.privacy,
    }
    for path, page in shown.items():
        router.add_api_route(path, page, methods=["GET", "HEAD"], response_model=None)
    return router


class _ReadingPages:
    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._pages = desk.pages
        self._archive = desk.newsroom.archive
        self._site = desk.settings.site_url
        self._shown = Kept()

    def front(self) -> Response:
        return RedirectResponse("/archive", 302)

    def view(self, token: str, request: Request) -> Response:
        """Lead from a reader's own link to the page that is everybody's, and bears no token."""
        try:
            number = self._desk.newsroom.reception.view(token)
        except InvalidToken:
            return self._pages.unknown(request)
        issued = self._archive.by_number(number)
        where = address(issued) if issued else "/archive"
        return RedirectResponse(where, 302, {"Cache-Control": "no-store"})

    def feed(self, request: Request) -> Response:
        answer = self._shown.get("feed", self._feed)
        if request.headers.get("if-none-match") == answer.headers["etag"]:
            return Response(status_code=304, headers={"ETag": answer.headers["etag"]})
        return answer

    def _feed(self) -> Response:
        titles = {name: one.title for name, one in self._pages.newsletters.items()}
        newest = self._archive.newest(IN_THE_FEED)
        body = atom(newest, self._site, self._pages.main.title, titles)
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {**_FOR_A_MINUTE, "ETag": tag}
        return Response(body, media_type="application/atom+xml", headers=headers)

    def everything(self, request: Request) -> Response:
        return self._kept(request, lambda: self._listing(request, ""))

    def _kept(self, request: Request, make: Callable[[], Response]) -> Response:
        """Answer with a page that is the same for everybody who reads that language."""
        query = request.query_params
        asked = (query.get("q", "")[:200], query.get("page", "")[:8])
        key = (request.url.path, asked, self._pages.speech(request).lang)
        return self._shown.get(key, make)

    def of_one(self, newsletter: str, request: Request) -> Response:
        if newsletter not in self._pages.newsletters:
            return self._pages.unknown(request)
        return self._kept(request, lambda: self._listing(request, newsletter))

    def _listing(self, request: Request, newsletter: str) -> HTMLResponse:
        search = request.query_params.get("q", "")[:200].strip()
        found = self._archive.issued(newsletter, search)
        first = min(_number(request.query_params.get("page", "1")) * ON_A_PAGE, len(found))
        return self._pages.page(
            "archive",
            request,
            private=False,
            newsletter=self._pages.newsletters.get(newsletter),
            only=newsletter,
            newsletters=list(self._pages.newsletters.values()),
            months=_by_month(found[first : first + ON_A_PAGE]),
            search=search,
            count=len(found),
            newer=first // ON_A_PAGE,
            older=first // ON_A_PAGE + 2 if first + ON_A_PAGE < len(found) else 0,
        )

    def edition(self, newsletter: str, date: str, request: Request) -> Response:
        return self._kept(request, lambda: self._edition(newsletter, date, request))

    def _edition(self, newsletter: str, day: str, request: Request) -> Response:
        found = self._archive.page(newsletter, on) if (on := _day(day)) else None
        if found is None:
            return self._pages.unknown(request)
        context = self._context(found)
        parts = {
            name: self._pages.html(f"edition-{name}", request, **context)
            for name in ("head", "top", "foot")
        }
        headers = {**_FOR_A_MINUTE, "Content-Security-Policy": MAIL_POLICY}
        return HTMLResponse(framed(_public(found), **parts), headers=headers)

    def _context(self, page: Page) -> dict[str, Any]:
        issued = page.issued
        before, after = self._archive.neighbours(issued.newsletter, issued.day)
        own = self._pages.newsletters.get(issued.newsletter, self._pages.main)
        where = f"{self._site}{address(issued)}"
        return {
            "newsletter": own,
            "issued": issued,
            "began": issued.began.astimezone(own.schedule.zone),
            "corrections": [
                (one.began.astimezone(own.schedule.zone), one.correction)
                for one in page.corrections
            ],
            "where": where,
            "picture": _first_picture(page.html, self._site),
            "before": before and f"/archive/{issued.newsletter}/{before}",
            "after": after and f"/archive/{issued.newsletter}/{after}",
            "on_x": share_on_x(issued.subject, where),
            "on_linkedin": share_on_linkedin(where),
        }

    def picture(self, name: str, request: Request) -> Response:
        found = self._archive.picture(name.partition(".")[0])
        if found is None:
            return self._pages.unknown(request)
        return Response(found.data, media_type=found.media_type, headers=_FOR_EVER)

    def style(self) -> Response:
        return Response(self._pages.style, media_type="text/css", headers=_FOR_EVER)

    def edition_style(self) -> Response:
        return self._file("edition.css", "text/css")

    def script(self) -> Response:
        return self._file("work.js", "text/javascript")

    def icon(self) -> Response:
        return self._file("icon.svg", "image/svg+xml")

    def _file(self, name: str, media_type: str) -> Response:
        content = (self._pages.templates / "web" / name).read_bytes()
        return Response(content, media_type=media_type, headers=_FOR_A_MINUTE)

    def privacy(self, request: Request) -> Response:
        tracking = self._pages.main.tracking
        return self._pages.page("privacy", request, private=False, tracking=tracking)


def address(issued: Issued) -> str:
    """Return where an edition stands, for everybody and for good."""
    return f"/archive/{issued.newsletter}/{issued.day}"


@lru_cache(maxsize=64)
def _public(page: Page) -> str:
    return public_page(page.html, page.links)


def _first_picture(html: str, site: str) -> str:
    found = PICTURE.search(html)
    return f"{site}{found[1]}" if found else ""


def _number(text: str) -> int:
    """Read which page is asked for, from 0; what is no number is the first."""
    return max(int(text) - 1, 0) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _by_month(found: Sequence[Issued]) -> list[tuple[date, list[Issued]]]:
    months: dict[date, list[Issued]] = {}
    for one in found:
        months.setdefault(one.day.replace(day=1), []).append(one)
    return list(months.items())

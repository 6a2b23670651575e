"""The studio, put together: its pages, its stream of changes, its buttons."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from newsletter.errors import ChoicesChanged, NewsletterError
from newsletter.model import EditionId
from newsletter.studio.actions import Actions, told
from newsletter.studio.guard import MAIL_POLICY, POLICY, REPORT_POLICY, Guard
from newsletter.studio.live import Live
from newsletter.studio.page import Pages
from newsletter.studio.views import View

#: What the page loads, and nothing else.
FILES = {
    "studio.css": "text/css",
    "studio.js": "text/javascript",
    "live.js": "text/javascript",
    "panes.js": "text/javascript",
    "places.js": "text/javascript",
    "keys.js": "text/javascript",
    "clock.js": "text/javascript",
    "dialogs.js": "text/javascript",
    "copies.js": "text/javascript",
    "desk.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "elsewhere.svg": "image/svg+xml",
}

#: Inbox rows that the page can draw.
ROWS = ("gmail", "apple", "phone")

_FIRST, _SECOND = View(), View(scheme="forced")

#: Seconds after which a silent stream says that it is still there.
_HEARTBEAT = 15.0


def studio_app(live: Live, *, launch: Callable[[str], object]) -> ASGIApp:
    """Return the app, as any ASGI server runs it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    actions = Actions(live, launch=launch)
    pages = Pages(live, actions.desk)
    _add_pages(app, pages)
    _add_files(app, pages)
    _add_stream(app, live)
    _add_actions(app, pages, actions)
    _add_errors(app)
    return Guard(app)


def _add_pages(app: FastAPI, pages: Pages) -> None:
    @app.get("/")
    def studio(a: str = "", b: str = "", row: str = "") -> Response:
        first = View.read(a) or _FIRST
        second = None if b == "none" else View.read(b) or _SECOND
        return HTMLResponse(pages.studio(first, second, row if row in ROWS else ROWS[0]))

    @app.get("/mail/{words}")
    def mail(words: str) -> Response:
        headers = {"Content-Security-Policy": MAIL_POLICY}
        return HTMLResponse(pages.mail(_view(words)), headers=headers)

    @app.get("/editions")
    def editions() -> Response:
        return HTMLResponse(pages.past())

    @app.get("/report/{newsletter}/{day}")
    def report(newsletter: str, day: str) -> Response:
        found = pages.report(_edition(newsletter, day))
        if found is None:
            raise HTTPException(404)
        page, is_whole = found
        headers = {"Content-Security-Policy": REPORT_POLICY if is_whole else POLICY}
        return HTMLResponse(page, headers=headers)

    @app.get("/i/{name}")
    def picture(name: str) -> Response:
        wanted = name.removesuffix(".jpg")
        draft = pages.live.shown.draft
        own = draft.rendition.pictures if draft else ()
        found = next((one for one in own if one.hash == wanted), None)
        found = found or pages.newsroom.viewing.picture(wanted)
        if found is None:
            raise HTTPException(404)
        return Response(found.data, media_type=found.media_type)


def _add_files(app: FastAPI, pages: Pages) -> None:
    @app.get("/{name}")
    def file(name: str) -> Response:
        if name not in FILES:
            raise HTTPException(404)
        return Response((pages.folder / "studio" / name).read_bytes(), media_type=FILES[name])


def _add_stream(app: FastAPI, live: Live) -> None:
    @app.get("/live/events")
    async def events() -> Response:
        return StreamingResponse(_versions(live), media_type="text/event-stream")


async def _versions(live: Live) -> AsyncIterator[str]:
    """Yield the version that is shown, now and whenever it changes, until the studio closes."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        # It may be told just when the server has ended.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(changed.set)

    forget = live.listen(tell)
    try:
        while not live.closed:
            changed.clear()
            yield f"data: {live.shown.version}\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _HEARTBEAT)
    finally:
        forget()


def _add_actions(app: FastAPI, pages: Pages, actions: Actions) -> None:
    @app.post("/do/{act}")
    async def do(act: str, request: Request) -> Response:
        if act not in actions.known:
            raise HTTPException(404)
        said = await run_in_threadpool(actions.act, act, await _form(request))
        made = pages.live.shown.made
        return JSONResponse({"said": said, "version": made.version if made else ""})

    @app.post("/source/{words}")
    async def source(words: str, request: Request) -> Response:
        who = (await _form(request)).get("who", "")
        return HTMLResponse(await run_in_threadpool(pages.source, _view(words), who))

    @app.post("/copy/{kind}")
    async def copy(kind: str, request: Request) -> Response:
        who = (await _form(request)).get("who", "")
        found = await run_in_threadpool(pages.copy, kind, who)
        if found is None:
            raise HTTPException(404)
        name, data = found
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="application/octet-stream", headers=headers)

    @app.post("/reader")
    async def reader(request: Request) -> Response:
        who = (await _form(request)).get("who", "")
        return HTMLResponse(await run_in_threadpool(pages.differs, who))

    @app.post("/readers")
    async def readers(request: Request) -> Response:
        start = (await _form(request)).get("start", "")
        return HTMLResponse(await run_in_threadpool(pages.readers, start))


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ChoicesChanged)
    def overtaken(_request: Request, error: ChoicesChanged) -> Response:
        return JSONResponse({"said": told(error), "version": error.version}, 409)

    @app.exception_handler(NewsletterError)
    def failed(_request: Request, error: NewsletterError) -> Response:
        return JSONResponse({"said": told(error)}, 409)

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> Response:
        return PlainTextResponse("The studio has no such page.", error.status_code)


async def _form(request: Request) -> dict[str, str]:
    fields = await request.form()
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _edition(newsletter: str, day: str) -> EditionId:
    try:
        return EditionId.parse(f"{newsletter}/{day}")
    except ValueError:
        raise HTTPException(404) from None


def _view(words: str) -> View:
    view = View.read(words)
    if view is None:
        raise HTTPException(404)
    return view

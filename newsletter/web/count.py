"""
Clicks and the pixel: answered before any framework is asked, for they are most of what comes.

A link leads only where its edition's own table says; a pixel is always a pixel. What is to be
counted is on the disk before the answer, or in the spool.
"""

import logging
import secrets
import time
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter.errors import InvalidToken, StorageError
from newsletter.model import Counted
from newsletter.monitoring.meters import VERDICTS
from newsletter.newsroom.counting import Counting
from newsletter.tracking.networks import Crowds
from newsletter.tracking.robots import Judged, Visit, is_stronger, judge_click, judge_open
from newsletter.tracking.tokens import Purpose
from newsletter.web.commits import Commits

if TYPE_CHECKING:
    from newsletter.storage.counting import Leads

#: One see-through pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

_NEVER_KEPT = (b"cache-control", b"no-store")

_log = logging.getLogger("newsletter.web")


class Counters:
    """Stands before the app and takes `/c/{token}/{n}` and `/o/{token}.gif`."""

    def __init__(self, app: ASGIApp, counting: Counting, *, secure: bool = False) -> None:
        """`secure`: readers come over TLS, where browsers say more of themselves."""
        self._app = app
        self._counting = counting
        self._secure = secure
        self._commits: Commits[Counted] = Commits(counting.write, counting.spool.keep, "counted")
        self._changes: Commits[Mapping[str, Judged]] = Commits(counting.relabel)
        self._crowds = Crowds()
        #: Whether a browser's word of what it does has come through: a proxy may keep it back.
        self._hears = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            if path.startswith("/c/"):
                return await self._click(scope, receive, send)
            if path.startswith("/o/"):
                return await self._open(scope, send)
        return await self._app(scope, receive, send)

    async def _click(self, scope: Scope, receive: Receive, send: Send) -> None:
        token, _, number = scope["path"][3:].partition("/")
        try:
            edition, reader = self._counting.read(Purpose.CLICK, token)
        except InvalidToken:
            # The neutral page that every wrong link gets.
            await self._app(scope, receive, send)
            return
        link = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        leads = await self._leads(edition)
        where = leads.urls.get(link, "") if leads else ""
        earlier: Mapping[str, Judged] = {}
        if leads and reader is not None and scope["method"] == "GET":
            if where:
                earlier = await self._pressed(scope, edition, link, reader)
            elif link:
                await self._lost(scope, edition, reader)
        location = (where or "/archive").encode("ascii")
        await _answer(send, 302, [(b"location", location)], b"")
        if earlier:
            await self._relabel(earlier)

    async def _pressed(
        self, scope: Scope, edition: int, link: int, reader: int
    ) -> Mapping[str, Judged]:
        """Count a press; returns which earlier ones it shows to be a robot's."""
        now, judged = datetime.now(UTC), judge_click(self._visit(scope))
        own = _own_id(now)
        client = (scope.get("client") or ("",))[0]
        found = self._crowds.take(client, reader, link, own, time.monotonic())
        here = found.pop(own, judged)
        judged = here if is_stronger(here.verdict, judged.verdict) else judged
        VERDICTS.inc("clicked", *judged)
        await self._commits.put(Counted(edition, "clicked", link, reader, *judged, now, own))
        return found

    async def _lost(self, scope: Scope, edition: int, reader: int) -> None:
        """Write down that a mail of ours has a link that its edition does not have."""
        judged, now = judge_click(self._visit(scope)), datetime.now(UTC)
        own = secrets.token_hex(12)
        await self._commits.put(Counted(edition, "lost", None, reader, *judged, now, own))

    def _visit(self, scope: Scope) -> Visit:
        """Read what a request says; silence says nothing where browsers cannot be heard."""
        visit = _visit(scope)
        if visit.mode:
            self._hears = self._secure
        return visit if visit.mode or self._hears else visit._replace(mode=None)

    async def _relabel(self, changes: Mapping[str, Judged]) -> None:
        """Write down what earlier presses turned out to be; their reader has been answered."""
        try:
            await self._changes.put(changes)
        except (StorageError, OSError) as error:
            _log.warning("%d clicks stay as they were judged: %s", len(changes), error)

    async def _leads(self, edition: int) -> "Leads | None":
        """Return where an edition's links lead; None where nobody can say."""
        leads = self._counting.held(edition)
        if leads is None:
            try:
                return await run_in_threadpool(self._counting.leads, edition)
            except StorageError:
                return None
        return leads

    async def _open(self, scope: Scope, send: Send) -> None:
        token = scope["path"][3:].removesuffix(".gif")
        try:
            edition, reader = self._counting.read(Purpose.OPEN, token)
        except InvalidToken:
            reader = None
        if reader is not None and scope["method"] == "GET":
            judged, now = judge_open(self._visit(scope)), datetime.now(UTC)
            own = _own_id(now)
            VERDICTS.inc("opened", *judged)
            await self._commits.put(Counted(edition, "opened", None, reader, *judged, now, own))
        await _answer(send, 200, [(b"content-type", b"image/gif")], PIXEL)


def _own_id(now: datetime) -> str:
    """Make a click's own id: it begins with the time, so that an index grows at its end."""
    return f"{round(now.timestamp() * 1e6):014x}{secrets.token_hex(5)}"


#: What a request says of its sender: each name once, so that all are found in one pass.
_ASKED = frozenset(
    {
        b"user-agent",
        b"accept-language",
        b"sec-purpose",
        b"purpose",
        b"x-moz",
        b"sec-fetch-mode",
        b"sec-ch-ua",
        b"sec-ch-ua-platform",
    }
)


def _visit(scope: Scope) -> Visit:
    said = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _ASKED}
    return Visit(
        agent=said.get(b"user-agent", ""),
        language=said.get(b"accept-language", ""),
        purpose=" ".join(said.get(name, "") for name in (b"sec-purpose", b"purpose", b"x-moz")),
        mode=said.get(b"sec-fetch-mode", ""),
        brands=said.get(b"sec-ch-ua", ""),
        platform=said.get(b"sec-ch-ua-platform", "").strip('"'),
    )


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode("ascii"))
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length, _NEVER_KEPT],
        }
    )
    await send({"type": "http.response.body", "body": body})

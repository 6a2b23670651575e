"""
Leaving: a page with one button, and the press of a mail program (RFC 8058).

Nothing changes but by POST. A mail program's press needs no cookie, no form of ours and no
second step; it is never answered by a redirect, and may be repeated for ever.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from newsletter.audience.joining import Letter
from newsletter.audience.leaving import Leaving
from newsletter.audience.masks import masked
from newsletter.audience.preferences import Preferences
from newsletter.errors import InvalidToken, StorageError
from newsletter.model import SubscriberState
from newsletter.newsroom.reception import Door
from newsletter.web.desk import WebDesk
from newsletter.web.forms import Form, read_form
from newsletter.web.pages import PRIVATE

#: What the reasons on the page are called in the ledger.
REASONS = ("too-many", "not-for-me", "never-asked")


def routes(desk: WebDesk) -> APIRouter:
    """Return the ways out."""
    pages, router = _LeavingPages(desk), APIRouter(include_in_schema=False)
    router.add_api_route("/u/{token}", pages.show, methods=["GET", "HEAD"])
    router.add_api_route("/u/{token}", pages.press, methods=["POST"], response_model=None)
    return router


class _LeavingPages:
    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._pages = desk.pages
        self._reception = desk.newsroom.reception

    def show(self, token: str, request: Request) -> HTMLResponse:
        try:
            door = self._reception.door(token)
        except InvalidToken:
            return self._pages.unknown(request)
        return self._button(request, door, token)

    async def press(self, token: str, request: Request) -> Response:
        try:
            door = self._reception.door(token)
        except InvalidToken:
            return self._pages.unknown(request)
        sent = await read_form(request)
        if door.inert or (door.leaked and not _came_from_our_page(self._desk, sent)):
            return await run_in_threadpool(self._button, request, door, token)
        if sent.text("action") == "undo":
            back = await run_in_threadpool(self._reception.come_back, door)
            return self._pages.page("returned", request, back=back)
        await self._desk.leaving.put(_leaving(door, sent))
        if not sent.text("action"):
            # No person sees it.
            return PlainTextResponse("Done.", headers=PRIVATE)
        if self._desk.settings.web.goodbye:
            await run_in_threadpool(self._say_goodbye, door, request)
        return self._pages.page("left", request, token=token)

    def _button(self, request: Request, door: Door, token: str) -> HTMLResponse:
        try:
            reader = self._reception.preferences(door.public_id)
        except StorageError:
            # A button that works is more than a page that knows the name.
            reader = None
        if reader and not door.inert and self._has_left(door, reader):
            return self._pages.page("left", request, lang=reader.lang, token=token)
        return self._pages.page(
            "leave",
            request,
            lang=reader.lang if reader else "",
            address=masked(reader.address) if reader else "",
            token=token,
            inert=door.inert,
            mark=self._reception.form_mark(),
            reasons=REASONS,
        )

    def _has_left(self, door: Door, reader: Preferences) -> bool:
        names = [name for _, name in self._reception.lists_of(door)]
        states = [reader.lists.get(name) for name in names]
        return bool(states) and SubscriberState.ACTIVE not in states

    def _say_goodbye(self, door: Door, request: Request) -> None:
        lists = self._reception.lists_of(door)
        named = {one.list_name: one for one in self._pages.newsletters.values()}
        for _, name in lists[:1]:
            own = named.get(name, self._pages.main)
            letter = Letter("goodbye", own.name, name, self._pages.speech(request).lang)
            self._reception.write_to(door.public_id, letter)


def _leaving(door: Door, sent: Form) -> Leaving:
    """Read a press; whatever else a form says, it is one."""
    reason = sent.text("reason")
    return Leaving(
        public_id=door.public_id,
        by_letter=door.by_letter,
        number=door.number,
        everything=sent.text("scope") == "all",
        method="page" if sent.text("action") else "one-click",
        note=reason if reason in REASONS else "",
        at=datetime.now(UTC),
    )


def _came_from_our_page(desk: WebDesk, sent: Form) -> bool:
    """Say whether a form bears a mark of ours: what a leaked secret alone cannot make."""
    try:
        return desk.newsroom.reception.form_age(sent.text("mark")) >= 0
    except InvalidToken:
        return False

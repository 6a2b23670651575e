"""Choosing: how often, which lists, which language, counted or not; one's data; being forgotten."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from newsletter.audience.joining import Letter
from newsletter.audience.masks import masked
from newsletter.audience.preferences import Frequency, Preferences, Wish
from newsletter.errors import AudienceError, InvalidToken
from newsletter.model import SubscriberState
from newsletter.newsroom.reception import Door
from newsletter.rendering.speech import languages, speech
from newsletter.tracking.tokens import Purpose
from newsletter.web.desk import WebDesk
from newsletter.web.forms import Form, is_foreign, read_form
from newsletter.web.pages import PRIVATE

#: Weeks that a pause may last.
LONGEST_PAUSE = 26

Answer = Callable[[Request, Door, Preferences], HTMLResponse]

#: What needs a letter first: a mail that was passed on must not be enough.
BY_LETTER = ("forget", "mydata")


def routes(desk: WebDesk) -> APIRouter:
    """Return the pages of choosing."""
    pages, router = _ChoicePages(desk), APIRouter(include_in_schema=False)
    look = ["GET", "HEAD"]
    router.add_api_route("/preferences/{token}", pages.show, methods=look)
    router.add_api_route("/preferences/{token}", pages.take, methods=["POST"])
    router.add_api_route("/forget/{token}", pages.show_forget, methods=look)
    router.add_api_route("/forget/{token}", pages.forget, methods=["POST"])
    router.add_api_route("/mydata/{token}", pages.show_mydata, methods=look)
    router.add_api_route("/mydata/{token}", pages.mydata, methods=["POST"])
    return router


class _ChoicePages:
    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._pages = desk.pages
        self._reception = desk.newsroom.reception

    def show(self, token: str, request: Request) -> HTMLResponse:
        return self._opened(token, request, self._form)

    async def take(self, token: str, request: Request) -> HTMLResponse:
        sent = await read_form(request)
        if is_foreign(request, self._desk.settings.site_url):
            return self._pages.unknown(request)
        take = partial(self._take, sent=sent)
        return await run_in_threadpool(self._opened, token, request, take)

    def _opened(self, token: str, request: Request, answer: Answer) -> HTMLResponse:
        """Answer for the reader whom a link names; for nobody where it names none."""
        try:
            door = self._reception.door(token)
        except InvalidToken:
            return self._pages.unknown(request)
        if door.leaked:
            return self._pages.unknown(request)
        chosen = None if door.inert else self._reception.preferences(door.public_id)
        if chosen is None:
            return self._pages.page("nobody", request, inert=door.inert)
        return answer(request, door, chosen)

    def _take(
        self, request: Request, door: Door, chosen: Preferences, *, sent: Form
    ) -> HTMLResponse:
        action = sent.text("action")
        if action in BY_LETTER:
            return self._write(request, door, chosen, action)
        try:
            more = self._reception.save(door.public_id, _wish(self._desk, sent, chosen))
        except AudienceError as error:
            return self._form(request, door, chosen, problem=str(error))
        now = self._reception.preferences(door.public_id) or chosen
        return self._form(request, door, now, saved=True, more=sorted(more))

    def _write(
        self, request: Request, door: Door, chosen: Preferences, action: str
    ) -> HTMLResponse:
        own = self._pages.main
        lang = chosen.lang or self._pages.speech(request).lang
        self._reception.write_to(door.public_id, Letter(action, own.name, own.list_name, lang))
        address = masked(chosen.address)
        return self._pages.page("written", request, lang=lang, action=action, address=address)

    def _form(
        self,
        request: Request,
        _door: Door,
        chosen: Preferences,
        *,
        problem: str = "",
        saved: bool = False,
        more: Sequence[str] = (),
    ) -> HTMLResponse:
        pages = self._pages
        today = pages.main.schedule.today()
        until = chosen.paused_until
        return pages.page(
            "preferences",
            request,
            status=422 if problem else 200,
            lang=chosen.lang,
            chosen=chosen,
            paused=until if until and until > today else None,
            address=masked(chosen.address),
            newsletters=_offered(self._desk, chosen),
            tongues=[speech(one, pages.templates) for one in languages(pages.templates)],
            problem=problem,
            saved=saved,
            more=more,
        )

    def show_forget(self, token: str, request: Request) -> HTMLResponse:
        return self._letter_page(Purpose.FORGET, token, request)

    def show_mydata(self, token: str, request: Request) -> HTMLResponse:
        return self._letter_page(Purpose.MYDATA, token, request)

    def _letter_page(self, purpose: Purpose, token: str, request: Request) -> HTMLResponse:
        try:
            _, good = self._reception.letter(purpose, token)
        except InvalidToken:
            return self._pages.unknown(request)
        return self._pages.page(f"ask-{purpose}", request, good=good)

    def forget(self, token: str, request: Request) -> HTMLResponse:
        try:
            reader, good = self._reception.letter(Purpose.FORGET, token)
        except InvalidToken:
            return self._pages.unknown(request)
        if good:
            self._reception.forget(reader)
        return self._pages.page("forgotten", request, good=good)

    def mydata(self, token: str, request: Request) -> Response:
        try:
            reader, good = self._reception.letter(Purpose.MYDATA, token)
        except InvalidToken:
            return self._pages.unknown(request)
        dossier = self._reception.dossier(reader) if good else None
        if dossier is None:
            return self._pages.page("ask-mydata", request, good=False)
        told = json.dumps(dossier.facts(), indent=2, ensure_ascii=False, default=str)
        headers = {**PRIVATE, "Content-Disposition": "attachment; filename=my-data.json"}
        return Response(told, media_type="application/json", headers=headers)


def _offered(desk: WebDesk, chosen: Preferences) -> list[tuple[str, str, bool]]:
    """Return list, title and whether they are on it, of every newsletter."""
    active = SubscriberState.ACTIVE
    return [
        (one.list_name, one.title, chosen.lists.get(one.list_name) is active)
        for one in desk.pages.newsletters.values()
    ]


def _wish(desk: WebDesk, sent: Form, chosen: Preferences) -> Wish:
    """Read the form; what it does not know how to say stays as it is."""
    often = sent.text("frequency")
    first = desk.newsroom.reception.today(desk.pages.main.name)
    paused = chosen.paused_until if often == "paused" else None
    if often == "pause":
        weeks = sent.text("weeks")
        count = int(weeks) if weeks.isascii() and weeks.isdigit() and len(weeks) < 3 else 2
        paused = first + timedelta(weeks=max(1, min(count, LONGEST_PAUSE)))
    lang = sent.text("lang")
    offered = {one.list_name for one in desk.pages.newsletters.values()}
    others = {name for name, state in chosen.lists.items() if state is SubscriberState.ACTIVE}
    return Wish(
        name=sent.text("name"),
        lang=lang if lang in languages(desk.pages.templates) else "",
        frequency=Frequency(often) if often in set(Frequency) else chosen.frequency,
        paused_until=paused,
        counted=sent.text("uncounted") != "yes",
        lists=frozenset(offered & set(sent.all("list"))) | (others - offered),
    )

"""Joining: a page with one field, a letter, a page with one button."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from newsletter.audience.address import Address, parse
from newsletter.audience.joining import Asked, Confirmed, Words
from newsletter.errors import InvalidAddress, InvalidToken
from newsletter.rendering.speech import Speech
from newsletter.settings import Newsletter
from newsletter.tracking.tokens import Purpose
from newsletter.web import work
from newsletter.web.desk import WebDesk
from newsletter.web.forms import Form, read_form, source_of
from newsletter.web.guard import POLICY

#: A page that asks for work runs one script of ours.
WORKING = f"{POLICY}; script-src 'self'; connect-src 'self'"

#: Seconds: who fills a form in faster is a machine; one that is older was kept somewhere.
QUICKEST, OLDEST = 2, 24 * 3600


def join_words(newsletter: Newsletter, said: Speech) -> Words:
    """Return what the form says, word for word: the consent ledger keeps it."""
    hour = newsletter.schedule.hour_on(newsletter.schedule.today())
    lines = (
        said("Get %(title)s by mail.", title=newsletter.title),
        said(
            "At %(hour)s %(zone)s, every day that it appears.",
            hour=said.hour(hour),
            zone=f"{hour:%Z}",
        ),
        said("Send it to me"),
        said("One letter to check, and you leave in one press."),
    )
    return Words("join", said.lang, "\n".join(lines))


def confirm_words(newsletter: Newsletter, said: Speech) -> Words:
    """Return what the page says on which they confirm."""
    lines = (
        said("One press and you are in."),
        said(
            "Did you not ask for %(title)s? Close this page and nothing comes.",
            title=newsletter.title,
        ),
        said("Yes, send it to me"),
    )
    return Words("confirm", said.lang, "\n".join(lines))


def routes(desk: WebDesk) -> APIRouter:
    """Return the pages of joining."""
    pages, router = _JoinPages(desk), APIRouter(include_in_schema=False)
    router.add_api_route("/subscribe", pages.show_form, methods=["GET", "HEAD"])
    router.add_api_route("/subscribe", pages.take_form, methods=["POST"])
    router.add_api_route("/confirm/{token}", pages.show_confirm, methods=["GET", "HEAD"])
    router.add_api_route("/confirm/{token}", pages.confirm, methods=["POST"])
    return router


class _JoinPages:
    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._pages = desk.pages
        self._reception = desk.newsroom.reception

    def show_form(self, request: Request) -> HTMLResponse:
        return self._form(request, named=request.query_params.get("newsletter", ""))

    async def take_form(self, request: Request) -> HTMLResponse:
        sent = await read_form(request)
        written = sent.text("email").strip()[:300]
        try:
            address = parse(written)
        except InvalidAddress as error:
            said = self._pages.speech(request)
            return self._form(request, 422, said(str(error)), written, sent.text("newsletter"))
        if problem := refusal(self._desk, request, sent):
            return self._form(request, *problem, written, sent.text("newsletter"))
        newsletter = self._pages.newsletters.get(sent.text("newsletter"), self._pages.main)
        said = self._pages.speech(request, sent.text("lang"))
        source = source_of(request)
        await self._desk.joining.put(asked(address, newsletter, said, source=source, method="page"))
        return self._pages.page("asked", request, newsletter=newsletter, lang=said.lang)

    def _form(
        self,
        request: Request,
        status: int = 200,
        problem: str = "",
        email: str = "",
        named: str = "",
    ) -> HTMLResponse:
        """Show one newsletter's form: the words that are consented to are its own."""
        pages = self._pages
        newsletter = pages.newsletters.get(named, pages.main)
        headers = {"Content-Security-Policy": WORKING} if self._asks_for_work else {}
        return pages.page(
            "join",
            request,
            status=status,
            headers=headers,
            newsletter=newsletter,
            newsletters=list(pages.newsletters.values()),
            words=join_words(newsletter, pages.speech(request)).text.split("\n"),
            mark=self._reception.form_mark(),
            work=self._asks_for_work,
            problem=problem,
            email=email,
        )

    @property
    def _asks_for_work(self) -> bool:
        return self._desk.settings.web.proof_of_work

    def show_confirm(self, token: str, request: Request) -> HTMLResponse:
        try:
            reader, good = self._reception.letter(Purpose.CONFIRM, token)
        except InvalidToken:
            return self._pages.unknown(request)
        if not good:
            return self._pages.page("confirmed", request, became=Confirmed.WORN_OUT)
        newsletter, said = self._offered(reader, request)
        words = confirm_words(newsletter, said).text.split("\n")
        return self._pages.page(
            "confirm", request, lang=said.lang, newsletter=newsletter, words=words
        )

    def confirm(self, token: str, request: Request) -> HTMLResponse:
        try:
            reader, good = self._reception.letter(Purpose.CONFIRM, token)
        except InvalidToken:
            return self._pages.unknown(request)
        newsletter, said = self._offered(reader, request)
        became = Confirmed.WORN_OUT
        if good:
            became = self._reception.confirm(reader, confirm_words(newsletter, said))
        hour = newsletter.schedule.hour_on(newsletter.schedule.today())
        return self._pages.page(
            "confirmed", request, lang=said.lang, newsletter=newsletter, became=became, hour=hour
        )

    def _offered(self, reader: int, request: Request) -> tuple[Newsletter, Speech]:
        """Return what a reader is asked about, in the language in which they asked."""
        offer = self._reception.offer(reader)
        named = offer.newsletter if offer else ""
        said = self._pages.speech(request, offer.lang if offer else "")
        return self._pages.newsletters.get(named, self._pages.main), said


def asked(
    address: Address, newsletter: Newsletter, said: Speech, *, source: str, method: str
) -> Asked:
    """Write down what somebody asked for, in the words that they were shown."""
    return Asked(
        address=address,
        newsletter=newsletter.name,
        list_name=newsletter.list_name,
        lang=said.lang,
        source=source,
        method=method,
        words=join_words(newsletter, said),
        at=datetime.now(UTC),
    )


def refusal(desk: WebDesk, request: Request, sent: Form) -> tuple[int, str] | None:
    """Say why a form is not taken, whatever address it holds; None: it is."""
    said = desk.pages.speech(request, sent.text("lang"))
    try:
        age = desk.newsroom.reception.form_age(sent.text("mark"))
    except InvalidToken:
        age = OLDEST
    if age < QUICKEST:
        return 422, said("That was quicker than a person writes. Press again.")
    if age >= OLDEST:
        return 422, said("This page was open for too long. Press again.")
    if desk.settings.web.proof_of_work and not work.is_done(desk, sent.text("altcha")):
        return 422, said("Your browser did not do its second of work. Press again.")
    client = request.client.host if request.client else ""
    if not desk.limits.allow(client):
        return 429, said("Too many from your network asked just now. Try again in an hour.")
    return None

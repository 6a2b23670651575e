"""The API: joining from the newsroom's own site."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from newsletter.audience.address import parse
from newsletter.errors import InvalidAddress
from newsletter.web import work
from newsletter.web.desk import WebDesk
from newsletter.web.forms import Form, bare
from newsletter.web.join import asked, join_words, refusal


class Problem(BaseModel):
    """What is wrong, in a sentence that can be shown to a reader."""

    error: str


class Taken(BaseModel):
    """The same for every address, whether it is known or not."""

    message: str


class FormFacts(BaseModel):
    """What a form needs before it can be sent."""

    #: To be sent along; good from two seconds after it was made, for a day.
    mark: str
    #: What the form must say, line by line: consent is to these very words.
    words: list[str]
    #: An ALTCHA challenge (version 1), where work is asked for; else null.
    challenge: dict[str, str | int] | None


class Subscribe(BaseModel):
    """One reader's wish."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=254)]
    mark: Annotated[str, Field(max_length=64)]
    newsletter: Annotated[str, Field(max_length=64)] = ""
    lang: Annotated[str, Field(max_length=16)] = ""
    #: The page on which they asked; its query is dropped.
    source: Annotated[str, Field(max_length=500)] = ""
    altcha: Annotated[str, Field(max_length=2_000)] = ""


def routes(desk: WebDesk) -> APIRouter:
    """Return the API, as its OpenAPI document describes it."""
    router = APIRouter(prefix="/api/v1", tags=["join"])
    pages = desk.pages

    @router.get("/form", summary="What a form needs before it can be sent")
    def form(request: Request) -> FormFacts:
        newsletter = pages.newsletters.get(request.query_params.get("newsletter", ""), pages.main)
        words = join_words(newsletter, pages.speech(request))
        wanted = work.challenge(desk) if desk.settings.web.proof_of_work else None
        return FormFacts.model_validate(
            {
                "mark": desk.newsroom.reception.form_mark(),
                "words": words.text.split("\n"),
                "challenge": wanted,
            }
        )

    @router.post(
        "/subscribe",
        summary="Ask for a newsletter",
        status_code=202,
        response_model=Taken,
        responses={422: {"model": Problem}, 429: {"model": Problem}, 413: {"model": Problem}},
    )
    async def subscribe(wish: Subscribe, request: Request) -> JSONResponse:
        """
        Have a letter sent to an address, with a link to confirm.

        The answer is the same whether the address is new, waiting, on the list or suppressed.
        """
        try:
            address = parse(wish.email.strip())
        except InvalidAddress as error:
            return _problem(422, str(error))
        sent = Form({"mark": (wish.mark,), "altcha": (wish.altcha,), "lang": (wish.lang,)})
        if problem := refusal(desk, request, sent):
            return _problem(*problem)
        newsletter = pages.newsletters.get(wish.newsletter, pages.main)
        said = pages.speech(request, wish.lang)
        await desk.joining.put(
            asked(address, newsletter, said, source=bare(wish.source), method="api")
        )
        words = said(
            "Look in your inbox. If we can write to this address, a letter is there in a few"
            " minutes. Not there? Look under spam."
        )
        return JSONResponse({"message": words}, 202)

    return router


def _problem(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)

"""The public web app, put together."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from newsletter.errors import NewsletterError, SettingsError, StorageError
from newsletter.newsroom import Newsroom
from newsletter.web import api, choose, hooks, join, leave, read
from newsletter.web.count import Counters
from newsletter.web.desk import WebDesk
from newsletter.web.guard import Guard
from newsletter.web.measure import Traced

_AWAY = "We cannot reach our own records just now. Try again in a minute."


def public_app(newsroom: Newsroom) -> ASGIApp:
    """Return the app, as any ASGI server runs it. Raises SettingsError."""
    desk = WebDesk(newsroom)
    if not desk.pages.newsletters:
        raise SettingsError(
            f"There is nothing to serve: no newsletter in {newsroom.settings.templates}.",
            hint="NEWSLETTER_TEMPLATES_DIR says where newsletters are looked for.",
        )
    web = newsroom.settings.web
    app = FastAPI(
        title="The newsletter",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        # A press is never answered by a redirect (RFC 8058).
        redirect_slashes=False,
        # FastAPI's own telling names whole paths, and in ours stand tokens: the environment must
        # not be able to turn it on.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for part in (join, leave, choose, read, api, hooks):
        app.include_router(part.routes(desk))
    _add_health(app, newsroom)
    _add_errors(app, desk)
    if origins := [one.strip() for one in web.allowed_origins.split(",") if one.strip()]:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
            max_age=600,
        )
    secure = newsroom.settings.site_url.startswith("https://")
    counters = Counters(app, newsroom.counting, secure=secure)
    guard = Guard(counters, proxies=web.trusted_proxies, secure=secure)
    return Traced(guard) if newsroom.settings.traces.endpoint else guard


def _add_health(app: FastAPI, newsroom: Newsroom) -> None:
    @app.get("/healthz", include_in_schema=False)
    def alive() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    def ready() -> PlainTextResponse:
        try:
            if newsroom.is_outdated():
                return PlainTextResponse("the database was migrated by a newer program", 503)
        except StorageError:
            return PlainTextResponse("the database is away", 503)
        return PlainTextResponse("ok")


def _add_errors(app: FastAPI, desk: WebDesk) -> None:
    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)
        if error.status_code == 404:
            return desk.pages.unknown(request)
        return PlainTextResponse(str(error.detail), error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    def misread(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse({"error": f"{where}: {first['msg']}"}, 422)

    @app.exception_handler(NewsletterError)
    def failed(request: Request, error: NewsletterError) -> Response:
        status = 503 if isinstance(error, StorageError) else 500
        sentence = _AWAY if status == 503 else "Something is wrong here. It is not your fault."
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": sentence}, status)
        return PlainTextResponse(sentence, status, {"Retry-After": "60"})

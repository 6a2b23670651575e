"""
What others post to us: kept byte for byte and answered at once, read later.

Without a key to verify it by there is no such route: what cannot be proven to come from the ESP
is not taken in.
"""

import logging
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from newsletter.errors import StorageError
from newsletter.tracking.sendgrid_signature import load_keys, verify
from newsletter.web.commits import Commits
from newsletter.web.desk import WebDesk

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_log = logging.getLogger("newsletter.web")


def routes(desk: WebDesk) -> APIRouter:
    """Return the routes that the settings have keys for. Raises SettingsError."""
    router = APIRouter(include_in_schema=False)
    keys = load_keys(desk.settings.sendgrid.webhook_key)
    if not keys:
        return router
    parcels: Commits[tuple[str, bytes]] = Commits(desk.newsroom.inbox.keep)

    @router.post("/webhooks/sendgrid")
    async def sendgrid(request: Request) -> Response:
        """Take SendGrid's events; anything but 2xx is posted again for a day."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return _answer("That is too much, or was cut off.", 413)
        signature = request.headers.get(_SIGNATURE, "")
        timestamp = request.headers.get(_TIMESTAMP, "")
        now = datetime.now(UTC)
        if not verify(keys, signature=signature, timestamp=timestamp, body=body, now=now):
            _log.warning("a post to /webhooks/sendgrid was not signed by SendGrid, or is old")
            return _answer("We cannot tell that this comes from SendGrid.", 401)
        try:
            await parcels.put(("sendgrid", body))
        except StorageError:
            return _answer("Try again later.", 503)
        return _answer("Taken.", 200)

    return router


def _answer(words: str, status: int) -> Response:
    return PlainTextResponse(words, status)

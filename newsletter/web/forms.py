"""What comes in by a form: read whole, or not at all, and never trusted."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

#: Fields of a form that are read at all.
_FIELDS = 40


class Form(NamedTuple):
    """A form's text fields; of a field that comes twice all values."""

    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        """Return a field's first value, or nothing."""
        values = self.fields.get(name, ())
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())


async def read_form(request: Request) -> Form:
    """
    Read a form in either encoding (urlencoded or multipart, RFC 8058 section 3.1).

    What cannot be read is an empty form: who presses a button has pressed it.
    """
    broken = (MultiPartException, FormParserError, HTTPException, ClientDisconnect, ValueError)
    try:
        async with request.form(max_files=0, max_fields=_FIELDS) as form:
            pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    except broken:
        return Form({})
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return Form(fields)


def is_foreign(request: Request, site_url: str) -> bool:
    """
    Say whether another site's page sent a form here.

    Browsers say so themselves (Fetch Metadata, W3C). Our pages send no referrer, so their
    origin is `null` there.
    """
    if told := request.headers.get("sec-fetch-site"):
        return told not in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    own = {urlsplit(site_url).netloc, request.headers.get("host", "")}
    return origin != "null" and urlsplit(origin).netloc not in own


def source_of(request: Request) -> str:
    """Return the page that somebody came from, without what may name them."""
    return bare(request.headers.get("referer", "") or str(request.url))


def bare(url: str) -> str:
    """Take query, fragment and user from an address; nothing that is none is kept."""
    try:
        parts = urlsplit(url[:500])
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"}:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

"""The only reader of the web. Whatever answers is a stranger."""

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urljoin

from newsletter.errors import FetchError
from newsletter.sources.fetch_address import Resolver, Target, allowed, parse, resolve, shown
from newsletter.sources.fetch_cache import FetchCache, Kept
from newsletter.sources.fetch_wire import Answer, Deadline, ask, trusted

MOST_REDIRECTS = 3
#: For everything: names, redirects, the body's last byte.
SECONDS = 10.0
#: Of a body, unpacked.
LARGEST = 5_000_000

_ACCEPTED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_HEADERS = {"Accept": _ACCEPTED, "Accept-Encoding": "gzip, deflate"}
_REDIRECTS = {301, 302, 303, 307, 308}
#: What a person can do about a status.
_HINTS = {
    401: "It wants a password; a newsletter reads public feeds alone.",
    403: "Its owner may have to let this reader in.",
    404: "Look whether the feed has moved, and mend its url in newsletter.toml.",
    410: "It is gone for good: take it out of newsletter.toml.",
    429: "It was asked too often; the next build asks again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the web gave for an address."""

    #: After redirects.
    url: str
    body: bytes
    #: `application/rss+xml`, in small letters; empty when nobody said.
    media_type: str
    #: As the server named it, in small letters; empty when it did not.
    charset: str
    #: False: it is the same as the last time, and `body` is what came then.
    modified: bool = True


class Fetcher:
    """
    Reads public pages over http and https.

    Every hop's host is looked up once, refused when any of its addresses is not public, and asked
    at that very address. No cookies, no passwords, no proxies of the environment.
    """

    def __init__(
        self,
        cache: Path | None = None,
        allow_loopback: bool = False,
        *,
        resolver: Resolver = resolve,
        context: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self._cache = FetchCache(cache) if cache else None
        self._loopback = allow_loopback
        self._resolver = resolver
        self._context = context
        self._seconds = seconds
        self._largest = largest

    def fetch(self, url: str) -> Page:
        """
        Read one page; "not modified" is a page too.

        Raises:
            FetchError: it is not public, not there, too slow (10 s in all), too large (5 MB).

        """
        deadline = Deadline(self._seconds)
        kept = self._cache.find(url) if self._cache else None
        hop = partial(self._ask, kept=kept, deadline=deadline)
        target, answer = _end(url, hop, MOST_REDIRECTS)
        return self._page(url, target, answer, kept)

    def knock(self, url: str, *, method: str = "HEAD", most: int = MOST_REDIRECTS) -> int:
        """
        Return the status where an address ends, after `most` redirects; no body is read.

        Raises FetchError as `fetch` does.
        """
        hop = partial(self._knock, method=method, deadline=Deadline(self._seconds))
        _, answer = _end(url, hop, most)
        return answer.status

    def _ask(self, target: Target, kept: Kept | None, deadline: Deadline) -> Answer:
        return ask(
            target,
            self._addresses(target, deadline),
            _HEADERS
            | {"User-Agent": user_agent()}
            | (kept.conditions if kept and kept.url == target.url else {}),
            context=self._context or trusted(),
            deadline=deadline,
            largest=self._largest,
        )

    def _knock(self, target: Target, method: str, deadline: Deadline) -> Answer:
        return ask(
            target,
            self._addresses(target, deadline),
            {"User-Agent": user_agent(), "Accept": "*/*"},
            context=self._context or trusted(),
            deadline=deadline,
            largest=0,
            method=method,
        )

    def _addresses(self, target: Target, deadline: Deadline) -> Sequence[str]:
        try:
            found = deadline.bound(lambda: self._resolver(target.host, target.port), target.host)
        except (OSError, UnicodeError) as error:
            raise FetchError(
                f"{shown(target.host)} is not known: no address was found.",
                hint="Look at its spelling, and whether this machine is online.",
            ) from error
        return allowed(target.host, found, loopback=self._loopback)

    def _page(self, url: str, target: Target, answer: Answer, kept: Kept | None) -> Page:
        if answer.status == HTTPStatus.NOT_MODIFIED and kept and kept.url == target.url:
            return _read(kept, modified=False)
        if answer.status != HTTPStatus.OK:
            raise _refusal(target, answer.status)
        kept = Kept(
            url=target.url,
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            content_type=answer.headers.get("content-type", ""),
            body=answer.body,
        )
        if self._cache and kept.conditions:
            self._cache.keep(url, kept)
        return _read(kept, modified=True)


def user_agent() -> str:
    """Say who is reading, as polite readers do."""
    try:
        number = version("newsletter")
    except PackageNotFoundError:
        number = "0"
    return f"TheShiftMaker-newsletter/{number} (feed reader)"


def _end(url: str, hop: Callable[[Target], Answer], most: int) -> tuple[Target, Answer]:
    """Follow redirects to where an address ends; every hop is asked by the same rules."""
    target = parse(url)
    for _ in range(most + 1):
        answer = hop(target)
        if answer.status not in _REDIRECTS:
            return target, answer
        target = _next(target, answer)
    raise FetchError(
        f"{shown(url)} leads on more than {most} times.",
        hint="Write the address where it ends into newsletter.toml.",
    )


def _next(target: Target, answer: Answer) -> Target:
    place = answer.headers.get("location", "")
    with suppress(UnicodeError):
        # Python reads headers as Latin-1; those who put a real letter there mean UTF-8.
        place = place.encode("latin-1").decode()
    try:
        return parse(urljoin(target.url, place) if place else "")
    except ValueError:
        raise FetchError(f"{shown(target.url)} leads on to what is no address.") from None
    except FetchError as error:
        raise FetchError(f"{shown(target.url)} leads on: {error}", hint=error.hint) from error


def _refusal(target: Target, status: int) -> FetchError:
    try:
        words = HTTPStatus(status).phrase
    except ValueError:
        words = "which means nothing"
    hint = _HINTS.get(status, "The next build asks again." if status >= 500 else "")
    return FetchError(f"{shown(target.url)} answers {status}, {words}.", hint=hint)


def _read(kept: Kept, *, modified: bool) -> Page:
    said = Message()
    said["Content-Type"] = " ".join(kept.content_type.split()) or "none"
    typed = "/" in kept.content_type
    charset = said.get_param("charset", "")
    return Page(
        url=kept.url,
        body=kept.body,
        media_type=said.get_content_type() if typed else "",
        charset=charset.strip().lower() if isinstance(charset, str) else "",
        modified=modified,
    )

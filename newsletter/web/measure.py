"""What is told of a request: its route, never its address."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.monitoring.instruments import Tally
from newsletter.monitoring.meters import REQUEST_SECONDS, REQUESTS
from newsletter.monitoring.traces import span

#: Anything else is one more: what a stranger writes is no label of ours.
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

#: Answered before any framework has found a route.
_EARLY = {"/c/": "/c/{token}/{n}", "/o/": "/o/{token}.gif"}

#: By route and method, what is timed apart from `other`.
_KINDS = {
    ("/c/{token}/{n}", "GET"): "click",
    ("/o/{token}.gif", "GET"): "pixel",
    ("/u/{token}", "POST"): "press",
}

#: Series by route, method and status. Only the event loop's thread counts in them: on a click's
#: way every look and every lock is felt.
_cells: dict[tuple[str, str, int], tuple[list[float], Tally]] = {}


def count(scope: Scope, status: int, seconds: float) -> None:
    """Count a request that was answered; called by the event loop alone."""
    method = scope["method"]
    key = (route_of(scope), method if method in _METHODS else "other", status)
    try:
        requests, times = _cells[key]
    except KeyError:
        requests, times = _cells[key] = _cells_of(*key)
    requests[0] += 1
    times.observe(seconds)


def _cells_of(route: str, method: str, status: int) -> tuple[list[float], Tally]:
    kind = _KINDS.get((route, method), "other")
    return REQUESTS.cell(route, method, str(status)), REQUEST_SECONDS.cell(kind)


def route_of(scope: Scope) -> str:
    """Return the template of a request's route; `none` where there is no such page."""
    path: str = scope["path"]
    early = _EARLY.get(path[:3])
    return early or str(getattr(scope.get("route"), "path", "none"))


class Traced:
    """Makes a span of every request. Put before an app only where spans are wanted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with span("request") as tell:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    tell(f"{_method(scope)} {route_of(scope)}", status=message["status"])
                await send(message)

            await self._app(scope, receive, told)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "other"

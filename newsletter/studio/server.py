"""Runs the studio on this machine, for the person who sits at it."""

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from types import FrameType

import uvicorn

from newsletter.errors import DeliveryError
from newsletter.newsroom import Newsroom
from newsletter.settings import Newsletter
from newsletter.studio.app import studio_app
from newsletter.studio.live import Live

#: Reached by nobody else.
HOST = "127.0.0.1"

#: What a laptop with a hundred open pages may ask for at once.
_MOST_AT_ONCE = 200


class _Server(uvicorn.Server):
    """Ends the open streams when it is told to stop: it would wait for them."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._live.end()
        super().handle_exit(sig, frame)


class Studio:
    """One edition's studio, from its first page until Ctrl-C."""

    def __init__(
        self,
        newsroom: Newsroom,
        newsletter: Newsletter,
        day: date,
        *,
        port: int,
        launch: Callable[[str], object],
    ) -> None:
        """`port`: 0 takes a free one. Raises DeliveryError when it is taken."""
        self._socket = _bound(port)
        self.live = Live(newsroom, newsletter, day)
        app = studio_app(self.live, launch=launch)
        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=_MOST_AT_ONCE,
            timeout_graceful_shutdown=1,
        )
        self.server = _Server(config, self.live)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._socket.getsockname()[1]}/"

    def run(self) -> None:
        """Serve until told to stop."""
        self.live.start()
        try:
            # Ctrl-C comes again when the server has closed: that is how it is ended.
            with suppress(KeyboardInterrupt):
                self.server.run(sockets=[self._socket])
        finally:
            self.live.close()
            self._socket.close()


def _bound(port: int) -> socket.socket:
    """Take the port before anything is built: who comes second is told at once."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise DeliveryError(
            f"Port {port} is taken: {error.strerror}.",
            hint="A studio may be open already. Else take another: newsletter preview --port 8026",
        ) from error
    listening.listen(128)
    return listening

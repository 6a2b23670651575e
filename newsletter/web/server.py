"""Runs the app: uvicorn, the letters, the presses that waited for the database, the upkeep."""

import logging
import threading

import uvicorn

from newsletter.errors import NewsletterError
from newsletter.newsroom import Newsroom
from newsletter.web.app import public_app

#: Seconds between two looks into the spool.
_EVERY = 2.0

#: Seconds that an errand may take to end.
_LEAVING = 3.0

_log = logging.getLogger("newsletter.web")


def serve(newsroom: Newsroom, *, host: str, port: int) -> None:
    """Serve until told to stop (Ctrl-C, SIGTERM). Raises SettingsError, StorageError."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=newsroom.postroom.run, args=(stop.wait,), name="letters"),
        threading.Thread(target=_replay, args=(newsroom, stop), name="spool"),
        threading.Thread(target=newsroom.upkeep.run, args=(stop.wait,), name="upkeep"),
    ]
    # Other machines may keep it waiting: what it was at is done again by the next process.
    errands = threading.Thread(
        target=newsroom.upkeep.run_errands, args=(stop.wait,), name="errands", daemon=True
    )
    server = uvicorn.Server(config(newsroom, host=host, port=port))
    for thread in (*threads, errands):
        thread.start()
    try:
        server.run()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        errands.join(_LEAVING)


def config(newsroom: Newsroom, *, host: str, port: int) -> uvicorn.Config:
    """Say how uvicorn runs it: its own log would show tokens, so it is off."""
    return uvicorn.Config(
        public_app(newsroom),
        host=host,
        port=port,
        access_log=False,
        # What it says of faults goes through the house's log, which masks it.
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=2_000,
        timeout_graceful_shutdown=10,
    )


def _replay(newsroom: Newsroom, stop: threading.Event) -> None:
    while not stop.wait(_EVERY):
        try:
            if count := newsroom.reception.replay() + newsroom.counting.replay():
                _log.warning("%s presses that waited for the database are written", count)
            newsroom.counting.refresh()
        except (NewsletterError, OSError) as error:
            _log.warning("presses wait in the spool: %s", error)

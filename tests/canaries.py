"""Watches the whole suite for secrets in logs: whatever is signed with holds the word canary."""

import logging
import traceback

WORD = "canary"


class Listener:
    """Hears every record that its logger lets through, whatever becomes of it afterwards."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def listen(self) -> None:
        """Hear of all loggers there are, and of those to come."""
        hand_on = logging.Logger.callHandlers

        def heard(logger: logging.Logger, record: logging.LogRecord) -> None:
            self.hear(record)
            hand_on(logger, record)

        logging.Logger.callHandlers = heard  # type: ignore[method-assign, assignment]

    def hear(self, record: logging.LogRecord) -> None:
        """Keep what a record says when a secret stands in it."""
        said = _words(record)
        if WORD in said.lower():
            self.found.append(f"{record.name}: {said}")


def _words(record: logging.LogRecord) -> str:
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        said = f"{record.msg} {record.args}"
    if record.exc_info and record.exc_info[1]:
        said += "".join(traceback.format_exception(record.exc_info[1]))
    return said


LISTENER = Listener()

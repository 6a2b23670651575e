"""
The log of a process that runs for ever: on stderr, one line a record, for people or for programs.

Whatever a logger of ours or of a library says, it is masked once it is whole: message, arguments,
extras and traceback alike. `extra={"edition": …}` stands at the end of a line, or as a key.
"""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from newsletter.monitoring.masks import Mask, secrets_of
from newsletter.settings import Settings

#: Characters of a line, at most.
LONGEST = 16_384

#: Libraries that tell of each of their steps, or print with handlers of their own.
_FOREIGN = ("uvicorn", "uvicorn.error", "uvicorn.access", "dbos", "py.warnings")

#: What every record has; the rest was added by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

#: Line ends and other controls would let a stranger write lines of their own.
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160), 0x2028, 0x2029)} | {
    0x0A: "\\n",
    0x0D: "\\r",
    0x09: "\\t",
}

_log = logging.getLogger(__name__)


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Have every logger of this process write masked lines, on stderr unless told otherwise."""
    mask = Mask(secrets_of(settings))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(mask) if settings.log.format == "json" else TextLines(mask))
    root = logging.getLogger()
    for other in tuple(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(settings.log.level.upper())
    # At DEBUG it says its headers, the key among them.
    logging.getLogger("python_http_client").setLevel(logging.INFO)
    for name in _FOREIGN:
        adopt(name)
    logging.captureWarnings(capture=True)
    # A record that cannot be written would be printed with its arguments, unmasked.
    logging.raiseExceptions = False
    _hear_of_ends()


def adopt(name: str) -> None:
    """Take a library's own handlers away, so that what it says is masked as all else is."""
    foreign = logging.getLogger(name)
    foreign.handlers.clear()
    foreign.propagate = True


def _hear_of_ends() -> None:
    """Write down in the same way what a thread, or the process, ends of."""

    def told(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, at)
            return
        _log.critical("the process ends of a fault", exc_info=(kind, error, at))

    def told_of_thread(end: threading.ExceptHookArgs) -> None:
        if end.exc_value is not None and not issubclass(end.exc_type, SystemExit):
            fault = (end.exc_type, end.exc_value, end.exc_traceback)
            _log.critical("a thread ends of a fault", exc_info=fault)

    sys.excepthook = told
    threading.excepthook = told_of_thread


class _Lines(logging.Formatter):
    """Makes one line of a record."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def _said(self, record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A library's mistake must not print its arguments unmasked.
            return f"{record.msg} {record.args!r}"

    def _traceback(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.exc_text and not parts:
            parts.append(record.exc_text)
        if record.stack_info:
            parts.append(record.stack_info)
        return "\n".join(parts)

    def _extras(self, record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
        for name, value in vars(record).items():
            if name not in _USUAL:
                plain = isinstance(value, bool | int) or value is None
                yield self._mask(name), value if plain else self._shown(str(value))

    def _shown(self, text: str) -> str:
        masked = self._mask(text)
        return masked if len(masked) <= LONGEST else f"{masked[:LONGEST]}… (cut)"


class TextLines(_Lines):
    """`2026-07-05 07:00:03 INFO newsletter.web …`, in this machine's time."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone()
        words = f"{self._shown(record.name)} {self._shown(self._said(record))}"
        extras = "".join(f" {name}={value}" for name, value in self._extras(record))
        traceback = self._shown(self._traceback(record))
        line = f"{words}{extras}" + (f"\n{traceback}" if traceback else "")
        return f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {line.translate(_CONTROLS)}"


class JsonLines(_Lines):
    """One JSON object a line; its time is UTC, as RFC 3339 writes it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, Any] = {
            "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": self._shown(record.name),
            "message": self._shown(self._said(record)),
        }
        if traceback := self._traceback(record):
            said["traceback"] = self._shown(traceback)
        for name, value in self._extras(record):
            said.setdefault(name, value)
        return json.dumps(said, ensure_ascii=False).translate(_CONTROLS)

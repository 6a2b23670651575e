"""The log: one line a record, for people or programs, and nothing in it that nobody may see."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.monitoring import logs
from newsletter.monitoring.masks import Mask
from tests.monitoring.conftest import settings_of

SECRET = "canary-of-the-signing-secret-000000"
TOKEN = "AQABAAAAAAAAAExyz_-0123456789a"[:28]


@pytest.fixture
def configured(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """A process's log, as text or JSON, and everything put back in the end."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (tuple(root.handlers), root.level, logging.raiseExceptions)
    hooks = (sys.excepthook, threading.excepthook)
    level = {"format": getattr(request, "param", "json"), "level": "DEBUG"}
    logs.configure(settings_of(secret=SECRET, log=level), stream)
    yield stream
    logging.captureWarnings(capture=False)
    sys.excepthook, threading.excepthook = hooks
    root.handlers[:], logging.raiseExceptions = before[0], before[2]
    root.setLevel(before[1])


def told(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line_has_time_level_logger_message_and_extras(configured: io.StringIO) -> None:
    about = {"edition": "daily/2026-07-05", "batch": 3}
    logging.getLogger("newsletter.web").info("%s readers", "1,000", extra=about)

    (said,) = told(configured)
    assert str(said.pop("time")).endswith("Z")
    assert said == {
        "level": "info",
        "logger": "newsletter.web",
        "message": "1,000 readers",
        "edition": "daily/2026-07-05",
        "batch": 3,
    }


@pytest.mark.parametrize("configured", ["text"], indirect=True)
def test_a_text_line_has_the_time_in_front_and_extras_behind(configured: io.StringIO) -> None:
    logging.getLogger("newsletter.web").warning("two\nlines", extra={"batch": 3})

    line = configured.getvalue()
    assert line[4] == "-"
    assert line[19:] == " WARNING newsletter.web two\\nlines batch=3\n"


@pytest.mark.parametrize("configured", ["text", "json"], indirect=True)
def test_no_part_of_a_record_shows_a_canary(configured: io.StringIO) -> None:
    log = logging.getLogger("somebody.elses")
    hidden = ("ann@example.com", f"/u/{TOKEN}", f"SG.{'x' * 22}.y", SECRET)
    for one in hidden:
        log.debug(f"in the words: {one}")  # noqa: G004 - as careless as others are
        log.info("in an argument: %s %r", one, {"headers": {"to": one}})
        log.info("in an extra", extra={"who": one, "more": [one]})
        log.info("in a mistake: %d", one)
        log.info("in the stack", stack_info=True, extra={one: 1})
        try:
            int(one)
        except ValueError:
            log.exception("in a traceback")

    said = configured.getvalue()
    assert len(said.splitlines()) == 6 * len(hidden)
    for one in (*hidden, TOKEN, "ann@"):
        assert one not in said


def test_what_threads_libraries_and_warnings_say_is_masked_too(configured: io.StringIO) -> None:
    def fall() -> None:
        raise RuntimeError("ann@example.com")

    thread = threading.Thread(target=fall)
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(SECRET), None)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("ann@example.com", stacklevel=1)
    logging.getLogger("python_http_client.client").debug("Headers: %s", SECRET)
    logging.getLogger("uvicorn.error").error("GET /u/%s", TOKEN)

    assert [said["logger"] for said in told(configured)] == [
        "newsletter.monitoring.logs",
        "newsletter.monitoring.logs",
        "py.warnings",
        "uvicorn.error",
    ]
    for one in ("ann@", SECRET, TOKEN):
        assert one not in configured.getvalue()


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.floats() | st.integers()))
def test_whatever_is_said_is_one_line_and_can_be_read(
    message: str, extras: dict[str, object]
) -> None:
    record = logging.makeLogRecord(
        {
            "msg": message,
            "levelname": "INFO",
            "name": "a",
            **{
                name: value
                for name, value in extras.items()
                if name not in vars(logging.makeLogRecord({}))
            },
        }
    )
    line = logs.JsonLines(Mask()).format(record)

    assert len(line.splitlines()) == 1
    assert isinstance(json.loads(line), dict)
    assert len(logs.TextLines(Mask()).format(record).splitlines()) == 1


def test_a_line_has_an_end(configured: io.StringIO) -> None:
    logging.getLogger("a").info("word " * 100_000)

    assert len(configured.getvalue()) < 2 * logs.LONGEST

"""
SendGrid's suppression lists, page by page: what its webhook could not tell while it was away.

`GET /v3/suppression/{list}` (twilio.com/docs/sendgrid, "Suppressions"). To read changes nothing, so
whatever goes wrong may simply be tried again. What an entry means is not said here.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.settings import Settings
from newsletter.transports import sendgrid_answers as answers
from newsletter.transports.sendgrid_answers import Answer
from newsletter.transports.sendgrid_line import Line
from newsletter.transports.sendgrid_wire import TIMEOUT

#: The lists by their names in the API. Unsubscribes are those from everything: of groups none is
#: used in our mails.
LISTS = ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes")

#: Entries of a page; SendGrid gives no more.
LARGEST_PAGE = 500

#: Pages of one list: two million entries.
MOST_PAGES = 4000

#: Seconds that a reset is waited for here, and how often; SendGrid's windows are of a minute.
LONGEST_WAIT = 90.0
MOST_WAITS = 5


class Page(NamedTuple):
    """A part of a list, as SendGrid wrote it."""

    #: One of LISTS.
    name: str
    #: JSON objects with `email` and `created`, if they are as described.
    entries: tuple[object, ...]


class SuppressionLists:
    """Reads the lists of the account that carries our mail."""

    def __init__(
        self,
        key: str,
        host: str = "https://api.sendgrid.com",
        *,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take the account's key and host. Raises SettingsError when they cannot be used."""
        self._line = Line(key, host, timeout=timeout)
        self._sleep, self._now = sleep, now

    def pages(
        self, since: datetime, until: datetime, lists: Sequence[str] = LISTS
    ) -> Iterator[Page]:
        """
        Yield what was put on the lists between two moments, both included.

        Pages are counted off, so an entry that is taken off a list meanwhile can hide another:
        ask again for a time that overlaps. An entry may come twice, and an empty page never.

        Raises:
            TemporaryFailure: SendGrid is away, or asks for patience; ask again later.
            PermanentFailure: the key may not read the lists, or one is too long.

        """
        for name in lists:
            yield from self._pages(name, int(since.timestamp()), int(until.timestamp()))

    def close(self) -> None:
        """Cut the request in flight, and begin no further one."""
        self._line.close()

    def _pages(self, name: str, since: int, until: int) -> Iterator[Page]:
        offset, before = 0, Page(name, ())
        for _ in range(MOST_PAGES):
            query = {"start_time": since, "end_time": until, "limit": LARGEST_PAGE}
            page = Page(name, self._entries(name, query | {"offset": offset}))
            # The end is an empty page, since how large a full one is SendGrid decides; or the
            # same again, of a list that knows no pages.
            if not page.entries or page == before:
                return
            yield page
            offset, before = offset + len(page.entries), page
        raise PermanentFailure(
            f"SendGrid's {name} hold more than {offset} entries.", hint="Ask for a shorter time."
        )

    def _entries(self, name: str, query: dict[str, int]) -> tuple[object, ...]:
        answer = self._asked(name, query)
        if answers.meaning(answer.status) is not answers.Meaning.ACCEPTED:
            raise _failure(name, answer, self._now())
        try:
            told = json.loads(answer.body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, list):
            raise TemporaryFailure(f"SendGrid's {name} did not come whole.")
        return tuple(told)

    def _asked(self, name: str, query: dict[str, int]) -> Answer:
        """Ask, and wait as SendGrid says in X-RateLimit-Reset where that is soon."""
        answer = self._once(name, query)
        for _ in range(MOST_WAITS):
            wait = answers.seconds_to_reset(answer.headers, self._now())
            busy = answer.status == HTTPStatus.TOO_MANY_REQUESTS
            if not busy or wait is None or wait > LONGEST_WAIT:
                break
            self._sleep(max(wait, 1.0))
            answer = self._once(name, query)
        return answer

    def _once(self, name: str, query: dict[str, int]) -> Answer:
        try:
            return self._line.suppressed(name, query)
        except UnknownOutcome as doubt:
            raise TemporaryFailure(f"SendGrid's {name} were not read. {doubt}") from None


def open_lists(settings: Settings) -> SuppressionLists:
    """Open the lists of the account that the settings name. Raises SettingsError."""
    account = settings.sendgrid
    return SuppressionLists(account.api_key.get_secret_value(), account.host)


def _failure(name: str, answer: Answer, now: float) -> TransportError:
    """Say what may be done next: whoever only reads is never in doubt."""
    error = answers.failure(answer, now)
    if isinstance(error, UnknownOutcome):
        return TemporaryFailure(f"SendGrid's {name} were not read. {error}")
    if answer.status == HTTPStatus.FORBIDDEN:
        error.hint = "Give the API key read access to Suppressions."
    return error

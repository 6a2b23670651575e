"""The post room: letters to one person, from wanted to settled."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError, UnknownOutcome
from newsletter.model import Answer, Call, EditionId, Envelope, Headers, Receipt, Tokens
from newsletter.monitoring.meters import LETTERS
from newsletter.newsroom.desk import headers as edition_headers
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.audience.posting import Ready
    from newsletter.storage.consents import Consent
    from newsletter.transports import Transport

#: Letters that are claimed at once: what a kill can leave in doubt.
AT_ONCE = 20

#: How often a letter is tried that was not accepted, and the pause before the next try.
TRIES, PAUSE = 5, timedelta(minutes=5)

#: Who asked and did not confirm is forgotten so long after their link has worn out.
_FORGET_AFTER = timedelta(days=16)

#: Between two looks for them.
_LOOK_EVERY = timedelta(hours=1)

#: Days for which the links of these letters are good.
_DAYS = {"forget": 2, "mydata": 2}

#: Tokens count their days from here.
FIRST_DAY = date(2024, 1, 1)

_log = logging.getLogger(__name__)


class PostRoom:
    """Writes letters. One for each process; two never write the same letter."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._transport: Transport | None = None
        self._looked = datetime.min.replace(tzinfo=UTC)

    def write(self) -> int:
        """
        Write the letters that are wanted and due, a few; returns how many were looked at.

        Raises StorageError; a transport that fails is written down with the letter.
        """
        from newsletter.audience.posting import Dropped, prepare
        from newsletter.storage import letters

        now = datetime.now(UTC)
        with self._house.database.begin() as connection:
            letters.abandon(connection, now=now)
            claimed = letters.claim(connection, most=AT_ONCE, now=now)
            looked = [prepare(connection, one, self._house.prints, now=now) for one in claimed]
            for was, one in zip(claimed, looked, strict=True):
                if isinstance(one, Dropped):
                    letters.settle(connection, one.id, "dropped", now=now, reason=one.reason)
                    LETTERS.inc(was.wanted.kind, "dropped")
        ready = [one for one in looked if not isinstance(one, Dropped)]

        def alike(one: "Ready") -> tuple[str, str, str]:
            return (one.kind, one.newsletter, one.lang)

        for _, group in groupby(sorted(ready, key=alike), key=alike):
            self._hand_over(list(group))
        return len(looked)

    def run(self, stop: Callable[[float], bool], *, every: float = 1.0) -> None:
        """Write letters until told to stop; `stop` waits so many seconds and then answers."""
        while True:
            try:
                busy = self.write() == AT_ONCE
                if (now := datetime.now(UTC)) - self._looked > _LOOK_EVERY:
                    self._looked = now
                    self.drop_unconfirmed()
            except NewsletterError as error:
                _log.warning("letters wait: %s", error)
                busy = False
            if stop(0 if busy else every):
                break
        self.close()

    def drop_unconfirmed(self) -> int:
        """Forget who asked long ago and never confirmed; returns how many those are."""
        from newsletter.storage import subscribers

        valid = timedelta(days=self._house.settings.web.confirm_days)
        before = datetime.now(UTC) - valid - _FORGET_AFTER
        with self._house.database.begin() as connection:
            return subscribers.drop_unconfirmed(connection, before=before)

    def close(self) -> None:
        """Give the transport back."""
        if self._transport:
            self._transport.close()
            self._transport = None

    def _hand_over(self, ready: Sequence["Ready"]) -> None:
        receipts: dict[int, Receipt] = {}
        failure: NewsletterError | None = None
        call = None
        try:
            call = self._call(ready)
            for receipt in self._open().send(call):
                receipts[receipt.delivery] = receipt
        except NewsletterError as error:
            # Of a letter that could not even be made, nothing has gone out.
            failure = error
        self._settle(ready, call, receipts, failure)

    def _open(self) -> "Transport":
        from newsletter.transports import open_transport

        self._transport = self._transport or open_transport(self._house.settings)
        return self._transport

    def _call(self, ready: Sequence["Ready"]) -> Call:
        from newsletter.rendering.letters import letter_rendition

        first, settings = ready[0], self._house.settings
        newsletter = self._house.newsletter(first.newsletter)
        rendition = letter_rendition(
            first.kind,
            newsletter,
            first.lang,
            templates=settings.templates.resolve(),
            site_url=settings.site_url,
        )
        return Call(
            id=f"letter-{secrets.token_hex(8)}",
            rendition=rendition,
            headers=letter_headers(newsletter, first.kind, settings.site_url),
            envelopes=tuple(Envelope(one.id, one.address, "", self._tokens(one)) for one in ready),
            at=datetime.now(UTC),
        )

    def _tokens(self, one: "Ready") -> Tokens:
        """Make what the letter opens; nothing else in it bears a token."""
        from newsletter.tracking.tokens import Purpose, TokenType

        keyring, nobody = self._house.keyring, ""
        if one.kind in {"welcome", "goodbye"}:
            door = keyring.mint(Purpose.DOOR, TokenType.LIST, one.list_id, one.public_id)
        else:
            days = _DAYS.get(one.kind, self._house.settings.web.confirm_days)
            last = (datetime.now(UTC).date() - FIRST_DAY).days + days
            door = keyring.mint(Purpose(one.kind), TokenType.EXPIRY, last, one.public_id)
        mark = keyring.mint(Purpose.MESSAGE_ID, TokenType.PROOF, 0, secrets.randbits(48))
        return Tokens(nobody, nobody, nobody, door, mark)

    def _settle(
        self,
        ready: Sequence["Ready"],
        call: Call | None,
        receipts: Mapping[int, Receipt],
        failure: NewsletterError | None,
    ) -> None:
        """Write down what became of each letter; what was proven not accepted is tried again."""
        from newsletter.storage import consents, letters

        now, sent = datetime.now(UTC), []
        marks = _message_ids(call)
        with self._house.database.begin() as connection:
            for one in ready:
                state, reason = _outcome(receipts.get(one.id), failure)
                if state == "wanted" and one.attempts < TRIES:
                    letters.put_off(connection, one.id, until=now + PAUSE, reason=reason)
                    LETTERS.inc(one.kind, "put off")
                    continue
                state = "refused" if state == "wanted" else state
                LETTERS.inc(one.kind, state)
                letters.settle(
                    connection,
                    one.id,
                    state,
                    now=now,
                    reason=reason,
                    message_id=marks.get(one.id, ""),
                    subscriber=one.subscriber,
                )
                if state == "sent":
                    sent.append(self._entry(one, marks[one.id], now))
            consents.add(connection, sent)

    def _entry(self, one: "Ready", message_id: str, now: datetime) -> "Consent":
        from newsletter.audience.address import parse
        from newsletter.storage.consents import Consent

        return Consent(
            at=now,
            event=f"letter-{one.kind}",
            subject=self._house.prints.of(parse(one.address).key),
            list_name=one.list_name,
            message_id=message_id,
            method="mail",
        )


def _message_ids(call: Call | None) -> dict[int, str]:
    if call is None:
        return {}
    domain = call.headers.domain
    return {one.delivery: f"<{one.tokens.message_id}@{domain}>" for one in call.envelopes}


def _outcome(receipt: Receipt | None, failure: NewsletterError | None) -> tuple[str, str]:
    """Return the state of a letter, and why: `wanted` is to be tried again."""
    if receipt is None:
        doubtful = failure is None or isinstance(failure, UnknownOutcome)
        return "unknown" if doubtful else "wanted", str(failure or "no answer came")
    states = {Answer.SUBMITTED: "sent", Answer.REFUSED: "refused", Answer.DEFERRED: "wanted"}
    return states.get(receipt.answer, "unknown"), receipt.reply


def letter_headers(newsletter: Newsletter, kind: str, site_url: str) -> Headers:
    """Make what stands above a letter; only the welcome is mail of a list."""
    above = edition_headers(newsletter, EditionId(newsletter.name, FIRST_DAY), site_url)
    leaves = above.unsubscribe if kind == "welcome" else ""
    return replace(above, unsubscribe=leaves, feedback_id="")

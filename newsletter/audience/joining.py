"""
Joining, by double opt-in: asked for on a form, written to once, confirmed by a press.

What a form answers never depends on whether an address is known: asking writes the same two rows
for everybody, and what they mean is decided later, when the letter is to be written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from newsletter.audience.address import Address
from newsletter.audience.fingerprints import Fingerprints
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import choices, consents, letters, subscribers
from newsletter.storage.consents import Consent
from newsletter.storage.letters import Offer, Wanted
from newsletter.storage.subscribers import Known


class Words(NamedTuple):
    """What a form or a letter said, word for word."""

    form: str
    lang: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody asked for a newsletter: whose address it is, nobody knows yet."""

    address: Address
    newsletter: str
    list_name: str
    lang: str
    #: The page's address, without its query.
    source: str
    #: `page` or `api`.
    method: str
    words: Words
    #: In UTC.
    at: datetime


class Confirmed(StrEnum):
    """What a press on the confirming page came to."""

    NOW = "now"
    #: They were on the list before.
    ALREADY = "already"
    #: Nothing that is still offered belongs to that link.
    WORN_OUT = "worn-out"
    #: It bounced, complained or was taken off by hand meanwhile: it gets nothing.
    HELD = "held"


def ask(connection: Connection, asked: Sequence[Asked], prints: Fingerprints) -> None:
    """Write down what was asked for, and have letters written; the same for every address."""
    kept = {words: consents.keep_wording(connection, *words) for words in {a.words for a in asked}}
    entries = [
        Consent(
            at=one.at,
            event="asked",
            subject=prints.of(one.address.key),
            list_name=one.list_name,
            wording=kept[one.words],
            source=one.source,
            method=one.method,
        )
        for one in asked
    ]
    consents.add(connection, entries)
    letters.want(connection, [_letter(one, prints) for one in asked])


def _letter(asked: Asked, prints: Fingerprints) -> Wanted:
    return Wanted(
        kind="confirm",
        address=asked.address.text,
        mailbox=prints.of_mailbox(asked.address.key),
        newsletter=asked.newsletter,
        list_name=asked.list_name,
        lang=asked.lang,
        at=asked.at,
    )


def offer(connection: Connection, public_id: int, *, after: datetime) -> Offer | None:
    """Return the newest letter to confirm that a reader has not followed yet."""
    known = subscribers.by_public_id(connection, public_id)
    offered = letters.offered(connection, known.id, "confirm", after=after) if known else []
    return offered[-1] if offered else None


def confirm(
    connection: Connection,
    public_id: int,
    prints: Fingerprints,
    *,
    words: Words,
    now: datetime,
    valid: timedelta,
) -> Confirmed:
    """
    Put a reader on the lists that they were asked about, by letters not older than `valid`.

    Pressed again it changes nothing. What they said by leaving is lifted; what bounced or
    complained stays as it is.
    """
    known = subscribers.by_public_id(connection, public_id)
    if known is None:
        return Confirmed.WORN_OUT
    offered = letters.offered(connection, known.id, "confirm", after=now - valid)
    if not offered:
        active = subscribers.is_active(connection, known.id)
        return Confirmed.ALREADY if active else Confirmed.WORN_OUT
    if any(_held(connection, known.key, one.list_name) for one in offered):
        return Confirmed.HELD
    letters.use(connection, [one.id for one in offered], now=now)
    became = Confirmed.ALREADY
    for one in {one.list_name: one for one in offered}.values():
        if _join(connection, known, one.list_name, prints, words=words, now=now):
            became = Confirmed.NOW
            # They were asked in that language, and answered.
            choices.write(connection, known.id, lang=one.lang)
            welcome = Letter("welcome", one.newsletter, one.list_name, one.lang)
            write_to(connection, public_id, welcome, prints)
    return became


def _held(connection: Connection, key: str, list_name: str) -> bool:
    list_id, _ = subscribers.find_or_make_list(connection, list_name)
    held = subscribers.suppressed(connection, key, list_id)
    return held not in {None, SuppressionReason.UNSUBSCRIBED}


def _join(
    connection: Connection,
    known: Known,
    list_name: str,
    prints: Fingerprints,
    *,
    words: Words,
    now: datetime,
) -> bool:
    """Put one reader on one list; False when they were on it."""
    list_id, _ = subscribers.find_or_make_list(connection, list_name)
    if subscribers.state_on(connection, known.key, list_id) is SubscriberState.ACTIVE:
        return False
    subscribers.readmit(connection, known.key, list_id)
    entry = Consent(
        at=now,
        event="confirmed",
        subject=prints.of(known.key),
        list_name=list_name,
        wording=consents.keep_wording(connection, *words),
        method="page",
    )
    (number,) = consents.add(connection, [entry])
    subscribers.subscribe(
        connection, known.id, list_id, SubscriberState.ACTIVE, now=now, consent=number
    )
    return True


class Letter(NamedTuple):
    """A letter as it is wished for, to a reader who is known."""

    kind: str
    newsletter: str
    list_name: str
    lang: str


def write_to(connection: Connection, public_id: int, letter: Letter, prints: Fingerprints) -> None:
    """Have a letter written to a reader; to one who is not known, nothing is."""
    known = subscribers.by_public_id(connection, public_id)
    if known is None:
        return
    wanted = Wanted(
        **letter._asdict(),
        address=subscribers.address_of(connection, known.id),
        mailbox=prints.of_mailbox(known.key),
        at=datetime.now(UTC),
        subscriber=known.id,
    )
    letters.want(connection, [wanted])

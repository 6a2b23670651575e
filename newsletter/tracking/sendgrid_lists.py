"""
SendGrid's suppression lists: what they say that the webhook did not, as events of ours.

Pure. SendGrid writes to nobody on them, whatever we hand over, so what the webhook missed while it
was away is read here. A list knows addresses alone: no edition, no call, no delivery.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from newsletter.model import BounceClass, Event, EventKind
from newsletter.tracking import sendgrid_fields as fields
from newsletter.tracking.bounces import Judgement
from newsletter.tracking.sendgrid_bounces import judge_bounce, status_of
from newsletter.tracking.sendgrid_fields import NotOurs
from newsletter.tracking.their_words import harmless

#: What it means to be on a list, by its name in the API.
KINDS: Mapping[str, EventKind] = {
    "bounces": EventKind.BOUNCED,
    "blocks": EventKind.BOUNCED,
    "invalid_emails": EventKind.BOUNCED,
    "spam_reports": EventKind.COMPLAINED,
    "unsubscribes": EventKind.UNSUBSCRIBED,
}


def read_list(
    name: str, entries: Iterable[object], *, secret: bytes
) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """
    Return the events of a page of a list, and a sentence for each entry that is none.

    `name` is one of KINDS. An event's id is a hash of its address and moment under `secret`: ids
    are kept when the address is erased, and nobody must be able to try addresses against them.
    """
    events, problems = [], []
    for place, entry in enumerate(entries, 1):
        try:
            events.append(_event(name, entry, secret))
        except NotOurs as error:
            problems.append(f"Entry {place} of SendGrid's {name} {error}.")
    return tuple(events), tuple(problems)


def _event(name: str, entry: object, secret: bytes) -> Event:
    """Read one entry. Raises NotOurs."""
    if not isinstance(entry, dict):
        raise NotOurs("is no object")
    at = fields.moment(entry.get("created"))
    address = fields.address(entry.get("email"))
    if not address:
        raise NotOurs("names no address that can be")
    said = fields.text(entry.get("reason"))
    status = status_of(fields.text(entry.get("status")), said)
    judged = _judged(name, status, said)
    return Event(
        kind=KINDS[name],
        at=at,
        id=f"sendgrid-list:{name}:{_hash(address, at.timestamp(), secret)}",
        address=address,
        bounce=judged and judged.bounce,
        status=status,
        reason=judged.reason if judged else "",
        words=harmless(said, address),
        term=name,
    )


def _judged(name: str, status: str, said: str) -> Judgement | None:
    if KINDS[name] is not EventKind.BOUNCED:
        return None
    judged = judge_bounce(status=status, text=said, blocked=name == "blocks")
    if name == "invalid_emails":
        return Judgement(BounceClass.HARD, judged.reason or "invalid address")
    return judged


def _hash(address: str, created: float, secret: bytes) -> str:
    key = blake2b(secret, digest_size=32, person=b"sendgrid-list").digest()
    told = f"{created:.0f} {address.casefold()}".encode()
    return blake2b(told, digest_size=16, key=key).hexdigest()

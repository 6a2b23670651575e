"""
SendGrid's event webhook: what it posts, as events of ours.

Pure: a verified body in, events out. Fields are those of twilio.com/docs/sendgrid, "Event Webhook
Reference". The same event comes many times and in any order; its id says that it is the same. One
that cannot be read is a sentence, and the others go on.
"""

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from newsletter.model import BounceClass, Event, EventKind
from newsletter.tracking import sendgrid_fields as fields
from newsletter.tracking.sendgrid_bounces import judge_bounce, status_of
from newsletter.tracking.sendgrid_fields import NotOurs
from newsletter.tracking.their_words import harmless

#: SendGrid's words for what happened, in small letters. Any other is kept as OTHER.
KINDS: Mapping[str, EventKind] = {
    "processed": EventKind.ACCEPTED,
    "dropped": EventKind.REFUSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    # Somebody's wish to come back is asked of them by a letter of ours, never believed here.
    "group_resubscribe": EventKind.OTHER,
}

#: Why SendGrid dropped a mail, in small letters, as a short name of ours.
REFUSALS: Mapping[str, str] = {
    "bounced address": "bounced before",
    "unsubscribed address": "unsubscribed before",
    "spam reporting address": "complained before",
    "invalid": "invalid address",
    "invalid smtpapi header": "invalid header",
    "spam content": "spam content",
    "recipient list over package quota": "over quota",
}

#: SendGrid posts 768 KB at most, and names a few thousand events in them.
LARGEST_BODY = 5_000_000
MOST_EVENTS = 10_000

#: Characters of a word for what happened, and of an id of theirs.
_LONGEST_TERM = 60
_LONGEST_ID = 100
_IN_IDS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.")

#: Digits of the longest number that is read; Python gives the whole body up past 4,300.
_LONGEST_NUMBER = 20


def read_events(body: bytes) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """
    Return a post's events in their order, and a sentence for each that is none.

    A sentence names an event by its place, and repeats nothing of it. Bytes that are no UTF-8
    harm only the words that they stand in.
    """
    if len(body) > LARGEST_BODY:
        return (), ("The post is larger than 5 MB, so it was not read.",)
    try:
        told = json.loads(body.decode("utf-8-sig", "replace"), parse_int=_integer)
    except (ValueError, RecursionError):
        return (), ("The post is no JSON, so it was not read.",)
    entries = told if isinstance(told, list) else [told]
    events, problems = [], []
    for place, entry in enumerate(entries[:MOST_EVENTS], 1):
        try:
            events.append(_event(entry))
        except NotOurs as error:
            problems.append(f"Event {place} {error}.")
    if len(entries) > MOST_EVENTS:
        problems.append(f"The post holds {len(entries)} events; {MOST_EVENTS} were read.")
    return tuple(events), tuple(problems)


def _event(entry: object) -> Event:
    """Read one event. Raises NotOurs."""
    if not isinstance(entry, dict):
        raise NotOurs("is no object")
    word = fields.text(entry.get("event")).strip()
    if not word:
        raise NotOurs("does not say what happened")
    kind = KINDS.get(word.lower())
    address = fields.address(entry.get("email"))
    said = fields.text(entry.get("reason")) or fields.text(entry.get("response"))
    status = status_of(fields.text(entry.get("status")), said)
    bounce, reason = _meaning(kind, entry, said, status)
    return Event(
        kind=kind or EventKind.OTHER,
        at=fields.moment(entry.get("timestamp")),
        id=f"sendgrid:{_id(entry)}",
        edition=fields.edition(entry.get("sm_edition"), entry.get("category")),
        call=fields.call(entry.get("sm_call")),
        delivery=fields.position(entry.get("sm_delivery")),
        address=address,
        bounce=bounce,
        status=status,
        reason=reason,
        words=harmless(said, address) if said else "",
        term=word if kind else harmless(word, address)[:_LONGEST_TERM],
    )


def _meaning(
    kind: EventKind | None, entry: Mapping[str, Any], said: str, status: str
) -> tuple[BounceClass | None, str]:
    """Say what an event means for its address, and why it came to it, where it does."""
    if kind is EventKind.REFUSED:
        return None, REFUSALS.get(said.strip().lower(), "")
    if kind is EventKind.OPENED and entry.get("sg_machine_open") is True:
        return None, "machine"
    if kind is EventKind.BOUNCED:
        return judge_bounce(
            status=status,
            text=said,
            classification=fields.text(entry.get("bounce_classification")),
            blocked=fields.text(entry.get("type")).strip().lower() == "blocked",
        )
    if kind is EventKind.DEFERRED:
        return None, judge_bounce(status=status, text=said).reason
    return None, ""


def _id(entry: Mapping[str, Any]) -> str:
    """Return SendGrid's id, or a hash of the whole event where it gives none that can be kept."""
    told = entry.get("sg_event_id")
    if isinstance(told, str) and 0 < len(told) <= _LONGEST_ID and _IN_IDS.issuperset(told):
        return told
    try:
        canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        # To write goes one step deeper than to read.
        raise NotOurs("is nested too deeply") from None
    return sha256(canonical.encode("ascii")).hexdigest()[:32]


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else math.inf

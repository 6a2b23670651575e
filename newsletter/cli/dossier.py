"""One reader's story on a terminal."""

from collections.abc import Iterator
from datetime import datetime

from newsletter.audience.erasure import Dossier
from newsletter.cli.terminal import bold, sign
from newsletter.storage.consents import Shown
from newsletter.storage.dossiers import Subscriber

#: Editions that are named; the sum says how many there were.
_EDITIONS = 10


def dossier_lines(address: str, dossier: Dossier) -> Iterator[str]:
    """Tell who somebody is to us, what they asked for, and what they were sent."""
    known = dossier.subscriber
    if dossier.erased:
        yield f"{sign('warning')} {address} was erased; a keyed hash keeps it away"
    elif known is None:
        yield f"Nothing is known of {address}."
    if known:
        yield from _person(known)
    if dossier.consents:
        yield bold("consent ledger")
        for shown in dossier.consents:
            yield from _entry(shown)
    if dossier.letters:
        yield bold("letters")
        for one in dossier.letters:
            yield f"  {_when(one.at)}  {one.kind} {one.state}  {one.message_id}"
    if dossier.deliveries:
        yield bold(f"editions   {len(dossier.deliveries)} in all")
        for sent in dossier.deliveries[-_EDITIONS:]:
            because = f" ({sent.reason})" if sent.reason else ""
            yield f"  {_when(sent.at)}  {sent.edition} {sent.state}{because}"


def _person(known: Subscriber) -> Iterator[str]:
    yield bold(f"{known.address}   {known.state}")
    if known.name:
        yield f"  name       {known.name}"
    for name, (state, since) in known.lists.items():
        yield f"  list       {name}: {state} since {_when(since)}"
    for one in known.suppressions:
        where = f" of {one.list_name}" if one.list_name else ""
        yield f"  suppressed {one.reason}{where}, {_when(one.at)}"
    pause = f", paused until {known.paused_until}" if known.paused_until else ""
    counted = "" if known.counted else ", not counted"
    lang = f", language {known.lang}" if known.lang else ""
    yield f"  chosen     {known.frequency}{pause}{lang}{counted}"
    for name, value in known.attributes.items():
        yield f"  {name[:24]}: {value}"


def _entry(shown: Shown) -> Iterator[str]:
    said = shown.consent
    where = f" {said.list_name}" if said.list_name else ""
    how = f" by {said.method}" if said.method else ""
    note = f": {said.note}" if said.note else ""
    yield f"  {_when(said.at)}  {said.event}{where}{how}{note}"
    for value in (said.source, said.message_id):
        if value:
            yield f"    {value}"
    for line in shown.text.splitlines():
        yield f"    | {line}"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "not yet"

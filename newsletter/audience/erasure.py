"""What is known of one address, for whoever may ask; and forgetting all of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from newsletter.audience.address import parse
from newsletter.audience.fingerprints import Fingerprints
from newsletter.storage import consents, dossiers, letters
from newsletter.storage.consents import Consent, Shown
from newsletter.storage.database import Database
from newsletter.storage.dossiers import Delivered, Subscriber, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that is held of one address."""

    #: None for one that is not held, or that was erased.
    subscriber: Subscriber | None
    #: True: erased; only the fingerprint is left.
    erased: bool
    #: What the consent ledger says, the oldest first, with the words that were shown.
    consents: tuple[Shown, ...]
    deliveries: tuple[Delivered, ...]
    letters: tuple[Written, ...]

    def facts(self) -> Mapping[str, Any]:
        """Return it for a program: `{address, state, lists, suppressions, …}`."""
        known = self.subscriber
        told = asdict(known) if known else {"address": "", "lists": {}, "suppressions": ()}
        told["state"] = str(known.state) if known else "unknown"
        if known:
            told["lists"] = {
                name: {"state": str(state), "since": since}
                for name, (state, since) in known.lists.items()
            }
        entries = [asdict(shown.consent) | _words(shown) for shown in self.consents]
        return {
            **told,
            "erased": self.erased,
            "consents": entries,
            "deliveries": [asdict(one) for one in self.deliveries],
            "letters": [asdict(one) for one in self.letters],
        }


def _words(shown: Shown) -> dict[str, object]:
    return {"number": shown.id, "form": shown.form, "lang": shown.lang, "shown": shown.text}


def dossier(database: Database, address: str, prints: Fingerprints) -> Dossier:
    """Gather everything that is held of an address. Raises AudienceError for what is none."""
    key = parse(address).key
    known_as = prints.all_of(key)
    with database.read() as connection:
        erased = any(dossiers.find(connection, one) for one in known_as)
        boxes = prints.all_of_mailbox(key)
        return Dossier(
            subscriber=dossiers.find(connection, key),
            erased=erased,
            consents=consents.about(connection, key, known_as),
            deliveries=tuple(dossiers.deliveries(connection, key)),
            letters=tuple(dossiers.letters(connection, boxes)),
        )


def forget(database: Database, address: str, prints: Fingerprints, *, method: str) -> bool:
    """
    Erase everything about an address, but for a keyed hash that keeps it from coming back.

    False when nothing was held of it; it is kept away all the same. Raises AudienceError.
    """
    key, now = parse(address).key, datetime.now(UTC)
    subject = prints.of(key)
    with database.begin() as connection:
        gone = dossiers.erase(connection, key, subject, now=now)
        letters.clear(connection, prints.all_of_mailbox(key))
        consents.add(connection, [Consent(at=now, event="erased", subject=subject, method=method)])
    # What was overwritten in the file may still stand in the log beside it.
    database.checkpoint()
    return gone

"""Readers as these tests look at them."""

from newsletter.audience.erasure import dossier
from newsletter.audience.fingerprints import Fingerprints
from newsletter.storage.database import Database
from newsletter.storage.dossiers import Subscriber

PRINTS = Fingerprints(b"a canary of thirty-two characters!")


def show(database: Database, address: str) -> Subscriber | None:
    return dossier(database, address, PRINTS).subscriber

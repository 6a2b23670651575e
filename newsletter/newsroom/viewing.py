"""Viewing: what the studio sees of editions and readers. It changes nothing."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from newsletter.model import Counts, EditionId, EditionState, Headers, Rendition, Tokens
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.model import Picture
    from newsletter.storage.archive import Page
    from newsletter.storage.dossiers import Subscriber
    from newsletter.storage.editions import Kept

#: Addresses that a search names.
_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an edition stands, by the ledger."""

    id: EditionId
    state: EditionState = EditionState.DRAFT
    #: Why it is held, paused, skipped or missed; else empty.
    reason: str = ""
    #: Where its release stands, as `1 % sent, watching until 07:06 IST, then 10 %`; or empty.
    release: str = ""
    #: Whose word it was frozen on; empty: nobody's, or it is not frozen yet.
    approved_by: str = ""
    #: True once rendition and audience are frozen.
    planned: bool = False
    counts: Counts = field(default_factory=Counts)
    #: In UTC.
    began: datetime | None = None
    ended: datetime | None = None


class Viewing:
    """Looks, and makes no database where none is."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def _open(self) -> bool:
        path = self._house.settings.sqlite_file
        return path is None or path.exists()

    def remember_feeds(self, seconds: float) -> None:
        """Let every build of this newsroom ask a feed at most once in so many seconds."""
        from newsletter.sources import FeedsRead

        self._house.feeds = FeedsRead(seconds)

    def standing(self, id: EditionId) -> Standing:
        """Say where an edition stands; one that nothing is known of is a draft. StorageError."""
        if not self._open:
            return Standing(id=id)
        from newsletter.storage import editions

        with self._house.database.read() as connection:
            kept = editions.read(connection, id)
            return _standing(connection, kept) if kept else Standing(id=id)

    def past(self, newsletter: Newsletter, most: int = 14) -> tuple[Standing, ...]:
        """Return the newest editions with their counts. Raises StorageError."""
        if not self._open:
            return ()
        from newsletter.storage import editions

        with self._house.database.read() as connection:
            kept = editions.recent(connection, newsletter.name, most)
            return tuple(_standing(connection, one) for one in kept)

    def issued(self, newsletter: Newsletter, day: date) -> "Page | None":
        """Return what went out on a day, in its newest revision. Raises StorageError."""
        if not self._open:
            return None
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.page(connection, newsletter.name, day)

    def picture(self, hash: str) -> "Picture | None":
        """Return a picture of a past edition. Raises StorageError."""
        if not self._open:
            return None
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.picture(connection, hash)

    def reach(self, newsletter: Newsletter) -> int:
        """Count who would get it now; 0 while the list is still to be filled from its file."""
        if not self._open:
            return 0
        from newsletter.audience.lists import reachable

        rule, zone = newsletter.rule(), newsletter.schedule.zone
        return reachable(self._house.database, newsletter.list_names, rule, zone)

    def readers(self, start: str) -> list[str]:
        """Name the first addresses that begin so, from the third character on. StorageError."""
        if len(start.strip()) < 3 or not self._open:
            return []
        from newsletter.storage import dossiers

        with self._house.database.read() as connection:
            return dossiers.starting_with(connection, start.strip().casefold(), _MOST)

    def reader(self, address: str) -> "Subscriber | None":
        """Return what is known of an address. Raises InvalidAddress, StorageError."""
        from newsletter.audience.address import parse

        key = parse(address).key
        if not self._open:
            return None
        from newsletter.storage import dossiers

        with self._house.database.read() as connection:
            return dossiers.find(connection, key)

    def tokens(self, newsletter: Newsletter, copy: int) -> Tokens:
        """Make tokens that open pages which change nothing; `copy` tells two mails apart."""
        from newsletter.tracking.tokens import EditionMint

        mint = EditionMint(self._house.keyring, 0, newsletter.tracking, None)
        return mint.proof_tokens(copy)

    def mail(
        self, rendition: Rendition, headers: Headers, *, to: str, name: str, tokens: Tokens
    ) -> bytes:
        """Return one reader's mail as it would leave now. Raises InvalidAddress, SettingsError."""
        from newsletter.model import Envelope
        from newsletter.transports.message import compile_message

        envelope = Envelope(0, to, name, tokens)
        return compile_message(rendition, headers).splice(envelope, datetime.now(UTC))


def _standing(connection: "Connection", kept: "Kept") -> Standing:
    from newsletter.delivery import release
    from newsletter.storage import deliveries

    counts = deliveries.counts(connection, kept.key) if kept.planned else Counts()
    goes_out = kept.state in {EditionState.SENDING, EditionState.PAUSED}
    released = release.standing(connection, kept.key) if goes_out else None
    return Standing(
        id=kept.id,
        state=kept.state,
        reason=kept.reason,
        release=released.words(kept.timezone or "UTC") if released else "",
        approved_by=kept.approved_by,
        planned=kept.planned,
        counts=counts,
        began=kept.sending_began_at,
        ended=kept.finished_at,
    )

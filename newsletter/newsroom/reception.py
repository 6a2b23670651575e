"""Reception: what a reader may do by themselves, through the public web app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.errors import InvalidToken
from newsletter.newsroom.counting import spool_folder
from newsletter.newsroom.house import House
from newsletter.newsroom.postroom import FIRST_DAY

if TYPE_CHECKING:
    from newsletter.audience.erasure import Dossier
    from newsletter.audience.joining import Asked, Confirmed, Letter, Words
    from newsletter.audience.leaving import Leaving
    from newsletter.audience.preferences import Preferences, Wish
    from newsletter.storage.letters import Offer
    from newsletter.storage.spool import Spool
    from newsletter.tracking.tokens import Purpose, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a link of a mail opens for its reader."""

    public_id: int
    by_letter: bool
    number: int
    #: A proof's: nothing changes.
    inert: bool
    #: Signed with a secret that others know: it shows a page with a button, and does no more.
    leaked: bool


class Reception:
    """Joining, confirming, choosing and leaving. Each method is one transaction."""

    def __init__(self, house: House) -> None:
        self._house = house

    # ── Tokens ──────────────────────────────────────────────────────────────────────────────

    def door(self, token: str) -> Door:
        """Read the token of a way out. Raises InvalidToken."""
        from newsletter.tracking.tokens import Purpose, TokenType

        read = self._read(Purpose.DOOR, token)
        kinds = (TokenType.EDITION, TokenType.LIST, TokenType.PROOF)
        if read.type not in kinds:
            raise InvalidToken("This link opens nothing.")
        return Door(
            public_id=read.subscriber,
            by_letter=read.type is TokenType.LIST,
            number=read.number,
            inert=read.type is TokenType.PROOF,
            leaked=self._is_leaked(read),
        )

    def view(self, token: str) -> int:
        """Read the token of a web view; returns the edition's number. Raises InvalidToken."""
        from newsletter.tracking.tokens import Purpose, TokenType

        read = self._read(Purpose.VIEW, token)
        if read.type not in {TokenType.EDITION, TokenType.PROOF}:
            raise InvalidToken("This link opens nothing.")
        return read.number

    def letter(self, purpose: "Purpose", token: str) -> tuple[int, bool]:
        """
        Read the token of a letter's link: the reader, and whether it is still good.

        Raises InvalidToken.
        """
        from newsletter.tracking.tokens import TokenType

        read = self._read(purpose, token)
        if read.type is not TokenType.EXPIRY or self._is_leaked(read):
            raise InvalidToken("This link opens nothing.")
        today = (datetime.now(UTC).date() - FIRST_DAY).days
        return read.subscriber, today <= read.number

    def form_mark(self) -> str:
        """Make the mark that says when a form was shown."""
        from newsletter.tracking.tokens import Purpose, TokenType

        seconds = int(datetime.now(UTC).timestamp())
        return self._house.keyring.mint(Purpose.FORM, TokenType.EXPIRY, 0, seconds)

    def form_age(self, mark: str) -> float:
        """Return the seconds since a form was shown. Raises InvalidToken."""
        from newsletter.tracking.tokens import Purpose

        read = self._house.keyring.read(Purpose.FORM, mark)
        if self._is_leaked(read):
            raise InvalidToken("This form is not ours.")
        return datetime.now(UTC).timestamp() - read.subscriber

    def _read(self, purpose: "Purpose", token: str) -> "Token":
        return self._house.keyring.read(purpose, token)

    def _is_leaked(self, token: "Token") -> bool:
        return token.key in self._house.settings.leaked_secrets

    # ── Joining ─────────────────────────────────────────────────────────────────────────────

    def ask(self, asked: "Sequence[Asked]") -> None:
        """Write down who asked for what; letters follow."""
        from newsletter.audience import joining

        with self._house.database.begin() as connection:
            joining.ask(connection, asked, self._house.prints)

    def offer(self, public_id: int) -> "Offer | None":
        """Return the newest letter that a reader has not followed yet; None where there is none."""
        from newsletter.audience import joining

        valid = timedelta(days=self._house.settings.web.confirm_days)
        with self._house.database.read() as connection:
            return joining.offer(connection, public_id, after=datetime.now(UTC) - valid)

    def confirm(self, public_id: int, words: "Words") -> "Confirmed":
        """Take a reader in who pressed; the welcome letter follows."""
        from newsletter.audience import joining

        now = datetime.now(UTC)
        valid = timedelta(days=self._house.settings.web.confirm_days)
        with self._house.database.begin() as connection:
            return joining.confirm(
                connection, public_id, self._house.prints, words=words, now=now, valid=valid
            )

    # ── Leaving ─────────────────────────────────────────────────────────────────────────────

    def leave(self, left: "Sequence[Leaving]") -> frozenset[str]:
        """Let readers leave; returns the keys of who was there until now."""
        from newsletter.audience import leaving

        with self._house.database.begin() as connection:
            return leaving.leave(connection, left, self._house.prints)

    def spool(self) -> "Spool[Leaving]":
        """Open the file where presses are kept while the database is away."""
        from newsletter.audience.spool import leaving_spool

        return leaving_spool(spool_folder(self._house))

    def replay(self) -> int:
        """Bring in what was kept while the database was away; returns how many presses."""
        return self.spool().replay(self.leave)

    def come_back(self, door: Door) -> bool:
        """Take a press back, within a day of it; False when there is nothing to take back."""
        from newsletter.audience import leaving

        with self._house.database.begin() as connection:
            lists = leaving.lists_of(connection, by_letter=door.by_letter, number=door.number)
            return leaving.come_back(
                connection, door.public_id, lists, self._house.prints, now=datetime.now(UTC)
            )

    def lists_of(self, door: Door) -> "Sequence[tuple[int, str]]":
        """Return number and name of the lists that a link leaves, the main one first."""
        from newsletter.audience import leaving

        with self._house.database.read() as connection:
            return leaving.lists_of(connection, by_letter=door.by_letter, number=door.number)

    # ── Choosing ────────────────────────────────────────────────────────────────────────────

    def preferences(self, public_id: int) -> "Preferences | None":
        """Return what a reader has chosen; None for one who is unknown."""
        from newsletter.audience import preferences

        with self._house.database.read() as connection:
            return preferences.read(connection, public_id)

    def save(self, public_id: int, wish: "Wish") -> frozenset[str]:
        """Write a choice down; returns lists that need a letter first. Raises AudienceError."""
        from newsletter.audience import joining, preferences

        now = datetime.now(UTC)
        newsletters = {one.list_name: one for one in self._house.newsletters()}
        with self._house.database.begin() as connection:
            more = preferences.save(connection, public_id, wish, self._house.prints, now=now)
            for name in sorted(more & newsletters.keys()):
                own = newsletters[name]
                letter = joining.Letter("confirm", own.name, name, wish.lang or own.lang)
                joining.write_to(connection, public_id, letter, self._house.prints)
        return more

    def write_to(self, public_id: int, letter: "Letter") -> None:
        """Have a letter written to a reader, such as one that opens what a mail must not."""
        from newsletter.audience import joining

        with self._house.database.begin() as connection:
            joining.write_to(connection, public_id, letter, self._house.prints)

    def forget(self, public_id: int) -> None:
        """Erase everything about a reader, who pressed the link of a letter."""
        from newsletter.audience.erasure import forget

        if address := self.address_of(public_id):
            forget(self._house.database, address, self._house.prints, method="page")

    def dossier(self, public_id: int) -> "Dossier | None":
        """Gather everything that is known of a reader; None for one who is unknown."""
        from newsletter.audience.erasure import dossier

        address = self.address_of(public_id)
        return dossier(self._house.database, address, self._house.prints) if address else None

    def address_of(self, public_id: int) -> str:
        """Return whose a link is; empty for one who is unknown or erased."""
        chosen = self.preferences(public_id)
        return chosen.address if chosen else ""

    def today(self, newsletter: str) -> date:
        """Return the newsletter's day."""
        return self._house.newsletter(newsletter).schedule.today()

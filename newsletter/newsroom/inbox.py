"""The inbox: where events come in from outside, by whatever way."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.newsroom.house import House
from newsletter.newsroom.returns import Returns

if TYPE_CHECKING:
    from newsletter.tracking.boxes import Box

#: How far back the ESP's lists are read each day: what was read before changes nothing.
_LISTS_SINCE = timedelta(days=7)

_log = logging.getLogger("newsletter.returns")


class Inbox:
    """Reads what the ESP posts and lists, and what comes to the bounce box."""

    def __init__(self, house: House, returns: Returns) -> None:
        self._house = house
        self._returns = returns

    def keep(self, came: Sequence[tuple[str, bytes]]) -> None:
        """Keep what others posted, each with who it is from, to be read later. StorageError."""
        from newsletter.storage import parcels

        with self._house.database.begin() as connection:
            parcels.keep(connection, came, at=datetime.now(UTC))

    def read_parcels(self) -> int:
        """
        Read what others posted, the oldest first; returns how many parcels.

        Each is deleted with the commit that holds its events. One that cannot be read is set
        aside with the reason, and holds nothing up.
        """
        count = 0
        while self._read_some():
            count += 1
        return count

    def _read_some(self) -> bool:
        from newsletter.storage import parcels
        from newsletter.tracking.sendgrid_events import read_events

        with self._house.database.begin() as connection:
            waiting = parcels.waiting(connection, most=1)
            for parcel in waiting:
                events, problems = read_events(parcel.body)
                self._returns.hear(connection, events)
                for problem in problems:
                    _log.warning("an event of %s is left out: %s", parcel.source, problem)
                if problems and not events:
                    parcels.set_aside(connection, parcel.id, problems[0])
                else:
                    parcels.drop(connection, [parcel.id])
        return bool(waiting)

    def read_boxes(self) -> int:
        """
        Read what came to the bounce box since; returns how many mails.

        Each is marked as done only once what it says is on the disk. Raises StorageError.
        """
        box = self._box()
        return self.read_box(box) if box else 0

    def read_box(self, box: "Box") -> int:
        """Read the mails of any box, such as one that an MTA hands over by a pipe."""
        count = 0
        for key, raw in box.letters():
            self._take_mail(raw)
            box.done(key)
            count += 1
        return count

    def _box(self) -> "Box | None":
        from newsletter.tracking.boxes import Maildir
        from newsletter.tracking.imap import ImapAccount, ImapBox

        named = self._house.settings.bounces
        if named.maildir:
            return Maildir(named.maildir)
        if not named.imap_host:
            return None
        account = ImapAccount(
            host=named.imap_host,
            port=named.imap_port,
            username=named.imap_username,
            password=named.imap_password.get_secret_value(),
            folder=named.imap_folder,
        )
        return ImapBox(account)

    def _take_mail(self, raw: bytes) -> None:
        """Act on one mail, if one of our tokens says whom it is about; whatever else is left."""
        from newsletter.storage import outside
        from newsletter.tracking.bounces import read_returned
        from newsletter.tracking.proof import events_of, proven

        returned = read_returned(raw)
        token = proven(returned, self._house.keyring, self._house.settings.bounces.address)
        if token is None:
            _log.info(
                "a mail in the bounce box is about nobody that we can tell: %s", returned.kind
            )
            return
        dated = events_of(returned, token, datetime.now(UTC))
        with self._house.database.begin() as connection:
            names = outside.numbered(connection, [one.number for one in dated])
            events = [
                replace(one.event, edition=str(names[one.number]))
                for one in dated
                if one.number in names
            ]
            self._returns.hear(connection, events)

    def pull_lists(self) -> int:
        """
        Read SendGrid's suppression lists, for what its webhook missed; returns how many entries.

        Nothing where the account is not in use. Raises TransportError.
        """
        settings = self._house.settings
        if settings.transport != "sendgrid":
            return 0
        from newsletter.tracking.sendgrid_lists import read_list
        from newsletter.transports.sendgrid_suppressions import open_lists

        now, count = datetime.now(UTC), 0
        lists = open_lists(settings)
        try:
            for page in lists.pages(now - _LISTS_SINCE, now):
                secret = settings.signing_secret
                events, problems = read_list(page.name, page.entries, secret=secret)
                self._returns.take(events)
                for problem in problems:
                    _log.warning("%s", problem)
                count += len(events)
        finally:
            lists.close()
        return count

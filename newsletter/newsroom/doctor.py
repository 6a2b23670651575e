"""The doctor's round: everything that it looks at, brought together."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError
from newsletter.model import EditionId, Severity
from newsletter.model import Finding as Noticed
from newsletter.newsroom.desk import headers
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.doctor import Case, Finding, Sheet
    from newsletter.doctor.resolver import Resolver
    from newsletter.storage.database import Database
    from newsletter.storage.marks import Lost

#: Checks of DNS alone: whether receivers believe that a mail is from its sender.
RECORDS = ("spf", "dkim", "dmarc", "alignment", "mx", "ptr")


class Doctor:
    """Says what would go wrong tomorrow. It changes nothing, and makes no database."""

    def __init__(self, house: House) -> None:
        self._house = house

    def examine(
        self, *, ntp: str = "", resolver: "Resolver | None" = None
    ) -> "tuple[Finding, ...]":
        """
        Run every check, in ten seconds at most.

        `ntp` names a time server to be asked; `resolver` asks DNS in place of the system's servers.
        """
        from newsletter.doctor import examine
        from newsletter.doctor.resolver import Resolver

        sheets, wrong = self._sheets()
        return examine(self._case(tuple(sheets), wrong, resolver or Resolver(), ntp))

    def of_sender(
        self, newsletter: Newsletter, *, resolver: "Resolver | None" = None
    ) -> tuple[Noticed, ...]:
        """
        Say what is wrong with what DNS knows of a newsletter's sender, as preflight tells it.

        Where DNS cannot be asked, or the sender is made up, it says so; but nothing stops an
        edition that nobody could look at. In ten seconds at most.
        """
        from newsletter.doctor import examine
        from newsletter.doctor.register import REGISTER
        from newsletter.doctor.resolver import Resolver

        case = self._case((self._sheet(newsletter),), "", resolver or Resolver())
        found = examine(case, checks={name: REGISTER[name] for name in RECORDS})
        told = tuple(_noticed(one) for one in found if one.verdict.value in set(Severity))
        stops = newsletter.preflight.get("sender-dns") == "error"
        return told or (() if stops else tuple(_not_asked(found)))

    def _case(
        self, sheets: "tuple[Sheet, ...]", wrong: str, resolver: "Resolver", ntp: str = ""
    ) -> "Case":
        from newsletter.doctor import Case

        return Case(
            settings=self._house.settings,
            sheets=sheets,
            no_sheets=wrong,
            resolver=resolver,
            database=self._database,
            lost=self._lost,
            ntp=ntp,
        )

    def _sheets(self) -> "tuple[Sequence[Sheet], str]":
        """Return each newsletter with its headers; or none, and why."""
        try:
            newsletters = self._house.newsletters()
        except SettingsError as error:
            return [], str(error)
        return [self._sheet(one) for one in newsletters], ""

    def _sheet(self, newsletter: Newsletter) -> "Sheet":
        from newsletter.doctor import Sheet

        own = self._house.settings
        today = EditionId(newsletter.name, newsletter.schedule.today())
        above = headers(newsletter, today, own.site_url)
        by_mail = own.bounces.leave_by_mail
        above = replace(above, bounces=own.bounces.address, leave_by_mail=by_mail)
        return Sheet(newsletter=newsletter, headers=above)

    def _database(self) -> "Database":
        from newsletter.storage.database import Database

        return Database.open_any(self._house.settings.database_url)

    def _lost(self) -> "Sequence[Lost]":
        from newsletter.storage import marks

        with closing(self._database()) as database:
            if database.version() is None:
                return ()
            kept = marks.read(marks.place(database))
            with database.read() as connection:
                return list(marks.lost(connection, kept))


def _noticed(one: "Finding") -> Noticed:
    why = f"{one.about}: {one.why}" if one.about and one.about not in one.why else one.why
    severity = Severity(one.verdict.value)
    return Noticed(check="", severity=severity, sentence=f"{one.check}: {why}", hint=one.fix)


def _not_asked(found: "Sequence[Finding]") -> "Iterator[Noticed]":
    """Say why nothing is known: DMARC is looked for wherever DNS and a real name are."""
    for one in found:
        if one.check == "dmarc" and one.verdict.value == "not run":
            yield Noticed(
                check="",
                severity=Severity.WARNING,
                sentence=f"the sender's DNS was not asked: {one.why}",
                hint="ask `newsletter doctor` on the machine that sends",
            )

"""What stands above and below every mail, as mail law and the great receivers ask for it."""

import re
from collections.abc import Callable, Iterator

from newsletter.doctor.asking import Check, is_made_up
from newsletter.doctor.case import Case, Sheet
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning
from newsletter.model import TOKEN_LENGTH
from newsletter.settings import on_loopback

#: Characters of the longest line that no relay folds: `List-Unsubscribe: <` and `>` around it.
_LINE, _AROUND = 78, len("List-Unsubscribe: <>")

#: Words of addresses that were never filled in.
_PLACEHOLDER = re.compile(r"\bexample\b|\bTODO\b|\bTK\b|your (street|address)", re.IGNORECASE)


def _each_sheet(look: Callable[[Case, Sheet], Finding]) -> Check:
    def check(case: Case) -> Iterator[Finding]:
        if not case.sheets:
            yield not_run("there is no newsletter")
        for sheet in case.sheets:
            yield look(case, sheet).of(sheet.newsletter.name)

    return check


def _sender(case: Case, sheet: Sheet) -> Finding:
    address = sheet.headers.sender_address
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        return error(f"{address} is no address", "Set sender.address in newsletter.toml.")
    if is_made_up(sheet.headers.domain):
        found = error if case.mails_leave else warning
        return found(
            f"{address} is nobody's: it is the sample's, or made up",
            "Set sender.address in newsletter.toml to one of your own domain.",
        )
    return good(f"mails are from {address}")


def _postal(case: Case, sheet: Sheet) -> Finding:
    """CAN-SPAM and its like ask for an address that post is delivered to."""
    text = sheet.newsletter.postal_address.strip()
    if len(text) < 12 or not re.search(r"\d", text):
        return error(f"{text!r} is no postal address", "Set postal_address in newsletter.toml.")
    if _PLACEHOLDER.search(text):
        found = error if case.mails_leave else warning
        return found(
            f"{text!r} is the sample's, or made up", "Set postal_address in newsletter.toml."
        )
    return good(text)


def _feedback_id(_case: Case, sheet: Sheet) -> Finding:
    """Gmail counts complaints by it (support.google.com/mail/answer/6254652)."""
    fields = sheet.headers.feedback_id.split(":")
    if len(fields) != 4 or not 5 <= len(fields[-1]) <= 15 or not all(fields):
        return error(
            f"{sheet.headers.feedback_id!r} is no Feedback-ID that Gmail counts by",
            "Its last of four fields has 5 to 15 letters.",
        )
    return good(f"a:b:{fields[-2]}:{fields[-1]}, the last of them for all editions")


def _unsubscribe(case: Case, sheet: Sheet) -> Finding:
    """One https URI in the header, on one line (RFC 8058)."""
    url = sheet.headers.unsubscribe
    length = len(url) + TOKEN_LENGTH + _AROUND
    if not url.startswith("https://"):
        found = error if case.mails_leave else warning
        where = "this machine" if on_loopback(url) else "no https address"
        return found(
            f"The way out is {where}: no mail program makes a button of it",
            "Set NEWSLETTER_SITE_URL to the public https address.",
        )
    if sheet.headers.leave_by_mail:
        return warning(
            "A mailto stands beside the https address: a second thing that must work",
            "NEWSLETTER_BOUNCES__LEAVE_BY_MAIL=false leaves the one that all ask for.",
        )
    if length > _LINE:
        return warning(
            f"The header is {length} characters long, and some relays fold it at {_LINE}, which "
            "breaks signatures",
            "Take a shorter NEWSLETTER_SITE_URL.",
        )
    return good(f"one https address, {length} of {_LINE} characters")


sender: Check = _each_sheet(_sender)
postal: Check = _each_sheet(_postal)
feedback_id: Check = _each_sheet(_feedback_id)
unsubscribe: Check = _each_sheet(_unsubscribe)

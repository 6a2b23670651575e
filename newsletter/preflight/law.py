"""What law and large mailbox operators ask of every mail."""

import re
from collections.abc import Iterator

from newsletter.model import Finding, MergeField
from newsletter.preflight.proof import Proofsheet, error, fold, warning

#: A rough shape is enough: a wrong one would be refused for every reader.
_ADDRESS = re.compile(r"[^@\s<>,;:\"\\]+@(?:[^@\s<>,;:\"\\.]+\.)+[^@\s<>,;:\"\\.]{2,}")
_NOBODY = re.compile(r"(no|do-?not)[-_.]?reply", re.IGNORECASE)

#: Names that no mail can come from (RFC 2606 and 6761).
_RESERVED = re.compile(r"(?:^|[.@])(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$")


def unsubscribe(sheet: Proofsheet) -> Iterator[Finding]:
    """Every mail can be left, from both of its parts (RFC 8058; CAN-SPAM, 16 CFR 316.5)."""
    door = f"/u/{MergeField.DOOR.sentinel}"
    found = {
        "HTML": re.search(rf"<a\b[^>]*\bhref=[\"'][^\"'>]*{door}[\"']", sheet.rendition.html),
        "text": door in sheet.rendition.text,
    }
    for part, there in found.items():
        if not there:
            yield error(
                f"no unsubscribe link in the {part}",
                "put letter.unsubscribe back into the footer",
                where=f"templates/{sheet.newsletter.name}/",
            )


def address(sheet: Proofsheet) -> Iterator[Finding]:
    """Every mail says where its sender can be found (CAN-SPAM, 15 USC 7704(a)(5))."""
    postal = fold(sheet.newsletter.postal_address)
    if not postal:
        hint = "set postal_address: a real address of real people"
        yield error("there is no postal address", hint, where=sheet.settings_file)
        return
    for part, words in (("HTML", sheet.seen), ("text", fold(sheet.rendition.text))):
        if postal not in words:
            hint = "put letter.postal_address back into the footer"
            yield error(f"no postal address in the {part}", hint, where=sheet.settings_file)


def sender(sheet: Proofsheet) -> Iterator[Finding]:
    """The mail has a sender that can exist."""
    name, box = sheet.newsletter.sender.name, sheet.newsletter.sender.address
    if not _ADDRESS.fullmatch(box):
        hint = "set sender.address, such as desk@example.com"
        yield error(f"“{box}” is no address to send from", hint, where=sheet.settings_file)
    elif sheet.leaves_this_machine and _RESERVED.search(box.rpartition("@")[2].lower()):
        hint = "set sender.address to a domain of yours"
        yield error(f"no mail can come from {box}", hint, where=sheet.settings_file)
    if not name.strip() or not name.isprintable():
        hint = "set sender.name: it is what an inbox shows first"
        yield error("the sender has no name that can be shown", hint, where=sheet.settings_file)


def reply_to(sheet: Proofsheet) -> Iterator[Finding]:
    """Who answers reaches a person."""
    box = sheet.newsletter.reply_to
    if box and not _ADDRESS.fullmatch(box):
        hint = "set reply_to to a box that somebody reads, or leave it empty"
        yield error(f"“{box}” is no address to reply to", hint, where=sheet.settings_file)
    answered = box or sheet.newsletter.sender.address
    if _NOBODY.match(answered):
        hint = "set reply_to to a box that somebody reads: answers also help delivery"
        yield warning(f"nobody reads what is sent to {answered}", hint, where=sheet.settings_file)


def web_view(sheet: Proofsheet) -> Iterator[Finding]:
    """A mail that a program spoils can be read in a browser."""
    if f"/v/{MergeField.VIEW.sentinel}" not in sheet.rendition.html:
        yield warning("no link to view the mail in a browser", "put letter.view into the masthead")

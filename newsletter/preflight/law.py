"""What law and large mailbox operators ask of every mail."""

import re
from collections.abc import Iterator

from newsletter.model import Finding, MergeField
from newsletter.preflight.looks import Looks, unseen
from newsletter.preflight.page import Element, elements, words
from newsletter.preflight.proof import Proofsheet, error, warning
from newsletter.preflight.prose import EMOJI, fold

#: A rough shape is enough: a wrong one would be refused for every reader.
_ADDRESS = re.compile(r"[^@\s<>,;:\"\\]+@(?:[^@\s<>,;:\"\\.]+\.)+[^@\s<>,;:\"\\.]{2,}")
_NOBODY = re.compile(r"(no|do-?not)[-_.]?reply", re.IGNORECASE)

#: What must not stand in a sender's name (support.google.com/mail/answer/81126): emoji and ticks,
#: a count, an answer.
_ORNAMENT = re.compile(f"[{EMOJI}]|\\(\\d+\\)|^(?:re|fwd?)\\s*:", re.IGNORECASE)

#: Names that no mail can come from (RFC 2606 and 6761).
_RESERVED = re.compile(r"(?:^|[.@])(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$")


def unsubscribe(sheet: Proofsheet) -> Iterator[Finding]:
    """Every mail can be left, from both of its parts (RFC 8058; CAN-SPAM, 16 CFR 316.5)."""
    door = f"/u/{MergeField.DOOR.sentinel}"
    hint = "put letter.unsubscribe back into the footer, where it can be seen"
    links = [one for one in sheet.root.iter("a") if (one.get("href") or "").endswith(door)]
    looks = sheet.looks("light")
    if not links:
        yield error("no unsubscribe link in the HTML", hint, where=sheet.templates)
    elif not any(_seen(looks, link) for link in links):
        sentence = "nobody can see the unsubscribe link in the HTML"
        yield error(sentence, hint, where=sheet.templates, at=links[0])
    if door not in sheet.rendition.text:
        yield error("no unsubscribe link in the text", hint, where=sheet.templates)


def _seen(looks: Looks, link: Element) -> bool:
    """Say whether a link has words, or a picture with some, and one of them can be seen."""
    return any(not unseen(looks.of(one)) and words(one) for one in elements(link))


def address(sheet: Proofsheet) -> Iterator[Finding]:
    """Every mail says where its sender can be found (CAN-SPAM, 15 USC 7704(a)(5))."""
    postal = fold(sheet.newsletter.postal_address)
    if not postal:
        hint = "set postal_address: a real address of real people"
        yield error("there is no postal address", hint, where=sheet.settings_file)
        return
    for part, said in (("HTML", sheet.visible), ("text", fold(sheet.rendition.text))):
        if postal not in said:
            hint = "put letter.postal_address back into the footer"
            where = sheet.settings_file
            seen = " that can be seen" if part == "HTML" and postal in sheet.seen else ""
            yield error(f"no postal address{seen} in the {part}", hint, where=where)


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
    elif found := _ORNAMENT.search(name):
        hint = "leave the name alone in sender.name: Gmail counts ornaments as a trick"
        sentence = f"the sender's name holds “{found[0]}”"
        yield warning(sentence, hint, where=sheet.settings_file)


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
        hint = "put letter.view into the masthead"
        yield warning("no link to view the mail in a browser", hint, where=sheet.templates)

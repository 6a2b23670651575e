"""
The list of all checks: to add one, write a function and name it here.

Each line says what its findings are called, who finds them, and why they matter to readers.
"""

from collections.abc import Mapping
from typing import NamedTuple

from newsletter.preflight import (
    content,
    days,
    domain,
    hedges,
    law,
    links,
    parts,
    passing,
    pictures,
    programs,
    sameness,
    shape,
    sight,
    spam,
    structure,
    wording,
)
from newsletter.preflight.proof import Check


class Entry(NamedTuple):
    """One check."""

    check: Check
    #: A sentence without its full stop.
    why: str


REGISTER: Mapping[str, Entry] = {
    "size": Entry(shape.size, "Gmail hides the rest of a longer mail, the way out with it"),
    "style-size": Entry(shape.style_size, "without its sheets the mail has no dark colours"),
    "leftovers": Entry(shape.leftovers, "readers see what only templates should"),
    "merge-fields": Entry(shape.merge_fields, "readers see a field instead of its value"),
    "long-lines": Entry(shape.long_lines, "mail servers may break or refuse longer lines"),
    "text-part": Entry(parts.text_part, "some read the text alone, and filters compare the two"),
    "unsubscribe": Entry(law.unsubscribe, "the law and all large receivers ask for a way out"),
    "address": Entry(law.address, "mail law asks for it (CAN-SPAM)"),
    "sender": Entry(law.sender, "it is what an inbox shows first, and what receivers check"),
    "reply-to": Entry(law.reply_to, "readers answer, and answers help delivery"),
    "web-view": Entry(law.web_view, "who gets a spoiled mail can read it all the same"),
    "sender-dns": Entry(domain.sender_dns, "receivers refuse what a domain does not vouch for"),
    "spam": Entry(spam.spam, "receivers run filters like it"),
    "subject": Entry(wording.subject, "a phone shows forty characters of it"),
    "preheader": Entry(wording.preheader, "an inbox shows it beside the subject"),
    "hedge": Entry(hedges.hedge, "an allegation becomes a fact, and most read no further"),
    "repeated": Entry(sameness.repeated, "readers have seen it, and Gmail folds it away"),
    "placeholder": Entry(content.placeholder, "readers see that something was forgotten"),
    "headlines": Entry(content.headlines, "nobody can tell the stories apart"),
    "twins": Entry(sameness.twins, "the same news twice costs a reader's time"),
    "references": Entry(content.references, "readers cannot see where its facts are from"),
    "stale": Entry(content.stale, "what leads the morning is taken for new"),
    "date": Entry(days.date, "a mail of the wrong day is taken for an old one"),
    "thin": Entry(content.thin, "a headline alone tells too little to be worth a tap"),
    "update": Entry(content.update, "who read it yesterday looks for what is new"),
    "sources": Entry(content.sources, "a story may be missing"),
    "alt": Entry(pictures.alt, "who cannot see a picture, or has pictures off, hears this"),
    "picture-weight": Entry(pictures.weight, "on the road a heavy mail loads in pieces"),
    "picture-width": Entry(pictures.width, "in Outlook for Windows it breaks the column"),
    "picture-type": Entry(pictures.kind, "some readers see an empty frame"),
    "language": Entry(structure.language, "a voice reads it in the wrong language or order"),
    "headings": Entry(structure.headings, "who listens moves from heading to heading"),
    "contrast": Entry(sight.contrast, "many eyes cannot read it (WCAG 2.2, 1.4.3)"),
    "hidden-text": Entry(sight.hidden_text, "receivers count it as a trick"),
    "tap-targets": Entry(structure.tap_targets, "fingers hit the link beside it"),
    "mail-programs": Entry(programs.programs, "one reader in twenty gets a broken mail"),
    "loopback": Entry(links.loopback, "no reader can open it"),
    "hosts": Entry(links.hosts, "no reader can open it"),
    "look-alikes": Entry(links.look_alikes, "it may lead to who only pretends"),
    "plain-http": Entry(links.plain_http, "who is on the way can read and change it"),
    "shorteners": Entry(links.shorteners, "filters distrust it, and readers cannot see where to"),
    "share-tokens": Entry(passing.share_tokens, "whoever gets the link can unsubscribe its sender"),
    "dead-links": Entry(links.dead, "readers meet an error page"),
}

#: The names of all checks, in the order in which they are shown.
CHECKS: tuple[str, ...] = tuple(REGISTER)

"""An allegation stays one on its way from the headline into the inbox."""

import re
from collections.abc import Iterator

from newsletter.model import Finding
from newsletter.preflight.proof import Proofsheet, place, warning
from newsletter.preflight.prose import fold

#: Words that say that something is not established, in the languages of our stories. A name of
#: a month, and a question, begin with a capital: “May” is left out.
_DOUBT = re.compile(
    r"\b(?:alleg\w+|accus\w+|suspect\w*|claim\w*|reported(?:ly)?|apparent(?:ly)?|rumou?r\w*"
    r"|unconfirmed|disputed|purported(?:ly)?|supposed(?:ly)?|so-called)\b"
    r"|कथित|आरोप|संदिग्ध|दावा|مزعوم|يُزعم|يزعم|اتهام|متهم|مشتبه",
    re.IGNORECASE,
)
#: Softer ones: who says so, and what could be.
_SAID = re.compile(
    r"\b(?:says?|said|according to|(?-i:may)|might|could|would|likely|possibl[ey]|expected to"
    r"|plans? to|consider\w*|seeks? to|propos\w+)\b|कहा|संभव|शायद|قال|قد|ربما",
    re.IGNORECASE,
)


def hedge(sheet: Proofsheet) -> Iterator[Finding]:
    """What the lead's headline only alleges, subject and dek do not state as a fact."""
    lead, title = sheet.edition.lead, fold(sheet.edition.lead.title)
    doubt, said = _DOUBT.search(title), _SAID.search(title)
    found = doubt or said
    if not found:
        return
    hint = f"keep “{found[0]}”, or say as much in other words"
    subject = fold(sheet.rendition.subject)
    if not (_DOUBT.search(subject) or (not doubt and _SAID.search(subject))):
        where = place(lead, "subject:", "subject =", "title:", "title =")
        sentence = f"the headline says “{found[0]}”, the subject does not"
        yield warning(sentence, hint, where=where, about=lead)
    dek = fold(lead.dek)
    if doubt and dek and not (_DOUBT.search(dek) or _SAID.search(dek)):
        where = place(lead, "dek:", "dek =")
        sentence = f"the headline says “{found[0]}”, the dek does not"
        yield warning(sentence, hint, where=where, about=lead)

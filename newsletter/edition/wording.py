"""What the inbox shows before the mail is opened, made of the lead's own words."""

import re

from newsletter.edition.layout import Layout
from newsletter.settings import Newsletter

#: Characters as read; a preheader that is longer is not shown anywhere.
PREHEADER_LENGTH = 140

#: Where a sentence ends, in Latin, Devanagari and Arabic script.
_SENTENCE_END = re.compile(r"(?<=[.!?।؟])\s+")

#: The word before further headlines, by language.
_PLUS = {"en": "Plus:", "hi": "साथ में:", "ar": "وأيضًا:"}


def subject(layout: Layout, newsletter: Newsletter) -> str:
    """
    Return the lead's own subject, or its whole headline by the newsletter's rule.

    It is never cut by machine: a cut loses the hedge (*alleged, says, may*) first.
    """
    lead = layout.lead
    if lead.subject:
        return lead.subject
    title = next((s.title for s in newsletter.sections if s.name == lead.section), "")
    if newsletter.wording.subject == "section-headline" and title:
        return f"{title}: {lead.title}"
    return lead.title


def preheader(layout: Layout, newsletter: Newsletter) -> str:
    """
    Return the lead's own preheader, or one by the newsletter's rule.

    By rule: the dek's last sentence, then the next headlines that fit whole.
    """
    lead = layout.lead
    rule = newsletter.wording.preheader
    if lead.preheader:
        return lead.preheader
    if rule == "dek" and lead.dek:
        return lead.dek
    opening = _SENTENCE_END.split(lead.dek.strip())[-1] if rule == "dek-and-headlines" else ""
    return _with_headlines(opening, layout, newsletter.lang)


def _with_headlines(opening: str, layout: Layout, lang: str) -> str:
    """Add other headlines, two at most and none cut, while they fit."""
    plus = _PLUS.get(lang[:2], _PLUS["en"])
    others = [a.title for section in layout.sections for a in section.articles]
    line, added = f"{opening} {plus}".strip() if opening else "", 0
    for title in others:
        longer = f"{line}{',' if added else ''} {title}".strip()
        if len(longer) <= PREHEADER_LENGTH and added < 2:
            line, added = longer, added + 1
    return line if added else opening

"""What the mail is made of: its size, and what its making may have left behind."""

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from newsletter.model import Article, Finding, MergeField
from newsletter.preflight.page import sheets
from newsletter.preflight.proof import Proofsheet, error, place, warning
from newsletter.preflight.prose import bare, kilobytes, passages
from newsletter.preflight.sheets import deepest

#: Gmail cuts a message here and hides the rest, unsubscribe link included, behind "View entire
#: message" (hteumeuleu/email-bugs, 41). In bytes of HTML.
SIZE_LIMIT = 102_400

#: From here on a late story or a longer correction can push an edition over.
SIZE_WARNING = 85_000

#: In bytes of all sheets together.
STYLE_LIMIT = 16_384

#: Octets of a line (RFC 5322, 2.1.1).
LONGEST_LINE = 998


def size(sheet: Proofsheet) -> Iterator[Finding]:
    """Count the bytes that each reader gets: a sentinel is as long as its token."""
    total = len(sheet.rendition.html.encode())
    if total < SIZE_WARNING:
        return
    article, part = _biggest(sheet)
    name = "lead" if article is sheet.edition.lead else f"“{article.title}”"
    hint = f"biggest: {name} {kilobytes(part)}; shorten it, or move one story out"
    if total > SIZE_LIMIT:
        sentence = f"{total:,} bytes; Gmail cuts at {SIZE_LIMIT:,} and hides the way out"
        yield error(sentence, hint, about=article)
    else:
        sentence = f"{total:,} bytes, the warning starts at {SIZE_WARNING:,}"
        yield warning(sentence, hint, about=article)


def style_size(sheet: Proofsheet) -> Iterator[Finding]:
    """Every style sheet is kept by Gmail (hteumeuleu/email-bugs, 90; caniemail, html-style)."""
    every = list(sheets(sheet.root))
    total = sum(len(text.encode()) for text, _ in every)
    if total > STYLE_LIMIT:
        sentence = f"{total:,} bytes of style sheets; Gmail drops what is past {STYLE_LIMIT:,}"
        yield warning(sentence, "move rules into the elements", where="templates/shared/")
    for text, _ in every:
        if deepest(text) > 1:
            sentence = "an @ rule stands inside another one, so Gmail drops that whole sheet"
            where = "templates/shared/"
            yield warning(sentence, f"part them: {text.strip()[:60]}", where=where)


def _biggest(sheet: Proofsheet) -> tuple[Article, int]:
    """
    Find the article that takes the most bytes of HTML.

    Measured from its first link to the next article's: what it really costs, tables included.
    """
    html = sheet.rendition.html
    starts = sorted(_starts(sheet))
    foot = html.find(MergeField.DOOR.sentinel, starts[-1][0]) if starts else -1
    end = foot if foot >= 0 else len(html)
    costs = [
        (len(html[start:stop].encode()), article)
        for (start, article), (stop, _) in pairwise([*starts, (end, "")])
    ]
    cost, name = max(costs, default=(len(html.encode()), ""))
    return sheet.article(name) or sheet.edition.lead, cost


def _starts(sheet: Proofsheet) -> Iterator[tuple[int, str]]:
    """Yield where each article's first link stands in the HTML."""
    done: set[str] = set()
    for link in sheet.rendition.links:
        if link.article and link.article not in done:
            counted = f'/c/{MergeField.CLICK.sentinel}/{link.number}"'
            found = (sheet.rendition.html.find(text) for text in (counted, escape(link.url)))
            position = next((at for at in found if at >= 0), None)
            if position is not None:
                done.add(link.article)
                yield position, link.article


#: Traces that no author can leave in HTML, because what authors write is escaped.
_MARKUP = re.compile(r"</?mj-[\w-]*")
#: Traces that an author may have written; then they stand in the author's own words too.
_TRACE = re.compile(r"{{|{%|{#|}}|%}|\\u\{|\\u[0-9a-f]{4}", re.IGNORECASE)
#: What an empty value prints, where it stands alone.
_EMPTY = re.compile(r"(?:>\s*|=\")(None|undefined|null|NaN|\[object Object\])(?:\s*<|\")")
_EMPTY_LINE = re.compile(r"^\s*(None|undefined|null|NaN)\s*$", re.MULTILINE)


def leftovers(sheet: Proofsheet) -> Iterator[Finding]:
    """Find what a template or MJML left behind. What an author wrote may stay."""
    hint = f"look in templates/{sheet.newsletter.name}/ and templates/shared/"
    for trace in dict.fromkeys(_traces(sheet)):
        sentence = f"“{trace}” is left over from a template"
        yield error(sentence, hint, where=sheet.templates)


def _traces(sheet: Proofsheet) -> Iterator[str]:
    html, text = sheet.rendition.html, sheet.rendition.text
    written = sheet.own_words.casefold()  # text headings are capitalised
    yield from _MARKUP.findall(html)
    for part in (sheet.seen, text, sheet.rendition.subject, sheet.rendition.preheader):
        words = (word.strip(":,;.()·") for word in part.split() if _TRACE.search(word))
        yield from (word for word in words if bare(word).casefold() not in written)
    # An author may put such a word in bold, or at the end of a line: then nobody can tell.
    for found in (*_EMPTY.findall(html), *_EMPTY_LINE.findall(text)):
        if not re.search(rf"(?<!\w){re.escape(found)}(?!\w)", sheet.own_words):
            yield found


#: Merge fields of other programs, as they are pasted: Mailchimp, Salesforce, ASP, Mailgun, and
#: the names that many give to a reader's name.
_FOREIGN = re.compile(
    r"\*\|\w+(?::\w+)?\|\*|%%\w+%%|<%=?\s*\w+\s*%>|%recipient(?:\.\w+)?%|\$\{\w+\}"
    r"|\[\[?(?:first|last|full)[ _-]?name\]?\]|\{(?:first|last|full)[ _-]?name\}",
    re.IGNORECASE,
)
_SENTINEL = re.compile("|".join(field.sentinel for field in MergeField))


def merge_fields(sheet: Proofsheet) -> Iterator[Finding]:
    """Find merge fields that nothing will fill."""
    rendition = sheet.rendition
    for name in ("subject", "preheader"):
        if "MERGE__" in getattr(rendition, name):
            sentence = f"the {name} holds a merge field; it is the same for every reader"
            yield error(sentence, "take it out", where=sheet.templates)
    for name, part in (("HTML", rendition.html), ("text", rendition.text)):
        if "MERGE__" in _SENTINEL.sub("", part):
            sentence = f"a damaged merge field is in the {name}"
            yield error(sentence, "mend the template that made it", where=sheet.templates)
    for article in sheet.edition.articles:
        for spot, words in passages(article):
            for found in _FOREIGN.findall(words):
                yield warning(
                    f"“{found}” in {spot} is another program's merge field; readers will see it",
                    "take it out, unless it is what the story is about",
                    where=place(article, found),
                    about=article,
                )
    for found in dict.fromkeys(_FOREIGN.findall(f"{sheet.visible} {rendition.text}")):
        if found not in sheet.own_words:
            sentence = f"“{found}” in a template is another program's merge field"
            yield warning(sentence, "take it out: nothing fills it", where=sheet.templates)


def long_lines(sheet: Proofsheet) -> Iterator[Finding]:
    """Find lines of the text part that mail does not take as they are."""
    for number, line in enumerate(sheet.rendition.text.split("\n"), 1):
        if (octets := len(line.encode())) > LONGEST_LINE:
            yield warning(
                f"line {number} of the text part has {octets:,} bytes; mail ends at {LONGEST_LINE}",
                "break the line, or use a shorter address: " + line.strip()[:60],
                where=sheet.templates,
            )

"""The second step: MJML becomes the tables that Outlook understands."""

import re

from mjml import mjml2html

from newsletter.errors import RenderError
from newsletter.rendering.lint import Flaw, flaws


class MjmlError(RenderError):
    """MJML that cannot be rendered; `line` is what the line at fault says, or empty."""

    line = ""


#: What may hold HTML; white space with a line end inside it would be lost (mrml-core#117).
_HOLDS_HTML = re.compile(r"<(mj-(?:text|table|raw|button))\b[^>]*(?<!/)>.*?</\1>", re.DOTALL)
_LINE_END = re.compile(r"[ \t\r]*\n[ \t\r\n]*")

#: In an attribute, what the renderer would print as `\n` and `\t`.
_ATTRIBUTE = re.compile(r'="[^"\n\t]*[\n\t][^"]*"')

_POSITION = re.compile(r"at position (\d+)")

#: What must never reach a reader: a component that was not understood, an escape of Rust's.
_LEFTOVER = re.compile(r"</?mj-[\w-]*|\\u\{")


def to_html(mjml: str) -> str:
    """
    Turn MJML into HTML.

    Everything beyond ASCII goes in as character references: the renderer would print a
    combining mark or a joiner inside an attribute as an escape of its own language.

    Raises MjmlError: names the line of the MJML; the hint is that line.
    """
    for flaw in flaws(mjml):
        raise _error(flaw, mjml)
    ready = _ascii(_flat(mjml))
    try:
        html = mjml2html(ready, fonts={})
    except ValueError as error:
        raise _error(_flaw(str(error), mjml, ready), mjml) from error
    if left := _LEFTOVER.search(html):
        tag = left[0].lstrip("</")
        line = next((n for n, text in enumerate(mjml.split("\n"), 1) if tag in text), 0)
        raise _error(Flaw(line, f"{left[0]} was left in the HTML"), mjml)
    return html


def _flat(mjml: str) -> str:
    """Write line ends inside HTML, and in attributes, as spaces."""
    flat = _HOLDS_HTML.sub(lambda found: _LINE_END.sub(" ", found[0]), mjml)
    return _ATTRIBUTE.sub(lambda found: _plain_attribute(found[0]), flat)


def _plain_attribute(attribute: str) -> str:
    return attribute.replace("\n", " ").replace("\t", " ")


def _ascii(mjml: str) -> str:
    """Write references, for the backslash too: one that comes out is then the renderer's own."""
    return mjml.replace("\\", "&#92;").encode("ascii", "xmlcharrefreplace").decode("ascii")


def _flaw(message: str, mjml: str, ready: str) -> Flaw:
    """
    Find the line that the renderer stumbled over.

    It counts in bytes of what it was given. Neither flattening nor references add or remove a
    tag, so the n-th tag there is the n-th tag here.
    """
    words = message.removesuffix(".")
    found = _POSITION.search(words)
    if not found:
        return Flaw(0, words)
    tags = ready.count("<", 0, int(found[1]) + 1)
    at = -1
    for _ in range(tags):
        at = mjml.find("<", at + 1)
    said = words[: found.start()].strip().removesuffix("in root template").strip()
    return Flaw(mjml.count("\n", 0, max(at, 0)) + 1, said)


def _error(flaw: Flaw, mjml: str) -> MjmlError:
    where = f"line {flaw.line} of the MJML, " if flaw.line else ""
    lines = mjml.split("\n")
    at_fault = lines[flaw.line - 1].strip() if 0 < flaw.line <= len(lines) else ""
    hint = f"The line says: {at_fault[:200]}" if at_fault else ""
    error = MjmlError(f"{where}step MJML: {flaw.sentence}.", hint=hint)
    error.line = at_fault
    return error

"""One mail's HTML, in this order and no other: Jinja, MJML, inlined styles, fewer conditionals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from newsletter.errors import RenderError
from newsletter.rendering import jinja
from newsletter.rendering.inline import Inliner, inline, squeeze
from newsletter.rendering.mjml import MjmlError, to_html

#: The rules that move into elements; the sheets that stay are part of `shared/letter.mjml.j2`.
INLINED = "shared/inline.css"


class Composed(NamedTuple):
    html: str
    #: What it was made from.
    mjml: str


def compose(
    template: str,
    context: Mapping[str, Any],
    templates: Path,
    *,
    inliner: Inliner = inline,
) -> Composed:
    """
    Render one MJML template of a folder to the HTML of a mail.

    1. Jinja fills it in, while text is still easy to escape.
    2. MJML becomes tables.
    3. Styles move inline, last, because MJML adds elements of its own.

    Raises RenderError: names template, line and step.
    """
    mjml = jinja.fill(template, context, templates)
    try:
        html = to_html(mjml)
    except MjmlError as error:
        raise _traced(error, template, templates) from error
    return Composed(squeeze(inliner(html, jinja.source(INLINED, templates))), mjml)


def _traced(error: MjmlError, template: str, templates: Path) -> RenderError:
    """Name the template line that wrote the line of MJML, where one can be told."""
    place = jinja.origin(error.line, templates)
    where = f"{place[0]}, line {place[1]}" if place else template
    return RenderError(f"{where}, {error}", hint=error.hint)

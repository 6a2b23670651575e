"""The third step: styles move into the elements, where every mail program reads them."""

import logging
import re
from typing import Any, Protocol

#: Two of Outlook's conditions that meet are one: what mjml itself does with them.
_MEETING = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")

_STYLE = '<style type="text/css">'
_KEPT = '<style type="text/css" data-premailer="ignore">'

#: Each of these undoes something that premailer does to mail by default.
_SAFE: dict[str, Any] = {
    "method": "html",
    "keep_style_tags": False,
    "strip_important": False,
    "remove_classes": False,
    "include_star_selectors": False,
    "exclude_pseudoclasses": True,
    "disable_validation": True,
    "disable_leftover_css": True,
    "align_floating_images": False,
    "disable_basic_attributes": ["width", "height", "align", "valign", "bgcolor"],
    "disable_link_rewrites": True,
    "preserve_internal_links": True,
    "preserve_handlebar_syntax": False,
    "allow_network": False,
    "allow_loading_external_files": False,
    "cache_css_parsing": True,
    "cssutils_logging_level": logging.CRITICAL,
}


class Inliner(Protocol):
    """Writes rules of CSS into the elements that they match, and touches nothing else."""

    def __call__(self, html: str, css: str) -> str: ...


def inline(html: str, css: str) -> str:
    """
    Inline with premailer, in the one way that leaves the mail whole.

    Its defaults take the doctype, `!important` in media queries, pixel widths and dark rules
    away. Sheets in the head are therefore marked to be left alone; only `css` is inlined.
    """
    # Imported here, because it takes longer to load than all the rest.
    from premailer import Premailer  # noqa: PLC0415

    inlined = Premailer(html.replace(_STYLE, _KEPT), css_text=css, **_SAFE).transform(
        pretty_print=False
    )
    return f"<!DOCTYPE html>\n{inlined}".replace(_KEPT, _STYLE)


def squeeze(html: str) -> str:
    """Merge Outlook's conditions where they meet; both views stay balanced."""
    return _MEETING.sub("", html)

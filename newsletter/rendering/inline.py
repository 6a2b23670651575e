"""The third step: styles move into the elements, where every mail program reads them."""

import logging
import os
import re
from functools import lru_cache
from typing import Any, Protocol

#: Two of Outlook's conditions that meet are one: what mjml itself does with them.
_MEETING = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")

_STYLE = '<style type="text/css">'
_KEPT = '<style type="text/css" data-premailer="ignore">'
#: The elements and classes of a selector, and those of a page.
_NAME = re.compile(r"(?:^|(?<=\s))[a-z]\w*|\.[\w-]+")
_ELEMENT = re.compile(r"<([a-z]\w*)")
_CLASSES = re.compile(r"class=[\"']([^\"']*)")

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
    inlined = _engine()(html.replace(_STYLE, _KEPT), css_text=css, **_SAFE)
    return f"<!DOCTYPE html>\n{inlined.transform(pretty_print=False)}".replace(_KEPT, _STYLE)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """Load premailer, and let it remember what it made of a sheet: that is most of its work."""
    # A mail has more rules than its own memory of 128 holds.
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")
    # Here, because it takes longer to load than all the rest.
    from premailer import Premailer  # noqa: PLC0415

    @lru_cache(maxsize=16)
    def rules(css: str, index: int) -> list[tuple[Any, list[str]]]:
        found, _ = Premailer("<p></p>", **_SAFE)._parse_style_rules(css, index)  # noqa: SLF001
        return [(rule, _NAME.findall(rule[1])) for rule in found]

    class Engine(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            """Take the rules whose names occur: asking a set is quicker than asking the page."""
            there = _names(self.html)
            found = rules(css_body, ruleset_index)
            return [rule for rule, names in found if there.issuperset(names)], []

        def _style_to_basic_html_attributes(self, *_: object, **__: object) -> None:
            """Leave widths, heights and colours as the templates wrote them."""

    return Engine


def _names(html: str) -> set[str]:
    """Return the elements of a page, and its classes with a dot."""
    classes = {name for found in _CLASSES.findall(html) for name in found.split()}
    return {*_ELEMENT.findall(html), *(f".{name}" for name in classes)}


def squeeze(html: str) -> str:
    """Merge Outlook's conditions where they meet; both views stay balanced."""
    return _MEETING.sub("", html)

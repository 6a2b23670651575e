"""The third step: styles move into the elements, where every mail program reads them."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from newsletter.rendering import plain_css

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
}

#: What premailer loads at once, and a mail's build hardly ever needs: the one parses what is
#: not plain, the other would fetch sheets from the web.
_SELDOM = ("cssutils", "requests")


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
    with _later(*_SELDOM):
        from premailer import Premailer, merge_style, premailer  # noqa: PLC0415

    @lru_cache(maxsize=16)
    def rules(css: str, index: int) -> list[tuple[Any, list[str]]]:
        found = plain_css.rules(css, index)
        if found is None:
            quiet = Premailer("<p></p>", cssutils_logging_level=logging.CRITICAL, **_SAFE)
            found, _ = quiet._parse_style_rules(css, index)  # noqa: SLF001
        return [(rule, _NAME.findall(rule[1])) for rule in found]

    class Engine(Premailer):  # type: ignore[misc]
        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
            """Take the rules whose names occur: asking a set is quicker than asking the page."""
            there = _names(self.html)
            found = rules(css_body, ruleset_index)
            return [rule for rule, names in found if there.issuperset(names)], []

        def _style_to_basic_html_attributes(self, *_: object, **__: object) -> None:
            """Leave widths, heights and colours as the templates wrote them."""

    # It has no other door for this: both modules call the function by its name.
    premailer.csstext_to_pairs = merge_style.csstext_to_pairs = _Pairs(merge_style.csstext_to_pairs)
    return Engine


class _Pairs:
    """Parts declarations the quick way where they are plain, and premailer's where not."""

    def __init__(self, thorough: Any) -> None:
        self._thorough = thorough
        self._lock = thorough._lock  # noqa: SLF001 - premailer takes it by the function's name

    def __call__(self, declarations: str, validate: bool = True) -> plain_css.Pairs:  # noqa: ARG002
        found = plain_css.pairs(declarations)
        if found is not None:
            return found
        import_module("cssutils").log.setLevel(logging.CRITICAL)
        thorough: plain_css.Pairs = self._thorough(declarations, validate=False)
        return thorough


class _Absent(ModuleType):
    """Stands in a module's place until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _later(*names: str) -> Iterator[None]:
    """Let what is imported meanwhile get these modules only when it uses them."""
    absent = {name: _Absent(name) for name in names if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name, module in absent.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _names(html: str) -> set[str]:
    """Return the elements of a page, and its classes with a dot."""
    classes = {name for found in _CLASSES.findall(html) for name in found.split()}
    return {*_ELEMENT.findall(html), *(f".{name}" for name in classes)}


def squeeze(html: str) -> str:
    """Merge Outlook's conditions where they meet; both views stay balanced."""
    return _MEETING.sub("", html)

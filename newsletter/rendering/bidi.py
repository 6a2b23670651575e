"""Keeps the marks of a Latin name beside it where the text runs from right to left."""

import re

from markupsafe import Markup, escape

#: A name as far as its last letter or digit: `GLM-5.2`, `Claude Code`, `C++`.
_LATIN = re.compile(r"[A-Za-z](?:[\w .’'&+/-]*[A-Za-z0-9+])?", re.ASCII)


def names(text: str, dir: str) -> Markup | str:
    """
    Give each Latin name in a right-to-left text a direction of its own.

    `<span dir="auto">`, because mail programs leave `<bdi>` out.
    """
    if dir != "rtl":
        return text
    parts, end = [], 0
    for name in _LATIN.finditer(text):
        parts += [escape(text[end : name.start()]), Markup('<span dir="auto">')]
        parts += [escape(name[0]), Markup("</span>")]
        end = name.end()
    return Markup("").join([*parts, escape(text[end:])])

"""How the mail is looked at: a width, a scheme, and what a mail program takes away from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from newsletter.studio.forced import forced_dark

#: In CSS px: the smallest phone, most of them, large ones, the mail's own column, a desktop.
WIDTHS = (320, 360, 390, 600, 1024)

#: Dragging goes no further.
NARROWEST, WIDEST = 240, 1400

Scheme = Literal["light", "dark", "forced"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark", "forced")

Kind = Literal["mail", "outlook", "text", "html", "mjml", "mime", "links", "yesterday"]
KINDS: tuple[Kind, ...] = (
    *("mail", "outlook", "text", "html"),
    *("mjml", "mime", "links", "yesterday"),
)

#: Kinds that are a mail in a frame; the others are words.
FRAMED: frozenset[Kind] = frozenset({"mail", "outlook", "yesterday"})


#: What each word of a view says.
_SAID: Mapping[str, Mapping[str, Any]] = {
    **{scheme: {"scheme": scheme} for scheme in SCHEMES},
    **{kind: {"kind": kind} for kind in KINDS},
    "noimages": {"images": False},
    "nostyle": {"style": False},
    "large": {"large": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way to look, written as words: `390-forced-noimages`."""

    width: int = 390
    scheme: Scheme = "light"
    images: bool = True
    #: False: as where every `<style>` is dropped.
    style: bool = True
    #: True: text at 200 %, as who sets it so on their phone.
    large: bool = False
    kind: Kind = "mail"

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Read a view back; None when it is none."""
        view = cls()
        for word in written.split("-"):
            changed = view._with(word)
            if changed is None:
                return None
            view = changed
        return view

    def _with(self, word: str) -> Self | None:
        if re.fullmatch(r"\d{3,4}", word, re.ASCII) and NARROWEST <= int(word) <= WIDEST:
            return replace(self, width=int(word))
        return replace(self, **_SAID[word]) if word in _SAID else None

    @property
    def words(self) -> str:
        """The view as `read` takes it; what goes without saying is left out."""
        said = [str(self.width), self.scheme]
        said += [] if self.images else ["noimages"]
        said += [] if self.style else ["nostyle"]
        said += ["large"] if self.large else []
        said += [] if self.kind == "mail" else [self.kind]
        return "-".join(said)

    @property
    def framed(self) -> bool:
        return self.kind in FRAMED


_STYLES = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"(<img\b[^>]*?\bsrc=)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_BACKGROUND = re.compile(r"(\bbackground=|url\()(\"[^\"]*\"|'[^']*'|[^)\"']*)", re.IGNORECASE)
_DARK_MEDIA = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT_MEDIA = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_SCHEME_META = re.compile(r"(<meta\b[^>]*color-scheme[^>]*content=)\"[^\"]*\"", re.IGNORECASE)

#: Media features that hold everywhere, and nowhere.
_ALWAYS, _NEVER = "(min-width:0px)", "(max-width:0px)"


def seen(html: str, view: View) -> str:
    """Return a mail as a program shows it that does what the view says."""
    if view.kind == "outlook":
        html = outlook(html)
    if not view.style:
        html = _STYLES.sub("", html)
    html = _schemed(html, view.scheme)
    if not view.images:
        html = _IMAGE.sub(r'\1""', html)
    return larger(html) if view.large else html


def _schemed(html: str, scheme: Scheme) -> str:
    """Let the mail's own dark layer hold, or not, whatever this machine prefers."""
    dark = scheme == "dark"
    html = _DARK_MEDIA.sub(_ALWAYS if dark else _NEVER, html)
    html = _LIGHT_MEDIA.sub(_NEVER if dark else _ALWAYS, html)
    html = _SCHEME_META.sub(rf'\1"{"dark" if dark else "light"}"', html)
    return forced_dark(html) if scheme == "forced" else html


_MSO = re.compile(r"<!--\[if [^\]]*\bmso\b[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_NOT_MSO = re.compile(r"<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_ALTERNATE = re.compile(r"<!--\[if [^\]]*!mso[^\]]*\]>.*?<!\[endif\]-->", re.DOTALL)
#: What Word does not know of a style (caniemail.com, Outlook on Windows).
_WORD_DROPS = re.compile(
    r"(?:border-radius|max-width|max-height|background-image|box-shadow|opacity|overflow|"
    r"text-wrap|word-spacing|min-width)\s*:[^;\"'}]*;?",
    re.IGNORECASE,
)
_QUERIES = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.IGNORECASE)
_NOSCRIPT = re.compile(r"<noscript>.*?</noscript>|<xml>.*?</xml>", re.DOTALL | re.IGNORECASE)
_STYLE_BODY = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_STYLE_ATTRIBUTE = re.compile(r"(\bstyle=)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def outlook(html: str) -> str:
    """
    Return what Outlook on Windows is left with: its conditional parts, and Word's own limits.

    Not Word itself: no line may break where it does. It shows which branch is taken, and what
    stands without rounded corners, limits of width, and media queries.
    """
    html = _NOT_MSO.sub("", html)
    html = _ALTERNATE.sub("", html)
    html = _NOSCRIPT.sub("", _MSO.sub(r"\1", html))
    html = _STYLE_BODY.sub(lambda css: css[1] + _word(_QUERIES.sub("", css[2])) + css[3], html)
    return _STYLE_ATTRIBUTE.sub(lambda found: found[1] + _word(found[2]), html)


def _word(css: str) -> str:
    return _WORD_DROPS.sub("", css)


_TYPE = re.compile(r"\b(font-size|line-height)(\s*:\s*)(\d+(?:\.\d+)?)px", re.IGNORECASE)


def larger(html: str) -> str:
    """Return the mail with its text twice as large (WCAG 1.4.4), its boxes as they were."""

    def twice(found: re.Match[str]) -> str:
        size = float(found[3])
        # Hidden text and spacers are set in 0 and 1 px.
        return f"{found[1]}{found[2]}{size * 2 if size > 1 else size:g}px"

    return _TYPE.sub(twice, html)


def at_home(html: str, site_url: str) -> str:
    """
    Return a mail that loads nothing from anywhere but here: our pictures by their own address.

    A picture on the web stays where it is: its place shows where it would come from.
    """

    def source(found: re.Match[str]) -> str:
        address = found[2][1:-1]
        if address.startswith(f"{site_url}/i/"):
            return f'{found[1]}"{address.removeprefix(site_url)}"'
        if "/o/" in address and address.startswith(site_url):
            return f'{found[1]}""'
        return f'{found[1]}"/elsewhere.svg"'

    html = _IMAGE.sub(source, html)
    return _BACKGROUND.sub(lambda found: f"{found[1]}''" if "//" in found[2] else found[0], html)

"""The mail's own words, in the language of the newsletter or of one story."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date

from newsletter.errors import RenderError

#: Scripts with measures of their own, and the class of type that each is set in.
_TYPES = {"Deva": "deva", "Arab": "arab"}


class Words:
    """
    One language's words from `shared/words.toml`, with its plurals and dates.

    A language that has no words of its own gets the English ones, and keeps its own dates.
    """

    def __init__(self, lang: str, texts: Mapping[str, Any]) -> None:
        self._locale = _locale(lang)
        spoken = self._locale.language if self._locale.language in texts else "en"
        self._texts = texts[spoken]
        self._plurals = Locale(spoken)

    def __getitem__(self, name: str) -> Any:
        return self._texts[name]

    def count(self, name: str, number: int) -> str:
        """Say a number of things: `1 story`, `دقيقة واحدة` (plural rules of the CLDR)."""
        forms = self._texts[name]
        form = forms.get(self._plurals.plural_form(number), forms["other"])
        return str(form).replace("{n}", str(number))

    def day(self, day: date, pattern: Literal["d MMMM y", "EEEE d MMMM y"] = "d MMMM y") -> str:
        """Write a day: `5 July 2026`, `रविवार 5 जुलाई 2026`."""
        return format_date(day, pattern, locale=self._locale)

    @property
    def name(self) -> str:
        """What its speakers call the language: `हिन्दी`."""
        return self._locale.get_display_name(self._locale) or str(self._locale)

    @property
    def type(self) -> str:
        """The class of type that its script needs: `deva`, `arab`, or empty."""
        likely = str(get_global("likely_subtags").get(self._locale.language, ""))
        script = self._locale.script or likely.split("_")[1:2]
        return _TYPES.get(script if isinstance(script, str) else "".join(script), "")


def words(lang: str, templates: Path) -> Words:
    """
    Return a language's words.

    Raises RenderError: words.toml is missing or cannot be read.
    """
    path = templates / "shared" / "words.toml"
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _words(lang, path, stamp)


@lru_cache(maxsize=64)
def _words(lang: str, path: Path, stamp: int) -> Words:
    return Words(lang, _texts(path, stamp))


@lru_cache(maxsize=8)
def _texts(path: Path, stamp: int) -> Mapping[str, Any]:  # noqa: ARG001 (a changed file is read again)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RenderError(f"{path} is missing: it holds the mail's own words.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RenderError(f"{path}: {error}.") from error


def _locale(lang: str) -> Locale:
    try:
        return Locale.parse(lang, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")

"""
The words of pages and letters, in the reader's language.

Templates say them in English; `templates/locale/<lang>.po` says them again (gettext, read by
Babel as they stand, so a translator needs no other step). What is not translated stays English.
"""

import gettext
import io
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import negotiate_locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from newsletter.errors import RenderError

#: What templates are written in.
SOURCE = "en"


class Speech:
    """One language: its words, plurals and dates."""

    def __init__(self, lang: str, translations: gettext.NullTranslations) -> None:
        self.lang = lang
        self._translations = translations
        self._locale = _locale(lang)

    def __call__(self, text: str, **values: Any) -> str:
        """Say a sentence: `say("For %(address)s", address=…)`."""
        said = self._translations.gettext(text)
        return said % values if values else said

    def count(self, one: str, many: str, number: int) -> str:
        """Say a number of things; `%(n)s` in the sentence is the number."""
        return self._translations.ngettext(one, many, number) % {"n": number}

    def day(self, day: date, pattern: str = "d MMMM y") -> str:
        """Write a day: `5 July 2026`."""
        return format_date(day, pattern, locale=self._locale)

    def hour(self, hour: time | datetime) -> str:
        """Write a time of day as its speakers do: `7:00 AM`."""
        return format_time(hour, "short", locale=self._locale)

    @property
    def dir(self) -> str:
        """Which way it runs: `ltr` or `rtl`."""
        return self._locale.text_direction

    @property
    def name(self) -> str:
        """What its speakers call it: `हिन्दी`."""
        return self._locale.get_display_name(self._locale) or self.lang


def languages(templates: Path) -> tuple[str, ...]:
    """Return what can be spoken, English first."""
    found = sorted(path.stem for path in (templates / "locale").glob("*.po"))
    return (SOURCE, *(lang for lang in found if lang != SOURCE))


def speech(lang: str, templates: Path) -> Speech:
    """Return a language, English where it cannot be spoken. Raises RenderError for a bad file."""
    path = templates / "locale" / f"{lang}.po"
    if lang not in languages(templates) or lang == SOURCE:
        return Speech(SOURCE, gettext.NullTranslations())
    return Speech(lang, _translations(path, path.stat().st_mtime_ns))


def best_language(accepted: str, templates: Path, default: str) -> str:
    """Choose by what a browser says it accepts (RFC 9110 section 12.5.4)."""
    wanted = []
    for part in accepted.split(",")[:20]:
        name, _, weight = part.strip().partition(";q=")
        wanted.append((_number(weight), name.replace("-", "_")))
    order = [name for weight, name in sorted(wanted, key=lambda one: -one[0]) if weight and name]
    known = languages(templates)
    return negotiate_locale(order, known, sep="_") or (default if default in known else SOURCE)


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0


@lru_cache(maxsize=16)
def _translations(path: Path, _stamp: int) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=path.stem, abort_invalid=True))
    except (PoFileError, ValueError, UnicodeDecodeError) as error:
        raise RenderError(f"{path}: {error}.") from error
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _locale(lang: str) -> Locale:
    try:
        return Locale.parse(lang, sep="_")
    except (ValueError, UnknownLocaleError):
        return Locale(SOURCE)


def words_of(speech: Speech, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every template of pages and letters is given."""
    return {"_": speech, "speech": speech, **more}

"""A day's choices as a file: `articles/editions/2026-07-05.toml`, read with every fault named."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.errors import ChoicesError
from newsletter.model import Approval, Choices, Withdrawal
from newsletter.sources.fields import one_line
from newsletter.sources.front_matter import (
    FrontMatter,
    Unreadable,
    bytes_of,
    decoded,
    parse_toml,
)
from newsletter.sources.story import name_of
from newsletter.sources.toml_lines import Place
from newsletter.sources.values import Values

#: Where the files lie, in the folder of articles.
FOLDER = "editions"

KEYS = ("articles", "out", "lead", "subject", "preheader", "sponsor", "withdrawn", "approval")
_APPROVAL = ("by", "at", "articles", "lead", "subject", "preheader", "digests")
_WITHDRAWN = ("article", "by", "at")


def path_of(articles: Path, newsletter: str, day: date, *, alone: bool) -> Path:
    """
    Return where a newsletter's choices for a day lie, whether or not there are any.

    `2026-07-05.toml` while it is the only newsletter, else `daily-2026-07-05.toml`; a name of its
    own is good for an only one too. Raises ChoicesError where both are there, or one that could
    be anybody's.
    """
    plain = articles / FOLDER / f"{day.isoformat()}.toml"
    own = articles / FOLDER / f"{newsletter}-{day.isoformat()}.toml"
    if (named := _is_there(plain)) and not alone:
        raise ChoicesError(
            f"{name_of(plain)}: whose is it? There are several newsletters.",
            hint=f"Rename it: {own.name} is that of {newsletter}.",
        )
    if named and _is_there(own):
        raise ChoicesError(
            f"{name_of(plain)} and {own.name} are both there.", hint="Keep one of the two."
        )
    return own if not alone or _is_there(own) else plain


def _is_there(path: Path) -> bool:
    """Say whether there is anything of that name; one that nobody may look at is no "no"."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ChoicesError(f"{name_of(path)} cannot be looked for: {error.strerror}.") from error
    return True


def read_choices(path: Path, zone: ZoneInfo) -> tuple[Choices, str]:
    """
    Read a day's choices, and the version that they are: a hash of the file's bytes.

    No file: no choices, and an empty version. Times without a zone are the newsletter's.

    Raises:
        ChoicesError: anything in it cannot be understood; names file and line.

    """
    if not _is_there(path):
        return Choices(), ""
    try:
        raw = bytes_of(path)
    except Unreadable as error:
        raise _unusable(path, error) from error
    return parse_choices(raw, path, zone), version_of(raw)


def version_of(raw: bytes) -> str:
    """Name what a file holds."""
    return sha256(raw).hexdigest()


def parse_choices(raw: bytes, path: Path, zone: ZoneInfo) -> Choices:
    """Read choices from a file's bytes. Raises ChoicesError, naming file and line."""
    origin = name_of(path)
    try:
        found, lines = parse_toml(decoded(raw))
    except Unreadable as error:
        if b"\n<<<<<<< " in b"\n" + raw:
            error.hint = "git left both versions in it: keep one, and take the marks away."
        raise _unusable(path, error) from error
    values = Values(FrontMatter(values=found, lines=lines), origin, zone)
    choices = _Reader(values).choices()
    if values.problems:
        first, more = values.problems[0], len(values.problems) - 1
        others = f" (and {more} more)" if more else ""
        raise ChoicesError(f"{first.where}: {first.what}{others}.", hint=first.hint)
    return choices


def _unusable(path: Path, error: Unreadable) -> ChoicesError:
    line = f":{error.line}" if error.line else ""
    return ChoicesError(f"{name_of(path)}{line}: {error.what}.", hint=error.hint)


class _Reader:
    def __init__(self, values: Values) -> None:
        self.values = values

    def choices(self) -> Choices:
        values = self.values
        values.expect(KEYS)
        listed = values.at("articles") is not None
        sponsor = values.at("sponsor")
        choices = Choices(
            articles=self._names("articles") if listed else None,
            out=self._names("out"),
            lead=values.text("lead"),
            subject=values.text("subject"),
            preheader=values.text("preheader"),
            sponsor=None if sponsor is None else values.text("sponsor"),
            withdrawals=tuple(self._withdrawal(*each) for each in values.places("withdrawn")),
            approval=self._approval() if values.at("approval") is not None else None,
        )
        for name in choices.out:
            if name in (choices.articles or ()):
                self.values.wrong(("out",), f"{name} is in and out", "Keep it in one of the two.")
        return choices

    def _names(self, *place: str | int) -> tuple[str, ...]:
        """Read a list of stories."""
        if not isinstance(self.values.at(*place), list):
            if self.values.at(*place) is not None:
                hint = f'{place[-1]} = ["…", "…"]'
                self.values.wrong(place, f"{place[-1]} must be a list of stories", hint)
            return ()
        names = tuple(self.values.texts(*place))
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            self.values.wrong(place, f"{twice} stands twice", "Keep one.")
        return names

    def _withdrawal(self, *place: str | int) -> Withdrawal:
        if not isinstance(self.values.at(*place), Mapping):
            return Withdrawal(article=self._needed(*place))
        self.values.expect(_WITHDRAWN, *place)
        return Withdrawal(
            article=self._needed(*place, "article"),
            by=self.values.text(*place, "by"),
            at=self._moment(*place, "at"),
        )

    def _approval(self) -> Approval | None:
        values = self.values
        place = "approval"
        if not isinstance(values.at(place), Mapping):
            values.wrong((place,), "approval must be a table", "newsletter approve writes it.")
            return None
        values.expect(_APPROVAL, place)
        at = self._moment(place, "at")
        if at is None:
            self._missing(place, "at")
            return None
        return Approval(
            by=self._needed(place, "by"),
            at=at,
            articles=self._names(place, "articles"),
            lead=values.text(place, "lead"),
            subject=values.text(place, "subject"),
            preheader=values.text(place, "preheader"),
            digests=self._digests(place, "digests"),
        )

    def _digests(self, *place: str) -> Mapping[str, str]:
        found = self.values.at(*place)
        if not isinstance(found, Mapping):
            self._missing(*place)
            return {}
        return {one_line(name): self.values.text(*place, name) for name in found}

    def _moment(self, *place: str | int) -> datetime | None:
        found = self.values.moment(*place)
        return found[0] if found else None

    def _needed(self, *place: str | int) -> str:
        text = self.values.text(*place)
        if not text:
            self._missing(*place)
        return text

    def _missing(self, *place: str | int) -> None:
        name: Place = tuple(step for step in place if isinstance(step, str))
        hint = "newsletter approve writes it anew." if name[0] == "approval" else ""
        self.values.wrong(place, f"{'.'.join(map(str, name))} is missing", hint)

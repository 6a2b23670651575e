"""Which column of a file says what, by its name or by what stands in it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience import headings
from newsletter.audience.address import LONGEST
from newsletter.audience.attributes import Unpack
from newsletter.audience.systems import PLAIN, System
from newsletter.audience.words import STATES, Meaning, Told, word
from newsletter.errors import AudienceError
from newsletter.model import SuppressionReason

#: Cells by which a column is known to hold addresses, and how many of a hundred must be.
LOOKED_AT = 200
_ENOUGH = 90

_LIKE_AN_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what, counted from 0; None where no column does."""

    names: tuple[str, ...]
    address: int
    name: int | None = None
    first: int | None = None
    last: int | None = None
    state: int | None = None
    #: What the words in the column of state mean.
    states: Mapping[str, Told] = field(default_factory=lambda: STATES)
    #: Columns that are filled only when the reader left, and what it means.
    leaving: tuple[tuple[int, SuppressionReason], ...] = ()
    #: Columns that answer yes or no: the answer of a reader who left, and what it means.
    answers: tuple[tuple[int, bool, SuppressionReason], ...] = ()
    #: What it means to stand in the file at all; None where it is no word of leaving.
    gone: SuppressionReason | None = None
    #: Columns that say when a reader signed up, in the order of trust.
    joined: tuple[int, ...] = ()
    #: How 04/12/2022 is meant; None where that is not known.
    day_first: bool | None = None
    #: Columns with more than one thing in a field, and how it is read.
    unpacked: tuple[tuple[int, str, Unpack], ...] = ()
    #: All the others.
    attributes: tuple[tuple[int, str], ...] = ()

    @property
    def tells_who_left(self) -> bool:
        """False when nothing in the file can say that a reader left."""
        return bool(self.state is not None or self.leaving or self.answers or self.gone)


def columns_of(
    header: Iterable[str],
    file: str = "The file",
    *,
    system: System = PLAIN,
    address_column: str = "",
    rows: Sequence[Sequence[str]] = (),
) -> Columns:
    """
    Recognise the columns by their names.

    `address_column` is a person's word on which holds addresses: its name, or its number from 1.
    Where no name says so either, it is the one that is full of them in `rows`. Raises
    AudienceError when none holds addresses, or more than one might.
    """
    names = tuple(name.strip() for name in header)
    plain = [word(name) for name in names]
    address = _address(names, plain, file, address_column, rows)
    found = _roles(plain, system, address)
    leaving = _those(plain, headings.LEAVING)
    answers = _answers(plain)
    unpacked = tuple((at, names[at], how) for at, how in _those(plain, system.unpacked))
    used = {address, *found.values(), *(at for at, *_ in (*leaving, *answers, *unpacked))}
    return Columns(
        names,
        address,
        **found,
        states={**STATES, **system.states},
        leaving=leaving,
        answers=answers,
        gone=system.gone,
        joined=tuple(plain.index(said) for said in headings.JOINED if said in plain),
        day_first=system.day_first,
        unpacked=unpacked,
        attributes=tuple((at, name) for at, name in enumerate(names) if name and at not in used),
    )


def names_an_address(header: Iterable[str]) -> bool:
    """Tell whether a column is called what only addresses are."""
    return any(word(name) in headings.ADDRESS for name in header)


def _address(
    names: tuple[str, ...],
    plain: list[str],
    file: str,
    asked: str,
    rows: Sequence[Sequence[str]],
) -> int:
    if any(map(_is_like_an_address, names)):
        raise AudienceError(
            f"{file}, line 1: there is an address where the columns should be named.",
            hint="Put a line above it: email,name",
        )
    if asked:
        return _asked(names, plain, file, asked)
    at = _position(plain, headings.ADDRESS)
    at = _full_column(names, file, rows) if at is None else at
    at = _position(plain, headings.DOUBTFUL) if at is None else at
    if at is None:
        raise AudienceError(
            f"{file}, line 1: no column holds addresses.",
            hint="Name one of them email, or say which it is: --address-column NAME",
        )
    return at


def _asked(names: tuple[str, ...], plain: list[str], file: str, asked: str) -> int:
    """Find the column that a person means."""
    if names.count(asked.strip()) == 1:
        return names.index(asked.strip())
    if (at := _position(plain, (word(asked),))) is not None:
        return at
    numbers = {str(at + 1): at for at in range(len(names))}
    if (at := numbers.get(asked.strip())) is not None:
        return at
    raise AudienceError(
        f"{file}, line 1: no column is called “{asked}”.",
        hint=f"They are called: {_listed(names, range(len(names)))}",
    )


def _full_column(names: tuple[str, ...], file: str, rows: Sequence[Sequence[str]]) -> int | None:
    """Return the one column that is full of addresses, if any is."""
    full = [at for at in _full_of_addresses(rows) if at < len(names)]
    if len(full) > 1:
        raise AudienceError(
            f"{file}: more than one column holds addresses: {_listed(names, full)}.",
            hint="Say which is meant: --address-column NAME",
        )
    return full[0] if full else None


def _full_of_addresses(rows: Sequence[Sequence[str]]) -> list[int]:
    written: Counter[int] = Counter()
    alike: Counter[int] = Counter()
    for row in rows:
        for at, cell in enumerate(row):
            if cell.strip() and written[at] < LOOKED_AT:
                written[at] += 1
                alike[at] += _is_like_an_address(cell.strip())
    return sorted(at for at, cells in written.items() if alike[at] * 100 >= _ENOUGH * cells)


def _is_like_an_address(text: str) -> bool:
    return len(text) <= LONGEST and _LIKE_AN_ADDRESS.fullmatch(text) is not None


def _listed(names: tuple[str, ...], which: Iterable[int]) -> str:
    return ", ".join(f"“{names[at] or at + 1}”" for at in which)


def _roles(plain: list[str], system: System, address: int) -> dict[str, int | None]:
    """Find the columns of which there can be but one."""
    called = {
        "name": headings.NAME,
        "first": headings.FIRST,
        "last": headings.LAST,
        "state": (system.state, *headings.STATE) if system.state else headings.STATE,
    }
    found = {role: _position(plain, said) for role, said in called.items()}
    return {role: None if at == address else at for role, at in found.items()}


def _answers(plain: list[str]) -> tuple[tuple[int, bool, SuppressionReason], ...]:
    yes = ((at, True, why) for at, why in _those(plain, headings.LEFT_IF_YES))
    no = ((at, False, why) for at, why in _those(plain, headings.LEFT_IF_NO))
    return (*yes, *no)


def _position(plain: list[str], said: Iterable[str]) -> int | None:
    for name in said:
        if plain.count(name) > 1:
            raise AudienceError(
                f"Line 1: more than one column is called {name}.",
                hint="Name them apart; for addresses, its number will do: --address-column 2",
            )
        if name in plain:
            return plain.index(name)
    return None


def _those(plain: list[str], meant: Mapping[str, Meaning]) -> tuple[tuple[int, Meaning], ...]:
    return tuple((at, meant[name]) for at, name in enumerate(plain) if name in meant)

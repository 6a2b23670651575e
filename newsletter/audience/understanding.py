"""What a subscriber file is taken for, before anything of it is imported."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.audience.columns import Columns, names_an_address
from newsletter.audience.head import Head, read_head
from newsletter.audience.lines import Encoding, opened
from newsletter.audience.systems import MEDIUM

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Columns by what they say, each as the file calls it."""

    address: str
    #: That make up a name, in the order in which they are joined.
    name: tuple[str, ...] = ()
    #: Empty where no column does.
    state: str = ""
    #: That say, or may say, that a reader left.
    leaving: tuple[str, ...] = ()
    #: When a reader signed up; the first that can be read counts.
    joined: tuple[str, ...] = ()
    #: All that are kept with a reader.
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """How a file is read."""

    #: Whose export it is; empty for a plain file.
    system: str
    #: For people: `UTF-8`, `UTF-8 with a mark`, `UTF-16`, `Latin-1 (Windows-1252)`.
    encoding: str
    #: `comma`, `semicolon`, `tab`, or `none` where there is one column.
    separator: str
    columns: Roles
    #: Sentences that a person should read before the file is imported.
    warnings: tuple[str, ...] = ()


def understand(path: Path, address_column: str = "") -> Understanding:
    """
    Say what a file is taken for; only its head is read.

    Raises AudienceError for a file that `read_rows` would refuse by its head.
    """
    with opened(path) as text:
        head = read_head(text.lines, path.name, address_column)
        return Understanding(
            system=head.system.name,
            encoding=text.encoding.name,
            separator=_SEPARATORS[head.separator],
            columns=_roles(head.columns),
            warnings=tuple(_warnings(head, text.encoding, address_column)),
        )


def _roles(columns: Columns) -> Roles:
    names = columns.names
    by_name = (at for at in (columns.first, columns.name, columns.last) if at is not None)
    leaving = sorted([*(at for at, _ in columns.leaving), *(at for at, *_ in columns.answers)])
    kept = sorted([*(at for at, _ in columns.attributes), *(at for at, *_ in columns.unpacked)])
    return Roles(
        address=names[columns.address],
        name=tuple(names[at] for at in by_name),
        state="" if columns.state is None else names[columns.state],
        leaving=tuple(names[at] for at in leaving),
        joined=tuple(names[at] for at in columns.joined),
        attributes=tuple(names[at] for at in kept),
    )


def _warnings(head: Head, encoding: Encoding, address_column: str) -> Iterator[str]:
    system, columns = head.system, head.columns
    name = columns.names[columns.address]
    if encoding.guessed:
        yield f"This is not UTF-8 and was read as {encoding.name}: look at a few names first."
    if system is MEDIUM:
        yield "There is no header: every line is taken for an address."
    elif not (address_column or names_an_address([name])):
        yield f"No column is called email: “{name or columns.address + 1}” is taken for it."
    if not columns.tells_who_left:
        yield f"There is no column that says who left: {system.elsewhere}."
    if system.caution:
        yield system.caution

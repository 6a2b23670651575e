"""
High-water marks: how far editions have gone, kept outside the database by each machine that sends.

A database that was restored from a backup knows less than has happened: whoever trusts it mails
readers a second time. A mark is higher than such a database, and says so. It lies beside an SQLite
file (`NAME.db.d/sent.mark`), and for PostgreSQL in `var/`, by the server's and database's name.
"""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from newsletter.errors import StorageError
from newsletter.model import EditionId, EditionState
from newsletter.storage.database import Database
from newsletter.storage.tables import audience_parts, batches, editions, newsletters

#: Editions that are remembered: the latest, by the numbers that their tokens carry.
MOST = 60

#: Nothing more of them goes out.
_DONE = (EditionState.SENT, EditionState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far one edition has gone."""

    edition: EditionId
    #: Stands in its tokens; no other edition may get it.
    number: int
    #: How often batches were taken up: grows as long as anything is handed over.
    leases: int
    #: It was sent to the end, or cancelled.
    done: bool


class Lack(StrEnum):
    """What a database does not know of an edition."""

    #: All of it.
    MISSING = "missing"
    #: The last that became of it.
    BEHIND = "behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An edition of which a machine knows more than the database."""

    mark: Mark
    lack: Lack


def place(database: Database) -> Path:
    """Say where this machine keeps its marks of a database."""
    if database.folder:
        return database.folder / "sent.mark"
    url = database.engine.url
    # A server on this machine may be named by its socket.
    host = url.host or url.query.get("host", "")
    named = f"{host}:{url.port or 5432}/{url.database}"
    return Path("var") / f"sent-{blake2b(named.encode(), digest_size=6).hexdigest()}.mark"


def read(file: Path) -> tuple[Mark, ...]:
    """Return what was kept; nothing where nothing was. Raises StorageError."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            Mark(
                edition=EditionId.parse(one["edition"]),
                number=int(one["number"]),
                leases=int(one["leases"]),
                done=bool(one["done"]),
            )
            for one in held["editions"]
        )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{file} says how far editions have gone, and cannot be read.",
            hint="Make sure that the database is no old backup; then delete that file.",
        ) from error


def write(file: Path, marks: Sequence[Mark]) -> None:
    """Keep marks, whole or not at all, on the disk when it returns. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = [
        {"edition": str(m.edition), "number": m.number, "leases": m.leases, "done": m.done}
        for m in marks
    ]
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8") as opened:
            json.dump({"editions": held}, opened)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def look(connection: Connection) -> tuple[Mark, ...]:
    """Return the marks that a database stands at: of its latest editions, the latest first."""
    latest = (
        select(editions.c.id, editions.c.number)
        .where(editions.c.number.is_not(None))
        .order_by(editions.c.number.desc())
        .limit(MOST)
        .subquery()
    )
    query = _MARKS.where(editions.c.id.in_(select(latest.c.id)))
    found = connection.execute(query.order_by(editions.c.number.desc()))
    return tuple(map(_mark, found))


def _mark(row: Any) -> Mark:
    return Mark(
        edition=EditionId(row.name, row.day, row.revision),
        number=row.number or 0,
        leases=int(row.leases),
        done=EditionState(row.state) in _DONE,
    )


_LEASES = select(func.coalesce(func.sum(batches.c.attempt), 0)).where(
    batches.c.edition_id == editions.c.id
)

_MARKS = select(
    newsletters.c.name,
    editions.c.day,
    editions.c.revision,
    editions.c.number,
    editions.c.state,
    _LEASES.scalar_subquery().label("leases"),
).join_from(editions, newsletters)


def lost(connection: Connection, marks: Sequence[Mark]) -> Iterator[Lost]:
    """Yield the editions of which marks know more than the database, the oldest first."""
    if not marks:
        return
    known = {mark.edition: mark for mark in look(connection)}
    for mark in sorted(marks, key=lambda one: one.number):
        here = known.get(mark.edition) or _find(connection, mark.edition)
        if here is None:
            yield Lost(mark=mark, lack=Lack.MISSING)
        elif _is_behind(here, mark) and _is_open(connection, mark.edition):
            yield Lost(mark=mark, lack=Lack.BEHIND)


def _is_behind(here: Mark, mark: Mark) -> bool:
    """Say whether an edition went further than here; what is done here goes no further."""
    further = here.leases < mark.leases or (mark.done and here.leases == mark.leases)
    return not here.done and further


def _find(connection: Connection, id: EditionId) -> Mark | None:
    """Return the mark of an edition that is not among the latest; a mere draft counts as none."""
    row = connection.execute(_MARKS.where(*_named(id))).one_or_none()
    found = _mark(row) if row else None
    return found if found and (found.number or found.done) else None


def _named(id: EditionId) -> tuple[ColumnElement[bool], ...]:
    return (
        newsletters.c.name == id.newsletter,
        editions.c.day == id.day,
        editions.c.revision == id.revision,
    )


def _is_open(connection: Connection, id: EditionId) -> bool:
    """Say whether anybody of an edition could still be mailed by a machine."""
    some = or_(
        exists().where(batches.c.edition_id == editions.c.id, batches.c.open),
        exists().where(audience_parts.c.edition_id == editions.c.id),
    )
    query = select(some).join_from(editions, newsletters).where(*_named(id))
    return bool(connection.execute(query).scalar())

"""What goes into an edition. Pure: no clock, no network, no database; input order never counts."""

from newsletter.edition.assemble import assemble
from newsletter.edition.changes import Now, changes
from newsletter.edition.digests import digests
from newsletter.edition.layout import arrange
from newsletter.edition.names import is_called, names
from newsletter.edition.passages import Told, moved, passages
from newsletter.edition.select import select

__all__ = [
    "Now",
    "Told",
    "arrange",
    "assemble",
    "changes",
    "digests",
    "is_called",
    "moved",
    "names",
    "passages",
    "select",
]

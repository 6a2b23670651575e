"""What goes into an edition. Pure: no clock, no network, no database; input order never counts."""

from newsletter.edition.assemble import assemble
from newsletter.edition.select import select

__all__ = ["assemble", "select"]

"""What an import did, or would do."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.audience.rows import Rejected

#: Rejected rows that a report holds; all of them stand in the file beside the input.
SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """
    What an import did, or would do.

    read = rejected + repeated + new + known + unsubscribed + suppressed + left.
    """

    #: Empty for a file of suppressions.
    list_name: str
    #: True when the list was not known before.
    list_created: bool = False
    #: False for a look ahead.
    applied: bool
    #: Rows of the file, blank lines and the first line apart.
    read: int = 0
    #: On the list from now on.
    new: int = 0
    #: On the list before; their state stays.
    known: int = 0
    #: Left this list earlier, and stay away whatever the file says.
    unsubscribed: int = 0
    #: Suppressed here, and stay away whatever the file says.
    suppressed: int = 0
    #: Whom the file says have left, bounced or complained: suppressed from now on.
    left: int = 0
    #: Those of them who were on the list until now.
    switched_off: int = 0
    #: Rows for an address that a later row names again; the last wins, leaving outranks.
    repeated: int = 0
    #: Rows with an address that only servers with SMTPUTF8 can take.
    needs_smtputf8: int = 0
    rejected: int = 0
    #: The first hundred.
    rejections: tuple[Rejected, ...] = ()
    #: Where all of them stand; None when there is none, or the folder cannot be written.
    rejected_file: Path | None = None

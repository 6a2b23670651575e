"""What is counted of readers: that something was pressed or opened, and by whom or what."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """Whether a person was behind a click or an open. Kept, and counted apart."""

    PERSON = "person"
    #: It looks like a machine; a person cannot be ruled out.
    PROBABLE = "probable"
    CERTAIN = "certain"


class Counted(NamedTuple):
    """One click or open, with nothing in it that says more than its newsletter allows."""

    #: In tokens, over all newsletters and corrections.
    edition: int
    #: `clicked` or `opened`; `lost`: a link was pressed that the edition does not have.
    kind: str
    #: The edition's link; None for an open, and where it is lost.
    link: int | None
    #: 0 for nobody in particular, else a pseudonym, or a public id where that is allowed.
    reader: int
    verdict: Verdict
    #: By which the verdict came; empty for a person.
    rule: str
    #: In UTC.
    at: datetime
    #: Its own: told twice, it is counted once.
    id: str

"""
What comes to the bounce box, read: from bytes to one frozen value.

    bytes → paper      a mail, within bounds that nobody can make slow
          → copies     which mail of ours it is about
          → feedback   a complaint?                                         RFC 5965
          → reports    a delivery report?                                   RFC 3464, RFC 6533
          → kinds      else: a bounce in words, a machine's answer, a wish to leave, a person's
          → wording    whom those words speak of: flufl.bounce, then three plain rules
          → reasons    why, and whose fault it is: one table
          → Returned

Nothing here looks anything up or writes anything. Whom a mail is about is never taken from it:
an address of ours with a right tag says that (`newsletter.tracking.proof`).
"""

from newsletter.tracking.bounces.read import read_returned
from newsletter.tracking.bounces.reasons import Judgement, classify
from newsletter.tracking.bounces.values import Failure, Kind, Returned

__all__ = ["Failure", "Judgement", "Kind", "Returned", "classify", "read_returned"]

"""What DNS says of the sender's domain: whether receivers believe that the mail is ours."""

from collections.abc import Iterator

from newsletter.model import Finding
from newsletter.preflight.proof import Proofsheet


def sender_dns(sheet: Proofsheet) -> Iterator[Finding]:
    """SPF, DKIM, DMARC and MX of the sender's domain are in order, as `doctor` reads them."""
    if sheet.dns is not None:
        yield from sheet.dns()

"""
The doctor: what would go wrong tomorrow, told today.

One small function a check, named in `register`. None of them changes anything or mails anybody, and
nothing leaves the machine but questions to DNS, to the transport and to SITE_URL.

    verdicts      what a check finds
    case          what a check may look at
    examination   runs them side by side, in bounded time
    machine       secret, clock, zones, files, ports
    store         database, version, backups, bounce box
    carrier       the way out: outbox, SMTP relay, SendGrid
    mail          what stands in each newsletter's mails
    site          the public web app, as a reader reaches it
    spf · dmarc · hosts   what DNS says: SPF; DMARC, alignment, BIMI; DKIM, MX, PTR
    records       reads what stands in DNS
    resolver      asks for it
"""

from newsletter.doctor.case import Case, Sheet
from newsletter.doctor.examination import examine
from newsletter.doctor.verdicts import Finding, Verdict

__all__ = ["Case", "Finding", "Sheet", "Verdict", "examine"]

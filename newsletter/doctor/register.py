"""The list of all checks: to add one, write a function and name it here."""

from collections.abc import Mapping

from newsletter.doctor import carrier, dmarc, hosts, machine, mail, site, spf, store
from newsletter.doctor.asking import Check

#: Each check by the name that its findings bear, in the order in which they are shown.
REGISTER: Mapping[str, Check] = {
    "settings": machine.settings,
    "secret": machine.secret,
    "secret-files": machine.secret_files,
    "zones": machine.zones,
    "clock": store.clock,
    "time-server": store.time_server,
    "database": store.database,
    "backup": store.backup,
    "writing": machine.writing,
    "templates": machine.templates,
    "articles": machine.articles,
    "metrics": machine.metrics,
    "transport": carrier.transport,
    "sendgrid-domain": carrier.sendgrid_domain,
    "sendgrid-events": carrier.sendgrid_events,
    "bounces": store.bounces,
    "sender": mail.sender,
    "postal-address": mail.postal,
    "feedback-id": mail.feedback_id,
    "list-unsubscribe": mail.unsubscribe,
    "site": site.site,
    "spf": spf.spf,
    "dkim": hosts.dkim,
    "dmarc": dmarc.dmarc,
    "alignment": dmarc.alignment,
    "mx": hosts.mx,
    "ptr": hosts.ptr,
    "bimi": dmarc.bimi,
}

"""The way out, as far as it can be looked at without a mail: outbox, SMTP relay, SendGrid."""

from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

from newsletter.doctor.asking import Check, is_made_up
from newsletter.doctor.case import Case, is_offline
from newsletter.doctor.site import SOON
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning
from newsletter.errors import PermanentFailure, SettingsError, TransportError
from newsletter.settings import on_loopback
from newsletter.transports.sendgrid_facts import Account, EventHook, open_account
from newsletter.transports.smtp.inquiry import Inquired, inquire

#: Without these no edition goes out, or it is not known what became of it.
_NEEDED, _WANTED = ("mail.send",), ("suppression.read",)

#: Events that the ledger lives by, by SendGrid's names.
_EVENTS = frozenset({"delivered", "bounce", "dropped", "deferred", "processed", "spam_report"})

_Look = Callable[[Case, Account], Iterator[Finding]]


def transport(case: Case) -> Iterator[Finding]:
    """Whether mails would be taken now."""
    if case.settings.transport == "outbox":
        yield good(f"outbox: mails are written into {case.settings.outbox.dir}, nobody is mailed")
    elif case.settings.transport == "smtp":
        yield _relay(case)
    else:
        yield from _with_account(case, _scopes)


# ── SMTP ────────────────────────────────────────────────────────────────────────────────────


def _relay(case: Case) -> Finding:
    own = case.settings.smtp
    if _is_nobodys(own.host):
        return not_run(f"{own.host} is a made-up name")
    try:
        said = inquire(own, seconds=case.patience)
    except TransportError as why:
        cause = why.__cause__
        if isinstance(cause, OSError) and is_offline(cause, case, own.host):
            return not_run("no network")
        fix = why.hint or "Look at NEWSLETTER_SMTP__HOST and PORT, and whether the relay runs."
        return error(str(why).rstrip("."), fix)
    return _judged(case, said)


def _is_nobodys(host: str) -> bool:
    """Say whether a relay's name is made up; one without a dot may be of the house."""
    return "." in host and not on_loopback(host) and is_made_up(host)


def _judged(case: Case, said: Inquired) -> Finding:
    own = case.settings.smtp
    if not said.tls and not on_loopback(own.host):
        return warning(
            f"{own.host} is spoken to without TLS: all on the way can read every mail",
            "NEWSLETTER_SMTP__TLS=starttls",
        )
    if said.ends and said.ends - case.now < SOON:
        return warning(f"The certificate of {own.host} ends on {said.ends:%d %B %Y}", "Renew it.")
    if "AUTH" in said.offers and not own.username and not on_loopback(own.host):
        return warning(
            f"{own.host} wants to know who sends (AUTH {said.offers['AUTH']}), and is not told",
            "Set NEWSLETTER_SMTP__USERNAME and NEWSLETTER_SMTP__PASSWORD.",
        )
    return good(f"{own.host}:{own.port} lets us in, {_how(said, signed_in=bool(own.username))}")


def _how(said: Inquired, *, signed_in: bool) -> str:
    parts = [said.tls or "without TLS"]
    if said.ends:
        parts.append(f"certificate until {said.ends:%d %B %Y}")
    if signed_in:
        parts.append("signed in")
    return ", ".join(parts)


# ── SendGrid ────────────────────────────────────────────────────────────────────────────────


def _with_account(case: Case, look: _Look) -> Iterator[Finding]:
    try:
        account = open_account(case.settings, timeout=case.patience)
        with closing(account):
            yield from look(case, account)
    except SettingsError as why:
        yield error(str(why).rstrip("."), why.hint)
    except PermanentFailure as why:
        yield error(str(why).rstrip("."), why.hint)
    except TransportError as why:
        yield not_run(f"no network: {str(why).rstrip('.')}")


def _scopes(_case: Case, account: Account) -> Iterator[Finding]:
    held = account.scopes()
    if lacking := [name for name in _NEEDED if name not in held]:
        yield error(
            f"The key may not {lacking[0]}: no mail goes out", "Give the API key Mail Send."
        )
    elif lacking := [name for name in _WANTED if name not in held]:
        yield warning(
            f"The key may not {lacking[0]}: who left at SendGrid is not seen here",
            "Give the API key read access to Suppressions.",
        )
    else:
        yield good(f"SendGrid takes the key; it may do {len(held)} things")


def _only_sendgrid(look: _Look) -> Check:
    def check(case: Case) -> Iterator[Finding]:
        if case.settings.transport == "sendgrid":
            yield from _with_account(case, look)
        else:
            yield not_run("mails do not go out by SendGrid")

    return check


def _domains(case: Case, account: Account) -> Iterator[Finding]:
    known = account.domains()
    for domain in case.domains:
        over = [one for one in known if domain == one.domain or domain.endswith(f".{one.domain}")]
        if any(one.valid for one in over):
            found = good("SendGrid signs in its name")
        elif over:
            found = error(
                f"SendGrid does not find its records in the DNS of {over[0].domain}",
                "Settings, Sender Authentication, Verify.",
            )
        else:
            found = error(
                f"SendGrid does not sign in the name of {domain}: DMARC fails",
                "Settings, Sender Authentication, Authenticate Your Domain.",
            )
        yield found.of(domain)


def _hooks(case: Case, account: Account) -> Iterator[Finding]:
    ours = [one for one in account.hooks() if _is_ours(case, one)]
    wanted = f"{case.settings.site_url}/webhooks/sendgrid"
    if not any(one.enabled for one in ours):
        yield error(
            "SendGrid posts no events here: bounces and complaints are not heard of",
            f"Settings, Mail Settings, Event Webhook: {wanted}",
        )
        return
    for hook in ours:
        yield _hook(case, account, hook)


def _is_ours(case: Case, hook: EventHook) -> bool:
    host = urlsplit(case.settings.site_url).hostname
    return urlsplit(hook.url).hostname == host


def _hook(case: Case, account: Account, hook: EventHook) -> Finding:
    key = account.public_key(hook)
    if not key:
        return error(
            "SendGrid does not sign what it posts, so nothing of it is believed",
            "Turn Signature Verification on, and set NEWSLETTER_SENDGRID__WEBHOOK_KEY.",
        )
    if key not in case.settings.sendgrid.webhook_key:
        return error(
            "SendGrid signs with a key that is not known here, so nothing of it is believed",
            "Set NEWSLETTER_SENDGRID__WEBHOOK_KEY to the key that SendGrid shows.",
        )
    if lacking := sorted(_EVENTS - hook.events):
        return warning(f"SendGrid does not tell of {', '.join(lacking)}", "Turn them on there.")
    return good("SendGrid posts events here, and signs them")


sendgrid_domain: Check = _only_sendgrid(_domains)
sendgrid_events: Check = _only_sendgrid(_hooks)

"""
What a SendGrid account says of itself, for who looks after it; to read changes nothing.

twilio.com/docs/sendgrid: "API key permissions", "Domain authentication", "Event webhooks".
"""

import json
from typing import Any, NamedTuple

from newsletter.errors import TemporaryFailure, UnknownOutcome
from newsletter.settings import Settings
from newsletter.transports import sendgrid_answers as answers
from newsletter.transports.sendgrid_line import Line

#: The most that is looked at of a list.
_MOST = 100


class AuthenticatedDomain(NamedTuple):
    """A domain that SendGrid may sign for."""

    domain: str
    #: Its DNS records are as SendGrid wants them.
    valid: bool


class EventHook(NamedTuple):
    """Where SendGrid posts events."""

    id: str
    url: str
    enabled: bool
    #: Kinds of events that it is told of, by SendGrid's names.
    events: frozenset[str]


class Account:
    """Reads the account. Every method raises TransportError: PermanentFailure is about the key."""

    def __init__(self, key: str, host: str, *, timeout: float) -> None:
        """Raises SettingsError when key or host cannot be used."""
        self._line = Line(key, host, timeout=timeout)

    def scopes(self) -> frozenset[str]:
        """Return what the key may do: `mail.send`."""
        return frozenset(filter(_is_text, _list(self._read("scopes"), "scopes")))

    def domains(self) -> tuple[AuthenticatedDomain, ...]:
        """Return the domains that it may sign for."""
        found = _list(self._read("whitelabel", "domains"), "")
        return tuple(
            AuthenticatedDomain(str(one.get("domain", "")).lower(), one.get("valid") is True)
            for one in found
            if isinstance(one, dict)
        )

    def hooks(self) -> tuple[EventHook, ...]:
        """Return where it posts events."""
        found = _list(self._read("user", "webhooks", "event", "settings", "all"), "webhooks")
        return tuple(
            EventHook(
                id=str(one.get("id", "")),
                url=str(one.get("url", "")),
                enabled=one.get("enabled") is True,
                events=frozenset(name for name, told in one.items() if told is True),
            )
            for one in found
            if isinstance(one, dict)
        )

    def public_key(self, hook: EventHook) -> str:
        """Return the key that verifies what a hook posts; empty where it does not sign."""
        told = self._read("user", "webhooks", "event", "settings", "signed", hook.id)
        return str(told.get("public_key") or "") if isinstance(told, dict) else ""

    def close(self) -> None:
        """Cut the request in flight, and begin no further one."""
        self._line.close()

    def _read(self, *path: str) -> Any:
        try:
            answer = self._line.told(*path)
        except UnknownOutcome as doubt:
            raise TemporaryFailure(str(doubt)) from None
        if answers.meaning(answer.status) is not answers.Meaning.ACCEPTED:
            raise answers.failure(answer, 0)
        try:
            return json.loads(answer.body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TemporaryFailure("SendGrid's answer did not come whole.") from None


def open_account(settings: Settings, *, timeout: float) -> Account:
    """Open the account that the settings name. Raises SettingsError."""
    named = settings.sendgrid
    return Account(named.api_key.get_secret_value(), named.host, timeout=timeout)


def _list(told: Any, name: str) -> list[Any]:
    held = told.get(name) if name and isinstance(told, dict) else told
    return held[:_MOST] if isinstance(held, list) else []


def _is_text(value: object) -> bool:
    return isinstance(value, str)

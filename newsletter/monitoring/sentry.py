"""
Faults, told to Sentry: what nobody expected, and what is logged as an error.

Nothing is loaded unless a DSN is set. An event is masked whole before it leaves, as log lines are;
local variables, requests, breadcrumbs and the machine's name are never in it.
"""

import importlib
from collections.abc import Callable
from typing import Any

from newsletter.errors import SettingsError
from newsletter.settings import Settings

#: Seconds that a Sentry which does not answer may hold up the end of a process.
_PATIENCE = 2.0

#: How deep an event is looked into; nothing of ours goes deeper.
_DEEPEST = 40

#: Parts of an event that may name a person or a machine, and that nobody needs to mend a fault.
_NEVER = ("user", "request", "server_name", "breadcrumbs", "modules")


def start(settings: Settings) -> Callable[[], None]:
    """
    Tell Sentry of faults from now on, where a DSN is set; returns what ends it.

    Raises SettingsError when a DSN is set that is none, or the package is not installed.
    """
    dsn = settings.sentry_dsn.get_secret_value()
    if not dsn:
        return lambda: None
    sdk = _loaded("sentry_sdk")
    try:
        sdk.init(dsn=dsn, **_options(settings))
    except _loaded("sentry_sdk.utils").BadDsn:
        raise SettingsError(
            "NEWSLETTER_SENTRY_DSN is none.", hint="Sentry shows it under Client Keys."
        ) from None

    def end() -> None:
        sdk.get_client().close(timeout=_PATIENCE)

    return end


def _loaded(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SettingsError(
            "NEWSLETTER_SENTRY_DSN is set, but Sentry's package is not installed.",
            hint="pip install newsletter[sentry]",
        ) from error


def _options(settings: Settings) -> dict[str, Any]:
    """Name what is taken: the rest of what the package would do by itself is off."""
    from newsletter.monitoring.masks import Mask, secrets_of  # noqa: PLC0415 - quick start

    mask = Mask(secrets_of(settings))

    def masked(event: dict[str, Any], _hint: object) -> Any:
        kept = {name: value for name, value in event.items() if name not in _NEVER}
        return _masked(kept, mask, _DEEPEST)

    logging = _loaded("sentry_sdk.integrations.logging").LoggingIntegration
    hook = _loaded("sentry_sdk.integrations.excepthook").ExcepthookIntegration
    return {
        "before_send": masked,
        "before_breadcrumb": lambda _crumb, _hint: None,
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "integrations": [logging(level=None), hook()],
        "data_collection": {
            "user_info": False,
            "stack_frame_variables": False,
            "http_bodies": [],
            "database_query_data": False,
        },
        "max_breadcrumbs": 0,
        "auto_session_tracking": False,
        "send_client_reports": False,
        "server_name": "newsletter",
        "shutdown_timeout": _PATIENCE,
    }


def _masked(value: Any, mask: Callable[[str], str], deep: int) -> Any:
    """Mask every text of an event, the names of its parts included; ids of Sentry's own stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if deep == 0:
        return mask(str(value))
    if isinstance(value, dict):
        return {
            mask(str(name)): value[name]
            if name in _THEIRS
            else _masked(value[name], mask, deep - 1)
            for name in value
        }
    if isinstance(value, list | tuple):
        return [_masked(one, mask, deep - 1) for one in value]
    return mask(str(value))


#: Sentry's own: random numbers and moments, which would look like tokens.
_THEIRS = frozenset({"event_id", "trace_id", "span_id", "parent_span_id", "timestamp"})

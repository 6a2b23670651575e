"""
Spans: what took how long within what, for an OpenTelemetry collector.

Nothing is loaded, and nothing costs anything, unless an endpoint is set. Attributes are masked as
log lines are; an exception is told by its kind alone, for its words may name a reader.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from newsletter.errors import SettingsError
from newsletter.settings import Settings

#: Seconds that a collector which does not answer may hold up the end of a process.
_PATIENCE = 3

#: Adds facts to a span, once they are known; a first word gives it another name.
Tell = Callable[..., None]

#: Makes spans; None: there are none.
_maker: "_Maker | None" = None


def span(name: str, *, alone: bool = False, **facts: object) -> AbstractContextManager[Tell]:
    """Measure what is done within; `alone`: it belongs to none that is measured around it."""
    return _maker.span(name, facts, alone=alone) if _maker else _NOTHING


def _nobody(_name: str = "", **_facts: object) -> None:
    """Tell nobody."""


_NOTHING = nullcontext(_nobody)


def start(settings: Settings, exporter: Any = None) -> Callable[[], None]:
    """
    Make spans from now on, where an endpoint is set; returns what ends it.

    `exporter`: OpenTelemetry's, in place of the one over HTTP. Raises SettingsError when the
    endpoint is set and what speaks to it is not installed.
    """
    global _maker  # noqa: PLW0603 - one for each process, as the log is
    if not settings.traces.endpoint and exporter is None:
        return lambda: None
    _maker = maker = _Maker(exporter or _over_http(settings.traces.endpoint), settings)

    def end() -> None:
        global _maker  # noqa: PLW0603 - as above
        _maker = None
        maker.end()

    return end


def _over_http(endpoint: str) -> Any:
    module = _loaded("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    url = endpoint if urlsplit(endpoint).path else f"{endpoint}/v1/traces"
    return module.OTLPSpanExporter(endpoint=url, timeout=_PATIENCE)


def _loaded(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SettingsError(
            "NEWSLETTER_TRACES__ENDPOINT is set, but OpenTelemetry is not installed.",
            hint="pip install newsletter[traces]",
        ) from error


class _Maker:
    """Makes spans by a provider of its own: what libraries would tell of us stays untold."""

    def __init__(self, exporter: Any, settings: Settings) -> None:
        from newsletter.monitoring.masks import Mask, secrets_of  # noqa: PLC0415 - quick start

        sdk = _loaded("opentelemetry.sdk.trace")
        export = _loaded("opentelemetry.sdk.trace.export")
        resource = _loaded("opentelemetry.sdk.resources").Resource.create(
            {"service.name": "newsletter"}
        )
        self._api = _loaded("opentelemetry.trace")
        self._context = _loaded("opentelemetry.context").Context
        self._mask = Mask(secrets_of(settings))
        self._provider = sdk.TracerProvider(resource=resource)
        self._provider.add_span_processor(
            export.BatchSpanProcessor(exporter, export_timeout_millis=1000 * _PATIENCE)
        )
        self._tracer = self._provider.get_tracer("newsletter")

    @contextmanager
    def span(self, name: str, facts: dict[str, object], *, alone: bool) -> Iterator[Tell]:
        told = {"record_exception": False, "set_status_on_exception": False}
        around = self._context() if alone else None
        with self._tracer.start_as_current_span(name, context=around, **told) as made:

            def tell(named: str = "", **more: object) -> None:
                if named:
                    made.update_name(self._mask(named))
                made.set_attributes({f"newsletter.{key}": self._fact(more[key]) for key in more})

            tell("", **facts)
            whole = False
            try:
                yield tell
                whole = True
            finally:
                if not whole:
                    made.set_status(self._api.Status(self._api.StatusCode.ERROR))
                    made.set_attribute("error.type", getattr(sys.exc_info()[0], "__name__", ""))

    def _fact(self, value: object) -> object:
        return value if isinstance(value, bool | int | float) else self._mask(str(value))

    def end(self) -> None:
        self._provider.shutdown()

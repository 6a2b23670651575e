"""What an operator sees of a running house: metrics, log, traces."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from newsletter.settings.part import Part


def _collector(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be a full address, such as http://127.0.0.1:4318")
    return url.rstrip("/")


def _lower(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


class MetricsSettings(Part):
    """Where Prometheus asks. Never the port of the public web app."""

    #: None: nowhere. Each process on a machine needs one of its own.
    port: int | None = Field(default=None, ge=1, le=65535)
    host: str = "127.0.0.1"


class LogSettings(Part):
    """How processes that run for ever tell what they do, on stderr: one line a record."""

    format: Literal["text", "json"] = "text"
    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"


class TracesSettings(Part):
    """Where spans go: an OpenTelemetry collector, over HTTP. Needs the extra `traces`."""

    #: Such as `http://127.0.0.1:4318`; without a path, `/v1/traces` follows. Empty: nowhere.
    endpoint: Annotated[str, AfterValidator(_collector)] = ""

"""What a command shows of itself while it runs: log, metrics, traces, faults."""

from collections.abc import Iterator
from contextlib import contextmanager

from newsletter.monitoring import sentry, traces
from newsletter.newsroom import Newsroom


@contextmanager
def watched(newsroom: Newsroom) -> Iterator[None]:
    """Let a process that runs for ever be watched, as its settings say. Raises SettingsError."""
    from newsletter.monitoring import logs

    settings = newsroom.settings
    logs.configure(settings)
    with traced(newsroom):
        if settings.metrics.port is None:
            yield
            return
        from newsletter.monitoring.exposition import expose

        end = expose(settings.metrics, newsroom.lookout.readings)
        try:
            yield
        finally:
            end()


@contextmanager
def traced(newsroom: Newsroom) -> Iterator[None]:
    """Make spans and tell of faults, where settings say whom. Raises SettingsError."""
    ends = [start(newsroom.settings) for start in (traces.start, sentry.start)]
    try:
        yield
    finally:
        for end in ends:
            end()

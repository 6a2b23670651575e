"""Says what is counted to Prometheus, on a port of its own. Loaded where a port is set."""

import logging
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from newsletter.monitoring.instruments import Counter, Gauge, Histogram, Labels, Readings
from newsletter.monitoring.meters import COUNTERS, HISTOGRAMS
from newsletter.settings import MetricsSettings

#: Asked at every scrape what gauges say; never raises, and answers within seconds.
Look = Callable[[], Readings]

_log = logging.getLogger(__name__)


def expose(settings: MetricsSettings, look: Look) -> Callable[[], None]:
    """
    Answer Prometheus from now on, where a port is set; returns what ends it.

    A port that cannot be had is told in the log and no more: watching may not keep an edition
    from going out.
    """
    if settings.port is None:
        return lambda: None
    try:
        server, thread = start_http_server(settings.port, settings.host, registry(look))
    except OSError as error:
        words = "no metrics on %s:%s: %s. Each process needs a NEWSLETTER_METRICS__PORT of its own."
        _log.error(words, settings.host, settings.port, error.strerror)
        return lambda: None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def registry(look: Look) -> CollectorRegistry:
    """Make what a scrape goes through: ours, and what the process takes of its machine."""
    made = CollectorRegistry()
    made.register(Collector(look))
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=made)
    return made


class Collector:
    """Translates meters and readings, as a registry asks for them."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Say nothing beforehand: being registered is no reason to ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from map(_counter, COUNTERS)
        yield from map(_histogram, HISTOGRAMS)
        for gauge, values in self._look().items():
            yield _gauge(gauge, values)


def _counter(meter: Counter) -> Metric:
    family = CounterMetricFamily(meter.name, meter.help, labels=meter.labels)
    for labels, value in meter.read().items():
        family.add_metric(labels, value)
    return family


def _histogram(meter: Histogram) -> Metric:
    family = HistogramMetricFamily(meter.name, meter.help, labels=meter.labels)
    names = [str(float(bound)) for bound in meter.bounds] + ["+Inf"]
    for labels, spread in meter.read().items():
        total, buckets = 0, []
        for name, count in zip(names, spread.counts, strict=True):
            total += count
            buckets.append((name, total))
        family.add_metric(labels, buckets, spread.sum)
    return family


def _gauge(meter: Gauge, values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(meter.name, meter.help, labels=meter.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family

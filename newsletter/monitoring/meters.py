"""
Everything that is counted, by name. docs/reference.md has the same table.

No label may hold what a stranger can choose, or a reader: a label's values are few, and ours.
"""

from newsletter.monitoring.instruments import Counter, Gauge, Histogram

#: Seconds, from a pixel to a database that is away.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# ── The public web app ──────────────────────────────────────────────────────────────────────

REQUESTS = Counter(
    "newsletter_http_requests_total",
    "Requests that were answered.",
    "route",
    "method",
    "status",
)
REQUEST_SECONDS = Histogram(
    "newsletter_http_request_duration_seconds",
    "Time until an answer was whole: of clicks, pixels, presses on a way out, and others.",
    "kind",
    bounds=_SECONDS,
)
VERDICTS = Counter(
    "newsletter_verdicts_total",
    "Clicks and opens that were judged: person, probable or certain robot, and by which rule.",
    "kind",
    "verdict",
    "rule",
)
COMMIT_ITEMS = Histogram(
    "newsletter_commit_items",
    "Presses that one commit wrote.",
    "what",
    bounds=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
COMMIT_SECONDS = Histogram(
    "newsletter_commit_duration_seconds",
    "Time of one commit, the spool included where the database was away.",
    "what",
    bounds=_SECONDS,
)
SPOOLED = Counter(
    "newsletter_spooled_total",
    "Presses that were kept in the spool while the database was away.",
    "spool",
)
LETTERS = Counter(
    "newsletter_letters_total",
    "Letters to one person, by what became of them.",
    "kind",
    "outcome",
)

# ── The way out ─────────────────────────────────────────────────────────────────────────────

CALLS = Counter(
    "newsletter_calls_total",
    "Calls to a transport, by how they ended.",
    "transport",
    "outcome",
)
CALL_SECONDS = Histogram(
    "newsletter_call_duration_seconds",
    "Time of one call to a transport, the making of its mails included.",
    "transport",
    bounds=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0),
)
MAILS = Counter(
    "newsletter_mails_total",
    "Mails of editions that were handed over, by what was answered.",
    "transport",
    "answer",
)
BREAKER_TRIPS = Counter(
    "newsletter_breaker_trips_total",
    "Times that a transport's breaker was opened, by this process.",
    "transport",
)

# ── The way back ────────────────────────────────────────────────────────────────────────────

EVENTS = Counter(
    "newsletter_events_total",
    "Events from outside that were worked in.",
    "kind",
)

# ── What the ledger says, at the moment of asking ───────────────────────────────────────────

DATABASE_UP = Gauge("newsletter_database_up", "1: the database answers. 0: it is away.")
LEDGER_READ = Gauge(
    "newsletter_ledger_read_timestamp_seconds",
    "When the ledger was read for the figures below: they may be a few seconds old.",
)
EDITION_DELIVERIES = Gauge(
    "newsletter_edition_deliveries",
    "Readers of an edition by the state of their delivery; together they are all selected.",
    "newsletter",
    "edition",
    "state",
)
EDITION_STATE = Gauge(
    "newsletter_edition_state",
    "1 for the state that an edition is in.",
    "newsletter",
    "edition",
    "state",
)
UNKNOWN = Gauge(
    "newsletter_unknown_deliveries",
    "Readers of whom nobody can say whether their mail was accepted, in the editions shown.",
)
LAST_SENT = Gauge(
    "newsletter_last_sent_timestamp_seconds",
    "When the last edition of a newsletter was sent to the end.",
    "newsletter",
)
LEASES = Gauge("newsletter_leases", "Batches that a worker has a lease of.")
WORKERS = Gauge("newsletter_workers", "Workers of the whole fleet that live.")
PARCELS = Gauge(
    "newsletter_parcels",
    "Posts of the ESP's events: those that nobody has read yet, and those that nobody can.",
    "state",
)
BREAKER_OPEN = Gauge(
    "newsletter_breaker_open",
    "1: the transport takes no mail at this time, and is only probed or tried.",
    "transport",
)
SPOOL_ITEMS = Gauge(
    "newsletter_spool_items",
    "Presses that wait in this machine's spool for the database.",
    "spool",
)

COUNTERS = (REQUESTS, VERDICTS, SPOOLED, LETTERS, CALLS, MAILS, BREAKER_TRIPS, EVENTS)
HISTOGRAMS = (REQUEST_SECONDS, COMMIT_ITEMS, COMMIT_SECONDS, CALL_SECONDS)
GAUGES = (
    DATABASE_UP,
    LEDGER_READ,
    EDITION_DELIVERIES,
    EDITION_STATE,
    UNKNOWN,
    LAST_SENT,
    LEASES,
    WORKERS,
    PARCELS,
    BREAKER_OPEN,
    SPOOL_ITEMS,
)

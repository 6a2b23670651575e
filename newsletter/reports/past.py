"""A newsletter's earlier editions, beside which this one is held."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from newsletter.model import Counts, EditionId, Verdict
from newsletter.reports.report import Past, Tally
from newsletter.storage import deliveries, history, reactions
from newsletter.storage.history import Earlier, Pressed
from newsletter.storage.reporting import Reported

#: Editions that one is compared with.
MOST = 30


class History(NamedTuple):
    """What earlier editions came to."""

    #: The newest last.
    editions: tuple[Past, ...]
    #: Of each, the clicks by people on stories, by their place; 1 is the lead.
    places: tuple[Mapping[int, int], ...]


def recall(connection: Connection, edition: Reported) -> History:
    """
    Count the last 30 editions before one, all of them in a few statements.

    Their readers are not told apart: that would take as long for each as a whole report.
    """
    found = history.earlier(connection, edition.newsletter_key, before=edition.id, most=MOST)
    keys = [one.key for one in found]
    if not keys:
        return History((), ())
    ledgers, left = deliveries.counts_of(connection, keys), reactions.left(connection, keys)
    presses = history.presses(connection, keys)
    clicks = _clicks(presses)
    places = _places(presses, history.stories(connection, keys), history.reading(connection, keys))
    return History(
        tuple(
            _past(edition.id.newsletter, one, ledgers[one.key], clicks[one.key], left)
            for one in found
        ),
        tuple(places[key] for key in keys),
    )


def delivered(counts: Counts) -> int:
    """Return how many were delivered, by the same rule as `Report.delivered`."""
    if told(counts):
        return counts.delivered + counts.complained
    return counts.submitted - counts.bounced


def told(counts: Counts) -> bool:
    """Say whether somebody tells us of deliveries, as `Report.knows_delivered` does."""
    return counts.delivered > 0 or counts.complained > 0


def _past(
    newsletter: str,
    one: Earlier,
    counts: Counts,
    clicks: Mapping[Verdict, int],
    left: Mapping[int, int],
) -> Past:
    return Past(
        edition=str(EditionId(newsletter, one.day)),
        day=one.day,
        submitted=counts.submitted,
        delivered=delivered(counts),
        clicks=Tally(
            people=clicks[Verdict.PERSON],
            unsure=clicks[Verdict.PROBABLE],
            robots=clicks[Verdict.CERTAIN],
        ),
        left=left.get(one.key, 0),
        complained=counts.complained,
    )


def _clicks(presses: Sequence[Pressed]) -> Mapping[int, Counter[Verdict]]:
    found: defaultdict[int, Counter[Verdict]] = defaultdict(Counter)
    for one in presses:
        found[one.edition][one.verdict] += one.many
    return found


def _places(
    presses: Sequence[Pressed],
    stories: Mapping[tuple[int, str], int],
    reading: Mapping[tuple[int, int], str],
) -> Mapping[int, Counter[int]]:
    """Add clicks by people up by edition and place; a place that nobody pressed has 0."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for (edition, _), place in stories.items():
        found[edition][place] = 0
    for one in presses:
        article = reading.get((one.edition, one.link), "")
        if one.verdict is Verdict.PERSON and (one.edition, article) in stories:
            found[one.edition][stories[one.edition, article]] += one.many
    return found

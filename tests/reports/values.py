"""Any report that could be counted, for properties that hold for all of them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from newsletter.model import BounceClass, Counts
from newsletter.reports.report import (
    Bounces,
    Growth,
    LinkClicks,
    Minute,
    Operator,
    Past,
    Report,
    StoryClicks,
    Tally,
)
from tests.reports.made import HINDI, HOSTILE, MAIL, SEVEN

_NUMBERS = st.integers(0, 2_000_000) | st.sampled_from([0, 1, 2, 199, 200])
_TEXTS = st.text(max_size=60) | st.sampled_from(["", HINDI, HOSTILE, "=1+1", "\x00\x1b[31m\u202e"])
_TIMES = st.integers(0, 500_000).map(lambda n: SEVEN + timedelta(minutes=n, seconds=n % 60))
_DAYS = st.dates(date(2026, 1, 1), date(2027, 1, 1))


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    people, unsure = draw(_NUMBERS), draw(_NUMBERS)
    readers = draw(st.none() | st.integers(0, people))
    most = None if readers is None else draw(st.integers(readers, people + unsure))
    return Tally(
        people=people, unsure=unsure, robots=draw(_NUMBERS), readers=readers, readers_most=most
    )


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    """A ledger that balances, as every ledger does."""
    submitted, refused, skipped = draw(_NUMBERS), draw(_NUMBERS), draw(_NUMBERS)
    pending, unknown = draw(_NUMBERS), draw(_NUMBERS)
    bounced = draw(st.integers(0, submitted))
    complained = draw(st.integers(0, submitted - bounced))
    return Counts(
        selected=submitted + refused + skipped + pending + unknown,
        submitted=submitted,
        refused=refused,
        skipped=skipped,
        pending=pending,
        unknown=unknown,
        deferred=draw(st.integers(0, pending)),
        bounced=bounced,
        complained=complained,
        delivered=draw(st.just(0) | st.integers(0, submitted - bounced - complained)),
    )


@st.composite
def minutes(draw: st.DrawFn) -> tuple[Minute, ...]:
    first = draw(_TIMES).replace(second=0, microsecond=0)
    sent = draw(st.lists(_NUMBERS, max_size=12))
    return tuple(
        Minute(at=first + timedelta(minutes=place), submitted=count)
        for place, count in enumerate(sent)
    )


def reports() -> st.SearchStrategy[Report]:
    reasons = st.dictionaries(_TEXTS, _NUMBERS, max_size=9)
    modes = st.sampled_from(["off", "aggregate", "pseudonymous", "individual"])
    clicks = tallies()
    links = st.builds(
        LinkClicks, number=st.integers(1, 14), url=_TEXTS, role=_TEXTS, article=_TEXTS,
        label=_TEXTS, clicks=clicks,
    )  # fmt: skip
    stories = st.builds(
        StoryClicks, article=_TEXTS, title=_TEXTS, position=st.integers(1, 20), clicks=clicks,
        usual=st.none() | st.floats(0, 10**6),
    )  # fmt: skip
    operators = st.builds(
        Operator, name=_TEXTS, submitted=_NUMBERS, delivered=_NUMBERS, bounced=_NUMBERS,
        ours=_NUMBERS, complained=_NUMBERS,
    )  # fmt: skip
    bounces = st.builds(
        Bounces, kind=st.sampled_from(BounceClass), reason=_TEXTS, count=_NUMBERS, status=_TEXTS,
        words=_TEXTS,
    )  # fmt: skip
    past = st.builds(
        Past, edition=_TEXTS, day=_DAYS, submitted=_NUMBERS, delivered=_NUMBERS, clicks=clicks,
        left=_NUMBERS, complained=_NUMBERS,
    )  # fmt: skip
    growth = st.builds(Growth, day=_DAYS, joined=_NUMBERS, left=_NUMBERS, active=_NUMBERS)

    def some(one: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[object]:
        return st.lists(one, max_size=most).map(tuple)

    return st.builds(
        Report, edition=st.just("daily/2026-07-05"), newsletter=st.just("daily"), title=_TEXTS,
        subject=_TEXTS, day=_DAYS,
        timezone=st.sampled_from(["", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Chatham"]),
        state=st.sampled_from(["sending", "sent", "paused", "cancelled", "held", "approved"]),
        began=st.none() | _TIMES, finished=st.none() | _TIMES, counts=counts(), skipped=reasons,
        refused=reasons, clicks_mode=modes, opens_mode=modes, clicks=clicks, opens=clicks,
        left=_NUMBERS, complained=_NUMBERS, links=some(links), stories=some(stories),
        speed=minutes(), operators=some(operators), bounces=some(bounces), past=some(past, 8),
        growth=some(growth), html=st.sampled_from(["", MAIL]) | _TEXTS | hostile_mails(),
        counted_at=_TIMES,
    )  # fmt: skip


def hostile_mails() -> st.SearchStrategy[str]:
    """Pieces of markup in any order: what a template or an article could have left in a mail."""
    pieces = st.sampled_from(
        [
            "<html>", "<head>", "<style>", "</style>", "<body>", "</body>", "<table><tr><td>",
            '<a href="https://n.example/c/________MERGE__CLICK________/1">', "</a>", "<svg>",
            "<math><mtext>", "<script>alert(1)</script>", "<!--", "-->", "<![CDATA[", "]]>",
            '<img src="https://evil.example/a.png" width="40">', "<img src=x onerror=alert(1)>",
            '<p style="background:u\\rl(//evil.example)">', "<style>@import '//evil.example';",
            '<div style="background-image:image-set(\'//evil.example/a\' 1x)">', "<noscript>",
            '<iframe srcdoc="<script>1</script>">', '<base href="//evil.example">', "text", "&lt;",
            '<meta http-equiv="refresh" content="0;url=//evil.example">', "<template>", "\x00",
            '<video src="//evil.example/v" poster="//evil.example/p">', "<p title='\"'>", HINDI,
        ]
    )  # fmt: skip
    return st.lists(pieces, max_size=12).map("".join)

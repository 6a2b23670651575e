"""Reports as they come: a large one, and what a test names changed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

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

#: A whole edition with its sentinels in place.
MAIL = (Path(__file__).parents[1] / "data" / "golden" / "edition.html").read_text("utf-8")

DAY = date(2026, 7, 5)
SEVEN = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
HINDI = "आपका न्यूज़लेटर अब हिन्दी में भी"
LEAD = (
    "Alibaba bans Anthropic's Claude Code over alleged China-detection backdoor as employees shift"
)
HOSTILE = (
    '"><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)> {{7*7}} &amp; ' * 3
)

#: Story, its place, people, unsure, machines, usual.
_STORIES = (
    ("lead", LEAD, 2904, 262, 711, 2310.0),
    (
        "links",
        "Why every link in this mail goes through our own address first",
        610,
        58,
        402,
        702.5,
    ),
    ("leaving", "Leaving takes one press", 804, 77, 388, 551.0),
    ("reel", "One edition, from folder to inbox", 602, 41, 240, 420.0),
    ("hindi", HINDI, 290, 42, 163, 305.0),
)
_LINKS = (
    (1, "lead", "lead", LEAD, 2904, 262, 711),
    (2, "share", "lead", "Share on X", 31, 2, 4),
    (3, "share", "lead", "Share on LinkedIn", 24, 0, 3),
    (4, "sponsor", "", "See which mornings are free", 118, 9, 102),
    (5, "story", "links", "Why every link in this mail goes through our own address", 610, 58, 402),
    (6, "story", "leaving", "Leaving takes one press", 804, 77, 388),
    (7, "reel", "reel", "Watch: One edition, from folder to inbox", 602, 41, 240),
    (8, "story", "hindi", HINDI, 117, 31, 54),
    (9, "reference", "lead", "", 0, 0, 0),
)


def tally(people: int, unsure: int, robots: int, *, readers: bool = False) -> Tally:
    return Tally(
        people=people,
        unsure=unsure,
        robots=robots,
        readers=people * 4 // 5 if readers else None,
        readers_most=(people + unsure) * 4 // 5 if readers else None,
    )


def minutes(counts: Iterable[int], begin: datetime = SEVEN) -> tuple[Minute, ...]:
    return tuple(
        Minute(at=begin + timedelta(minutes=number), submitted=count)
        for number, count in enumerate(counts)
    )


def past(editions: int = 30) -> tuple[Past, ...]:
    """A month that goes up and down, as months do."""
    return tuple(
        Past(
            edition=f"daily/{(day := DAY - timedelta(days=editions - number)).isoformat()}",
            day=day,
            submitted=46_000 + 70 * number,
            delivered=(46_000 + 70 * number) * (9900 - (number * 37) % 31) // 10_000,
            clicks=tally(4300 + (number * 977) % 1500, 300 + (number * 31) % 170, 1500),
            left=20 + (number * 7) % 19,
            complained=number % 4,
        )
        for number in range(editions)
    )


def growth(days: int = 30) -> tuple[Growth, ...]:
    active, found = 46_900, []
    for number in range(days):
        joined, left = 40 + (number * 29) % 47, 14 + (number * 13) % 21
        active += joined - left
        day = DAY - timedelta(days=days - 1 - number)
        found.append(Growth(day=day, joined=joined, left=left, active=active))
    return tuple(found)


COUNTS = Counts(
    selected=48_120,
    submitted=48_093,
    refused=9,
    skipped=18,
    delivered=47_608,
    bounced=133,
    complained=2,
)

LARGE = Report(
    edition="daily/2026-07-05",
    newsletter="daily",
    title="The ShiftMaker",
    subject="Alibaba bans Claude Code over alleged backdoor",
    day=DAY,
    timezone="Asia/Kolkata",
    state="sent",
    began=SEVEN,
    finished=SEVEN + timedelta(minutes=15, seconds=16),
    counts=COUNTS,
    skipped={"unsubscribed": 15, "suppressed": 3},
    refused={"550 5.1.1 this account is disabled": 7, "mailbox name not allowed": 2},
    clicks_mode="pseudonymous",
    opens_mode="aggregate",
    clicks=tally(5210, 480, 1904, readers=True),
    opens=tally(9800, 17_600, 8120),
    left=31,
    complained=2,
    links=tuple(
        LinkClicks(
            number=number,
            url=f"https://theshiftmaker.example/stories/{article or role}?utm_source=daily",
            role=role,
            article=article,
            label=label,
            clicks=tally(people, unsure, robots),
        )
        for number, role, article, label, people, unsure, robots in _LINKS
    ),
    stories=tuple(
        StoryClicks(
            article=article,
            title=title,
            position=position,
            clicks=tally(people, unsure, robots),
            usual=usual,
        )
        for position, (article, title, people, unsure, robots, usual) in enumerate(_STORIES, 1)
    ),
    speed=minutes(
        (2990, 4120, 4380, 4402, 4310, 0, 0, 0, 2100, 4390, 4405, 4398, 4371, 4402, 3025, 800)
    ),
    operators=(
        Operator(name="Gmail", submitted=29_310, delivered=29_190, bounced=31, complained=0),
        Operator(
            name="Microsoft", submitted=9_022, delivered=8_850, bounced=71, ours=38, complained=2
        ),
        Operator(name="Yahoo", submitted=4_406, delivered=4_377, bounced=10),
        Operator(name="Apple", submitted=2_218, delivered=2_211, bounced=4),
        Operator(name="Other", submitted=3_137, delivered=2_980, bounced=17),
    ),
    bounces=(
        Bounces(
            kind=BounceClass.HARD,
            reason="user unknown",
            count=52,
            status="5.1.1",
            words="550 5.1.1 The email account that you tried to reach does not exist.",
        ),
        Bounces(
            kind=BounceClass.OURS,
            reason="blocked",
            count=38,
            status="5.7.1",
            words="550 5.7.1 Messages from this address weren't sent. Ask your provider.",
        ),
        Bounces(kind=BounceClass.SOFT, reason="mailbox full", count=31, status="4.2.2"),
        Bounces(kind=BounceClass.SOFT, reason="", count=12),
    ),
    past=past(),
    growth=growth(),
    html=MAIL,
    counted_at=datetime(2026, 7, 6, 3, 30, tzinfo=UTC),
)

NONE = Report(
    edition="daily/2026-07-05",
    newsletter="daily",
    title="The ShiftMaker",
    subject="",
    day=DAY,
    timezone="",
    state="sending",
    began=None,
    finished=None,
    counts=Counts(),
    skipped={},
    refused={},
    clicks_mode="aggregate",
    opens_mode="off",
    clicks=Tally(),
    opens=Tally(),
    left=0,
    complained=0,
    links=(),
    stories=(),
    speed=(),
    operators=(),
    bounces=(),
    past=(),
    growth=(),
    html="",
    counted_at=SEVEN,
)

TINY = replace(
    LARGE,
    counts=Counts(
        selected=10, submitted=8, refused=1, skipped=1, delivered=6, bounced=1, complained=1
    ),
    skipped={"unsubscribed": 1},
    refused={"no such user": 1},
    clicks=tally(1, 1, 1),
    left=1,
    complained=1,
    stories=(StoryClicks(article="one", title="Only one", position=1, clicks=tally(1, 0, 1)),),
    links=(
        LinkClicks(
            number=1,
            url="https://a.example/",
            role="lead",
            article="one",
            label="Only one",
            clicks=tally(1, 0, 1),
        ),
    ),
    speed=minutes((8,)),
    operators=(Operator(name="Gmail", submitted=8, delivered=6, bounced=1, complained=1),),
    bounces=(Bounces(kind=BounceClass.HARD, reason="user unknown", count=1),),
    past=past(3),
    growth=growth(2),
)

SENDING = replace(
    LARGE,
    state="sending",
    finished=None,
    counts=Counts(
        selected=48_120, submitted=31_000, refused=6, skipped=11, pending=17_053, unknown=50,
        deferred=240, delivered=28_411, bounced=37, complained=1,
    ),
    skipped={"unsubscribed": 9, "suppressed": 2},
    refused={"no such user": 6},
    speed=minutes((2990, 4120, 0, 0, 4380, 4402, 15_108)),
)  # fmt: skip

#: Through a plain relay, nobody tells of deliveries.
SMTP = replace(
    LARGE,
    counts=Counts(selected=48_120, submitted=48_093, refused=9, skipped=18, bounced=133),
    complained=0,
    clicks_mode="aggregate",
    clicks=tally(5210, 480, 1904),
    operators=tuple(replace(one, delivered=0, complained=0) for one in LARGE.operators),
)

OFF = replace(LARGE, clicks_mode="off", opens_mode="off", clicks=Tally(), opens=Tally())

UNKNOWN = replace(
    LARGE,
    state="sending",
    finished=None,
    counts=replace(COUNTS, selected=48_170, unknown=50),
)

HOSTILE_REPORT = replace(
    LARGE,
    title=HOSTILE,
    subject=HOSTILE,
    skipped={HOSTILE: 18},
    refused={HOSTILE: 9},
    stories=tuple(replace(one, title=HOSTILE) for one in LARGE.stories),
    links=tuple(
        replace(one, label="x" * 300, url="javascript:alert(1)//" + "y" * 300)
        for one in LARGE.links
    ),
    operators=(*LARGE.operators, Operator(name=HOSTILE[:200], submitted=1)),
    bounces=tuple(replace(one, words=HOSTILE[:300], reason="w" * 300) for one in LARGE.bounces),
    html=MAIL.replace(
        "</body>",
        '<script>alert(1)</script><img src="https://evil.example/x.gif" onerror="alert(1)">'
        '<a href="https://evil.example/" onclick="alert(1)">out</a><base href="//evil.example">'
        '<link rel="stylesheet" href="//evil.example/a.css"><iframe src="//evil.example"></iframe>'
        '<div style="background:url(//evil.example/y.png)">b</div><form action="//evil.example">'
        '<input autofocus onfocus="alert(1)"></form><svg><script>alert(2)</script></svg></body>',
    ).replace("</head>", "<style>@import url(//evil.example/b.css);</style></head>"),
)

EVERY = {
    "large": LARGE,
    "none": NONE,
    "tiny": TINY,
    "sending": SENDING,
    "smtp": SMTP,
    "off": OFF,
    "unknown": UNKNOWN,
    "hostile": HOSTILE_REPORT,
}

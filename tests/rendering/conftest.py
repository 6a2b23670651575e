"""One edition that has everything in it: each thing that ever made a mail come out wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newsletter.model import (
    Article,
    Edition,
    EditionId,
    Image,
    Kind,
    Reference,
    Rendition,
    Section,
    Sponsor,
    Video,
)
from newsletter.rendering import render
from newsletter.settings import Newsletter

TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = "https://n.theshiftmaker.example"
DAY = date(2026, 7, 5)

#: Each with marks, joiners or spaces that a renderer may print as escapes, in text and attributes.
HINDI = "आपका न्यूज़लेटर अब हिन्दी में भी"
ARABIC = "نشرتك الآن بالعربية أيضًا، من اليمين إلى اليسار"
FAMILY = "👩‍👩‍👧‍👦 ❤️"

PARAGRAPHS = [
    (
        "<p>Every morning the desk reads what came in overnight, throws most of it away, "
        "and writes down why. What is left becomes this mail: one story in front, a few "
        "behind it, and the sources below each. Nothing in it is written to be clicked, and "
        "nothing is longer than it has to be. The "
        '<a href="https://desk.example/rules?a=1&amp;b=2">rules of the desk</a> fit on one '
        "page.</p>"
    ),
    (
        "<p>A mail is a hard place to print in. Some programs forget the styles, some turn light "
        "into dark, some cut off the end. So the words stand first, the picture comes after them, "
        "and a way out stands at the top as well as at the foot, where the cut would hide it.</p>"
    ),
    (
        "<p>Whoever leaves has left at once. Whoever stays is counted as a number that forgets "
        "whose it was after a day. That is all there is to say about counting, and it is said "
        "again at the foot of every edition, in one line, which follows what is switched on.</p>"
    ),
]


def article(id: str, **fields: object) -> Article:
    """An article that differs from an ordinary one only in what a test names."""
    ordinary: dict[str, object] = {
        "title": f"Story {id}",
        "url": f"https://theshiftmaker.example/{id}",
        "published": datetime(2026, 7, 4, 20, 0, tzinfo=UTC),
        "dek": f"What story {id} is about, in one plain sentence.",
        "body": PARAGRAPHS[0],
        "section": "how-we-make-this",
    }
    return Article(id=id, **(ordinary | fields))  # type: ignore[arg-type]


def picture(name: str, alt: str = "A desk at dawn, seen from above") -> Image:
    return Image(url=f"{SITE}/i/{name}", alt=alt)


LEAD = article(
    "2026-07-05-how-an-edition-is-made-from-the-first-article-to-the-last-reader-and-back-again-e",
    title="How an edition is made, from the first article to the last reader, and back again",
    dek="The desk's own rules, told in the order in which they are kept. They change on July 10, "
    "for everybody who reads us.",
    body="".join(PARAGRAPHS),
    featured=True,
    references=(
        Reference(title="The rules of the desk", url="https://desk.example/rules?a=1&b=2"),
        Reference(title="Asha, who keeps the clock"),
    ),
)
REEL = article(
    "reel",
    kind=Kind.REEL,
    title="one edition, from folder to inbox",
    dek="Fifty-eight seconds, no music.",
    video=Video(
        url="https://video.example/watch?v=1",
        seconds=58,
        poster=picture("d" * 64, "A folder of articles beside a telephone"),
    ),
)
STORIES = (
    article("squares", title="Why every link starts with our own address", image=picture("a" * 64)),
    article(
        "leaving",
        title="Leaving takes one press",
        dek="No login and no survey. The next edition skips you.",
        updated=datetime(2026, 7, 5, 0, 30, tzinfo=UTC),
        update_note="gives the right number of presses",
        update_of="daily/2026-07-04",
    ),
    article(
        "hostile",
        title="A \"quoted\" 'headline' with <script>alert(1)</script> & {{7*7}} in it \\u{94d}",
        dek="{% raw %} ]]> --> ${x} %recipient% *|X|* \\n <mj-text>not ours</mj-text>",
        image=picture("b" * 64, 'A "quoted" <b>alt</b> \\ {{7*7}}'),
    ),
)
VOICES = (
    article(
        "hindi",
        title=HINDI,
        dek="लेख की भाषा शीर्षक के ऊपर लिखी होती है।",
        body="<p>हिन्दी में एक छोटी सूचना।</p>",
        lang="hi",
        section="from-our-readers",
    ),
    article(
        "arabic",
        title=ARABIC,
        dek="اتجاه النص والصورة ينعكسان معًا، ويبقى اسم ShiftMaker كما هو.",
        body="<p>خبر قصير.</p>",
        lang="ar",
        dir="rtl",
        section="from-our-readers",
        image=picture("c" * 64, "مكتب عند الفجر"),
    ),
    article(
        "emoji",
        title=f"What an emoji costs {FAMILY}: a headline about bytes that readers never see",
        dek=f"One family is eleven characters and 25 bytes. {FAMILY}",
        image=picture("e" * 64, f"The family {FAMILY} in\u00a0print"),
        section="from-our-readers",
    ),
    article(
        "clip",
        kind=Kind.REEL,
        title="A second reel is a story like any other",
        video=Video(url="https://video.example/watch?v=2", seconds=125),
        section="from-our-readers",
    ),
)


def make_edition(**fields: object) -> Edition:
    ordinary: dict[str, object] = {
        "id": EditionId("daily", DAY),
        "subject": LEAD.title,
        "preheader": "They change on July 10. Plus: Why every link starts with our own address",
        "lead": LEAD,
        "sections": (
            Section(name="how-we-make-this", title="How we make this", articles=STORIES),
            Section(name="from-our-readers", title="From our readers", articles=VOICES),
        ),
        "reel": REEL,
        "sponsor": Sponsor(
            name="Your name here",
            text="One plain sentence about what you make, and one link.",
            url="https://sponsor.example/?from=mail",
            call="See what we make",
            first=DAY,
            last=DAY,
        ),
        "cutoff": datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
    }
    return Edition(**(ordinary | fields))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def newsletter() -> Newsletter:
    return Newsletter.load("daily", TEMPLATES)


@pytest.fixture(scope="session")
def rendition(newsletter: Newsletter) -> Rendition:
    """The whole edition, rendered once."""
    return render(make_edition(), newsletter, templates=TEMPLATES, site_url=SITE)


Rendered = Callable[..., Rendition]


@pytest.fixture
def rendered(newsletter: Newsletter) -> Rendered:
    """Renders the edition with what a test names changed."""

    def rendered(**fields: object) -> Rendition:
        return render(make_edition(**fields), newsletter, templates=TEMPLATES, site_url=SITE)

    return rendered


@pytest.fixture(name="make_edition")
def _make_edition() -> Callable[..., Edition]:
    return make_edition


@pytest.fixture(name="make_article")
def _make_article() -> Callable[..., Article]:
    return article


@pytest.fixture
def templates() -> Path:
    return TEMPLATES

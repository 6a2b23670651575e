"""One edition with everything wrong that preflight looks for, and the table of what is wrong."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from newsletter.model import (
    Article,
    Edition,
    EditionId,
    Finding,
    Image,
    Link,
    Memory,
    MergeField,
    Picture,
    Problem,
    Remembered,
    Rendition,
    Section,
    Severity,
    Sponsor,
)
from newsletter.settings import Newsletter, Sender

SITE = "https://n.theshiftmaker.in"
CLICK, DOOR = MergeField.CLICK.sentinel, MergeField.DOOR.sentinel


class Fault(NamedTuple):
    """One thing that was planted: the check that finds it, and words of what it says."""

    what: str
    check: str
    said: str


FAULTS = (
    Fault("more bytes than Gmail shows", "size", "Gmail cuts at 102,400"),
    Fault("more style than Gmail keeps", "style-size", "Gmail drops what is past 16,384"),
    Fault("an @ rule inside another", "style-size", "an @ rule stands inside another"),
    Fault("a Jinja field", "leftovers", "{{letter.title}}"),
    Fault("MJML that was not rendered", "leftovers", "<mj-text"),
    Fault("another program's merge field", "merge-fields", "*|FNAME|*"),
    Fault("a line that mail does not take", "long-lines", "bytes; mail ends at 998"),
    Fault("a text part that lacks a story", "text-part", "“Type at night” is not in the text part"),
    Fault("a text part that lacks links", "text-part", "cannot be followed from the text part"),
    Fault("an unsubscribe link that is hidden", "unsubscribe", "nobody can see the unsubscribe"),
    Fault("a postal address in white on white", "address", "no postal address that can be seen"),
    Fault("an emoji in the sender's name", "sender", "“🚨”"),
    Fault("a box that nobody reads", "reply-to", "nobody reads"),
    Fault("no view in the browser", "web-view", "no link to view the mail"),
    Fault("rules of a spam filter", "spam", "URG_SUBJECT"),
    Fault("a subject of 81 characters", "subject", "81 characters"),
    Fault("an answer that is none", "subject", "looks like an answer"),
    Fault("a subject that shouts", "subject", "shouts “BREAKING”"),
    Fault("an emoji in the subject", "subject", "the subject holds “🚨”"),
    Fault("a preheader that says the subject again", "preheader", "says the subject again"),
    Fault("a subject without the hedge", "hedge", "the subject does not"),
    Fault("a dek without the hedge", "hedge", "the dek does not"),
    Fault("the lead of yesterday", "repeated", "the same lead as in daily/2026-07-04"),
    Fault("the subject of yesterday", "repeated", "the same subject as daily/2026-07-04"),
    Fault("TK in a paragraph", "placeholder", "“TK” left in ¶ 1"),
    Fault("lorem ipsum of the sponsor", "placeholder", "“Lorem ipsum” left in the sponsor"),
    Fault("a link to example.com", "placeholder", "https://example.com/story is a placeholder"),
    Fault("a link to nothing", "placeholder", "leads to “#”"),
    Fault("the same headline twice", "headlines", "the same headline twice"),
    Fault("two headlines that tell one story", "twins", "nearly the same headline"),
    Fault("a lead without sources", "references", "no sources with the lead"),
    Fault("a lead of last week", "stale", "8 days old"),
    Fault("yesterday's date in the masthead", "date", "the masthead says 4 July 2026"),
    Fault("last year's copyright", "date", "© 2025"),
    Fault("a headline alone", "thin", "has neither dek nor text"),
    Fault("an update that does not say what is new", "update", "nothing says what changed"),
    Fault("a story that could not be read", "sources", "the date cannot be read"),
    Fault("a picture without alt", "alt", "a picture without alt"),
    Fault("a file's name as alt", "alt", "the name of a file: IMG_2041.jpg"),
    Fault("a heavy picture", "picture-weight", "214.0 kB"),
    Fault("a picture without width", "picture-width", "no width"),
    Fault("a WebP picture", "picture-type", "no WEBP"),
    Fault("a mail without a language", "language", "does not say its language"),
    Fault("a mail without a direction", "language", "does not say its direction"),
    Fault("an Arabic story set from left to right", "language", "runs rtl, but its block ltr"),
    Fault("a step of headings left out", "headings", "stands below h1"),
    Fault("a heading over nothing", "headings", "an h3 has no words"),
    Fault("grey on white", "contrast", "#BBBBBB on #FFFFFF is 1.92 in the light mail"),
    Fault("words that the dark layer forgot", "contrast", "in the dark mail"),
    Fault("hidden words", "hidden-text", "“cheap watches” is hidden by font-size:0px"),
    Fault("a link for thin fingers", "tap-targets", "is 14 px high"),
    Fault("columns that Word does not know", "mail-programs", "display:flex"),
    Fault("a link to this machine", "loopback", "leads to this machine"),
    Fault("a link inside the house", "hosts", "inside your own network"),
    Fault("a host that mixes alphabets", "look-alikes", "mixes alphabets"),
    Fault("a link that is not encrypted", "plain-http", "is not encrypted"),
    Fault("a shortened link", "shorteners", "https://bit.ly/3xyz hides where it leads"),
    Fault("a reader's token in a share link", "share-tokens", "passes on a reader's token"),
    Fault("a sender that DNS does not vouch for", "sender-dns", "has no DMARC record"),
    Fault("a dead link", "dead-links", "it answers 404"),
)

NEWSLETTER = Newsletter(
    name="daily",
    title="The ShiftMaker",
    sender=Sender(name="The ShiftMaker 🚨", address="desk@theshiftmaker.in"),
    reply_to="no-reply@theshiftmaker.in",
    postal_address="The ShiftMaker, 1 Example Street, Bengaluru 560001, India",
)

SUBJECT = "Re: BREAKING Alibaba bans Claude Code over a backdoor, and staff move to Qoder 🚨🚨"


def article(id: str, title: str, **fields: Any) -> Article:
    ordinary: dict[str, Any] = {
        "url": f"https://theshiftmaker.in/{id}",
        "published": datetime(2026, 7, 4, 20, 0, tzinfo=UTC),
        "dek": f"What {title} is about, in one plain sentence.",
        "origin": f"articles/{id}.md",
    }
    return Article(id=id, title=title, **(ordinary | fields))


LEAD = article(
    "lead",
    "Alibaba bans Claude Code over alleged backdoor as staff move to Qoder",
    published=datetime(2026, 6, 27, 8, 0, tzinfo=UTC),
    dek="A backdoor was found in the tool. It takes effect this week.",
    body="<p>It takes TK days.</p>",
    image=Image(url="https://pictures.theshiftmaker.in/1.jpg", alt="IMG_2041.jpg"),
)
OTHERS = (
    article("ask", "Ask the desk", dek="Dear *|FNAME|*, ask us."),
    article("ask-again", "Ask the desk"),
    article("leaving", "Leaving the daily mail takes one press"),
    article(
        "leaving-again", "Leaving the daily mail takes one click", update_of="daily/2026-07-04"
    ),
    article("night", "Type at night", dek="", body=""),
    article("arabic", "نشرتك اليومية تصل الآن بالعربية", lang="ar", dir="rtl"),
)
SPONSOR = Sponsor(
    name="Your name here",
    text="Lorem ipsum dolor sit amet.",
    url="https://sponsor.theshiftmaker.in/",
    first=date(2026, 7, 5),
    last=date(2026, 7, 5),
    origin="articles/sponsor.toml",
)
EDITION = Edition(
    id=EditionId("daily", date(2026, 7, 5)),
    subject=SUBJECT,
    preheader=SUBJECT,
    lead=LEAD,
    sections=(Section(name="stories", title="More stories", articles=OTHERS),),
    sponsor=SPONSOR,
    cutoff=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
)

_ADDRESSES = (
    "https://example.com/story",
    "http://localhost/try",
    "https://wiki.local/",
    "https://раypal.com/",
    "http://old.theshiftmaker.in/",
    "https://bit.ly/3xyz",
    f"https://x.com/intent/post?url=https%3A%2F%2Fn.theshiftmaker.in%2Fv%2F{'A' * 28}",
    "https://gone.theshiftmaker.in/story",
)
LINKS = tuple(
    Link(number=number, url=url, role=role, article=story)
    for number, (url, role, story) in enumerate(
        [
            *((one.url, "story", one.id) for one in EDITION.articles),
            *((url, "body", "lead") for url in _ADDRESSES),
        ],
        1,
    )
)


def _href(number: int) -> str:
    return f"{SITE}/c/{CLICK}/{number}"


def _html() -> str:
    lead, *others = EDITION.articles
    stories = "".join(
        f'<h3><a href="{_href(number)}">{one.title}</a></h3><p>{one.dek}</p>'
        for number, one in enumerate(others, 2)
    )
    links = "".join(
        f'<p>See <a href="{_href(link.number)}">the link</a> of it.</p>'
        for link in LINKS[len(EDITION.articles) :]
    )
    return (
        "<!DOCTYPE html><html><head><style>"
        "@media (prefers-color-scheme:dark) { @media screen { i { color:#FFF } } }</style>"
        "<style>@media (prefers-color-scheme:dark) {"
        ".card { background-color:#181B20 !important; color:#F1EFEA !important } }</style>"
        f"<style>{'.filler { color:#15181E } ' * 700}</style></head>"
        f'<body><div style="display:none">{SUBJECT}</div>'
        '<div class="card" style="background-color:#FFFFFF; color:#15181E">'
        "<p>Saturday 4 July 2026 · {{letter.title}}</p><mj-text>Hello</mj-text>"
        f'<h1><a href="{_href(1)}" style="color:#15181E">{lead.title}</a></h1>'
        f"<p>{lead.dek}</p>{lead.body}"
        '<img src="https://pictures.theshiftmaker.in/1.webp" alt="A desk" width="600">'
        '<img src="https://pictures.theshiftmaker.in/2.jpg">'
        f'{stories}{links}<h3></h3><p><a href="#">More</a></p>'
        '<p style="color:#BBBBBB">Published today</p>'
        '<p style="color:#5A5F68">A line that is muted</p>'
        '<p style="font-size:0">cheap watches</p>'
        f'<p><a style="font-size:11px;line-height:14px" href="{_href(1)}">Share</a></p>'
        '<div style="display:flex">Two columns</div>'
        f'<p style="display:none"><a href="{SITE}/u/{DOOR}">Unsubscribe</a></p>'
        f'<p style="color:#FFFFFF">{NEWSLETTER.postal_address}</p><p>© 2025 The ShiftMaker</p>'
        f"</div><!-- {'filler ' * 15_000} --></body></html>"
    )


def _text() -> str:
    told = [f"{one.title}\n{one.dek}" for one in EDITION.articles if one.id != "night"]
    foot = f"Unsubscribe: {SITE}/u/{DOOR}\n{NEWSLETTER.postal_address}"
    return "\n".join([*told, "x" * 1_000, foot])


RENDITION = Rendition(
    subject=SUBJECT,
    preheader=SUBJECT,
    html=_html(),
    text=_text(),
    links=LINKS,
    pictures=(
        Picture(hash="0", media_type="image/jpeg", data=b"x" * 214_000, width=1104, height=621),
    ),
)


def dead(urls: Sequence[str]) -> Mapping[str, str]:
    """What following the links would tell."""
    return {url: "it answers 404, Not Found" for url in urls if "gone." in url}


#: All that preflight is told, as keywords of `inspect`.
TOLD: dict[str, Any] = {
    "problems": (Problem(where="articles/late.md:3", what="the date cannot be read"),),
    "site_url": SITE,
    "transport": "smtp",
    "smtp_host": "mail.theshiftmaker.in",
    "memory": Memory(
        last="daily/2026-07-04",
        subject=SUBJECT,
        considered=(
            Remembered(
                edition="daily/2026-07-04",
                cutoff=datetime(2026, 7, 4, 1, 30, tzinfo=UTC),
                key=LEAD.key,
                article=LEAD.id,
                day=date(2026, 6, 27),
                fingerprint="0",
                included=True,
                led=True,
            ),
        ),
    ),
    "follow": dead,
    "dns": lambda: (
        Finding(
            check="",
            severity=Severity.ERROR,
            sentence="dmarc: theshiftmaker.in has no DMARC record",
            hint="Publish one.",
        ),
    ),
    "mail": lambda: b"Subject: a mail\r\n\r\nA mail.\r\n",
}

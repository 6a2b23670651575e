"""
Who presses and opens, and how: every kind of person and robot that is known to read mail.

A share is a guess, with its reason: nobody publishes how often each gateway scans. What each does
is told by those who watched it:

- a scanner's links come about a second apart (mautic/mautic #9798), in a cluster within a minute of
  the mail's going out, sometimes after five (anymail/django-anymail #200);
- a click from another network and system follows 12 s after a delivery (resend/resend-node #901);
- readers behind gateways press "the first few links", or every one, several times
  (putyourlightson/craft-campaign #546);
- Safe Links lets the reader's own browser make the last request (warmbly/warmbly #410).

Half of the robots that bear a browser's name are taken to forget something that the browser says
besides; `hard` makes all of them whole browsers.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from newsletter.tracking.robots import Visit

_DATA = Path(__file__).parents[1] / "data" / "useragents"
BROWSERS = (_DATA / "browsers.txt").read_text(encoding="utf-8").splitlines()
CRAWLERS = (_DATA / "crawlers.txt").read_text(encoding="utf-8").splitlines()
PHONES = [agent for agent in BROWSERS if "Mobile" in agent]
IPHONES = [agent for agent in PHONES if "iPhone" in agent]

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/146.0.0.0 Safari/537.36"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/146.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/146.0.0.0 Mobile Safari/537.36"
DESKTOPS = [WINDOWS, f"{WINDOWS} Edg/146.0.0.0", MAC] * 3 + [
    agent for agent in BROWSERS if "Mobile" not in agent
]
IN_APPS = [
    f"Mozilla/5.0 (Linux; Android 14; SM-A146B; wv) {_WEBKIT} Version/4.0 Chrome/139.0.7258 GSA/15",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {_WEBKIT} Mobile [LinkedInApp]/9.31",
    f"Mozilla/5.0 (Linux; U; Android 12) {_WEBKIT} Version/4.0 Chrome/112.0.5615.136 Miui/14",
]
OLD = [
    "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; en) Presto/2.12.423 Version/12.16",
    "Mozilla/5.0 (Mobile; LYF/F320B; Android; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    f"Mozilla/5.0 (Linux; Android 10; CUBOT X30) {_WEBKIT} Chrome/87.0.4280 Mobile Safari/537.36",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 4.4.4; en-US; SM) U2/1.0.0 UCBrowser/10.9 U2/1.0.0 Mobile",
]
TEXT = [
    "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1",
    "w3m/0.5.3",
    "Links (2.29; Linux 6.1 x86_64)",
]
PREVIEWERS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1",
]
SCRIPTS = ["python-requests/2.31.0", "curl/8.5.0", "Go-http-client/1.1", "", "okhttp/4.10.0"]


class Request(NamedTuple):
    #: Seconds since the edition's sending began.
    at: float
    method: str
    address: str
    #: None for the pixel.
    link: int | None
    visit: Visit


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What an actor finds: a mail, when it was handed over, and where from it is pressed."""

    random: random.Random
    #: How many links the mail has.
    links: int
    #: Seconds since the edition's sending began.
    handed_over: float
    #: An address; a crowd's members share its network.
    address: str
    #: For a crowd: seconds at which it is at its thickest.
    moment: float
    #: Whether robots with a browser's name are whole browsers.
    hard: bool

    def spread(self, median: float, sigma: float, least: float = 0.0) -> float:
        """Draw seconds: most are near the median, some far above."""
        return max(least, self.random.lognormvariate(0, sigma) * median)

    def delivered(self) -> float:
        return self.handed_over + self.spread(3, 0.7, 0.8)

    def elsewhere(self) -> str:
        return ".".join(str(self.random.randrange(1, 255)) for _ in range(4))


Make = Callable[[Stage], list[Request]]


@dataclass(frozen=True, kw_only=True)
class Actor:
    name: str
    person: bool
    #: Of all people's sessions, or of all robots'.
    share: float
    #: Where the share comes from.
    why: str
    make: Make
    #: How many readers come from one network together.
    crowd: int = 1
    #: It only opens, or its requests are never counted: it is shown, and in no total.
    apart: bool = False


# ── What programs say of themselves ─────────────────────────────────────────────────────────


def browser(agent: str, language: str = "en-IN,en;q=0.9") -> Visit:
    """Say all that a real browser of that name says over TLS."""
    engine = re.search(r"(?:Chrome|Firefox)/(\d+)", agent) or re.search(r"Version/(\d+)", agent)
    version = int(engine[1]) if engine else 0
    least = 76 if "Chrome/" in agent else 90 if "Firefox/" in agent else 17
    systems = {"Windows NT": "Windows", "Macintosh": "macOS", "Android": "Android"}
    system = next((name for mark, name in systems.items() if mark in agent), "")
    hints = "Chrome/" in agent and version >= 89 and "; wv)" not in agent
    return Visit(
        agent,
        language,
        "",
        "navigate" if version >= least else "",
        f'"Chromium";v="{version}"' if hints else "",
        system if hints else "",
    )


def library(agent: str, language: str = "en-US") -> Visit:
    """Say what a program says that has a browser's name alone."""
    return Visit(agent, language, "", "")


def disguised(stage: Stage, agent: str) -> Visit:
    """Say what a scanner with a browser's name says: all, the name alone, or another system."""
    if stage.hard:
        return browser(agent, "en-US")
    kinds = (browser(agent, "en-US"), library(agent), replace_platform(browser(agent, "en-US")))
    return stage.random.choices(kinds, (0.5, 0.35, 0.15))[0]


def replace_platform(visit: Visit) -> Visit:
    """Say what Chromium says on a Linux server when only its agent was changed (measured)."""
    return visit._replace(platform="Linux") if visit.brands else visit


# ── People ──────────────────────────────────────────────────────────────────────────────────


def presses(
    stage: Stage, visit: Visit, start: float, links: list[int], gap: Callable[[], float]
) -> list[Request]:
    at, found = start, []
    for number, link in enumerate(links):
        at += gap() if number else 0
        found.append(Request(at, "GET", stage.address, link, visit))
    return found


def chosen(stage: Stage, count: int) -> list[int]:
    """Choose stories as people do: the first far more often than the last, downwards."""
    weights = [1 / (n + 1) for n in range(stage.links)]
    links: set[int] = set()
    while len(links) < min(count, stage.links):
        links.add(1 + stage.random.choices(range(stage.links), weights)[0])
    return sorted(links)


def whenever(stage: Stage) -> float:
    """Return when a person comes to read: most within hours, hardly one within half a minute."""
    return stage.delivered() + stage.spread(2400, 1.6, 12)


def any_browser(stage: Stage) -> Visit:
    agents = stage.random.choices((PHONES, [ANDROID], IPHONES, DESKTOPS), (3, 3, 2, 2))[0]
    return browser(stage.random.choice(agents))


def one_tap(stage: Stage) -> list[Request]:
    return presses(stage, any_browser(stage), whenever(stage), chosen(stage, 1), lambda: 0)


def stories_over_minutes(stage: Stage) -> list[Request]:
    count = stage.random.choice((2, 2, 3, 4))
    gap = lambda: stage.spread(70, 0.9, 6)  # noqa: E731
    return presses(stage, any_browser(stage), whenever(stage), chosen(stage, count), gap)


def tabs_at_once(stage: Stage) -> list[Request]:
    """Middle-click down the mail: a pointer needs most of a second from link to link."""
    count = stage.random.choices((2, 3, 4, 5, 6, 8), (30, 34, 20, 10, 4, 2))[0]
    visit = browser(stage.random.choice(DESKTOPS))
    gap = lambda: stage.spread(1.9, 0.55, 0.6)  # noqa: E731
    return presses(stage, visit, whenever(stage), chosen(stage, count), gap)


def double_tap(stage: Stage) -> list[Request]:
    link = chosen(stage, 1) * stage.random.choice((2, 2, 3))
    return presses(stage, any_browser(stage), whenever(stage), link, lambda: stage.spread(0.4, 0.5))


def in_an_app(stage: Stage) -> list[Request]:
    """A view inside an app, then the same in the browser."""
    visit = browser(stage.random.choice(IN_APPS))
    found = presses(stage, visit, whenever(stage), chosen(stage, 1), lambda: 0)
    if stage.random.random() < 0.3:
        again = found[0].at + stage.spread(8, 0.6, 2)
        found.append(found[0]._replace(at=again, visit=browser(ANDROID)))
    return found


def safe_links_person(stage: Stage) -> list[Request]:
    """Outlook on a desk: the scanner looks first, at the moment of the press, then the person."""
    visit = browser(stage.random.choice(DESKTOPS[:9]))
    count = stage.random.choice((1, 1, 2))
    return presses(
        stage, visit, whenever(stage), chosen(stage, count), lambda: stage.spread(40, 1, 4)
    )


def at_seven(stage: Stage) -> list[Request]:
    """Behind a carrier's few addresses, all with the same agent, all within minutes."""
    agent = stage.random.choices((ANDROID, WINDOWS), (0.85, 0.15))[0]
    start = max(stage.handed_over + 14, stage.moment + stage.random.uniform(0, 120))
    tabs = stage.random.random() < 0.06
    links = chosen(stage, 2 if tabs else 1)
    return presses(stage, browser(agent), start, links, lambda: stage.spread(2.5, 0.5, 0.8))


def in_the_office(stage: Stage) -> list[Request]:
    """One address, one agent for all, and nine o'clock."""
    start = max(stage.handed_over + 20, stage.moment + stage.random.uniform(0, 300))
    count = stage.random.choices((1, 2, 3), (80, 12, 8))[0]
    gap = lambda: stage.spread(12, 1.0, 0.8)  # noqa: E731
    return presses(stage, browser(WINDOWS), start, chosen(stage, count), gap)


def eager(stage: Stage) -> list[Request]:
    """A phone in the hand when the mail comes."""
    start = stage.delivered() + stage.spread(18, 0.5, 7)
    return presses(stage, any_browser(stage), start, chosen(stage, 1), lambda: 0)


def forwarded(stage: Stage) -> list[Request]:
    """One reader's mail, sent on to colleagues who press within minutes."""
    found: list[Request] = []
    start = whenever(stage)
    for _ in range(stage.random.randrange(3, 8)):
        at = start + stage.spread(300, 1.2)
        visit = browser(stage.random.choice(DESKTOPS))
        found += presses(stage, visit, at, chosen(stage, 1), lambda: 0)
    return found


def of(
    agents: list[str], language: str = "en", visit: Callable[[str, str], Visit] = browser
) -> Make:
    def make(stage: Stage) -> list[Request]:
        told = visit(stage.random.choice(agents), language)
        return presses(stage, told, whenever(stage), chosen(stage, 1), lambda: 0)

    return make


PEOPLE = [
    Actor(name="one tap", person=True, share=44, why="most readers press once", make=one_tap),
    Actor(
        name="stories over minutes",
        person=True,
        share=18,
        why="the rest",
        make=stories_over_minutes,
    ),
    Actor(name="tabs at once", person=True, share=5, why="desks, and few there", make=tabs_at_once),
    Actor(name="double tap", person=True, share=5, why="phones that answer late", make=double_tap),
    Actor(name="inside an app", person=True, share=8, why="mail apps with a view", make=in_an_app),
    Actor(name="Outlook, Safe Links", person=True, share=4, why="at work", make=safe_links_person),
    Actor(
        name="a carrier at 7am", person=True, share=6, why="Indian phones", make=at_seven, crowd=60
    ),
    Actor(name="an office", person=True, share=3, why="at work", make=in_the_office, crowd=20),
    Actor(name="eager", person=True, share=2.5, why="notifications", make=eager),
    Actor(name="forwarded", person=True, share=0.7, why="a team's one reader", make=forwarded),
    Actor(name="text browser", person=True, share=0.3, why="a developer", make=of(TEXT)),
    Actor(name="scripts off", person=True, share=1, why="Firefox, Tor", make=of(BROWSERS)),
    Actor(name="an old browser", person=True, share=2.3, why="Opera Mini, KaiOS", make=of(OLD)),
    Actor(
        name="no Accept-Language",
        person=True,
        share=0.2,
        why="a filter strips it: cannot be told",
        make=of([WINDOWS], ""),
    ),
]


# ── Robots ──────────────────────────────────────────────────────────────────────────────────


def scan(
    stage: Stage, visit: Visit, links: list[int], gap: float, start: float | None = None
) -> list[Request]:
    began = stage.delivered() + stage.spread(8, 1.0, 0.2) if start is None else start
    return presses(stage, visit, began, links, lambda: stage.spread(gap, 0.35))


def every(stage: Stage) -> list[int]:
    return list(range(1, stage.links + 1))


def safe_links(stage: Stage) -> list[Request]:
    """Some of the links, at once, out of a cloud's network."""
    count = stage.random.randrange(3, stage.links + 1)
    links = sorted(stage.random.sample(every(stage), count))
    return scan(stage, disguised(stage, WINDOWS), links, 0.25)


def defender(stage: Stage) -> list[Request]:
    """A whole browser that goes through all links."""
    return scan(stage, browser(f"{WINDOWS} Edg/146.0.0.0", "en-US"), every(stage), 0.8)


def proofpoint(stage: Stage) -> list[Request]:
    """Every link, each from another network and by another name."""
    found = scan(stage, disguised(stage, WINDOWS), every(stage), 0.7)
    agents = [WINDOWS, MAC, *BROWSERS]
    return [
        one._replace(address=stage.elsewhere(), visit=disguised(stage, stage.random.choice(agents)))
        for one in found
    ]


def barracuda(stage: Stage) -> list[Request]:
    return scan(stage, disguised(stage, WINDOWS), every(stage), 1.1)


def mimecast(stage: Stage) -> list[Request]:
    """The first few links twice over."""
    links = every(stage)[: max(3, stage.links // 2)]
    return scan(stage, disguised(stage, MAC), [*links, *links], 0.4)


def slow(stage: Stage) -> list[Request]:
    """All links, over a minute or several."""
    return scan(stage, disguised(stage, WINDOWS), every(stage), stage.random.uniform(3, 14))


def one_link_soon(stage: Stage) -> list[Request]:
    """One link by a plain browser's name, as soon as the mail is there."""
    return scan(stage, disguised(stage, WINDOWS), chosen(stage, 1), 0)


def one_link_later(stage: Stage) -> list[Request]:
    """One link, minutes later, by a whole browser: nothing tells it from a person."""
    start = stage.delivered() + stage.spread(240, 0.8, 60)
    return scan(stage, browser(WINDOWS, "en-US"), chosen(stage, 1), 0, start)


def gateway_one_link(stage: Stage) -> list[Request]:
    """One link of each of its readers' mails."""
    return scan(stage, disguised(stage, WINDOWS), [stage.random.choice((1, 1, 1, 2))], 0)


def gateway_two_links(stage: Stage) -> list[Request]:
    """A few links of each of its readers' mails, out of one network, seconds apart."""
    count = stage.random.choice((2, 3))
    start = stage.moment + stage.random.uniform(15, 70)
    return scan(stage, disguised(stage, WINDOWS), every(stage)[:count], 3, start)


def with_agents(agents: list[str], count: int = 1) -> Make:
    def make(stage: Stage) -> list[Request]:
        visit = library(stage.random.choice(agents), "")
        return scan(stage, visit, every(stage)[:count], 0.5)

    return make


def heads(stage: Stage) -> list[Request]:
    visit = library(stage.random.choice([WINDOWS, *SCRIPTS]))
    return [one._replace(method="HEAD") for one in scan(stage, visit, every(stage), 0.3)]


def prefetcher(stage: Stage) -> list[Request]:
    visit = browser(MAC)._replace(purpose="prefetch;prerender")
    return presses(stage, visit, whenever(stage), every(stage)[:5], lambda: 0.01)


def headless(stage: Stage) -> list[Request]:
    agent = f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/146.0.0.0 Safari/537.36"
    return scan(stage, browser(agent, ""), every(stage), 1.0)


def opening(agent: str) -> Make:
    def make(stage: Stage) -> list[Request]:
        at = stage.delivered() + stage.spread(600, 1.5)
        return [Request(at, "GET", stage.elsewhere(), None, Visit(agent, "", ""))]

    return make


ROBOTS = [
    Actor(name="Safe Links", person=False, share=15, why="most companies' mail", make=safe_links),
    Actor(name="Defender", person=False, share=18, why="the same", make=defender),
    Actor(name="Proofpoint", person=False, share=15, why="large companies", make=proofpoint),
    Actor(name="Barracuda", person=False, share=13, why="small companies", make=barracuda),
    Actor(name="Mimecast", person=False, share=9, why="companies", make=mimecast),
    Actor(name="scripts", person=False, share=6, why="own tools", make=with_agents(SCRIPTS, 3)),
    Actor(name="headless browser", person=False, share=3, why="sandboxes", make=headless),
    Actor(
        name="crawler",
        person=False,
        share=4,
        why="a web view passed on",
        make=with_agents(CRAWLERS),
    ),
    Actor(
        name="previewer", person=False, share=4, why="links passed on", make=with_agents(PREVIEWERS)
    ),
    Actor(name="prefetcher", person=False, share=2, why="webmail", make=prefetcher),
    Actor(name="slow scanner", person=False, share=4, why="queues", make=slow),
    Actor(name="one link soon", person=False, share=2, why="resend #901", make=one_link_soon),
    Actor(name="one link later", person=False, share=1, why="cannot be told", make=one_link_later),
    Actor(
        name="gateway, one link",
        person=False,
        share=1.5,
        why="hardly to be told",
        make=gateway_one_link,
        crowd=12,
    ),
    Actor(
        name="gateway, few links",
        person=False,
        share=2.5,
        why="craft-campaign #546",
        make=gateway_two_links,
        crowd=10,
    ),
]

#: Shown, and in no total: a HEAD is never counted, and opens are judged one by one.
APART = [
    Actor(name="HEAD", person=False, share=1, why="CiviCRM #35328", make=heads, apart=True),
    Actor(
        name="Apple opening all",
        person=False,
        share=1,
        why="",
        make=opening("Mozilla/5.0"),
        apart=True,
    ),
    Actor(
        name="Gmail's proxy, read",
        person=True,
        share=1,
        why="",
        make=opening(
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0"
            " (via ggpht.com GoogleImageProxy)"
        ),
        apart=True,
    ),
    Actor(
        name="Yahoo's proxy, read",
        person=True,
        share=1,
        why="",
        make=opening("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"),
        apart=True,
    ),
    Actor(
        name="Outlook on the web", person=True, share=1, why="", make=opening(WINDOWS), apart=True
    ),
]


def counts(actors: list[Actor], total: int) -> Iterator[tuple[Actor, int]]:
    """Yield how many sessions of each: by its share, and a few at least."""
    whole = sum(actor.share for actor in actors)
    for actor in actors:
        crowds = max(1, round(total * actor.share / whole / actor.crowd))
        yield actor, max(crowds * actor.crowd, 5)

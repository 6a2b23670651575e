"""
Robots: what a single request says of who sent it.

Lists of crawlers are never asked about pixels, since they name the proxies through which people's
mail programs open pictures; nor is the network, for Outlook opens through Microsoft's. Apple's mail
opens everything by itself, read or not. The agent is judged here and goes no further.

What a reader's clicks say together: `newsletter.tracking.windows`; what many readers' clicks from
one network say: `newsletter.tracking.networks`.
"""

from typing import NamedTuple

from newsletter.model import Verdict
from newsletter.tracking.agents import Agent, read_agent

#: Apple Mail Privacy Protection: every picture is fetched in advance, by this agent alone.
_APPLE = "Mozilla/5.0"

#: Gmail's fetching in advance, as SparkPost and GMass saw it; real opens: GoogleImageProxy.
_GMAIL_IN_ADVANCE = "Edge/12.246 Mozilla/5.0"

#: Of an agent, the beginning is enough.
_AGENT_LENGTH = 500


class Visit(NamedTuple):
    """What a request says of who sent it."""

    agent: str
    #: Its Accept-Language.
    language: str
    #: Its Sec-Purpose, Purpose or X-Moz.
    purpose: str
    #: Its Sec-Fetch-Mode, empty where it sends none; None where the site is reached without TLS,
    #: over which browsers send none.
    mode: str | None = None
    #: Its Sec-CH-UA, which names the engine whatever the agent says.
    brands: str = ""
    #: Its Sec-CH-UA-Platform, without quotes.
    platform: str = ""


class Judged(NamedTuple):
    verdict: Verdict
    #: Empty for a person.
    rule: str


PERSON = Judged(Verdict.PERSON, "")

_STRENGTH = {Verdict.PERSON: 0, Verdict.PROBABLE: 1, Verdict.CERTAIN: 2}


def is_stronger(one: Verdict, other: Verdict) -> bool:
    """Whether a verdict says more against a person than another."""
    return _STRENGTH[one] > _STRENGTH[other]


def judge_click(visit: Visit) -> Judged:
    """Judge a press on a link."""
    purpose = visit.purpose.lower()
    if "prefetch" in purpose or "preview" in purpose:
        return Judged(Verdict.CERTAIN, "prefetch")
    agent = read_agent(visit.agent[:_AGENT_LENGTH])
    if agent.robot or "Headless" in visit.brands:
        return Judged(Verdict.CERTAIN, "agent")
    rule = _doubt(visit, agent)
    return Judged(Verdict.PROBABLE, rule) if rule else PERSON


def _doubt(visit: Visit, agent: Agent) -> str:
    """Return why a program that calls itself no robot is probably one; empty where it is not."""
    if not visit.agent:
        return "no-agent"
    if not agent.browser:
        return "no-browser"
    if not _navigates(visit.mode, agent):
        return "no-navigation"
    if agent.system and visit.platform and visit.platform != agent.system:
        return "two-systems"
    return "" if visit.language else "no-language"


def _navigates(mode: str | None, agent: Agent) -> bool:
    """Whether a request is one that a browser makes when a link is pressed."""
    if mode is None:
        return True
    return "navigate" in mode if mode else not agent.tells_mode


def judge_open(visit: Visit) -> Judged:
    """Judge a picture's being fetched: by the proxies of mail programs it is a person's."""
    agent = visit.agent[:_AGENT_LENGTH].strip()
    if not agent:
        return Judged(Verdict.PROBABLE, "no-agent")
    if agent == _APPLE:
        return Judged(Verdict.PROBABLE, "apple-privacy")
    if agent.endswith(_GMAIL_IN_ADVANCE):
        return Judged(Verdict.PROBABLE, "gmail-prefetch")
    if "HeadlessChrome" in agent or "PhantomJS" in agent:
        return Judged(Verdict.CERTAIN, "agent")
    return PERSON

"""
Agents: what a program's own name says of it.

Robots are those of the community's list (github.com/monperrus/crawler-user-agents) and our own;
most others give themselves away by an address or a word for what they do. A browser is what calls
itself one; whoever lies is found by what it forgets (`newsletter.tracking.robots`).
"""

import re
from functools import lru_cache
from typing import NamedTuple

import crawleruseragents

#: What nobody's browser bears. Cubot makes phones, Lynx and Links are read by people.
_ROBOT = re.compile(
    r"""
    ://|(?<!cu)bot\b|bot/|spider|crawl|scanner|fetcher|preview|monitor|observatory|headless
    |phantomjs|puppeteer|playwright|selenium|cypress|lighthouse|electron/.*\bcypress
    |libwww-perl|libcurl|HttpClient|\bscrapy
    |Barracuda|Mimecast|ProofPoint|URLScan|Netcraft|Sophos|Symantec|Forcepoint|SCMGUARD
    |MSOffice|ms-office|Microsoft\ Office|Microsoft\ Exchange
    |^(?:python|curl|wget|Go-http-client|okhttp|Java|axios|node|lua-resty|AHC|Jetty|Apache-|Dalvik
        |aiohttp|httpx|WhatsApp|facebookexternal|Ruby|PHP|yarn|undici)\b
    |Edge/12\.246\ Mozilla/5\.0$
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: `compatible` is how robots begin, and browsers of before 2013.
_BROWSER = re.compile(
    r"Mozilla/[45]\.0 \((?!compatible;(?! MSIE| Konqueror))|Opera/\d|UCWEB/|Lynx/|w3m/|E?Links \(|"
    r"ELinks/|NokiaC?\w+/"
)

#: From when on the browsers send Sec-Fetch-Mode, with years to spare (MDN: Chromium 76, Firefox
#: 90). Not asked of Safari: its views inside apps are too many.
_TELLS = re.compile(r"(?:Chrome|Firefox)/(\d{2,4})\.")
_TELLS_SINCE = 100

#: Two systems by their names in the agent, and in Sec-CH-UA-Platform.
_SYSTEMS = {"(Windows NT ": "Windows", "(Macintosh; ": "macOS"}


class Agent(NamedTuple):
    #: It says that it is no person's program.
    robot: bool
    #: It says that it is a browser.
    browser: bool
    #: Such a browser says by itself, over TLS, that it navigates.
    tells_mode: bool
    #: `Windows`, `macOS`; empty for any other.
    system: str


@lru_cache(maxsize=8192)
def read_agent(agent: str) -> Agent:
    """Read an agent; the same ones come again and again, so what was read is held."""
    told = _TELLS.search(agent)
    return Agent(
        robot=bool(_ROBOT.search(agent)) or bool(crawleruseragents.is_crawler(agent)),
        browser=bool(_BROWSER.match(agent)),
        tells_mode=told is not None and int(told[1]) >= _TELLS_SINCE,
        system=next((name for mark, name in _SYSTEMS.items() if mark in agent), ""),
    )

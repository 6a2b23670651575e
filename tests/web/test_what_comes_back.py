"""
One edition goes out, people and scanners press, an ESP and a bounce box tell what became of it.

Everything that is done is counted by hand as it is done; the report must say the same of every
number, in whatever form it is asked for.
"""

import csv
import email
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from newsletter.model import EditionId
from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from tests.look.conftest import browser, chromium, playwright
from tests.transports.relay import Asked, ScriptedRelay, Taken
from tests.web.conftest import Site
from tests.web.test_bounces import BOX, _address
from tests.web.test_count import PERSON
from tests.web.test_forgetting import SUNDAY
from tests.web.test_hooks import KEY, post, public, told

__all__ = ["browser", "chromium", "playwright"]

REAL = Path(__file__).parents[1] / "data" / "bounces" / "sisimai"
DOMAINS = {
    "gmail.com": "Gmail",
    "yahoo.co.in": "Yahoo",
    "hotmail.com": "Microsoft",
    "icloud.com": "Apple",
    "desk.example.com": "Other",
}
READERS = [f"r{n}@{domain}" for domain in DOMAINS for n in range(8)]
SCANNER = {"User-Agent": "python-requests/2.31"}


@dataclass
class ByHand:
    """What was done, counted as it was done."""

    edition: str
    submitted: int = 0
    refused: int = 0
    skipped: int = 0
    states: dict[str, str] = field(default_factory=dict)
    bounces: Counter[str] = field(default_factory=Counter)
    left: set[str] = field(default_factory=set)
    #: By link and verdict.
    clicks: Counter[tuple[int, str]] = field(default_factory=Counter)
    readers: dict[str, set[str]] = field(
        default_factory=lambda: {"person": set(), "probable": set()}
    )
    opens: Counter[str] = field(default_factory=Counter)

    def state(self, name: str) -> int:
        return sum(1 for state in self.states.values() if state == name)

    def clicked(self, verdict: str) -> int:
        return sum(count for (_, said), count in self.clicks.items() if said == verdict)

    def at(self, operator: str, state: str) -> int:
        return sum(
            1
            for reader, now in self.states.items()
            if DOMAINS[reader.partition("@")[2]] == operator and now == state
        )


def refuses_one(asked: Asked) -> bytes | None:
    """A relay that knows one of the readers not to exist."""
    unknown = asked.verb == "RCPT" and f"<{READERS[0]}>" in asked.argument
    return b"550 5.1.1 no such user\r\n" if unknown else None


@pytest.fixture
def house(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> Iterator[tuple[Site, ByHand, dict[str, Taken]]]:
    """An edition that went out to forty readers through a relay, and each one's copy."""
    for room in ("new", "cur", "tmp"):
        (tmp_path / "box" / room).mkdir(parents=True)
    with ScriptedRelay(refuses_one).open() as relay:
        settings = settings_of(
            transport="smtp",
            smtp={"host": "127.0.0.1", "port": relay.port, "tls": "none"},
            bounces={"address": BOX, "maildir": tmp_path / "box"},
            sendgrid={"webhook_key": public(KEY)},
        )
        site = Site(Newsroom(settings), tmp_path)
        site.start()
        for reader in READERS:
            site.reader(reader)
        hand = ByHand("daily/2026-07-05")
        draft = site.newsroom.desk.build(site.newsroom.newsletter(), SUNDAY)
        assert isinstance(draft, Draft)
        site.newsroom.dispatch.plan(draft)
        # One leaves between the plan and the call.
        site.newsroom.circulation.remove(READERS[1])
        site.newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
    hand.refused, hand.skipped, hand.submitted = 1, 1, len(READERS) - 2
    hand.states = dict.fromkeys(READERS[2:], "submitted")
    taken = {
        re.sub(r".*<(.*)>.*", r"\1", one.recipient): one._replace(sender=_address(one.sender))
        for one in relay.taken
    }
    yield site, hand, taken
    site.stop()


def links(taken: Taken) -> dict[int, str]:
    """The tracked links of a copy, by number."""
    mail = email.message_from_bytes(taken.content)
    (html,) = [part for part in mail.walk() if part.get_content_type() == "text/html"]
    text = str(html.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    return {int(path.rsplit("/", 1)[1]): path for path in re.findall(r"/c/[\w-]{28}/\d+", text)}


def pixel(taken: Taken) -> str:
    mail = email.message_from_bytes(taken.content)
    (html,) = [part for part in mail.walk() if part.get_content_type() == "text/html"]
    text = str(html.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    found = re.search(r"/o/[\w-]{28}\.gif", text)
    assert found
    return found[0]


def press(site: Site, hand: ByHand, copies: dict[str, Taken]) -> None:
    """People press a story or two; scanners press, some by name and one like a browser."""
    with httpx.Client(base_url=site.url) as web:
        for n, reader in enumerate(READERS[8:20]):
            for number in (1, 2)[: 1 + n % 2]:
                path = links(copies[reader])[number]
                assert web.get(path, headers=PERSON).status_code == 302
                hand.clicks[number, "person"] += 1
            hand.readers["person"].add(reader)
            # The same person presses again, and a mail program asks first.
            web.head(path, headers=PERSON)
            if n == 0:
                web.get(path, headers=PERSON)
                hand.clicks[number, "person"] += 1
        for reader in READERS[24:27]:
            for number, path in links(copies[reader]).items():
                web.get(path, headers=SCANNER)
                hand.clicks[number, "certain"] += 1
        # It has a browser's name, and no hand: every link of a mail within a second.
        hasty = READERS[30]
        for number, path in links(copies[hasty]).items():
            web.get(path, headers=PERSON)
            hand.clicks[number, "hasty"] += 1
        for reader, agent, verdict in (
            (READERS[8], PERSON["User-Agent"], "person"),
            (READERS[9], "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "person"),
            (READERS[33], "Mozilla/5.0", "probable"),
        ):
            web.get(pixel(copies[reader]), headers={"User-Agent": agent, "Accept-Language": "en"})
            hand.opens[verdict] += 1
        for reader in READERS[12:15]:
            way_out = email.message_from_bytes(copies[reader].content)["List-Unsubscribe"]
            door = re.search(r"/u/[\w-]{28}", way_out)
            assert door
            web.post(door[0], data={"List-Unsubscribe": "One-Click"})
            hand.left.add(reader)


def tell(site: Site, hand: ByHand) -> list[dict[str, object]]:
    """SendGrid tells what became of some: many times, in any order."""
    rows = site.rows(
        "SELECT s.key, d.position FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
    )
    at = {row.key: row.position for row in rows}
    events = []
    for reader in READERS[2:30]:
        events.append(told(at[reader], "delivered"))
        hand.states[reader] = "delivered"
    events.append(told(at[READERS[5]], "spamreport"))
    hand.states[READERS[5]] = "complained"
    events.append(told(at[READERS[6]], "deferred", response="451 4.7.1 try later"))
    assert post(site, [*reversed(events), *events]) == 200
    site.newsroom.inbox.read_parcels()
    return events


def come_back(site: Site, hand: ByHand, copies: dict[str, Taken]) -> None:
    """Real bounces and a real complaint come to the box, each by a reader's own way back."""
    came = {
        READERS[31]: ("lhost-notes-03.eml", "hard"),
        READERS[34]: ("lhost-amazonses-03.eml", "soft"),
        READERS[35]: ("lhost-sendmail-09.eml", "ours"),
        READERS[36]: ("arf-01.eml", "complained"),
        READERS[37]: ("rfc3834-01.eml", ""),
    }
    for n, (reader, (name, kind)) in enumerate(came.items()):
        way = copies[reader].sender.encode()
        raw = b"Delivered-To: " + way + b"\r\n" + (REAL / name).read_bytes()
        (site.folder / "box" / "new" / f"17000000{n}.M{n}.mx").write_bytes(raw)
        if kind == "complained":
            hand.states[reader] = "complained"
        elif kind:
            hand.states[reader] = "bounced"
            hand.bounces[kind] += 1
    assert site.newsroom.inbox.read_boxes() == len(came)


def everything(site: Site, hand: ByHand, copies: dict[str, Taken]) -> None:
    press(site, hand, copies)
    site.newsroom.upkeep.judge_again()
    for (number, verdict), count in list(hand.clicks.items()):
        if verdict == "hasty":
            # All links at once, and more than five: no person.
            del hand.clicks[number, verdict]
            hand.clicks[number, "certain"] += count
    tell(site, hand)
    come_back(site, hand, copies)


def test_every_number_of_the_report_is_what_was_counted_by_hand(
    house: tuple[Site, ByHand, dict[str, Taken]],
    tmp_path: Path,
) -> None:
    site, hand, copies = house
    everything(site, hand, copies)
    # What nobody signed, and what was told before, changes nothing.
    before = site.newsroom.reporting.report(EditionId.parse(hand.edition))
    assert post(site, [told(9, "spamreport")], tail=b" ") == 401
    tell(site, hand)
    site.newsroom.inbox.read_parcels()

    facts = json.loads(site.command("report", hand.edition, "--json").out)

    assert facts["selected"] == len(READERS)
    assert facts["submitted"] == hand.submitted
    assert (facts["refused"], facts["skipped"]) == (hand.refused, hand.skipped)
    assert (facts["pending"], facts["unknown"], facts["deferred"]) == (0, 0, 0)
    assert facts["complained"] == hand.state("complained") == 2
    assert facts["delivered"] == hand.state("delivered") + hand.state("complained")
    assert facts["bounced"] == hand.state("bounced") == 3
    assert facts["left"] == len(hand.left) == 3
    assert facts["clicks"]["people"] == hand.clicked("person")
    assert facts["clicks"]["certain"] == hand.clicked("certain")
    assert facts["clicks"]["robots"] == hand.clicked("certain") + hand.clicked("probable")
    assert facts["clicks"]["readers"] == len(hand.readers["person"])
    assert facts["opens"]["people"] == hand.opens["person"]
    assert facts["opens"]["robots"] == hand.opens["probable"]
    for link in facts["links"]:
        assert link["clicks"]["people"] == hand.clicks[link["number"], "person"]
        assert link["clicks"]["certain"] == hand.clicks[link["number"], "certain"]
    assert {row["kind"]: row["count"] for row in facts["bounces"]} == dict(hand.bounces)
    for row in facts["operators"]:
        assert row["complained"] == hand.at(row["name"], "complained")
        assert row["bounced"] == hand.at(row["name"], "bounced")
        reached = hand.at(row["name"], "delivered") + row["complained"]
        assert row["delivered"] == reached
    assert sum(row["submitted"] for row in facts["operators"]) == hand.submitted
    assert sum(minute["submitted"] for minute in facts["speed"]) == hand.submitted
    after = site.newsroom.reporting.report(EditionId.parse(hand.edition))
    assert (after.counts, after.clicks, after.left) == (before.counts, before.clicks, before.left)

    table = tmp_path / "report.csv"
    assert site.command("report", hand.edition, "--csv", str(table)).code == 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    told_by = {(row["section"], row["name"], row["measure"]): row["value"] for row in rows}
    assert told_by["clicks", "all", "people"] == str(hand.clicked("person"))
    assert told_by["readers", "all", "left"] == str(len(hand.left))
    said = site.command("report", hand.edition).out
    assert f"{hand.submitted} of {len(READERS)} accepted" in said


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_real_edition_has_nothing_that_axe_would_object_to(
    house: tuple[Site, ByHand, dict[str, Taken]],
    browser: Browser,
    tmp_path: Path,
    scheme: str,
) -> None:
    site, hand, copies = house
    everything(site, hand, copies)
    file = tmp_path / "report.html"
    assert site.command("report", hand.edition, "--html", str(file)).code == 0

    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(file.as_uri())
    assert f"{hand.submitted} of {len(READERS)} accepted" in page.inner_text("body")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()

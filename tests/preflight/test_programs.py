"""What readers' programs know; the spam filter of this machine; severities."""

import importlib.util
import json
import shutil
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import SettingsError
from newsletter.model import Rendition, Severity
from newsletter.preflight import CHECKS, FURTHER, remarks, spam
from newsletter.preflight.features import FEATURES, STYLES, used
from newsletter.preflight.page import parse
from newsletter.preflight.programs import support
from newsletter.preflight.proof import warning
from newsletter.preflight.readers import PROGRAMS, USUAL, share
from newsletter.preflight.register import Entry

Make = Any
ROOT = Path(__file__).parents[2]
NPM = ROOT / "tests" / "data" / "caniemail" / "npm_caniemail-2.0.2.json"


@pytest.mark.parametrize(
    ("block", "feature"),
    [
        ('<div style="display:flex">Two</div>', "display:flex"),
        ('<div style="display: inline-grid">Two</div>', "display:grid"),
        ('<p style="position:absolute">Up</p>', "position"),
        ('<p style="margin:var(--gap)">A</p>', "CSS Variables"),
        ('<p style="width:calc(100% - 8px)">A</p>', "calc()"),
        ('<p style="background-image:url(x.png)">A</p>', "background-image"),
        ('<p style="background:linear-gradient(#fff,#000)">A</p>', "linear-gradient"),
        ('<video src="x.mp4"></video>', "<video>"),
        ("<form><input name=a></form>", "<form>"),
        ("<svg></svg>", "<svg>"),
        ("<p>Say <bdi>Asha</bdi></p>", "<bdi>"),
        ("<p hidden>A</p>", "hidden"),
        ("<style>.a { display:grid }</style>", "display:grid"),
        ("<style>.a::after { content:'Read on' }</style>", "::after"),
        ("<style>@import url(x.css);</style>", "@import"),
        ('<link rel="stylesheet" href="x.css">', "<link>"),
    ],
)
def test_what_one_reader_in_twenty_does_not_get_is_told(
    desk: Make, html: Make, block: str, feature: str
) -> None:
    found = desk(change=html("</body>", f"{block}</body>")).of("mail-programs")

    assert any(feature in one.sentence for one in found)
    assert all(one.severity is Severity.WARNING and "% of readers" in one.sentence for one in found)


@pytest.mark.parametrize(
    "block",
    [
        # Something does for it.
        '<p style="width:96%;width:calc(100% - 8px)">A</p>',
        '<p style="background-color:#fff;background-image:url(x.png)">A</p>',
        '<table><tr><td bgcolor="#fff" style="background-image:url(x.png)">A</td></tr></table>',
        '<p style="background-image:url(x.png)"></p>',
        '<video src="x.mp4"><a href="https://v.in"><img src="x.png" alt="" width="1"></a></video>',
        '<img src="x.png" srcset="y.png 2x" alt="" width="1">',
        # It only adds.
        "<style>@media (min-width:480px) { .a { display:flex } }</style>",
        '<p style="border-radius:6px;box-shadow:0 0 1px #000;opacity:.99">A</p>',
        "<style>.a::after { content:'' }</style>",
        # Comments are Word's own.
        "<!--[if mso]><form></form><![endif]-->",
    ],
)
def test_what_has_something_in_its_place_is_no_finding(desk: Make, html: Make, block: str) -> None:
    assert not desk(change=html("</body>", f"{block}</body>")).of("mail-programs")


def test_it_counts_what_the_newsletters_own_readers_have(desk: Make, html: Make) -> None:
    flex = html("</body>", '<div style="display:flex">Two</div></body>')

    assert not desk(change=flex, operators={"gmail.com": 0.9, "icloud.com": 0.1}).of(
        "mail-programs"
    )
    (found,) = desk(change=flex, operators={"gmail.com": 0.2, "paper.in": 0.8}).of("mail-programs")
    assert "26%" in found.sentence
    assert "Outlook for Windows" in found.sentence


def test_parts_of_readers_are_parts() -> None:
    assert sum(USUAL.values()) == pytest.approx(1)
    assert share(PROGRAMS, {}) == pytest.approx(1)
    assert share(PROGRAMS, {"gmail.com": 0.3}) == pytest.approx(1)
    assert share(["outlook/windows"], {"outlook.com": 1.0}) == pytest.approx(0.22)
    assert share((), {}) == 0


def test_every_feature_that_is_looked_for_is_in_the_data() -> None:
    assert set(support()["features"]) == set(FEATURES)
    assert len({style.feature for style in STYLES}) == len(STYLES)


def test_the_data_is_what_the_script_makes_of_its_source() -> None:
    spec = importlib.util.spec_from_file_location("caniemail", ROOT / "docs" / "caniemail.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    source = json.loads(NPM.read_text(encoding="utf-8"))

    assert json.loads(script.made(source)) == support()


def test_each_place_of_a_mail_is_found_once_for_each_feature() -> None:
    root = parse('<p style="display:flex;position:fixed">A</p><p style="display:flex">B</p>')

    found = [one.feature for one in used(root)]

    assert found == ["css-display-flex", "css-position", "css-display-flex"]


# ── The spam filter ─────────────────────────────────────────────────────────────────────────


SPAMASSASSIN = """\
Subject: A mail

Content analysis details:   ({score} points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
 3.1 URG_SUBJECT            Subject says that it is urgent
-0.1 DKIM_VALID             Message has at least one valid DKIM or DK signature
 1.5 BODY_SHOUTS            BODY: Too many capitals
"""
RSPAMD = """\
Results for file: stdin (0.1 seconds)
[Metric: default]
Action: add header
Spam: false
Score: {score} / 15.00
Symbol: R_PARTS_DIFFER (1.00)[95.5%]
Symbol: FORGED_OUTLOOK_HTML (7.00)
Symbol: MIME_GOOD (-0.10)[multipart/alternative]
"""
SPAMC = "{score}/5.0\nSpam detection software, running on the system\n" + SPAMASSASSIN


@pytest.mark.parametrize(
    ("name", "report", "score", "told"),
    [
        ("spamassassin", SPAMASSASSIN, "4.6", "spamassassin gives it 4.6 points, spam is 5: URG_"),
        ("spamassassin", SPAMASSASSIN, "2.4", ""),
        ("spamc", SPAMC, "7.2", "spamc gives it 7.2 points, spam is 5: URG_SUBJECT 3.1, BODY_"),
        ("spamc", SPAMC, "-1.0", ""),
        ("rspamc", RSPAMD, "8.50", "rspamc gives it 8.5 points, spam is 15: FORGED_OUTLOOK_HTML 7"),
        ("rspamc", RSPAMD, "0.90", ""),
    ],
)
def test_the_filter_of_this_machine_is_asked(
    desk: Make,
    program: Callable[..., Path],
    name: str,
    report: str,
    score: str,
    told: str,
) -> None:
    given = program(name, report.format(score=score))

    found = desk(mail=lambda: b"Subject: A mail\r\n").of("spam")

    assert [told in one.sentence for one in found] == ([True] if told else [])
    assert given.read_bytes() == b"Subject: A mail\r\n"


@pytest.mark.parametrize("printed", ["", "0/0\n", "no report at all", "Score: nan / x"])
def test_a_filter_that_says_nothing_of_use_gives_way_to_the_next(
    desk: Make, program: Callable[..., Path], printed: str
) -> None:
    program("spamc", printed)
    program("rspamc", RSPAMD.format(score="9"))

    (found,) = desk(mail=lambda: b"A mail").of("spam")

    assert found.sentence.startswith("rspamc")


def test_a_program_that_cannot_run_says_nothing(
    desk: Make, program: Callable[..., Path], tmp_path: Path
) -> None:
    program("spamassassin", "")
    (tmp_path / "bin" / "spamassassin").write_text("#!/nowhere/at/all\n", encoding="utf-8")

    assert not desk(mail=lambda: b"A mail").findings()


def test_a_filter_that_is_slow_is_not_waited_for(program: Callable[..., Path]) -> None:
    program("spamc", "9.0/5.0\n", seconds=30)
    slow = next(one for one in spam._FILTERS if one.name == "spamc")
    path = shutil.which("spamc")
    began = time.monotonic()

    assert path
    assert spam._report(path, slow, b"A mail", 0.5) == ""
    assert time.monotonic() - began < 5


def test_no_filter_is_asked_where_there_is_none_or_nobody_wants_it(
    desk: Make, program: Callable[..., Path]
) -> None:
    assert not desk(mail=lambda: b"A mail").findings()
    given = program("spamassassin", SPAMASSASSIN.format(score="9"))
    assert not desk().findings()
    assert not given.exists()


if shutil.which("spamassassin"):

    def test_the_real_filter_takes_a_plain_mail_for_none(desk: Make) -> None:
        plain = b"From: a@b.in\r\nSubject: A mail\r\n\r\nHello.\r\n"
        assert not desk(mail=lambda: plain).of("spam")


# ── Severities ──────────────────────────────────────────────────────────────────────────────


def wishing(desk: Make, **wishes: str) -> Any:
    named = {name.replace("_", "-"): wish for name, wish in wishes.items()}
    return desk().newsletter.model_copy(update={"preflight": named})


def poor(rendition: Rendition) -> Rendition:
    return replace(rendition, subject="Re: the news")


@pytest.mark.parametrize(("wish", "severities"), [("error", ["error"]), ("warning", ["warning"])])
def test_a_newsletter_says_how_severe_a_check_is(
    desk: Make, wish: str, severities: list[str]
) -> None:
    found = desk(newsletter=wishing(desk, subject=wish), change=poor).findings()

    assert [one.severity for one in found] == severities


def test_a_check_that_is_off_does_not_run(desk: Make) -> None:
    assert not desk(newsletter=wishing(desk, subject="off"), change=poor).findings()


def test_a_check_that_is_not_there_is_refused_with_close_names(desk: Make) -> None:
    with pytest.raises(SettingsError, match=r"preflight\.dead_link: there is no such check") as no:
        desk(
            newsletter=desk().newsletter.model_copy(update={"preflight": {"dead_link": "off"}})
        ).findings()

    assert no.value.hint == "Did you mean dead-links or headlines?"
    with pytest.raises(SettingsError) as far:
        desk(newsletter=wishing(desk, zzzz="off")).findings()
    assert all(name in far.value.hint for name in CHECKS)


def test_a_check_that_found_nothing_says_why_that_may_be(
    desk: Make, program: Callable[..., Path]
) -> None:
    rendition = Rendition(subject="", preheader="", html="", text="")
    own = wishing(desk, alt="off")

    assert remarks(own, rendition, asked=()) == {
        "alt": "off",
        "dead-links": "0, not followed",
        "spam": "not asked",
        "sender-dns": "not asked",
    }
    assert remarks(own, rendition, asked=FURTHER)["spam"] == "no filter here"
    program("rspamc", "")
    off = wishing(desk, dead_links="off", spam="off", sender_dns="off")
    assert set(remarks(off, rendition, asked=FURTHER).values()) == {"off"}
    assert remarks(own, rendition, asked=FURTHER)["dead-links"] == "0, followed"
    assert remarks(own, rendition, asked=FURTHER)["spam"] == "rspamc"
    assert remarks(own, rendition, asked=FURTHER)["sender-dns"] == "asked"


# ── A check of one's own ────────────────────────────────────────────────────────────────────


def test_the_check_that_the_how_to_shows_works(desk: Make, make_article: Make) -> None:
    page = (ROOT / "docs" / "how-to" / "check.md").read_text(encoding="utf-8")
    shown = page.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"Proofsheet": Any, "Iterator": Iterator, "Finding": Any}
    names["warning"] = warning
    exec(textwrap.dedent(shown), names)  # noqa: S102 (our own page)
    own = {"exclamation": Entry(names["exclamation"], "news needs none")}

    (found,) = desk(others=(make_article("a", title="At last!"),), checks=own).findings()

    assert (found.check, found.article, found.why) == ("exclamation", "a", "news needs none")
    assert not desk(checks=own).findings()

"""What a stranger may try, and what they get: the same neutral answer, and nothing changed."""

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from lxml import html  # type: ignore[import-untyped]

from newsletter.errors import SettingsError
from newsletter.tracking.tokens import Keyring, Purpose, TokenType
from newsletter.web.guard import masked, networks
from newsletter.web.limits import Limits, place_of
from tests.web.conftest import Site

PAYLOADS = (Path(__file__).parents[1] / "data" / "feeds" / "payloads.txt").read_text("utf-8")
XSS = [line for line in PAYLOADS.splitlines() if line.strip()]

#: Every route with a token, the purpose that opens it, and how it is asked.
ROUTES = [
    ("confirm", Purpose.CONFIRM, TokenType.EXPIRY),
    ("u", Purpose.DOOR, TokenType.EDITION),
    ("preferences", Purpose.DOOR, TokenType.EDITION),
    ("forget", Purpose.FORGET, TokenType.EXPIRY),
    ("mydata", Purpose.MYDATA, TokenType.EXPIRY),
    ("v", Purpose.VIEW, TokenType.EDITION),
]


def wrong_tokens(site: Site, right: Purpose, type: TokenType, reader: int) -> dict[str, str]:
    """Tokens that must open nothing, by what is wrong with each."""
    keyring = site.newsroom._house.keyring
    good = keyring.mint(right, type, 1, reader)
    others = [purpose for purpose in Purpose if purpose is not right]
    wrong = {f"for {p}": keyring.mint(p, type, 1, reader) for p in others}
    bits = bytes(good, "ascii")
    for place in (0, 5, 14, 27):
        flipped = bits[place : place + 1].translate(bytes.maketrans(b"ABcd_-xQ0", b"BAdc-_yR1"))
        replaced = flipped if flipped != bits[place : place + 1] else b"A"
        wrong[f"flipped at {place}"] = (bits[:place] + replaced + bits[place + 1 :]).decode("ascii")
    wrong["flipped at 27"] = good[:27] + ("A" if good[27] != "A" else "B")
    stranger = Keyring(b"another secret of thirty-two bytes")
    wrong["of a stranger"] = stranger.mint(right, type, 1, reader)
    wrong["of a key that is unknown"] = Keyring(b"x" * 32, key=7).mint(right, type, 1, reader)
    wrong["cut short"] = good[:20]
    wrong["too long"] = good + "A"
    wrong["another alphabet"] = "+/" * 14
    wrong["none"] = "x"
    return {name: token for name, token in wrong.items() if token != good}


@pytest.mark.parametrize(("page", "purpose", "type"), ROUTES, ids=[route[0] for route in ROUTES])
def test_every_wrong_token_gets_the_same_neutral_answer_and_changes_nothing(
    site: Site, browser_like: httpx.Client, page: str, purpose: Purpose, type: TokenType
) -> None:
    reader = site.reader()
    site.edition()
    before = site.rows("SELECT * FROM consents")
    neutral = browser_like.get(f"/{page}/nothing")
    for name, token in wrong_tokens(site, purpose, type, reader).items():
        for method in ("GET", "POST"):
            if (page, method) == ("v", "POST"):
                continue
            answer = browser_like.request(method, f"/{page}/{token}")
            assert (answer.status_code, answer.text) == (404, neutral.text), (name, method)
    assert site.rows("SELECT * FROM consents") == before
    assert site.states() == {"ann@example.com daily": "active"}


def test_another_readers_token_opens_that_readers_page_alone(
    site: Site, browser_like: httpx.Client
) -> None:
    ann, ben = site.reader("ann@example.com"), site.reader("ben@example.com")
    number = site.edition()
    browser_like.post(f"/u/{site.door(ben, number)}")

    assert site.states() == {
        "ann@example.com daily": "active",
        "ben@example.com daily": ("unsubscribed"),
    }
    assert "b•••@" not in browser_like.get(f"/preferences/{site.door(ann, number)}").text


@pytest.mark.parametrize("page", ["confirm", "forget", "mydata"])
def test_an_expired_letter_is_answered_kindly_and_does_nothing(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    reader = site.reader()
    token = site.token(Purpose(page), 10, reader, type=TokenType.EXPIRY)

    for answer in (browser_like.get(f"/{page}/{token}"), browser_like.post(f"/{page}/{token}")):
        assert "too old" in answer.text
    assert site.states() == {"ann@example.com daily": "active"}


def test_every_page_sets_no_cookie_and_forbids_frames_scripts_and_strangers(
    site: Site, browser_like: httpx.Client
) -> None:
    door = site.door(site.reader(), site.edition())
    for path in (
        "/subscribe",
        f"/u/{door}",
        f"/preferences/{door}",
        "/archive",
        "/archive/daily/2026-07-05",
        "/privacy",
        "/u/x",
    ):
        answer = browser_like.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "<script" not in answer.text
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers


def test_behind_tls_browsers_are_told_to_stay_there(site_with: Callable[..., Site]) -> None:
    site = site_with(site_url="https://news.example.com")
    with httpx.Client(base_url=site.url) as client:
        assert "max-age=31536000" in client.get("/archive").headers["strict-transport-security"]


@pytest.mark.parametrize("path", ["/subscribe", "/api/v1/subscribe"])
@pytest.mark.parametrize("told", [True, False])
def test_a_body_of_more_than_16_kb_is_not_read(
    site: Site, browser_like: httpx.Client, path: str, told: bool
) -> None:
    body = b"email=" + b"x" * 20_000
    content = body if told else (body[n : n + 1000] for n in range(0, len(body), 1000))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        status = browser_like.post(path, content=content, headers=kind).status_code
    except httpx.TransportError:
        status = 413
    assert status in {413, 422, 400}
    assert site.rows("SELECT 1 FROM letters") == []


def test_metrics_are_not_public(browser_like: httpx.Client) -> None:
    assert browser_like.get("/metrics").status_code == 404


def test_the_log_says_neither_tokens_nor_addresses(
    site: Site, browser_like: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    door = site.door(site.reader(), site.edition())
    with caplog.at_level(logging.DEBUG):
        browser_like.post(f"/u/{door}")
        browser_like.get(f"/preferences/{door}")
        browser_like.post("/subscribe", data={"email": "ann@example.com", "mark": site.mark()})
        site.newsroom.postroom.write()
    said = "\n".join(record.getMessage() for record in caplog.records if "web" in record.name)

    assert "/u/•••" in said
    assert door not in said
    assert "ann@" not in said
    assert masked(f"/c/{door}/3") == "/c/•••/3"


def test_whose_request_it_is_is_said_by_our_own_proxies_alone(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(web={"joins_per_hour": 1, "trusted_proxies": "127.0.0.0/8"})
    asked = {"email": "ann@example.com"}
    with httpx.Client(base_url=site.url) as client:
        codes = [
            client.post(
                "/subscribe",
                data=asked | {"mark": site.mark()},
                headers={"X-Forwarded-For": forwarded},
            ).status_code
            for forwarded in ("6.6.6.6, 9.9.9.1", "7.7.7.7, 9.9.9.2", "8.8.8.8, 9.9.9.2")
        ]

    assert codes == [200, 200, 429]


def test_without_trusted_proxies_nobody_can_pretend_to_be_another(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(web={"joins_per_hour": 1})
    with httpx.Client(base_url=site.url) as client:
        codes = [
            client.post(
                "/subscribe",
                data={"email": "ann@example.com", "mark": site.mark()},
                headers={"X-Forwarded-For": f"9.9.9.{n}"},
            ).status_code
            for n in range(2)
        ]

    assert codes == [200, 429]


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match="is no network"):
        networks("10.0.0.0/8, here")


def test_an_ipv6_line_counts_as_one_place() -> None:
    assert place_of("2001:db8:1:2:aaaa::1") == place_of("2001:db8:1:2:bbbb::2")
    assert place_of("2001:db8:1:3::1") != place_of("2001:db8:1:2::1")
    assert place_of("::ffff:9.9.9.9") == place_of("9.9.9.9")


def test_limits_slide_with_time() -> None:
    now = [0.0]
    limits = Limits(per_hour=1, per_minute=2, clock=lambda: now[0])
    assert [limits.allow("1.1.1.1"), limits.allow("1.1.1.1")] == [True, False]
    assert [limits.allow("1.1.1.2"), limits.allow("1.1.1.3")] == [True, False]
    now[0] = 61
    assert limits.allow("1.1.1.3")
    now[0] = 3601
    assert limits.allow("1.1.1.1")


def test_there_are_200_payloads() -> None:
    assert len(XSS) >= 200


def test_no_payload_becomes_markup_by_a_name_a_search_or_a_form(
    site: Site, browser_like: httpx.Client
) -> None:
    door = site.door(site.reader(), site.edition())
    for payload in XSS:
        saved = browser_like.post(
            f"/preferences/{door}", data={"action": "save", "list": "daily", "name": payload[:200]}
        )
        searched = browser_like.get("/archive", params={"q": payload})
        asked = browser_like.post("/subscribe", data={"email": payload})
        for answer in (saved, searched, asked):
            _is_harmless(answer.text, payload)


def test_no_payload_in_an_article_becomes_more_than_text(
    site_with: Callable[..., Site], tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    body = "\n\n".join(XSS)
    story = "---\ntitle: A hostile story\npublished: 2026-07-05T06:00:00+05:30\n---\n\n"
    (folder / "hostile.md").write_text(f"{story}{body}\n", encoding="utf-8")
    toml = tmp_path / "templates" / "daily" / "newsletter.toml"
    site = site_with(articles_dir=folder)
    toml.write_text(toml.read_text().replace('body = "excerpt"', 'body = "full"'))
    site.reader()
    site.edition()

    with httpx.Client(base_url=site.url) as client:
        page = client.get("/archive/daily/2026-07-05")
        feed = client.get("/archive/feed.xml").text
    document = html.fromstring(page.text)

    assert "A hostile story" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert feed.startswith("<?xml")
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in {"script", "iframe", "object", "embed", "svg", "form", "base"}
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            if name in {"href", "src"}:
                assert value.startswith(("http", "/", "#", "mailto:")), value


def _is_harmless(page: str, payload: str) -> None:
    document = html.fromstring(page)
    tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "svg", "iframe", "object", "embed", "math", "style"}, (
        payload
    )
    for element in document.iter():
        for name, value in getattr(element, "attrib", {}).items():
            assert not name.startswith("on"), payload
            assert name != "style", payload
            if name in {"href", "action", "src"}:
                assert value.startswith(("/", "http://127.0.0.1")), payload


CONTROLS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_no_control_character_reaches_a_header(
    site: Site, browser_like: httpx.Client, control: str
) -> None:
    door = site.door(site.reader(), site.edition())
    name = f"Ann{control}Bcc: eve@example.com"
    browser_like.post(
        f"/preferences/{door}", data={"action": "save", "list": "daily", "name": name}
    )
    asked = browser_like.post(
        "/subscribe", data={"email": f"a@example.com{control}Bcc: eve@example.com"}
    )
    assert asked.status_code == 422
    site.edition("2026-07-06")

    for mail in site.mails():
        head = mail.replace("\r\n", "\n").split("\n\n")[0]
        assert not any(line.startswith("Bcc:") for line in head.split("\n"))


def test_a_host_name_of_somebody_elses_never_reaches_a_page_or_a_letter(
    site: Site, browser_like: httpx.Client
) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    door = site.door(site.reader(), site.edition())
    for path in ("/subscribe", f"/u/{door}", "/archive/daily/2026-07-05", "/archive/feed.xml"):
        assert "evil.example" not in browser_like.get(path, headers=evil).text

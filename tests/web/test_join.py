"""Joining: asked for by a form, written to once, confirmed by a press."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from newsletter.settings import Settings
from tests.web.conftest import Site, form_of


def ask(site: Site, client: httpx.Client, address: str) -> httpx.Response:
    fields = {"email": address, "lang": "en", "mark": site.mark()}
    return client.post("/subscribe", data=fields)


@pytest.fixture
def joined(site: Site, browser_like: httpx.Client) -> str:
    """An address that asked, and the path of the link in its letter."""
    assert ask(site, browser_like, "ann@example.com").status_code == 200
    site.newsroom.postroom.write()
    (mail,) = site.mails()
    return site.link(mail, "confirm")


def test_asking_writes_one_letter_and_nobody_is_on_the_list_yet(site: Site, joined: str) -> None:
    assert joined
    assert site.rows("SELECT state FROM subscriptions") == [("pending",)]
    assert site.newsroom.circulation.readers(site.newsroom.newsletter()) == 0


def test_looking_at_the_link_changes_nothing_and_pressing_takes_in(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        browser_like.request(method, joined)
    assert site.rows("SELECT state FROM subscriptions") == [("pending",)]

    page = browser_like.post(joined)

    assert page.status_code == 200
    assert "You are in." in page.text
    assert site.rows("SELECT state FROM subscriptions") == [("active",)]


def test_who_asks_in_hindi_is_written_to_and_answered_in_hindi(
    site: Site, browser_like: httpx.Client
) -> None:
    fields = {"email": "ann@example.com", "lang": "hi", "mark": site.mark()}
    browser_like.post("/subscribe", data=fields)
    site.newsroom.postroom.write()
    link = site.link(site.mails()[-1], "confirm")

    assert "हाँ, मुझे भेजिए" in browser_like.get(link).text
    assert "आप जुड़ गए" in browser_like.post(link).text
    assert site.rows("SELECT lang FROM subscribers") == [("hi",)]
    words = site.rows("SELECT lang, form FROM wordings ORDER BY form")
    assert words == [("hi", "confirm"), ("hi", "join")]


def test_pressing_again_is_answered_kindly(browser_like: httpx.Client, joined: str) -> None:
    browser_like.post(joined)

    assert "You were already in" in browser_like.post(joined).text


def test_the_welcome_letter_follows_and_can_be_left_by(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    browser_like.post(joined)
    site.newsroom.postroom.write()

    welcome = site.mails()[-1]
    assert "List-Unsubscribe: <" in welcome
    left = browser_like.post(site.link(welcome, "u"), data={"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    assert site.rows("SELECT state FROM subscriptions") == [("unsubscribed",)]


def test_a_link_of_before_somebody_left_does_not_bring_them_back(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    browser_like.post(joined)
    site.newsroom.circulation.remove("ann@example.com")

    assert "too old" in browser_like.post(joined).text
    assert site.rows("SELECT state FROM subscriptions") == [("unsubscribed",)]


def test_who_left_comes_back_by_asking_and_confirming(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    browser_like.post(joined)
    site.newsroom.circulation.remove("ann@example.com")
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE letters SET settled_at = '2020-01-01 00:00:00'")
    ask(site, browser_like, "ann@example.com")
    site.newsroom.postroom.write()
    again = site.link([m for m in site.mails() if "/confirm/" in m][-1], "confirm")

    assert "You are in." in browser_like.post(again).text
    assert site.rows("SELECT count(*) FROM suppressions") == [(0,)]


@pytest.mark.usefixtures("joined")
def test_the_letter_has_no_name_no_list_and_says_that_a_machine_wrote_it(site: Site) -> None:
    (mail,) = site.mails()

    assert "Auto-Submitted: auto-generated" in mail
    assert "List-Unsubscribe" not in mail
    assert "To: ann@example.com" in mail


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize("again", ["ann@example.com", "ANN@example.com", "a.n.n+news@example.com"])
def test_a_second_request_within_a_day_writes_no_second_letter(
    site: Site, browser_like: httpx.Client, again: str
) -> None:
    ask(site, browser_like, again)
    site.newsroom.postroom.write()

    assert len(site.mails()) == 1
    assert site.rows("SELECT reason FROM letters WHERE state = 'dropped'") == [
        ("written to today",)
    ]
    assert len(site.rows("SELECT 1 FROM consents WHERE event = 'asked'")) == 2


def test_three_letters_are_the_most_until_one_is_followed(
    site: Site, browser_like: httpx.Client
) -> None:
    for _ in range(4):
        ask(site, browser_like, "ann@example.com")
        site.newsroom.postroom.write()
        with site.database.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE letters SET settled_at = '2020-01-01 00:00:00' WHERE state = 'sent'"
            )

    assert len(site.mails()) == 3
    assert ("written to three times",) in site.rows("SELECT reason FROM letters")


@pytest.mark.parametrize("reason", ["bounced", "complained", "manual", "erased"])
def test_a_suppressed_address_is_not_written_to(
    site: Site, browser_like: httpx.Client, reason: str
) -> None:
    if reason == "erased":
        site.newsroom.circulation.forget("ann@example.com")
    else:
        from newsletter.model import SuppressionReason  # noqa: PLC0415

        site.newsroom.circulation.suppress("ann@example.com", SuppressionReason(reason))

    answer = ask(site, browser_like, "ann@example.com")
    site.newsroom.postroom.write()

    assert answer.status_code == 200
    assert site.mails() == []


def test_the_answer_is_the_same_for_every_kind_of_address(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    browser_like.post(joined)
    from newsletter.model import SuppressionReason  # noqa: PLC0415

    site.newsroom.circulation.suppress("held@example.com", SuppressionReason.BOUNCED)
    pages = {
        ask(site, browser_like, address).content
        for address in ("ann@example.com", "new@example.com", "held@example.com")
    }

    assert len(pages) == 1


def test_what_is_no_address_is_said_in_a_sentence_and_kept_in_the_field(
    browser_like: httpx.Client,
) -> None:
    page = browser_like.post("/subscribe", data={"email": "ann.example.com"})

    assert page.status_code == 422
    assert "there is no @" in page.text
    assert 'value="ann.example.com"' in page.text


def test_the_form_itself_is_taken_two_seconds_after_it_was_shown(
    site: Site, browser_like: httpx.Client
) -> None:
    fields = {"email": "ann@example.com", **form_of(browser_like.get("/subscribe").text)}
    quick = browser_like.post("/subscribe", data=fields)
    time.sleep(2.1)

    assert "quicker than a person" in quick.text
    assert browser_like.post("/subscribe", data=fields).status_code == 200
    assert site.rows("SELECT count(*) FROM letters") == [(1,)]


@pytest.mark.parametrize("mark", ["", "x" * 28, "stale"])
def test_a_form_without_a_good_mark_is_not_taken(
    site: Site, browser_like: httpx.Client, mark: str
) -> None:
    sent = {"email": "ann@example.com", "mark": mark}
    if mark == "stale":
        sent["mark"] = site.mark(age=25 * 3600)

    assert browser_like.post("/subscribe", data=sent).status_code == 422
    assert site.rows("SELECT count(*) FROM letters") == [(0,)]


def test_one_place_on_the_net_can_ask_only_so_often(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(web={"joins_per_hour": 2})
    with httpx.Client(base_url=site.url) as client:
        codes = [ask(site, client, f"r{n}@example.com").status_code for n in range(3)]

    assert codes == [200, 200, 429]


def test_the_api_takes_a_wish_from_the_newsrooms_own_site(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(web={"allowed_origins": "https://theshiftmaker.example"})
    with httpx.Client(base_url=site.url) as client:
        facts = client.get("/api/v1/form").json()
        assert facts["words"][2] == "Send it to me"
        wish = {"email": "ann@example.com", "mark": site.mark(), "source": "https://a.example/x?y"}
        origin = {"Origin": "https://theshiftmaker.example"}
        answer = client.post("/api/v1/subscribe", json=wish, headers=origin)
        foreign = client.post("/api/v1/subscribe", json=wish, headers={"Origin": "https://b.test"})

    assert answer.status_code == 202
    assert answer.headers["access-control-allow-origin"] == "https://theshiftmaker.example"
    assert "access-control-allow-origin" not in foreign.headers
    assert site.rows("SELECT source FROM consents LIMIT 1") == [("https://a.example/x",)]


def test_proof_of_work_lets_through_who_did_it_once(site_with: Callable[..., Site]) -> None:
    from hashlib import sha256  # noqa: PLC0415

    site = site_with(web={"proof_of_work": True})
    with httpx.Client(base_url=site.url) as client:
        assert "script-src 'self'" in client.get("/subscribe").headers["content-security-policy"]
        facts = client.get("/api/v1/form").json()
        challenge = facts["challenge"]
        number = next(
            n
            for n in range(challenge["maxnumber"] + 1)
            if sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
        )
        solved = {k: v for k, v in challenge.items() if k != "maxnumber"} | {"number": number}
        import base64  # noqa: PLC0415
        import json  # noqa: PLC0415

        solution = base64.b64encode(json.dumps(solved).encode()).decode()
        wish = {"email": "ann@example.com", "mark": site.mark()}
        without = client.post("/api/v1/subscribe", json=wish)
        done = client.post("/api/v1/subscribe", json=wish | {"altcha": solution})
        twice = client.post("/api/v1/subscribe", json=wish | {"altcha": solution})

    assert [without.status_code, done.status_code, twice.status_code] == [422, 202, 422]


def test_who_never_confirms_is_forgotten_and_all_others_stay(
    site: Site, browser_like: httpx.Client, joined: str
) -> None:
    ask(site, browser_like, "old@example.com")
    site.newsroom.postroom.write()
    site.reader("active@example.com")
    browser_like.post(joined)
    with site.database.begin() as connection:
        for statement in (
            "UPDATE letters SET at = '2020-01-01 00:00:00'",
            "UPDATE subscriptions SET since = '2020-01-01 00:00:00'",
        ):
            connection.exec_driver_sql(statement)
    ask(site, browser_like, "fresh@example.com")
    site.newsroom.postroom.write()

    assert site.newsroom.postroom.drop_unconfirmed() == 1
    assert sorted(site.states()) == [
        "active@example.com daily",
        "ann@example.com daily",
        "fresh@example.com daily",
    ]


def test_a_letter_whose_process_died_is_not_written_twice(
    site: Site, browser_like: httpx.Client
) -> None:
    ask(site, browser_like, "ann@example.com")
    with site.database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE letters SET state = 'claimed', settled_at = '2020-01-01 00:00:00'"
        )
    site.newsroom.postroom.write()

    assert site.mails() == []
    assert site.rows("SELECT state, address FROM letters") == [("unknown", None)]


def test_a_letter_that_no_transport_takes_is_tried_again_later(
    site: Site, browser_like: httpx.Client, tmp_path: Path
) -> None:
    ask(site, browser_like, "ann@example.com")
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var" / "outbox").write_text("a file where a folder should be")
    site.newsroom.postroom.write()
    assert site.rows("SELECT state, attempts FROM letters") == [("wanted", 1)]

    (tmp_path / "var" / "outbox").unlink()
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE letters SET next_try = NULL")
    site.newsroom.postroom.write()
    assert site.rows("SELECT state FROM letters") == [("sent",)]
    assert len(site.mails()) == 1


def test_of_two_newsletters_a_page_speaks_of_one_and_its_words_are_kept(
    site_with: Callable[..., Site], settings_of: Callable[..., Settings]
) -> None:
    folder = settings_of().templates_dir
    shutil.copytree(folder / "daily", folder / "weekly")
    toml = folder / "weekly" / "newsletter.toml"
    toml.write_text(toml.read_text("utf-8").replace("AI Intelligence Daily", "The week in AI"))
    site = site_with()
    with httpx.Client(base_url=site.url) as web:
        page = web.get("/subscribe?newsletter=weekly").text
        assert 'aria-current="page">The ShiftMaker · The week in AI<' in page
        assert 'href="/subscribe?newsletter=daily"' in page
        assert 'name="newsletter" value="weekly"' in page

        form = {"newsletter": "weekly", "mark": site.mark()}
        wrong = web.post("/subscribe", data={"email": "no address", **form}).text
        assert 'name="newsletter" value="weekly"' in wrong
        assert web.post("/subscribe", data={"email": "ann@example.com", **form}).status_code == 200
    (entry,) = site.rows("SELECT list_name FROM consents")
    assert entry.list_name == "weekly"

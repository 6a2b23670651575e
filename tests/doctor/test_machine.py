"""The machine itself: each thing that can be wrong is told, and what is right is praised."""

from pathlib import Path
from typing import Any

import pytest

from newsletter.doctor import machine, mail
from newsletter.doctor.asking import Check
from tests.doctor.conftest import MakeCase, newsletter, said, verdicts

RELAY = {"transport": "smtp", "smtp": {"host": "mail.relay.net"}}
SITE = "https://n.shiftmaker.com"


@pytest.mark.parametrize(
    ("check", "settings", "verdict", "words"),
    [
        (machine.settings, {}, "good", "outbox, http://127.0.0.1:8000"),
        (machine.settings, RELAY, "error", "no link in a mail would open"),
        (machine.settings, {**RELAY, "site_url": SITE}, "good", "smtp, https://n.shiftmaker.com"),
        (machine.settings, {"fetch_loopback": True}, "warning", "on this machine"),
        (machine.secret, {}, "good", "32 characters, from NEWSLETTER_SECRET"),
        (machine.secret, {"secret": "password" * 5}, "warning", "may be guessed"),
        (machine.zones, {}, "good", "Asia/Kolkata; rules of 20"),
        (machine.zones, {"newsletters": ()}, "good", "no newsletter"),
        (machine.metrics, {}, "good", "nowhere"),
        (machine.metrics, {"metrics": {"port": 9100}}, "good", "this machine alone"),
        (machine.metrics, {"metrics": {"port": 9100, "host": "::"}}, "warning", "everybody"),
        (machine.metrics, {"metrics": {"port": 9100, "host": "10.0.0.3"}}, "good", "10.0.0.3"),
        (machine.writing, {}, "good", "var, var/outbox can be written"),
        (machine.templates, {"newsletters": ()}, "error", "holds no newsletter"),
        (machine.templates, {"templates_dir": "."}, "error", "edition.mjml.j2 and edition.txt.j2"),
        (machine.articles, {}, "error", "articles is no folder"),
        (mail.sender, {}, "good", "desk@news.shiftmaker.com"),
        (mail.postal, {}, "good", "Mahatma Gandhi Road"),
        (mail.feedback_id, {}, "good", "a:b:daily:news0"),
        (mail.unsubscribe, {}, "warning", "this machine"),
        (mail.unsubscribe, RELAY, "error", "this machine"),
        (mail.unsubscribe, {"site_url": SITE}, "good", "75 of 78 characters"),
        (mail.unsubscribe, {"site_url": f"{SITE}/newsletters"}, "warning", "some relays fold it"),
    ],
)
def test_a_check(
    make_case: MakeCase, check: Check, settings: dict[str, Any], verdict: str, words: str
) -> None:
    found = list(check(make_case(**settings)))

    assert verdicts(found) == [verdict]
    assert words in said(found)


@pytest.mark.parametrize(
    ("check", "values", "words"),
    [
        (mail.sender, {"sender": {"name": "D", "address": "desk@x.example"}}, "is nobody's"),
        (mail.postal, {"postal_address": "1 Example Street, 560001 Bengaluru"}, "made up"),
        (mail.postal, {"postal_address": "Bengaluru"}, "is no postal address"),
        (mail.sender, {"sender": {"name": "D", "address": "desk"}}, "is no address"),
    ],
)
def test_what_the_sample_says_must_not_go_out(
    make_case: MakeCase, check: Check, values: dict[str, Any], words: str
) -> None:
    case = make_case(newsletters=(newsletter(**values),), **RELAY)
    found = list(check(case))

    assert verdicts(found) == ["error"]
    assert words in said(found)


def test_a_secret_that_was_made_here_is_good_for_one_machine_alone(make_case: MakeCase) -> None:
    postgresql = "postgresql+psycopg://n@db.shiftmaker.com/n"
    alone = make_case(secret="")
    assert verdicts(list(machine.secret(alone))) == ["good"]
    assert not Path("var").exists()
    assert alone.settings.signing_secret

    assert verdicts(list(machine.secret(alone))) == ["good"]
    found = list(machine.secret(make_case(secret="", database_url=postgresql)))
    assert verdicts(found) == ["warning"]
    assert "others would not know its links" in said(found)
    assert alone.settings.signing_secret.decode() not in said(found)
    Path("var/secret").chmod(0o644)
    assert verdicts(list(machine.secret(alone))) == ["error"]


def test_files_that_everybody_may_read_are_named(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Path("password")
    kept.write_text("canary")
    monkeypatch.setenv("NEWSLETTER_SMTP__PASSWORD_FILE", "password")
    kept.chmod(0o644)
    found = list(machine.secret_files(make_case()))
    assert verdicts(found) == ["warning"]
    assert "NEWSLETTER_SMTP__PASSWORD_FILE" in said(found)
    assert "canary" not in said(found)

    kept.chmod(0o600)
    assert verdicts(list(machine.secret_files(make_case()))) == ["good"]
    Path(".env").touch(mode=0o644)
    assert ".env can be read" in said(list(machine.settings(make_case())))


@pytest.mark.parametrize("version", ["2019a", "2024b"])
def test_rules_of_zones_that_are_years_old_are_warned_of(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("tzdata.IANA_VERSION", version)

    assert verdicts(list(machine.zones(make_case()))) == ["warning"]


def test_a_file_where_a_folder_should_be_is_told(make_case: MakeCase) -> None:
    case = make_case()
    Path("var").touch()
    found = list(machine.writing(case))

    assert set(verdicts(found)) == {"error"}
    assert "var cannot be written" in said(found)


def test_a_newsletter_that_reads_feeds_alone_needs_no_folder(make_case: MakeCase) -> None:
    feed = {"kind": "feed", "url": "https://shiftmaker.com/feed"}
    case = make_case(newsletters=(newsletter(sources=(feed,)),))

    assert verdicts(list(machine.articles(case))) == ["not run"]


def test_stories_are_counted(make_case: MakeCase) -> None:
    case = make_case(newsletters=(newsletter(),))
    Path("articles").mkdir()
    Path("articles/one.md").touch()

    assert "1 files in articles" in said(list(machine.articles(case)))


def test_what_is_wrong_with_a_newsletter_is_said_once(make_case: MakeCase) -> None:
    case = make_case(newsletters=())
    object.__setattr__(case, "no_sheets", "daily/newsletter.toml: at: no time")

    assert "no time" in said(list(machine.templates(case)))


def test_a_mailto_beside_the_way_out_is_a_second_thing_that_must_work(
    make_case: MakeCase,
) -> None:
    case = make_case(site_url=SITE)
    (sheet,) = case.sheets
    object.__setattr__(sheet.headers, "leave_by_mail", True)

    assert "mailto" in said(list(mail.unsubscribe(case)))

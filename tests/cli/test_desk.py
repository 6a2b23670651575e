"""What a person at the desk types, and what they see."""

import email
import json
import re
import sys
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from newsletter.preflight import CHECKS

pytestmark = pytest.mark.usefixtures("story")

SUNDAY = ("--date", "2026-07-05")

Story = Callable[..., Path]
#: Type a command; the answer has `code`, `out` and `err`.
Command = Callable[..., Any]


def mails(desk: Path) -> list[EmailMessage]:
    files = sorted((desk / "var/outbox/new").iterdir())
    return [email.message_from_bytes(f.read_bytes(), policy=policy.default) for f in files]


def counts(newsletter: Command, edition: str = "daily/2026-07-05") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(newsletter("status", edition, "--json").out)
    return found


# ── build ───────────────────────────────────────────────────────────────────────────────────


def test_build_writes_the_same_bytes_twice(desk: Path, newsletter: Command) -> None:
    first, second = (newsletter("build", *SUNDAY, "--out", name) for name in ("one", "two"))

    assert first.code == second.code == 0
    names = sorted(p.name for p in (desk / "one").iterdir())
    assert names == [f"edition.{kind}" for kind in ("eml", "html", "json", "mjml", "txt")]
    assert all((desk / "one" / n).read_bytes() == (desk / "two" / n).read_bytes() for n in names)


def test_build_changes_nothing_and_makes_no_database(desk: Path, newsletter: Command) -> None:
    newsletter("build", *SUNDAY)

    assert not (desk / "var/newsletter.db").exists()


def test_build_explains_every_candidate(newsletter: Command, story: Story) -> None:
    story("old", title="Type at night", published="2026-07-03T22:10+05:30")

    said = newsletter("build", *SUNDAY, "--explain").out

    assert "2 candidates, 1 in, 1 out" in said
    assert "too old: 3 Jul 22:10" in said
    assert "since 24 hours before the first cut-off, 4 Jul 07:00 IST" in said


def test_build_gives_facts_to_programs(newsletter: Command) -> None:
    facts = json.loads(newsletter("build", *SUNDAY, "--json").out)

    assert facts["edition"] == "daily/2026-07-05"
    assert facts["subject"] == "Story one"
    assert [c["included"] for c in facts["candidates"]] == [True]
    assert facts["links"][0]["number"] == 1


def test_a_day_without_stories_says_why_there_is_no_edition(newsletter: Command) -> None:
    result = newsletter("build", "--date", "2026-08-01")

    assert result.code == 0
    assert "no edition: 0 stories, the least is 1" in result.out


def test_one_broken_article_is_named_and_takes_nobody_down(desk: Path, newsletter: Command) -> None:
    (desk / "articles/broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")

    result = newsletter("build", *SUNDAY)

    assert result.code == 0
    assert "articles/broken.md:" in result.err
    assert "1 article" in result.out


def test_an_unknown_newsletter_is_one_sentence(newsletter: Command) -> None:
    result = newsletter("build", "weekly")

    assert result.code == 1
    assert result.err.startswith("error: There is no newsletter called weekly")
    assert "Traceback" not in result.err


# ── check ───────────────────────────────────────────────────────────────────────────────────


def test_check_passes_a_sound_edition(newsletter: Command) -> None:
    result = newsletter("check", *SUNDAY)

    assert result.code == 0, result.out


def test_check_ends_with_3_when_an_error_stands(desk: Path, newsletter: Command) -> None:
    path = desk / "articles/one.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nTK the number.\n", encoding="utf-8")

    result = newsletter("check", *SUNDAY)

    assert result.code == 3
    assert "articles/one.md" in result.out
    assert "this edition will not be sent" in result.out


def test_check_says_what_it_did_not_look_at(newsletter: Command) -> None:
    result = newsletter("check", *SUNDAY)

    headline, *lines = result.out.splitlines()
    assert re.search(rf"bytes · {len(CHECKS)} checks · \d+\.\d s$", headline)
    others = next(line for line in lines if " others " in line)
    assert re.search(r"dead-links \(\d, not followed\)", others)


def test_check_says_why_a_finding_matters_where_it_is_asked(
    desk: Path, newsletter: Command
) -> None:
    rename(desk, "Re: an answer to nobody")

    assert "why: a phone shows forty characters" not in newsletter("check", *SUNDAY).out
    assert "why: a phone shows forty characters" in newsletter("check", *SUNDAY, "--why").out


def test_check_gives_every_finding_to_a_program(desk: Path, newsletter: Command) -> None:
    rename(desk, "Re: an answer to nobody")

    told = json.loads(newsletter("check", *SUNDAY, "--json").out)

    (found,) = [one for one in told["findings"] if one["check"] == "subject"]
    assert found == {
        "check": "subject",
        "severity": "warning",
        "sentence": "the subject looks like an answer to a mail that nobody wrote",
        "hint": "take out Re: or Fwd:",
        "where": f"{Path('articles/one.md')}:2",
        "article": "2026-07-05-re-an-answer-to-nobody",
        "why": "a phone shows forty characters of it",
        "anchor": found["anchor"],
    }
    assert found["anchor"].endswith("h1 > a")
    assert told["checks"] == list(CHECKS)
    assert "not followed" in told["remarks"]["dead-links"]


def rename(desk: Path, title: str) -> None:
    path = desk / "articles/one.md"
    text = path.read_text(encoding="utf-8").replace("title: Story one", f'title: "{title}"')
    path.write_text(text, encoding="utf-8")


def wish(desk: Path, line: str) -> None:
    with (desk / "templates/daily/newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def test_a_newsletter_makes_a_check_stop_it_and_sending_too(
    desk: Path, newsletter: Command
) -> None:
    rename(desk, "Re: an answer to nobody")
    assert newsletter("check", *SUNDAY).code == 0
    wish(desk, 'subject = "error"')

    assert newsletter("check", *SUNDAY).code == 3
    assert newsletter("send", *SUNDAY, "--yes").code == 3
    assert not (desk / "var/outbox").exists()


def test_a_check_that_is_not_there_is_named_with_close_ones(
    desk: Path, newsletter: Command
) -> None:
    wish(desk, 'subjekt = "error"')

    result = newsletter("check", *SUNDAY)

    assert result.code == 1
    assert "preflight.subjekt: there is no such check" in result.err
    assert "Did you mean subject?" in result.err


def test_links_are_followed_only_when_somebody_asks(desk: Path, newsletter: Command) -> None:
    path = desk / "articles/one.md"
    text = path.read_text(encoding="utf-8").replace("    url: ", "    note: ")
    text = text.replace("sources:", "url: http://10.0.0.2/one\nsources:")
    path.write_text(f"{text}\nSee [it](http://10.0.0.1/inside).\n", encoding="utf-8")

    assert "leads nowhere" not in newsletter("check", *SUNDAY).out
    asked = newsletter("check", *SUNDAY, "--links").out
    assert "leads nowhere: 10.0.0.1 is not on the public internet" in asked
    wish(desk, 'dead-links = "error"')
    assert newsletter("check", *SUNDAY).code == 3
    assert newsletter("send", *SUNDAY, "--yes").code == 3


def test_dns_is_asked_about_the_sender_only_when_somebody_says_so(
    desk: Path, newsletter: Command
) -> None:
    quiet = newsletter("check", *SUNDAY).out
    assert "sender-dns (not asked)" in quiet
    asked = newsletter("check", *SUNDAY, "--dns").out
    assert "the sender's DNS was not asked: theshiftmaker.example is a made-up name" in asked
    wish(desk, 'sender-dns = "warning"')
    assert "is a made-up name" in newsletter("check", *SUNDAY).out


def test_the_spam_filter_of_the_machine_gets_the_longest_mail_when_check_asks(
    desk: Path, newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = desk / "given.eml"
    program = desk / "bin/rspamc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n/bin/cat > {given}\necho 'Score: 9.10 / 15.00'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    newsletter("build", *SUNDAY)
    assert not given.exists()
    assert "rspamc gives it 9.1 points, spam is 15" in newsletter("check", *SUNDAY).out
    mail = email.message_from_bytes(given.read_bytes(), policy=policy.default)
    assert len(mail["To"]) > 250
    given.unlink()
    newsletter("send", *SUNDAY, "--dry-run")
    assert not given.exists()
    wish(desk, 'spam = "error"')
    assert newsletter("send", *SUNDAY, "--yes").code == 3


# ── send ────────────────────────────────────────────────────────────────────────────────────


def test_send_mails_every_reader_once_and_closes_the_edition(
    desk: Path, newsletter: Command
) -> None:
    result = newsletter("send", *SUNDAY, "--yes")

    assert result.code == 0, result.err
    (mail,) = mails(desk)
    assert mail["Subject"] == "Story one"
    assert "ann@example.com" in mail["To"]
    assert counts(newsletter) == {
        "edition": "daily/2026-07-05",
        "state": "sent",
        "selected": 1,
        "submitted": 1,
        "refused": 0,
        "skipped": 0,
        "pending": 0,
        "unknown": 0,
        "deferred": 0,
        "delivered": 0,
        "bounced": 0,
        "complained": 0,
        "reasons": {},
        "reason": "",
        "release": "",
        "workers": 0,
        "next_try": None,
        "waits_for": "",
        "crowded": [],
    }


def test_running_send_again_mails_nobody_a_second_time(desk: Path, newsletter: Command) -> None:
    newsletter("send", *SUNDAY, "--yes")
    again = newsletter("send", *SUNDAY, "--yes")

    assert again.code == 0
    assert len(mails(desk)) == 1


def test_what_was_sent_stays_as_it_was_when_articles_change(
    desk: Path, newsletter: Command, story: Story
) -> None:
    newsletter("send", *SUNDAY, "--yes")
    story(title="Other words")
    newsletter("send", *SUNDAY, "--yes")

    assert [m["Subject"] for m in mails(desk)] == ["Story one"]


def test_the_next_day_does_not_repeat_what_was_sent(newsletter: Command) -> None:
    newsletter("send", *SUNDAY, "--yes")
    said = newsletter("build", "--date", "2026-07-06", "--explain").out

    assert "sent on 5 Jul, unchanged" in said
    assert "since the last edition's cut-off, 5 Jul 07:00 IST" in said


def test_a_dry_run_sends_nothing_and_freezes_nothing(
    desk: Path, newsletter: Command, story: Story
) -> None:
    dry = newsletter("send", *SUNDAY, "--dry-run")
    story(title="Better words")
    newsletter("send", *SUNDAY, "--yes")

    assert dry.code == 0
    assert [m["Subject"] for m in mails(desk)] == ["Better words"]


def test_an_error_stops_the_edition_before_anything_is_planned(
    desk: Path, newsletter: Command
) -> None:
    path = desk / "articles/one.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nTK the number.\n", encoding="utf-8")

    result = newsletter("send", *SUNDAY, "--yes")

    assert result.code == 3
    assert not (desk / "var/outbox/new").exists()
    assert newsletter("status", "daily/2026-07-05").code == 1


def test_without_a_terminal_and_without_yes_send_is_wrong_usage(
    newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)

    result = newsletter("send", *SUNDAY)

    assert result.code == 2
    assert "--yes" in result.err


def test_an_edition_of_an_empty_day_is_skipped_with_its_reason(newsletter: Command) -> None:
    result = newsletter("send", "--date", "2026-08-01", "--yes")

    assert result.code == 0
    assert counts(newsletter, "daily/2026-08-01")["state"] == "skipped"


def test_a_skipped_day_may_still_get_its_edition(
    desk: Path, newsletter: Command, story: Story
) -> None:
    newsletter("send", "--date", "2026-08-01", "--yes")
    story("late", published="2026-08-01T06:00+05:30")
    newsletter("send", "--date", "2026-08-01", "--yes")

    assert [m["Subject"] for m in mails(desk)] == ["Story late"]


def test_todays_edition_is_not_sent_after_its_deadline_by_itself(
    desk: Path, newsletter: Command
) -> None:
    path = desk / "templates/daily/newsletter.toml"
    text = path.read_text(encoding="utf-8")
    early = text.replace('at = "07:00"', 'at = "00:00"').replace('"08:30"', '"00:00:01"')
    path.write_text(early, "utf-8")

    late = newsletter("send", "--yes")

    assert late.code == 1
    assert "--late" in late.err


def test_status_names_an_edition_it_does_not_know(newsletter: Command) -> None:
    result = newsletter("status", "daily/1999-01-01")

    assert result.code == 1
    assert "daily/1999-01-01" in result.err


def test_status_without_a_name_shows_the_last_edition(newsletter: Command) -> None:
    newsletter("send", *SUNDAY, "--yes")

    assert "daily/2026-07-05" in newsletter("status").out


# ── articles ────────────────────────────────────────────────────────────────────────────────


PAGE = """Live · 7am IST · Daily
The ShiftMaker

AI Intelligence Daily
Featured

A headline of the page

The dek of the page.

Published 5 July 2026 · ID 2026-07-05-a-headline-of-the-page

The body of the page.

Sources

Share on X Share on LinkedIn
"""


def test_a_published_page_becomes_an_article_of_the_edition(
    desk: Path, newsletter: Command
) -> None:
    (desk / "page.txt").write_text(PAGE, encoding="utf-8")

    result = newsletter("articles", "import", "page.txt")

    assert result.code == 0, result.err
    assert (desk / "articles/2026-07-05-a-headline-of-the-page.md").exists()
    assert "A headline of the page" in newsletter("build", *SUNDAY, "--explain").out


def test_importing_a_page_twice_needs_force(desk: Path, newsletter: Command) -> None:
    (desk / "page.txt").write_text(PAGE, encoding="utf-8")
    newsletter("articles", "import", "page.txt")

    assert newsletter("articles", "import", "page.txt").code == 1
    assert newsletter("articles", "import", "page.txt", "--force").code == 0

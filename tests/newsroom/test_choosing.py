"""An editor's choices and word, from a laptop to the machine that sends."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.edition.digests import PARTS
from newsletter.errors import ChoicesChanged, DeliveryError, PreflightError
from newsletter.model import Choices
from newsletter.newsroom import Draft, Newsroom, NoEdition, word_on
from newsletter.settings import Rule, Settings
from newsletter.storage import editions
from tests.newsroom_fixtures import Result

ROOT = Path(__file__).parents[2]
DAY = date(2026, 7, 5)

LEAD = """---
title: The ban takes effect
dek: On July 10, they say.
published: 2026-07-05T06:00+05:30
featured: true
image: desk.png
alt: A desk.
sources:
  - title: The desk
    url: https://theshiftmaker.example/desk
---

Read [the notice](https://paper.example/notice) yourself.
"""

REEL = """---
id: a-reel
title: One edition in a minute
published: 2026-07-05T05:00+05:30
video: {url: "https://theshiftmaker.example/reel", duration: 0:58}
---
"""

SPONSOR = """name = "Your name here"
text = "One plain sentence."
url = "https://sponsor.example/"
day = 2026-07-05
"""


@pytest.fixture
def laptop(desk: Path, story: Callable[..., Path]) -> Path:
    """A folder where an editor works: no database, no secret, four stories, a reel, a sponsor."""
    folder = desk / "articles"
    (folder / "one.md").unlink()
    (folder / "lead.md").write_text(LEAD, encoding="utf-8")
    (folder / "reel.md").write_text(REEL, encoding="utf-8")
    (folder / "sponsor.toml").write_text(SPONSOR, encoding="utf-8")
    shutil.copy(ROOT / "articles/media/one-hop.png", folder / "desk.png")
    story("two", published="2026-07-05T04:00+05:30")
    story("three", published="2026-07-05T03:00+05:30")
    change(desk, "templates/daily/newsletter.toml", 'approval = "automatic"', 'approval = "editor"')
    return desk


def change(desk: Path, file: str, old: str, new: str) -> None:
    path = desk / file
    text = path.read_text(encoding="utf-8")
    assert old in text, (file, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def newsroom() -> Newsroom:
    return Newsroom(Settings.load())


def draft() -> Draft:
    room = newsroom()
    made = room.desk.build(room.newsletter(), DAY)
    assert isinstance(made, Draft), made.reason
    return made


def approve(by: str = "Asha") -> None:
    newsroom().choices.approve(draft(), by=by)


def withdraw(article: str) -> None:
    room = newsroom()
    room.choices.withdraw(room.newsletter(), DAY, article, by="Asha")


def changed() -> tuple[str, ...]:
    return newsroom().choices.changes_since(draft())


# ── What breaks an approval, and what does not ──────────────────────────────────────────────

ONE, OTHER = "articles/lead.md", "articles/two.md"
TOML = "templates/daily/newsletter.toml"

#: A change somewhere, and the words for it.
CHANGES: dict[str, tuple[tuple[str, str, str], str]] = {
    "headline": ((ONE, "The ban takes effect", "The ban takes hold"), f"a headline in {ONE}"),
    "dek": ((ONE, "they say", "says the notice"), f"a dek in {ONE}"),
    "text": ((ONE, "yourself", "twice"), f"the text in {ONE}"),
    "link": ((ONE, "paper.example/notice", "paper.example/other"), f"a link in {ONE}"),
    "alt": ((ONE, "A desk.", "A desk and a lamp."), f"a picture in {ONE}"),
    "video": (("articles/reel.md", "example/reel", "example/two"), "a video in articles/reel.md"),
    "length": (("articles/reel.md", "0:58", "0:59"), "a video in articles/reel.md"),
    "sources": ((ONE, "title: The desk", "title: A desk"), f"a source in {ONE}"),
    "source's link": ((ONE, "example/desk", "example/x"), f"a source in {ONE}"),
    "date": ((OTHER, "T04:00", "T04:01"), f"a date in {OTHER}"),
    "inbox": ((ONE, "featured:", "subject: Short\nfeatured:"), f"the words for the inbox in {ONE}"),
    "byline": ((OTHER, "dek:", "byline: Ravi\ndek:"), f"a detail in {OTHER}"),
    "language": ((OTHER, "dek:", "lang: hi\ndek:"), f"a detail in {OTHER}"),
    "section": ((OTHER, "dek:", "section: how-we-make-this\ndek:"), f"a detail in {OTHER}"),
    "update note": ((OTHER, "dek:", "update_note: More.\ndek:"), f"a date in {OTHER}"),
    "sponsor": (("articles/sponsor.toml", "plain", "short"), "the sponsor"),
    "sponsor's end": (("articles/sponsor.toml", "2026-07-05", "2026-07-04"), "the sponsor"),
    "template": (
        ("templates/daily/edition.mjml.j2", "{{ footer(letter) }}", "{{ footer(letter) }} "),
        "templates/daily/edition.mjml.j2",
    ),
    "shared template": (
        ("templates/shared/phone.css", "{", "{ /* x */"),
        "templates/shared/phone.css",
    ),
    "words": (("templates/shared/words.toml", "[en", "\n[en"), "templates/shared/words.toml"),
    "tagline": ((TOML, "AI Intelligence Daily", "Daily"), "newsletter.toml"),
    "sender": ((TOML, 'name = "The ShiftMaker"', 'name = "TSM"'), "newsletter.toml"),
    "list": ((TOML, "lang = ", 'also_lists = ["weekly"]\nlang = '), "the audience"),
    "segment": (
        (TOML, "[lead]", '[segments.hindi]\nfield = "lang"\nis = "hi"\n[lead]'),
        "",
    ),
    "comment": ((TOML, "# The name", "# A name"), ""),
    "another day's story": (("subscribers/daily.csv", "Ann", "Anna"), ""),
}


@pytest.mark.usefixtures("laptop")
def test_an_approval_holds_while_nothing_changes() -> None:
    approve()

    word = word_on(draft())
    assert word.counts
    assert word.sentence.startswith("Approved by Asha ")
    assert changed() == ()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_a_reader_can_see_is_named_and_no_other_is(laptop: Path, name: str) -> None:
    (file, old, new), words = CHANGES[name]
    approve()

    change(laptop, file, old, new)

    assert changed() == ((words,) if words else ())
    assert word_on(draft()).counts is not bool(words)


def test_each_part_of_a_story_can_break_an_approval() -> None:
    said = {words.rpartition(" in ")[0] for _, words in CHANGES.values()}

    assert said >= set(PARTS.values())


@pytest.mark.usefixtures("laptop")
def test_each_digest_by_itself_breaks_an_approval() -> None:
    approve()
    made = draft()

    for name in made.digests:
        other = {**made.digests, name: made.digests[name][::-1]}
        assert not word_on(replace(made, digests=other)).counts, name
        without = {key: text for key, text in made.digests.items() if key != name}
        assert not word_on(replace(made, digests=without)).counts, name


def test_a_picture_replaced_under_its_name_breaks_an_approval(laptop: Path) -> None:
    approve()

    shutil.copy(ROOT / "articles/media/from-folder-to-inbox.png", laptop / "articles/desk.png")

    assert changed() == (f"a picture in {ONE}",)


def test_two_changes_are_counted_in_words(laptop: Path) -> None:
    approve()
    change(laptop, *CHANGES["headline"][0])
    change(laptop, *CHANGES["tagline"][0])

    sentence = word_on(draft()).sentence

    assert sentence.startswith("Two changes since Asha approved ")
    assert sentence.endswith(f": a headline in {ONE}, newsletter.toml")


def test_a_story_that_is_lost_on_the_way_breaks_an_approval(laptop: Path) -> None:
    approve()
    (laptop / OTHER).unlink()

    assert changed() == ("two.md is missing",)


@pytest.mark.usefixtures("laptop")
def test_a_story_that_comes_later_is_not_chosen_and_breaks_nothing(
    story: Callable[..., Path],
) -> None:
    approve()
    story("late", published="2026-07-05T06:55+05:30")

    made = draft()
    reasons = {c.article.title: c.reason for c in made.selection.choices}
    assert word_on(made).counts
    assert reasons["Story late"] == "not chosen"


CHOICES: dict[str, tuple[Callable[[Choices], Choices], str]] = {
    "order": (lambda c: replace(c, articles=("lead.md", "three.md", "two.md")), "the order"),
    "fewer": (lambda c: replace(c, articles=("lead.md", "two.md")), "three.md is missing"),
    "out": (lambda c: replace(c, out=("articles/three.md",)), "three.md is missing"),
    "more": (
        lambda c: replace(c, articles=("lead.md", "two.md", "three.md", "a-reel")),
        "a-reel is new",
    ),
    "lead": (lambda c: replace(c, lead="three.md"), "the order"),
    "subject": (lambda c: replace(c, subject="Own"), "the subject"),
    "preheader": (lambda c: replace(c, preheader="Own"), "the preheader"),
    "sponsor": (lambda c: replace(c, sponsor=""), "the sponsor"),
}


@pytest.mark.usefixtures("laptop")
@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_after_the_approval_is_named(name: str) -> None:
    room = newsroom()
    wanted = Choices(articles=("lead.md", "two.md", "three.md"))
    room.choices.save(room.newsletter(), DAY, wanted, seen="")
    approve()
    choices, seen = room.choices.read(room.newsletter(), DAY)
    make, words = CHOICES[name]

    room.choices.save(room.newsletter(), DAY, make(choices), seen=seen)

    assert words in changed()
    assert not word_on(draft()).counts


# ── Taking away ─────────────────────────────────────────────────────────────────────────────

FOUR = ("lead.md", "two.md", "three.md", "a-reel")


@pytest.mark.usefixtures("laptop")
@given(st.lists(st.sampled_from(FOUR), unique=True, max_size=3), st.booleans())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_only_taking_away_keeps_an_approval(laptop: Path, gone: list[str], own: bool) -> None:
    shutil.rmtree(laptop / "articles/editions", ignore_errors=True)
    room = newsroom()
    if own:
        words = Choices(subject="Own subject", preheader="Own line")
        room.choices.save(room.newsletter(), DAY, words, seen="")
    approve()
    for article in gone:
        withdraw(article)

    made = room.desk.build(room.newsletter(), DAY)

    stories = {*FOUR[:3]} - {*gone}
    assert isinstance(made, Draft) is bool(stories)
    if isinstance(made, Draft):
        assert word_on(made).counts, word_on(made).sentence
        assert {made.names[a.key] for a in made.edition.articles} == {*FOUR} - {*gone}
        assert (made.edition.subject == "Own subject") is (own and "lead.md" not in gone)


@pytest.mark.usefixtures("laptop")
def test_what_led_is_withdrawn_and_the_next_leads_under_its_own_words() -> None:
    approve()

    withdraw("lead.md")

    made = draft()
    assert made.edition.lead.title == made.edition.subject == "Story two"
    assert word_on(made).counts


def test_words_of_a_withdrawn_lead_do_not_go_out_by_hand_either(laptop: Path) -> None:
    room = newsroom()
    room.choices.save(room.newsletter(), DAY, Choices(subject="Own"), seen="")
    approve()
    path = laptop / "articles/editions/2026-07-05.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '\n[[withdrawn]]\narticle = "articles/lead.md"\n', encoding="utf-8")

    assert changed() == ("the subject: it was written for a story that is withdrawn",)


def test_a_change_beside_a_withdrawal_is_still_named(laptop: Path) -> None:
    approve()
    withdraw("three.md")
    change(laptop, *CHANGES["text"][0])

    assert changed() == (f"the text in {ONE}",)


@pytest.mark.usefixtures("laptop")
def test_a_story_is_withdrawn_once_and_who_did_it_is_kept() -> None:
    withdraw("two.md")
    withdraw("articles/two.md")
    withdraw("two.md")

    choices, _ = newsroom().choices.read(newsroom().newsletter(), DAY)
    assert [(one.article, one.by) for one in choices.withdrawals] == [("two.md", "Asha")]


def test_a_story_that_was_withdrawn_may_leave_the_folder(laptop: Path) -> None:
    approve()
    withdraw("two.md")
    (laptop / OTHER).unlink()

    assert word_on(draft()).counts


@pytest.mark.usefixtures("laptop")
def test_an_approval_after_a_withdrawal_is_given_to_what_is_left() -> None:
    withdraw("two.md")
    approve()

    choices, _ = newsroom().choices.read(newsroom().newsletter(), DAY)
    assert choices.approval
    assert choices.approval.articles == ("lead.md", "a-reel", "three.md")
    assert word_on(draft()).counts


# ── Who ─────────────────────────────────────────────────────────────────────────────────────


def test_an_approval_by_somebody_who_may_not_approve_does_not_count(laptop: Path) -> None:
    approve("Ravi")
    change(laptop, TOML, "approvers = []", 'approvers = ["Asha"]')

    word = word_on(draft())

    assert not word.counts
    assert "Approved by Ravi, whose word does not count: only that of Asha" in word.sentence
    with pytest.raises(DeliveryError, match="Ravi may not approve daily"):
        approve("Ravi")
    approve("asha")
    assert word_on(draft()).counts


def test_the_editor_is_the_setting_then_gits_name(
    laptop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(laptop / "none"))
    monkeypatch.setenv("LOGNAME", "asha")
    assert newsroom().choices.editor == "asha"

    subprocess.run(["git", "init", "-q"], check=True, cwd=laptop)
    subprocess.run(["git", "config", "user.name", "Asha Rao"], check=True, cwd=laptop)
    assert newsroom().choices.editor == "Asha Rao"

    monkeypatch.setenv("NEWSLETTER_EDITOR", "The night desk")
    assert newsroom().choices.editor == "The night desk"


def test_what_was_looked_at_is_signed_and_nothing_newer(laptop: Path) -> None:
    looked_at = draft()
    change(laptop, *CHANGES["text"][0])

    newsroom().choices.approve(looked_at, by="Asha")

    assert changed() == (f"the text in {ONE}",)


@pytest.mark.usefixtures("laptop")
def test_an_approval_over_newer_choices_is_refused() -> None:
    looked_at, room = draft(), newsroom()
    room.choices.save(room.newsletter(), DAY, Choices(lead="two.md"), seen="")

    with pytest.raises(ChoicesChanged, match=r"lead: theirs “two\.md”, ours empty"):
        room.choices.approve(looked_at, by="Asha")


def test_what_has_an_error_is_not_approved(laptop: Path) -> None:
    change(laptop, ONE, "yourself", "TK")

    with pytest.raises(PreflightError):
        approve()

    assert not (laptop / "articles/editions").exists()


def test_what_only_sending_would_look_for_is_not_approved_either(laptop: Path) -> None:
    change(laptop, TOML, "[preflight]", '[preflight]\ndead-links = "error"')
    change(laptop, ONE, "https://paper.example/notice", "https://10.0.0.1/notice")
    assert not draft().errors

    with pytest.raises(PreflightError, match="1 error, so it cannot be approved") as no:
        approve()

    assert no.value.hint.startswith("Only looked for now: ")
    assert "leads nowhere" in no.value.hint


@pytest.mark.usefixtures("laptop")
def test_a_withdrawal_over_newer_choices_is_refused() -> None:
    room = newsroom()
    named = room.newsletter()
    _, seen = room.choices.read(named, DAY)
    newer = room.choices.save(named, DAY, Choices(subject="Theirs"), seen=seen)

    with pytest.raises(ChoicesChanged) as no:
        room.choices.withdraw(named, DAY, "lead.md", by="Asha", seen=seen)

    assert no.value.version == newer
    assert no.value.newer.subject == "Theirs"
    assert room.choices.withdraw(named, DAY, "lead.md", by="Asha", seen=newer) != newer


@pytest.mark.usefixtures("laptop")
def test_another_audience_than_was_approved_needs_a_new_word() -> None:
    approve()
    made = draft()
    rule = Rule.model_validate({"field": "lang", "is": "hi"})
    narrowed = made.newsletter.model_copy(update={"segment": "hindi", "segments": {"hindi": rule}})

    assert word_on(made, Rule(percent=10)).counts
    sentence = word_on(replace(made, newsletter=narrowed), Rule(percent=10)).sentence
    assert sentence.endswith(": the audience")
    part = Rule.model_validate({"all": [rule, Rule(percent=10)]})
    assert word_on(replace(made, newsletter=narrowed), part).counts


@pytest.mark.usefixtures("laptop")
def test_what_an_editor_asked_for_and_cannot_have_is_a_finding() -> None:
    room = newsroom()
    wanted = Choices(articles=("lead.md", "gone.md"), sponsor="nobody")
    room.choices.save(room.newsletter(), DAY, wanted, seen="")

    file = "articles/editions/2026-07-05.toml"
    found = [(f.where, f.sentence) for f in draft().findings if f.where == file]
    assert found == [
        (file, "gone.md is chosen, and is not there"),
        (file, "the sponsor nobody is not there, so there is none"),
    ]


# ── Two machines ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server(
    laptop: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Path]:
    """Another machine: its own database, secret and address; `server()` carries the files over."""
    there = tmp_path_factory.mktemp("server")

    def carry() -> Path:
        for name in ("articles", "templates", "subscribers"):
            shutil.copytree(laptop / name, there / name, dirs_exist_ok=True)
        monkeypatch.chdir(there)
        monkeypatch.setenv("NEWSLETTER_SITE_URL", "https://news.theshiftmaker.example")
        monkeypatch.setenv("NEWSLETTER_SECRET", "the server's own, which no laptop ever saw")
        return there

    return carry


def sent(there: Path) -> list[str]:
    folder = there / "var/outbox/new"
    return [file.read_text(encoding="utf-8") for file in folder.iterdir()]


@pytest.mark.parametrize("home", ["article_url", "our own archive"])
def test_a_laptop_approves_and_a_server_sends(
    laptop: Path, server: Callable[[], Path], newsletter: Callable[..., object], home: str
) -> None:
    if home == "our own archive":
        change(laptop, TOML, "article_url =", "# article_url =")
    approve()
    assert not (laptop / "var/newsletter.db").exists()
    there = server()
    (there / "articles/late.md").write_text(
        LEAD.replace("The ban takes effect", "Came after the approval"), encoding="utf-8"
    )

    room = newsroom()
    newsletter("send", "--date", "2026-07-05", "--yes")

    (mail,) = sent(there)
    assert "The ban takes effect" in mail
    assert "Came after the approval" not in mail
    made = draft()
    kept = editions.find(room._house.database, made.id)
    assert kept
    assert (kept.approved_by, kept.approved_hash) == ("Asha", made.rendition.hash)


def test_a_server_sends_nothing_that_changed_on_the_way(server: Callable[[], Path]) -> None:
    approve()
    there = server()
    change(there, *CHANGES["dek"][0])

    with pytest.raises(DeliveryError, match="One change since Asha approved") as refused:
        newsroom().dispatch.plan(draft())

    assert f"a dek in {ONE}" in str(refused.value)


def test_an_approved_edition_whose_stories_were_forgotten_is_no_quiet_day(
    server: Callable[[], Path], newsletter: Callable[..., Result]
) -> None:
    approve()
    there = server()
    for path in there.glob("articles/*.md"):
        path.unlink()

    refused = newsletter("send", "--date", "2026-07-05", "--yes")

    assert refused.code == 1
    assert "was approved, and these stories are missing: lead.md" in refused.err


def test_what_a_laptop_withdraws_a_server_leaves_out(
    server: Callable[[], Path], newsletter: Callable[..., object]
) -> None:
    approve()
    withdraw("two.md")
    there = server()

    newsletter("send", "--date", "2026-07-05", "--yes")

    (mail,) = sent(there)
    assert "Story two" not in mail


def test_a_new_headline_asks_again_and_loses_no_story(laptop: Path) -> None:
    approve()
    change(laptop, *CHANGES["headline"][0])

    assert draft().edition.lead.title == "The ban takes hold"
    approve("Ravi")
    assert word_on(draft()).sentence.startswith("Approved by Ravi")


@pytest.mark.usefixtures("laptop")
def test_without_stories_there_is_no_edition_and_its_choices_are_known() -> None:
    room = newsroom()
    seen = room.choices.save(room.newsletter(), DAY, Choices(articles=()), seen="")

    made = room.desk.build(room.newsletter(), DAY)

    assert isinstance(made, NoEdition)
    assert (made.choices.articles, made.version) == ((), seen)
    assert set(made.names.values()) == {*FOUR}

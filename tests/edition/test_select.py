"""The newsroom's rules for what goes into an edition, one sentence each."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition import assemble, select
from newsletter.model import (
    Article,
    Edition,
    EditionId,
    Kind,
    Memory,
    Remembered,
    Selection,
    Skipped,
    Sponsor,
)
from newsletter.settings import Newsletter, SectionConfig, SelectionRules, Sender, Wording

IST = ZoneInfo("Asia/Kolkata")
DAY = date(2026, 7, 5)
SEVEN = datetime(2026, 7, 5, 7, tzinfo=IST)
YESTERDAY = SEVEN - timedelta(days=1)

DAILY = Newsletter(
    name="daily",
    title="The ShiftMaker",
    sender=Sender(name="The ShiftMaker", address="desk@theshiftmaker.example"),
    postal_address="1 Example Street",
    sections=(SectionConfig(name="a", title="First"), SectionConfig(name="b", title="Second")),
)


def make_article(id: str = "a", *, hours_ago: float = 1, **fields: object) -> Article:
    """An article that differs from an ordinary one only in what a test names."""
    ordinary: dict[str, object] = {
        "title": f"Story {id}",
        "url": f"https://paper.example/{id}",
        "body": "<p>Text.</p>",
        "published": SEVEN - timedelta(hours=hours_ago),
    }
    return Article(id=id, **(ordinary | fields))  # type: ignore[arg-type]


def remembered(article: Article, *, included: bool = True, days_ago: int = 1) -> Remembered:
    cutoff = SEVEN - timedelta(days=days_ago)
    return Remembered(
        edition=f"daily/{cutoff:%Y-%m-%d}",
        cutoff=cutoff,
        key=article.key,
        article=article.id,
        day=article.published.astimezone(IST).date(),
        fingerprint=article.fingerprint,
        included=included,
    )


def memory_of(*rows: Remembered) -> Memory:
    return Memory(last="daily/2026-07-04", cutoff=YESTERDAY, considered=rows)


def selected(
    *articles: Article, memory: Memory | None = None, newsletter: Newsletter = DAILY
) -> Selection:
    return select(articles, newsletter=newsletter, day=DAY, memory=memory or memory_of())


def chosen(*articles: Article, memory: Memory | None = None) -> list[str]:
    return [article.id for article in selected(*articles, memory=memory).articles]


def reasons(selection: Selection) -> dict[str, str]:
    return {choice.article.id: choice.reason for choice in selection.choices}


def with_rules(**rules: int) -> Newsletter:
    return DAILY.model_copy(update={"selection": SelectionRules(**rules)})


# ── The window ──────────────────────────────────────────────────────────────────────────────


def test_a_first_edition_looks_back_24_hours_and_ends_before_its_cutoff() -> None:
    articles = [make_article(str(h), hours_ago=h) for h in (0, 1, 24, 24.1)]

    selection = selected(*articles, memory=Memory())

    assert [a.id for a in selection.articles] == ["1", "24"]
    assert reasons(selection)["0"] == "after the cut-off: 5 Jul 07:00"
    assert reasons(selection)["24.1"] == "too old: 4 Jul 06:54"
    assert selection.since == YESTERDAY
    assert selection.until == SEVEN


def test_a_story_that_no_edition_considered_stays_a_candidate_for_72_hours() -> None:
    assert chosen(make_article("late", hours_ago=71)) == ["late"]
    assert reasons(selected(make_article("old", hours_ago=73))) == {"old": "too old: 2 Jul 06:00"}


def test_what_a_first_edition_finds_too_old_does_not_come_with_the_second() -> None:
    articles = (make_article("backlog", hours_ago=30), make_article("archive", hours_ago=300))

    first = selected(*articles, memory=Memory())

    assert [choice.article.id for choice in first.considered] == ["backlog"]


def test_a_story_dated_only_by_day_counts_until_that_day_has_ended() -> None:
    start = datetime(2026, 7, 2, tzinfo=IST)
    dated = make_article("day", published=start, day_only=True)
    timed = make_article("time", published=start)

    assert chosen(dated, timed) == ["day"]


def test_an_earlier_cutoff_than_the_send_time_is_kept() -> None:
    schedule = DAILY.schedule.model_copy(update={"cutoff": datetime(2026, 1, 1, 6).time()})  # noqa: DTZ001
    early = DAILY.model_copy(update={"schedule": schedule})

    selection = selected(make_article("half past six", hours_ago=0.5), newsletter=early)

    assert selection.articles == ()
    assert selection.until == SEVEN - timedelta(hours=1)


def test_a_moment_of_another_year_names_it() -> None:
    old = make_article("old", published=datetime(2025, 12, 31, 22, 10, tzinfo=IST))

    assert reasons(selected(old)) == {"old": "too old: 31 Dec 2025 22:10"}


def test_drafts_stay_out_and_are_named() -> None:
    selection = selected(make_article("d", draft=True), make_article("ok"))

    assert reasons(selection)["d"] == "draft"
    assert [c.article.id for c in selection.considered] == ["ok"]


# ── Twins ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "http://PAPER.example/a",
        "https://www.paper.example/a/",
        "https://paper.example/a?utm_source=x&fbclid=y",
        "https://paper.example:443/a#top",
    ],
)
def test_the_later_of_two_with_the_same_address_wins(url: str) -> None:
    first = make_article("first", hours_ago=5, url="https://paper.example/a")
    corrected = make_article("corrected", hours_ago=1, url=url)

    selection = selected(first, corrected)

    assert [a.id for a in selection.articles] == ["corrected"]
    assert reasons(selection)["first"] == "twin of lead: same address"


def test_an_address_that_cannot_be_taken_apart_takes_nobody_down() -> None:
    broken = make_article("broken", url="https://paper.example:99999/a", hours_ago=2)

    assert chosen(make_article("a"), broken) == ["a", "broken"]


def test_a_query_field_that_names_a_story_parts_two_stories() -> None:
    one = make_article("one", url="https://paper.example/?p=1")
    two = make_article("two", url="https://paper.example/?p=2", hours_ago=2)

    assert chosen(one, two) == ["one", "two"]


def test_the_same_id_on_the_same_day_is_one_story() -> None:
    first = make_article("x", hours_ago=3, url="https://paper.example/1")
    second = make_article("x", hours_ago=2, url="https://paper.example/2")

    selection = selected(first, second)

    assert [a.url for a in selection.articles] == ["https://paper.example/2"]
    assert selection.choices[1].reason == "twin of lead: same id on the same day"


def test_180_daily_posts_with_one_id_and_one_title_are_180_stories() -> None:
    days = [
        make_article(
            "markets", title="Markets today", url=f"https://p.example/{n}", hours_ago=24 * n
        )
        for n in range(1, 4)
    ]

    assert len(chosen(*days)) == 3


def test_an_equal_title_alone_means_nothing() -> None:
    assert len(chosen(make_article("a", title="Same"), make_article("b", title="Same"))) == 2


def test_a_twin_of_a_twin_is_the_same_story() -> None:
    a = make_article("x", url="https://paper.example/1", hours_ago=3)
    b = make_article("y", url="https://paper.example/1", hours_ago=2)
    c = make_article("y", url="https://paper.example/2", hours_ago=1)

    assert [u.url for u in selected(a, b, c).articles] == ["https://paper.example/2"]


def test_a_version_of_tomorrow_does_not_hide_the_one_of_today() -> None:
    today = make_article("a", hours_ago=2)
    tomorrow = make_article(
        "a", hours_ago=2, title="Later words", updated=SEVEN + timedelta(hours=3)
    )

    assert [a.title for a in selected(today, tomorrow).articles] == ["Story a"]


# ── Memory ──────────────────────────────────────────────────────────────────────────────────


def test_a_story_already_sent_is_dropped() -> None:
    old = make_article("a", hours_ago=30)
    selection = selected(old, memory=memory_of(remembered(old)))

    assert reasons(selection) == {"a": "sent on 4 Jul, unchanged"}
    assert selection.considered == ()


def test_an_updated_story_comes_again_and_is_marked() -> None:
    old = make_article("a", hours_ago=30)
    new = make_article("a", hours_ago=30, body="<p>More.</p>", updated=SEVEN - timedelta(hours=2))

    selection = selected(new, memory=memory_of(remembered(old)))

    assert [a.update_of for a in selection.articles] == ["daily/2026-07-04"]
    assert reasons(selection) == {"a": "UPDATE of daily/2026-07-04"}


def test_a_new_date_on_the_same_words_is_no_update() -> None:
    old = make_article("a", hours_ago=30)
    touched = make_article("a", hours_ago=30, updated=SEVEN - timedelta(hours=2))

    assert chosen(touched, memory=memory_of(remembered(old))) == []


def test_changed_words_without_a_new_date_are_named_and_stay_out() -> None:
    old = make_article("a", hours_ago=30)
    new = make_article("a", hours_ago=30, body="<p>More.</p>")

    selection = selected(new, memory=memory_of(remembered(old)))

    assert reasons(selection) == {"a": "sent on 4 Jul; changed since, without a new `updated`"}


def test_what_was_considered_and_left_out_is_not_considered_again() -> None:
    old = make_article("a", hours_ago=30)
    selection = selected(old, memory=memory_of(remembered(old, included=False)))

    assert reasons(selection) == {"a": "left out on 4 Jul"}


def test_what_was_left_out_may_come_when_it_is_updated_and_is_news_to_readers() -> None:
    old = make_article("a", hours_ago=30)
    new = make_article("a", hours_ago=30, dek="More.", updated=SEVEN - timedelta(hours=2))

    selection = selected(new, memory=memory_of(remembered(old, included=False)))

    assert [a.update_of for a in selection.articles] == [""]


def test_a_story_under_a_new_address_is_known_by_id_and_day() -> None:
    old = make_article("a", hours_ago=30)
    moved = make_article("a", hours_ago=30, url="https://paper.example/moved")

    assert chosen(moved, memory=memory_of(remembered(old))) == []


def test_the_edition_that_carried_it_outranks_one_that_left_it_out() -> None:
    old = make_article("a", hours_ago=60)
    rows = (remembered(old, days_ago=2), remembered(old, included=False, days_ago=1))

    assert reasons(selected(old, memory=memory_of(*rows)))["a"] == "sent on 3 Jul, unchanged"


# ── Order and places ────────────────────────────────────────────────────────────────────────


def test_featured_leads_then_weight_then_the_later() -> None:
    articles = (
        make_article("late", hours_ago=1),
        make_article("heavy", hours_ago=9, weight=5),
        make_article("featured", hours_ago=20, featured=True),
        make_article("early", hours_ago=8),
    )

    selection = selected(*articles)

    assert [a.id for a in selection.articles] == ["featured", "heavy", "late", "early"]
    assert [c.place for c in selection.choices] == ["lead", "1", "2", "3"]


def test_sections_keep_the_order_of_newsletter_toml_and_unknown_ones_come_last() -> None:
    articles = (
        make_article("lead", featured=True),
        make_article("b1", section="b"),
        make_article("a1", section="a", hours_ago=3),
        make_article("lost", section="nowhere", hours_ago=2),
    )

    assert chosen(*articles) == ["lead", "a1", "b1", "lost"]


def test_the_first_reel_is_big_and_further_ones_are_stories() -> None:
    articles = (
        make_article("lead", featured=True),
        make_article("r1", kind=Kind.REEL, section="b", hours_ago=1),
        make_article("r2", kind=Kind.REEL, section="a", hours_ago=2),
        make_article("s", section="b", hours_ago=3),
    )

    selection = selected(*articles)

    assert [(c.article.id, c.place) for c in selection.choices] == [
        ("lead", "lead"),
        ("r2", "1"),
        ("r1", "reel"),
        ("s", "2"),
    ]


def test_at_most_twelve_stories_and_a_reel() -> None:
    stories = [make_article(str(n), hours_ago=n) for n in range(1, 15)]
    selection = selected(*stories, make_article("reel", kind=Kind.REEL, hours_ago=20))

    assert len(selection.articles) == 13
    assert reasons(selection)["13"] == "more than 12 stories"
    assert "14" in [c.article.id for c in selection.considered]


def test_a_section_takes_no_more_than_it_may() -> None:
    sections = (SectionConfig(name="a", title="First", max_stories=1),)
    tight = DAILY.model_copy(update={"sections": sections})

    selection = selected(*(make_article(str(n), hours_ago=n) for n in (1, 2, 3)), newsletter=tight)

    assert [a.id for a in selection.articles] == ["1", "2"]
    assert reasons(selection)["3"] == "more than 1 in First"


ARTICLES = st.lists(
    st.builds(
        make_article,
        st.sampled_from("abcdef"),
        hours_ago=st.integers(min_value=-5, max_value=100),
        url=st.sampled_from([f"https://p.example/{n}" for n in range(5)]),
        weight=st.integers(min_value=0, max_value=1),
        kind=st.sampled_from(Kind),
        section=st.sampled_from(["a", "b", ""]),
        draft=st.booleans(),
        title=st.sampled_from(["One", "Two"]),
    ),
    max_size=12,
)


@given(ARTICLES, st.randoms(use_true_random=False))
def test_input_order_never_matters(articles: list[Article], random: Random) -> None:
    shuffled = articles.copy()
    random.shuffle(shuffled)

    assert selected(*shuffled) == selected(*articles)


@given(ARTICLES)
def test_every_candidate_has_one_verdict_with_a_reason(articles: list[Article]) -> None:
    choices = selected(*articles).choices

    assert len(choices) == len(articles)
    assert all(choice.reason for choice in choices)


@given(ARTICLES)
def test_no_story_stands_in_an_edition_twice(articles: list[Article]) -> None:
    included = selected(*articles).articles

    assert len({a.key for a in included}) == len(included)


# ── The edition ─────────────────────────────────────────────────────────────────────────────


ID = EditionId("daily", DAY)


def edition_of(*articles: Article, newsletter: Newsletter = DAILY, **more: object) -> Edition:
    selection = selected(*articles, newsletter=newsletter)
    made = assemble(selection, id=ID, newsletter=newsletter, **more)  # type: ignore[arg-type]
    assert isinstance(made, Edition)
    return made


def test_too_few_stories_make_no_edition_and_say_so() -> None:
    selection = selected(make_article(), make_article("r", kind=Kind.REEL))

    made = assemble(selection, id=ID, newsletter=with_rules(min_stories=2))

    assert made == Skipped(id=ID, reason="1 story, the least is 2")


def test_an_empty_day_makes_no_edition() -> None:
    assert assemble(selected(), id=ID, newsletter=DAILY) == Skipped(
        id=ID, reason="0 stories, the least is 1"
    )


def test_an_edition_reads_lead_first_section_reel_rest() -> None:
    edition = edition_of(
        make_article("lead", featured=True),
        make_article("b", section="b"),
        make_article("a", section="a"),
        make_article("reel", kind=Kind.REEL),
    )

    assert [a.id for a in edition.articles] == ["lead", "a", "reel", "b"]
    assert [s.title for s in edition.sections] == ["First", "Second"]
    assert edition.cutoff == SEVEN


def test_the_whole_headline_is_the_subject_unless_the_lead_has_its_own() -> None:
    long = "A headline that says may and alleged " * 4

    assert edition_of(make_article(title=long)).subject == long
    assert edition_of(make_article(title=long, subject="Short")).subject == "Short"


def test_a_rule_may_put_the_section_before_the_headline() -> None:
    rule = DAILY.model_copy(update={"wording": Wording(subject="section-headline")})

    assert edition_of(make_article(section="b"), newsletter=rule).subject == "Second: Story a"
    assert edition_of(make_article(), newsletter=rule).subject == "Story a"


def test_the_preheader_is_the_last_sentence_and_headlines_that_fit_whole() -> None:
    lead = make_article("lead", dek="One thing. The ban takes effect on July 10.", featured=True)
    others = (make_article("x", title="y" * 120, hours_ago=1), make_article("z", hours_ago=2))

    assert edition_of(lead, *others).preheader == "The ban takes effect on July 10. Plus: Story z"


@pytest.mark.parametrize(
    ("rule", "preheader"),
    [("dek-and-headlines", "Two. Plus: Story b"), ("dek", "One. Two."), ("headlines", "Story b")],
)
def test_the_preheader_follows_the_rule(rule: Any, preheader: str) -> None:
    newsletter = DAILY.model_copy(update={"wording": Wording(preheader=rule)})
    lead = make_article(dek="One. Two.", featured=True)

    assert edition_of(lead, make_article("b"), newsletter=newsletter).preheader == preheader
    own = make_article(dek="One. Two.", preheader="Own words", featured=True)
    assert edition_of(own, newsletter=newsletter).preheader == "Own words"


def test_a_devanagari_sentence_ends_at_its_danda() -> None:
    assert edition_of(make_article(dek="पहला वाक्य। दूसरा वाक्य।")).preheader == "दूसरा वाक्य।"


def test_a_sponsor_runs_on_its_days_only() -> None:
    def sponsor(name: str, first: int, last: int) -> Sponsor:
        return Sponsor(
            name=name,
            text="One plain sentence.",
            url="https://sponsor.example",
            first=date(2026, 7, first),
            last=date(2026, 7, last),
        )

    sponsors = (sponsor("over", 1, 4), sponsor("b", 5, 5), sponsor("a", 1, 9))

    assert edition_of(make_article(), sponsors=sponsors).sponsor == sponsors[2]
    assert edition_of(make_article(), sponsors=sponsors[:1]).sponsor is None


def test_articles_without_a_utc_zone_are_compared_as_moments() -> None:
    utc = make_article("utc", published=datetime(2026, 7, 5, 1, 29, tzinfo=UTC))

    assert chosen(utc) == ["utc"]
    assert chosen(make_article("late", published=datetime(2026, 7, 5, 1, 30, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    "id", [EditionId("daily", DAY), EditionId("weekly-hi", DAY, 2), EditionId("a", DAY, 10)]
)
def test_an_edition_id_is_read_back_as_written(id: EditionId) -> None:
    assert EditionId.parse(str(id)) == id


@pytest.mark.parametrize(
    "text", ["daily", "daily/2026-7-5", "daily/2026-07-05-r1", "Daily/2026-07-05"]
)
def test_what_is_no_edition_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        EditionId.parse(text)

"""What an editor chose by hand, held against the day's stories."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition import assemble, names, select
from newsletter.model import (
    Article,
    Choices,
    Edition,
    EditionId,
    Kind,
    Selection,
    Skipped,
    Sponsor,
    Withdrawal,
)
from tests.edition.test_select import (
    ARTICLES,
    DAILY,
    DAY,
    IST,
    SEVEN,
    make_article,
    memory_of,
    remembered,
    with_rules,
)

ID = EditionId("daily", DAY)


def chosen_by(choices: Choices, *articles: Article, **more: object) -> Selection:
    wanted = {"newsletter": DAILY, "memory": memory_of()} | more
    return select(articles, day=DAY, choices=choices, **wanted)  # type: ignore[arg-type]


def edition_by(
    choices: Choices, *articles: Article, sponsors: tuple[Sponsor, ...] = ()
) -> Edition | Skipped:
    selection = chosen_by(choices, *articles)
    return assemble(selection, id=ID, newsletter=DAILY, sponsors=sponsors, choices=choices)


def ids(selection: Selection) -> list[str]:
    return [article.id for article in selection.articles]


def reasons(selection: Selection) -> dict[str, str]:
    return {choice.article.id: choice.reason for choice in selection.choices}


def withdrawn(*articles: str) -> tuple[Withdrawal, ...]:
    return tuple(Withdrawal(article=article, by="Asha") for article in articles)


ABC = tuple(make_article(name, hours_ago=n) for n, name in enumerate("abc", 1))


def test_no_choices_are_the_rules() -> None:
    assert chosen_by(Choices(), *ABC) == select(ABC, newsletter=DAILY, day=DAY, memory=memory_of())


def test_a_list_is_what_goes_in_and_in_its_order() -> None:
    selection = chosen_by(Choices(articles=("c", "a")), *ABC)

    assert ids(selection) == ["c", "a"]
    assert reasons(selection) == {"c": "first on the list", "a": "Second", "b": "not chosen"}


def test_what_no_list_names_is_not_decided_and_may_come_tomorrow() -> None:
    selection = chosen_by(Choices(articles=("a",), out=("c",)), *ABC)

    assert [choice.article.id for choice in selection.considered] == ["a", "c"]


def test_what_is_taken_out_is_decided_for_good() -> None:
    selection = chosen_by(Choices(out=("a",)), *ABC)

    assert ids(selection) == ["b", "c"]
    assert reasons(selection)["a"] == "taken out by the editor"


@pytest.mark.parametrize("name", ["x", "x@2026-07-05", "https://paper.example/x/", "one.md"])
def test_a_story_is_named_by_id_day_address_or_file(name: str) -> None:
    story = make_article("x", origin="articles/one.md")

    assert ids(chosen_by(Choices(articles=(name,)), *ABC, story)) == ["x"]


def test_a_list_outranks_age_and_memory_and_says_so() -> None:
    old = make_article("old", hours_ago=100)
    sent = make_article("sent", hours_ago=30)
    memory = memory_of(remembered(sent))

    selection = chosen_by(Choices(articles=("a", "old", "sent")), *ABC, old, sent, memory=memory)

    assert ids(selection) == ["a", "old", "sent"]
    assert reasons(selection)["old"] == "chosen, though too old: 1 Jul 03:00"
    assert "“Story sent” is chosen, though sent on 4 Jul, unchanged" in selection.notes


def test_a_list_outranks_how_many_there_may_be() -> None:
    articles = [make_article(str(n), hours_ago=n) for n in range(1, 6)]
    choices = Choices(articles=("5", "4", "3"))

    assert len(ids(chosen_by(choices, *articles, newsletter=with_rules(max_stories=2)))) == 3


def test_nobody_can_choose_a_draft_or_a_story_of_tomorrow() -> None:
    draft = make_article("draft", draft=True)
    later = make_article("later", hours_ago=-2)

    selection = chosen_by(Choices(articles=("a", "draft", "later", "gone")), *ABC, draft, later)

    assert ids(selection) == ["a"]
    assert selection.notes == (
        "draft is chosen, and stays out: draft",
        "later is chosen, and stays out: after the cut-off: 5 Jul 09:00",
        "gone is chosen, and is not there",
    )


def test_an_earlier_version_on_the_list_means_the_later_one() -> None:
    first = make_article("first", hours_ago=5, url="https://paper.example/1")
    corrected = make_article("corrected", hours_ago=2, url="https://paper.example/1")

    assert ids(chosen_by(Choices(articles=("first",)), first, corrected)) == ["corrected"]


def test_of_two_stories_with_one_id_the_days_own_is_meant() -> None:
    today = make_article("markets", url="https://paper.example/2")
    older = make_article("markets", hours_ago=200, url="https://paper.example/1")

    assert chosen_by(Choices(articles=("markets",)), older, today).articles == (today,)
    by_day = Choices(articles=(f"markets@{(SEVEN - timedelta(hours=200)).date()}",))
    assert chosen_by(by_day, older, today).articles == (older,)


def test_the_pinned_story_leads_whatever_else_is_featured() -> None:
    featured = make_article("featured", featured=True)

    selection = chosen_by(Choices(lead="c"), *ABC, featured)

    assert selection.choices[0].article.id == "c"
    assert selection.choices[0].reason == "pinned as lead"
    assert set(ids(selection)) == {"a", "b", "c", "featured"}


def test_a_reel_leads_when_it_is_pinned() -> None:
    reel = make_article("reel", kind=Kind.REEL)

    made = edition_by(Choices(lead="reel"), *ABC, reel)

    assert isinstance(made, Edition)
    assert made.lead is reel


def test_a_pinned_story_that_is_withdrawn_leaves_the_lead_to_the_next() -> None:
    choices = Choices(articles=("b", "a", "c"), lead="b", withdrawals=withdrawn("b"))

    selection = chosen_by(choices, *ABC)

    assert ids(selection) == ["a", "c"]
    assert reasons(selection)["b"] == "withdrawn by Asha"
    assert selection.notes == ()


def test_the_editors_words_come_before_the_rules() -> None:
    made = edition_by(Choices(subject="Own subject", preheader="Own line"), *ABC)

    assert isinstance(made, Edition)
    assert (made.subject, made.preheader) == ("Own subject", "Own line")


def test_a_sponsor_is_the_days_a_named_one_or_none() -> None:
    def sponsor(name: str, day: int) -> Sponsor:
        when = date(2026, 7, day)
        return Sponsor(
            name=name,
            text="A sentence.",
            url="https://s.example",
            first=when,
            last=when,
            origin=f"articles/{name}-sponsor.toml",
        )

    both = (sponsor("today", 5), sponsor("other", 6))

    def slot(wanted: str | None) -> str | None:
        made = edition_by(Choices(sponsor=wanted), *ABC, sponsors=both)
        assert isinstance(made, Edition)
        return made.sponsor.name if made.sponsor else None

    assert slot(None) == "today"
    assert slot("other") == slot("other-sponsor.toml") == "other"
    assert slot("") is None
    assert slot("nobody") is None


def test_an_empty_list_is_no_edition() -> None:
    assert edition_by(Choices(articles=()), *ABC) == Skipped(
        id=ID, reason="0 stories, the least is 1"
    )


def test_the_big_reel_is_the_one_that_was_said_to_be() -> None:
    big = make_article("r1", kind=Kind.REEL, section="b", hours_ago=1)
    small = make_article("r2", kind=Kind.REEL, section="a", hours_ago=2)

    made = edition_by(Choices(), make_article("lead", featured=True), big, small)

    assert isinstance(made, Edition)
    assert made.reel is big


# ── Names ───────────────────────────────────────────────────────────────────────────────────


def name(article: Article, *others: Article, known: tuple[str, ...] = ()) -> str:
    return names([article], [article, *others], IST, known)[article.key]


def test_a_story_is_called_by_its_id_and_by_its_day_where_ids_repeat() -> None:
    today = make_article("markets")
    older = make_article("markets", hours_ago=50, url="https://paper.example/1")
    version = make_article("markets", hours_ago=2, url="https://paper.example/2")

    assert name(today) == "markets"
    assert name(today, version) == "markets"
    assert name(today, older) == "markets@2026-07-05"
    assert name(today, older, known=("markets",)) == "markets"


def test_a_story_whose_id_is_its_headline_is_called_by_its_file() -> None:
    story = make_article("2026-07-05-a-headline", id_made=True, origin="articles/x/one.md")
    alike = make_article("other", id_made=True, origin="articles/y/one.md")

    assert name(story) == "one.md"
    assert name(story, alike) == "2026-07-05-a-headline"


def test_no_two_stories_get_one_name() -> None:
    story = make_article("2026-07-05-a-headline", id_made=True, origin="articles/one.md")
    alike = make_article("one.md")

    called = names([story, alike], [story, alike], IST)

    assert sorted(called.values()) == ["one.md", "one.md@2026-07-05"]


# ── Whatever is chosen ──────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from([*"abcdefg", "https://p.example/1", "a@2026-07-05", "", "@", "/"])
MOMENT = datetime(2026, 7, 5, 6, 48, tzinfo=IST)
ANY_CHOICES = st.builds(
    Choices,
    articles=st.none() | st.lists(NAMES, max_size=6).map(tuple),
    out=st.lists(NAMES, max_size=3).map(tuple),
    lead=NAMES,
    subject=st.text(max_size=5),
    sponsor=st.none() | NAMES,
    withdrawals=st.lists(st.builds(Withdrawal, article=NAMES), max_size=3).map(tuple),
)


@given(ARTICLES, ANY_CHOICES)
def test_whatever_is_chosen_every_candidate_has_one_verdict_and_stands_once(
    articles: list[Article], choices: Choices
) -> None:
    selection = chosen_by(choices, *articles)
    included = selection.articles

    assert len(selection.choices) == len(articles)
    assert all(choice.reason for choice in selection.choices)
    assert len({article.key for article in included}) == len(included)
    assert sorted(a.key for a in selection.ranked) == sorted(a.key for a in included)
    assert not any(article.draft for article in included)
    assert all(article.published < SEVEN for article in included)
    made = assemble(selection, id=ID, newsletter=DAILY, choices=choices)
    if isinstance(made, Edition):
        assert made.articles == included


@given(ARTICLES, ANY_CHOICES)
def test_a_list_written_from_a_selection_selects_it_again(
    articles: list[Article], choices: Choices
) -> None:
    first = chosen_by(choices, *articles)
    called = names(first.ranked, [c.article for c in first.choices], IST)
    again = Choices(articles=tuple(called[article.key] for article in first.ranked))

    assert [a.key for a in chosen_by(again, *articles).ranked] == [a.key for a in first.ranked]

"""What was wrong in a story, found sentence by sentence; and which links lead elsewhere."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition import Told, moved, passages
from newsletter.model import Link, Passage

BEFORE = Told(
    title="Two presses",
    dek="It is quick. It is quiet.",
    blocks=("There are two presses. Both are old.", "They stand in Bengaluru."),
)


def told(**fields: object) -> Told:
    values = {"title": BEFORE.title, "dek": BEFORE.dek, "blocks": BEFORE.blocks}
    return Told(**(values | fields))  # type: ignore[arg-type]


def test_what_is_the_same_is_not_named() -> None:
    assert passages(BEFORE, told()) == ()


def test_a_changed_sentence_is_named_and_its_neighbours_are_not() -> None:
    after = told(blocks=("There is one press. Both are old.", "They stand in Bengaluru."))

    assert passages(BEFORE, after) == (
        Passage(was="There are two presses.", now="There is one press."),
    )


def test_headline_dek_and_body_come_in_the_order_of_reading() -> None:
    after = told(title="One press", dek="It is quick. It is loud.", blocks=BEFORE.blocks[:1])

    assert passages(BEFORE, after) == (
        Passage(was="Two presses", now="One press"),
        Passage(was="It is quiet.", now="It is loud."),
        Passage(was="They stand in Bengaluru."),
    )


def test_what_was_left_out_has_no_old_words() -> None:
    after = told(blocks=(*BEFORE.blocks, "A third one is broken."))

    assert passages(BEFORE, after) == (Passage(now="A third one is broken."),)


def test_another_break_of_lines_is_no_change() -> None:
    after = told(blocks=("There are two\npresses.  Both are old.", "They stand in Bengaluru."))

    assert passages(BEFORE, after) == ()


def test_a_sentence_may_end_in_quotes_and_in_hindi() -> None:
    before = told(blocks=("She said: “It is two.” Nobody laughed. दो हैं। बस।",))
    after = told(blocks=("She said: “It is one.” Nobody laughed. एक है। बस।",))

    assert passages(before, after) == (
        Passage(was="She said: “It is two.”", now="She said: “It is one.”"),
        Passage(was="दो हैं।", now="एक है।"),
    )


TEXTS = st.lists(st.text(alphabet="ab. !\n“”", max_size=30), max_size=4).map(tuple)


@given(TEXTS, TEXTS)
def test_old_words_were_there_and_new_words_are(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    old, new = " ".join(" ".join(before).split()), " ".join(" ".join(after).split())
    found = passages(told(blocks=before), told(blocks=after))

    for passage in found:
        assert passage.was in old
        assert passage.now in new
        assert passage.was != passage.now
    assert old == new or found


def link(number: int, url: str, role: str = "story", article: str = "a") -> Link:
    return Link(number=number, url=url, role=role, article=article)


def test_a_story_that_lives_elsewhere_now_is_pointed_anew() -> None:
    before = [link(1, "https://x.example/old"), link(2, "https://x.example/b", article="b")]
    after = [link(1, "https://x.example/b", article="b"), link(2, "https://x.example/new")]

    assert moved(before, after) == {1: "https://x.example/new"}


def test_where_nobody_can_say_which_became_which_none_is_named() -> None:
    before = [link(n, f"https://x.example/{n}", "reference") for n in (1, 2)]
    after = [link(n, f"https://x.example/{n}", "reference") for n in (3, 4)]

    assert moved(before, after) == {}
    assert moved(before, [before[0], after[1]]) == {2: "https://x.example/4"}
    # Sources in another order are the same sources.
    assert moved(before, before[::-1]) == {}


def test_a_withdrawn_story_keeps_its_links() -> None:
    assert moved([link(1, "https://x.example/old")], []) == {}


def test_a_story_is_shared_in_two_places_each_by_its_own_address() -> None:
    shares = ["https://x.com/intent/post?url={}", "https://www.linkedin.com/share?url={}"]
    before = [link(n, share.format("old"), "share") for n, share in enumerate(shares, 1)]
    after = [link(n, share.format("new"), "share") for n, share in enumerate(shares, 1)]

    assert moved(before, after) == {1: shares[0].format("new"), 2: shares[1].format("new")}

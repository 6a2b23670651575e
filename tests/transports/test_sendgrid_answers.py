"""What an answer proves, whatever it says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.transports import sendgrid_answers as answers
from newsletter.transports.sendgrid_answers import Meaning

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("errors"), inner),
)


@given(st.integers(100, 999), st.binary() | JSON.map(lambda told: json.dumps(told).encode()))
def test_no_answer_is_without_a_meaning(status: int, body: bytes) -> None:
    answer = answers.Answer(status, {}, body)
    accepted = 200 <= status < 300
    assert (answers.meaning(status) is Meaning.ACCEPTED) == accepted
    if not accepted and status != 413:
        assert str(answers.failure(answer, 0.0)).startswith(f"SendGrid answers {status}: ")
    assert answers.readers_named(answer, 1000) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"[" * 60_000,
        b'{"errors": "all"}',
        b'{"errors": ["all"]}',
        b'{"errors": [{"message": null, "field": 7}]}',
        b'{"errors": [{}]}',
        b"[]",
        b"\xff",
    ],
)
def test_what_is_no_error_of_sendgrids_says_what_its_status_says(body: bytes) -> None:
    answer = answers.Answer(400, {}, body)
    assert str(answers.failure(answer, 0.0)) == "SendGrid answers 400: Bad Request"
    assert answers.readers_named(answer, 3) == {}


def test_a_status_that_nobody_knows_has_no_words() -> None:
    assert answers.words(answers.Answer(499, {})) == "and says no more"


def test_a_word_is_not_cut_where_it_would_no_longer_be_an_address() -> None:
    message = "x " * 590 + "ann.lee.of.a.long.name.indeed@mail.example"
    body = json.dumps({"errors": [{"message": message}]}).encode()
    told = answers.words(answers.Answer(400, {}, body))
    assert "ann" not in told
    hostile = json.dumps({"errors": [{"message": "a" * 5000 + "@b.example"}]}).encode()
    assert answers.words(answers.Answer(400, {}, hostile)) == "Bad Request"


@given(st.text(max_size=1300), st.sampled_from(["@", "%40"]), st.text(max_size=400))
def test_no_words_hold_an_address(before: str, at: str, after: str) -> None:
    message = f"{before} ann.lee{at}mail.example {after}"
    body = json.dumps({"errors": [{"message": message}]}).encode()
    told = answers.words(answers.Answer(400, {}, body))
    assert "ann.lee" not in told
    assert "mail.example" not in told
    assert 0 < len(told) <= 300


@pytest.mark.parametrize("id", ["", "a b", "x" * 101, "a\x7f", "ключ"])
def test_an_id_that_is_none_is_not_kept(id: str) -> None:
    assert answers.message_id(answers.Answer(202, {"x-message-id": id})) == ""

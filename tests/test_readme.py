"""
Every promise of the README has tests whose names say it.

Each stands in the README word by word, each test is there, and no sentence in which the README
promises is left out. Whoever writes a new promise writes its test into docs/promises.md, or says
here that it is none.
"""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

#: A promise, in the README's words, and the tests that keep it.
PROMISES: Mapping[str, tuple[str, ...]] = {
    promise: tuple(re.findall(r"`(tests/[^`]+)`", tests))
    for promise, tests in re.findall(
        r"^\| (.+?) \| (`tests/.+) \|$",
        (ROOT / "docs/promises.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}

#: Sentences of those paragraphs that tell and do not promise.
TOLD = (
    "stays while anything is pending",
    "For a scheduler, add `--yes`",
    "A day other than today is named",
    "that there are no doubts",
    "When an answer is lost, nobody can know",
    "How that was put to the proof",
    "An edition may go",
    "is behind it",
)

#: Paragraphs in which every sentence is a promise, or told above, by their first words.
PROMISING = (
    "The day's published",
    "`send` is safe",
    "**What is promised",
    "An edition may go",
    "The footer says",
)


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_stands_in_the_readme_and_is_kept_by_tests(promise: str) -> None:
    assert promise in TEXT
    assert PROMISES[promise]
    for test in PROMISES[promise]:
        file, _, name = test.partition("::")
        assert name in names_in(file), test


def sentences() -> list[str]:
    paragraphs = (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n")
    chosen = [" ".join(one.split()) for one in paragraphs if one.startswith(PROMISING)]
    assert len(chosen) == len(PROMISING)
    return [one for text in chosen for one in re.split(r"(?<=[.;])\*{0,2} ", text)]


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_that_promises_is_left_out(sentence: str) -> None:
    parts = [part for promise in PROMISES for part in (promise, *promise.split("; "))]
    assert any(part in sentence or sentence.strip(".;* ") in part for part in (*parts, *TOLD))


def test_the_promises_are_really_read() -> None:
    assert len(PROMISES) > 35
    assert sum(len(tests) for tests in PROMISES.values()) > 50

"""What stands above a story is read with its lines, whatever somebody put there."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.front_matter import (
    KEYS,
    LARGEST,
    LARGEST_HEAD,
    FrontMatter,
    Unreadable,
    nearest,
    parse,
    parse_toml,
    text_of,
)
from newsletter.sources.toml_lines import toml_lines


def refusal(text: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    return caught.value


# ── Fences ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["---", "...", "---  ", "---\t"])
def test_yaml_stands_between_hyphens(end: str) -> None:
    found = parse(f"--- \ntitle: One\n{end}\nText.\n")
    assert found == FrontMatter(values={"title": "One"}, lines={("title",): 2}, body="Text.\n")


def test_toml_stands_between_plus_signs() -> None:
    found = parse('+++\ntitle = "One"\n+++\nText.\n---\n')
    assert found == FrontMatter(values={"title": "One"}, lines={("title",): 2}, body="Text.\n---\n")


@pytest.mark.parametrize(
    "text", ["---\n---", "---\n---\n", "+++\n+++\n", "---\n# only words\n---\n"]
)
def test_nothing_above_a_story_is_no_values(text: str) -> None:
    assert parse(text).values == {}


@pytest.mark.parametrize(
    "text", ["", "# A heading\n", "----\ntitle: x\n----\n", "title: x\n---\n", "\n---\na: b\n---\n"]
)
def test_a_file_without_front_matter_is_told_how_it_begins(text: str) -> None:
    found = refusal(text)
    assert (found.what, found.line) == ("front matter is missing", 1)
    assert "---" in found.hint


@pytest.mark.parametrize("text", ["---\ntitle: x\n", "---", "+++\na = 1\n---\n", "---\na: ---\n"])
def test_front_matter_that_never_ends_is_named(text: str) -> None:
    assert refusal(text).what == "front matter has no end"


def test_front_matter_as_long_as_a_book_is_refused() -> None:
    assert refusal(f"---\n#{'x' * LARGEST_HEAD}\n---\n").what == "front matter is over 20 kB"


# ── YAML ────────────────────────────────────────────────────────────────────────────────────


def test_yaml_values_stay_as_they_were_written() -> None:
    head = "a: no\nb: 007\nc: 1.50\nd: 2026-07-05\ne: 0:58\nf: ~\ng:\nh: 'null'\ni: [1, x]\n"
    assert parse(f"---\n{head}---\n").values == {
        "a": "no",
        "b": "007",
        "c": "1.50",
        "d": "2026-07-05",
        "e": "0:58",
        "f": None,
        "g": None,
        "h": "null",
        "i": ["1", "x"],
    }


def test_yaml_knows_the_line_of_every_part() -> None:
    text = (
        "---\n# a note\ntitle: >\n  long\n  words\n\nvideo:\n  url: u\n  poster:\n    src: p\n"
        "sources:\n  - one\n  - title: two\n    url: v\ntags: [a,\n  b]\n---\n"
    )
    assert dict(parse(text).lines) == {
        ("title",): 3,
        ("video",): 7,
        ("video", "url"): 8,
        ("video", "poster"): 9,
        ("video", "poster", "src"): 10,
        ("sources",): 11,
        ("sources", 0): 12,
        ("sources", 1): 13,
        ("sources", 1, "title"): 13,
        ("sources", 1, "url"): 14,
        ("tags",): 15,
        ("tags", 0): 15,
        ("tags", 1): 16,
    }


def test_lines_are_counted_as_editors_count_them() -> None:
    text = "---\ntitle: 'one\u2028two\u0085three'\nurl: x\n---\n"
    assert parse(text).lines["url",] == 3


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("title: a: b\n", 2, "mapping values are not allowed"),
        ("x: 1\ntitle: 'open\nz: 1\n", 3, "quoted scalar"),
        ("x: 1\n\ty: 2\n", 3, "cannot start any token"),
        ("x: 1\ny: [a,\nz: 1\n", 3, "flow sequence"),
        ("x: 1\ntitle: b\x01c\n", 3, "a control character"),
        ("x: 1\nx: 2\n", 3, "'x' stands twice"),
        ("v:\n  url: 1\n  url: 2\n", 4, "'url' stands twice"),
        ("x: 1\n? [a, b]\n: c\n", 3, "a key must be one word"),
        ("- a\n- b\n", 2, "lines of `key: value`"),
        ("just words\n", 2, "lines of `key: value`"),
        ("x: 1\n--- x\n", 3, "single document"),
        ("x: @y\n", 2, "cannot start any token"),
    ],
)
def test_broken_yaml_is_named_with_its_line(head: str, line: int, words: str) -> None:
    found = refusal(f"---\n{head}---\n")
    assert words in found.what
    assert found.line == line


@pytest.mark.parametrize(
    "head",
    [
        "x: 1\na: &a [x]\n",
        "x: 1\na: *a\n",
        "x: 1\na: &lol 'lol'\nb: &b [*lol, *lol]\nc: [*b, *b]\n",
        "x: 1\n<<: *a\n",
    ],
)
def test_a_yaml_bomb_is_refused_at_its_first_reference(head: str) -> None:
    found = refusal(f"---\n{head}---\n")
    assert "references are not allowed" in found.what
    assert found.line == 3


def test_yaml_makes_no_objects() -> None:
    head = "title: !!python/object/apply:os.system ['true']\nid: !!python/name:os.system\n"
    assert parse(f"---\n{head}---\n").values == {"title": ["true"], "id": ""}


@pytest.mark.parametrize(
    "text",
    [
        f"---\na: {'[' * 5000}\n---\n",
        f"---\na: {'[' * 30}{']' * 30}\n---\n",
        f"---\n{'- ' * 9000}x\n---\n",
        f"+++\na = {'[' * 18000}\n+++\n",
        f"+++\na = {'[' * 100}{']' * 100}\n+++\n",
        f"+++\n{'.'.join('a' * 3000)} = 1\n+++\n",
    ],
)
def test_nesting_without_end_is_refused(text: str) -> None:
    assert refusal(text).what.endswith("front matter is nested too deeply")


# ── TOML ────────────────────────────────────────────────────────────────────────────────────


def test_toml_knows_the_line_of_every_part() -> None:
    text = '''+++
# title = "no"
"title" = """
video = 1
"" still text \\"""
"""
published = 2026-07-05 06:00:00
tags = [ # a note ]
  "a", 'b = c',
  ["d"],
]
image = { src = "x", alt.text = "y" }
site.name = 1.5
[video]
url = "u" # url
poster . src = "p"
[[sources]]
title = "one"
[[sources]]
title = "two"
[sources.more]
deep = \'\'\'it's\'\'\'
+++
'''
    assert dict(parse(text).lines) == {
        ("title",): 3,
        ("published",): 7,
        ("tags",): 8,
        ("tags", 0): 9,
        ("tags", 1): 9,
        ("tags", 2): 10,
        ("tags", 2, 0): 10,
        ("image",): 12,
        ("image", "src"): 12,
        ("image", "alt"): 12,
        ("image", "alt", "text"): 12,
        ("site",): 13,
        ("site", "name"): 13,
        ("video",): 14,
        ("video", "url"): 15,
        ("video", "poster"): 16,
        ("video", "poster", "src"): 16,
        ("sources",): 17,
        ("sources", 0): 17,
        ("sources", 0, "title"): 18,
        ("sources", 1): 19,
        ("sources", 1, "title"): 20,
        ("sources", 1, "more"): 21,
        ("sources", 1, "more", "deep"): 22,
    }


@pytest.mark.parametrize(
    ("head", "line", "words"),
    [
        ("title = A headline\n", 2, "not TOML"),
        ('a = 1\ntitle = "x\n', 3, "not TOML"),
        ("a = 1\na = 2\n", 3, "Cannot overwrite a value"),
        ("a = 1\n\nb =", 4, "not TOML"),
        (f"a = 1\nb = {'1' * 5000}\n", 3, "not TOML"),
    ],
)
def test_broken_toml_is_named_with_its_line(head: str, line: int, words: str) -> None:
    found = refusal(f"+++\n{head}\n+++\n" if not head.endswith("\n") else f"+++\n{head}+++\n")
    assert words in found.what
    assert "line" not in found.what
    assert found.line == line


_KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5).map(
        lambda key: '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    ),
)
_VALUES = st.recursive(
    st.sampled_from(
        [
            *("1", "-1.5e3", "true", '"a # b"', "'[x]'", '"""\nk = 1\n\\""" x"""'),
            *("'''\n[t]\n'''''", "2026-07-05T06:00:00Z", "07:00:00", "inf", '"\\""', "''"),
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ", # ]\n".join(items) + "\n]"),
        st.dictionaries(_KEYS, inner, max_size=2).map(
            lambda table: "{" + ", ".join(f"{k} = {v}" for k, v in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)
_LINES = st.one_of(
    st.tuples(_KEYS, _VALUES).map(" = ".join),
    st.tuples(_KEYS, _KEYS, st.just("1")).map(lambda t: f"{t[0]} . {t[1]} = {t[2]}"),
    _KEYS.map("[{}]".format),
    _KEYS.map("[[ {} ]] # x".format),
    st.tuples(_KEYS, _KEYS).map(lambda t: f"[{t[0]}.{t[1]}]"),
    st.sampled_from(["", "# [a]", "  # b = 1"]),
)


def _places(value: Any, place: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    pairs: Any = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value) if isinstance(value, list) else pairs
    inner = [(*place, key) for key, _ in pairs]
    items = value.values() if isinstance(value, dict) else value
    deeper = [_places(each, at) for at, each in zip(inner, items, strict=True)] if inner else []
    return set(inner).union(*deeper)


@given(st.lists(_LINES, max_size=8).map("\n".join))
def test_every_part_of_any_toml_has_a_line(text: str) -> None:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = toml_lines(text)
    rows = text.split("\n")
    assert set(lines) == _places(values)
    assert all(1 <= line <= len(rows) for line in lines.values())
    top = [(str(place[0]), line) for place, line in lines.items() if len(place) == 1]
    # JSON's and TOML's escapes are one for these keys.
    shown = {key: key.replace("\\", "\\\\").replace('"', '\\"') for key, _ in top}
    assert all(shown[key] in rows[line - 1] for key, line in top)


# ── Anything ────────────────────────────────────────────────────────────────────────────────


_SCRAPS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from([*KEYS, ": ", "\n", "\n  ", "- ", "[", "]", "{", "}", " = ", "'", '"']),
        st.sampled_from(["&a", "*a", "|\n", ">", "? ", "<<", "!!int", "\ud800", "\x00", "%", "#"]),
        st.sampled_from(["[[x]]\n", "a.b", "1979-05-27", '"""', "'''", "---\n", "+++\n", "..."]),
    ),
    max_size=20,
).map("".join)


@given(st.sampled_from(["---\n", "+++\n", ""]), _SCRAPS)
def test_any_text_as_front_matter_is_read_or_refused_with_a_line(fence: str, text: str) -> None:
    whole = f"{fence}{text}\n{fence}"
    try:
        found = parse(whole)
        lines = list(found.lines.values())
        assert set(found.lines) == _places(found.values)
    except Unreadable as error:
        lines = [error.line]
    assert all(1 <= line <= whole.count("\n") + 1 for line in lines)


@given(_SCRAPS)
def test_any_text_as_toml_is_read_or_refused(text: str) -> None:
    try:
        values, lines = parse_toml(text)
    except Unreadable:
        return
    assert set(lines) == _places(values)


# ── Files ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_every_system_are_read(tmp_path: Path, end: str, mark: str) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(f"{mark}---{end}title: ü{end}---{end}Text.{end}".encode())
    assert parse(text_of(path)).values == {"title": "ü"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(end.join([b"---", b"dek: x", b"title: Caf\xe9", b"---"]))
    with pytest.raises(Unreadable, match="not UTF-8") as caught:
        text_of(path)
    assert caught.value.line == 3
    assert caught.value.hint == "Save it as UTF-8."


def test_utf16_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes("---\ntitle: x\n---\n".encode("utf-16"))
    with pytest.raises(Unreadable, match="not UTF-8"):
        text_of(path)


def test_a_file_over_a_megabyte_is_no_story(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"x" * LARGEST)
    assert len(text_of(path)) == LARGEST
    path.write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(Unreadable, match="over 1 MB"):
        text_of(path)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        text_of(tmp_path / "x.md")


# ── Keys ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "meant"),
    [("titel", "title"), ("Tags", "tags"), ("publish", "published"), ("source", "sources")],
)
def test_a_misspelt_key_finds_the_one_that_was_meant(key: str, meant: str) -> None:
    assert nearest(key) == meant


def test_a_key_like_no_other_finds_none() -> None:
    assert nearest("zzzzzz") == ""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import cssutils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from premailer import Premailer

from newsletter.rendering import plain_css
from newsletter.rendering.inline import inline

SHEET = Path(__file__).parents[2] / "templates" / "shared" / "inline.css"

words = st.sampled_from(
    ["Georgia", "auto", "inline-block", "serif", "none", "and", "red", "Red", "a", "u", "Segoe UI"]
)
sizes = st.from_regex(r"-?[1-9]\d{0,3}(\.\d{0,2}[1-9])?(px|em|%)?|-?0\.[1-9]em|0", fullmatch=True)
colours = st.from_regex(r"#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|(aA|FF|00){3})", fullmatch=True)
numbers = st.from_regex(r"-?\d{1,5}(\.\d{1,4})?(px|em|%|pt)?", fullmatch=True)
marks = st.sampled_from(["'a b'", "url(x)", "!important", "/* x */", "+", "U+26", "\\31 ", "é"])
plain = st.one_of(words, sizes, colours)
gaps = st.sampled_from([" ", ", "])
plain_values = st.builds(str.join, gaps, st.lists(plain, min_size=1, max_size=4))
odd_values = st.builds(str.join, gaps, st.lists(st.one_of(plain, numbers, marks), max_size=3))
names = st.sampled_from(["color", "margin", "mso-line-height-rule", "font-family", "width"])
odd_names = st.sampled_from(["Color", "-x", "filter", "*zoom", ""])
declared = st.builds("{}: {}; ".format, names, plain_values)
oddly_declared = st.builds("{}:{}{}".format, odd_names, odd_values, st.sampled_from([";", ""]))
declarations = st.builds(
    "{1}{0}".format,
    st.one_of(st.just(""), oddly_declared, st.builds("color:{}".format, odd_values)),
    st.builds("".join, st.lists(declared, max_size=3, unique_by=lambda text: text[:3])),
)

steps = st.sampled_from(["p", "h1", ".a-b", "td.x", "p.y", "tr td"])
odd_steps = st.sampled_from(["a:hover", "*", "#i", "p > a", "p[x]", "P", ""])
commas = st.sampled_from([", ", ",", ",\n", " "])
selectors = st.one_of(
    st.builds(str.join, commas, st.lists(steps, min_size=1, max_size=3)), odd_steps
)
before = st.sampled_from(["", " ", "/* a */", "\n", "/* p { color: red } */", "@media x {}"])
plain_rules = st.builds(
    "{}{{{}}}".format,
    st.builds(str.join, commas, st.lists(steps, min_size=1, max_size=3)),
    st.builds("".join, st.lists(declared, max_size=3, unique_by=lambda text: text[:3])),
)
odd_rules = st.builds("{}{}{{{}}}".format, before, selectors, declarations)
sheets = st.one_of(
    st.builds("\n".join, st.lists(plain_rules, max_size=4)),
    st.builds("".join, st.lists(odd_rules, max_size=3)),
)


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    cssutils.log.setLevel(logging.CRITICAL + 1)


def thorough_pairs(text: str) -> list[tuple[str, str]]:
    """What premailer's own `csstext_to_pairs` does."""
    return [
        (p.name.strip(), p.propertyValue.cssText.strip())
        for p in cssutils.parseStyle(text, validate=False)
    ]


def thorough_rules(sheet: str) -> Any:
    page = Premailer("<p></p>", strip_important=False, disable_validation=True)
    return page._parse_style_rules(sheet, 2)[0]


@settings(max_examples=400, deadline=None)
@given(declarations)
def test_what_is_plain_comes_out_as_cssutils_writes_it(text: str) -> None:
    quick = plain_css.pairs(text)

    if quick is not None:
        assert quick == thorough_pairs(text)
        # What was moved into an element is read again there.
        assert plain_css.pairs(";".join(f"{name}:{value}" for name, value in quick)) == quick


@settings(max_examples=300, deadline=None)
@given(sheets)
def test_a_plain_sheet_is_read_as_premailer_reads_it(sheet: str) -> None:
    quick = plain_css.rules(sheet, 2)

    assert quick is None or quick == thorough_rules(sheet)


def test_our_own_sheet_is_plain() -> None:
    sheet = SHEET.read_text(encoding="utf-8")

    assert plain_css.rules(sheet, 2) == thorough_rules(sheet)


@pytest.mark.parametrize(
    "text",
    [
        "font-family:'A b'",
        "color:red !important",
        "width:0px",
        "width:007px",
        "color:red;color:blue",
        "background:url(https://a.example/b.png)",
        "color",
    ],
)
def test_what_is_not_plain_is_left_to_cssutils(text: str) -> None:
    assert plain_css.pairs(text) is None


def test_what_is_not_plain_is_inlined_all_the_same() -> None:
    page = "<html><head></head><body><p style=\"font-family:'A b'\">x</p></body></html>"
    made = inline(page, "p { color: red !important; width: 0px } p:hover { color: blue }")

    assert "color:red" in made
    assert "A b" in made
    assert "blue" not in made


def test_an_ordinary_mail_loads_neither_cssutils_nor_the_web() -> None:
    program = (
        "import sys; from newsletter.rendering.inline import inline\n"
        "inline('<html><body><p>a</p></body></html>', 'p { color: red; }')\n"
        "assert not {'cssutils', 'requests'} & set(sys.modules), 'loaded'\n"
        "inline('<html><body><p>a</p></body></html>', 'p { font: \"A\"; }')\n"
        "assert 'cssutils' in sys.modules and 'requests' not in sys.modules\n"
        "import requests; assert requests.get\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

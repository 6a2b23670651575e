"""Quoted-printable: what any decoder gets back, and what no line ever says."""

import re
from binascii import a2b_qp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import MergeField
from newsletter.transports.quoted_printable import encode

SENTINELS = [field.sentinel for field in MergeField]

#: Any text, with sentinels anywhere and with much of what encoders trip over.
texts = st.lists(
    st.one_of(
        st.text(),
        st.sampled_from(SENTINELS),
        st.sampled_from(
            [
                " ",
                "  ",
                "\t",
                ".",
                "-",
                "F",
                "From ",
                "\n",
                "\r",
                "\r\n",
                "=",
                "_",
                "é",
                "🚀",
                "क्षि",
            ]
        ),
        st.integers(1, 90).map("x".__mul__),
        st.integers(1, 90).map(".".__mul__),
        st.integers(1, 30).map("é".__mul__),
    ),
    max_size=30,
).map("".join)


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(texts)
def test_a_decoder_gets_exactly_the_text_back(text: str) -> None:
    assert plain(a2b_qp(encode(text).encode("ascii")).decode()) == plain(text)


@given(texts)
def test_every_line_is_harmless(text: str) -> None:
    encoded = encode(text)
    assert re.fullmatch(r"[ -~\r\n]*", encoded)
    assert "\n" not in encoded.replace("\r\n", "")
    assert "\r" not in encoded.replace("\r\n", "")
    for line in encoded.split("\r\n"):
        assert len(line) <= 76
        assert not line.startswith((".", "-", "F"))
        assert not line.endswith(" ")
        assert "  " not in line
        assert "=_" not in line


@given(texts)
def test_sentinels_stay_whole_and_in_order(text: str) -> None:
    either = "|".join(SENTINELS)
    assert re.findall(either, encode(text)) == re.findall(either, text)


@given(st.integers(0, 160), st.sampled_from(SENTINELS))
def test_a_sentinel_stays_whole_in_every_column(column: int, sentinel: str) -> None:
    encoded = encode("x" * column + sentinel + "/12")
    assert sentinel in encoded
    assert a2b_qp(encoded.encode()).decode() == "x" * column + sentinel + "/12"


@given(st.text(alphabet="éक🚀\u200dxशिA", min_size=30, max_size=200))
def test_a_soft_break_never_parts_a_character(text: str) -> None:
    for row in encode(text).split("=\r\n"):
        a2b_qp(row.encode()).decode()


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", ""),
        ("a\n.\nb", "a\r\n=2E\r\nb"),
        ("a\r.\rb", "a\r\n=2E\r\nb"),
        ("a\r\n.\r\nb", "a\r\n=2E\r\nb"),
        ("From here", "=46rom here"),
        ("--boundary--", "=2D-boundary--"),
        ("a = b", "a =3D b"),
        ("a  b   c", "a =20b =20 c"),
        ("end ", "end=20"),
        ("end   ", "end =20=20"),
        ("\ttab", "=09tab"),
        ("nul\0 vt\v ff\f", "nul=00 vt=0B ff=0C"),
        ("\x85\u2028", "=C2=85=E2=80=A8"),
        ("x" * 76, "x" * 76),
        ("x" * 77, "x" * 75 + "=\r\nxx"),
        ("x" * 75 + ".y", "x" * 75 + "=\r\n=2Ey"),
        ("x" * 74 + "é" + "y", "x" * 74 + "=\r\n=C3=A9y"),
        (" " * 3 + "x", " =20 x"),
    ],
)
def test_encoding_in_so_many_bytes(text: str, encoded: str) -> None:
    assert encode(text) == encoded


def test_half_a_character_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("\ud83d")

"""What stands above a mail: safe, folded, and read back as it was meant."""

import re
from email.header import decode_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidAddress, SettingsError
from newsletter.transports import headers as write

DEVANAGARI = "श्री अनन्तपद्मनाभस्वामी " * 8
BREAKS = ["\r", "\n", "\r\n", "\0", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\x7f", "\t"]

names = st.text(max_size=200) | st.lists(
    st.sampled_from([*BREAKS, "Ann", '"', "\\", ",", "<x@y>", "=?utf-8?q?a?=", "🚀", "é", " "])
).map("".join)


def decoded(header: str) -> str:
    """Read encoded-words as RFC 2047 section 6.2 says: space between two of them is none."""
    joined = re.sub(r"(\?=)\s+(=\?)", r"\1\2", header.replace("\r\n", ""))
    parts = [
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(joined)
    ]
    return "".join(parts)


def rows(value: str, used: int) -> list[str]:
    return ("x" * used + value).split("\r\n")


@given(names)
def test_a_name_never_breaks_out_of_its_line(name: str) -> None:
    written = write.mailbox(name, "ann@example.com", 4)
    assert written.isascii()
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", written)
    assert "\n" not in re.sub(r"\r\n ", "", written)
    assert "\r" not in re.sub(r"\r\n ", "", written)
    assert written.endswith(("ann@example.com", "<ann@example.com>"))
    assert max(map(len, rows(written, 4))) <= 76


@given(names)
def test_a_name_is_read_back(name: str) -> None:
    written = write.mailbox(name, "ann@example.com", 4)
    seen = write.one_line(name)
    if not seen:
        assert written == "ann@example.com"
        return
    phrase = re.sub(r"\s*<ann@example.com>$", "", written)
    if phrase.startswith('"'):
        assert re.sub(r"\\(.)", r"\1", phrase[1:-1]) == seen
    else:
        assert decoded(phrase) == seen


@given(names.filter(str.strip))
def test_every_encoded_word_is_short_and_holds_whole_characters(name: str) -> None:
    for subject in (write.unstructured(name, 9), write.phrase("é" + name, 4)):
        for found in re.findall(r"=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=", subject):
            assert len(found) + 12 <= 75
            decoded(f"=?utf-8?B?{found}?=")


@given(names)
def test_a_subject_is_read_back(subject: str) -> None:
    written = write.unstructured(subject, 9)
    assert written.isascii()
    assert max(map(len, rows(written, 9))) <= 76
    assert decoded(written) == write.one_line(subject)
    assert "\n" not in re.sub(r"\r\n ", "", written)


def test_a_long_subject_is_folded_between_words() -> None:
    subject = "Agents learn to wait for their turn, " * 5
    written = write.unstructured(subject, 9)
    assert written.count("\r\n ") == 2
    assert written.replace("\r\n", "") == subject.strip()


def test_a_plain_subject_is_not_encoded_and_an_encoded_looking_one_is() -> None:
    assert write.unstructured("Plain: 100 % $5", 9) == "Plain: 100 % $5"
    assert decoded(write.unstructured("=?utf-8?q?x?=", 9)) == "=?utf-8?q?x?="


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "a@b.example"),
        (" \r\n\0 ", "a@b.example"),
        ("Ann Lee", '"Ann Lee" <a@b.example>'),
        ('Ann "the" Lee', '"Ann \\"the\\" Lee" <a@b.example>'),
        ("Ann\\", '"Ann\\\\" <a@b.example>'),
        ("Lee, Ann", '"Lee, Ann" <a@b.example>'),
        ("Ann\r\nBcc: x@y.example", '"Ann Bcc: x@y.example" <a@b.example>'),
        ("Zoë", "=?utf-8?B?Wm/Dqw==?= <a@b.example>"),
        ("Half \ud83d", "=?utf-8?B?SGFsZiDvv70=?= <a@b.example>"),
        ("x" * 257, "a@b.example"),
    ],
)
def test_names_in_so_many_bytes(name: str, written: str) -> None:
    assert write.mailbox(name, "a@b.example", 4) == written


@pytest.mark.parametrize("found", BREAKS)
def test_a_break_of_any_kind_becomes_one_space(found: str) -> None:
    assert write.one_line(f"{found}Ann{found}{found} Lee{found}") == "Ann Lee"


def test_a_name_that_looks_like_an_encoded_word_is_shown_as_it_was_typed() -> None:
    written = write.mailbox("=?utf-8?q?Bank?=", "a@b.example", 4)
    assert written == "=?utf-8?B?PT91dGYtOD9xP0Jhbms/PQ==?= <a@b.example>"


def test_a_long_name_in_devanagari_is_folded_into_words_of_45_octets() -> None:
    written = write.mailbox(DEVANAGARI, "a@b.example", 4)
    found = rows(written, 4)
    assert len(found) > 5
    assert max(map(len, found)) <= 76
    assert decoded(written.partition(" <")[0]) == DEVANAGARI.strip()


@pytest.mark.parametrize("length", [45, 55, 58, 60])
def test_an_address_moves_to_the_next_line_where_there_is_no_room(length: int) -> None:
    written = write.mailbox("n" * length, "reader@a-rather-long.example", 4)
    assert max(map(len, rows(written, 4))) <= 76
    assert written.endswith("\r\n <reader@a-rather-long.example>")


# ── Addresses ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "a.b+c-d_e'f@x-y.example.co.uk",
        "{odd}|~`!#$%&*/?=^@example.com",
        "ann@xn--bcher-kva.example",
        "राम@xn--p1b6ci4b4b3a.example",
        "josé@example.com",
    ],
)
def test_an_honest_address_stands_as_it_is(address: str) -> None:
    assert write.safe_address(address) == address
    assert write.mailbox("", address, 4) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "-oQ/tmp@example.com",
        "ann@exa mple.com",
        "ann @example.com",
        "ann@example.com,bob@example.com",
        "ann@example.com>\r\nBcc: bob@example.com",
        "<ann@example.com>",
        '"ann lee"@example.com',
        "ann(comment)@example.com",
        "@relay.example:ann@example.com",
        "ann@[127.0.0.1]",
        "ann@b\u00fccher.example",
        "ann@bob@example.com",
        "=?utf-8?q?ann?=@example.com",
        "rām=?x@example.com",
        "a\u200bnn@example.com",
        "a\u202enn@example.com",
        "a\u2003nn@example.com",
        "a\ud83d@example.com",
        "a" * 65 + "@example.com",
        "é" * 33 + "@example.com",
        "ann@" + "x" * 250 + ".example",
        "ann@example.com-",
        *(f"an{c}n@example.com" for c in BREAKS),
        *(f"ann@example.com{c}" for c in BREAKS),
    ],
)
def test_a_hostile_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        write.mailbox("Ann", address, 4)
    assert not address or address not in str(refused.value)


@given(st.text(max_size=60))
def test_whatever_passes_for_an_address_is_one_on_one_line(text: str) -> None:
    try:
        address = write.safe_address(text)
    except InvalidAddress:
        return
    assert re.fullmatch(r"[^\s<>,;:\"()\[\]\\@]+@[A-Za-z0-9.-]+", address)


# ── Values from settings ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["", "a b", "a\r\nb", "a>b", "<a", "é", "x" * 901, "a\0"])
def test_a_value_that_could_break_a_header_names_it(text: str) -> None:
    with pytest.raises(SettingsError, match="header List-Help"):
        write.word("List-Help", text)


@pytest.mark.parametrize("url", ["https://n.example/u/", "http://127.0.0.1:8000/u/"])
def test_readers_leave_by_https_or_on_this_machine(url: str) -> None:
    assert write.unsubscribe(url) == url


@pytest.mark.parametrize("url", ["http://n.example/u/", "mailto:x@y.example", "//n.example/u/"])
def test_readers_cannot_leave_by_anything_else(url: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        write.unsubscribe(url)


def test_a_list_is_named_as_rfc_2919_says() -> None:
    assert write.list_id("The ShiftMaker", "daily.x.example") == (
        '"The ShiftMaker" <daily.x.example>'
    )
    assert write.list_id("", "daily.x.example") == "<daily.x.example>"
    assert decoded(write.list_id("दैनिक", "d.x.example")).startswith("दैनिक")
    with pytest.raises(SettingsError, match="cannot name a list"):
        write.list_id("Daily", "daily news")

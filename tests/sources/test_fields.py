"""Single fields: every form that people write, and none that nobody can mean."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources import fields

IST = ZoneInfo("Asia/Kolkata")
DAY = datetime(2026, 7, 5, tzinfo=IST)
SIX = datetime(2026, 7, 5, 6, tzinfo=IST)


@pytest.mark.parametrize(
    "text",
    ["2026-07-05", "20260705", "2026-W27-7", "2026W277", "2026-186", "2026186", " 2026-07-05 "],
)
def test_a_day_alone_is_its_start_in_the_newsletters_zone(text: str) -> None:
    assert fields.moment(text, IST) == (DAY, True)
    assert fields.moment(text, IST)[0].tzinfo is IST


@pytest.mark.parametrize(
    "text",
    [
        *("2026-07-05T06:00", "2026-07-05 06:00", "2026-07-05T06", "20260705T0600"),
        *("2026-07-05t06:00:00", "2026-07-05T06:00:00.000", "2026-07-05T06:00:00,000"),
        *("2026-W27-7T06:00", "20260705T060000"),
    ],
)
def test_a_time_without_a_zone_is_the_newsletters(text: str) -> None:
    found, day_only = fields.moment(text, IST)
    assert (found, found.tzinfo, day_only) == (SIX, IST, False)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-07-05T00:30Z", "2026-07-05t00:30z", "2026-07-05 00:30:00 Z"),
        *("2026-07-05T06:00+05:30", "20260705T0600+0530", "2026-07-05 06:00 +05:30"),
        *("2026-07-04T19:30-05:00", "2026-07-04 19:30 -5", "2026-07-04T19:30−05:00"),
        *("2026-07-04T19:30-05", "2026-07-05T06:00:00.000+05:30", "2026-W27-7T06:00+05:30"),
        *("2026-07-05T03:30:00+3", "20260705T003000Z"),
    ],
)
def test_a_time_with_a_zone_keeps_it(text: str) -> None:
    found, day_only = fields.moment(text, ZoneInfo("America/New_York"))
    assert (found, day_only) == (SIX, False)


@pytest.mark.parametrize(
    "text", ["2026-07-04T24:00", "2026-07-04T24:00:00", "2026-07-04 24:00+05:30"]
)
def test_the_end_of_a_day_is_the_start_of_the_next(text: str) -> None:
    assert fields.moment(text, IST) == (DAY, False)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026", "2026-07", "5 July 2026", "05/07/2026", "2026-02-30", "2026-13-01"),
        *("2026-07-05T25:00", "2026-07-05T06:60", "2026-07-05T06:00+99:00", "06:00"),
        *("2026-000", "2026-366", "2026-W54-1", "20226-07-05", "२०२६-०७-०५", "1783209600"),
        *("0001-01-01", "1899-12-31", "3000-01-01", "0001-01-01T00:00+05:30", "9999-12-31T24:00"),
        *("0000-001", "2026-07-05T24:01"),
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        fields.moment(text, IST)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30)),  # noqa: DTZ001
    st.none() | st.integers(-14 * 60, 14 * 60),
)
def test_any_moment_of_python_comes_back(when: datetime, offset: int | None) -> None:
    zone = IST if offset is None else timezone(timedelta(minutes=offset))
    text = (when if offset is None else when.replace(tzinfo=zone)).isoformat()
    assert fields.moment(text, IST) == (when.replace(tzinfo=zone), False)


@given(st.text(alphabet="0123456789-:TZtzW+ .,−x\n", max_size=26))
def test_any_text_is_a_moment_with_a_zone_or_no_date(text: str) -> None:
    try:
        found, _ = fields.moment(text, IST)
    except (ValueError, OverflowError):
        return
    assert found.tzinfo is not None
    assert found.astimezone(UTC).year in range(1899, 3001)


# ── Ids ─────────────────────────────────────────────────────────────────────────────────────

SAMPLE = (
    "Alibaba bans Anthropic's Claude Code over alleged China-detection backdoor as employees"
    " shift to Qoder"
)


def test_an_id_is_made_like_the_newsrooms_own() -> None:
    assert fields.made_id(SAMPLE, date(2026, 7, 5)) == (
        "2026-07-05-alibaba-bans-anthropic-s-claude-code-over-alleged-china-detection-backdoor-as-em"
    )


def test_eighty_characters_are_of_the_slug_alone() -> None:
    assert len(fields.slug(SAMPLE)) == fields.SLUG_LENGTH == 80
    assert fields.slug(f"{'a' * 79} b") == "a" * 79


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("  Café—au lait: 50 %!", "café-au-lait-50"),
        ("Cafe\u0301", "café"),
        ("आपका न्यूज़लेटर", "आपका-न्यूज़लेटर"),
        ("क्\u200dष", "क्ष"),
        ("نشرتك اليومية", "نشرتك-اليومية"),
        ("می\u200cخواهم", "میخواهم"),
        ("日本の話", "日本の話"),
        ("Yes ✔\ufe0f👩\u200d💻 it works", "yes-it-works"),
        ("soft\u00adhyphen", "softhyphen"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_slug_keeps_letters_of_every_script(title: str, slug: str) -> None:
    assert fields.slug(title) == fields.slug(slug) == slug.replace("क्ष", "क्ष")


@pytest.mark.parametrize("title", ["🎉\ufe0f", "!!!", "👩\u200d💻", "\u0301\u20e3", "…"])
def test_a_title_of_signs_alone_has_a_stable_name(title: str) -> None:
    assert fields.slug(title) == fields.slug(title)
    assert fields.slug(title).isalnum()
    assert fields.slug(title) != fields.slug(f"{title}?")


@given(st.text())
def test_any_title_has_a_slug_that_is_safe_in_a_path(title: str) -> None:
    found = fields.slug(title)
    assert 0 < len(found) <= 80
    assert not set(found) & set(" /\\.?#%\0\n\"'<>&")
    assert not found.startswith("-")
    assert not found.endswith("-")


# ── Text ────────────────────────────────────────────────────────────────────────────────────


def test_a_line_has_no_controls_and_no_tricks() -> None:
    assert fields.one_line(" a\n\tb\x00\x1b[31m c\u202e\ufeff\ud800\u2028d ") == "a b[31m cd"


def test_a_line_keeps_what_scripts_need() -> None:
    text = "नमस्\u200dते می\u200cخواهم 👩\u200d💻 ✔\ufe0f \u200fا"
    assert fields.one_line(text) == text


def test_what_somebody_wrote_is_quoted_short() -> None:
    assert fields.quoted("x" * 10**6) == f"{'x' * 60}…"
    assert fields.quoted("a\x1b[0m\nb") == "a[0m b"


@pytest.mark.parametrize("value", [True, "true", "Yes", "ON", " true "])
def test_yes_has_many_forms(value: object) -> None:
    assert fields.truth(value) is True


@pytest.mark.parametrize("value", [False, "false", "No", "off"])
def test_no_has_many_forms(value: object) -> None:
    assert fields.truth(value) is False


@pytest.mark.parametrize("value", [None, "", "maybe", 1, 0, [], {}])
def test_all_else_is_neither(value: object) -> None:
    assert fields.truth(value) is None


# ── Addresses ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        *("https://a.example", "http://a.example/b?c=d#e", "https://a.example:8443/"),
        *("https://दैनिक.example/क", "https://[2001:db8::1]/"),
    ],
)
def test_a_full_address_stays(url: str) -> None:
    assert fields.web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.example", "/x", "//a.example/x", "https:", "https://", "https:///x", "#x"),
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
        ),
        *("mailto:a@b.example", "ftp://a.example", "file:///etc/passwd", "vbscript:x"),
        *("https://paper.example@evil.example/", "https://user:word@a.example/"),
        *("https://a b.example/", "https://a.example:99999/", "https://a.example:0/"),
        *("https://[::1/", "https://a\\b.example/", "https://a.example:x/", "httpx://a.example"),
    ],
)
def test_no_other_address_is_one(url: str) -> None:
    assert fields.web_address(url) == ""


def test_an_address_cannot_leave_its_attribute() -> None:
    assert (
        fields.web_address('https://a.example/"><script>') == "https://a.example/%22%3E%3Cscript%3E"
    )


# ── Languages ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lang", ["ar", "he", "fa", "ur", "ar-EG", "ar_EG", "az-Arab", "ar-u-nu-latn", "dv", "yi", "ps"]
)
def test_these_are_written_from_the_right(lang: str) -> None:
    assert fields.direction(lang) == "rtl"


@pytest.mark.parametrize(
    "lang", ["en", "hi", "pt-BR", "zh-Hans-CN", "no", "az-Latn", "xx", "", "-"]
)
def test_these_are_written_from_the_left(lang: str) -> None:
    assert fields.direction(lang) == "ltr"


@pytest.mark.parametrize("lang", ["en", "hi", "pt-BR", "zh_Hans", "ckb", "ar-u-nu-latn"])
def test_a_language_is_known_by_its_shape(lang: str) -> None:
    assert fields.is_language(lang)


@pytest.mark.parametrize(
    "lang", ["", "e", "english", "en-", "../en", 'en" x', "en US", f"en{'-abcd' * 10}", "e\u0301n"]
)
def test_no_other_shape_is_a_language(lang: str) -> None:
    assert not fields.is_language(lang)


@given(st.text(max_size=12))
def test_any_text_has_a_direction(text: str) -> None:
    assert fields.direction(text) in {"ltr", "rtl"}


# ── Durations ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *((58, 58), (58.4, 58), ("58", 58), ("0:58", 58), ("1:05", 65), ("01:02:03", 3723)),
        *(("PT58S", 58), ("PT1M5S", 65), ("pt1h", 3600), ("PT1M5.5S", 65), ("00:00:58", 58)),
        *((0, 0), ("90:00", 5400), ("23:59:59", 86399)),
    ],
)
def test_a_duration_has_many_forms(value: object, seconds: int) -> None:
    assert fields.seconds(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *("", "long", "PT", "P1D", "1:60", "1:2:3:4", "-5", -5, True, [], "24:00:00", 86_400),
        *(float("inf"), float("nan"), "9" * 5000, "1:", ":30", "58 s"),
    ],
)
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        fields.seconds(value)

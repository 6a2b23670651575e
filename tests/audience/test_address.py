import csv
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.audience.address import Address, _abroad, _plain, _unusual, parse
from newsletter.errors import InvalidAddress

VECTORS = Path(__file__).parents[1] / "data" / "addresses"

#: Where we differ from email-validator's own cases, and why.
_DIFFERENCES = {
    "!#$%&'*+-/=?^_`.{|}~@example.tld": "bang and percent routes and shell characters",
    '"quoted local part"@example.org': "quoted",
    '"de-quoted.local.part"@example.org': "quoted",
    '"unnecessary.escaped.\\x.local.part"@example.org': "quoted",
    '"escaped.quote.\\".local.part"@example.org': "quoted",
    "MyName <me@example.org>": "a name has a column of its own",
    "My Name <me@example.org>": "a name has a column of its own",
    '"My.\\"Na\\\\me\\".Is" <"me \\" \\\\ me"@example.org>': "a name has a column of its own",
    '"s\u0323\u0307" <s\u0323\u0307@nfc.tld>': "a name has a column of its own",
    "me@test.test.test": ".test is for samples",
}

#: The same for isemail's valid ones.
_STRANGE = {
    "test@io": "no mail is taken at the top level",
    "!#$%&`*+/=?^`{|}~@iana.org": "bang and percent routes and shell characters",
}


def _accepted(text: str) -> str | None:
    try:
        return parse(text).text
    except InvalidAddress:
        return None


def _by_email_validator(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


def _library_cases() -> list[dict[str, Any]]:
    cases = json.loads((VECTORS / "email_validator_cases.json").read_text(encoding="utf-8"))
    return [case for case in cases if isinstance(case["address"], str)]


def _isemail_cases() -> list[dict[str, str]]:
    with (VECTORS / "isemail_tests.tsv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def test_the_libraries_own_cases_agree_but_for_the_named_differences() -> None:
    differing = {
        case["address"]
        for case in _library_cases()
        if _accepted(case["address"])
        != (
            f"{case['expected']['local_part']}@{case['expected']['ascii_domain']}"
            if isinstance(case["expected"], dict)
            else None
        )
    }
    assert differing == set(_DIFFERENCES)


def test_of_isemails_addresses_only_the_plainly_valid_are_accepted() -> None:
    valid = {"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN"}
    differing = set()
    for case in _isemail_cases():
        text = json.loads(case["address_json"])
        if (case["category"] in valid) != (_accepted(text) is not None):
            differing.add(text)
    assert differing == set(_STRANGE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no address."),
        ("asha.example.com", "there is no @"),
        ("-oX@example.com", "begin with a dash"),
        ("asha @example.com", "a space or an invisible character"),
        ("asha@example.com\r\nBcc: x@y.example", "a space or an invisible character"),
        ("a\u202esha@example.com", "a space or an invisible character"),
        ("asha\u200b@example.com", "a space or an invisible character"),
        ("asha\u2066@example.com", "a space or an invisible character"),
        ("as\u0000ha@example.com", "a space or an invisible character"),
        ("as\u0085ha@example.com", "a space or an invisible character"),
        ("as\u3164ha@example.com", "a space or an invisible character"),
        ("asha@exa\u200dmple.com", "a space or an invisible character"),
        ("Asha <asha@example.com>", "Only the address is wanted"),
        ("<@relay.example:asha@example.com>", "Only the address is wanted"),
        ("asha%example.com@relay.example", "with a % is refused"),
        ("relay!asha@example.com", "with a ! is refused"),
        ("$HOME@example.com", "with a $ is refused"),
        ("asha{x}@example.com", "with a { is refused"),
        ("what?@example.com", "with a ? is refused"),
        ('"asha"@example.com', "not an address"),
        ("asha(work)@example.com", "not an address"),
        ("asha@[192.0.2.1]", "not an address"),
        ("a,b@example.com", "not an address"),
        ("asha@example", "should have a period"),
        ("asha@test", "no dot"),
        ("asha@printer.local", "special-use"),
        ("asha@example..com", "not an address"),
        (f"{'a' * 65}@example.com", "too long before the @"),
        (f"{'म' * 30}@example.com", "more than 64 octets"),
        (f"asha@{'a.' * 124}com", "too long"),
    ],
)
def test_a_hostile_or_broken_address_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        parse(text)
    assert sentence in str(refused.value)


def test_an_idn_domain_is_written_in_a_labels() -> None:
    address = parse("Asha@Bücher.example")
    assert address == Address("Asha@xn--bcher-kva.example", "asha@xn--bcher-kva.example")
    assert address.domain == "xn--bcher-kva.example"
    assert not address.needs_smtputf8


def test_both_spellings_of_an_idn_domain_are_one_address() -> None:
    assert parse("asha@bücher.example") == parse("asha@XN--BCHER-KVA.example")


def test_a_local_part_beyond_ascii_is_an_address_that_needs_smtputf8() -> None:
    address = parse("राम@example.com")
    assert str(address) == "राम@example.com"
    assert address.needs_smtputf8


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert parse("Jose\u0301@example.com").key == parse("josé@EXAMPLE.com").key


def test_case_makes_no_second_reader_and_is_kept_on_the_wire() -> None:
    assert parse("Asha.Rao@Example.COM").text == "Asha.Rao@example.com"
    assert parse("Asha.Rao@Example.COM").key == parse("asha.rao@example.com").key


def test_dots_and_plus_signs_stay_different_addresses() -> None:
    keys = {parse(f"{local}@gmail.com").key for local in ("a.b", "ab", "ab+news")}
    assert len(keys) == 3


def test_samples_may_use_the_domains_reserved_for_them() -> None:
    assert _accepted("asha@news.test") == "asha@news.test"
    assert _accepted("asha@news.example") == "asha@news.example"


_LETTERS = st.text(alphabet="abzAZ019_#&'*+/=^~-.@", min_size=1, max_size=70)
_DOMAINS = st.text(alphabet="abznxXN019-.", min_size=1, max_size=70)
_TOPS = st.sampled_from(["com", "test", "local", "invalid", "x1", "1x", "xn--p1ai", "a", "Onion"])


@settings(max_examples=1500, deadline=None)
@given(_LETTERS, _DOMAINS, _TOPS)
@example("info", "example", "com")
@example("a", "xn--a", "com")
@example("a", "ab--c", "com")
@example("a" * 64, "b" * 63, "com")
@example("a", ".".join(["b" * 60] * 4), "comm")
@example("a" * 64, ".".join(["b" * 60] * 3), "abcdef")
def test_the_fast_path_agrees_with_the_library(local: str, domain: str, top: str) -> None:
    text = f"{local}@{domain}.{top}"
    quick = _plain(text)
    if quick is not None:
        assert quick.text == _by_email_validator(text)
        assert quick.key == unicodedata.normalize("NFC", quick.text.casefold())
    elif not text.startswith("-") and len(text) <= 254 and _by_email_validator(text):
        assert _accepted(text) == _by_email_validator(text)


@pytest.mark.parametrize(
    "text", ["asha@example.com", "Asha.Rao+news@mail.example.co.in", "info@example.com", "a@b.cd"]
)
def test_plain_addresses_do_take_the_fast_path(text: str) -> None:
    assert _plain(text) is not None


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=80), st.emails().map(str)))
def test_whatever_is_given_is_an_address_or_refused_in_a_sentence(text: str) -> None:
    try:
        address = parse(text)
    except InvalidAddress as refused:
        assert str(refused).endswith((".", ").", "…"))  # noqa: PT017 - either outcome is right
    else:
        assert parse(address.text) == address


@given(
    _LETTERS, st.sampled_from(["bücher.example", "परीक्षा.example.com", "BÜcher.de", "ü..a", "é"])
)
@example("postmaster", "bücher.example")
@example("a" * 65, "bücher.example")
@example("a", "ü" * 60 + ".example")
@settings(deadline=None)
def test_a_domain_of_other_letters_is_read_once_and_stays_the_same(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    quick = _abroad(text)
    if quick:
        assert quick == _unusual(text)

"""Whatever comes to the box, reading it ends: soon, and with a value."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.tracking.bounces import Returned, read_returned

CORPUS = [
    file.read_bytes()
    for file in sorted((Path(__file__).parents[1] / "data" / "bounces").glob("*/*"))
]

#: Two seconds are promised. The clock is the process's own, since other tests run beside it.
SECONDS = 2.0

HEAD = b"From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender\n"
MANY = b"Content-Type: multipart/mixed; boundary=x\n\n"
REPORT = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    b"--x\n\na@b.example: user unknown\n--x\nContent-Type: message/delivery-status\n\n"
)
FAILED = (
    b"Final-Recipient: rfc822; u%d@b.example\nAction: failed\nDiagnostic-Code: smtp; 550 no\n\n"
)

HEAVY = {
    "nothing": b"",
    "empty lines": b"\n" * 5_000_000,
    "one line": b"a" * 5_000_000,
    "one address after the other": HEAD + b"\n" + b"a@b.c.d.e.f." * 400_000,
    "nothing but @": HEAD + b"\n" + b"@" * 5_000_000,
    "nothing but dashes": HEAD + b"\n" + b"-" * 5_000_000,
    "lines of dashes": HEAD + b"\n" + (b"-" * 75 + b"\n") * 60_000,
    "a swollen parameter": HEAD + MANY[:-2] + b';a="' * 1_000_000 + b"\n\n--x\n",
    "a swollen and folded parameter": HEAD + MANY[:-2] + b'\n ;a="' * 800_000 + b"\n\n--x\n",
    "parts within parts": HEAD
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(9999)
    )
    + b"\n" * 100_000,
    "mails within mails": HEAD + b"Content-Type: message/rfc822\n\n" * 100_000,
    "very many parts": HEAD + MANY + b"--x\n\n" * 800_000,
    "very many failures": HEAD + REPORT + b"".join(FAILED % n for n in range(40_000)),
    "one failure very often": HEAD + REPORT + FAILED % 1 * 40_000,
    "a swollen diagnosis": HEAD + REPORT + FAILED[:-2] % 1 + b" after mail from" * 300_000,
    "tags that never end": HEAD + b"Content-Type: text/html\n\n" + b"<style" * 800_000,
    "encoded-words without end": HEAD[:-1] + b" =?utf-8?q?a?=" * 300_000 + b"\n\nx",
    "very many headers": HEAD + b"X-A: b\n" * 700_000 + b"\nx",
    "a header of addresses": HEAD + b"X-Failed-Recipients: " + b"a@b.example," * 400_000 + b"\n\nx",
    "a comment without end": HEAD + b"Date: " + b"(" * 1_000_000 + b"\n\nx",
    "base64 without end": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"QUFB" * 1_200_000,
    "uuencode without end": HEAD
    + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n"
    + b"M" * 5_000_000,
}


def within_bounds(returned: Returned) -> None:
    told = returned.failures + returned.delays
    assert len(returned.failures) <= 50
    assert len(returned.delays) <= 50
    assert len(returned.came_to) <= 20
    assert len(returned.id) == 32
    for failure in told:
        assert len(failure.words) <= 300
        assert "@" not in failure.words
        assert failure.words.isprintable()
        assert len(failure.address) <= 1_000


@pytest.mark.parametrize("name", HEAVY)
def test_no_mail_is_slow(name: str) -> None:
    start = time.process_time()

    returned = read_returned(HEAVY[name])

    assert time.process_time() - start < SECONDS
    within_bounds(returned)


SHARDS = (
    b"\0",
    b"\r",
    b"\n\n",
    b"--",
    b'"',
    b"\xff\xfe",
    b"=?utf-8?b?//?=",
    b"=?x\0y?q?a?=",
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: message/delivery-status\n\n",
    b"Content-Type: message/feedback-report\n\n",
    b"Content-Type: message/external-body\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: x-uuencode\n",
    b"boundary*0*=\xf0'%00'a;",
    b"charset=idna",
    b"charset=undefined",
    b"Date: Mon, 99 Foo 99999 25:61:61 +9999\n",
    b"Status: 5.\n",
    b"Final-Recipient: ;\n",
    b"X-Failed-Recipients: @\n",
    b"From: \n",
    b"{",
)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_a_damaged_mail_is_read_without_a_word(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    mail = bytearray(chance.choice(CORPUS))
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(mail) + 1)
        other = chance.choice(CORPUS)
        start = chance.randrange(len(other))
        mail[place : place + chance.choice([0, 0, 1, 50])] = chance.choice(
            [chance.choice(SHARDS), other[start : start + 500], bytes([chance.randrange(256)]), b""]
        )

    within_bounds(read_returned(bytes(mail)))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(SHARDS), st.binary(max_size=40)), max_size=30))
def test_rubbish_is_read_without_a_word(pieces: list[bytes]) -> None:
    within_bounds(read_returned(b"".join(pieces)))

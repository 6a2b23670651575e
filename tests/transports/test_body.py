"""The body of a mail: what every reader gets, exactly, and what no line of it can say."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import Envelope, Headers, MergeField, Rendition, Tokens
from newsletter.transports.message import compile_message

DATE = b"Sun, 05 Jul 2026 07:00:00 +0530"
TOKENS = Tokens(*(f"{letter}{'-_aZ09' * 4}{letter * 3}" for letter in "EFGHI"))
READER = Envelope(1, "ann@example.com", "Ann Lee", TOKENS)
SENTINELS = [field.sentinel for field in MergeField]

texts = st.lists(
    st.one_of(
        st.text(),
        st.sampled_from(SENTINELS),
        st.sampled_from(
            ["\n.\n", "\r.\r", "\r\n.\r\n", "From ", "\n--", "  ", "\t", " \n", "--=_"]
        ),
        st.integers(1, 90).map("x".__mul__),
    ),
    max_size=25,
).map("".join)


def merged(text: str, tokens: Tokens = TOKENS) -> str:
    """Put tokens where a reader's eyes would: one pass, from the left."""
    values = dict(zip(SENTINELS, tokens, strict=False))
    return re.sub("|".join(SENTINELS), lambda found: values[found[0]], text)


def flat(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(raw: bytes) -> list[str]:
    found = []
    for part in parsed(raw).iter_parts():
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        found.append(flat(body.decode()))
    return found


def body(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]


def relaxed(body: bytes) -> bytes:
    """DKIM's relaxed body canonicalisation, as RFC 6376 section 3.4.4 words it."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def rendition_of(text: str, html: str, subject: str = "Today") -> Rendition:
    return Rendition(subject=subject, preheader="", html=html, text=text)


SMALL = """\
From: "The ShiftMaker" <desk@news.example.com>
To: "Ann Lee" <ann@example.com>
Subject: =?utf-8?B?w4dhIHZh?=
Date: Sun, 05 Jul 2026 07:00:00 +0530
Message-ID: <I-_aZ09-_aZ09-_aZ09-_aZ09III@news.example.com>
Reply-To: editor@news.example.com
List-Id: "The ShiftMaker" <daily.news.example.com>
List-Unsubscribe: <https://n.theshiftmaker.com/u/H-_aZ09-_aZ09-_aZ09-_aZ09HHH>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Help: <mailto:editor@news.example.com>
List-Archive: <https://n.theshiftmaker.com/archive>
List-Post: NO
Feedback-ID: ed20260705r1:all:daily:newsx
Precedence: bulk
X-Auto-Response-Suppress: OOF, AutoReply
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_f4c88c08d86a93015385587c77b147f6"

--=_f4c88c08d86a93015385587c77b147f6
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

=2E
https://n.example/c/CLICK/1

--=_f4c88c08d86a93015385587c77b147f6
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<a href=3D"https://n.example/c/CLICK/1">=E0=A4=AA=
=E0=A4=A2=E0=A4=BC=E0=A5=87=E0=A4=82</a>

--=_f4c88c08d86a93015385587c77b147f6--
"""


@given(texts, texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_readers_get_exactly_the_parts_with_their_tokens_in_place(
    headers: Headers, text: str, html: str
) -> None:
    raw = compile_message(rendition_of(text, html), headers).splice(READER, DATE)
    assert parts(raw) == [merged(flat(text)), merged(flat(html))]
    kinds = [part.get_content_type() for part in parsed(raw).iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert not parsed(raw).defects


@given(texts, texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_of_a_body_can_be_mistaken(headers: Headers, text: str, html: str) -> None:
    raw = compile_message(rendition_of(text, html), headers).splice(READER, DATE)
    assert raw.replace(b"\r\n", b"").isascii()
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", raw.replace(b"\r\n", b""))
    boundary = re.search(rb'boundary="(.*)"', raw)
    assert boundary
    for line in body(raw).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        if line.startswith(b"-"):
            assert line.startswith(b"--" + boundary[1])
    assert raw.count(b"\r\n--" + boundary[1]) == 3


@given(texts, texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_body_is_its_own_canonical_form(headers: Headers, text: str, html: str) -> None:
    wire = body(compile_message(rendition_of(text, html), headers).splice(READER, DATE))
    assert sha256(relaxed(wire)).digest() == sha256(wire).digest()


def test_only_what_is_a_readers_own_differs_between_two(
    rendition: Rendition, headers: Headers, make_envelope: Callable[..., Envelope]
) -> None:
    compiled = compile_message(rendition, headers)
    one, other = (compiled.splice(make_envelope(n, name="Ann"), DATE) for n in (1, 2))
    assert len(one) == len(other)

    def without(raw: bytes, envelope: Envelope) -> bytes:
        for token in envelope.tokens:
            raw = raw.replace(token.encode(), b"")
        return raw.replace(envelope.address.encode(), b"")

    assert without(one, make_envelope(1)) == without(other, make_envelope(2))


def test_no_body_says_a_readers_name(rendition: Rendition, headers: Headers) -> None:
    name = "Wilhelmina"
    raw = compile_message(rendition, headers).splice(READER._replace(name=name), DATE)
    assert raw.count(name.encode()) == 1
    assert b64encode(name.encode()) not in raw
    assert name.encode() not in body(raw)


def test_a_small_mail_in_so_many_bytes(headers: Headers) -> None:
    html = f'<a href="https://n.example/c/{SENTINELS[0]}/1">पढ़ें</a>\n'
    edition = rendition_of(f".\nhttps://n.example/c/{SENTINELS[0]}/1\n", html, "Ça va")
    raw = compile_message(edition, headers).splice(READER, DATE)
    token = TOKENS.click
    assert raw.decode("ascii") == SMALL.replace("\n", "\r\n").replace("CLICK", token)


def test_the_same_edition_gives_the_same_bytes(rendition: Rendition, headers: Headers) -> None:
    first = compile_message(rendition, headers).splice(READER, DATE)
    compile_message.cache_clear()
    assert compile_message(replace(rendition), headers).splice(READER, DATE) == first


def test_an_edition_is_compiled_once(rendition: Rendition, headers: Headers) -> None:
    assert compile_message(rendition, headers) is compile_message(replace(rendition), headers)


def test_bytes_counted_before_splicing_are_bytes_sent(headers: Headers) -> None:
    html = "".join(f"<a href='https://n.example/c/{SENTINELS[0]}/{n}'>x</a>" for n in range(50))
    raw = compile_message(rendition_of("", html), headers).splice(READER, DATE)
    assert len(parts(raw)[1]) == len(html)

"""What each answer proves, what a receipt may say, and what may go on the wire."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InvalidAddress, PermanentFailure
from newsletter.model import Answer, Call, Envelope
from newsletter.transports.smtp.handover import ANSWERS
from newsletter.transports.smtp.mail import mails_of, path, unbroken
from newsletter.transports.smtp.replies import Reply, Stage, Verdict, judge, queue_id, words
from newsletter.transports.smtp.wire import Wire

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


def reply(text: str) -> Reply:
    code, _, rest = text.partition(" ")
    return Reply(int(code), (rest,))


@pytest.mark.parametrize(
    ("stage", "said", "verdict"),
    [
        ("greeting", "220 relay ESMTP", "go on"),
        ("greeting", "421 4.3.2 closing", "leaving"),
        ("greeting", "450 busy", "deferred"),
        ("greeting", "554 no service", "ours"),
        ("greeting", "250 Ok", "lost"),
        ("hello", "250 relay", "go on"),
        ("hello", "504 What?", "ours"),
        ("starttls", "220 Go", "go on"),
        ("starttls", "250 Go", "lost"),
        ("starttls", "454 4.7.0 later", "deferred"),
        ("auth", "235 2.7.0 Welcome", "go on"),
        ("auth", "250 Welcome", "lost"),
        ("auth", "535 5.7.8 Wrong", "ours"),
        ("auth", "454 4.7.0 later", "deferred"),
        ("reset", "250 Ok", "go on"),
        ("mail", "250 Ok", "go on"),
        ("mail", "452 4.3.1 disk full", "deferred"),
        ("mail", "550 5.1.8 sender", "ours"),
        ("mail", "530 5.7.0 authenticate", "ours"),
        ("mail", "552 5.3.4 too big", "ours"),
        ("mail", "354 Go on", "lost"),
        ("rcpt", "250 Ok", "go on"),
        ("rcpt", "251 will forward", "go on"),
        ("rcpt", "252 cannot verify", "go on"),
        ("rcpt", "220 Ok", "lost"),
        ("rcpt", "450 4.2.1 mailbox busy", "deferred"),
        ("rcpt", "452 4.2.2 mailbox full", "deferred"),
        ("rcpt", "421 4.7.28 rate", "leaving"),
        ("rcpt", "550 5.1.1 no such user", "refused"),
        ("rcpt", "550 no such user", "refused"),
        ("rcpt", "550 5.2.1 inactive", "refused"),
        ("rcpt", "554 5.7.1 relay denied", "ours"),
        ("rcpt", "550 5.7.515 access denied", "ours"),
        ("data", "354 Go on", "go on"),
        ("data", "250 Ok", "lost"),
        ("data", "554 5.5.1 no valid recipients", "refused"),
        ("data", "451 later", "deferred"),
        ("end", "250 2.0.0 Ok", "submitted"),
        ("end", "251 Ok", "unknown"),
        ("end", "220 Ok", "unknown"),
        ("end", "354 Ok", "unknown"),
        ("end", "421 4.3.0 shutting down", "leaving"),
        ("end", "421 5.7.32 as Gmail says it", "leaving"),
        ("end", "450 5.7.1 codes that disagree", "deferred"),
        ("end", "451 4.7.1 greylisted", "deferred"),
        ("end", "550 5.7.26 unauthenticated", "ours"),
        ("end", "554 5.6.0 content", "ours"),
        ("end", "552 5.2.2 mailbox full", "refused"),
        ("end", "554 transaction failed", "refused"),
        ("end", "550 5.70.1 is no 5.7", "refused"),
    ],
)
def test_the_table_line_by_line(stage: str, said: str, verdict: str) -> None:
    assert judge(Stage(stage), reply(said)) is Verdict(verdict)


@given(st.sampled_from(Stage), st.integers(200, 599), st.text(max_size=30))
def test_only_250_to_the_end_of_a_mail_submits_it(stage: Stage, code: int, text: str) -> None:
    verdict = judge(stage, Reply(code, (text,)))
    assert (verdict is Verdict.SUBMITTED) == (stage is Stage.END and code == 250)
    if stage is Stage.END and not 400 <= code < 600 and code != 250:
        assert verdict is Verdict.UNKNOWN
    if 400 <= code < 500:
        assert verdict in {Verdict.DEFERRED, Verdict.LEAVING}


@given(st.sampled_from(Stage), st.integers(200, 599), st.text(max_size=30))
def test_before_a_reader_is_named_none_is_refused(stage: Stage, code: int, text: str) -> None:
    verdict = judge(stage, Reply(code, (text,)))
    if stage not in {Stage.RCPT, Stage.DATA, Stage.END}:
        assert verdict is not Verdict.REFUSED


def test_every_verdict_has_its_answer_but_those_that_are_no_readers() -> None:
    assert set(Verdict) - set(ANSWERS) == {Verdict.GO_ON, Verdict.OURS}
    assert set(ANSWERS.values()) == set(Answer)


# ── Words ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<ann.lee@example.com>: no such user", "550 …: no such user"),
        ("ann.lee@example.com unknown", "550 … unknown"),
        ("ANN.LEE@EXAMPLE.COM unknown", "550 … unknown"),
        ("user ann.lee is unknown", "550 user … is unknown"),
        ("user Ann.Lee is unknown", "550 user … is unknown"),
        ("see https://x.example/?to=ann.lee%40example.com", "550 see https:…"),
        ("for bob@other.example, (carl@x.example)", "550 for …, (…)"),
        ("SRS0=ab=cd=example.com=ann.lee@x.example", "550 …"),
        ("ann.leeway is a word", "550 ann.leeway is a word"),
        ("a\x00b\x1b[31mc\u2028d\ufeff", "550 a b [31mc d"),
        ("", "550"),
    ],
)
def test_a_receipt_never_names_an_address(said: str, kept: str) -> None:
    assert words(Reply(550, (said,)), "ann.lee@example.com") == kept


@given(st.text(), st.text(), st.sampled_from(["ann.lee@example.com", "राम@example.com"]))
def test_whatever_stands_around_an_address_it_is_masked(
    before: str, after: str, address: str
) -> None:
    kept = words(Reply(550, (f"{before} {address} {after}",)), address)
    assert address not in kept
    assert kept.isprintable()
    assert len(kept) <= 500


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ("2.0.0 Ok: queued as 4XyZ12abc", "4XyZ12abc"),
        ("OK id=1r5Abc-0000xy-2Z", "1r5Abc-0000xy-2Z"),
        ("Ok 0100018bcd-1234-000000", "0100018bcd-1234-000000"),
        ("2.0.0 OK  1690000000 a1-2002 - gsmtp", ""),
        ("Message accepted", ""),
        ("queued as <ann@example.com>", ""),
        ("queued as ann@example.com", ""),
    ],
)
def test_a_relays_own_name_for_a_mail_is_kept(said: str, id: str) -> None:
    assert queue_id(Reply(250, (said,))) == id


# ── Bytes in, answers out ───────────────────────────────────────────────────────────────────

replies = st.lists(
    st.tuples(
        st.integers(200, 599).filter(lambda code: code != 421),
        st.lists(
            st.text(
                st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=9
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=8,
)


@given(replies, st.data())
def test_answers_are_the_same_however_they_are_cut(
    said: list[tuple[int, list[str]]], data: st.DataObject
) -> None:
    octets = b"".join(
        f"{code}{' ' if n == len(lines) - 1 else '-'}{line}\r\n".encode()
        for code, lines in said
        for n, line in enumerate(lines)
    )
    wire = Wire()
    while octets:
        cut = data.draw(st.integers(1, len(octets)))
        wire.data_received(octets[:cut])
        octets = octets[cut:]
    assert wire._replies == [Reply(code, tuple(lines)) for code, lines in said]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_wire(octets: bytes) -> None:
    wire = Wire()
    wire.data_received(octets)
    assert wire.trouble or wire.quiet or wire._replies or wire._held or wire._lines


# ── What goes out ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"a\r\r\nb\r\n",
        b"a\r\n\nb\r\n",
        b"a\r\n.\r\nb\r\n",
        b"a\r\n..b\r\n",
        b".a\r\n",
        b"a",
        b"a\r\nb",
        b"a\0b\r\n",
    ],
)
def test_a_mail_that_a_relay_could_cut_is_not_sent(content: bytes) -> None:
    with pytest.raises(PermanentFailure, match="take for its end"):
        unbroken(content)


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_cuts_a_mail(make_call: MakeCall, make_envelope: MakeEnvelope, name: str) -> None:
    mails, refused = mails_of(make_call(make_envelope(1, name=name)))
    unbroken(mails[0].content)
    assert refused == []


@given(st.text(st.sampled_from("a@.<> \r\n\0\t\x7f:\"'é")) | st.text())
def test_an_address_on_the_wire_is_one_address(text: str) -> None:
    try:
        safe = path(text)
    except InvalidAddress:
        return
    assert safe == text
    assert not set(safe) & set("\r\n\0\t <>\x7f")
    assert safe.count("@") == 1


@pytest.mark.parametrize("token", ["", "x\r\n.\r\n", "x y", "é"])
def test_a_token_that_could_break_a_line_is_refused(
    make_call: MakeCall, make_envelope: MakeEnvelope, token: str
) -> None:
    envelope = make_envelope(1)
    tokens = type(envelope.tokens)(*[token] * 5)
    mails, refused = mails_of(make_call(envelope._replace(tokens=tokens), make_envelope(2)))
    assert [mail.delivery for mail in mails] == [2]
    assert [(each.delivery, each.answer) for each in refused] == [(1, Answer.REFUSED)]


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        ("headers", "sender_address", "desk@x.example>\r\nRCPT TO:<eve@x.example"),
        ("headers", "sender_address", ""),
        ("headers", "sender_address", "dësk@x.example"),
        ("headers", "domain", "no domain"),
        ("rendition", "html", "half \ud83d"),
    ],
)
def test_an_edition_that_cannot_be_written_refuses_no_reader(
    make_call: MakeCall, where: str, field: str, value: str
) -> None:
    call = make_call(count=2)
    spoilt = replace(call, **{where: replace(getattr(call, where), **{field: value})})
    with pytest.raises(PermanentFailure):
        mails_of(spoilt)

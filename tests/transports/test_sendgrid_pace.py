"""The pace that SendGrid asks for, in its X-RateLimit headers."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from newsletter.errors import TemporaryFailure
from newsletter.model import Call
from newsletter.transports.sendgrid import SendGridTransport
from tests.transports.sendgrid_stub import KEY, SendGridStub, errors, says, sendgrid_stub

MakeCall = Callable[..., Call]

NOW = 1_783_216_800.0


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as running:
        yield running


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def transport(stub: SendGridStub, naps: list[float]) -> SendGridTransport:
    return SendGridTransport(KEY, stub.url, sleep=naps.append, now=lambda: NOW + sum(naps))


def limit(remaining: int, seconds: float) -> dict[str, str]:
    reset = str(int(NOW + seconds))
    return {"X_RateLimit_Remaining": str(remaining), "X_RateLimit_Reset": reset}


def test_it_waits_for_the_reset_when_nothing_remains(
    transport: SendGridTransport, stub: SendGridStub, naps: list[float], make_call: MakeCall
) -> None:
    stub.script.extend([says(202, **limit(1, 7)), says(202, **limit(0, 7)), says(202)])
    for expected in ([], [], [7.0]):
        list(transport.send(make_call()))
        assert naps == expected


def test_it_never_holds_a_call_for_long(
    transport: SendGridTransport, stub: SendGridStub, naps: list[float], make_call: MakeCall
) -> None:
    stub.script.append(says(202, **limit(0, 10_000_000)))
    list(transport.send(make_call()))
    with pytest.raises(TemporaryFailure) as refused:
        list(transport.send(make_call()))
    assert refused.value.retry_after == timedelta(hours=1)
    assert (naps, len(stub.requests)) == ([], 1)


def test_a_reset_that_is_past_holds_nothing_up(
    transport: SendGridTransport, stub: SendGridStub, naps: list[float], make_call: MakeCall
) -> None:
    stub.script.append(says(202, **limit(0, -5)))
    for _ in range(2):
        list(transport.send(make_call()))
    assert naps == []


@pytest.mark.parametrize(
    ("told", "after"),
    [
        (limit(0, 12), timedelta(seconds=12)),
        ({"Retry_After": "30"}, timedelta(seconds=30)),
        ({"Retry_After": "999999999"}, timedelta(hours=1)),
        ({"Retry_After": "soon"}, None),
        ({"X_RateLimit_Reset": "-1"}, None),
        ({}, None),
    ],
)
def test_too_many_requests_say_when_to_come_back(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    told: dict[str, str],
    after: timedelta | None,
) -> None:
    stub.script.append(errors(429, ("too many requests", None), **told))
    with pytest.raises(TemporaryFailure) as refused:
        list(transport.send(make_call()))
    assert refused.value.retry_after == after

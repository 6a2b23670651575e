"""An edition that is handed over before its hour waits at SendGrid, where it can be called off."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from newsletter.delivery.ledger import Ledger
from newsletter.errors import TransportError
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Draft, Newsroom
from tests.transports.sendgrid_stub import KEY, SendGridStub, says, sendgrid_stub

TOMORROW = date.today() + timedelta(days=2)  # noqa: DTZ011 - ahead in every zone
ID = EditionId("daily", TOMORROW)


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as stub:
        stub.script.append(says(201, {"batch_id": "batch-1"}))
        yield stub


@pytest.fixture
def newsroom(
    desk: Path, story: Callable[..., Path], stub: SendGridStub, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Newsroom]:
    given = {
        "TRANSPORT": "sendgrid",
        "SENDGRID__API_KEY": KEY,
        "SENDGRID__HOST": stub.url,
        "SENDGRID__SCHEDULE": "true",
        "SITE_URL": "https://n.theshiftmaker.com",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    toml = desk / "templates/daily/newsletter.toml"
    toml.write_text(toml.read_text().replace("theshiftmaker.example", "theshiftmaker.com"))
    # An hour before it goes out, whatever the time is now.
    story("early", published=f"{TOMORROW}T06:00+05:30")
    newsroom = Newsroom.open()
    yield newsroom
    newsroom._house.database.close()


@pytest.fixture
def handed_over(newsroom: Newsroom) -> Newsroom:
    daily = newsroom.newsletter()
    newsroom.circulation.fill(daily)
    made = newsroom.desk.build(daily, TOMORROW)
    assert isinstance(made, Draft)
    newsroom.dispatch.plan(made)
    newsroom.dispatch.deliver(ID, show=lambda _, __: None, stop=lambda: False)
    return newsroom


def test_it_is_handed_over_with_its_hour_and_the_batchs_name(
    handed_over: Newsroom, stub: SendGridStub
) -> None:
    hour = handed_over.newsletter().schedule.hour_on(TOMORROW)

    (mail,) = stub.accepted
    assert mail["send_at"] == int(hour.timestamp())
    assert mail["batch_id"] == "batch-1"
    assert handed_over.dispatch.status(ID).counts.submitted == 1


def test_cancel_reaches_sendgrid_too(newsroom: Newsroom, stub: SendGridStub) -> None:
    newsroom.circulation.fill(newsroom.newsletter())
    made = newsroom.desk.build(newsroom.newsletter(), TOMORROW)
    assert isinstance(made, Draft)
    newsroom.dispatch.plan(made)
    stub.script.append(says(201))

    newsroom.control.cancel(ID)

    assert stub.requests[-1] == {"batch_id": "batch-1", "status": "cancel"}
    assert newsroom.dispatch.status(ID).state is EditionState.CANCELLED


def test_what_sendgrid_does_not_hear_of_is_told(newsroom: Newsroom, stub: SendGridStub) -> None:
    newsroom.circulation.fill(newsroom.newsletter())
    made = newsroom.desk.build(newsroom.newsletter(), TOMORROW)
    assert isinstance(made, Draft)
    newsroom.dispatch.plan(made)
    stub.script.append(says(503))

    with pytest.raises(TransportError):
        newsroom.control.cancel(ID)
    # Our own side is stopped all the same.
    assert newsroom.dispatch.status(ID).state is EditionState.CANCELLED


def test_pause_and_resume_reach_sendgrid_too(newsroom: Newsroom, stub: SendGridStub) -> None:
    newsroom.circulation.fill(newsroom.newsletter())
    made = newsroom.desk.build(newsroom.newsletter(), TOMORROW)
    assert isinstance(made, Draft)
    newsroom.dispatch.plan(made)
    Ledger(newsroom._house.database, ID).begin()
    stub.script.extend([says(201), says(204)])

    newsroom.control.pause(ID)
    assert stub.requests[-1] == {"batch_id": "batch-1", "status": "pause"}
    newsroom.control.resume(ID)

    assert newsroom.dispatch.status(ID).state is EditionState.SENDING
    assert stub.removed == ["/v3/user/scheduled_sends/batch-1"]

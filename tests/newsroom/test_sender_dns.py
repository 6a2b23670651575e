"""What preflight tells of the sender's DNS, asked as the doctor asks."""

from pathlib import Path

import pytest

from newsletter.model import Severity
from newsletter.newsroom import Newsroom
from newsletter.settings import Newsletter, Settings
from tests.doctor.conftest import Zone, dns, newsletter

__all__ = ["dns"]

NEWS = "news.shiftmaker.com."
GOOD = (
    f'{NEWS} 60 IN TXT "v=spf1 ip4:192.0.2.1 -all"\n'
    f'_dmarc.{NEWS} 60 IN TXT "v=DMARC1; p=reject; rua=mailto:d@shiftmaker.com"\n'
    f"{NEWS} 60 IN MX 10 mail.shiftmaker.com.\nmail.shiftmaker.com. 60 IN A 192.0.2.1\n"
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.chdir(tmp_path)
    return Newsroom(Settings(_env_file=None, secret="s" * 40))  # type: ignore[call-arg, arg-type]


def wishing(wish: str) -> Newsletter:
    return newsletter(preflight={"sender-dns": wish})


def test_a_sender_that_dns_does_not_vouch_for_is_named_with_what_to_do(
    house: Newsroom, dns: Zone
) -> None:
    found = house.doctor.of_sender(newsletter(), resolver=dns(""))

    assert {one.severity for one in found} == {Severity.ERROR}
    assert {one.sentence.partition(":")[0] for one in found} == {"dmarc", "mx", "spf"}
    assert all(one.hint for one in found)


def test_a_sender_in_order_is_not_told_of(house: Newsroom, dns: Zone) -> None:
    assert not [
        one
        for one in house.doctor.of_sender(newsletter(), resolver=dns(GOOD))
        if one.severity is Severity.ERROR
    ]


def test_where_dns_knows_nothing_it_is_said_and_stops_nobody(house: Newsroom, dns: Zone) -> None:
    (said,) = house.doctor.of_sender(newsletter(), resolver=dns("", top=""))

    assert said.severity is Severity.WARNING
    assert said.sentence.startswith("the sender's DNS was not asked: no network")
    assert house.doctor.of_sender(wishing("error"), resolver=dns("", top="")) == ()

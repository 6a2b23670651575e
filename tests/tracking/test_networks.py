"""What many readers' clicks from one network say."""

import random

import pytest

from newsletter.model import Verdict
from newsletter.tracking.networks import Crowds, network_of


def gateway(
    crowds: Crowds, *, readers: int, links: int = 2, addresses: str = "9.9.9.{}"
) -> set[str]:
    """Press some links of each reader's mail, a second apart; returns which were found out."""
    found: set[str] = set()
    now = 0.0
    for reader in range(1, readers + 1):
        for link in range(1, links + 1):
            now += 1
            name = f"{reader}/{link}"
            found |= crowds.take(addresses.format(reader), reader, link, name, now).keys()
    return found


def test_a_gateway_that_presses_links_of_many_mails_is_found_backwards_too() -> None:
    assert gateway(Crowds(), readers=5) == {f"{r}/{n}" for r in range(1, 6) for n in (1, 2)}


def test_four_readers_are_no_crowd() -> None:
    assert gateway(Crowds(), readers=4) == set()


def test_a_gateway_that_presses_one_link_of_each_is_not_told_from_an_office() -> None:
    assert gateway(Crowds(), readers=50, links=1) == set()


def test_ipv6_is_grouped_by_the_network_that_a_provider_gives_out() -> None:
    assert len(gateway(Crowds(), readers=5, addresses="2001:db8:1:2{}::1")) == 10
    assert gateway(Crowds(), readers=5, addresses="2001:db8:{}::1") == set()


def test_who_presses_one_story_in_a_scanned_network_stays_a_person() -> None:
    crowds = Crowds()
    crowds.take("9.9.9.200", 99, 1, "person", 0.0)

    assert "person" not in gateway(crowds, readers=12)


def test_clicks_of_more_than_a_minute_ago_count_no_more() -> None:
    crowds = Crowds()
    for reader in range(1, 5):
        for link in (1, 2):
            crowds.take("9.9.9.9", reader, link, f"{reader}/{link}", 0.0)

    assert crowds.take("9.9.9.9", 5, 1, "late", 61.0) == {}
    assert crowds.take("9.9.9.9", 5, 2, "later", 62.0) == {}


def test_each_click_is_told_once() -> None:
    crowds = Crowds()
    told: list[str] = []
    for reader in range(1, 20):
        for link in (1, 2):
            found = crowds.take("9.9.9.9", reader, link, f"{reader}/{link}", reader)
            assert all(judged == (Verdict.PROBABLE, "one-network") for judged in found.values())
            told += found

    assert len(told) == len(set(told)) == 38


def test_readers_who_cannot_be_told_apart_are_passed_over() -> None:
    crowds = Crowds()

    assert crowds.take("9.9.9.9", 0, 1, "x", 0.0) == {}
    assert len(crowds) == 0


@pytest.mark.parametrize(
    "address", ["", "unknown", "9.9.9.9:80", "9.9.9", "9.9.9.9\0", "fe80::1%eth0", "é", "\ud800"]
)
def test_what_is_no_address_is_passed_over(address: str) -> None:
    assert network_of(address) == b""


def test_an_ipv4_address_in_the_clothes_of_ipv6_is_the_same_network() -> None:
    assert network_of("::ffff:9.9.9.7") == network_of("9.9.9.9")
    assert network_of("::9.9.9.7") != network_of("9.9.9.9")


def test_memory_is_bounded_in_networks_and_in_clicks() -> None:
    crowds = Crowds(networks=100)
    for number in range(1, 20_000):
        crowds.take(f"20.{number % 50}.{number % 13}.1", number, 1, "x", number / 1000)

    assert len(crowds) == 100
    assert all(len(clicks) <= 20 for clicks in crowds._networks.values())


@pytest.mark.parametrize("a_minute", [8, 60, 600, 6000])
def test_people_behind_one_address_are_left_however_many_they_are(a_minute: int) -> None:
    """Twice as many of them as is likely open a second story within ten seconds."""
    chance = random.Random(a_minute)  # noqa: S311 - the same each time
    crowds, now, presses = Crowds(), 0.0, []
    for reader in range(1, 20_001):
        now += chance.expovariate(a_minute / 60)
        presses.append((now, reader, 1))
        if chance.random() < 0.12:
            presses.append((now + chance.uniform(1, 9), reader, 2))
    found: set[str] = set()
    for number, (at, reader, link) in enumerate(sorted(presses)):
        address = f"49.36.12.{chance.randrange(256)}"
        found |= crowds.take(address, reader, link, str(number), at).keys()

    assert len(found) <= 0.002 * len(presses)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.1.2.3", "172.20.0.9", "192.168.1.1", "::ffff:10.0.0.1"]
)
def test_behind_a_proxy_that_nobody_named_everybody_is_one_network_which_says_nothing(
    address: str,
) -> None:
    assert network_of(address) == b""

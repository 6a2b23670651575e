"""The way out, the address, the sender."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.model import MergeField, Rendition, Severity

Make = Any


def newsletter(desk: Make, **fields: object) -> Any:
    return desk().newsletter.model_copy(update=fields)


def test_a_mail_that_cannot_be_left_is_stopped(desk: Make, html: Make) -> None:
    found = desk(change=html("/u/", "/gone/")).only("unsubscribe")

    assert found.severity is Severity.ERROR
    assert found.sentence == "no unsubscribe link in the HTML"


def test_a_way_out_that_is_no_link_does_not_count(desk: Make, html: Make) -> None:
    assert desk(change=html('<a href="https://n.theshiftmaker.example/u/', "<p>")).of("unsubscribe")


def test_a_text_part_that_cannot_be_left_is_stopped(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, text=rendition.text.replace(MergeField.DOOR.sentinel, ""))

    assert desk(change=change).only("unsubscribe").sentence.endswith("in the text")


def test_a_mail_without_a_postal_address_is_stopped(desk: Make) -> None:
    found = desk(newsletter=newsletter(desk, postal_address=" ")).only("address")

    assert found.severity is Severity.ERROR
    assert found.where == "templates/daily/newsletter.toml"


def test_a_postal_address_must_stand_in_both_parts(desk: Make) -> None:
    found = desk(newsletter=newsletter(desk, postal_address="Elsewhere 1")).of("address")

    assert [f.sentence.rpartition(" ")[2] for f in found] == ["HTML", "text"]


@pytest.mark.parametrize("box", ["", "desk", "desk@paper", "a b@paper.in", "desk@paper.in\nBcc: x"])
def test_a_sender_that_is_no_address_is_stopped(desk: Make, box: str) -> None:
    sender = desk().newsletter.sender.model_copy(update={"address": box})

    found = desk(newsletter=newsletter(desk, sender=sender)).of("sender")

    assert [finding.severity for finding in found] == [Severity.ERROR]


@pytest.mark.parametrize("name", ["", "  ", "The\nShiftMaker"])
def test_a_sender_without_a_name_is_stopped(desk: Make, name: str) -> None:
    sender = desk().newsletter.sender.model_copy(update={"name": name})

    assert desk(newsletter=newsletter(desk, sender=sender)).only("sender")


@pytest.mark.parametrize(
    ("transport", "host", "stopped"),
    [
        ("outbox", "", False),
        ("smtp", "", True),
        ("smtp", "mail.theshiftmaker.in", True),
        ("smtp", "127.0.0.1", False),
        ("sendgrid", "127.0.0.1", True),
    ],
)
def test_a_made_up_sender_is_stopped_where_mail_is_real(
    desk: Make, transport: str, host: str, stopped: bool
) -> None:
    sender = desk().newsletter.sender.model_copy(update={"address": "desk@theshiftmaker.example"})
    real = desk(newsletter=newsletter(desk, sender=sender), transport=transport, smtp_host=host)

    assert bool(real.of("sender")) is stopped


def test_a_reply_to_that_is_no_address_is_stopped(desk: Make) -> None:
    found = desk(newsletter=newsletter(desk, reply_to="desk")).only("reply-to")

    assert found.severity is Severity.ERROR


def test_a_box_that_nobody_reads_is_told(desk: Make) -> None:
    nobody = newsletter(desk, reply_to="no-reply@theshiftmaker.in")
    watched = newsletter(desk, reply_to="desk@theshiftmaker.in")

    assert desk(newsletter=nobody).only("reply-to").severity is Severity.WARNING
    assert desk(newsletter=watched).findings() == ()


def test_a_mail_that_cannot_be_seen_in_a_browser_is_told(desk: Make, html: Make) -> None:
    assert desk(change=html("/v/", "/w/")).only("web-view").severity is Severity.WARNING


@pytest.mark.parametrize("name", ["The ShiftMaker 🚨", "✓ The ShiftMaker", "News (2)", "Re: News"])
def test_an_ornament_in_the_senders_name_is_told(desk: Make, name: str) -> None:
    sender = desk().newsletter.sender.model_copy(update={"name": name})

    assert desk(newsletter=newsletter(desk, sender=sender)).only("sender").severity == "warning"


@pytest.mark.parametrize("style", ["display:none", "font-size:1px", "color:#fff", "opacity:0"])
def test_a_way_out_or_an_address_that_nobody_sees_does_not_count(
    desk: Make, html: Make, style: str
) -> None:
    link = desk(change=html('">Unsubscribe', f'" style="{style}">Unsubscribe')).of("unsubscribe")
    address = desk(change=html("<p>The ShiftMaker, 1", f'<p style="{style}">The ShiftMaker, 1'))

    assert [one.severity for one in link] == [Severity.ERROR]
    assert ["can be seen" in one.sentence for one in address.of("address")] == [True]


def test_a_way_out_may_be_a_picture_with_words(desk: Make, html: Make) -> None:
    picture = '<img src="/x.png" width="9" height="44" alt="Unsubscribe">'

    assert not desk(change=html(">Unsubscribe<", f">{picture}<")).of("unsubscribe")
    assert desk(change=html(">Unsubscribe<", "><")).of("unsubscribe")

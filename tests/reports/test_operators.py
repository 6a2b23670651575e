"""Who keeps a mailbox is told by its domain alone, in one list for reports and checks."""

import pytest

from newsletter.model.operators import operator_of


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "Gmail"),
        ("yahoo.co.in", "Yahoo"),
        ("yahoo.fr", "Yahoo"),
        ("yahoo.co.jp", "Other"),
        ("hotmail.co.uk", "Microsoft"),
        ("live.in", "Microsoft"),
        ("me.com", "Apple"),
        ("gmail.com.evil.example", "Other"),
        ("notyahoo.com", "Other"),
        ("yahoo.example", "Other"),
        ("", "Other"),
    ],
)
def test_an_operator_is_told_by_the_domain(domain: str, name: str) -> None:
    assert operator_of(domain) == name

"""
Segments as conditions of SQL: every value is a bound parameter, every column one of ours.

No word of a rule ever becomes a part of a statement, attribute names included.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, or_, select

from newsletter.settings import ReaderField, Rule
from newsletter.storage.tables import editions, events, lists, subscribers, subscriptions

_COLUMNS: dict[ReaderField, ColumnElement[str]] = {
    ReaderField.LANG: subscribers.c.lang,
    ReaderField.NAME: subscribers.c.name,
    ReaderField.FREQUENCY: subscribers.c.frequency,
}


def condition(rule: Rule, zone: ZoneInfo) -> ColumnElement[bool]:
    """
    Return a rule as a condition on a row of `subscribers` joined to its `subscriptions`.

    `zone`: whose days its dates are.
    """
    for said, compile_ in _KINDS:
        if getattr(rule, said) is not None:
            return compile_(rule, zone)
    return _joined(rule, zone)


def _every(rule: Rule, zone: ZoneInfo) -> ColumnElement[bool]:
    return and_(*(condition(one, zone) for one in rule.all_ or ()))


def _some(rule: Rule, zone: ZoneInfo) -> ColumnElement[bool]:
    return or_(*(condition(one, zone) for one in rule.any_ or ()))


def _none(rule: Rule, zone: ZoneInfo) -> ColumnElement[bool]:
    assert rule.not_  # noqa: S101 - that is how it came here
    # What is not known is neither: `not` must let it through.
    return not_(func.coalesce(condition(rule.not_, zone), literal(value=False)))


def _sampled(rule: Rule, _zone: ZoneInfo) -> ColumnElement[bool]:
    """Pick by the public id, which is random: the same readers for the same sample."""
    place = (subscribers.c.public_id + rule.sample) % 1000
    return place < round((rule.percent or 0) * 10)


def _on_list(rule: Rule, _zone: ZoneInfo) -> ColumnElement[bool]:
    other = subscriptions.alias()
    named = select(lists.c.id).where(lists.c.name == rule.on_list).scalar_subquery()
    return exists().where(
        other.c.subscriber_id == subscribers.c.id,
        other.c.list_id == named,
        other.c.state == "active",
    )


def _clicked(rule: Rule, _zone: ZoneInfo) -> ColumnElement[bool]:
    """Pick who pressed a link, of editions that say who: elsewhere a number is a pseudonym's."""
    since = datetime.now(UTC) - timedelta(days=rule.clicked_within or 0)
    pressed = (
        select(events.c.reader)
        .join(editions, editions.c.id == events.c.edition_id)
        .where(
            editions.c.tracking["clicks"].as_string() == "individual",
            editions.c.sending_began_at >= since - timedelta(days=30),
            events.c.kind == "clicked",
            events.c.verdict == "person",
            events.c.at >= since,
        )
    )
    return subscribers.c.public_id.in_(pressed)


def _joined(rule: Rule, zone: ZoneInfo) -> ColumnElement[bool]:
    joined = func.coalesce(subscriptions.c.joined, subscribers.c.created_at)
    joined.type = subscribers.c.created_at.type
    conditions = []
    if rule.joined_after:
        conditions.append(joined >= _midnight(rule.joined_after, zone))
    if rule.joined_before:
        conditions.append(joined < _midnight(rule.joined_before, zone))
    return and_(*conditions)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _attribute(rule: Rule, _zone: ZoneInfo) -> ColumnElement[bool]:
    return _compare(subscribers.c.attributes[rule.attribute].as_string(), rule)


def _field(rule: Rule, _zone: ZoneInfo) -> ColumnElement[bool]:
    assert rule.field  # noqa: S101 - that is how it came here
    if rule.field is ReaderField.DOMAIN:
        return _domain(rule)
    return _compare(_COLUMNS[rule.field], rule)


def _domain(rule: Rule) -> ColumnElement[bool]:
    """Compare what stands after the @: the key bears it in small letters."""
    key = subscribers.c.key
    if rule.known is not None:
        return literal(rule.known)
    if rule.contains is not None:
        return key.like(f"%@%{_plain(rule.contains)}%", escape="/")
    ends = [key.like(f"%@{_plain(word)}", escape="/") for word in rule.is_ or rule.is_not or ()]
    return or_(*ends) if rule.is_ is not None else not_(or_(*ends))


def _plain(word: str) -> str:
    """Take from % and _ what they mean to LIKE."""
    return word.casefold().replace("/", "//").replace("%", "/%").replace("_", "/_")


def _compare(value: ColumnElement[str], rule: Rule) -> ColumnElement[bool]:
    there = func.coalesce(value, "")
    if rule.is_ is not None:
        return there.in_(rule.is_)
    if rule.is_not is not None:
        return there.not_in(rule.is_not)
    if rule.contains is not None:
        return there.contains(rule.contains, autoescape=True)
    return there != "" if rule.known else there == ""


_KINDS: tuple[tuple[str, Callable[[Rule, ZoneInfo], ColumnElement[bool]]], ...] = (
    ("all_", _every),
    ("any_", _some),
    ("not_", _none),
    ("clicked_within", _clicked),
    ("percent", _sampled),
    ("on_list", _on_list),
    ("attribute", _attribute),
    ("field", _field),
)

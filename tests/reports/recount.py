"""The same report from plain rows, in the plainest way: what the count is held against."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from newsletter.model import BounceClass, Counts
from newsletter.reports.report import (
    Bounces,
    Growth,
    LinkClicks,
    Minute,
    Operator,
    Past,
    Report,
    StoryClicks,
    Tally,
)
from tests.reports.world import (
    BEGAN,
    CARRIED,
    DAY,
    KEY,
    LINKS,
    NOW,
    OPERATORS,
    ZONE,
    Row,
    World,
    mail,
)

ACCEPTED = {"submitted", "delivered", "bounced", "complained"}


def report(rows: World, mode: str = "pseudonymous") -> Report:
    """Count a world by hand."""
    mine = [row for row in rows["events"] if row["edition_id"] == KEY]
    clicks = [row for row in mine if row["kind"] == "clicked" and row["verdict"]]
    opens = [row for row in mine if row["kind"] == "opened" and row["verdict"]]
    ledger = [row for row in rows["deliveries"] if row["edition_id"] == KEY]
    total = counts(ledger)
    return Report(
        edition="daily/2026-07-05",
        newsletter="daily",
        title="The ShiftMaker",
        subject="The lead",
        day=DAY,
        timezone="Asia/Kolkata",
        state="sent",
        began=BEGAN,
        finished=BEGAN + timedelta(minutes=9),
        counts=total,
        skipped=dict(Counter(row["reason"] for row in ledger if row["state"] == "skipped")),
        refused=dict(Counter(row["reply"] or "" for row in ledger if row["state"] == "refused")),
        clicks_mode=mode,
        opens_mode="pseudonymous",
        clicks=tally(clicks, mode),
        opens=tally(opens, "pseudonymous"),
        left=left(mine),
        complained=sum(row["state"] == "complained" for row in ledger),
        links=links(clicks, mode),
        stories=stories(rows, clicks, mode),
        speed=speed(ledger),
        operators=operators(rows, ledger, mine),
        bounces=bounces(mine),
        past=past(rows),
        growth=growth(rows),
        html=mail(),
        counted_at=NOW,
    )


def counts(ledger: list[Row]) -> Counts:
    found = Counter(row["state"] for row in ledger)
    return Counts(
        selected=len(ledger),
        submitted=sum(found[state] for state in ACCEPTED),
        pending=found["planned"] + found["claimed"] + found["deferred"],
        **{
            state: found[state]
            for state in ("refused", "skipped", "unknown", "deferred", "delivered", "bounced")
        },
        complained=found["complained"],
    )


def tally(rows: Iterable[Row], mode: str) -> Tally:
    found = list(rows)
    verdicts = Counter(row["verdict"] for row in found)
    apart = mode != "aggregate"
    surely = {row["reader"] for row in found if row["verdict"] == "person"} - {0}
    most = {row["reader"] for row in found if row["verdict"] != "certain"} - {0}
    return Tally(
        people=verdicts["person"],
        unsure=verdicts["probable"],
        robots=verdicts["certain"],
        readers=len(surely) if apart else None,
        readers_most=len(most) if apart else None,
    )


def left(events: list[Row]) -> int:
    gone = [row["position"] for row in events if row["kind"] == "unsubscribed"]
    return len({place for place in gone if place is not None}) + gone.count(None)


def links(clicks: list[Row], mode: str) -> tuple[LinkClicks, ...]:
    return tuple(
        LinkClicks(
            number=number,
            url="https://anew.example" if number == 4 else f"https://to.example/{number}",
            role=role,
            article=article,
            label=label,
            clicks=tally((row for row in clicks if row["link"] == number), mode),
        )
        for number, role, article, label in LINKS
    )


def of_story(article: str) -> set[int]:
    return {n for n, role, name, _ in LINKS if name == article and role != "share"}


def stories(rows: World, clicks: list[Row], mode: str) -> tuple[StoryClicks, ...]:
    titles = {"a1": LINKS[0][3], "a2": LINKS[3][3], "a3": LINKS[4][3], "a4": "a4"}
    found = []
    for place, (article, _) in enumerate(CARRIED[:4], 1):
        theirs = [row for row in clicks if row["link"] in of_story(article)]
        found.append(
            StoryClicks(
                article=article,
                title=titles[article],
                position=place,
                clicks=tally(theirs, mode),
                usual=usual(rows, place, clicks),
            )
        )
    return tuple(found)


def by_place(rows: World, key: int) -> dict[int, int]:
    carried = [article for article, included in CARRIED if included][: 2 if key == 42 else 4]
    return {
        place: sum(
            row["edition_id"] == key
            and row["kind"] == "clicked"
            and row["verdict"] == "person"
            and row["link"] in of_story(article)
            for row in rows["events"]
        )
        for place, article in enumerate(carried, 1)
    }


def usual(rows: World, place: int, clicks: list[Row]) -> float | None:
    shares: list[float] = []
    for key in past_keys():
        found = by_place(rows, key)
        if place in found and sum(found.values()) >= 20:
            shares.append(found[place] / sum(found.values()))
    if len(shares) < 5:
        return None
    own = set().union(*(of_story(article) for article in ("a1", "a2", "a3", "a4")))
    total: int = sum(row["link"] in own and row["verdict"] == "person" for row in clicks)
    return total * sum(shares) / len(shares)


def speed(ledger: list[Row]) -> tuple[Minute, ...]:
    found = Counter(
        row["settled_at"].replace(second=0, microsecond=0)
        for row in ledger
        if row["state"] in ACCEPTED
    )
    drawn, at = [], min(found)
    while at <= max(found):
        drawn.append(Minute(at=at, submitted=found[at]))
        at += timedelta(minutes=1)
    return tuple(drawn)


def latest_bounces(events: list[Row]) -> list[Row]:
    alone, of = [], dict[int, Row]()
    for row in events:
        if row["kind"] != "bounced":
            continue
        place = row["position"]
        if place is None:
            alone.append(row)
        elif place not in of or (row["at"], row["id"]) > (of[place]["at"], of[place]["id"]):
            of[place] = row
    return alone + list(of.values())


def bounces(events: list[Row]) -> tuple[Bounces, ...]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in latest_bounces(events):
        said = row["data"]
        name = (said.get("class", "soft"), said.get("reason", ""))
        groups.setdefault(name, []).append(row)
    found = []
    for (kind, reason), theirs in groups.items():
        sample = max(theirs, key=lambda row: int(row["id"]))["data"]
        found.append(
            Bounces(
                kind=BounceClass(kind),
                reason=reason,
                count=len(theirs),
                status=sample.get("status", ""),
                words=sample.get("words", ""),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.count, one.kind, one.reason)))


def operators(rows: World, ledger: list[Row], events: list[Row]) -> tuple[Operator, ...]:
    keys = {row["id"]: row["key"] for row in rows["subscribers"]}
    fault = {
        row["position"] for row in latest_bounces(events) if row["data"].get("class") == "ours"
    }
    groups: dict[str, list[Row]] = {}
    for row in ledger:
        if row["state"] in ACCEPTED:
            key = keys.get(row["subscriber_id"])
            name = OPERATORS[key.split("@")[1]] if key else "Erased"
            groups.setdefault(name, []).append(row)
    found = []
    for name, theirs in groups.items():
        states = Counter(row["state"] for row in theirs)
        found.append(
            Operator(
                name=name,
                submitted=len(theirs),
                delivered=states["delivered"] + states["complained"],
                bounced=states["bounced"],
                ours=sum(row["state"] == "bounced" and row["position"] in fault for row in theirs),
                complained=states["complained"],
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.submitted, one.name)))


def past_keys() -> list[int]:
    """The oldest first; of 43 nothing was accepted, 44 has no ledger."""
    return [49, 48, 47, 46, 45, 42, 41]


def past(rows: World) -> tuple[Past, ...]:
    found = []
    for key in past_keys():
        ledger = [row for row in rows["deliveries"] if row["edition_id"] == key]
        events = [row for row in rows["events"] if row["edition_id"] == key]
        total = counts(ledger)
        told = total.delivered + total.complained
        clicks = [row for row in events if row["kind"] == "clicked" and row["verdict"]]
        found.append(
            Past(
                edition=f"daily/{DAY - timedelta(days=key - 40)}",
                day=DAY - timedelta(days=key - 40),
                submitted=total.submitted,
                delivered=told or total.submitted - total.bounced,
                clicks=tally(clicks, "aggregate"),
                left=left(events),
                complained=total.complained,
            )
        )
    return tuple(found)


def growth(rows: World) -> tuple[Growth, ...]:
    first = NOW.astimezone(ZONE).date() - timedelta(days=29)
    came, went = Counter[date](), Counter[date]()
    active = 0
    for row in rows["subscriptions"]:
        if row["list_id"] == 1:
            joined, gone = stay(rows, row)
            active += row["state"] == "active" and gone is None
            came[day(joined)] += 1
            went[day(gone)] += 1
    found = []
    for place in reversed(range(30)):
        on = first + timedelta(days=place)
        found.append(Growth(day=on, joined=came[on], left=went[on], active=active))
        active += went[on] - came[on]
    return tuple(reversed(found))


def day(moment: datetime | None) -> date:
    return moment.astimezone(ZONE).date() if moment else date.min


def stay(rows: World, row: Row) -> tuple[datetime | None, datetime | None]:
    """When somebody came to the list and went from it, as far as anything says so."""
    if row["state"] == "pending":
        return None, None
    consents = {one["id"]: one["at"] for one in rows["consents"]}
    joined = row["joined"] or consents.get(row["consent_id"])
    if row["state"] == "unsubscribed":
        return joined, row["since"]
    key = next(one["key"] for one in rows["subscribers"] if one["id"] == row["subscriber_id"])
    held = [
        one["at"]
        for one in rows["suppressions"]
        if one["key"] == key and one["list_id"] in {None, 1}
    ]
    return joined, min(held, default=None)

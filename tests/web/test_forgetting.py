"""What is not kept: who was behind a click, single events for ever, a secret past its day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select, update

from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.storage import chores, tables
from newsletter.tracking.tokens import EditionMint, Purpose, pseudonym
from tests.web.conftest import Site
from tests.web.test_count import PERSON, click

SUNDAY = date(2026, 7, 5)


def planned(site: Site) -> tuple[Draft, bytes]:
    """An edition that is frozen and not sent, and the secret behind its pseudonyms."""
    draft = site.newsroom.desk.build(site.newsroom.newsletter(), SUNDAY)
    assert isinstance(draft, Draft)
    site.newsroom.dispatch.plan(draft)
    with site.database.read() as connection:
        secret = connection.execute(select(tables.editions.c.secret)).scalar_one()
    assert secret
    return draft, bytes(secret)


def deliver(site: Site, draft: Draft) -> None:
    site.newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)


def on_disk(site: Site) -> bytes:
    """Every byte of the live database: SQLite's files, or PostgreSQL's tables as it dumps them."""
    if site.database.is_sqlite:
        site.database.checkpoint()
        files = (path for path in site.folder.glob("newsletter.db*") if path.is_file())
        return b"".join(path.read_bytes() for path in files)
    names = [table.name for table in tables.metadata.sorted_tables]
    rows = [site.rows(f"SELECT row_to_json(x)::text FROM {name} x") for name in names]  # noqa: S608
    return "\n".join(row[0] for table in rows for row in table).encode()


def spelled(site: Site, secret: bytes) -> bytes:
    return secret if site.database.is_sqlite else secret.hex().encode()


def test_whoever_holds_the_live_database_and_every_key_cannot_find_who_pressed(
    site: Site, browser_like: httpx.Client
) -> None:
    readers = [site.reader(f"{name}@example.com") for name in ("ann", "ben", "cleo")]
    draft, secret = planned(site)
    assert spelled(site, secret) in on_disk(site)
    deliver(site, draft)
    browser_like.get(click(site.mails("")[0]), headers=PERSON)

    (row,) = site.rows("SELECT * FROM events WHERE kind = 'clicked'")
    # With the secret one could tell: so it must be gone, from the very bytes.
    assert row.reader in {pseudonym(secret, reader) for reader in readers}
    assert spelled(site, secret) not in on_disk(site)
    # What is left names nobody: no delivery, no reader, and nothing that tokens are made of.
    ids = {value for one in site.rows("SELECT id, public_id FROM subscribers") for value in one}
    assert row.position is None
    assert row.call is None
    assert row.reader not in ids
    tracking = draft.newsletter.tracking
    mint = EditionMint(site.newsroom._house.keyring, 1, tracking, None)
    read = site.newsroom._house.keyring.read
    assert {read(Purpose.CLICK, mint.tokens(one).click).subscriber for one in readers} == {0}


def test_a_secret_is_destroyed_a_day_after_sending_began_though_somebody_is_still_open(
    site: Site,
) -> None:
    site.reader()
    _, secret = planned(site)
    began = datetime.now(UTC) - timedelta(hours=23)
    row = update(tables.editions).values(state="sending", sending_began_at=began)
    with site.database.begin() as connection:
        connection.execute(row)
    assert site.newsroom.upkeep.forget_secrets() == 0
    with site.database.begin() as connection:
        connection.execute(row.values(sending_began_at=began - timedelta(hours=1)))

    assert site.newsroom.upkeep.forget_secrets() == 1
    assert spelled(site, secret) not in on_disk(site)


def test_who_is_mailed_a_day_after_sending_began_is_counted_and_not_told_apart(
    site: Site,
) -> None:
    readers = [site.reader(f"{name}@example.com") for name in ("ann", "ben")]
    draft, _ = planned(site)
    began = datetime.now(UTC) - timedelta(hours=24)
    with site.database.begin() as connection:
        connection.execute(update(tables.editions).values(sending_began_at=began))
    deliver(site, draft)

    read = site.newsroom._house.keyring.read
    tokens = [click(mail).split("/")[2] for mail in site.mails()]
    assert [read(Purpose.CLICK, token).subscriber for token in tokens] == [0] * len(readers)


def test_events_are_deleted_when_they_are_older_than_they_may_be_kept(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    site = Site(Newsroom(settings_of(keep_days=30)), tmp_path)
    now = datetime.now(UTC)
    with site.database.begin() as connection:
        for age in (29, 31, 400):
            event = {"kind": "clicked", "at": now - timedelta(days=age), "reader": age}
            connection.execute(tables.events.insert().values(**event))
        for age in (6, 8):
            parcel = {"source": "sendgrid", "body": b"", "at": now - timedelta(days=age)}
            connection.execute(tables.parcels.insert().values(**parcel))

    assert site.newsroom.upkeep.purge() == 2
    assert [row.reader for row in site.rows("SELECT reader FROM events")] == [29]
    assert len(site.rows("SELECT id FROM parcels")) == 1
    site.database.close()


def test_a_chore_is_done_by_one_process_each_time(site: Site) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)
    with site.database.begin() as connection:
        asked = [now, now, now + hour / 2, now + hour, now + hour]
        done = [chores.begin(connection, "purge", every=hour, now=at) for at in asked]

    assert done == [True, False, False, True, False]


def test_the_upkeep_does_every_chore_and_one_that_fails_holds_up_no_other_and_is_tried_again(
    site: Site,
) -> None:
    upkeep = site.newsroom.upkeep
    done: list[str] = []

    def noted(name: str) -> Callable[[], object]:
        def do() -> None:
            done.append(name)
            if name in {"brakes", "purge"}:
                site.newsroom.dispatch.status(None)

        return do

    upkeep.chores = tuple(one._replace(do=noted(one.name)) for one in upkeep.chores)
    upkeep.run(lambda _seconds: True)
    assert done == [one.name for one in upkeep.chores]

    # What is done once a day and failed is due again in minutes, for whatever process.
    now, day = datetime.now(UTC), timedelta(days=1)
    with site.database.begin() as connection:
        soon = [now + timedelta(minutes=minutes) for minutes in (4, 6)]
        again = [chores.begin(connection, "purge", every=day, now=at) for at in soon]
    assert again == [False, True]


def test_what_asks_other_machines_has_a_loop_of_its_own(site: Site) -> None:
    upkeep = site.newsroom.upkeep
    asked = {one.name for one in upkeep.errands}

    assert asked == {"notices", "boxes", "lists"}
    assert not asked & {one.name for one in upkeep.chores}
    upkeep.run_errands(lambda _seconds: True)
    begun = {row.name for row in site.rows("SELECT name FROM chores")}
    assert begun == asked

"""The database opens, migrates, and says plainly what is wrong with it."""

import multiprocessing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from newsletter.errors import StorageError
from newsletter.storage import migrations
from newsletter.storage.database import Database
from newsletter.storage.tables import metadata


def shape(engine: Engine) -> dict[str, object]:
    """All that can be seen of a schema, in an order that does not depend on how it was made."""
    seen = inspect(engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(str(sorted(u["column_names"])) for u in seen.get_unique_constraints(table)),
            sorted(str(sorted(map(str, i["column_names"]))) for i in seen.get_indexes(table)),
            sorted(
                (str(f["constrained_columns"]), f["referred_table"])
                for f in seen.get_foreign_keys(table)
            ),
            sorted(str(c["name"]) for c in seen.get_check_constraints(table)),
        )
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_all_steps_in_order_make_the_schema_of_today(database: Database, tmp_path: Path) -> None:
    if database.is_sqlite:
        fresh = create_engine(f"sqlite:///{tmp_path}/at-once.db")
        metadata.create_all(fresh)
        assert shape(fresh) == shape(database.engine)
        fresh.dispose()
    else:
        stepwise = shape(database.engine)
        with database.begin() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        assert shape(database.engine) == stepwise


def test_the_newest_step_is_the_version_of_the_program() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [migrations.LATEST]


def test_an_empty_database_is_made_ready_by_itself(database: Database) -> None:
    assert database.version() == migrations.LATEST
    assert database.migrate() == (migrations.LATEST, migrations.LATEST)


@pytest.mark.parametrize(
    ("version", "words"), [("0000", "newsletter migrate"), ("9999", "Update the program")]
)
def test_an_older_or_newer_schema_is_refused_by_name(
    database: Database, version: str, words: str
) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})

    with pytest.raises(StorageError, match=version) as refused:
        Database.open(database.engine.url.render_as_string(hide_password=False))

    assert words in refused.value.hint


def _open(url: str) -> None:
    Database.open(url).close()


def test_several_processes_may_make_it_at_once(database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_open, args=(database_url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_a_server_that_is_away_is_one_sentence_without_the_password() -> None:
    with pytest.raises(StorageError) as away:
        Database.open("postgresql+psycopg://desk:s3cret@127.0.0.1:1/newsletter")

    assert str(away.value).startswith("The database does not answer: ")
    assert "s3cret" not in str(away.value)
    assert "\n" not in str(away.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://x/y", "kind mysql"),
        ("sqlite://", "kind sqlite"),
        ("nonsense", "cannot be read"),
    ],
)
def test_an_address_that_is_no_database_of_ours_is_refused(url: str, words: str) -> None:
    with pytest.raises(StorageError, match=words):
        Database.open(url)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="cannot be made"):
        Database.open(f"sqlite:///{tmp_path}/file/newsletter.db")


def test_the_short_form_of_a_postgresql_address_is_understood(
    database_url: str,
) -> None:
    Database.open(database_url.replace("+psycopg", "")).close()


def test_sqlite_keeps_what_is_committed_and_overwrites_what_is_deleted(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/n.db")
    with database.read() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    database.close()

    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }
    assert database.file == tmp_path / "n.db"


def test_an_exception_rolls_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.begin() as connection:
            connection.exec_driver_sql("INSERT INTO newsletters (name) VALUES ('x')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert _count(database) == 0


def _count(database: Database) -> object:
    with database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM newsletters").scalar()

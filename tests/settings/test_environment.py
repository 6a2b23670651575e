"""What a machine's settings may be, and what a wrong one is told."""

import stat
import threading
from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.settings import Settings, on_loopback


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_fresh_clone_can_mail_nobody(empty_folder: Path) -> None:
    settings = Settings.load()

    assert settings.transport == "outbox"
    assert settings.sqlite_file == Path("var/newsletter.db")
    assert list(empty_folder.iterdir()) == []


def test_a_secret_is_made_once_and_is_its_owners_alone(empty_folder: Path) -> None:
    first = Settings.load().signing_secret

    file = empty_folder / "var/secret"
    assert Settings.load().signing_secret == first
    assert len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_two_that_make_a_secret_at_once_both_use_the_same(empty_folder: Path) -> None:
    (empty_folder / "var").mkdir()
    made: list[bytes] = []
    starting = threading.Barrier(8)

    def start() -> None:
        settings = Settings.load()
        starting.wait()
        made.append(settings.signing_secret)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert len(set(made)) == 1
    assert [path.name for path in (empty_folder / "var").iterdir()] == ["secret"]


def test_a_given_secret_is_used_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET", "canary" * 6)
    settings = Settings.load()

    assert settings.signing_secret == b"canary" * 6
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET", "short", "at least 32 characters"),
        ("SITE_URL", "http://news.example.com", "https://"),
        ("SITE_URL", "news.example.com", "full address"),
        ("TRANSPORT", "pigeon", "NEWSLETTER_TRANSPORT"),
        ("TRANSPORT", "sendgrid", "NEWSLETTER_SENDGRID__API_KEY"),
        ("SMTP__PORT", "70000", "NEWSLETTER_SMTP__PORT"),
        ("MAX_RATE", "0", "NEWSLETTER_MAX_RATE"),
    ],
)
def test_a_wrong_setting_is_named_as_a_person_would_write_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)

    with pytest.raises(SettingsError, match=words) as wrong:
        Settings.load()

    assert "short" not in str(wrong.value)


def test_an_unknown_name_is_refused_with_the_one_that_was_meant(
    empty_folder: Path,
) -> None:
    (empty_folder / ".env").write_text("NEWSLETTER_TRANSPROT=smtp\nOTHER=1\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="NEWSLETTER_TRANSPROT") as wrong:
        Settings.load()

    assert wrong.value.hint == "Did you mean NEWSLETTER_TRANSPORT?"


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_MAX_RATE", "")

    assert Settings.load().max_rate is None


def test_a_dotenv_file_is_read(empty_folder: Path) -> None:
    (empty_folder / ".env").write_text(
        "NEWSLETTER_SITE_URL=https://news.example.com/\nNEWSLETTER_SMTP__HOST=mail.example.com\n",
        encoding="utf-8",
    )

    settings = Settings.load()

    assert settings.site_url == "https://news.example.com"
    assert settings.smtp.host == "mail.example.com"


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://[::1]/", True),
        ("http://localhost", True),
        ("127.0.0.1", True),
        ("http://127.0.0.1.example.com", False),
        ("https://news.example.com", False),
    ],
)
def test_only_this_machine_is_loopback(address: str, here: bool) -> None:
    assert on_loopback(address) is here


def test_another_database_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "postgresql+psycopg://desk@db/newsletter")

    assert Settings.load().sqlite_file is None

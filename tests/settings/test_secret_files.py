"""Secrets that lie in files, and what is said of one that cannot be read."""

from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.settings import Settings
from newsletter.settings.environment import FILED

SECRET = "canary-of-the-signing-secret-000000"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, name: str, text: str | bytes) -> Path:
    file = Path.cwd() / name.lower()
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setenv(f"NEWSLETTER_{name}_FILE", str(file))
    return file


def test_every_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP__HOST", "mail.example.net")
    given(monkeypatch, "SECRET", f"{SECRET}\n")
    given(monkeypatch, "SMTP__PASSWORD", "  of the relay \r\n")
    given(monkeypatch, "SENDGRID__API_KEY", "SG.key")
    given(monkeypatch, "BOUNCES__IMAP_PASSWORD", "of the box")
    given(monkeypatch, "NOTICES__SMTP_PASSWORD", "of the other relay")
    given(monkeypatch, "NOTICES__WEBHOOK_SECRET", "whsec_" + "c2VjcmV0IGZvciBhIHRlc3Qgb2YgZmlsZXM=")
    given(monkeypatch, "SENTRY_DSN", "https://key@sentry.example.net/1")
    given(monkeypatch, "DATABASE_URL", "postgresql+psycopg://n:pass@db.example.net/n\n")
    given(monkeypatch, "OLD_SECRETS", '{"3": "canary of before, thirty-two letters"}')

    settings = Settings.load()

    assert settings.signing_secret == SECRET.encode()
    assert settings.smtp.password.get_secret_value() == "of the relay"
    assert settings.smtp.host == "mail.example.net"
    assert settings.sendgrid.api_key.get_secret_value() == "SG.key"
    assert settings.bounces.imap_password.get_secret_value() == "of the box"
    assert settings.notices.smtp_password.get_secret_value() == "of the other relay"
    assert settings.sentry_dsn.get_secret_value() == "https://key@sentry.example.net/1"
    assert settings.database_url == "postgresql+psycopg://n:pass@db.example.net/n"
    assert settings.old_secrets[3].get_secret_value().startswith("canary of before")
    assert set(Settings.secret_files()) == FILED


def test_a_file_may_be_named_in_the_env_file(folder: Path) -> None:
    (folder / "kept").write_text(SECRET)
    (folder / ".env").write_text("NEWSLETTER_SECRET_FILE=kept\n")

    assert Settings.load().signing_secret == SECRET.encode()


def test_a_secret_that_is_given_both_ways_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "SECRET", SECRET)
    monkeypatch.setenv("NEWSLETTER_SECRET", SECRET)

    with pytest.raises(SettingsError, match="NEWSLETTER_SECRET_FILE are both set"):
        Settings.load()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"x" * 70_000, "too large"),
        (b"\xff\xfe canary", "is no text"),
    ],
)
def test_a_file_that_holds_no_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, held: bytes, words: str
) -> None:
    file = given(monkeypatch, "SMTP__PASSWORD", held)

    with pytest.raises(SettingsError, match=words) as told:
        Settings.load()
    assert str(told.value).startswith(f"NEWSLETTER_SMTP__PASSWORD_FILE: {file}")
    assert "canary" not in str(told.value)


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_FILE", "nowhere/secret")

    with pytest.raises(SettingsError, match="nowhere/secret cannot be read: No such file"):
        Settings.load()


def test_a_secret_in_a_file_is_held_to_the_same_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "SECRET", "canary")

    with pytest.raises(SettingsError, match="at least 32 characters") as told:
        Settings.load()
    assert "canary" not in str(told.value)


def test_no_other_setting_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "SITE_URL", "https://news.example.com")

    with pytest.raises(SettingsError, match="There is no setting NEWSLETTER_SITE_URL_FILE"):
        Settings.load()

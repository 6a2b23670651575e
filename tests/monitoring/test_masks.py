"""No line shows an address, a token or a secret, whatever stands around it."""

import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.monitoring.masks import Mask, secrets_of
from newsletter.settings import Settings
from newsletter.tracking.tokens import Keyring, Purpose, TokenType
from tests.monitoring.conftest import settings_of

KEYRING = Keyring(b"a canary of thirty-two characters!")

#: What may stand beside: not a letter that would make it longer.
AROUND = st.text(st.sampled_from(" \t\n'\"<>()[]{},;:=?&/|"), max_size=4)

mask = Mask()

tokens = st.builds(
    KEYRING.mint,
    st.sampled_from(list(Purpose)),
    st.sampled_from(list(TokenType)),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**48 - 1),
)


@given(AROUND, st.emails(), AROUND)
def test_no_address_survives(before: str, address: str, after: str) -> None:
    for written in (address, address.upper(), quote(address), address.replace("@", "＠")):
        shown = mask(f"{before}{written}{after}")
        assert written not in shown
        assert not set(shown) & {"@", "＠"}
        assert "%40" not in shown


@given(AROUND, tokens, AROUND)
def test_no_token_survives(before: str, token: str, after: str) -> None:
    for written in (
        token,
        f"/u/{token}",
        f"https://news.example/c/{token}/12?x=1",
        f"/o/{token}.gif",
        f"bounce+{token}@bounces.example",
        f"bounce-daily-{token}",
        f"<{token}@example.com>",
    ):
        assert token not in mask(f"{before}{written}{after}")


@given(tokens, st.integers(1, 27))
def test_no_token_survives_that_was_cut(token: str, length: int) -> None:
    for page in ("u", "c", "o", "v", "confirm", "preferences", "forget", "mydata"):
        assert mask(f"GET /{page}/{token[:length]} 404") == f"GET /{page}/[token] 404"
        link = f"https://news.example/{page}/{token[:length]}"
        assert mask(f"{link}/3") == f"https://news.example/{page}/[token]/3"


@given(st.text(max_size=200))
def test_masking_again_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('"ann lee"@example.com left', "[address] left"),
        (r"{\"to\": \"ann@example.com\"}", r"{\"to\": \"[address]\"}"),
        ("RCPT TO:<ann@[192.0.2.1]>", "RCPT TO:<[address]>"),
        ("पाठक@उदाहरण.भारत", "[address]"),
        ("Authorization: Bearer SG.aaaaaaaa.bbbbbbbbbbb", "Authorization: [secret]"),
        ("{'Authorization': 'Bearer abcdefgh'}", "{'Authorization': '[secret]'}"),
        ("key SG.abc-def.ghi_jkl here", "key [secret] here"),
        ("AUTH PLAIN AGFubgBzZWNyZXQ=", "AUTH PLAIN [secret]"),
        ("host=db password=hunter22 user=n", "host=db password=[secret] user=n"),
        ("postgresql://n:hunter22@db/n", "postgresql://n:[secret] at db/n"),
    ],
)
def test_what_it_looks_like_is_what_is_masked(said: str, shown: str) -> None:
    assert mask(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "daily/2026-07-05: begun, 1,204,331 readers",
        "call 0123456789abcdef01234567 of batch 12",
        "GET /c/{token}/{n} 302 1.2 ms",
        "/archive/daily/2026-07-05 200",
        "newsletter.delivery.worker in opentelemetry_semantic_conventions",
        "The database does not answer: connection to 127.0.0.1:5432 refused.",
    ],
)
def test_what_an_operator_needs_stays(said: str) -> None:
    assert mask(said) == said


@pytest.mark.parametrize("text", ["a" * 200_000, "a." * 100_000, '"' * 200_000, "@" * 100_000])
def test_masking_takes_no_longer_than_the_text_is(text: str) -> None:
    began = time.monotonic()
    mask(text)
    assert time.monotonic() - began < 3


CANARIES = {
    "secret": "canary-one-of-the-signing-secret-00",
    "old": "canary-two-of-an-older-secret-00000",
    "key": "canary three/of=the key",
    "smtp": "canary'four\"é",
    "database": "canary5!",
}


@pytest.fixture
def settings() -> Settings:
    return settings_of(
        secret=CANARIES["secret"],
        secret_id=1,
        old_secrets={0: CANARIES["old"]},
        sendgrid={"api_key": CANARIES["key"]},
        smtp={"password": CANARIES["smtp"]},
        database_url=f"postgresql+psycopg://n:{quote(CANARIES['database'])}@db.example/n",
    )


@pytest.mark.parametrize("which", CANARIES)
def test_a_secret_of_the_settings_is_masked_in_every_spelling(
    settings: Settings, which: str
) -> None:
    canary = CANARIES[which]
    known = Mask(secrets_of(settings))
    for written in (canary, quote(canary, safe=""), repr(canary), str([canary]), canary * 2):
        shown = known(f"it was {written}, they said")
        assert "canary" not in shown
        assert shown.startswith("it was ")
        assert shown.endswith(", they said")


def test_the_secret_that_was_made_by_itself_is_masked_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = settings_of()
    made = settings.signing_secret.decode()

    assert made not in Mask(secrets_of(settings))(f"secret {made[:20]} {made}")

"""What there is, is documented; what is documented, is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import typer
from pydantic import BaseModel, SecretStr
from typer.main import get_command

from newsletter.cli import app as commands_of_the_house
from newsletter.preflight import CHECKS
from newsletter.settings import Newsletter, Settings

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog.d/*.md")])


def chapter(title: str) -> str:
    """One chapter of the reference."""
    return REFERENCE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """The settings that a field's type holds, inside tuples, unions and annotations too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {tuple, Union, UnionType, Annotated}:
        for argument in get_args(annotation):
            yield from parts(argument)


def leaves(
    model: type[BaseModel], before: str = "", between: str = "."
) -> Iterator[tuple[str, Any]]:
    """Every setting by its full name, with its default."""
    for name, field in model.model_fields.items():
        inner = list(parts(field.annotation))
        for part in inner:
            yield from leaves(part, f"{before}{name}{between}", between)
        if not inner:
            yield before + name, field.default


SETTINGS = {
    f"NEWSLETTER_{name.upper()}": default for name, default in leaves(Settings, between="__")
}


def test_the_settings_are_really_looked_at() -> None:
    assert {"NEWSLETTER_SITE_URL", "NEWSLETTER_SMTP__HOST"} < set(SETTINGS)
    assert {"sources.kind", "schedule.at", "title"} < {name for name, _ in leaves(Newsletter)}


def test_env_example_has_every_setting_and_no_other() -> None:
    named = re.findall(r"^# (NEWSLETTER_\w+)=", EXAMPLE, re.MULTILINE)

    assert sorted(named) == sorted(SETTINGS)


def test_env_example_changes_nothing_as_it_stands() -> None:
    assert all(not line or line.startswith("#") for line in EXAMPLE.splitlines())


@pytest.mark.parametrize("name", SETTINGS)
def test_env_example_shows_the_default(name: str) -> None:
    shown = re.search(rf"^# {name}=(.*)$", EXAMPLE, re.MULTILINE)
    default = SETTINGS[name]
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default

    assert shown
    assert shown[1] == (
        "" if plain is None else str(plain).lower() if plain is False else str(plain)
    )


def test_the_reference_has_every_setting_and_no_other() -> None:
    assert sorted(re.findall(r"^\| `(NEWSLETTER_\w+)`", chapter("Settings"), re.MULTILINE)) == (
        sorted(SETTINGS)
    )


def test_the_reference_has_every_key_of_newsletter_toml_and_no_other() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", chapter("newsletter.toml"), re.MULTILINE)
    named = [key for row in rows for key in re.findall(r"`([\w.]+)`", row)]
    # The name is that of the folder.
    keys = {name for name, _ in leaves(Newsletter)} - {"name"}

    assert sorted(named) == sorted(keys)


def test_the_reference_has_every_check_in_its_order() -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", chapter("Checks"), re.MULTILINE) == list(CHECKS)


def commands(command: Any, before: str = "newsletter") -> Iterator[tuple[str, Any]]:
    if inner := getattr(command, "commands", None):
        for name, one in inner.items():
            yield from commands(one, f"{before} {name}")
    else:
        yield before, command


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    return commands_of_the_house


def test_the_reference_has_every_command_and_no_other(app: typer.Typer) -> None:
    named = re.findall(r"^\| `(newsletter [a-z ]+[a-z])", chapter("Commands"), re.MULTILINE)

    assert sorted(named) == sorted(name for name, _ in commands(get_command(app)))


def test_every_option_in_the_reference_is_there(app: typer.Typer) -> None:
    there = dict(commands(get_command(app)))
    for row in re.findall(r"^\| `(newsletter .+?)` \|", chapter("Commands"), re.MULTILINE):
        match = re.match(r"newsletter [a-z ]+[a-z]", row)
        assert match
        known = {option for param in there[match[0]].params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", row)) <= known


def test_every_command_that_a_page_shows_is_there(app: typer.Typer) -> None:
    there = [name for name, _ in commands(get_command(app))]
    for page in PAGES:
        for shown in re.findall(
            r"(?:^|[`/])(newsletter [a-z][a-z ]*)", page.read_text("utf-8"), re.MULTILINE
        ):
            assert any(shown.strip().startswith(name) for name in there), f"{page}: {shown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#:]+)(?:#[\w-]*)?\)", text):
        assert (page.parent / link).exists(), link


def test_every_decision_says_why_and_what_else_there_was() -> None:
    decisions = sorted(ROOT.glob("docs/decisions/*.md"))

    assert len(decisions) >= 7
    for number, decision in enumerate(decisions, 1):
        text = decision.read_text(encoding="utf-8")
        assert text.startswith(f"# {number:04} ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            "Why",
            "What",
            "What else there was",
            "What follows",
        ]


def test_every_fragment_of_the_changelog_has_a_kind() -> None:
    for fragment in ROOT.glob("changelog.d/*.md"):
        if fragment.name != "README.md":
            assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed|removed)\.md", fragment.name)

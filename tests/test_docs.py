"""What there is, is documented; what is documented, is there."""

import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import typer
from pydantic import BaseModel, SecretStr
from typer.main import get_command

from newsletter import errors
from newsletter.cli import app as commands_of_the_house
from newsletter.preflight import CHECKS
from newsletter.settings import Newsletter, Settings
from newsletter.storage.tables import metadata
from tests.test_architecture import LAYERS

ROOT = Path(__file__).parents[1]
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "changelog.d/*.md", "deploy/*.md")
    for path in ROOT.glob(pattern)
)


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
    for own, field in model.model_fields.items():
        name = field.alias or own
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
    decisions = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))

    assert len(decisions) >= 7
    assert len({decision.name[:4] for decision in decisions}) == len(decisions)
    for decision in decisions:
        text = decision.read_text(encoding="utf-8")
        # By its own file: two branches may each bring one.
        assert text.startswith(f"# {decision.name[:4]} ")
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


# ── What the program writes itself ──────────────────────────────────────────────────────────


def written_by_itself(script: str = "generated") -> Any:
    spec = spec_from_file_location(script, ROOT / f"docs/{script}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_make_reference_writes_is_as_it_stands() -> None:
    for name, text in written_by_itself().pages().items():
        there = (ROOT / "docs/reference" / name).read_text(encoding="utf-8")
        assert there == text, f"docs/reference/{name}: make reference"


def test_the_picture_of_the_parts_is_that_of_the_layers_that_tests_keep() -> None:
    drawing = written_by_itself("architecture")
    there = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8")
    named = re.findall(r'class="name"[^>]*>(\w+)<', there)

    assert there == drawing.drawn(), "docs/images/architecture.svg: make reference"
    assert set(named) == {part for layer in LAYERS for part in layer} - drawing.LEFT_OUT
    assert all(drawing.says(part) for part in named)


def test_every_table_and_column_and_every_option_is_in_what_is_written() -> None:
    pages = written_by_itself().pages()
    for table in metadata.tables.values():
        part = pages["database.md"].split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        named = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
        assert named == [column.name for column in table.columns]
    for name, command in commands(get_command(commands_of_the_house)):
        part = pages["options.md"].split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert {
            option for param in command.params for option in param.opts if option[0] == "-"
        } <= (set(re.findall(r"--?[a-z-]+", part)))


def test_what_a_remark_in_the_code_says_stands_beside_its_column() -> None:
    remarks = written_by_itself().said()

    assert len(remarks) > 60
    assert remarks["editions.revision"] == "1 is the edition itself, 2 its first correction."
    assert remarks["subscribers.public_id"].startswith("48 random bits")


def test_the_reference_has_every_exit_code_and_no_other() -> None:
    line = re.search(r"^Exit codes: (.+?)\.\n", REFERENCE, re.MULTILINE | re.DOTALL)
    assert line
    told = {int(code) for code in re.findall(r"(?:^|· ?\n?)(\d) ", line[1])}
    ours = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")}

    # 2 is the command line's own; 5 ends `prove` and `consents`, 75 a mail server's pipe.
    assert told == ours | {0, 2, 5}

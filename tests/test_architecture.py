"""
The plan of the house, kept by machine.

Each rule is a function from a tree of files to what breaks it. It is run on this repository,
and on a made-up tree that breaks it: a rule that cannot fail keeps nothing.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: A tree of files: text by path.
Tree = Mapping[str, str]

#: From the ground up. A module may import its own part, or one of a lower layer.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"settings", "model", "errors", "monitoring"}),
    frozenset({"storage"}),
    frozenset(
        {
            "sources",
            "edition",
            "rendering",
            "preflight",
            "audience",
            "transports",
            "tracking",
        }
    ),
    frozenset({"delivery", "reports", "doctor"}),
    frozenset({"newsroom"}),
    frozenset({"web", "studio", "schedule"}),
    # Commands start them.
    frozenset({"cli"}),
    frozenset({"__main__"}),
)

#: A file is one sitting long.
MOST_LINES = 300

#: Loops that outlive whatever goes wrong in one round, and may catch everything.
OUTERMOST: frozenset[str] = frozenset({"newsletter/web/commits.py"})

#: Where packages that reach outside may be imported.
BORDERS: Mapping[str, tuple[str, ...]] = {
    "sqlalchemy": ("newsletter/storage/",),
    "alembic": ("newsletter/storage/",),
    "sqlite3": ("newsletter/storage/",),
    "psycopg": ("newsletter/storage/",),
    "dbos": ("newsletter/delivery/engine.py",),
    "requests": ("newsletter/sources/fetch", "newsletter/transports/"),
    "urllib3": ("newsletter/sources/fetch", "newsletter/transports/"),
    "httpx": ("newsletter/sources/fetch", "newsletter/transports/"),
    "smtplib": ("newsletter/transports/",),
    "imaplib": ("newsletter/tracking/imap.py",),
    "flufl": ("newsletter/tracking/bounces/",),
    "sendgrid": ("newsletter/transports/",),
    "prometheus_client": ("newsletter/monitoring/exposition.py",),
    "opentelemetry": ("newsletter/monitoring/traces.py",),
    "sentry_sdk": ("newsletter/monitoring/sentry.py",),
    "dns": ("newsletter/doctor/resolver.py",),
    "mjml": ("newsletter/rendering/",),
    "premailer": ("newsletter/rendering/",),
}

#: A transaction may be handed on by who cannot speak to it.
HANDED_ON = {"sqlalchemy.Connection"}

#: Words of the trade that mean something else here, or nothing.
AVOIDED = re.compile(
    r"(?:^|_)(utils?|helpers?|managers?|commons?|services?|campaigns?|blacklists?|whitelists?"
    r"|newsletter_issue|bots?|webhook_handler|mailers?)(?:_|$)"
)

_SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT INTO|UPDATE\s+\w+\s+SET|DELETE FROM)\b", re.DOTALL)

#: An address of a package registry, put together here so that this file does not bear it.
_REGISTRY = re.compile(
    "|".join(
        (
            r"files\.python" + "hosted",
            r"pypi\.o" + "rg",
            r"registry\.n" + "pmjs",
            "--index" + "-url h",
        )
    )
)


def modules(tree: Tree) -> Iterator[tuple[str, ast.Module]]:
    for path, text in tree.items():
        if path.startswith("newsletter/") and path.endswith(".py"):
            yield path, _parsed(text)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def part(path: str) -> str:
    """The package's first-level name that a file belongs to."""
    return path.split("/")[1].removesuffix(".py")


def imported(module: ast.Module) -> Iterator[str]:
    """Every module that a file imports, those inside functions too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def parts_imported(path: str, module: ast.Module) -> set[str]:
    """The other parts of the house that a file imports."""
    names = {name.split(".")[1] for name in imported(module) if name.startswith("newsletter.")}
    known = {name for layer in LAYERS for name in layer}
    return (names & known) - {part(path)}


def height(name: str) -> int:
    return next((n for n, layer in enumerate(LAYERS) if name in layer), -1)


# ── The rules ───────────────────────────────────────────────────────────────────────────────


def unknown_parts(tree: Tree) -> Iterator[str]:
    for path, _ in modules(tree):
        if height(part(path)) < 0 and part(path) not in {"__init__", "__main__", "_templates"}:
            yield f"{path}: {part(path)} is in no layer"


def imports_point_down(tree: Tree) -> Iterator[str]:
    for path, module in modules(tree):
        here = height(part(path))
        for other in sorted(parts_imported(path, module)):
            # What holds no layer of its own, the package's front page, imports nothing.
            ground = here == height(other) == 0
            if height(other) >= here and not ground:
                yield f"{path} imports newsletter.{other}"
        if any(name.startswith(".") for name in imported(module)):
            yield f"{path} has a relative import"


def no_cycles(tree: Tree) -> Iterator[str]:
    """Between modules, those inside a part included; an import for types alone counts too."""
    names = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path
        for path, _ in modules(tree)
    }
    graph = {
        name: {other for other in imported(_parsed(tree[path])) if other in names and other != name}
        for name, path in names.items()
    }
    # A package's front page imports its rooms; a room that names it means another room.
    packages = {name for name, path in names.items() if path.endswith("__init__.py")}
    graph = {
        name: {
            other for other in others if other not in packages or not name.startswith(f"{other}.")
        }
        for name, others in graph.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> Iterator[str]:
        if name in trail:
            yield " → ".join((*trail[trail.index(name) :], name))
        elif name not in done:
            for other in sorted(graph[name]):
                yield from visit(other, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        yield from visit(name, ())


def files_are_one_sitting_long(tree: Tree) -> Iterator[str]:
    for path, _ in modules(tree):
        lines = len(tree[path].splitlines())
        if lines > MOST_LINES:
            yield f"{path} has {lines} lines"


def taken(module: ast.Module) -> Iterator[str]:
    """Every name that a file takes from a package: `sqlalchemy.Connection`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def borders_are_kept(tree: Tree) -> Iterator[str]:
    for path, module in modules(tree):
        names = set(taken(module)) - HANDED_ON
        for package in {name.split(".")[0] for name in names} & set(BORDERS):
            if not path.startswith(BORDERS[package]):
                yield f"{path} imports {package}"


def sql_is_spoken_in_storage(tree: Tree) -> Iterator[str]:
    for path, module in modules(tree):
        if path.startswith("newsletter/storage/"):
            continue
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and _SQL.search(str(node.value)):
                yield f"{path}:{node.lineno} speaks SQL"


def failures_are_named(tree: Tree) -> Iterator[str]:
    for path, module in modules(tree):
        for node in ast.walk(module):
            if isinstance(node, ast.ExceptHandler) and path not in OUTERMOST:
                caught = ast.unparse(node.type) if node.type else "everything"
                if re.search(r"\b(everything|Exception|BaseException)\b", caught):
                    yield f"{path}:{node.lineno} catches {caught}"


def our_own_code_is_not_mocked(tree: Tree) -> Iterator[str]:
    pattern = re.compile(r"\bpatch\(\s*[\"']newsletter\.|\bpatch\.object\(\s*newsletter\b")
    for path, text in tree.items():
        if path.startswith("tests/") and path.endswith(".py") and pattern.search(text):
            yield f"{path} replaces our own code"


def names_are_the_houses(tree: Tree) -> Iterator[str]:
    for path, module in modules(tree):
        words = {piece.removesuffix(".py") for piece in path.split("/")[1:]}
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                words.add(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower())
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                words.add(node.id.lower())
            elif isinstance(node, ast.arg):
                words.add(node.arg)
        for word in sorted(words):
            if found := AVOIDED.search(word):
                yield f"{path}: {word} ({found[1]})"


def no_registry_is_named(tree: Tree) -> Iterator[str]:
    for path, text in tree.items():
        if found := _REGISTRY.search(text):
            yield f"{path} names {found[0]}"


def no_desk_is_named(tree: Tree) -> Iterator[str]:
    """A path of the machine that something was written on means nothing on another."""
    pattern = re.compile(r"\.\./shared/|\bfacts/\w+\.md|(?<![\w.])/(?:work|home|Users)/\w")
    for path, text in tree.items():
        if path != "tests/test_architecture.py" and (found := pattern.search(text)):
            yield f"{path} names {found[0]}"


#: Each rule with a tree that breaks it once.
RULES: Mapping[str, tuple[Callable[[Tree], Iterator[str]], Tree]] = {
    "every part has its layer": (unknown_parts, {"newsletter/attic/a.py": ""}),
    "imports point down": (
        imports_point_down,
        {"newsletter/storage/a.py": "def f():\n    from newsletter.delivery import plan\n"},
    ),
    "stations do not import each other": (
        imports_point_down,
        {"newsletter/edition/a.py": "from newsletter import rendering\n"},
    ),
    "imports are absolute": (
        imports_point_down,
        {"newsletter/edition/a.py": "from .select import select\n"},
    ),
    "there are no cycles": (
        no_cycles,
        {
            "newsletter/edition/a.py": "from newsletter.edition.b import c\n",
            "newsletter/edition/b.py": "from newsletter.edition import a\n",
        },
    ),
    "a file is one sitting long": (
        files_are_one_sitting_long,
        {"newsletter/edition/a.py": "x = 1\n" * (MOST_LINES + 1)},
    ),
    "sqlalchemy stays in storage": (
        borders_are_kept,
        {"newsletter/delivery/a.py": "from sqlalchemy import text\n"},
    ),
    "dbos stays in the engine": (
        borders_are_kept,
        {"newsletter/delivery/plan.py": "import dbos\n"},
    ),
    "only fetch and transports reach the web": (
        borders_are_kept,
        {"newsletter/sources/feed.py": "import urllib3.util\n"},
    ),
    "sql is spoken in storage only": (
        sql_is_spoken_in_storage,
        {"newsletter/delivery/a.py": 'Q = "UPDATE batches SET state = 1"\n'},
    ),
    "nothing catches everything": (
        failures_are_named,
        {"newsletter/cli/a.py": "try:\n    x()\nexcept (OSError, Exception):\n    pass\n"},
    ),
    "nothing catches silently": (
        failures_are_named,
        {"newsletter/cli/a.py": "try:\n    x()\nexcept:\n    pass\n"},
    ),
    "our own code is not mocked": (
        our_own_code_is_not_mocked,
        {"tests/a.py": 'with patch("' + 'newsletter.edition.select"): pass\n'},
    ),
    "functions bear the words of the house": (
        names_are_the_houses,
        {"newsletter/edition/a.py": "def send_campaign(): ...\n"},
    ),
    "classes bear the words of the house": (
        names_are_the_houses,
        {"newsletter/edition/a.py": "class EditionManager: ...\n"},
    ),
    "files bear the words of the house": (names_are_the_houses, {"newsletter/cli/utils.py": ""}),
    "no package registry is named": (
        no_registry_is_named,
        {"requirements.lock": "--index" + "-url https://somewhere.example\n"},
    ),
    "no desk is named": (no_desk_is_named, {"docs/a.md": "see /home/asha/notes\n"}),
}


@pytest.fixture(scope="module")
def repository() -> Tree:
    """Every file that belongs to the repository, new ones included, as text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    # Without git, as in an unpacked archive, the tree is all that is there.
    names = names or [
        str(path.relative_to(ROOT))
        for folder in ("newsletter", "tests", "templates", "docs", "benches")
        for path in (ROOT / folder).rglob("*")
    ]
    files = (ROOT / name for name in names)
    return {
        str(file.relative_to(ROOT)): file.read_text(encoding="utf-8", errors="replace")
        for file in files
        if file.is_file()
    }


CHECKS = {check.__name__: check for check, _ in RULES.values()}


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_keeps_its_plan(check: str, repository: Tree) -> None:
    assert sorted(set(CHECKS[check](repository))) == []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_can_be_broken(rule: str) -> None:
    check, broken = RULES[rule]

    assert len(list(check(broken))) == 1


def test_the_tree_is_really_looked_at(repository: Tree) -> None:
    assert len(list(modules(repository))) > 50
    assert "newsletter/errors.py" in repository

"""The first step: templates are filled in, while text is still easy to escape."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from jinja2 import (
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.errors import RenderError
from newsletter.rendering.bidi import names
from newsletter.rendering.text import columns

#: What an expression in a template can go wrong with, besides Jinja's own errors.
_MISTAKES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


#: Counts up when an option of the environment below changes: what was compiled before it is
#: not used again.
_OPTIONS = 1


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own sandbox, with a shorter way for the fields of what is laid out."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow a dataclass's fields, and else what the sandbox allows."""
        fields = getattr(type(obj), "__dataclass_fields__", ())
        return attr in fields or super().is_safe_attribute(obj, attr, value)


@lru_cache(maxsize=16)
def environment(templates: Path) -> Sandbox:
    """
    Return the templates of a folder, compiled once and again whenever a file changes.

    Everything that is printed is escaped, whatever a template is called, but for the text part
    (`*.txt.j2`). A name that was never given is an error. `..` and absolute names are refused.
    """
    jinja = Sandbox(
        loader=FileSystemLoader(templates),
        autoescape=lambda name: not (name or "").endswith(".txt.j2"),
        undefined=StrictUndefined,
        bytecode_cache=_compiled(),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=True,
    )
    jinja.filters["columns"] = columns
    jinja.filters["names"] = names
    return jinja


class _Compiled(FileSystemBytecodeCache):
    """Keeps what Jinja made of a template, by its text, in a folder of this user alone."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it if there is room: the next process else compiles it again."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    """Open the folder in the system's place for passing files, unless others could write there."""
    try:
        return _Compiled(pattern=f"newsletter-{_OPTIONS}-%s.cache")
    except (OSError, RuntimeError):
        return None


def fill(template: str, context: Mapping[str, Any], templates: Path) -> str:
    """Fill in one template. Raises RenderError, naming template and line."""
    try:
        return environment(templates).get_template(template).render(context)
    except TemplateNotFound as error:
        raise RenderError(
            f"There is no template {error.name} in {templates}.",
            hint=f"{template} asks for it." if error.name != template else "",
        ) from error
    except TemplateSyntaxError as error:
        raise _error(error.name or template, error.lineno, error, templates) from error
    except _MISTAKES as error:
        name, line = _place(error, template, templates)
        raise _error(name, line, error, templates) from error


def source(template: str, templates: Path) -> str:
    """Return a file of the templates folder as it stands. Raises RenderError."""
    return fill(template, {}, templates)


def source_line(template: str, line: int, templates: Path) -> str:
    """Return one line of a template, or nothing where there is none."""
    path = templates / template
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""


def origin(rendered: str, templates: Path) -> tuple[str, int] | None:
    """
    Find the template line that a rendered line was made by: the one it begins like.

    Returns name and line of the only best one; None where several would do.
    """
    best: dict[int, list[tuple[str, int]]] = {}
    for path in sorted(templates.rglob("*.mjml.j2")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            shared = _alike(line.strip(), rendered)
            best.setdefault(shared, []).append((path.relative_to(templates).as_posix(), number))
    longest = max(best, default=0)
    return best[longest][0] if longest > 4 and len(best[longest]) == 1 else None


def _alike(one: str, other: str) -> int:
    """Count the characters that two lines begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _place(error: BaseException, template: str, templates: Path) -> tuple[str, int]:
    """Find the innermost template line that an error came through."""
    name, line = template, 0
    trace = error.__traceback__
    while trace:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(templates):
            name, line = path.relative_to(templates).as_posix(), trace.tb_lineno
        trace = trace.tb_next
    return name, line


def _error(name: str, line: int, error: BaseException, templates: Path) -> RenderError:
    where = f"{name}, line {line}" if line else name
    at_fault = source_line(name, line, templates)
    return RenderError(
        f"{where}, step Jinja: {error}.".replace("..", "."),
        hint=f"The line says: {at_fault}" if at_fault else "",
    )

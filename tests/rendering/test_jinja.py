import os
import tempfile
from pathlib import Path

import pytest

from newsletter.errors import RenderError
from newsletter.rendering import compose
from newsletter.rendering.jinja import fill, origin, source_line

NAMES = ["a.mjml.j2", "a.html.j2", "a.html", "a.xml", "a.j2", "a.txt", "a", "a.css", "txt.j2/a"]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_escaped_whatever_a_template_is_called(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "{{ x }}")

    assert fill(name, {"x": "<b>\"'&"}, tmp_path) == "&lt;b&gt;&#34;&#39;&amp;"


def test_the_text_part_is_not_escaped(tmp_path: Path) -> None:
    write(tmp_path, "a.txt.j2", "{{ x }}")

    assert fill("a.txt.j2", {"x": "<b> & {{ 7*7 }}"}, tmp_path) == "<b> & {{ 7*7 }}"


@pytest.mark.parametrize("name", [*NAMES, "a.txt.j2"])
@pytest.mark.parametrize(
    "expression", ["{{ nothing }}", "{{ x.nothing }}", "{% if nothing %}{% endif %}"]
)
def test_a_name_that_was_never_given_is_an_error(
    tmp_path: Path, name: str, expression: str
) -> None:
    write(tmp_path, name, f"one\n{expression}")

    with pytest.raises(RenderError, match=f"{name}, line 2, step Jinja: .*nothing") as caught:
        fill(name, {"x": "y"}, tmp_path)

    assert caught.value.hint == f"The line says: {expression}"


@pytest.mark.parametrize("name", ["../secret", "a/../../secret", "/etc/passwd"])
def test_a_template_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "templates"
    write(tmp_path, "secret", "secret")
    write(folder, "a.mjml.j2", f'{{% include "{name}" %}}')

    for asked in (name, "a.mjml.j2"):
        with pytest.raises(RenderError, match="There is no template"):
            fill(asked, {}, folder)


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ x.append(1) }}",
        "{{ range(999999999) }}",
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ x | nofilter }}",
        "{% for %}",
    ],
)
def test_a_hostile_or_mistaken_template_is_stopped_and_named(
    tmp_path: Path, expression: str
) -> None:
    write(tmp_path, "shared/b.mjml.j2", f"{{% macro m(x) %}}\n\n{expression}{{% endmacro %}}")
    write(tmp_path, "a.mjml.j2", '{% from "shared/b.mjml.j2" import m %}\n{{ m(x) }}')

    with pytest.raises(RenderError, match=r"^shared/b\.mjml\.j2, line 3, step Jinja: "):
        fill("a.mjml.j2", {"x": []}, tmp_path)


def test_a_changed_template_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.j2", "one")
    assert fill("a.j2", {}, tmp_path) == "one"

    path.write_text("two", encoding="utf-8")
    os.utime(path, (1, 1))
    assert fill("a.j2", {}, tmp_path) == "two"


def test_a_flaw_in_the_mjml_is_traced_to_its_template(tmp_path: Path) -> None:
    write(tmp_path, "shared/inline.css", "p { margin: 0; }")
    write(
        tmp_path,
        "shared/block.mjml.j2",
        '{% macro m(x) %}\n<mj-txet css-class="{{ x }}">x</mj-txet>\n{% endmacro %}',
    )
    write(
        tmp_path,
        "daily/edition.mjml.j2",
        '{% from "shared/block.mjml.j2" import m %}\n'
        "<mjml><mj-body><mj-section><mj-column>\n{{ m(x) }}\n"
        "</mj-column></mj-section></mj-body></mjml>",
    )

    with pytest.raises(RenderError) as caught:
        compose("daily/edition.mjml.j2", {"x": "y"}, tmp_path)

    assert str(caught.value).startswith(
        "shared/block.mjml.j2, line 2, line 2 of the MJML, step MJML: <mj-txet>"
    )
    assert "mj-txet css-class" in caught.value.hint


def test_a_line_that_several_templates_could_have_written_is_not_guessed(tmp_path: Path) -> None:
    write(tmp_path, "a.mjml.j2", "<mj-text>x\n<p>")
    write(tmp_path, "b.mjml.j2", "<mj-text>y")

    assert origin("<mj-text>{{ z }}", tmp_path) is None
    assert origin("", tmp_path) is None
    assert source_line("none.j2", 1, tmp_path) == ""
    assert source_line("a.mjml.j2", 9, tmp_path) == ""


def test_a_template_is_compiled_once_for_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "a.txt.j2").write_text("{{ 1 + 1 }}")

    assert fill("a.txt.j2", {}, tmp_path) == "2"
    assert len(list(tmp_path.glob("_jinja2-cache-*/newsletter-*"))) == 1


def test_templates_are_filled_in_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt.j2").write_text("{{ 1 + 1 }}")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "is-not-there"))

    assert fill("a.txt.j2", {}, tmp_path) == "2"

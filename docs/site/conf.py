# ruff: noqa: INP001 (read by Sphinx, no package)
"""
How the pages become a site: `make docs` writes it to build/docs/, without a network.

The Markdown stays what GitHub shows: which page comes after which is said here alone.
"""

import re
import shutil
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "The ShiftMaker's newsletter"
html_title = project
root_doc = "README"
extensions = ["myst_parser"]

#: Read from the repository's root, so that a link between any two pages is the same everywhere.
include_patterns = [
    "*.md",
    "articles/README.md",
    "changelog.d/README.md",
    "deploy/README.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "docs/how-to/*.md",
    "docs/reference/*.md",
]
exclude_patterns = [".*", "build", "dist", "var", "tests", "benches", "newsletter", "templates"]

myst_heading_anchors = 4
suppress_warnings = ["myst.strikethrough"]

html_theme = "furo"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_sphinx = False
#: The look of the mail, by Furo's own names (docs: "Customisation").
_SERIF, _SANS = "Georgia, serif", "Helvetica, Arial, sans-serif"
html_theme_options = {
    "light_css_variables": {
        "font-stack": _SANS,
        "font-stack--headings": _SERIF,
        "color-brand-primary": "#BF3B1A",
        "color-brand-content": "#BF3B1A",
        "color-brand-visited": "#BF3B1A",
        "color-background-primary": "#FFFFFF",
        "color-background-secondary": "#F5F2EB",
        "color-background-border": "#E3DED3",
        "color-foreground-primary": "#15181E",
        "color-foreground-secondary": "#5A5F68",
        "color-foreground-muted": "#5A5F68",
        "color-code-background": "#F5F2EB",
    },
    "dark_css_variables": {
        "color-brand-primary": "#FF9170",
        "color-brand-content": "#FF9170",
        "color-brand-visited": "#FF9170",
        "color-background-primary": "#181B20",
        "color-background-secondary": "#0F1114",
        "color-background-border": "#343840",
        "color-foreground-primary": "#F1EFEA",
        "color-foreground-secondary": "#B3B0A8",
        "color-foreground-muted": "#B3B0A8",
        "color-code-background": "#22262C",
    },
}
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"

#: What stands at the side, by the page that it belongs to. Each line is a page, or a pattern.
CONTENTS = {
    "README": {
        "Begin": ["docs/tutorial"],
        "How to": ["docs/how-to"],
        "Look up": ["docs/reference"],
        "Understand": [
            "docs/explanation",
            "docs/promises",
            "docs/torture",
            "docs/benchmarks",
            "docs/decisions/README",
        ],
        "Take part": ["CONTRIBUTING", "CHANGELOG", "changelog.d/README"],
    },
    "docs/how-to": {"": ["how-to/*", "/articles/README", "/deploy/README"]},
    "docs/reference": {"": ["reference/*"]},
    "docs/decisions/README": {"": ["[0-9]*"]},
}


_ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\[([^\]]+)\]\(([\w./-]+)\)")


def setup(app: Sphinx) -> None:
    app.add_lexer("cron", TextLexer)
    app.add_lexer("env", TextLexer)
    app.connect("source-read", _lists_its_pages)
    app.connect("build-finished", _begins_with_the_readme)


def _lists_its_pages(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give a page the pages below it: nothing that GitHub would show as it stands."""
    source[0] = _LINK.sub(lambda link: _bare(link, _ROOT.joinpath(page).parent), source[0])
    for caption, entries in CONTENTS.get(page, {}).items():
        rooted = [entry if page != "README" else f"/{entry}" for entry in entries]
        options = [":hidden:", ":glob:", *([f":caption: {caption}"] if caption else [])]
        source[0] += "\n".join(["", "", "```{toctree}", *options, "", *rooted, "```", ""])


def _bare(link: re.Match[str], beside: Path) -> str:
    """Keep a link's words alone where it leads to a folder: a site has no page for one."""
    return link[1] if beside.joinpath(link[2]).is_dir() else link[0]


def _begins_with_the_readme(app: Sphinx, fault: Exception | None) -> None:
    """Make the README's page the one that a server shows first."""
    if fault is None and app.builder.name == "html":
        shutil.copyfile(Path(app.outdir, "README.html"), Path(app.outdir, "index.html"))

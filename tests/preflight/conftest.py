"""An edition that nothing is wrong with; each test spoils one thing."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import chain, repeat
from pathlib import Path

import pytest

from newsletter.model import (
    Article,
    Edition,
    EditionId,
    Finding,
    Link,
    Memory,
    MergeField,
    Problem,
    Reference,
    Rendition,
    Section,
)
from newsletter.preflight import REGISTER, inspect
from newsletter.preflight.proof import AskDns, Follow
from newsletter.preflight.prose import plain
from newsletter.preflight.register import Entry
from newsletter.settings import Newsletter, Sender

SITE = "https://n.theshiftmaker.example"
DAY = date(2026, 7, 5)


def article(id: str, **fields: object) -> Article:
    ordinary: dict[str, object] = {
        "title": f"Story {id}",
        "url": f"https://theshiftmaker.example/{id}",
        "published": datetime(2026, 7, 4, 20, 0, tzinfo=UTC),
        "dek": f"What story {id} is about, in one plain sentence.",
        "body": "<p>It is about itself.</p>",
        "origin": f"articles/{id}.md",
    }
    return Article(id=id, **(ordinary | fields))  # type: ignore[arg-type]


def edition(lead: Article, *others: Article) -> Edition:
    return Edition(
        id=EditionId("daily", DAY),
        subject=lead.subject or lead.title,
        preheader="Everything that the subject could not say. Plus: one more story, and why.",
        lead=lead,
        sections=(Section(name="stories", title="More stories", articles=others),),
        cutoff=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
    )


NEWSLETTER = Newsletter(
    name="daily",
    title="The ShiftMaker",
    sender=Sender(name="The ShiftMaker", address="desk@theshiftmaker.in"),
    postal_address="The ShiftMaker, 1 Example Street, Bengaluru 560001, India",
)

FOOT = (
    f'<a href="{SITE}/v/{MergeField.VIEW.sentinel}">View in browser</a>'
    f'<a href="{SITE}/u/{MergeField.DOOR.sentinel}">Unsubscribe</a>'
    f"<p>The ShiftMaker, 1 Example Street,\n Bengaluru 560001, India</p></body>"
)
TEXT_FOOT = (
    f"Unsubscribe:\n{SITE}/u/{MergeField.DOOR.sentinel}\n"
    "The ShiftMaker, 1 Example Street,\nBengaluru 560001, India\n"
)


def rendition(made: Edition) -> Rendition:
    """A plain mail of an edition: the words of every article, each with its link."""
    links = tuple(
        Link(number=number, url=one.url, role="story", article=one.id)
        for number, one in enumerate(made.articles, 1)
    )
    stories = "".join(
        f'<h{level}><a href="{counted(link)}">{one.title}</a></h{level}>'
        f"<p>{one.dek}</p><div>{one.body}</div>"
        for level, link, one in zip(chain([1], repeat(2)), links, made.articles, strict=False)
    )
    preheader = f'<div style="display:none">{made.preheader}</div>'
    told = (
        f"{one.title}\n{one.dek}\n{plain(one.body)}\n{counted(link)}"
        for link, one in zip(links, made.articles, strict=True)
    )
    return Rendition(
        subject=made.subject,
        preheader=made.preheader,
        html=f'<html lang="en" dir="ltr"><body>{preheader}{stories}{FOOT}',
        text="\n".join([*told, TEXT_FOOT]),
        links=links,
    )


def counted(link: Link) -> str:
    return f"{SITE}/c/{MergeField.CLICK.sentinel}/{link.number}"


LEAD = article("lead", references=(Reference(title="The desk's own rules"),))


@dataclass
class Desk:
    """Spoils one thing of a good edition, and says what preflight finds."""

    lead: Article = LEAD
    others: tuple[Article, ...] = (article("second"),)
    newsletter: Newsletter = NEWSLETTER
    problems: tuple[Problem, ...] = ()
    site_url: str = SITE
    transport: str = "outbox"
    smtp_host: str = ""
    memory: Memory = field(default_factory=Memory)
    operators: Mapping[str, float] = field(default_factory=dict)
    follow: Follow | None = None
    mail: Callable[[], bytes] | None = None
    dns: AskDns | None = None
    checks: Mapping[str, Entry] = field(default_factory=lambda: REGISTER)
    change: Callable[[Rendition], Rendition] = field(default=lambda rendition: rendition)
    change_edition: Callable[[Edition], Edition] = field(default=lambda edition: edition)

    def findings(self) -> tuple[Finding, ...]:
        made = self.change_edition(edition(self.lead, *self.others))
        return inspect(
            made,
            self.change(rendition(made)),
            self.newsletter,
            problems=self.problems,
            site_url=self.site_url,
            transport=self.transport,
            smtp_host=self.smtp_host,
            memory=self.memory,
            operators=self.operators,
            follow=self.follow,
            mail=self.mail,
            dns=self.dns,
            checks=self.checks,
        )

    def of(self, check: str) -> list[Finding]:
        return [finding for finding in self.findings() if finding.check == check]

    def only(self, check: str) -> Finding:
        """The one finding that there is."""
        (found,) = self.findings()
        assert found.check == check
        return found


@pytest.fixture
def desk() -> Callable[..., Desk]:
    return Desk


@pytest.fixture
def make_article() -> Callable[..., Article]:
    return article


@pytest.fixture
def make_edition() -> Callable[..., Edition]:
    return edition


@pytest.fixture
def lead() -> Callable[..., Article]:
    """Return the good lead, with what a test changes in it."""

    def changed(**fields: object) -> Article:
        return replace(LEAD, **fields)  # type: ignore[arg-type]

    return changed


@pytest.fixture
def html() -> Callable[[str, str], Callable[[Rendition], Rendition]]:
    """Return what replaces one text in the HTML by another."""

    def change(old: str, new: str) -> Callable[[Rendition], Rendition]:
        return lambda rendition: replace(rendition, html=rendition.html.replace(old, new))

    return change


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put a program on an otherwise empty PATH that prints a text; returns what it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, printed: str, *, seconds: float = 0) -> Path:
        given = tmp_path / f"{name}.given"
        script = (
            f"#!{sys.executable} -S\nimport sys, time, pathlib\n"
            f"pathlib.Path({str(given)!r}).write_bytes(sys.stdin.buffer.read())\n"
            f"time.sleep({seconds})\nsys.stdout.write({printed!r})\n"
        )
        file = folder / name
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)
        return given

    return install

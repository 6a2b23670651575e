"""The machine itself: settings, secret, zones, files, ports."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzdata

from newsletter.doctor.case import Case
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning
from newsletter.settings import on_loopback

#: Different characters of a secret: thirty-two letters that a person thought up have fewer.
_FEWEST = 14

#: Bytes that an edition's ledger and outbox may need.
_ROOM = 1 << 30

#: Years: rules of time zones change a few times in each, and older ones miss some.
_OLDEST_ZONES = 2


def settings(case: Case) -> Iterator[Finding]:
    """They were read, or nothing would run; what is odd about them together is said here."""
    own = case.settings
    wrong = []
    if case.mails_leave and on_loopback(own.site_url):
        wrong.append(
            error(
                "NEWSLETTER_SITE_URL is this machine: no link in a mail would open",
                "Set it to the public https address of newsletter serve.",
            )
        )
    if own.fetch_loopback:
        wrong.append(
            warning(
                "NEWSLETTER_FETCH_LOOPBACK lets feeds read what is on this machine",
                "Take it out: it is for tests.",
            )
        )
    if _others_read(Path(".env")):
        wrong.append(warning(".env can be read by everybody on this machine", "chmod 600 .env"))
    yield from wrong or [good(f"{own.transport}, {own.site_url}")]


def secret(case: Case) -> Iterator[Finding]:
    """Whoever knows the secret can make every link that we can."""
    own, file = case.settings, Path("var/secret")
    made = not own.secret.get_secret_value()
    if made and not file.exists():
        yield good("none yet; one is made when it is first needed, and kept in var/secret")
        return
    wrong = []
    if len(set(own.signing_secret)) < _FEWEST:
        wrong.append(
            warning(
                "The secret has few different characters, so it may be guessed",
                "Make one by openssl rand -base64 32, and keep the old one in "
                "NEWSLETTER_OLD_SECRETS.",
            )
        )
    if made and _others_read(file):
        wrong.append(error("var/secret can be read by everybody", "chmod 600 var/secret"))
    if made and own.sqlite_file is None:
        wrong.append(
            warning(
                "This machine signs with a secret that it made for itself; others would not know "
                "its links",
                "Set NEWSLETTER_SECRET, the same on every machine, to what var/secret holds here.",
            )
        )
    where = "var/secret, made here" if made else "NEWSLETTER_SECRET"
    yield from wrong or [good(f"{len(own.signing_secret)} characters, from {where}")]


def secret_files(case: Case) -> Iterator[Finding]:
    """Files that secrets lie in are their owner's alone."""
    files = case.settings.secret_files()
    open_ones = [name for name, file in files.items() if _others_read(file)]
    for name in open_ones:
        yield warning(
            f"{name}_FILE can be read by everybody on this machine", f"chmod 600 {files[name]}"
        )
    if not open_ones:
        yield good(f"{len(files)} in files, each its owner's alone" if files else "none in files")


def _others_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def zones(case: Case) -> Iterator[Finding]:
    """An edition goes out by the clock of its own place."""
    try:
        names = {sheet.newsletter.schedule.timezone for sheet in case.sheets}
        for name in names:
            ZoneInfo(name)
    except ZoneInfoNotFoundError:
        yield error("This machine has no time zones", "pip install tzdata")
        return
    named = ", ".join(sorted(names)) or "no newsletter"
    if _zone_year() + _OLDEST_ZONES <= case.now.year:
        yield warning(
            f"The rules of time zones are of {tzdata.IANA_VERSION}", "pip install --upgrade tzdata"
        )
    else:
        yield good(f"{named}; rules of {tzdata.IANA_VERSION}")


def _zone_year() -> int:
    """Return the year of the rules that we bring, such as 2026 of 2026b."""
    return int(tzdata.IANA_VERSION[:4])


def writing(case: Case) -> Iterator[Finding]:
    """What is sent must be written down before."""
    wrong = [found for folder in _folders(case) for found in _folder(folder)]
    named = ", ".join(str(folder) for folder in _folders(case))
    yield from wrong or [good(f"{named} can be written")]


def _folders(case: Case) -> list[Path]:
    own = case.settings
    folders = [Path("var")]
    if own.sqlite_file:
        folders.append(own.sqlite_file.parent)
    if own.transport == "outbox":
        folders.append(own.outbox.dir)
    return list(dict.fromkeys(folders))


def _folder(folder: Path) -> Iterator[Finding]:
    """Look at a folder, or at the one that it will be made in; nothing is written."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield error(f"{folder} cannot be written", f"Let who runs newsletter write in {there}.")
        return
    free = shutil.disk_usage(there).free
    if free < _ROOM:
        yield warning(f"{free >> 20:,} MB are free in {there}", "Make room: an edition needs some.")


def metrics(case: Case) -> Iterator[Finding]:
    """Whoever reaches the port of the metrics reads them."""
    own = case.settings.metrics
    if own.port is None:
        yield good("shown nowhere")
    elif on_loopback(own.host):
        yield good(f"on this machine alone, port {own.port}")
    elif own.host in {"0.0.0.0", "::", ""}:  # noqa: S104 - it is warned of
        yield warning(
            f"Port {own.port} answers everybody who reaches this machine",
            "Set NEWSLETTER_METRICS__HOST to the address that Prometheus asks, or keep others out.",
        )
    else:
        yield good(f"at {own.host}, port {own.port}")


def templates(case: Case) -> Iterator[Finding]:
    """A newsletter is a folder with three files."""
    folder = case.settings.templates
    if case.no_sheets:
        yield error(case.no_sheets, "Mend that newsletter.toml.")
        return
    if not case.sheets:
        yield error(
            f"{folder} holds no newsletter", "NEWSLETTER_TEMPLATES_DIR says where they are."
        )
        return
    for sheet in case.sheets:
        name = sheet.newsletter.name
        parts = (folder / name / part for part in ("edition.mjml.j2", "edition.txt.j2"))
        lacking = [part.name for part in parts if not part.is_file()]
        if lacking:
            yield error(f"{' and '.join(lacking)} is missing", f"Put it into {folder / name}.").of(
                name
            )
        else:
            yield good(f"in {folder / name}").of(name)


def articles(case: Case) -> Iterator[Finding]:
    """Stories must come from somewhere."""
    own = case.settings.articles_dir
    reads = [s for s in case.sheets if any(c.kind == "folder" for c in s.newsletter.sources)]
    if not reads:
        yield not_run("no newsletter reads a folder")
    elif not own.is_dir():
        yield error(f"{own} is no folder", "NEWSLETTER_ARTICLES_DIR says where stories are.")
    else:
        yield good(f"{sum(1 for _ in own.rglob('*.md')):,} files in {own}")

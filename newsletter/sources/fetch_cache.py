"""What was fetched before, so that a server can say that nothing is new."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One answer, as it came, and what its server said to know it again by."""

    #: Where it came from in the end, after redirects: the validators are that address's own.
    url: str
    etag: str
    last_modified: str
    content_type: str
    body: bytes

    @property
    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for it only if it is another by now (RFC 9110, 13.1)."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


class FetchCache:
    """
    A folder with one file for each address: a line of JSON, then the body.

    It only saves work. What cannot be read or written in it is as if it were not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, url: str) -> Kept | None:
        try:
            line, _, body = self._file(url).read_bytes().partition(b"\n")
            said = json.loads(line)
            if said.pop("sha256") != sha256(body).hexdigest():
                return None
            return Kept(**said, body=body)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def keep(self, url: str, kept: Kept) -> None:
        said = asdict(kept)
        body = said.pop("body")
        line = json.dumps({**said, "sha256": sha256(body).hexdigest()}).encode()
        file = self._file(url)
        half = file.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(line + b"\n" + body)
            half.replace(file)

    def _file(self, url: str) -> Path:
        return self._folder / f"{sha256(url.encode('utf-8', 'replace')).hexdigest()[:32]}.kept"

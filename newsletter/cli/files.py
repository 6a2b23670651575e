"""What `newsletter build` leaves on the disk."""

import json
from pathlib import Path

from newsletter.cli.explain import facts
from newsletter.cli.terminal import plain_value
from newsletter.newsroom import Draft, Newsroom


def write(newsroom: Newsroom, draft: Draft, folder: Path) -> dict[Path, int]:
    """
    Write an edition into a folder; returns each file with its bytes.

    `edition.eml` is a mail to nobody, byte for byte. `edition.html` shows its pictures from the
    folder, so that it can be looked at offline.
    """
    about = json.dumps(facts(draft), indent=2, ensure_ascii=False, default=plain_value)
    contents = {
        "edition.html": newsroom.desk.page(draft).encode(),
        "edition.txt": draft.rendition.text.encode(),
        "edition.mjml": draft.rendition.mjml.encode(),
        "edition.eml": newsroom.desk.sample(draft),
        "edition.json": about.encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    for picture in draft.rendition.pictures:
        path = folder / "i" / f"{picture.hash}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture.data)
    return {folder / name: len(content) for name, content in contents.items()}

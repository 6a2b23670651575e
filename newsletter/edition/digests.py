"""
What an editor approves, as short hashes by name.

    story ID            one for each part of the story, in the order of `PARTS`
    template PATH       each file of the newsletter's own templates and of the shared ones
    newsletter.toml     its values: comments and their order say nothing to readers
    audience            the lists and the rule that picks part of them
    sponsor             the slot; of no sponsor too
    lead                the editor's pin; without one it follows from the order
    subject, preheader  the editor's own words; by rule they follow from all the rest

What differs between two machines that send the same mail is in none: SITE_URL, secrets, tokens,
the ledger and what it remembers.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from newsletter.model import Article, Choices, Edition, Image, Sponsor

#: The parts of a story, each with the words for a change of it.
PARTS: Mapping[str, str] = {
    "headline": "a headline",
    "dek": "a dek",
    "text": "the text",
    "link": "a link",
    "picture": "a picture",
    "video": "a video",
    "sources": "a source",
    "date": "a date",
    "inbox": "the words for the inbox",
    "setting": "a detail",
}

#: Keys of newsletter.toml that say who gets it, who may approve, and nothing of the mail.
_APART = frozenset({"list", "also_lists", "segment", "segments", "approval", "approvers"})

#: Hexadecimal characters of a hash: it finds changes, it keeps nobody out.
_LENGTH = 12

_LINK = re.compile(r'(?<=\bhref=")[^"]*')

#: Hashes a picture's file.
Pictured = Callable[[Path], str]


def digests(
    edition: Edition,
    *,
    names: Mapping[str, str],
    choices: Choices,
    settings: Mapping[str, object],
    audience: object,
    templates: Mapping[str, bytes],
    site_url: str,
    picture: Pictured,
) -> Mapping[str, str]:
    """
    Hash all that readers see of an edition, and who they are.

    `names` are the stories' by their `key`; `settings` what newsletter.toml says; `templates` the
    files by their paths. Pictures are still files, as sources gave them.
    """
    sponsor = _sponsor(edition.sponsor) if edition.sponsor else ""
    found = {
        f"story {names[article.key]}": " ".join(_story(article, site_url, picture))
        for article in edition.articles
    }
    found |= {f"template {path}": _hash(data) for path, data in templates.items()}
    said = {key: value for key, value in settings.items() if key not in _APART}
    return found | {
        "newsletter.toml": _hash(_written(said)),
        "audience": _hash(_written(audience)),
        "sponsor": _hash(sponsor),
        "lead": _hash(choices.lead),
        "subject": _hash(choices.subject),
        "preheader": _hash(choices.preheader),
    }


def _story(article: Article, site_url: str, picture: Pictured) -> Iterator[str]:
    """Yield a hash for each of `PARTS`."""
    links = [link.removeprefix(article.url) for link in _LINK.findall(article.body)]
    video, sources = article.video, article.references
    yield _hash(article.title)
    yield _hash(article.dek)
    yield _hash(_LINK.sub("", article.body))
    yield _hash(_written([_address(article, site_url), *links]))
    yield _hash(_image(article.image, picture))
    yield _hash(
        _written((video.url, video.seconds, _image(video.poster, picture)) if video else None)
    )
    yield _hash(_written([(source.title, source.url) for source in sources]))
    yield _hash(_written(_dates(article)))
    yield _hash(_written((article.subject, article.preheader)))
    yield _hash(_written(_setting(article)))


def _address(article: Article, site_url: str) -> str:
    """Return where a story lives, but for what follows from this machine or from its headline."""
    # In our own archive it has another address on every machine.
    local = article.url.startswith(f"{site_url}/archive/")
    url = article.url.removeprefix(site_url) if local else article.url
    return url.replace(quote(article.id, safe=""), "{id}") if article.id_made else url


def _dates(article: Article) -> tuple[object, ...]:
    moments = (article.published, article.updated)
    return (*(m and m.timestamp() for m in moments), article.day_only, article.update_note)


def _setting(article: Article) -> tuple[str, ...]:
    own = "" if article.id_made else article.id
    return article.kind, article.section, article.byline, article.lang, article.dir, own


def _image(image: Image | None, picture: Pictured) -> str:
    if image is None:
        return ""
    return _written((picture(image.file) if image.file else image.url, image.alt))


def _sponsor(sponsor: Sponsor) -> str:
    return _written((sponsor.name, sponsor.text, sponsor.url, sponsor.call))


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _hash(value: str | bytes) -> str:
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return sha256(data).hexdigest()[:_LENGTH]

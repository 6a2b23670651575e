"""What a story is called in a file that people write: its id, mostly."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo

from newsletter.model import Article, canonical


def dated(article: Article, zone: tzinfo) -> str:
    """Return the one name that no other story can have: `markets@2026-07-05`."""
    return f"{article.id}@{article.published.astimezone(zone).date().isoformat()}"


def is_called(article: Article, name: str, zone: tzinfo) -> bool:
    """Say whether a name means this story: its id, with or without its day, address or file."""
    if name in {article.id, article.origin, dated(article, zone)}:
        return True
    return canonical(name) == article.key or article.origin.endswith(f"/{name}")


def names(
    articles: Sequence[Article], among: Iterable[Article], zone: tzinfo, known: Sequence[str] = ()
) -> Mapping[str, str]:
    """
    Name stories so that each is found again; returns names by the stories' `key`.

    One that is called by one of the `known` names keeps that name, so that a story of the same id
    that comes later changes nothing. Else its id, with its day where another has that id; its file
    where the id is made from the headline, which editors change until the last minute.
    """
    own = _own_names(list(among), zone)
    free = list(known)
    found: dict[str, str] = {}
    for article in articles:
        if article.key in found:
            continue
        name = next((name for name in free if is_called(article, name, zone)), "")
        if name:
            free.remove(name)
        name = name or own(article)
        # One story's id may be another's file.
        found[article.key] = dated(article, zone) if name in found.values() else name
    return found


def _own_names(among: Sequence[Article], zone: tzinfo) -> Callable[[Article], str]:
    """Return what names a story, where nobody has named it yet."""
    # The same id on one day is one story, in two versions.
    ids = Counter(id_ for id_, _ in {(a.id, dated(a, zone)) for a in among})
    files = Counter(_file(article) for article in among)

    def own(article: Article) -> str:
        if article.id_made and files[_file(article)] == 1:
            return _file(article)
        return dated(article, zone) if ids[article.id] > 1 else article.id

    return own


def _file(article: Article) -> str:
    return article.origin.rpartition("/")[2]

"""What readers see of a link, read from the mail as it was frozen."""

import re
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree, html  # type: ignore[import-untyped]

from newsletter.model import Link, MergeField

#: Characters of a label.
_LONGEST = 120

#: Links that are a story's own: what they say is its title.
TITLES = frozenset({"lead", "story", "reel"})

_TRACKED = re.compile(rf"/c/{MergeField.CLICK.sentinel}/(\d{{1,5}})$")


def labels(mail: str, links: Iterable[Link]) -> Mapping[int, str]:
    """
    Return what each link says, by its number; the address where only the text part has it.

    A link stands in several places: its first words count, a title before a button. A picture's
    alternative text counts only where there are no words.
    """
    table = tuple(links)
    words, pictures = dict[int, str](), dict[int, str]()
    for anchor, number in _anchors(mail, {link.url: link.number for link in reversed(table)}):
        _keep(words, number, anchor.text_content())
        _keep(pictures, number, " ".join(anchor.xpath(".//img/@alt")))
    known = {**pictures, **words}
    return {link.number: known.get(link.number) or link.url[:_LONGEST] for link in table}


def _anchors(mail: str, numbers: Mapping[str, int]) -> "Iterator[tuple[html.HtmlElement, int]]":
    """Yield every link of the mail with its number; by its address where nothing is counted."""
    try:
        root = html.document_fromstring(mail.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:
        # There is nothing in it.
        return
    for anchor in root.iter("a"):
        href = anchor.get("href", "")
        found = _TRACKED.search(href)
        number = int(found[1]) if found else numbers.get(href)
        if number is not None:
            yield anchor, number


def _keep(labels: dict[int, str], number: int, said: str) -> None:
    words = " ".join(said.split())
    if words:
        labels.setdefault(number, words[:_LONGEST])

"""
Bounces that are only text: the words for people, and whom they speak of.

flufl.bounce knows the shapes of many servers. What it does not find is read by three plain rules:
a header that names the failed, an address that begins a line, an address that stands alone.
"""

import re
from collections.abc import Mapping, Sequence
from email.message import Message
from itertools import islice
from logging import CRITICAL, getLogger

from flufl.bounce import all_failures

from newsletter.tracking.bounces.copies import BORDER, Copy
from newsletter.tracking.bounces.failing import ADDRESS, MOST, failure
from newsletter.tracking.bounces.paper import (
    LONGEST_TEXT,
    UNREADABLE,
    headers,
    own_parts,
    text_of,
)
from newsletter.tracking.bounces.values import Failure

#: It tells the log of every exception, and we of none: a hostile mail is no news.
getLogger("flufl.bounce").setLevel(CRITICAL)

_MOST_MENTIONS = 5

#: An address that a line begins with, after a number perhaps: "554 <ann@example.com>... no".
_AT_START = re.compile(
    rf"^[ \t]*(?:[245]\d\d[ -])?[ \t]*[<\"'\[(]?({ADDRESS.pattern})[>\"'\])]?[ \t]*"
    r"(?:$|[:,;(\[.]|[-– ] )",
    re.MULTILINE,
)


def words_of(message: Message) -> str:
    """Return the words for people, without the returned copy."""
    texts = [
        text_of(part)
        for part in own_parts(message)
        if part.get_content_maintype() in {"text", "multipart"}
        and part.get_content_type() != "text/rfc822-headers"
    ]
    return _before_copy("\n\n".join(text for text in texts if text.strip()))[:LONGEST_TEXT]


def _before_copy(text: str) -> str:
    """Cut at the border of the copy, unless nothing but blanks stands before it."""
    for border in BORDER.finditer(text):
        if ADDRESS.search(text[: border.start()]) or len(text[: border.start()].split()) > 25:
            return text[: border.start()]
    return text


class Found:
    """Addresses that a text names as failed; `delayed` are still tried."""

    def __init__(self, failed: list[str], delayed: list[str]) -> None:
        self.failed = failed[:MOST]
        self.delayed = delayed[:MOST]


def addresses_in(message: Message, words: str, copy: Copy) -> Found:
    """Find whom a bounce without a report speaks of."""
    named = [
        found
        for value in headers(message, "X-Failed-Recipients")
        for found in ADDRESS.findall(value)
    ]
    if named:
        return Found(_once(named), [])
    known = _known_shapes(message, words)
    if known.failed or known.delayed:
        return known
    return Found(_plainly(message, words, copy), [])


def _known_shapes(message: Message, words: str) -> Found:
    """Ask flufl.bounce. Its detectors were not written against hostile bytes."""
    try:
        delayed, failed = all_failures(message)
    except UNREADABLE:
        return Found([], [])
    return Found(_said(failed, words), _said(delayed, words))


def _said(addresses: frozenset[bytes], words: str) -> list[str]:
    """Leave out, if any are left then, what stands in the copy alone, such as its Message-ID."""
    texts = sorted(address.decode("utf-8", "replace") for address in addresses)
    found = [found[0] for text in texts if (found := ADDRESS.search(text))]
    return [a for a in found if a.lower() in words.lower()] or found


def _plainly(message: Message, words: str, copy: Copy) -> list[str]:
    """
    Take the addresses that lines begin with; else whom the copy was written to; else the only one.

    Ours are none of them, and of several that just stand in a sentence nobody knows which.
    """
    ours = {copy.sender.lower()}
    for name in ("To", "From", "Reply-To", "Delivered-To", "X-Original-To"):
        ours |= {a.lower() for value in headers(message, name) for a in ADDRESS.findall(value)}
    heads = [a for a in _AT_START.findall(words) if a.lower() not in ours]
    stands = [a for a in ADDRESS.findall(words) if a.lower() not in ours]
    if copy.to and copy.to.lower() in {a.lower() for a in stands} - {a.lower() for a in heads}:
        return [copy.to]
    named = _once(heads or stands)
    return named if heads or len(named) == 1 else []


def _once(addresses: list[str]) -> list[str]:
    return list({address.lower(): address for address in addresses}.values())


def failures_in(words: str, found: list[str]) -> tuple[Failure, ...]:
    """Judge each address by the words that stand about it."""
    said = said_of_each(found, words)
    return tuple(_judged(a, said[a], words, len(found)) for a in found)


def _judged(address: str, said: str, words: str, among: int) -> Failure:
    """Judge one address; where several are named, the line that names it is the nearest."""
    line = said.partition("\n")[0]
    if among > 1 and (near := failure(address, line)).reason:
        return near
    return failure(address, said, besides=words)


def said_of_each(addresses: Sequence[str], words: str) -> Mapping[str, str]:
    """Cut out what is said of each address: from a line with it to the next one with another."""
    starts = sorted(
        (words.rfind("\n", 0, hit.start()) + 1, address)
        for address in {address for address in addresses if address}
        for hit in islice(re.finditer(re.escape(address), words, re.IGNORECASE), _MOST_MENTIONS)
    )
    said: dict[str, list[str]] = {address: [] for address in addresses}
    for n, (start, address) in enumerate(starts):
        end = starts[n + 1][0] if n + 1 < len(starts) else len(words)
        said[address].append(words[start:end])
    return {address: "\n".join(pieces) for address, pieces in said.items()}

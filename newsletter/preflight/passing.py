"""What is passed on to others bears nothing of the one who passes it on."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from newsletter.model import TOKEN_LENGTH, Finding, MergeField
from newsletter.preflight.proof import Proofsheet, error, warning

_SENTINEL = re.compile("|".join(field.sentinel for field in MergeField))
#: A reader's own address of ours, whoever's token it is.
_OURS = re.compile(rf"/(?:c|o|v|u|preferences|forget|mydata)/[\w-]{{{TOKEN_LENGTH}}}(?![\w-])")
#: Fields that say who may come in, or who came.
_PERSONAL = re.compile(
    r"(?:(?:access|auth|session|reset|login)[-_]?)?token|session(?:[-_]?id)?|sid|jwt|api[-_]?key"
    r"|password|secret|e?mail|subscriber(?:[-_]?id)?|sig(?:nature)?",
    re.IGNORECASE,
)
#: Where a story is passed on; the shared address is one of the fields.
_SHARING = re.compile(
    r"https?://(?:[\w.-]+\.)?(?:(?:x|twitter)\.com/(?:intent|share)|linkedin\.com/sharing"
    r"|facebook\.com/(?:sharer|dialog)|wa\.me/|api\.whatsapp\.com/send|t\.me/share"
    r"|reddit\.com/submit|news\.ycombinator\.com/submitlink|pinterest\.com/pin|threads\.net/intent"
    r"|bsky\.app/intent)",
    re.IGNORECASE,
)


def share_tokens(sheet: Proofsheet) -> Iterator[Finding]:
    """Share links carry the story's public address: who gets one cannot unsubscribe its sender."""
    for link in sheet.rendition.links:
        shared = link.role == "share" or bool(_SHARING.match(link.url))
        if why := _found(link.url, shared=shared):
            article = sheet.article(link.article)
            where = sheet.place(link, "url:", "url =")
            say = error if _OURS.search(unquote(link.url)) else warning
            hint = "share the story's plain address"
            at = sheet.link_elements.get(link.number)
            yield say(
                f"the link {link.number} passes on {why}", hint, where=where, about=article, at=at
            )
    for element in sheet.root.iter("a"):
        href = element.get("href") or ""
        if _SENTINEL.search(unquote(href)) and not _is_own(sheet, href):
            sentence = f"a reader's token would go to {_host(href) or 'others'}"
            hint = "write the story's address there, not letter.view or a counted link"
            yield error(sentence, hint, where=sheet.templates, at=element)


def _found(url: str, *, shared: bool) -> str:
    """Say what of a reader an address bears; empty: nothing."""
    plain = unquote(unquote(url))
    if _OURS.search(plain) or _SENTINEL.search(plain):
        return "a reader's token"
    if not shared:
        return ""
    # Fields of the sharing page, and of the address that is its field.
    inside = [value for _, value in _fields(url)]
    names = [name for address in inside for name, _ in _fields(address)]
    personal = next((name for name in names if _PERSONAL.fullmatch(name)), "")
    return f"the field “{personal}” of an address" if personal else ""


def _fields(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query)
    except ValueError:
        return []


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_own(sheet: Proofsheet, href: str) -> bool:
    """Say whether an address is ours up to the token."""
    before = _SENTINEL.split(href)[0]
    return before.startswith(f"{sheet.site_url}/") and "?" not in before

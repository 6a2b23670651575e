"""
What is handed to SendGrid: the edition once, and a few hundred bytes for each reader.

Limits and names are those of the v3 mail/send reference (twilio.com/docs/sendgrid, "Mail
Send"). JSON of our own: the package's mail helpers cost several times as much.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple

from newsletter.errors import InvalidAddress, RenderError, SettingsError
from newsletter.model import Appointment, Call, Envelope, Headers, MergeField, Rendition, Tokens
from newsletter.transports import headers as write

#: Readers in one request.
LARGEST_REQUEST = 1000

#: SendGrid takes less than 30 MB; counted in millions, with room for the request's headers.
LARGEST_BODY = 29_900_000

#: Header names that SendGrid writes itself, in small letters; a request with one is refused.
RESERVED = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)

#: SendGrid's own rewriting of our mails. Links, pixel and unsubscribing are ours already.
_TRACKING_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}

#: Where the door's token stands in Tokens.
_DOOR = Tokens._fields.index("door")

#: SendGrid cannot take these in a name, and reads them as the end of it.
_NOT_IN_NAMES = str.maketrans(";,", "  ")


class Part(NamedTuple):
    """One reader's share of a request."""

    delivery: int
    address: str
    #: What stands in `personalizations`: a JSON object of ASCII.
    entry: str


@dataclass(frozen=True, slots=True)
class Mould:
    """An edition's requests, whole but for their readers."""

    #: A JSON object of ASCII, its closing brace left off.
    shared: str
    #: One reader's entry, to be filled with `%`: To, tokens, call, delivery.
    reader: str
    #: Where those tokens stand in Tokens: the header's, and those of the tags.
    places: tuple[int, ...]

    def part(self, envelope: Envelope, call: str) -> Part:
        """
        Return what only this reader's copy says.

        Spliced, since a dictionary for each reader takes four times as long. Raises
        InvalidAddress, in a sentence without the address, when SendGrid could not write to it.
        """
        tokens, address = envelope.tokens, _address(envelope.address)
        to = f'"email":{quoted(address)}'
        if name := _name(envelope.name):
            to += f',"name":{quoted(name)}'
        values = [tokens[place] for place in self.places]
        entry = self.reader % (to, *values, quoted(call), envelope.delivery)
        return Part(envelope.delivery, address, entry)

    def body(self, parts: Iterable[Part]) -> str:
        """Return a request's JSON, all ASCII, so that it has as many bytes as characters."""
        return f'{self.shared},"personalizations":[{",".join([p.entry for p in parts])}]}}'


def mould(call: Call, *, sandbox: bool = False) -> Mould:
    """
    Write everything that a call's readers share; made once for an edition.

    Raises:
        RenderError: a part holds half a character.
        SettingsError: a header cannot be written as newsletter.toml or the settings say.
        InvalidAddress: the sender's or the reply address is none.

    """
    return _mould(call.rendition, call.headers, call.edition, call.appointment, sandbox)


@lru_cache(maxsize=8)
def _mould(
    rendition: Rendition,
    headers: Headers,
    edition: str,
    appointment: Appointment | None,
    sandbox: bool,
) -> Mould:
    tags = _tags(rendition)
    text, html = rendition.text, rendition.html
    for field, tag in tags.items():
        text, html = text.replace(field.sentinel, tag), html.replace(field.sentinel, tag)
    shared: dict[str, Any] = {
        "from": {"email": _address(headers.sender_address), "name": _sender(headers)},
        "subject": _whole("subject", write.one_line(rendition.subject)),
        "content": [
            {"type": media_type, "value": _whole(part, value)}
            for media_type, part, value in (
                ("text/plain", "text", text),
                ("text/html", "HTML", html),
            )
            if value
        ],
        "headers": _headers(headers),
        "tracking_settings": _TRACKING_OFF,
    }
    if headers.reply_to:
        shared["reply_to"] = {"email": _address(headers.reply_to)}
    if edition:
        # The edition's name begins with its newsletter's: `daily/2026-07-05`.
        shared["categories"] = [edition.partition("/")[0], edition]
    if appointment:
        shared |= {"send_at": int(appointment.at.timestamp()), "batch_id": appointment.id}
    if sandbox:
        shared["mail_settings"] = {"sandbox_mode": {"enable": True}}
    # Tokens lie in the order of their merge fields.
    used = {tag: place for place, tag in enumerate(tags.values()) if tag in text or tag in html}
    door = headers.unsubscribe and write.unsubscribe(headers.unsubscribe)
    reader = _reader(door, list(used), edition)
    header = (_DOOR,) if door else ()
    return Mould(_json(shared)[:-1], reader, (*header, *used.values()))


def _reader(door: str, tags: Sequence[str], edition: str) -> str:
    """Write the entry that `Mould.part` fills; tokens and numbers need no escaping in JSON."""
    arguments = {"sm_edition": edition.replace("%", "%%")} if edition else {}
    entry: dict[str, Any] = {
        "headers": {"List-Unsubscribe": f"<{door.replace('%', '%%')}%s>"},
        "substitutions": dict.fromkeys(tags, "%s"),
        "custom_args": arguments | {"sm_call": "%q", "sm_delivery": "%d"},
    }
    if not tags:
        del entry["substitutions"]
    if not door:
        del entry["headers"]
    return '{"to":[{%s}],' + _json(entry)[1:].replace('"%q"', "%s")


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def groups(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """
    Cut a call into requests: each of at most 1,000 readers, each address in it once.

    An address that is there again, in whatever case, goes into a request of its own.
    """
    rounds: list[list[Part]] = []
    seen: dict[str, int] = {}
    for part in parts:
        address = part.address.casefold()
        turn = seen[address] = seen.get(address, -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(part)
    for each in rounds:
        for first in range(0, len(each), LARGEST_REQUEST):
            yield each[first : first + LARGEST_REQUEST]


def _tags(rendition: Rendition) -> dict[MergeField, str]:
    """
    Make up a tag for each merge field that occurs nowhere in the edition.

    SendGrid replaces tags in the subject and wherever they stand, so one that an article
    happens to hold would become a reader's token. `~` never stands in a token, so no value
    can complete a tag either.
    """
    content = f"{rendition.subject}\0{rendition.text}\0{rendition.html}"
    while True:
        mark = f"~{secrets.token_hex(4)}"
        if mark not in content:
            return {field: f"{mark}{field.value[0]}~" for field in MergeField}


def _headers(headers: Headers) -> dict[str, str]:
    """RFC 2369, 2919 and 8058, and what keeps out-of-office answers away; none is reserved."""
    if not headers.unsubscribe:
        # A machine's answer to one person (RFC 3834).
        return {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
    # JSON needs no folding, and a line break has no business in a header's value.
    list_id = write.list_id(headers.list_name, headers.list_id).replace("\r\n ", " ")
    lines = {
        "List-Id": list_id,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": headers.help and f"<{write.word('List-Help', headers.help)}>",
        "List-Archive": headers.archive and f"<{write.word('List-Archive', headers.archive)}>",
        "List-Post": "NO",
        "Feedback-ID": headers.feedback_id and write.word("Feedback-ID", headers.feedback_id),
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    return {name: value for name, value in lines.items() if value}


def _sender(headers: Headers) -> str:
    name = write.one_line(headers.sender_name)
    if len(name) > write.LONGEST_NAME:
        raise SettingsError(
            f"The sender's name has {len(name)} characters; {write.LONGEST_NAME} are the most.",
            hint="Shorten it in newsletter.toml.",
        )
    return name


def _name(name: str) -> str:
    """Return a name as SendGrid takes it, or nothing when it is too long to be one."""
    if len(name) > write.LONGEST_NAME:
        return ""
    name = write.one_line(name)
    if ";" in name or "," in name:
        name = " ".join(name.translate(_NOT_IN_NAMES).split())
    return name


def _address(address: str) -> str:
    address = write.safe_address(address)
    if not address.isascii():
        raise InvalidAddress("SendGrid writes to no address with letters outside ASCII.")
    return address


def _whole(part: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise RenderError(
            f"The {part} part holds half a character, which no mail can carry.",
            hint=f"It is near line {line}; an emoji was probably cut in two.",
        ) from None
    return text


def probe(sender: str) -> str:
    """Return a request of which nothing is sent: SendGrid only looks it over."""
    someone = {"email": sender}
    return _json(
        {
            "personalizations": [{"to": [someone]}],
            "from": someone,
            "subject": "Probe",
            "content": [{"type": "text/plain", "value": "Probe"}],
            "mail_settings": {"sandbox_mode": {"enable": True}},
        }
    )

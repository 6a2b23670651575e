"""One reader's mail, ready for the wire: checked before anything is said to the relay."""

import re
from collections.abc import Callable
from typing import NamedTuple

from newsletter.errors import InvalidAddress, NewsletterError, PermanentFailure
from newsletter.model import Answer, Call, Envelope, Receipt
from newsletter.transports.headers import date_line, safe_address
from newsletter.transports.message import CompiledMessage, compile_message

#: Puts signatures above a mail.
Sign = Callable[[bytes], bytes]

_TOKENS = re.compile(r"[A-Za-z0-9_-]+")
#: What could end a path, a line or a command (RFC 5321 section 4.1.2).
_UNSAFE = re.compile(r"[\x00-\x20<>\x7f]")


class Mail(NamedTuple):
    """What goes to one reader."""

    delivery: int
    sender: str
    address: str
    #: RFC 5322 with CRLF, without the final dot.
    content: bytes

    @property
    def needs_smtputf8(self) -> bool:
        """True when its header bears an address outside ASCII (RFC 6531)."""
        return not self.address.isascii()


def mails_of(call: Call, sign: Sign | None = None) -> tuple[list[Mail], list[Receipt]]:
    """
    Write a call's mails; a reader who cannot be written to is a receipt instead.

    Raises PermanentFailure when the mail itself cannot be written, or would be cut on the wire.
    """
    compiled, date = _compiled(call), date_line(call.at)
    mails: list[Mail] = []
    refused: list[Receipt] = []
    for envelope in call.envelopes:
        try:
            mails.append(_mail(compiled, date, call, envelope))
        except InvalidAddress as error:
            refused.append(Receipt(envelope.delivery, Answer.REFUSED, str(error)))
    if mails:
        # What differs between readers was looked at one by one; the rest is the same in all.
        unbroken(mails[0].content)
    if sign:
        mails = [mail._replace(content=sign(mail.content)) for mail in mails]
    return mails, refused


def return_path(call: Call, envelope: Envelope) -> str:
    """Return the envelope's sender, where bounces go: this reader's own, where there is a box."""
    return path(envelope.return_path or call.headers.sender_address)


def path(address: str) -> str:
    """Return an address that stays one address on a command line. Raises InvalidAddress."""
    if _UNSAFE.search(address):
        raise InvalidAddress("The address holds characters that no mail can be sent to.")
    return safe_address(address)


def unbroken(content: bytes) -> None:
    """
    Hold a mail to what cannot be taken for its end, or for a second mail.

    No bare CR or LF, no NUL, no line that begins with a dot (our encoder writes none, so that
    none needs stuffing: RFC 5321 section 4.5.2), and CRLF at its end. Raises PermanentFailure.
    """
    lines = content.split(b"\r\n")
    bare = len(lines) - 1 != content.count(b"\n") or len(lines) - 1 != content.count(b"\r")
    dotted = any(line.startswith(b".") for line in lines)
    if bare or dotted or lines[-1] or b"\0" in content:
        raise PermanentFailure(
            "The mail holds a line that a relay could take for its end.",
            hint="This is a fault in the newsletter's encoder; nothing was sent. Please report it.",
        )


def _compiled(call: Call) -> CompiledMessage:
    """Write what readers share: what is wrong with it is no reader's fault, and no doubt."""
    try:
        if not path(call.headers.sender_address).isascii():
            raise InvalidAddress("The sender's address holds characters that few receivers take.")
        return compile_message(call.rendition, call.headers)
    except NewsletterError as error:
        raise PermanentFailure(str(error), hint=error.hint) from error


def _mail(compiled: CompiledMessage, date: bytes, call: Call, envelope: Envelope) -> Mail:
    if not _TOKENS.fullmatch("".join(envelope.tokens)):
        raise InvalidAddress("The tokens of this delivery hold characters that no link can.")
    to, sender = path(envelope.address), return_path(call, envelope)
    return Mail(envelope.delivery, sender, to, compiled.splice(envelope, date))

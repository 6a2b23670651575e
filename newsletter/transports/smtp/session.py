"""A conversation with the relay that was opened: one mail after the other."""

import math
from typing import TYPE_CHECKING, NamedTuple

from newsletter.transports import uptime
from newsletter.transports.smtp.mail import Mail
from newsletter.transports.smtp.replies import (
    Reply,
    Stage,
    Verdict,
    about_domain,
    judge,
    queue_id,
    words,
)
from newsletter.transports.smtp.wire import Wire

if TYPE_CHECKING:
    from ssl import SSLObject

#: What is said of a mail that was not begun in time.
TOO_LATE = "It was not begun in time, so it was not handed over."


class Patience(NamedTuple):
    """Seconds to wait; the relay's side of RFC 5321 section 4.5.3.2."""

    #: For a connection, TLS included.
    connect: float = 30
    #: For any answer but the last.
    reply: float = 300
    #: For the answer to a mail's end: giving up earlier makes doubt where there was none.
    end: float = 600


class Outcome(NamedTuple):
    """What became of one mail."""

    verdict: Verdict
    #: The relay's words, or ours; without addresses.
    words: str
    provider_id: str = ""
    #: False when the relay said nothing about it at all.
    heard: bool = True
    #: It is the receiving domain that wants less mail.
    crowded: bool = False


class Session:
    """One connection that may carry mails."""

    def __init__(self, wire: Wire, offers: dict[str, str], patience: Patience) -> None:
        #: What the relay offered in answer to EHLO: keyword in capitals, then its parameters.
        self.offers = offers
        #: How many mails got an answer on it.
        self.carried = 0
        self._wire = wire
        self._patience = patience
        self._reset = False

    @property
    def usable(self) -> bool:
        """True while the next mail can go out on it."""
        return self._wire.quiet

    @property
    def security(self) -> "SSLObject | None":
        """The TLS that it runs under, or None."""
        return self._wire.security

    @property
    def hung(self) -> bool:
        """True when it ended because an answer did not come."""
        return self._wire.hung

    @property
    def largest_mail(self) -> int:
        """Bytes that the relay takes, or 0 when it names no limit (RFC 1870)."""
        size = self.offers.get("SIZE", "")
        return int(size) if size.isascii() and size.isdecimal() and len(size) < 20 else 0

    def abort(self) -> None:
        """End it at once."""
        self._wire.abort()

    async def quit(self) -> None:
        """Say goodbye, and wait a moment for the answer: a close alone may look like an error."""
        if self.usable:
            self._wire.write(b"QUIT\r\n")
            await self._wire.replies(1, min(2, self._patience.reply))
        self._wire.close()
        await self._wire.replies(1, 1)

    async def nothing(self) -> str:
        """Ask for nothing; returns what is wrong, or nothing."""
        self._wire.write(b"NOOP\r\n")
        replies = await self._wire.replies(1, self._patience.reply)
        if not replies:
            return self._wire.trouble or "hung up"
        if judge(Stage.RESET, replies[0]) is Verdict.GO_ON:
            return ""
        self._wire.abort("did not want to be asked")
        return f"says {words(replies[0])}"

    async def post(self, mail: Mail, begin_by: float = math.inf) -> Outcome:
        """
        Hand one mail over, and say what became of it.

        `begin_by`, on the clock of `uptime`: its content does not go out later.
        """
        if refused := self._unfit(mail):
            return refused
        asked = await self._ask(mail)
        for stage, reply in asked:
            if (verdict := judge(stage, reply)) is not Verdict.GO_ON:
                return self._turned_down(verdict, mail, stage, reply, asked)
        if not asked or asked[-1][0] is not Stage.DATA:
            return Outcome(Verdict.LOST, f"The relay {self._wire.trouble}.", heard=bool(asked))
        if not self._wire.quiet:
            # An answer that came before its question answers something else.
            self._wire.abort("answered before it was asked")
            return Outcome(Verdict.LOST, f"The relay {self._wire.trouble}.")
        if uptime() > begin_by:
            self._wire.abort("was too slow")
            return Outcome(Verdict.DEFERRED, TOO_LATE)
        return await self._end(mail)

    def _unfit(self, mail: Mail) -> Outcome | None:
        """Say what this relay cannot take, before it is asked."""
        if mail.needs_smtputf8 and "SMTPUTF8" not in self.offers:
            why = "The relay does not take addresses outside ASCII (it has no SMTPUTF8)."
            return Outcome(Verdict.REFUSED, why)
        if 0 < self.largest_mail < len(mail.content):
            size = f"{len(mail.content):,} bytes; the relay takes {self.largest_mail:,}"
            return Outcome(Verdict.OURS, f"The mail has {size}.")
        return None

    async def _ask(self, mail: Mail) -> list[tuple[Stage, Reply]]:
        """Say who it is from and for: in one write where that is offered (RFC 2920)."""
        commands = self._commands(mail)
        if "PIPELINING" not in self.offers:
            return await self._step_by_step(commands)
        self._wire.write(b"".join(command for _, command in commands))
        replies = await self._wire.replies(len(commands), self._patience.reply)
        return [(stage, reply) for (stage, _), reply in zip(commands, replies, strict=False)]

    async def _step_by_step(self, commands: list[tuple[Stage, bytes]]) -> list[tuple[Stage, Reply]]:
        asked: list[tuple[Stage, Reply]] = []
        for stage, command in commands:
            self._wire.write(command)
            replies = await self._wire.replies(1, self._patience.reply)
            asked += [(stage, reply) for reply in replies]
            if not replies or judge(stage, replies[0]) is not Verdict.GO_ON:
                break
        return asked

    def _commands(self, mail: Mail) -> list[tuple[Stage, bytes]]:
        size = f" SIZE={len(mail.content)}" if "SIZE" in self.offers else ""
        wide = " BODY=8BITMIME SMTPUTF8" if mail.needs_smtputf8 else ""
        return [
            *([(Stage.RESET, b"RSET\r\n")] if self._reset else []),
            (Stage.MAIL, f"MAIL FROM:<{mail.sender}>{size}{wide}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{mail.address}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        ]

    def _turned_down(
        self,
        verdict: Verdict,
        mail: Mail,
        stage: Stage,
        reply: Reply,
        asked: list[tuple[Stage, Reply]],
    ) -> Outcome:
        """End a mail that was not taken before its content."""
        last_stage, last = asked[-1]
        waits_for_content = last_stage is Stage.DATA and 300 <= last.code < 400
        if waits_for_content or verdict in {Verdict.LEAVING, Verdict.LOST}:
            # A mail without a reader must not be finished, not even an empty one.
            self._wire.abort("said what does not follow")
        self._reset = True
        self.carried += verdict is not Verdict.LEAVING
        if verdict is Verdict.LOST:
            return Outcome(verdict, f"The relay answered {stage} by {words(reply, mail.address)}")
        crowded = about_domain(stage, reply)
        return Outcome(verdict, words(reply, mail.address), crowded=crowded)

    async def _end(self, mail: Mail) -> Outcome:
        """Write the content and its end, and believe only the answer to that."""
        self._wire.write(mail.content, b".\r\n")
        replies = await self._wire.replies(1, self._patience.end)
        if not replies:
            lost = Verdict.UNKNOWN if self._wire.flushed else Verdict.LOST
            return Outcome(lost, f"The relay {self._wire.trouble} before it answered for the mail.")
        verdict = judge(Stage.END, replies[0])
        if not self._wire.flushed:
            # It answered without having read all: it can refuse, but not have taken.
            self._wire.abort("answered before it was asked")
            verdict = Verdict.UNKNOWN if verdict is Verdict.SUBMITTED else verdict
        elif verdict is Verdict.UNKNOWN:
            self._wire.abort("said what does not follow")
        self._reset = False
        self.carried += verdict not in {Verdict.LEAVING, Verdict.UNKNOWN}
        if verdict is Verdict.SUBMITTED:
            return Outcome(verdict, "", queue_id(replies[0]))
        crowded = about_domain(Stage.END, replies[0])
        return Outcome(verdict, words(replies[0], mail.address), crowded=crowded)

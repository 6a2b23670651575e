"""The buttons. Each does one thing, and answers with one sentence."""

from collections.abc import Callable, Mapping
from pathlib import Path

from newsletter.errors import DeliveryError, NewsletterError
from newsletter.model import Answer
from newsletter.newsroom import Draft
from newsletter.preflight import FURTHER
from newsletter.studio.choosing import Desk
from newsletter.studio.live import Live

#: What the checks that ask others look at.
LOOKED: Mapping[str, str] = {
    "spam": "this machine's filter",
    "dead-links": "every link",
    "sender-dns": "the sender's DNS",
}

#: Proofs go to the newsroom, not to a list.
MOST_PROOFS = 10

Form = Mapping[str, str]


class Actions:
    """What an editor may do to the edition that is shown."""

    def __init__(self, live: Live, *, launch: Callable[[str], object]) -> None:
        """`launch` opens a file in the program that this machine has for it."""
        self._live = live
        self._newsroom = live.newsroom
        self._launch = launch
        self.desk = Desk(live)
        self.known: Mapping[str, Callable[[Form], str]] = {
            "proof": self.proof,
            "approve": self.approve,
            "hold": self.hold,
            "release": self.release,
            "pause": self.pause,
            "resume": self.resume,
            "cancel": self.cancel,
            "open": self.open,
            "ask": self.ask,
            "further": self.further,
            "choose": self.desk.choose,
            "withdraw": self.withdraw,
            "undo": lambda _: self.desk.undo(),
        }

    def act(self, name: str, form: Form) -> str:
        """Do it, and have the page show what became of it. Raises NewsletterError."""
        said = self.known[name](form)
        self._live.look()
        return said

    def proof(self, form: Form) -> str:
        """Mail the draft to addresses; its links, the way out included, change nothing."""
        addresses = form.get("addresses", "").replace(",", " ").split()
        if not addresses or len(addresses) > MOST_PROOFS:
            raise DeliveryError(f"A proof goes to one to {MOST_PROOFS} addresses.")
        receipts = self._newsroom.dispatch.proof(self._draft(form), addresses)
        failed = [
            f"{address}: {receipt.reply or receipt.answer}"
            for address, receipt in zip(addresses, receipts, strict=True)
            if receipt.answer is not Answer.SUBMITTED
        ]
        if failed:
            raise DeliveryError(f"Not sent to {'; '.join(failed)}.")
        ways = "Its unsubscribe link works and leaves nobody out."
        return f"Proof sent to {', '.join(addresses)}. {ways}"

    def ask(self, _form: Form) -> str:
        """Say what approving means."""
        draft = self._needed()
        shown = self._live.shown
        hour = shown.newsletter.schedule.hour_on(self._live.day)
        readers = self._newsroom.viewing.reach(shown.newsletter)
        who = f"{readers:,} readers" if readers else f"the readers of {shown.newsletter.list_name}"
        count = len(draft.edition.articles)
        goes = f" They go at {hour.hour}:{hour:%M %Z}." if hour > shown.at else ""
        return f"Approve {count} article{'s' * (count != 1)} for {who}?{goes}"

    def further(self, form: Form) -> str:
        """Have the checks run that ask others; only when somebody presses for it."""
        names = [name for name in FURTHER if form.get(name)]
        if not names:
            raise DeliveryError("Nothing is ticked.", hint="Tick what to look at.")
        found = self._live.look_further(self._draft(form), names)
        count = f"{len(found)} finding{'s' * (len(found) != 1)}" if found else "nothing found"
        return f"Looked at {', '.join(LOOKED[name] for name in names)}: {count}."

    def approve(self, form: Form) -> str:
        """Sign off the bytes that the editor has seen, and no others."""
        by = " ".join(form.get("by", "").split())
        if not by:
            raise DeliveryError("Nobody has signed.", hint="Write your name.")
        self._newsroom.choices.approve(self._draft(form), by=by)
        self.desk.forget()
        # The word stands in the file that the draft was made with.
        self._live.refresh()
        return f"Approved by {by}."

    def withdraw(self, form: Form) -> str:
        """Take a story away at once: it needs no new approval."""
        return self.desk.withdraw(form, self._newsroom.choices.editor)

    def hold(self, form: Form) -> str:
        by, why = (" ".join(form.get(name, "").split()) for name in ("by", "why"))
        reason = f"by {by}: {why}" if by and why else f"by {by}" if by else why
        self._newsroom.control.hold(self._live.id, reason=reason)
        return "Held. It is not sent until it is released."

    def release(self, _form: Form) -> str:
        self._newsroom.control.release(self._live.id)
        return "Released."

    def pause(self, _form: Form) -> str:
        self._newsroom.control.pause(self._live.id)
        return "Paused: no call is begun any more."

    def resume(self, _form: Form) -> str:
        self._newsroom.control.resume(self._live.id)
        return "It goes on, as soon as somebody sends it: newsletter send, or newsletter run."

    def cancel(self, form: Form) -> str:
        """Give it up for good; the edition's name must be typed."""
        if form.get("edition", "").strip() != str(self._live.id):
            raise DeliveryError(f"Type {self._live.id} to give it up for good.")
        count = self._newsroom.control.cancel(self._live.id)
        return f"Cancelled: {count:,} readers are not mailed."

    def open(self, form: Form) -> str:
        """Open an article's own file: one of those on the desk, and no other."""
        made = self._live.shown.made
        choices = made.selection.choices if made else ()
        wanted = form.get("article", "")
        found = next((c.article for c in choices if wanted and c.article.id == wanted), None)
        if found is None or not Path(found.origin).is_file():
            raise DeliveryError("That story is no file on this machine.")
        self._launch(str(Path(found.origin).resolve()))
        return f"Opened {found.origin}."

    def _needed(self) -> Draft:
        shown = self._live.shown
        if shown.draft is None:
            raise DeliveryError("There is no mail yet.")
        if shown.fault:
            raise DeliveryError("The newest mail could not be made.", hint="Mend what is shown.")
        return shown.draft

    def _draft(self, form: Form) -> Draft:
        """Return the draft that the page shows; another one has been saved meanwhile."""
        draft = self._needed()
        if form.get("hash") != draft.rendition.hash:
            raise DeliveryError("The mail has changed while you looked.", hint="Look again.")
        return draft


def told(error: NewsletterError) -> str:
    return f"{error} {error.hint}".strip()

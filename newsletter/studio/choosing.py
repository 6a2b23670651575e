"""Saves what an editor does at the desk, and takes it back; never over somebody else's save."""

import threading

from newsletter.errors import DeliveryError
from newsletter.model import Choices
from newsletter.newsroom import Draft, NoEdition
from newsletter.newsroom.steps import Step
from newsletter.studio.live import Live
from newsletter.studio.moves import Form, moved

#: Versions that a page may still be showing.
_MOST_SEEN = 50


class Desk:
    """The panel's hand on the day's file of choices."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._newsroom = live.newsroom
        self._steps = live.newsroom.choices.steps(live.shown.newsletter, live.day)
        #: What each version that a page has shown said: a page may be behind.
        self._seen: dict[str, Choices] = {}
        self._alone = threading.Lock()

    def remember(self, made: Draft | NoEdition | None) -> None:
        """Keep what a page is about to show, so that its next move is made on just that."""
        if made is not None:
            known = {**self._seen}
            known.pop(made.version, None)
            pairs = [*known.items(), (made.version, made.choices)]
            self._seen = dict(pairs[-_MOST_SEEN:])

    def choose(self, form: Form) -> str:
        """
        Make one move on the version that the page showed, and save it.

        Raises:
            ChoicesChanged: somebody saved another version meanwhile, so nothing was written.
            DeliveryError: there is no such move, or its story is gone.
            ChoicesError: the file cannot be read or written.

        """
        with self._alone:
            made, seen = self._made(), form.get("seen", "")
            before = self._before(seen)
            after = moved(form.get("move", ""), made, before, form)
            if after.choices != before:
                self._save(before, after.choices, seen)
            return after.said

    def withdraw(self, form: Form, by: str) -> str:
        """Take a story away; an approval stays good. Raises as `choose`."""
        with self._alone:
            newsletter, day = self._live.shown.newsletter, self._live.day
            story, seen = form.get("story", ""), form.get("seen", "")
            before = self._before(seen)
            after = self._newsroom.choices.withdraw(newsletter, day, story, by=by, seen=seen)
            self._keep(before, after)
            return f"Withdrawn by {by}. An approval stays good."

    def undo(self) -> str:
        """Put the version before the last save back. Raises as `choose`."""
        with self._alone:
            step = self._steps.last
            if step is None:
                raise DeliveryError("There is nothing to undo.")
            newsletter, day = self._live.shown.newsletter, self._live.day
            version = self._newsroom.choices.save(newsletter, day, step.before, seen=step.version)
            self._steps.drop(version)
            self._live.refresh()
            return "Undone: the choices are as they were before the last save."

    def forget(self) -> None:
        """Begin anew, after an approval: a signature is not taken back by a key."""
        with self._alone:
            self._steps.clear()

    @property
    def can_undo(self) -> bool:
        return self._steps.last is not None

    def _made(self) -> Draft | NoEdition:
        made = self._live.shown.made
        if made is None:
            raise DeliveryError("There is no edition to choose for yet.")
        return made

    def _before(self, seen: str) -> Choices:
        """Return what the page showed, else what is there: saving asks for its version anyway."""
        if seen in self._seen:
            return self._seen[seen]
        return self._newsroom.choices.read(self._live.shown.newsletter, self._live.day)[0]

    def _save(self, before: Choices, after: Choices, seen: str) -> None:
        newsletter, day = self._live.shown.newsletter, self._live.day
        version = self._newsroom.choices.save(newsletter, day, after, seen=seen)
        self._keep(before, version)

    def _keep(self, before: Choices, version: str) -> None:
        self._steps.add(Step(before=before, version=version))
        # The file lies in a watched folder; who pressed need not wait for that.
        self._live.refresh()

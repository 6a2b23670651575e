"""As whom the mail is looked at: somebody made up, or a real reader. Nothing of them is stored."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from newsletter.errors import NewsletterError
from newsletter.model import SubscriberState
from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Mode, Newsletter

if TYPE_CHECKING:
    # It loads the database, which a first look does without.
    from newsletter.storage.dossiers import Subscriber

#: A name as long as our mails carry, so that the largest To header stands in one of them.
_LONG = "Maria del Carmen Fernández-Villaverde y Ruiz de Arana von Hohenstein-Langenburg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Whom a mail is written to."""

    #: What the page calls it by: a persona's word, or an address.
    word: str
    label: str
    address: str
    name: str = ""
    #: False: neither clicks nor opens of theirs are counted.
    counted: bool = True
    #: A real reader of ours.
    known: "Subscriber | None" = None


PERSONAS: tuple[Persona, ...] = (
    Persona(
        word="longest",
        label="Longest name",
        address=f"{'maria.del.carmen.' * 3}fernandez@correspondence.long-department.example.com",
        name=_LONG,
    ),
    Persona(word="plain", label="Ann Lee", address="ann@example.com", name="Ann Lee"),
    Persona(word="hindi", label="हिन्दी name", address="asha@example.com", name="आशा श्रीवास्तव"),
    Persona(word="arabic", label="Arabic name", address="layla@example.com", name="ليلى الحسيني"),
    Persona(word="nameless", label="No name", address="reader@example.com"),
    Persona(
        word="uncounted",
        label="Counting off",
        address="quiet@example.com",
        name="Sam Quiet",
        counted=False,
    ),
)
_BY_WORD = {persona.word: persona for persona in PERSONAS}


def find(word: str, newsroom: Newsroom) -> Persona:
    """
    Return a persona by its word, or a reader by address; one who is not known is as good.

    Raises InvalidAddress, StorageError.
    """
    if not word or word in _BY_WORD:
        return _BY_WORD[word or "longest"]
    known = newsroom.viewing.reader(word)
    if known is None or known.public_id is None:
        return Persona(word=word, label=word, address=word, known=known)
    return Persona(
        word=word,
        label=known.address,
        address=known.address,
        name=known.name,
        counted=known.counted,
        known=known,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One reader's own mail."""

    persona: Persona
    #: As it would leave now.
    mail: bytes
    #: Its two bodies, as this reader gets them.
    html: str
    text: str
    #: Bytes of its HTML: what Gmail counts.
    size: int
    #: What is said of this reader alone: name and value.
    facts: tuple[tuple[str, str], ...]
    #: Why they get nothing; empty: nothing speaks against it.
    barred: tuple[str, ...]


def copy_for(persona: Persona, draft: Draft, newsroom: Newsroom) -> Copy:
    """
    Write one reader's copy, with tokens that open pages which change nothing.

    Real tokens would let whoever looks over a shoulder unsubscribe this reader; these are as
    long. Raises InvalidAddress, SettingsError.
    """
    number = int.from_bytes(sha256(persona.address.encode()).digest()[:6])
    tokens = newsroom.viewing.tokens(draft.newsletter, number)
    mail = newsroom.viewing.mail(
        draft.rendition, draft.headers, to=persona.address, name=persona.name, tokens=tokens
    )
    parsed = message_from_bytes(mail, policy=policy.default)
    html, text = (_body(parsed, kind) for kind in ("html", "plain"))
    size = len(html.encode())
    facts = [
        ("To", str(parsed["To"])),
        ("Message-ID", str(parsed["Message-ID"])),
        ("List-Unsubscribe", str(parsed["List-Unsubscribe"])),
        ("Links", _mode(draft.newsletter.tracking.clicks, counted=persona.counted)),
        ("Opens", _mode(draft.newsletter.tracking.opens, counted=persona.counted)),
        ("The mail", f"{len(mail):,} bytes, {size:,} of them HTML"),
    ]
    facts += _about(persona.known) if persona.known else []
    return Copy(
        persona=persona,
        mail=mail,
        html=html,
        text=text,
        size=size,
        facts=tuple(facts),
        barred=tuple(_barred(persona, draft.newsletter)),
    )


def _body(mail: EmailMessage, kind: Literal["html", "plain"]) -> str:
    part = mail.get_body(preferencelist=(kind,))
    content = part.get_content() if part else ""
    return str(content).replace("\r\n", "\n")


_SAID = {
    "off": "not counted; links lead straight there",
    "aggregate": "counted, the same token for everybody",
    "pseudonymous": "counted under a pseudonym of this edition, whose key is destroyed in a day",
    "individual": "counted by who it was",
}


def _mode(mode: Mode, *, counted: bool) -> str:
    if mode != "off" and not counted:
        return "this reader asked not to be counted: a token that says just that"
    return _SAID[mode]


def _about(known: "Subscriber") -> list[tuple[str, str]]:
    lists = ", ".join(f"{name}: {state}" for name, (state, _) in known.lists.items()) or "none"
    return [
        ("Lists", lists),
        ("Language of pages", known.lang or "the newsletter's"),
        ("How often", known.frequency),
    ]


def _barred(persona: Persona, newsletter: Newsletter) -> list[str]:
    """Say why a reader would not get this mail. Made-up ones always do."""
    known = persona.known
    if persona.word in _BY_WORD:
        return []
    if known is None:
        return ["This address is on no list of ours."]
    states = [known.lists[name][0] for name in newsletter.list_names if name in known.lists]
    found = [f"Suppressed: {one.reason}." for one in known.suppressions]
    if SubscriberState.ACTIVE not in states:
        found.append(f"Not active on {' or '.join(newsletter.list_names)}.")
    if known.paused_until:
        found.append(f"Asked for a pause until {known.paused_until:%-d %B}.")
    return found


def refused(error: NewsletterError) -> str:
    """Say why there is no copy for somebody."""
    return f"{error} {error.hint}".strip()

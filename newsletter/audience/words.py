"""Words that other systems and spreadsheets write in their fields, and what they mean here."""

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason

#: What a word of state means: how a reader wants mail, or why they must get none.
Told = SubscriberState | SuppressionReason
Meaning = TypeVar("Meaning")

_JOINTS = re.compile(r"[\s_.:*’'\ufeff\u200b-]+")


def word(text: str) -> str:
    """Reduce `E-mail Address` to `emailaddress`."""
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return _JOINTS.sub("", text).casefold()


def words(texts: str) -> tuple[str, ...]:
    """Reduce words that are parted by commas, each as `word` does."""
    return tuple(word(text) for text in texts.split(","))


def meanings(said: Mapping[Meaning, str]) -> dict[str, Meaning]:
    """Turn words by meaning, parted by commas, into meaning by word."""
    return {text: meaning for meaning, texts in said.items() for text in words(texts)}


#: In a column of state. Whatever stands here in no list is nobody's consent.
STATES: Mapping[str, Told] = meanings(
    {
        SubscriberState.ACTIVE: (
            ",subscribed,active,enabled,confirmed,abonné,abonnée,inscrit,inscrite,actif,"
            "abonniert,aktiv,suscrito,activo,inscrito,ativo,iscritto,attivo,actief,सक्रिय"
        ),
        SubscriberState.PENDING: (
            "pending,unconfirmed,not confirmed,unactivated,validating,en attente,ausstehend,"
            "pendiente,pendente,लंबित"
        ),
        SuppressionReason.UNSUBSCRIBED: (
            "unsubscribed,unsubscribe,cancelled,canceled,inactive,disabled,opted out,opt out,"
            "désabonné,désabonnée,désinscrit,désinscrite,inactif,abgemeldet,inaktiv,"
            "dado de baja,baja,inactivo,descadastrado,cancelado,inativo,disiscritto,uitgeschreven,"
            "निष्क्रिय"
        ),
        SuppressionReason.BOUNCED: (
            "bounced,bounce,hard bounce,hard bounced,cleaned,undeliverable,unreachable,invalid"
        ),
        SuppressionReason.COMPLAINED: "complained,complaint,spam,spam complaint,abuse",
        SuppressionReason.MANUAL: (
            "blocklisted,blacklisted,blocked,suppressed,archived,manual,removed,spammy"
        ),
        SuppressionReason.ERASED: "erased,deleted,forgotten",
    }
)

_YES = frozenset(words("yes,y,true,t,1,x,on,oui,vrai,ja,wahr,sí,si,sim,verdadero,verdadeiro,हाँ"))
_NO = frozenset(
    words("no,n,false,f,0,off,non,faux,nein,falsch,nee,nej,não,nao,falso,नहीं,null,none,never,n/a,")
)


def reason_of(text: str) -> SuppressionReason:
    """Return what a word in a `reason` column means; manual for any that is not known."""
    told = STATES.get(word(text))
    return told if isinstance(told, SuppressionReason) else SuppressionReason.MANUAL


def answer(text: str) -> bool | None:
    """
    Read a field that answers yes or no, or says by a date since when; None for an empty one.

    Raises AudienceError for what is neither.
    """
    if not (said := text.strip()):
        return None
    if word(said) in _NO:
        return False
    if word(said) in _YES or any(character.isdigit() for character in said):
        return True
    raise unknown(said)


def happened(text: str) -> bool:
    """Tell the date of an event from the many ways of writing that there was none."""
    return word(text) not in _NO and not text.startswith("0000-00-00")


def unknown(said: str) -> AudienceError:
    """Return the error for a word of state that is in no list."""
    return AudienceError(f"Nobody here knows the state “{said[:40]}”.")

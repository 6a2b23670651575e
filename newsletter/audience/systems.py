"""
The systems whose exports are known, each told by words of its header.

To add one, describe it here; what its fields say is in `words`, how they are called in
`columns`. The first whose words all stand in a header is the one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter.audience.attributes import (
    Unpack,
    from_json,
    from_literal,
    from_quoted_tags,
    from_tags,
)
from newsletter.audience.words import Told, meanings, word, words
from newsletter.model import SubscriberState, SuppressionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What sets the exports of a system apart from those of all others."""

    #: Empty for a plain file.
    name: str = ""
    #: Words of the header; any one group tells the system.
    marks: tuple[tuple[str, ...], ...] = ()
    #: Everybody in such a file has left, for this reason.
    gone: SuppressionReason | None = None
    #: The column of state, where its name is nobody else's.
    state: str = ""
    #: What its words of state mean, where others mean something else or nothing by them.
    states: Mapping[str, Told] = field(default_factory=dict)
    #: How it means 04/12/2022; None where that is not known.
    day_first: bool | None = None
    #: By column, how fields with more than one thing in them are read.
    unpacked: Mapping[str, Unpack] = field(default_factory=dict)
    #: Where those who left are, when no column says so.
    elsewhere: str = "import the list of unsubscribed people as well"
    #: What a person must know of every such file.
    caution: str = ""


PLAIN = System()

#: One address a line, and no header to tell it by.
MEDIUM = System(name="Medium")

_MAILCHIMP_TAGS: Mapping[str, Unpack] = {"tags": from_quoted_tags}
_ALL_LEFT = "Everybody in this file has left: they are suppressed, and nobody is subscribed."

_KEILA = System(
    name="Keila",
    marks=(
        words("Email,First name,Last name,Data"),
        words("Email,First name,Last name,External ID"),
    ),
    unpacked={"data": from_json},
)

#: In the order in which they are tried.
SYSTEMS: tuple[System, ...] = (
    System(
        name="Mailchimp, unsubscribed",
        marks=(words("UNSUB_TIME"),),
        gone=SuppressionReason.UNSUBSCRIBED,
        unpacked=_MAILCHIMP_TAGS,
        caution=_ALL_LEFT,
    ),
    System(
        name="Mailchimp, cleaned",
        marks=(words("CLEAN_TIME"),),
        gone=SuppressionReason.BOUNCED,
        unpacked=_MAILCHIMP_TAGS,
        caution=_ALL_LEFT,
    ),
    System(
        name="Mailchimp",
        marks=(words("MEMBER_RATING"), words("OPTIN_TIME"), words("LEID,EUID")),
        unpacked=_MAILCHIMP_TAGS,
        elsewhere="import Mailchimp's files of unsubscribed and of cleaned people as well",
    ),
    System(
        name="tinynews",
        marks=(words("Channel id,Engagement OptIn"),),
        states=meanings({SubscriberState.ACTIVE: "1,2", SuppressionReason.UNSUBSCRIBED: "0,4"}),
    ),
    System(name="tinynews", marks=(words("Date added,Last modified,status,clicks,opens"),)),
    System(
        name="Substack",
        marks=(
            words("email_disabled"),
            words("active_subscription"),
            words("prefer_digests"),
            words("Stripe plan"),
            words("Subscription type,Emails received (6mo)"),
            words("subscription_type,subscription_created_at"),
        ),
        elsewhere="Substack's file with a column email_disabled has them",
    ),
    System(name="Ghost", marks=(words("subscribed_to_emails"),)),
    System(
        name="listmonk",
        marks=(words("uuid,attributes,status"), words("email,name,attributes")),
        unpacked={"attributes": from_json},
    ),
    System(
        name="Buttondown",
        marks=(words("subscriber_type"), words("subscription_date,unsubscription_date")),
        state="subscribertype",
        states=meanings(
            {SubscriberState.ACTIVE: "regular,premium,gifted,trialed,unpaid,churning,past due"}
        ),
        unpacked={"tags": from_tags, "metadata": from_literal},
    ),
    System(
        name="Brevo", marks=(words("EMAIL_BLACKLISTED"), words("SMS_BLACKLISTED")), day_first=True
    ),
    System(name="ActiveCampaign", marks=(words("Email,Date Created,IP"),)),
    System(name="beehiiv", marks=(words("email,status,tier,created_at"),)),
    _KEILA,
    System(name="Kit", marks=(words("first_name,email,created_at,status"),)),
    System(name="Curated", marks=(words("Email Address,Subscribed at"),)),
    System(
        name="SendGrid, suppressed",
        marks=(words("status,reason,email,created"),),
        gone=SuppressionReason.BOUNCED,
        caution=_ALL_LEFT,
    ),
    System(
        name="SendGrid",
        marks=(
            words("email,alternate_emails"),
            words("email,state_province_region"),
            words("email,contact_id,created_at,updated_at"),
        ),
        day_first=False,
        elsewhere="import SendGrid's lists of suppressions as well",
    ),
)

#: Keila's, which no word tells from a plain file, but the spelling of the whole header does.
_SPELLED = (("Email", "First name", "Last name"), ("Email", "First name", "Last name", "Status"))


def recognised(header: Iterable[str]) -> System:
    """Tell whose export has this header; PLAIN where none of those known does."""
    names = tuple(name.strip() for name in header)
    if names in _SPELLED:
        return _KEILA
    there = {word(name) for name in names}
    for system in SYSTEMS:
        if any(there.issuperset(mark) for mark in system.marks):
            return system
    return PLAIN

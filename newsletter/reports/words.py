"""What a report says in sentences: each a pure function, right for none, for one and for many."""

from newsletter.model import BounceClass, EditionState
from newsletter.reports import usual
from newsletter.reports.figures import (
    clock,
    counted,
    moment,
    number,
    percent,
    percent_span,
    scaled_span,
    span,
    zone_name,
)
from newsletter.reports.report import Report, Tally

#: Where each number stands, below it: what it means, and what it is of.
ACCEPTED_MEANS = "Accepted: whoever carries our mail took it."
DELIVERED_MEANS = (
    "Delivered: the reader's mail server took it; whether into the inbox, nobody tells."
)
NOT_BACK_MEANS = (
    "Not come back: accepted, and no bounce since. Nobody tells us of deliveries here, so every "
    "rate is of these."
)
CLICKS_MEAN = (
    "Clicks by people: every press on a link of the mail, as often as it was pressed, scanners and "
    "prefetchers left out. Unsubscribing is none of them."
)
LEFT_MEANS = "Left: unsubscribed by a link or the header of this edition."
COMPLAINED_MEANS = "Complained: pressed “spam”, and their mail company told us."
USUAL_MEANS = (
    "Usual: where eight of ten of the last editions lie. Those with fewer than 200 delivered are "
    "left out."
)
UNKNOWN_MEANS = (
    "Unsure: the line broke in the middle of handing over, so they may have the mail or not. No "
    "machine sends it to them again."
)
NO_RATES = "Fewer than 200 delivered: counts only, for a rate would be chance."

#: From Gmail's rules for who sends in bulk: stay under the first, never reach the second.
COMPLAINTS_AIM, COMPLAINTS_LIMIT = 0.001, 0.003

#: Of the accepted ones: more hard bounces than these are a list that nobody looked after.
HARD_BOUNCES_LIMIT = 0.02

_GOING_ON = {EditionState.SENDING, EditionState.PAUSED}


def is_going_on(report: Report) -> bool:
    """Say whether more of it may still go out."""
    return report.state in _GOING_ON or report.counts.pending > 0


def opening(report: Report) -> str:
    """Say all that matters in a breath: who was reached, who clicked, who went."""
    if not report.counts.selected:
        return "Nobody was selected, so nothing went out."
    return f"{reached(report)} {clicked(report)} {went(report)}"


def reached(report: Report) -> str:
    """Say who got it: `48,093 of 48,120 accepted, 47,610 delivered`."""
    counts = report.counts
    so_far = " so far" if is_going_on(report) else ""
    accepted = f"{number(counts.submitted)} of {number(counts.selected)} accepted{so_far}"
    if not counts.submitted:
        return f"None of {number(counts.selected)} accepted{so_far}."
    if report.knows_delivered:
        return f"{accepted}, {number(report.delivered)} delivered."
    verb = "has" if report.delivered == 1 else "have"
    return f"{accepted}, {number(report.delivered)} {verb} not come back."


def clicked(report: Report) -> str:
    """Say how often people pressed: `5,210 to 5,690 clicks by people`."""
    if report.clicks_mode == "off":
        return "Clicks are not counted."
    clicks = report.clicks
    if not clicks.most:
        return "No clicks by people."
    if clicks.most == 1 == clicks.people:
        return "1 click by a person."
    return f"{span(clicks.people, clicks.most)} clicks by people."


def went(report: Report) -> str:
    """Say who went, and who wrote back: `31 left, 2 complained. 4 answered`."""
    answered = f" {number(report.answers)} answered." if report.answers else ""
    return f"{_left(report)}{answered}"


def _left(report: Report) -> str:
    left, complained = report.left, report.complained
    if not complained and not report.knows_delivered:
        return f"{_nobody(left)} left."
    if not left and not complained:
        return "Nobody left or complained."
    return f"{_nobody(left)} left, {_nobody(complained).lower()} complained."


def _nobody(count: int) -> str:
    return number(count) if count else "Nobody"


def unsure(report: Report) -> str:
    """Say who may or may not have the mail."""
    unknown = report.counts.unknown
    if not unknown:
        return "Nobody: everyone's mail is known to be accepted, or known not to be."
    readers = counted(unknown, "reader")
    return f"{readers} may or may not have the mail."


def state(report: Report) -> str:
    """`Sent 07:00:00 to 07:00:16 IST.`, in the newsletter's zone."""
    began, ended = report.began, report.finished
    if report.state == EditionState.SENT and began and ended:
        return f"Sent {_between(report)}."
    words = {
        EditionState.SENDING: "Still being sent",
        EditionState.PAUSED: "Paused",
        EditionState.CANCELLED: "Cancelled",
        EditionState.HELD: "Held",
        EditionState.SENT: "Sent",
    }
    said = words.get(report.state, report.state.capitalize())  # type: ignore[call-overload]
    since = f", begun {moment(began, report.timezone)}" if began else ""
    return f"{said}{since}; {settled(report)}."


def _between(report: Report) -> str:
    began, ended = report.began, report.finished
    assert began  # noqa: S101 - asked for by the caller
    assert ended  # noqa: S101 - the same
    zone = zone_name(ended, report.timezone)
    if (ended - began).total_seconds() > 12 * 3600:
        return f"{moment(began, report.timezone)} to {moment(ended, report.timezone)}"
    ends = [clock(at, report.timezone, seconds=True) for at in (began, ended)]
    return f"{ends[0]} to {ends[1]} {zone}"


def settled(report: Report) -> str:
    """`31,017 of 48,120 settled`."""
    counts = report.counts
    done = counts.selected - counts.pending - counts.unknown
    return f"{number(done)} of {number(counts.selected)} settled"


def certainty(tally: Tally) -> str:
    """`5,210 sure; 480 more look like people but may be scanners; 1,904 machines left out`."""
    parts = [f"{number(tally.people)} sure"]
    if tally.unsure == 1:
        parts.append("1 more looks like a person but may be a scanner")
    elif tally.unsure:
        parts.append(f"{number(tally.unsure)} more look like people but may be scanners")
    left_out = f"{counted(tally.robots, 'machine')} left out"
    parts.append(left_out if tally.robots else "no machine among them")
    return f"{'; '.join(parts)}."


def click_rate(report: Report) -> str:
    """`109 to 120 per 1,000 delivered`; empty where a rate would be chance."""
    if not usual.has_rates(report):
        return ""
    clicks = report.clicks
    return (
        f"{scaled_span(clicks.people, clicks.most, report.delivered, 1000)} per 1,000 {of(report)}"
    )


def of(report: Report) -> str:
    """Name the base of every rate."""
    return usual.base(report)


def clickers(report: Report) -> str:
    """Say how many readers were behind the clicks; where nobody knows, say that."""
    low, high = report.clicks.readers, report.clicks.readers_most
    if low is None:
        return "These are clicks, not readers: nobody knows who clicked."
    most = max(low, high or 0)
    if not most:
        return ""
    readers = f"{span(low, most)} {'reader' if most == 1 else 'readers'}"
    if not usual.has_rates(report):
        return f"By {readers}."
    rate = percent_span(low, most, report.delivered)
    return f"By {readers}: {rate} of {number(report.delivered)} {of(report)}."


def complaints(report: Report) -> str:
    """Say how many complained, and which of Gmail's lines that crosses."""
    if not report.complained and not report.knows_delivered:
        return "Nobody tells us of complaints here."
    base = f"{number(report.delivered)} {of(report)}"
    said = f"{_nobody(report.complained)} of {base} complained"
    if not usual.has_rates(report) or not report.complained:
        return f"{said}."
    rate = report.complained / report.delivered
    said += f": {percent(report.complained, report.delivered, 2)}"
    if rate >= COMPLAINTS_LIMIT:
        return f"{said}, and from 0.30\u00a0% on Gmail turns mail away."
    return (
        f"{said}, and Gmail asks for less than 0.10\u00a0%."
        if rate >= COMPLAINTS_AIM
        else f"{said}."
    )


def hard_bounces(report: Report) -> str:
    """`12 of 48,093 accepted bounced hard: less than 0.1 %`, and whether that is too much."""
    hard = sum(one.count for one in report.bounces if one.kind is BounceClass.HARD)
    accepted = report.counts.submitted
    said = f"{number(hard) if hard else 'None'} of {number(accepted)} accepted bounced hard"
    if not usual.has_rates(report) or not hard:
        return f"{said}."
    said += f": {percent(hard, accepted)}"
    return f"{said}. Look at the list." if hard >= HARD_BOUNCES_LIMIT * accepted else f"{said}."


def opens(report: Report) -> str:
    """Say what is known of opens, which is little."""
    if report.opens_mode == "off":
        return "Opens are not counted."
    low, high = report.opens.people, report.opens.most
    found = number(low) if low == high else f"Between {number(low)} and {number(high)}"
    return f"{found}. Some mail apps open every mail by themselves; do not judge a story by this."


def balance(report: Report) -> str:
    """Write the ledger's equation, in which everyone who was selected stands once."""
    counts = report.counts
    return (
        f"{number(counts.selected)} selected = {number(counts.submitted)} accepted + "
        f"{number(counts.refused)} refused + {number(counts.skipped)} skipped + "
        f"{number(counts.pending)} waiting + {number(counts.unknown)} unsure."
    )


def counting(report: Report) -> str:
    """Say when it was counted: `Counted 5 July 2026, 09:40 IST`."""
    return f"Counted {moment(report.counted_at, report.timezone)}."

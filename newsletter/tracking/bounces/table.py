"""
The table: what servers say, why that is, and whose fault.

What stands higher outranks what stands lower: what they have against us comes before what they
say of the reader, since many refuse a sender as "user unknown".
Words are regular expressions in lower case; white space is one space.
"""

from typing import NamedTuple

from newsletter.model import BounceClass

HARD, SOFT, OURS = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS


class Row(NamedTuple):
    reason: str
    bounce: BounceClass
    #: Any of these says so.
    words: tuple[str, ...] = ()
    #: RFC 3463 codes that say so, where no row has the words.
    statuses: tuple[str, ...] = ()


_A_READER = "(?:user|recipient|account|mailbox|address|alias|addressee|userid)"
_READERS = "(?:users?|recipients?|account|mailbox|address|alias|addressee|userid|person)"
_WHICH = r"(?: \S+)?(?: in [\w ]{1,40})?(?: that you tried to reach)?"
_NOT = "(?:found|exists?|known|valid|listed|recogni[sz]ed|here)"
_SHUT = "(?:disabled|inactive|suspended|frozen|locked|blocked|deactivated|on hold|expired|closed)"

TABLE: tuple[Row, ...] = (
    # ── Phrases that would be misread further down ──────────────────────────────────────────
    Row("host unknown", HARD, ("(?:account|mailbox) or domain may not exist",)),
    # What fails in the reader's own machine says nothing of the address.
    Row(
        "server trouble",
        SOFT,
        (r"\bprocmail:", "couldn't create", r"\bpipe to\b", "child (?:exit )?status"),
    ),
    # Exchange Online and Mail.ru refuse unknown readers in words that sound like policy.
    Row(
        "user unknown",
        HARD,
        (
            r"5\.4\.1 .{0,80}recipient address rejected: access denied",
            "not accepted -- invalid mailbox",
        ),
    ),
    # ── Ours: who we are, how we send, what we write ────────────────────────────────────────
    Row(
        "authentication",
        OURS,
        (
            r"\bdmarc\b",
            r"\bspf\b",
            r"\bdkim\b",
            "does not pass authentication",
            "fails? to pass auth",
            "authentication checks? failed",
            "unauthenticated (?:e-?mail|senders?|message)",
            "sender ?id|purported responsible",
            "smtp auth|authentication required|not authenticated",
        ),
        (r"5\.7\.2[0-46-9]", r"5\.7\.30", r"5\.7\.509", r"5\.7\.515", r"5\.7\.57"),
    ),
    Row(
        "reverse DNS",
        OURS,
        (
            r"\bptr\b",
            r"reverse (?:dns|lookup|hostname)|\brdns\b",
            r"mismatch\w* client ip",
            "unverif[iy]+able sending",
            "without a valid (?:sender|reverse)",
        ),
        (r"5\.7\.25",),
    ),
    Row(
        "too fast",
        SOFT,
        (
            "receiving (?:mail|email|messages) (?:at a rate|too quickly)",
            "rate[ -]?limit|frequency limited|connection limit|throttl|unusual rate",
            "too (?:many|much) (?:connections?|recipients?|messages?|mails?|e-?mails?|concurrent)",
            "exceeded .{0,40}(?:hour|minute|day)",
            "deferred due to",
        ),
        (r"[45]\.5\.3",),
    ),
    Row(
        "spam",
        OURS,
        (
            r"\bspam\b|\bspam(?:my|ming|assassin)\b|\bube\b|\buce\b",
            r"unsolicited|bulk mail|\bjunk\b|suspected phish",
            "high(?:ly)? .{0,20}probability",
            "message filtered",
        ),
    ),
    Row("virus", OURS, (r"\bvirus", r"\bmalware", "infected", "trojan")),
    Row(
        "blocked",
        OURS,
        (
            "black-?list|block-?list|banned|open relay",
            r"\bblocked (?:using|by|for|ip|due|-)|has been blocked",
            r"\b(?:rbl|dnsbl|spamhaus|spamcop|barracuda ?central)\b",
            "(?:poor|bad|low|ip) reputation|user complaints",
            "client host rejected|host network not allowed|no access from",
            "connections? (?:not accepted|refused|rejected) (?:from|due|because)",
            # Outlook.com's own numbers.
            r"\b(?:sc|dy|ou)-00\d",
            r"service refus|server refused to talk|access denied\.\.\.",
        ),
        (r"5\.7\.511", r"5\.7\.60\d", r"5\.7\.70\d", r"5\.7\.750"),
    ),
    Row(
        "relaying",
        OURS,
        (
            "relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited|disallowed)",
            "unable to relay|not permitted to relay|we do not relay|rcpthosts",
            "address is not verified",
        ),
    ),
    Row(
        "sender refused",
        OURS,
        (
            "sender (?:address |domain |verify )?(?:was |is )?(?:rejected|refused|denied|invalid)",
            "sender verify failed|domain of sender|sender domain|invalid sender",
            "from: domain is invalid|send mail as",
            "mail from .{0,80}(?:rejected|denied|not allowed)",
            "after mail from.{0,200}does not exist|sender .{0,40}null mx",
        ),
        (r"5\.1\.[78]", r"5\.4\.14"),
    ),
    Row(
        "too large",
        OURS,
        (
            "message (?:is )?too (?:large|big|long)|larger than",
            "size (?:exceeds|limit|exceeded|violation)|recipsizelimit",
            "exceeds? .{0,40}(?:message |maximum )size",
        ),
        (r"5\.3\.4", r"5\.2\.3"),
    ),
    # ── The reader's box, for now ───────────────────────────────────────────────────────────
    Row(
        "mailbox full",
        SOFT,
        (
            r"mail ?(?:box|folder|file|store)?(?: \w+)? (?:is )?full|inbox is full",
            "over ?(?:the )?quota|quota (?:has been )?(?:exceed|reach|full)",
            r"exceed\w* .{0,40}(?:quota|storage|local limit)",
            "out of storage|storage (?:quota|limit|is full)|no space left|maildir over",
            "not enough (?:disk|storage) space|disk (?:is )?full",
            "insufficient (?:disk|system storage|storage)",
            "mailbox .{0,30}too large",
        ),
        (r"[45]\.2\.2", r"[45]\.3\.1"),
    ),
    Row(
        "mailbox closed",
        SOFT,
        (
            (
                rf"(?:account|mailbox|user|recipient|address){_WHICH} "
                rf"(?:is |has been |was |are )?(?:temporar\w+ |currently )?{_SHUT}"
            ),
            "disabled (?:recipient|user|mailbox|account)|no longer accept",
            r"accounts?(?:\(s\))? is disabled|inactive (?:user|account|mailbox)|compte .{0,30}bloq",
        ),
        (r"5\.7\.13",),
    ),
    # ── Ours again, in words that are less sure ─────────────────────────────────────────────
    Row(
        "content",
        OURS,
        (
            "content (?:rejected|presents|filter|not)|header error",
            "multiple addresses in from|message-id in",
            r"(?:bad|invalid|missing|duplicate\w*) (?:header|message-id)",
            "non-?compliant|rfc ?[25]?822",
            r"mail rejete|mail rejected\.",
        ),
        (r"5\.6\.\d+",),
    ),
    Row(
        "loop",
        SOFT,
        ("hop count|too many hops|routing loop|mail loop|loop(?:s|ing)? (?:detected|back)",),
        (r"[45]\.4\.6",),
    ),
    Row(
        "policy",
        OURS,
        (
            "polic(?:y|ies)|recipient preferences",
            "not authori[sz]ed|not permitted|not allowed to",
            "access (?:is )?denied|permission (?:to|denied)|insufficient permission",
            "(?:message|mail|e-?mail)s? (?:was |has been |is )?(?:rejected|refused|not accepted)",
            "security (?:issue|reasons|error)|administrative(?:ly)? prohibit",
        ),
    ),
    # ── What will not change ────────────────────────────────────────────────────────────────
    Row(
        "takes no mail",
        HARD,
        (
            # RFC 7505.
            "null mx|no mx record|couldn't find a mail exchanger|no smtp service",
            "(?:host|domain) does(?: not|n't) (?:accept|receive) (?:e-?)?mail",
            "does not accept mail",
        ),
        (r"5\.1\.10",),
    ),
    Row(
        "moved",
        HARD,
        (
            "has moved|moved to|not our user|has left (?:the|our)",
            "no longer (?:on|at|with|works|employed|here|a valid)",
            "new (?:e-?mail )?address is|please update your (?:records|address)",
        ),
        (r"5\.1\.6",),
    ),
    Row("network", SOFT, ("malformed|unexpected name server|host name lookup failure|dns error",)),
    Row(
        "host unknown",
        HARD,
        (
            (
                "(?:host|domain)(?: or domain)?(?: name)? (?:is )?(?:unknown|not found|not exist|"
                "does not exist|not reachable|invalid)"
            ),
            "unknown (?:host|domain)|no such (?:host|domain)|invalid domain|nxdomain",
            r"[\w-]+(?:\.[\w-]+){1,6} does not exist|non-existent hosts",
            "domain (?:name )?must resolve|illegal host|bad destination",
            "couldn't find any host|unrouteable (?:mail )?(?:address|domain)",
        ),
        (r"5\.1\.2", r"5\.4\.4"),
    ),
    Row(
        "user unknown",
        HARD,
        (
            (
                rf"{_A_READER}(?: name)?{_WHICH}:? (?:is |was |has been |could ?n[o']t be )?"
                rf"(?:unknown|invalid|unavailable|not {_NOT}|(?:doesn't|does not) exist)"
            ),
            (
                "(?:unknown|invalid|illegal|no such|no valid|non-?existent|bad)"
                rf"(?: or (?:illegal|invalid|unknown|bad))?(?: \w+){{0,2}} {_READERS}\b"
            ),
            "no mail ?box here|no such .{0,20}here|mailbox not found|user not exist",
            "recip(?:ient)?notfound|address not found|recipient rejected",
            "not (?:listed|found) in .{0,40}(?:directory|address book|table)",
            "(?:doesn't|does not) have an? .{0,60}account",
            "is not a (?:known|valid|registered) .{0,20}(?:user|recipient|address)",
            "destinataire invalide|destinatario (?:desconocido|inexistente)",
            "empf[aä]nger unbekannt|utente (?:sconosciuto|inesistente)",
        ),
        (r"5\.1\.[0134]",),
    ),
    # ── What passes ─────────────────────────────────────────────────────────────────────────
    Row(
        "unreachable",
        SOFT,
        (
            "timed? ?out|expired|queue too long|no route to host|multiple retries",
            "connection (?:refused|reset|lost|dropped)|not reachable",
            "unable to (?:connect|contact)|n[o']t able to (?:connect|establish)",
            "did not accept our requests|not delivered within|message still undelivered",
            "unable to deliver (?:this )?message (?:after|to the following)",
        ),
        (r"[45]\.4\.\d+",),
    ),
    Row(
        "server trouble",
        SOFT,
        (
            "(?:operating )?system error|internal (?:system |server )?error",
            r"temporar\w+ (?:failure|error|problem|unavailable)|try again later|grey-?list",
            "service (?:currently |temporarily )?(?:not |un)available",
            "ldap|transaction failed",
        ),
        (r"[45]\.3\.\d+", r"[45]\.2\.4"),
    ),
    # ── What is left of a number, without any word that we know ─────────────────────────────
    Row("policy", OURS, (), (r"5\.7\.\d+",)),
    Row(
        "protocol",
        OURS,
        ("protocol (?:error|violation)|syntax error|bad sequence",),
        (r"5\.5\.\d+",),
    ),
    Row("mailbox closed", SOFT, (), (r"[45]\.2\.1",)),
    Row("not now", SOFT, (), (r"4\.\d+\.\d+",)),
)

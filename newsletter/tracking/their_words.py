"""
The other side's words, made harmless: what a mail server says names readers, and worse.

Pure. They are shown to editors and kept for months, so no address may survive in them, however
it is spelled, nor what could be a key or a number of somebody's. Too much is masked rather than
too little.
"""

import re
import unicodedata

#: Characters that are looked at, and that are kept.
_MOST_READ = 2000
LONGEST_WORDS = 300

ADDRESS = "[address]"
CODE = "[code]"

#: Ways to write an at sign: as it is, in a URL, in quoted-printable, in HTML, and for people.
_AT = re.compile(
    r"\s?(?:@|%(?:25)*40|=40|&#0*64;?|&#x0*40;?|&commat;?|[\[({<]\s?at\s?[\])}>])\s?",
    re.IGNORECASE | re.ASCII,
)

#: Without one of these there is no at sign; most answers have none.
_BEGINS_ONE = re.compile(r"[@%=&\[({<]")

#: A local part may be quoted and hold spaces (RFC 5321, 4.1.2).
_QUOTED = re.compile(r'"[^"]*"@')

#: What else stands for a reader: a path of SMTP's, and the end of a return path with the reader in
#: it: `bounce+ann=example.com`.
_PATH = re.compile(r"<[^<>]*>")
_RETURN_PATH = re.compile(r"=(?:[\w-]+\.)+[a-z]{2}", re.IGNORECASE)

#: Ids and keys are long, with digits or with capitals inside.
_LONG = re.compile(r"[\w+=-]{16,}")
_IRREGULAR = re.compile(r"\d|[a-z][A-Z]")
_NUMBER = re.compile(r"\d{6,}|SG\.[\w.-]+")

_BETWEEN_NAMES = re.compile(r"([^\w.+-]+)")

#: Local parts that are words of every server's: masked, they would take the sense away.
_ORDINARY = frozenset(
    {
        "account",
        "address",
        "domain",
        "host",
        "info",
        "invalid",
        "mail",
        "mailbox",
        "message",
        "recipient",
        "server",
        "unknown",
        "user",
    }
)


def harmless(text: str, address: str = "") -> str:
    """
    Return what a server said in one printable line of at most 300 characters.

    Addresses become `[address]`; ids, keys and long numbers `[code]`. What stands before the at
    sign of `address` is masked where it stands alone, too. Takes time in proportion to the text.
    """
    line = _without_name(_one_line(text), address.rpartition("@")[0].strip('"').lower())
    if _BEGINS_ONE.search(line):
        line = _QUOTED.sub("@", _AT.sub("@", line))
        line = " ".join([ADDRESS if _names_one(word) else word for word in line.split(" ")])
        line = _PATH.sub(ADDRESS, line)
    return _NUMBER.sub(CODE, _LONG.sub(_masked, line))[:LONGEST_WORDS].rstrip()


def _one_line(text: str) -> str:
    # Cut first: what comes in is as long as who wrote it likes. No word is cut in two, since
    # half an address is no longer seen to be one.
    line = text[:_MOST_READ]
    if not line.isascii():
        # A wide `＠` is an at sign to some mail programs.
        line = unicodedata.normalize("NFKC", line)
    line = " ".join(line.split())
    if not line.isprintable():
        # Taken out, not replaced: what cannot be seen must not part an address.
        line = "".join(filter(str.isprintable, line))
    return line if len(text) <= _MOST_READ else line.rpartition(" ")[0]


def _without_name(line: str, name: str) -> str:
    if len(name) < 4 or name in _ORDINARY or name not in line.lower():
        return line
    pieces = _BETWEEN_NAMES.split(line)
    return "".join([ADDRESS if piece.strip(".").lower() == name else piece for piece in pieces])


def _names_one(word: str) -> bool:
    return "@" in word or ("=" in word and bool(_RETURN_PATH.search(word)))


def _masked(found: re.Match[str]) -> str:
    return CODE if _IRREGULAR.search(found[0]) else found[0]

"""Which characters of a foreign text may stand in a mail."""

import re

#: What is never text: controls, lone surrogates, non-characters; marks that turn the order of what
#: follows (Trojan Source, CVE-2021-42574); invisible ones that hide words from who reads.
#: Joiners and the two direction marks stay: Hindi, Persian, Arabic and emoji need them.
_NEVER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\u206a-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0001]"
    "|[\\U0001fffe\\U0001ffff]"
)
_LINE_END = re.compile("\r\n?|\u0085")


def printable(text: str) -> str:
    """Return the text without what no reader can see; every line ends in a line feed."""
    return _NEVER.sub("", _LINE_END.sub("\n", text))

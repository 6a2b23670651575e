"""How much is counted of readers, and what links tell the sites that they lead to."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from newsletter.settings.part import Part

#: From what tells least to what tells most.
Mode = Literal["off", "aggregate", "pseudonymous", "individual"]

_MODES: tuple[Mode, ...] = get_args(Mode)


def strictest(*modes: Mode) -> Mode:
    """Return the mode that tells least of readers."""
    return min(modes, key=_MODES.index)


class Tracking(Part):
    """How much is counted, for clicks and for opens apart."""

    clicks: Mode = "pseudonymous"
    opens: Mode = "pseudonymous"

    def at_most(self, limit: "Tracking") -> "Tracking":
        """Return what two who have a say both allow."""
        return Tracking(
            clicks=strictest(self.clicks, limit.clicks), opens=strictest(self.opens, limit.opens)
        )


class Limit(Tracking):
    """The most that a site allows: unless it says less, its newsletters decide."""

    clicks: Mode = "individual"
    opens: Mode = "individual"


#: What may stand in braces in a UTM field.
FIELDS = frozenset({"newsletter", "date", "role", "article"})


def _hosts(value: object) -> object:
    return tuple(str(host).lower() for host in value) if isinstance(value, list) else value


class Utm(Part):
    """
    What the sites that links lead to are told of where a reader came from; empty: nothing.

    It is the same for every reader. Fields may name `{newsletter}`, `{date}`, `{role}` and
    `{article}`.
    """

    source: str = ""
    medium: str = ""
    #: Which mailing it was, in the address's own word.
    edition: str = Field(default="", alias="campaign")
    content: str = ""
    term: str = ""
    #: Sites that are told, with what lies below them; `*`: all. Others get plain addresses.
    hosts: Annotated[tuple[str, ...], BeforeValidator(_hosts)] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name, text in self.fields().items():
            if unknown := set(re.findall(r"{([^}]*)}", text)) - FIELDS:
                known = ", ".join(sorted(FIELDS))
                raise ValueError(f"{name} names {{{unknown.pop()}}}; there are {known}")
        if self.fields() and not self.hosts:
            raise ValueError('hosts says which sites are told: ["example.com"], or ["*"] for all')
        return self

    def fields(self) -> Mapping[str, str]:
        """Return what is told, by its names in an address, such as `utm_source`."""
        said = {
            "utm_source": self.source,
            "utm_medium": self.medium,
            "utm_campaign": self.edition,
            "utm_content": self.content,
            "utm_term": self.term,
        }
        return {name: text for name, text in said.items() if text}

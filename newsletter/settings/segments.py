"""Segments: typed rules that pick part of a list, as newsletter.toml writes them."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from newsletter.settings.part import Part


class ReaderField(StrEnum):
    """What every reader has; all else is an attribute."""

    LANG = "lang"
    NAME = "name"
    #: What stands after the @.
    DOMAIN = "domain"
    FREQUENCY = "frequency"


def _tuple(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Rules = Annotated[tuple["Rule", ...], BeforeValidator(_tuple)]


class Rule(Part):
    """
    One rule. It says one thing: of an attribute or field, a list, a date, a sample, or of others.

        { attribute = "country", is = ["IN", "NP"] }
        { joined_after = 2026-01-01 }
        { clicked_within = 30 }
        { percent = 10, sample = 3 }
        { all = [ {...}, {...} ] }   { any = [...] }   { not = {...} }
    """

    attribute: str | None = Field(default=None, pattern=r'^[^"\\\x00-\x1f]{1,64}$')
    field: ReaderField | None = None
    #: Any of these words, exactly.
    is_: Words | None = Field(default=None, alias="is")
    is_not: Words | None = None
    #: Somewhere in it.
    contains: str | None = Field(default=None, min_length=1)
    #: True: there is a value; False: there is none.
    known: bool | None = None
    on_list: str | None = None
    #: Signed up on that day or later; on an earlier day. In the newsletter's zone.
    joined_after: date | None = None
    joined_before: date | None = None
    #: Pressed a link in the last so many days. Known only where clicks are counted by name; opens
    #: are never asked: half of them are machines'.
    clicked_within: int | None = Field(default=None, ge=1, le=3650)
    #: So many of a hundred, always the same for the same `sample`.
    percent: float | None = Field(default=None, gt=0, le=100)
    sample: int = Field(default=0, ge=0, lt=1000)
    all_: Rules | None = Field(default=None, alias="all", min_length=1)
    any_: Rules | None = Field(default=None, alias="any", min_length=1)
    not_: "Rule | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        subjects = (
            *("attribute", "field", "on_list", "clicked_within", "percent"),
            *("all_", "any_", "not_"),
        )
        said = [name for name in subjects if getattr(self, name) is not None]
        if self.joined_after or self.joined_before:
            said.append("joined")
        if len(said) != 1:
            names = ", ".join(name.rstrip("_") for name in said) or "nothing"
            raise ValueError(f"a rule says one thing, this one says {names}; join them by all")
        compared = [self.is_, self.is_not, self.contains, self.known]
        wanted = 1 if said[0] in {"attribute", "field"} else 0
        if sum(one is not None for one in compared) != wanted:
            raise ValueError("an attribute or field needs one of is, is_not, contains, known")
        return self

    @property
    def asks_for_names(self) -> bool:
        """True when it needs to be known who pressed what."""
        parts = (*(self.all_ or ()), *(self.any_ or ()), *((self.not_,) if self.not_ else ()))
        return self.clicked_within is not None or any(part.asks_for_names for part in parts)

    def facts(self) -> dict[str, object]:
        """Return it as newsletter.toml would write it, for the ledger and for programs."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def __str__(self) -> str:
        return _sentence(self)


def _sentence(rule: Rule) -> str:
    """Say a rule in words: `country is IN or NP, and a sample of 10 %`."""
    if rule.all_ or rule.any_:
        joined = ", and " if rule.all_ else ", or "
        return joined.join(map(str, rule.all_ or rule.any_ or ()))
    if rule.not_:
        return f"not ({rule.not_})"
    if rule.attribute or rule.field:
        return f"{rule.attribute or rule.field} {_compared(rule)}"
    return _plain(rule)


def _plain(rule: Rule) -> str:
    if rule.percent:
        return f"a sample of {rule.percent:g} %"
    if rule.clicked_within:
        return f"pressed a link in the last {rule.clicked_within} days"
    if rule.on_list:
        return f"on the list {rule.on_list}"
    days = (("since", rule.joined_after), ("before", rule.joined_before))
    return "joined " + " and ".join(f"{word} {day}" for word, day in days if day)


def _compared(rule: Rule) -> str:
    if rule.is_ is not None:
        return f"is {' or '.join(rule.is_)}"
    if rule.is_not is not None:
        return f"is not {' or '.join(rule.is_not)}"
    if rule.contains is not None:
        return f"contains {rule.contains}"
    return "is known" if rule.known else "is not known"

"""A sponsor's slot: a small TOML beside the stories."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from newsletter.model import Problem, Sponsor
from newsletter.sources.fields import public_url


def _address(url: str) -> str:
    if not public_url(url):
        raise ValueError("must be a full http or https address")
    return url


class _File(BaseModel):
    """
    What the file holds.

        name = "Your name here"
        text = "One plain sentence about what you make."
        url = "https://sponsor.example/"
        call = "Write to us"
        day = 2026-07-05            # or first = …, last = …
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    text: str = Field(min_length=1)
    url: Annotated[str, AfterValidator(_address)]
    call: str = ""
    day: date | None = None
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _days_are_given(self) -> Self:
        if self.day is None and (self.first is None or self.last is None):
            raise ValueError("give its day, or its first and last day")
        return self


def read_sponsor(path: Path, origin: str) -> Sponsor | Problem:
    """Read one sponsor's file; what is wrong with it is a problem that names file and key."""
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        return Problem(where=origin, what=f"the file cannot be read ({error.__class__.__name__})")
    except tomllib.TOMLDecodeError as error:
        return Problem(where=origin, what=str(error))
    except ValidationError as error:
        return Problem(where=origin, what="; ".join(_words(error)))
    first, last = (found.day or found.first), (found.day or found.last)
    assert first  # noqa: S101 - the file says its days
    assert last  # noqa: S101
    return Sponsor(
        name=found.name,
        text=found.text,
        url=found.url,
        call=found.call,
        first=first,
        last=last,
        origin=origin,
    )


def _words(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}".removeprefix(": ")
        for wrong in error.errors()
    ]

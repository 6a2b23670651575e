"""How carefully an edition goes out: in steps, with brakes, and warming a new domain up."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from newsletter.settings.part import Part

Share = Annotated[float, Field(gt=0, le=100)]


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class WarmUp(Part):
    """The most readers of an edition, while receivers do not know the sending domain yet."""

    #: Of the first edition; 0: no limit.
    start: int = Field(default=0, ge=0)
    #: How many times the largest edition of the last week the next one may be.
    growth: float = Field(default=1.5, gt=1, le=4)


class Release(Part):
    """Which part of an audience goes first, and how long it is watched."""

    #: Who comes before all others, by the name of one of `segments`; empty: nobody.
    first: str = ""
    #: Per cent of the audience, each step with those before it. The rest is the last step.
    steps: Annotated[tuple[Share, ...], BeforeValidator(_tuple)] = ()
    #: From a step's last mail to the next step.
    watch_minutes: float = Field(default=5, ge=0, le=240)
    warm_up: WarmUp = WarmUp()

    @model_validator(mode="after")
    def _steps_grow(self) -> Self:
        if list(self.steps) != sorted(set(self.steps)):
            raise ValueError("steps must grow, such as [1, 10]")
        return self


class Brakes(Part):
    """Shares, in per cent, above which an edition is paused until a person has looked."""

    #: Of the first 1,000: addresses that do not exist.
    hard: Share = 2.0
    #: Of what was accepted: refused because receivers do not want this mail (5.7.x).
    ours: Share = 0.5
    #: Of what was accepted: marked as spam. Gmail asks for less than 0.3 %
    #: (support.google.com/mail/answer/81126).
    complaints: Share = 0.3
    #: Of readers who pressed a link: those whose link is not in the edition's table.
    lost_clicks: Share = 5.0

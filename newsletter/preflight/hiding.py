"""The ways in which CSS hides words that are there all the same."""

import re
from collections.abc import Mapping

#: Px: a box that stands so far outside is outside of every screen.
_OUTSIDE = -400.0

_PIXELS = re.compile(r"(-?[\d.]+)(?:px|pt|em|rem|%)?")


def hiding(values: Mapping[str, str], above: str) -> str:
    """Say by which declaration an element is hidden, by its own or by one round it."""
    visibility = values.get("visibility", "")
    if above.startswith("visibility") and visibility == "visible":
        return ""
    if visibility in {"hidden", "collapse"}:
        return f"visibility:{visibility}"
    return _own(values) or above


def _own(values: Mapping[str, str]) -> str:
    if values.get("display", "").startswith("none"):
        return "display:none"
    if _pixels(values.get("opacity", "1")) == 0:
        return "opacity:0"
    if values.get("overflow") in {"hidden", "clip"}:
        for name in ("max-height", "height"):
            if name in values and _pixels(values[name]) == 0:
                return f"{name}:0"
    if _pixels(values.get("text-indent", "")) < _OUTSIDE:
        return f"text-indent:{values['text-indent']}"
    if values.get("position") in {"absolute", "fixed", "relative"}:
        for name in ("left", "top"):
            if _pixels(values.get(name, "")) < _OUTSIDE:
                return f"{name}:{values[name]}"
    return ""


def _pixels(value: str) -> float:
    """Return a number whatever its unit; one that is none hides nothing."""
    found = _PIXELS.fullmatch(value.strip())
    try:
        return float(found[1]) if found else 1.0
    except ValueError:
        return 1.0

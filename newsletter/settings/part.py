"""What the settings of a machine and of a newsletter have in common."""

import os

from pydantic import BaseModel, ConfigDict, ValidationError

# No plugin of another package is wanted in our settings, and looking for some takes a while.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Part(BaseModel):
    """Settings that belong together: frozen, and an unknown name is refused."""

    # Built when it is first read: a command reads few of them.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def sentences(error: ValidationError, *, prefix: str) -> str:
    """Say each wrong setting by the name a person would write."""
    env = prefix == "NEWSLETTER_"
    lines = []
    for wrong in error.errors():
        parts = [str(part) for part in wrong["loc"]]
        if "[key]" in parts:
            # Whoever swaps a table's sides has put a secret there.
            parts = parts[: parts.index("[key]") - 1]
        key = "__".join(parts).upper() if env else ".".join(parts)
        words = wrong["msg"].removeprefix("Value error, ")
        lines.append(f"{prefix}{key}: {words}" if key else words)
    return "; ".join(lines)

"""How severe a newsletter wants a check's findings to be."""

from collections.abc import Sequence
from difflib import get_close_matches

from newsletter.errors import SettingsError
from newsletter.settings import Newsletter


def wished(newsletter: Newsletter, check: str) -> str:
    """Return `error`, `warning` or `off`; empty: as the check itself says."""
    return newsletter.preflight.get(check, "")


def refuse_unknown(newsletter: Newsletter, known: Sequence[str]) -> None:
    """Raise SettingsError when `[preflight]` names a check that is not there."""
    for name in newsletter.preflight:
        if name not in known:
            close = get_close_matches(name, known, n=3)
            hint = (
                f"Did you mean {' or '.join(close)}?" if close else f"There are {', '.join(known)}."
            )
            raise SettingsError(
                f"templates/{newsletter.name}/newsletter.toml: preflight.{name}: "
                "there is no such check.",
                hint=hint,
            )

# ruff: noqa: INP001 (a script, no package)
"""
Makes `newsletter/preflight/support.json` from a copy of caniemail.com's data.

`make caniemail DATA=FILE`, where FILE is `data/caniemail.json` of the npm package caniemail, or
what www.caniemail.com/api/data.json gives. Of each feature that preflight looks for it keeps the
title and which of the readers' programs do not know it, in the newest version that was tested.
"""

import json
import sys
from pathlib import Path
from typing import Any

from newsletter.preflight.features import FEATURES
from newsletter.preflight.programs import DATA
from newsletter.preflight.readers import PROGRAMS


def made(source: dict[str, Any]) -> str:
    """Return the data that preflight needs, as it is kept."""
    features = {one["slug"]: one for one in source["data"] if one["slug"] in FEATURES}
    if missing := sorted(FEATURES.keys() - features):
        sys.exit(f"this copy does not know {', '.join(missing)}")
    kept = {
        slug: {"title": one["title"], "without": _without(one["stats"])}
        for slug, one in sorted(features.items())
    }
    date = source["last_update_date"].split()[0]
    origin = "caniemail.com, hteumeuleu/caniemail on GitHub, MIT: support.LICENSE.txt"
    return json.dumps({"source": origin, "date": date, "features": kept}, indent=1) + "\n"


def _without(stats: dict[str, dict[str, dict[str, str]]]) -> list[str]:
    newest = {
        f"{family}/{platform}": list(versions.values())[-1]
        for family, platforms in stats.items()
        for platform, versions in platforms.items()
        if versions
    }
    return sorted(name for name, said in newest.items() if name in PROGRAMS and said[:1] == "n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where the copy is: make caniemail DATA=caniemail.json")
    DATA.write_text(made(json.loads(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")

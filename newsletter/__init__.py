"""
The ShiftMaker's newsletter, from the day's articles to every reader's inbox.

The way out: `sources` bring articles; `edition` chooses among them and says why; `rendering`
makes one rendition of the result, its merge fields still in place; `preflight` looks it over;
`delivery` freezes it with its audience and hands it, once for each reader, to one of the
`transports`. The way back: `tracking` reads tokens and events, `reports` counts them.

`audience` knows who asked. `doctor` says what would go wrong tomorrow. `storage` alone speaks SQL.
`newsroom` is where these meet, one method for each verb; `cli`, `web`, `studio` and `schedule` are
its four doors.
"""

import gc

# Starting makes many objects and hardly any rubbish: looking for some after every 700 of them
# costs a tenth of a build.
gc.set_threshold(20_000)

"""
What the public can reach: joining, leaving, choosing, reading.

`guard` stands before everything, `join`, `leave`, `choose`, `read` and `api` are the pages, each
one call to the newsroom; `commits` gathers what comes in at once into one commit, and what
the database cannot take goes to the spool. No page needs script, sets a cookie, or loads
anything from anywhere else.
"""

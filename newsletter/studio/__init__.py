"""
The editor's preview, on this machine alone: what readers will see, before any of them does.

`live` builds whenever a file is saved, and keeps the last good mail; `views` shows it as different
mail programs do; `mime`, `size`, `findings`, `people`, `desk` and `state` say what else there is to
know; `page` lays all of it out; `actions` are the buttons; `guard` lets nobody else in.
"""

"""What the process that parses a feed and the one that waits for it agree on."""

from pydantic import TypeAdapter

from newsletter.model import Gathered

#: The exit code that says: the answer is a sentence, and a hint.
REFUSED = 3

#: Writes and reads what was gathered, as JSON: whoever reads it need not believe it.
GATHERED: TypeAdapter[Gathered] = TypeAdapter(Gathered)

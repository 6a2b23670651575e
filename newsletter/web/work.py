"""
Proof of work, where it is asked for: a second of a browser's time, which costs a flood hours.

The protocol is ALTCHA's (altcha.org, version 1), made and checked here: nobody else is asked.
"""

from datetime import UTC, datetime, timedelta

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution

from newsletter.web.desk import WebDesk

#: Numbers that a browser tries at most: about a second on a phone.
HARDEST = 60_000

_GOOD_FOR = timedelta(hours=1)


class Spent:
    """Solutions that were used: each is good for one form."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._seen: dict[str, None] = {}

    def use(self, solution: str) -> bool:
        """Take a solution; False when it was used before."""
        if solution in self._seen:
            return False
        self._seen[solution] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        return True


_spent = Spent()


def challenge(desk: WebDesk) -> dict[str, object]:
    """Make a challenge, as ALTCHA's clients read it."""
    made = create_challenge(
        ChallengeOptions(
            hmac_key=_key(desk),
            max_number=HARDEST,
            expires=datetime.now(UTC) + _GOOD_FOR,
        )
    )
    return {
        "algorithm": made.algorithm,
        "challenge": made.challenge,
        "maxnumber": made.max_number,
        "salt": made.salt,
        "signature": made.signature,
    }


def is_done(desk: WebDesk, solution: str) -> bool:
    """Say whether a solution is right, of ours, in time, and new."""
    if not 0 < len(solution) < 2_000:
        return False
    right, _ = verify_solution(solution, _key(desk), check_expires=True)
    return bool(right) and _spent.use(solution)


def _key(desk: WebDesk) -> str:
    return f"altcha:{desk.settings.signing_secret.hex()}"

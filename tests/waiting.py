"""Waiting for what happens in other threads and processes."""

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], seconds: float = 60, *, every: float = 0.02) -> bool:
    """Wait for something; False when it did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every)
    return False

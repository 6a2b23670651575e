"""Memory for mails: kept by the process, instead of given back and asked for again."""

import ctypes
from contextlib import suppress
from functools import cache

#: From glibc's malloc.h, and in bytes: the largest values that it takes, or that are of use.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEEP, _OWN_MAPPING = 64 * 2**20, 32 * 2**20


@cache
def keep_freed_memory() -> None:
    """
    Let glibc keep what is freed, up to 64 MB (mallopt(3)); elsewhere this does nothing.

    A mail of 60 kB is made and freed thousands of times a second. Out of the box its pages go
    back to the system each time, and getting them again takes a third of all the work.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_TRIM_THRESHOLD, _KEEP)
        libc.mallopt(_MMAP_THRESHOLD, _OWN_MAPPING)

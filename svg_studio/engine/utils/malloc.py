"""Keeps freed buffers in the process while a model runs, and gives them back afterwards.

A step on the CPU frees and takes again hundreds of megabytes. glibc returns large buffers to the kernel at once, which then
hands out zeroed pages anew, one fault for each 4 KiB: a fifth of the time of a step. Elsewhere than on Linux nothing is done.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# malloc.h
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -2, -3, -4
_MiB = 2**20
_KEEPING = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 64 * _MiB}
# Where glibc's own thresholds arrive at after large buffers have been freed; it does not move them any more once they were set.
_RESTING = {_M_MMAP_MAX: 65536, _M_MMAP_THRESHOLD: 32 * _MiB, _M_TRIM_THRESHOLD: 64 * _MiB, _M_TOP_PAD: 0}

_lock = threading.Lock()
_users = 0


@contextmanager
def freed_buffers_kept() -> Iterator[None]:
    """While it lasts, in any number of threads, freed memory stays in the process; after the last it goes back to the system."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _set(_KEEPING)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _set(_RESTING)
                _give_back()


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") and hasattr(library, "malloc_trim") else None


def _set(options: dict[int, int]) -> None:
    if library := _glibc():
        for option, value in options.items():
            library.mallopt(ctypes.c_int(option), ctypes.c_int(value))


def _give_back() -> None:
    if library := _glibc():
        library.malloc_trim(ctypes.c_size_t(0))

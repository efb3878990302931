"""Freed buffers stay in the process while a model runs, and go back to the system afterwards: seen from outside, by its pages."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux's glibc is told what to keep")

SCRIPT = """
import resource, threading
import numpy as np
from svg_studio.engine.utils.malloc import freed_buffers_kept

MIB = 2**20

def faults(n=4, size=48 * MIB):
    "Pages asked of the system while a buffer is taken, written and freed again and again."
    np.ones(size, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n):
        np.ones(size, np.uint8)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize() / MIB / n

def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / MIB
"""


def told(body: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + textwrap.dedent(body)], capture_output=True, text=True, check=True, timeout=60
    )
    return [float(word) for word in done.stdout.split()]


def test_that_a_buffer_taken_again_asks_the_system_for_no_pages() -> None:
    (inside,) = told("""
        with freed_buffers_kept():
            print(faults())
    """)
    assert inside < 5


def test_that_a_thread_has_the_same_of_it_as_the_main_one() -> None:
    (inside,) = told("""
        with freed_buffers_kept():
            thread = threading.Thread(target=lambda: print(faults()))
            thread.start()
            thread.join()
    """)
    assert inside < 5


def test_that_memory_goes_back_to_the_system_after_the_last_user_only() -> None:
    before, kept, still, after = told("""
        first, second = freed_buffers_kept(), freed_buffers_kept()
        print(held())
        first.__enter__(); second.__enter__()
        faults(size=256 * MIB)
        print(held())
        first.__exit__(None, None, None)
        print(held())
        second.__exit__(None, None, None)
        print(held())
    """)
    assert kept > before + 200
    assert still > before + 200
    assert after < before + 60


def test_that_an_error_inside_ends_it_as_well() -> None:
    kept, after = told("""
        try:
            with freed_buffers_kept():
                faults(size=256 * MIB)
                print(held())
                raise ValueError
        except ValueError:
            print(held())
    """)
    assert after < kept - 200


def test_that_large_buffers_go_back_by_themselves_afterwards() -> None:
    within, outside = told("""
        with freed_buffers_kept():
            pass
        before = held()
        buffer = np.ones(256 * MIB, np.uint8)
        print(held() - before)
        del buffer
        print(held() - before)
    """)
    assert within > 250
    assert outside < 10

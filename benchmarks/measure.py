"""Tools for the benchmarks: times functions that take turns, prints table rows, describes the machine and its peak memory."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

Timed = tuple[Callable[[int], object], int]  # a function of the call's number, and how many calls make a turn


def alternate(first: Timed, second: Timed, seconds: float) -> tuple[float, float]:
    """Median seconds of a call of each; they take turns, so that whatever else the machine does hits both."""
    first[0](0), second[0](0)  # first calls open and allocate
    times: tuple[list[float], list[float]] = ([], [])
    number, end = 1, time.perf_counter() + 2 * seconds
    while time.perf_counter() < end or not times[1]:
        for (function, repeats), taken in zip((first, second), times, strict=True):
            for _ in range(repeats):
                start = time.perf_counter()
                function(number)
                taken.append(time.perf_counter() - start)
                number += 1
    return statistics.median(times[0]), statistics.median(times[1])


def row(name: str, seconds: float, items: float, noun: str) -> str:
    """One line of a table: what took how long for how many."""
    return f"  {name:34}{1000 * seconds:>12,.2f} ms{items / seconds:>14,.0f} {noun}/s"


def goal(ratio: float, least: float) -> str:
    """The ratio beside what it is to reach."""
    return f"  ratio {ratio:.2f}×, goal {least:g}×: {'met' if ratio >= least else 'MISSED'}\n"


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}"


def peak_memory() -> int:
    """The most bytes of memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held when it forked
        return 1024 * next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else 1024 * peak


def matrix_rate(dtype: torch.dtype, device: str = "cpu", seconds: float = 1.0) -> float:
    """Operations a second of a device's best product of two square matrices, a multiplication and an addition each."""
    size = 8192 if device == "cuda" else 2048
    a, b = torch.randn(2, size, size).to(device, dtype)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(a, b)
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return 2.0 * size**3 / best

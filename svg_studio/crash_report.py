"""Writes a report about an uncaught error: versions and traceback, but nothing from anybody's files."""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from svg_studio import __version__
from svg_studio.paths import log_file

PACKAGES = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "opencv-python-headless", "av", "pillow", "torchvision")
MAX_REPORTS = 20  # of one process: an error in a timer may come many times a second

_written = 0


def write_report(error: BaseException) -> Path | None:
    """Writes the report into the log's folder; None where that cannot be done, or has been done too often."""
    global _written
    if _written >= MAX_REPORTS:
        return None
    _written += 1
    try:
        name = f"report-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{_written}.txt"
        path = log_file().with_name(name)
        path.write_text(text_of(error), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return path


def text_of(error: BaseException) -> str:
    """Versions, then the traceback, whose lines are of programs alone."""
    lines = [
        f"SVG Studio {__version__}, {time.strftime('%Y-%m-%d %H:%M:%S')}",
        f"Python {platform.python_version()} on {platform.platform()}, {sys.byteorder} endian",
        ", ".join(f"{package} {_version(package)}" for package in PACKAGES),
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(lines)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

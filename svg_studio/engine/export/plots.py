"""Writes what a plot shows: its picture, its drawing, its values."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from svg_studio.engine.events import Events, FileExported, Frames
from svg_studio.engine.export.export import write_png
from svg_studio.engine.utils.files import replacing

Cell = str | int | float


def save_picture(path: Path, picture: Frames) -> Events:
    """(H, W, 3) as PNG. Raises ExportError."""
    write_png(path, picture)
    yield FileExported(path, path.stat().st_size)


def save_drawing(path: Path, svg: bytes) -> Events:
    """What is an SVG file already. Raises ExportError."""
    with replacing(path) as part:
        part.write_bytes(svg)
    yield FileExported(path, path.stat().st_size)


def save_values(path: Path, columns: Mapping[str, Sequence[Cell]]) -> Events:
    """Columns by their heads as CSV; what is not finite, or below the end of a shorter column, is empty. Raises ExportError."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_shown(cell) for cell in row] for row in zip_longest(*columns.values(), fillvalue=""))
    yield FileExported(path, path.stat().st_size)


def _shown(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell
    return "" if not math.isfinite(cell) else int(cell) if float(cell).is_integer() else float(cell)

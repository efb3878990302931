"""What a plot shows as files."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.errors import ExportError
from svg_studio.engine.export.plots import save_drawing, save_picture, save_values


def test_that_columns_become_a_table_with_gaps_where_there_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    columns = {"run": ["a, b", '"c"', "d"], "step": [1.0, 2.0, 300_000.0], "mse": [0.25, math.nan, math.inf], "test step": [2]}
    (written,) = save_values(path, columns)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [list(columns), ["a, b", "1", "0.25", "2"], ['"c"', "2", "", ""], ["d", "300000", "", ""]]
    assert written.size == path.stat().st_size  # type: ignore[union-attr]


def test_that_a_picture_and_a_drawing_are_written_as_they_are(tmp_path: Path) -> None:
    from PIL import Image

    frame = np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8)
    list(save_picture(tmp_path / "a.png", frame))
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), frame)
    list(save_drawing(tmp_path / "a.svg", b"<svg/>"))
    assert (tmp_path / "a.svg").read_bytes() == b"<svg/>"


def test_that_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no such folder"):
        list(save_values(tmp_path / "none" / "a.csv", {"step": [1]}))

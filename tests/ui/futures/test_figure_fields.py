"""A paper figure's own fields are there while that format is chosen, say what is written, and give the file its suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.worker import Worker
from svg_studio.ui import recents
from svg_studio.ui.futures.export_choices import Choice
from svg_studio.ui.futures.export_dialog import ExportDialog


@pytest.fixture
def choices(video: Callable[..., np.ndarray]) -> dict[str, Choice]:
    scores = (0.5,) * 8
    return {"Selected future": Choice((Tile(video(0), 3, "seed 1", ssim=scores, psnr=scores),), "seed-1")}


@pytest.fixture
def dialog(quiet_lane: Any, choices: dict[str, Choice], tmp_path: Path, qtbot: QtBot) -> ExportDialog:
    recents.note_place("export", tmp_path)
    dialog = ExportDialog(quiet_lane, choices, stem="demo")
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: ExportDialog, key: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(key))


def test_that_they_are_there_for_a_figure_alone(dialog: ExportDialog) -> None:
    fields, figure = dialog.fields, dialog.fields.figure
    own = (figure.kind, figure.width, figure.every, figure.curves)
    for key in ("figure", "gif", "figure", "mp4"):
        choose(dialog, key)
        assert [field.isVisible() for field in own] == [key == "figure"] * 4
        assert [field.isVisible() for field in (fields.scale, fields.columns)] == [key != "figure"] * 2
        assert (fields.fps.isVisible(), fields.rates.isVisible()) == (key == "mp4", key == "gif")
        assert fields.captions.isEnabled()
        assert fields.borders.isEnabled()


def test_that_the_dialog_stays_as_large_as_it_is(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitExposed(dialog)
    sizes = []
    for key in ("gif", "figure", "mp4", "figure", "gif"):
        choose(dialog, key)
        QApplication.processEvents()
        sizes.append(dialog.size())
    assert len({(size.width(), size.height()) for size in sizes}) == 1, sizes


def test_that_what_they_say_is_written_and_names_the_file(dialog: ExportDialog, tmp_path: Path) -> None:
    figure = dialog.fields.figure
    choose(dialog, "figure")
    assert dialog.path.text() == str(tmp_path / "demo-seed-1.pdf")
    plain = ExportConfig(path="x")
    asked = dialog.config()
    assert (asked.kind, asked.width, asked.every, asked.curves) == (plain.kind, plain.width, plain.every, plain.curves)
    figure.kind.setCurrentIndex(figure.kind.findData("svg"))
    assert dialog.path.text() == str(tmp_path / "demo-seed-1.svg")
    figure.width.setCurrentIndex(1)
    figure.every.setValue(4)
    figure.curves.setCurrentIndex(figure.curves.findData("both"))
    asked = dialog.config()
    assert (asked.kind, asked.width, asked.every, asked.curves) == ("svg", 6.875, 4, "both")
    dialog.path.setText(str(tmp_path / "mine.v2.svg"))
    figure.kind.setCurrentIndex(figure.kind.findData("png"))
    assert dialog.path.text() == str(tmp_path / "mine.v2.png")
    choose(dialog, "gif")
    assert dialog.path.text() == str(tmp_path / "mine.v2.gif")


def test_that_every_field_has_a_name_and_says_what_it_is_about(dialog: ExportDialog) -> None:
    figure = dialog.fields.figure
    for field in (figure.kind, figure.width, figure.every, figure.curves):
        assert field.accessibleName()
        assert field.toolTip()


def test_that_a_real_lane_writes_and_previews_a_figure(
    start_lane: Callable[[str], Worker], choices: dict[str, Choice], tmp_path: Path, qtbot: QtBot
) -> None:
    recents.note_place("export", tmp_path)
    dialog = ExportDialog(start_lane("studio"), choices, stem="demo")
    qtbot.addWidget(dialog)
    choose(dialog, "figure")
    dialog.fields.figure.curves.setCurrentIndex(1)
    dialog.show()
    qtbot.waitUntil(lambda: " in" in dialog.preview.words.text(), timeout=60_000)
    assert dialog.preview.words.text().startswith("3.25 × ")
    dialog.export()
    qtbot.waitUntil(lambda: dialog.job is None, timeout=60_000)
    assert dialog.banner.kind == "info", dialog.banner.text
    assert (tmp_path / "demo-seed-1.pdf").read_bytes().startswith(b"%PDF-")

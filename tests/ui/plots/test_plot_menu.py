"""The menu of every plot: picture, drawing, values, and the way back from a zoom."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QGuiApplication, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.plots import plot_menu
from svg_studio.ui.plots.loss_curves import LossCurves
from svg_studio.ui.plots.plot_menu import menu_of
from svg_studio.ui.plots.plot_picture import LINE, SHARP, drawing, picture, pixels
from svg_studio.ui.plots.styled_plot import StyledPlot


@pytest.fixture
def curves(qtbot: QtBot) -> LossCurves:
    curves = LossCurves()
    qtbot.addWidget(curves)
    curves.resize(600, 300)
    with qtbot.waitExposed(curves):
        curves.show()
    for step in range(1, 101):
        curves.add_step(step, 20.0 + step, 1.0, 20.5 + step)
    curves.add_test(100, 30.0, 2.0, 31.0)
    curves.redraw()
    return curves


def choose(plot: StyledPlot, words: str) -> None:
    next(entry for entry in menu_of(plot).actions() if entry.text() == words).trigger()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What file dialogs proposed; they answer with a file of the test's folder, without a suffix."""
    names: list[str] = []

    def answer(parent: QWidget, title: str, start: str, *rest: object) -> tuple[str, str]:
        names.append(Path(start).name)
        return str(tmp_path / "written"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return names


def popup() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_that_a_right_click_opens_the_menu(curves: LossCurves, qtbot: QtBot) -> None:
    spot = curves.plot.rect().center()
    qtbot.mouseClick(curves.plot.viewport(), Qt.MouseButton.RightButton, pos=spot)
    words = [entry.text() for entry in popup().actions() if entry.text()]
    assert words == ["Copy image", "Save as PNG…", "Save as SVG…", "Save values as CSV…", "Show everything"]
    popup().close()


def test_that_the_menu_key_opens_it_where_the_plot_has_the_focus(curves: LossCurves) -> None:
    QApplication.sendEvent(
        curves, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), curves.mapToGlobal(QPoint(5, 5)))
    )
    assert popup().actions()[0].text() == "Copy image"
    popup().close()


def test_that_the_focus_is_seen(curves: LossCurves) -> None:
    before = curves.plot.grab().toImage()
    QApplication.sendEvent(curves, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert curves.plot.grab().toImage().pixel(0, 100) != before.pixel(0, 100)
    QApplication.sendEvent(curves, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
    assert curves.plot.grab().toImage().pixel(0, 100) == before.pixel(0, 100)


def test_that_show_everything_is_there_only_while_something_is_hidden(curves: LossCurves, qtbot: QtBot) -> None:
    def entry() -> bool:
        return menu_of(curves.plot).actions()[-1].isEnabled()

    assert not entry()
    curves.plot.setXRange(10, 20)
    assert entry()
    choose(curves.plot, "Show everything")
    assert not entry()
    curves.plot.setXRange(10, 20)
    spot = curves.plot.rect().center()
    qtbot.mouseDClick(curves.plot.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert not curves.plot.zoomed, "a double click, too"


def test_that_the_picture_has_a_legend_and_not_what_is_being_read(curves: LossCurves) -> None:
    plain = picture(curves.plot)
    assert plain.size().width() == SHARP * curves.plot.width()
    assert plain.size().height() >= SHARP * (curves.plot.height() + LINE)
    curves.read_at(50.0)
    assert picture(curves.plot) == plain
    assert curves.plot.cursor_line.isVisible()
    curves.shown["kld"].click()
    assert [words for _, words in curves.plot.legend()] == ["mse", "total"]


def test_that_the_drawing_looks_like_the_picture(curves: LossCurves) -> None:
    wanted = picture(curves.plot)
    found = QImage(wanted.size(), QImage.Format.Format_RGB888)
    found.fill(QColor("magenta"))
    painter = QPainter(found)
    QSvgRenderer(QByteArray(drawing(curves.plot))).render(painter)
    painter.end()
    plain, drawn = (pixels(image).astype(int) for image in (wanted, found))
    different = np.abs(plain - drawn).max(axis=2) > 100
    assert different.mean() < 0.02
    # The line below the bottom axis, which is shorter where an axis is drawn at another size.
    edge = curves.plot.getAxis("bottom").pen().color()
    lines = [
        (np.abs(image - (edge.red(), edge.green(), edge.blue())).max(axis=2) < 12).sum(axis=1).max() for image in (plain, drawn)
    ]
    assert lines[1] > 0.9 * lines[0]


def test_that_the_picture_can_be_copied(curves: LossCurves) -> None:
    choose(curves.plot, "Copy image")
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == picture(curves.plot).size()


def test_that_picture_drawing_and_values_are_written(curves: LossCurves, asked: list[str], tmp_path: Path, qtbot: QtBot) -> None:
    for words, suffix in (("Save as PNG…", "png"), ("Save as SVG…", "svg"), ("Save values as CSV…", "csv")):
        choose(curves.plot, words)
        qtbot.waitUntil((tmp_path / f"written.{suffix}").exists, timeout=20_000)
    assert asked == ["losses.png", "losses.svg", "losses.csv"]
    assert QImage(str(tmp_path / "written.png")).size() == picture(curves.plot).size()
    assert ElementTree.parse(tmp_path / "written.svg").getroot().tag.endswith("svg")
    with (tmp_path / "written.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mse"]) for row in rows] == [20.0 + step for step in range(1, 101)]
    assert (rows[0]["test step"], rows[0]["test kld"], rows[1]["test step"]) == ("100", "2", "")


def test_that_without_values_there_is_nothing_to_save(qtbot: QtBot) -> None:
    curves = LossCurves()
    qtbot.addWidget(curves)
    entry = next(entry for entry in menu_of(curves.plot).actions() if "CSV" in entry.text())
    assert not entry.isEnabled()
    assert "no values yet" in entry.toolTip()


def test_that_a_file_that_cannot_be_written_is_told(
    curves: LossCurves, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: (str(tmp_path / "no" / "a.csv"), ""))
    choose(curves.plot, "Save values as CSV…")

    def boxes() -> list[QMessageBox]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMessageBox) and widget.isVisible()]

    qtbot.waitUntil(lambda: len(boxes()) == 1, timeout=20_000)
    assert "no such folder" in boxes()[0].text()
    boxes()[0].close()


def test_that_a_dialog_that_was_closed_writes_nothing(curves: LossCurves, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: ("", ""))
    jobs: list[object] = []
    monkeypatch.setattr(plot_menu, "save", jobs.append)
    for words in ("Save as PNG…", "Save as SVG…", "Save values as CSV…"):
        choose(curves.plot, words)
    assert jobs == []


def test_that_a_legend_goes_on_in_a_second_line_and_shows_what_curves_look_like(curves: LossCurves) -> None:
    one = picture(curves.plot).height()
    sample = QPixmap(28, 14)
    sample.fill(QColor("#ff00ff"))
    curves.plot.legend = lambda: [(sample, "a curve")]
    assert (pixels(picture(curves.plot)) == (255, 0, 255)).all(axis=2).sum() >= 28 * 14
    curves.plot.legend = lambda: [(sample, "a curve")] * 20
    assert picture(curves.plot).height() >= one + SHARP * LINE


def test_that_pixels_of_a_row_that_is_padded_are_its_own() -> None:
    image = QImage(3, 2, QImage.Format.Format_RGB888)
    image.fill(QColor(10, 20, 30))
    assert image.bytesPerLine() > 9
    assert (pixels(image) == (10, 20, 30)).all()

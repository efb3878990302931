"""Settings of several runs side by side."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from svg_studio.ui.runs.config_diff import ConfigDiff
from svg_studio.ui.runs.curves_plot import RunCurvesPlot


@pytest.fixture
def diff(qtbot: QtBot) -> ConfigDiff:
    diff = ConfigDiff()
    qtbot.addWidget(diff)
    return diff


def rows(diff: ConfigDiff) -> dict[str, list[str]]:
    table = diff.table
    if diff.pages.currentWidget() is not table:
        return {}
    return {
        table.verticalHeaderItem(r).text(): [table.item(r, c).text() for c in range(table.columnCount())]
        for r in range(table.rowCount())
    }


ONE = {"lr": 0.1, "name": "a", "log_dir": "/x", "recompute": False, "model": {"z_dim": 10, "beta": 1e-4}, "data": {"store": ""}}


TWO = {"lr": 0.1, "name": "b", "log_dir": "/y", "recompute": True, "model": {"z_dim": 32, "beta": 1e-4}, "data": {}}


def test_that_only_settings_that_differ_are_shown_until_all_are_wanted(diff: ConfigDiff) -> None:
    diff.show_configs([("a", ONE, QIcon()), ("b", TWO, QIcon())])
    assert rows(diff) == {"recompute": ["no", "yes"], "z_dim": ["10", "32"], "store": ["", "–"]}
    assert [diff.table.horizontalHeaderItem(c).text() for c in range(2)] == ["a", "b"]
    diff.all.setChecked(True)
    assert set(rows(diff)) == {"recompute", "z_dim", "store", "lr", "beta"}


def test_that_one_run_has_settings_and_nothing_to_differ_from(diff: ConfigDiff) -> None:
    assert "Select runs" in diff.words.text()
    diff.show_configs([("a", ONE, QIcon())])
    assert rows(diff) == {}
    assert "Select a second run" in diff.words.text()
    diff.all.setChecked(True)
    assert rows(diff)["z_dim"] == ["10"]


def test_that_runs_alike_are_said_to_be(diff: ConfigDiff) -> None:
    diff.show_configs([("a", ONE, QIcon()), ("b", {**ONE, "name": "other"}, QIcon())])
    assert rows(diff) == {}
    assert diff.words.text() == "These runs have the same settings."


def test_that_configs_of_any_shape_are_shown_in_short(diff: ConfigDiff) -> None:
    odd = {f"setting {n}": n for n in range(5000)} | {"lr": "x" * 10_000, "model": [1], "data": {"a": {"b": None}}}
    diff.show_configs([("a", odd, QIcon()), ("b", ONE, QIcon())])
    assert len(rows(diff)) <= 500


def test_that_the_table_copies_with_its_heads(diff: ConfigDiff, qtbot: QtBot) -> None:
    diff.show_configs([("a", ONE, QIcon()), ("b", TWO, QIcon())])
    qtbot.keyClick(diff.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "setting\ta\tb\nrecompute\tno\tyes\nz_dim\t10\t32\nstore\t\t–\n"


def test_that_heads_differ_where_names_do_and_columns_fill_the_table(diff: ConfigDiff, qtbot: QtBot) -> None:
    names = [f"smmnist_g128-z10-beta0.0001-learned-with-a-long-name-seed{n}-of-many-that-are-alike" for n in range(1, 4)]
    diff.resize(700, 300)
    diff.show()
    for count in (1, 3, 2, 3):  # columns come and go while it is shown
        diff.show_configs([(name, {**ONE, "lr": n}, QIcon()) for n, name in enumerate(names[:count])])
        QApplication.processEvents()
    heads = [diff.table.horizontalHeaderItem(c) for c in range(3)]
    words = [head.text() for head in heads if head is not None]
    assert len(set(words)) == 3
    assert [f"seed{n}" in word for n, word in enumerate(words, 1)] == [True] * 3
    assert [head.toolTip() for head in heads if head is not None] == names
    room = diff.table.columnWidth(0)
    assert all(diff.table.fontMetrics().horizontalAdvance(word) < room for word in words)
    assert diff.table.horizontalHeader().length() == diff.table.viewport().width()


def test_that_the_heading_stands_beside_that_of_the_curves(diff: ConfigDiff, qtbot: QtBot) -> None:
    curves = RunCurvesPlot()
    qtbot.addWidget(curves)
    tops = []
    for part in (diff, curves):
        part.resize(600, 300)
        part.show()
        QApplication.processEvents()
        title = next(words for words in part.findChildren(QLabel) if words.text() in ("Settings", "Curves"))
        tops.append(title.mapTo(part, title.rect().center()).y())
    assert abs(tops[0] - tops[1]) <= 1

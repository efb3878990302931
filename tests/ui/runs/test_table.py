"""The table of runs: words, order, search and filters, and a selection that stays while runs come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from svg_studio.engine.events import RunRow
from svg_studio.ui.formatting import moment
from svg_studio.ui.runs.table import COLUMNS, KEYS, LEAST_NAME, MOST_NAME, RunsFilter, RunsModel, RunsTable, explain
from svg_studio.ui.style import theme

DISPLAY, TIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole


def row(name: str, state: str = "stopped", **more: Any) -> RunRow:
    return RunRow(Path("/runs") / name, state, **{"step": 5, "steps": 10, "checkpoint": Path("last.pt"), **more})


@pytest.fixture
def table(qtbot: QtBot) -> RunsTable:
    table = RunsTable(RunsFilter(RunsModel()))
    qtbot.addWidget(table)
    return table


def put(table: RunsTable, *rows: RunRow) -> None:
    table._filter._model.put(rows)


def names(table: RunsTable) -> list[str]:
    return [table.model().index(n, 0).data() for n in range(table.model().rowCount())]


def cell(table: RunsTable, key: str, role: Qt.ItemDataRole = DISPLAY, line: int = 0) -> Any:
    return table.model().index(line, KEYS.index(key)).data(role)


def test_that_cells_say_figures_as_people_read_them(table: RunsTable) -> None:
    put(
        table,
        row(
            "a",
            best_mse=0.0123456789,
            seconds=7500.0,
            size=3_400_000,
            tags=("x", "y"),
            dataset="kth",
            prior="fixed",
            backbone="vgg",
        ),
    )
    said = {key: cell(table, key) for key in KEYS if key != "updated"}
    assert said == {
        "name": "a",
        "state": "stopped",
        "step": "5 / 10",
        "best": "0.012346",
        "data": "kth",
        "prior": "fixed",
        "backbone": "vgg",
        "tags": "x, y",
        "seconds": "2 h 05 min",
        "size": "3.4 MB",
    }
    assert [table.model().headerData(n, Qt.Orientation.Horizontal) for n in range(len(KEYS))] == [c[0] for c in COLUMNS.values()]
    assert cell(table, "size", Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight.value


def test_that_the_first_arrow_key_selects_a_row(table: RunsTable, qtbot: QtBot) -> None:
    put(table, row("only"))
    table.show()
    table.activateWindow()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert [run.path.name for run in table.chosen()] == ["only"]


def test_that_what_a_run_does_not_say_is_left_empty(table: RunsTable) -> None:
    put(table, row("a", steps=0, step=0))
    assert [cell(table, key) for key in ("step", "best", "seconds", "updated", "tags")] == [""] * 5


@pytest.mark.parametrize(
    "run, words, colour",
    [
        (
            row("a", "running", live=True, host="lab"),
            "is being trained on lab: it can be watched here, and neither renamed",
            "accent",
        ),
        (row("a", "paused", live=True), "is paused: it can be watched", "text"),
        (row("a", "crashed"), "was interrupted at step 5: Resume goes on from its last checkpoint.", "warning"),
        (row("a", "crashed", checkpoint=None), "was interrupted at step 5: there is no checkpoint to go on from.", "warning"),
        (row("a", "failed", reason="the loss is NaN"), "failed at step 5: the loss is NaN", "error"),
        (row("a", "damaged", reason="config.json: is missing"), "is damaged: config.json: is missing", "error"),
        (row("a", "stopped"), "was stopped at step 5: Resume goes on", "text"),
        (row("a", "finished", step=1200), "finished after 1,200 steps.", "text"),
    ],
)
def test_that_a_state_is_explained_and_has_its_colour(table: RunsTable, run: RunRow, words: str, colour: str) -> None:
    assert words in explain(run)
    put(table, run)
    assert words in cell(table, "state", TIP)
    assert cell(table, "state", Qt.ItemDataRole.ForegroundRole).name() == getattr(theme.colors(), colour)


def test_that_a_crash_names_its_step(table: RunsTable) -> None:
    put(table, row("a", "crashed", step=1234))
    assert cell(table, "state") == "crashed at step 1,234"


def test_that_notes_that_look_like_markup_are_shown_as_they_are(table: RunsTable) -> None:
    put(table, row("a", notes="<img src=x>\nline"))
    assert "&lt;img src=x&gt;<br>line" in cell(table, "name", TIP)


SORTED = [
    row(
        "b",
        "running",
        step=2,
        best_mse=0.5,
        seconds=30,
        updated=3e6,
        size=100,
        dataset="kth",
        prior="learned",
        backbone="vgg",
        tags=("q",),
    ),
    row(
        "A",
        "crashed",
        step=10,
        best_mse=None,
        seconds=4,
        updated=1e6,
        size=20,
        dataset="Bair",
        prior="fixed",
        backbone="dcgan",
        tags=("p",),
    ),
    row(
        "c",
        "finished",
        step=9,
        best_mse=0.06,
        seconds=200,
        updated=2e6,
        size=3,
        dataset="own",
        prior="other",
        backbone="x",
        tags=("r",),
    ),
]


@pytest.mark.parametrize(
    "key, order",
    [
        ("name", "Abc"),
        ("state", "bcA"),
        ("step", "bcA"),
        ("best", "cbA"),
        ("data", "Abc"),
        ("prior", "Abc"),
        ("backbone", "Abc"),
        ("tags", "Abc"),
        ("seconds", "Abc"),
        ("updated", "Acb"),
        ("size", "cAb"),
    ],
)
def test_that_every_column_sorts_by_what_it_means(table: RunsTable, key: str, order: str) -> None:
    put(table, *SORTED)
    table.sortByColumn(KEYS.index(key), Qt.SortOrder.AscendingOrder)
    assert "".join(names(table)) == order
    table.sortByColumn(KEYS.index(key), Qt.SortOrder.DescendingOrder)
    assert "".join(names(table)) == order[::-1]


def test_that_the_newest_is_on_top_at_first(table: RunsTable) -> None:
    put(table, *SORTED)
    assert names(table) == ["b", "c", "A"]


@pytest.mark.parametrize(
    "text, left",
    [("", "abc"), ("ALPHA", "a"), ("sweep", "bc"), ("sweep good", "c"), ("paper", "a"), ("nothing", ""), ("  ", "abc")],
)
def test_that_a_search_wants_every_word_in_name_tags_or_notes(table: RunsTable, text: str, left: str) -> None:
    put(table, row("a-alpha", notes="as the Paper"), row("b", tags=("Sweep",)), row("c", tags=("sweep",), notes="good"))
    table._filter.search(text)
    assert "".join(sorted(name[0] for name in names(table))) == left


def test_that_filters_leave_one_state_one_data_set_and_one_prior(table: RunsTable) -> None:
    put(table, row("a", dataset="kth", prior="fixed"), row("b", dataset="kth", prior="learned"), row("c", "failed", dataset="bair"))
    table._filter.only("data", "kth")
    assert sorted(names(table)) == ["a", "b"]
    table._filter.only("prior", "fixed")
    assert names(table) == ["a"]
    table._filter.only("state", "failed")
    assert names(table) == []
    for column in ("data", "prior"):
        table._filter.only(column, "")
    assert names(table) == ["c"]


def test_that_the_selection_stays_while_runs_come_go_and_change(table: RunsTable) -> None:
    put(table, row("a", updated=1.0), row("b", updated=2.0), row("c", updated=3.0))
    table.choose([Path("/runs/a"), Path("/runs/c")])
    assert [run.path.name for run in table.chosen()] == ["c", "a"]
    put(table, row("c", updated=9.0, step=7), row("d", updated=8.0), row("a", updated=10.0))
    assert names(table) == ["a", "c", "d"]
    assert [(run.path.name, run.step) for run in table.chosen()] == [("a", 5), ("c", 7)]
    put(table, row("d"))
    assert table.chosen() == []


def test_that_only_rows_that_changed_are_painted_again(table: RunsTable) -> None:
    model = table._filter._model
    put(table, row("a"), row("b"))
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.append(first.row()))
    put(table, row("a"), row("b", step=6))
    assert changed == [1]


def test_that_marks_stand_beside_the_names(table: RunsTable) -> None:
    from svg_studio.ui.runs.curves_plot import badge

    put(table, row("a", updated=2.0), row("b", updated=1.0))
    table._filter._model.mark({Path("/runs/b"): badge(0)})
    assert cell(table, "name", Qt.ItemDataRole.DecorationRole, 0) is None
    assert not cell(table, "name", Qt.ItemDataRole.DecorationRole, 1).isNull()


def test_that_the_model_is_a_table(table: RunsTable) -> None:
    put(table, row("a"))
    model = table._filter._model
    assert model.rowCount(model.index(0, 0)) == model.columnCount(model.index(0, 0)) == 0
    assert (model.rowCount(QModelIndex()), model.columnCount()) == (1, len(KEYS))


@pytest.mark.parametrize("when", [0.0, -5.0, 1e300, float("inf")])
def test_that_times_that_cannot_be_are_no_words(when: float) -> None:
    assert moment(when) == ""


def test_that_names_have_what_room_short_columns_leave(table: RunsTable, qtbot: QtBot, qapp: object) -> None:
    theme.apply(qapp, "light")  # type: ignore[arg-type]
    name = "smmnist_g128-z10-learned-seed3"
    put(table, row(name, dataset="smmnist", prior="learned", backbone="dcgan", seconds=4.0, size=3100, updated=1.7e9))
    table.resize(1152, 300)
    table.show()
    qtbot.waitUntil(lambda: table.columnWidth(0) > LEAST_NAME)
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)
    others = sum(table.columnWidth(number) for number in range(1, len(KEYS)))
    assert table.columnWidth(0) == table.viewport().width() - others, "all that is left, and all columns are seen"
    for number in range(1, len(KEYS)):
        assert table.columnWidth(number) >= table.horizontalHeader().sectionSizeHint(number), KEYS[number]
        assert table.columnWidth(number) >= table.sizeHintForColumn(number), KEYS[number]


def test_that_long_words_take_no_more_than_their_column_and_short_windows_keep_the_names(table: RunsTable, qtbot: QtBot) -> None:
    words = tuple(f"a long word {n}" for n in range(20))
    put(table, row("smmnist_g128-z10-beta0.0001-learned-with-a-long-name-seed3" * 3, tags=words))
    table.resize(860, 300)
    table.show()
    qtbot.waitUntil(lambda: table.columnWidth(0) >= MOST_NAME)
    header = table.horizontalHeader()
    tags = KEYS.index("tags")
    assert table.columnWidth(tags) <= max(theme.scaled(COLUMNS["tags"][1]), header.sectionSizeHint(tags))


def test_that_a_column_that_a_person_has_drawn_stays_so(table: RunsTable, qtbot: QtBot) -> None:
    put(table, row("a"))
    table.show()
    qtbot.waitUntil(lambda: not table._soon.isActive())
    header = table.horizontalHeader()
    header.setCursor(Qt.CursorShape.SplitHCursor)
    header.resizeSection(1, 77)
    header.unsetCursor()
    put(table, row("a"), row("b", "crashed"))
    qtbot.waitUntil(lambda: not table._soon.isActive())
    assert table.columnWidth(1) == 77

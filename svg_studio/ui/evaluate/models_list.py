"""The list of checkpoints to be compared, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QAction, QColor, QDesktopServices
from PySide6.QtWidgets import QListWidgetItem, QWidget

from svg_studio.engine.utils.wording import shown
from svg_studio.ui.evaluate.run_dialog import RunDialog
from svg_studio.ui.run_list import RunList, inside
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, enable, heading, label, named, open_dialog, show_text
from svg_studio.ui.widgets.copy_table import put_text
from svg_studio.ui.widgets.file_dialogs import choose_folder, open_files
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.menus import context_menu, entry
from svg_studio.ui.widgets.ordered_list import OrderedList, OrderTools
from svg_studio.ui.widgets.words import literal

FILES = "Checkpoints (*.pt *.pth);;All files (*)"
ROWS = 4  # that are seen without scrolling
PATH, GONE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class ModelsList(QWidget):
    """`paths` are files or run folders; the first one decides about data and frames where nothing else is said."""

    changed = Signal()

    def __init__(self, demo: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._demo = demo
        self._runs: RunList | None = None
        tip = "The first one gives data and frames where nothing else is chosen. Delete removes, Alt+↑ and Alt+↓ move."
        self.list = named(OrderedList(), "Models to evaluate", tip)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long names are cut in their middle
        self.list.setFixedHeight(ROWS * (self.fontMetrics().height() + 6) + 4)
        self.list.removed.connect(self.remove)
        self.list.moved.connect(self.move_by)
        self.error = label(role="error", wrap=True)
        self.error.hide()
        tip = "Add checkpoints: files ending in .pt or .pth, several at once"
        self.add_files = button("Add…", self._choose_files, tip)
        self.add_run = button(
            "Add run…", self._choose_run, "Add runs of the log folder, or others; their newest checkpoints are taken"
        )
        self.add_demo = button("Add the demo", self._add_demo, "Add the small model of Moving MNIST that is part of the program")
        self.add_demo.setVisible(demo is not None)
        self.menu = context_menu(self.list, self._entries)
        self.tools = OrderTools(self.list, "model")
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for choice in (self.add_files, self.add_run, self.add_demo):
            flow.addWidget(choice)
        words = heading("Models")
        column(row(words, self.tools, stretch=words), self.list, self.error, buttons, on=self, gap=6)
        theme.notifier().changed.connect(self._recolour)

    def follow(self, runs: RunList) -> None:
        """Offer these runs, and show what becomes of them."""
        self._runs = runs
        runs.moved.connect(self._on_moved)
        runs.gone.connect(self._on_gone)
        runs.back.connect(self._on_back)

    @property
    def missing(self) -> str:
        """Why the models cannot be evaluated as they stand here; nothing where they can."""
        gone = [self.list.item(row).text() for row in range(self.list.count()) if self.list.item(row).data(GONE)]
        return f"{gone[0]}: its run was deleted or taken away; take it off the list" if gone else ""

    @property
    def paths(self) -> list[str]:
        """In their order."""
        return [self.list.item(row).data(PATH) for row in range(self.list.count())]

    def add(self, paths: Iterable[str | Path]) -> None:
        """Append what is not there yet."""
        for path in map(str, paths):
            if path not in self.paths:
                item = QListWidgetItem()
                self._write(item, path)
                self.list.addItem(item)
                self.list.setCurrentItem(item)
        self.changed.emit()

    def remove(self) -> None:
        """Take the selected one off."""
        if self.list.currentRow() >= 0:
            self.list.takeItem(self.list.currentRow())
            self.changed.emit()

    def move_by(self, places: int) -> None:
        """Move the selected one; nothing happens at either end."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + places < self.list.count():
            self.list.insertItem(row + places, self.list.takeItem(row))
            self.list.setCurrentRow(row + places)
            self.changed.emit()

    def set_enabled(self, enabled: bool, why: str = "") -> None:
        """Lock or free the list and its buttons, and say why."""
        self.setEnabled(enabled)
        for part in (self.list, self.add_files, self.add_run, self.add_demo):
            enable(part, enabled, why)

    def show_error(self, sentence: str) -> None:
        """Under the list; nothing for none."""
        show_text(self.error, sentence)
        self.list.setAccessibleDescription(sentence)

    def _choose_files(self) -> None:
        if paths := open_files(self, "Models to evaluate", "model", FILES):
            self.add(paths)

    def _choose_run(self) -> None:
        if self._runs is None:
            self._choose_folder()
            return
        dialog = RunDialog(self._runs, self.paths, self)
        dialog.chosen.connect(self.add)
        dialog.other_wanted.connect(self._choose_folder)
        open_dialog(dialog)

    def _choose_folder(self) -> None:
        if folder := choose_folder(self, "Run to evaluate", "runs"):
            self.add([folder])

    def _add_demo(self) -> None:
        if self._demo is not None:
            self.add([self._demo])

    def _write(self, item: QListWidgetItem, path: str, *, gone: bool = False) -> None:
        item.setText(shown(title(Path(path))))
        item.setData(PATH, path)
        item.setData(GONE, gone)
        item.setToolTip(literal(f"{path}\nIs not there any more" if gone else path))
        item.setData(Qt.ItemDataRole.ForegroundRole, QColor(theme.colors().error) if gone else None)

    def _inside(self, run: Path) -> list[tuple[QListWidgetItem, Path]]:
        """The entries that lie in the folder of a run."""
        items = [self.list.item(number) for number in range(self.list.count())]
        return [(item, path) for item in items if (path := inside(Path(item.data(PATH)), run, run)) is not None]

    def _on_moved(self, before: Path, now: Path) -> None:
        found = self._inside(before)
        for item, path in found:
            self._write(item, str(inside(path, before, now)))
        if found:
            self.changed.emit()

    def _on_gone(self, run: Path) -> None:
        self._mark(run, gone=True)

    def _on_back(self, run: Path) -> None:
        self._mark(run, gone=False)

    def _mark(self, run: Path, *, gone: bool) -> None:
        found = self._inside(run)
        for item, path in found:
            self._write(item, str(path), gone=gone)
        if found:
            self.changed.emit()

    def _recolour(self) -> None:
        for item in (self.list.item(number) for number in range(self.list.count())):
            self._write(item, item.data(PATH), gone=bool(item.data(GONE)))

    def _entries(self) -> list[QAction | None]:
        """Of its context menu."""
        item, tools = self.list.currentItem(), self.tools
        path = str(item.data(PATH)) if item is not None else ""
        none = "" if item is not None else "Select a model first"
        return [
            entry("Move up", tools.up.click, key="Alt+Up", why="" if tools.up.isEnabled() else none or "It is the first"),
            entry("Move down", tools.down.click, key="Alt+Down", why="" if tools.down.isEnabled() else none or "It is the last"),
            entry("Take off the list", tools.drop.click, "The file stays where it is", key="Del", why=none),
            None,
            entry("Show folder", lambda: _show_folder(Path(path)), "In the system's file manager", why=none),
            entry("Copy path", lambda: put_text(path), path, why=none),
        ]


def _show_folder(path: Path) -> None:
    folder = path if path.is_dir() else path.parent
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def title(path: Path) -> str:
    """What a list calls a checkpoint: its name, and before it that of its run."""
    return f"{path.parent.parent.name} · {path.stem}" if path.parent.name == "checkpoints" else path.name or str(path)

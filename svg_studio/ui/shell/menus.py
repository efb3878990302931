"""The menu bar: what each entry is called, its key, and the lists of what was opened last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from svg_studio.ui import recents
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import Act, action
from svg_studio.ui.widgets.words import literal, on_button

if TYPE_CHECKING:
    from svg_studio.ui.shell.main_window import MainWindow

RECENT = {"models": "Models", "runs": "Log folders", "data": "Data folders"}


class Menus:
    """Fills the menu bar of `window`. `log`, `full_screen` and `schemes` show what is on."""

    def __init__(self, window: MainWindow, titles: list[str]) -> None:
        self._window = window
        file, view, help_ = (window.menuBar().addMenu(name) for name in ("&File", "&View", "&Help"))
        self._fill_file(file)
        for number, title in enumerate(titles):
            self._add(view, title, lambda _=False, n=number: window.show_page(n), f"Ctrl+{number + 1}")
        view.addSeparator()
        self.log = self._switch(view, "Log", window.show_log, "Ctrl+L")
        self.full_screen = self._switch(view, "Full screen", window.fill_screen, "F11")
        self.schemes = self._fill_schemes(view.addMenu("Theme"))
        view.addSeparator()
        view.addActions([window.notifier.switch, window.awake.switch])
        page_help = self._add(help_, "Help for this page", window.show_page_help)
        page_help.setShortcuts([QKeySequence("F1"), QKeySequence("?")])
        self._add(help_, "Guide", window.show_guide)
        self._add(help_, "Tour of five steps", window.start_tour)
        help_.addSeparator()
        self._add(help_, "About SVG Studio", window.show_about)

    def _fill_file(self, file: QMenu) -> None:
        window = self._window
        self._add(file, "Open model…", window.choose_model, "Ctrl+O")
        if window.demo is not None:
            self._add(file, "Open the demo", window.open_demo, "Ctrl+Shift+O")
        self.recent = file.addMenu("Open recent")
        self.recent.aboutToShow.connect(self._list_recent)
        self._list_recent()
        self._add(file, "Export futures…", window.export, "Ctrl+E")
        self._add(file, "Open export…", window.choose_export, "Ctrl+Shift+E")
        self._add(file, "Compare models…", window.compare, "Ctrl+M")
        file.addSeparator()
        self._add(file, "Settings…", window.show_settings, "Ctrl+,")
        file.addSeparator()
        self._add(file, "Quit", window.close, "Ctrl+Q")

    def _list_recent(self) -> None:
        """Made anew whenever it opens, so that a path that has just been opened is in it."""
        self.recent.clear()
        opens: dict[str, Callable[[str], None]] = {
            "models": self._window.open_model,
            "runs": self._window.open_log_folder,
            "data": self._window.open_data_folder,
        }
        for kind, title in RECENT.items():
            paths = recents.recent(kind)
            if paths:
                self.recent.addSection(title)
            for path in paths:
                entry = QAction(on_button(_short(path)), self.recent)
                entry.setToolTip(literal(path))
                entry.triggered.connect(lambda _=False, act=opens[kind], path=path: act(path))
                self.recent.addAction(entry)
        if self.recent.isEmpty():
            nothing = self.recent.addAction("Nothing was opened yet")
            nothing.setEnabled(False)
        else:
            self.recent.addSeparator()
            self.recent.addAction("Clear this list", _forget_all)
        self.recent.setToolTipsVisible(True)

    def _fill_schemes(self, menu: QMenu) -> QActionGroup:
        group = QActionGroup(self._window)
        for scheme in theme.SCHEMES:
            entry = QAction(scheme.capitalize(), self._window, checkable=True, checked=scheme == theme.notifier().scheme)
            entry.setData(scheme)
            group.addAction(entry)
            menu.addAction(entry)
        group.triggered.connect(lambda entry: self._window.choose_scheme(entry.data()))
        return group

    def _switch(self, menu: QMenu, title: str, act: Act, key: str) -> QAction:
        made = self._add(menu, title, act, key)
        made.setCheckable(True)
        return made

    def _add(self, menu: QMenu, title: str, act: Act, key: str = "") -> QAction:
        menu.addAction(made := action(self._window, title, act, key))
        return made


def _short(path: str) -> str:
    """The end of a path, which tells most: a checkpoint is named with its run."""
    parts = Path(path).parts
    if len(parts) > 3 and parts[-2] == "checkpoints":
        return f"{parts[-3]} · {parts[-1]}"
    return path if len(path) <= 60 else f"…{path[-59:]}"


def _forget_all() -> None:
    for kind in RECENT:
        recents.forget(kind)

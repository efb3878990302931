"""The system's file dialogs, which open where the person was last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from svg_studio.ui import recents

ALL = "All files (*)"


def open_file(parent: QWidget, title: str, place: str, kinds: str = ALL, start: str = "") -> str:
    """Asks for one file; `place` is one of recents.PLACES, `start` what it begins with instead. Empty: none was chosen."""
    return _noted(place, QFileDialog.getOpenFileName(parent, title, start or recents.place(place), kinds)[0])


def open_files(parent: QWidget, title: str, place: str, kinds: str = ALL, start: str = "") -> list[str]:
    """Asks for files."""
    paths = QFileDialog.getOpenFileNames(parent, title, start or recents.place(place), kinds)[0]
    if paths:
        _noted(place, paths[0])
    return paths


def choose_folder(parent: QWidget, title: str, place: str, start: str = "") -> str:
    """Asks for a folder."""
    folder = QFileDialog.getExistingDirectory(parent, title, start or recents.place(place))
    if folder:
        recents.note_place(place, folder)
    return folder


def save_file(parent: QWidget, title: str, place: str, name: str, kinds: str = ALL, *, confirm: bool = True) -> str:
    """Asks where to write; `name` alone is taken to be in the folder of last time. confirm: whether to ask about replacing."""
    options = QFileDialog.Option(0) if confirm else QFileDialog.Option.DontConfirmOverwrite
    start = name if Path(name).is_absolute() else str(Path(recents.place(place)) / name)
    return _noted(place, QFileDialog.getSaveFileName(parent, title, start, kinds, "", options)[0])


def _noted(place: str, path: str) -> str:
    if path:
        recents.note_place(place, Path(path).parent)
    return path

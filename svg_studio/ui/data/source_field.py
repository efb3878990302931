"""The field for the files and folders that a conversion is to read: typed one a line, dropped, or chosen in dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, QUrl, Signal
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from svg_studio.engine.data.datasets.video_folders import VIDEOS
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.controls import button, label, named, restyle
from svg_studio.ui.widgets.layouts import row

LINES, MOST_LINES = 3, 10  # that are seen at once at least, and at most, where there may be several
LABELS = 86  # px of the column of labels, as in forms


class PathLines(QPlainTextEdit):
    """One path a line. Files that are dropped or pasted here are added; Tab leads on."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def height_of(self, lines: int) -> int:
        """px with which so many lines are seen."""
        bar = self.horizontalScrollBar()
        across = bar.sizeHint().height() if bar.maximum() > bar.minimum() else 0
        edge = self.frameWidth() + round(self.document().documentMargin()) + 2
        return lines * self.cursorRect().height() + 2 * edge + across

    def set_most(self, lines: int) -> None:
        """Asks for as much room as so many lines need, within bounds."""
        self.setMaximumHeight(max(self.height_of(min(lines, MOST_LINES)), self.minimumHeight()))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def paths(self) -> tuple[str, ...]:
        """What is written, without quotes and without what makes an address of it."""
        return tuple(filter(None, map(_path, self.toPlainText().splitlines())))

    def add(self, paths: Sequence[str]) -> None:
        """Some more, each once."""
        self.setPlainText("\n".join(dict.fromkeys((*self.paths(), *paths))))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        dropped = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if dropped:
            self.add(dropped)
        else:
            super().insertFromMimeData(source)


class SourceField(QWidget):
    """`changed` whenever something else stands here. An error is shown only when it is set."""

    changed = Signal()

    def __init__(self, tip: str, *, several: bool) -> None:
        """several: whether more than one file or folder may be named; else a new one takes the place of the old."""
        super().__init__()
        self._several, self.error = several, ""
        words = "Files or folders, one a line" if several else "File or folder"
        self.lines = named(PathLines(), "Files to convert", f"{words} (source). {tip}")
        self.lines.setMinimumHeight(self.lines.height_of(LINES if several else 1))
        self.files_button = button("Add files…" if several else "Choose file…", self._choose_files, "Choose what to convert")
        self.folder_button = button("Add folder…" if several else "Choose folder…", self._choose_folder, "Choose what to convert")
        self.clear_button = button("Clear", self.lines.clear, "Take all of them out again", name="Clear files to convert")
        self.clear_button.setVisible(several)
        self.error_label = label(role="error", wrap=True)
        self.error_label.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABELS)
        grid.addWidget(label("Files" if several else "Source", buddy=self.lines, tip=tip), 0, 0)
        grid.addWidget(self.lines, 0, 1)
        grid.addLayout(row(self.files_button, self.folder_button, self.clear_button, None, gap=6), 1, 1)
        grid.addWidget(self.error_label, 2, 1)
        grid.setColumnStretch(1, 1)
        self.lines.textChanged.connect(self._on_text)
        self.lines.horizontalScrollBar().rangeChanged.connect(self._measure)  # which takes a line's room once it is there
        self._on_text()

    def paths(self) -> tuple[str, ...]:
        """What is to be read."""
        return self.lines.paths()

    def set_paths(self, paths: Sequence[str]) -> None:
        """Other files and folders."""
        self.lines.setPlainText("\n".join(paths))

    def missing(self) -> int:
        """px of height that the lines lack."""
        return max(0, self.lines.maximumHeight() - self.lines.height())

    def set_error(self, sentence: str) -> None:
        """Show `sentence` under the field; nothing for none."""
        self.error = sentence
        self.error_label.setText(sentence)
        self.error_label.setVisible(bool(sentence))
        self.lines.setAccessibleDescription(sentence)
        restyle(self.lines, "invalid", bool(sentence))

    def _on_text(self) -> None:
        self._measure()
        there = bool(self.paths())
        self.clear_button.setEnabled(there)
        self.clear_button.setToolTip("Take all of them out again" if there else "Nothing is chosen yet")
        self.changed.emit()

    def _measure(self) -> None:
        self.lines.set_most(self.lines.blockCount() if self._several else 1)

    def _choose_files(self) -> None:
        if self._several:
            kinds = f"Videos ({' '.join(f'*{suffix}' for suffix in VIDEOS)});;{file_dialogs.ALL}"
            self._take(file_dialogs.open_files(self, "Videos to convert", "data", kinds))
        else:
            self._take([file_dialogs.open_file(self, "File to convert", "data")])

    def _choose_folder(self) -> None:
        self._take([file_dialogs.choose_folder(self, "Folder to convert", "data")])

    def _take(self, paths: Sequence[str]) -> None:
        if chosen := [path for path in paths if path]:
            if self._several:
                self.lines.add(chosen)
            else:
                self.set_paths(chosen)


def _path(line: str) -> str:
    """A line as a path: some systems copy paths in quotes, others as addresses."""
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] and line[0] in "\"'" and not Path(line).exists():
        line = line[1:-1]
    return QUrl(line).toLocalFile() if line.startswith("file://") else line

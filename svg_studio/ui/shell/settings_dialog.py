"""The dialog of the window's settings: folders, computing, appearance, what happens while a model trains, and downloads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLineEdit, QWidget

from svg_studio.engine.config import DEVICES, PRECISIONS
from svg_studio.paths import default_data_root, default_log_dir
from svg_studio.ui import number_text
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.style import theme
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.cards import Column
from svg_studio.ui.widgets.controls import (
    button,
    check_box,
    combo_box,
    heading,
    label,
    named,
    resize_on_screen,
    restyle,
    show_text,
)
from svg_studio.ui.widgets.layouts import boxed, column, row

DATA_FOLDER, LOG_FOLDER, DEVICE, PRECISION, NUMBERS, SCHEME = (
    "folder/data",
    "folder/log",
    "device",
    "precision",
    "numbers",
    "scheme",
)
DEVICE_TITLES = {"auto": "Automatic: a GPU if there is one", "cpu": "CPU", "cuda": "NVIDIA or AMD GPU", "mps": "Apple GPU"}
PRECISION_TITLES = {"auto": "Automatic: bf16 where the hardware has it", "fp32": "fp32 (32 bits)", "bf16": "bf16 (16 bits)"}
SCHEME_TITLES = {"system": "As the system", "light": "Light", "dark": "Dark", theme.CONTRAST: "High contrast"}
NUMBER_TITLES = {"point": "Decimal point everywhere: 0.5", "system": "As the system writes them"}


class SettingsDialog(QDialog):
    """Everything takes effect at once, what concerns computing from the next run on; `preferences` keep all of it."""

    data_folder_changed = Signal(str)
    log_folder_changed = Signal(str)
    device_changed = Signal(str)
    precision_changed = Signal(str)
    scheme_changed = Signal(str)  # one of theme.SCHEMES; whoever hears it dresses the window
    mirrors_wanted = Signal()

    def __init__(self, preferences: Preferences, switches: Sequence[QAction] = (), parent: QWidget | None = None) -> None:
        """switches: entries of the menus that are on or off, such as Notifications.switch; both show the same."""
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle("Settings")
        self.data_folder = FolderField(
            "Data folder",
            "data",
            preferences.folder(DATA_FOLDER, str(default_data_root())),
            str(default_data_root()),
            "Folder that holds the data sets (data_root)",
        )
        self.log_folder = FolderField(
            "Log folder",
            "runs",
            preferences.folder(LOG_FOLDER, str(default_log_dir())),
            str(default_log_dir()),
            "Folder in which every run gets a folder of its own (log_dir)",
        )
        self.device = self._list("Device", DEVICE, DEVICES, DEVICE_TITLES, "Where models run (device)", self.device_changed)
        self.precision = self._list(
            "Precision", PRECISION, PRECISIONS, PRECISION_TITLES, "Arithmetic of models (precision)", self.precision_changed
        )
        self.scheme = self._list("Theme", SCHEME, theme.SCHEMES, SCHEME_TITLES, "Colours of the window", self.scheme_changed)
        self.scheme.setCurrentIndex(self.scheme.findData(theme.notifier().scheme))  # which --scheme may have chosen
        tip = "How fields show numbers. Point and comma are understood either way; tables, curves and files have the point."
        self.numbers = self._list("Numbers in fields", NUMBERS, number_text.STYLES, NUMBER_TITLES, tip, None)
        self.switches = [_box_of(switch) for switch in switches]
        self.mirrors = button("Mirrors…", self.mirrors_wanted, "Addresses to download from instead of the usual ones")
        self.data_folder.chosen.connect(lambda folder: self._keep(DATA_FOLDER, folder, self.data_folder_changed))
        self.log_folder.chosen.connect(lambda folder: self._keep(LOG_FOLDER, folder, self.log_folder_changed))
        self.numbers.currentIndexChanged.connect(lambda: number_text.set_style(str(self.numbers.currentData())))
        self._lay_out()

    def _list(
        self, name: str, key: str, choices: Sequence[str], titles: dict[str, str], tip: str, said: SignalInstance | None
    ) -> QComboBox:
        made = combo_box(name, ((titles.get(choice, choice), choice) for choice in choices), tip)
        made.setCurrentIndex(made.findData(self._preferences.choice(key, choices, choices[0])))
        made.currentIndexChanged.connect(lambda: self._keep(key, str(made.currentData()), said))
        return made

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(14)
        _add_part(grid, "Folders", "The pages show another folder at once; a run that trains stays where it is.")
        _add_row(grid, "Data folder", self.data_folder, self.data_folder.edit)
        _add_row(grid, "Log folder", self.log_folder, self.log_folder.edit)
        _add_part(grid, "Computing", "From the next run, evaluation and sample on.")
        _add_row(grid, "Device", self.device)
        _add_row(grid, "Precision", self.precision)
        _add_part(grid, "Appearance")
        _add_row(grid, "Theme", self.scheme)
        _add_row(grid, "Numbers in fields", self.numbers)
        if self.switches:
            _add_part(grid, "While jobs run")
            for box in self.switches:
                _add_row(grid, "", box)
        _add_part(grid, "Downloads")
        _add_row(grid, "", self.mirrors)
        buttons = QDialogButtonBox()
        close = buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        for one in (close, self.mirrors):
            one.setAutoDefault(False)  # Enter ends what is written into a field, and not the dialog
        buttons.rejected.connect(self.reject)
        area = Column(boxed(column(grid, None, margins=(0, 0, 10, 0))))
        column(area, buttons, on=self, gap=12, margins=(20, 16, 20, 16))
        self.setMinimumWidth(560)
        resize_on_screen(self, 600, 640)

    def _keep(self, key: str, value: str, said: SignalInstance | None) -> None:
        self._preferences.put(key, value)
        self._preferences.save()
        if said is not None:
            said.emit(value)


class FolderField(QWidget):
    """A path that can be typed or chosen; empty means the usual one. `chosen` once it is written to its end and a whole path."""

    chosen = Signal(str)

    def __init__(self, name: str, place: str, folder: str, usual: str, tip: str) -> None:
        """place: one of recents.PLACES."""
        super().__init__()
        self._name, self._place, self._usual, self._last = name, place, usual, folder
        self.edit = named(QLineEdit(folder, placeholderText=usual), name, tip)
        self.error = label(role="error", wrap=True)
        self.error.hide()
        choose = button("Choose…", self._choose, f"Choose the {name.lower()}", name=f"Choose {name.lower()}")
        choose.setAutoDefault(False)
        column(row(self.edit, choose, stretch=self.edit), self.error, on=self, gap=3)
        self.edit.editingFinished.connect(self._finish)

    def _finish(self) -> None:
        text = self.edit.text().strip() or self._usual
        path = text if not text.startswith("~") else _home(text)
        wrong = "" if Path(path).is_absolute() and path.isprintable() else f"{text}: name the whole path of a folder"
        show_text(self.error, wrong)
        self.edit.setAccessibleDescription(wrong)
        restyle(self.edit, "invalid", bool(wrong))
        if not wrong:
            self.edit.setText(path)
            if path != self._last:
                self._last = path
                self.chosen.emit(path)

    def _choose(self) -> None:
        if folder := file_dialogs.choose_folder(self, self._name, self._place, self._last):
            self.edit.setText(folder)
            self._finish()


def _home(text: str) -> str:
    try:
        return str(Path(text).expanduser())
    except RuntimeError:  # nobody of that name, or no home
        return text


def _box_of(switch: QAction) -> QCheckBox:
    """A box that is ticked while the entry of the menu is, and the other way round."""
    box = check_box(switch.text(), switch.setChecked, switch.toolTip(), checked=switch.isChecked())
    switch.toggled.connect(box.setChecked)
    return box


def _add_part(grid: QGridLayout, title: str, words: str = "") -> None:
    line = grid.rowCount()
    head = heading(title)
    head.setContentsMargins(0, 8 if line > 1 else 0, 0, 0)
    grid.addWidget(head, line, 0, 1, 2)
    if words:
        grid.addWidget(label(words, "muted", wrap=True), line + 1, 0, 1, 2)


def _add_row(grid: QGridLayout, title: str, field: QWidget, buddy: QWidget | None = None) -> None:
    line = grid.rowCount()
    words = label(title, buddy=buddy or field)
    if buddy is None:
        grid.addWidget(words, line, 0)
    else:
        words.setContentsMargins(0, 6, 0, 0)  # beside the first line of the field, which has an error below it at times
        grid.addWidget(words, line, 0, Qt.AlignmentFlag.AlignTop)
    if isinstance(field, QComboBox) or buddy is not None:
        grid.addWidget(field, line, 1)
    else:
        grid.addWidget(field, line, 1, Qt.AlignmentFlag.AlignLeft)

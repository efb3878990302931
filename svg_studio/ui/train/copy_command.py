"""The button that copies the command line of a run to the clipboard."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.runs.command_line import PROGRAM, command_of
from svg_studio.ui.widgets.controls import enable, named, timer

TEXT, DONE = "Copy as command", "Copied"
TIP = "Copy the command line that starts the identical run without a window"
DONE_MS = 1500
ON_WINDOWS = os.name == "nt"


class CopyCommand(QPushButton):
    """Copies what `show_config` was given last; rests while the settings are in error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(TEXT, parent)
        self._config: TrainConfig | None = None
        self._again = timer(self, DONE_MS, self._rest, once=True)
        named(self, TEXT, TIP)
        self.clicked.connect(self.copy)
        self.show_config(None)

    def show_config(self, config: TrainConfig | None, why: str = "") -> None:
        """The settings that are to be copied; None, and why, while there are none that could be trained with."""
        self._config = config
        enable(self, config is not None, f"The settings cannot be trained with: {why}" if why else "")
        self._rest()

    def copy(self) -> None:
        """Puts the command line onto the clipboard."""
        if self._config is not None:
            QGuiApplication.clipboard().setText(command_of(self._config, program=program(), windows=ON_WINDOWS))
            self.setText(DONE)
            self._again.start()

    def _rest(self) -> None:
        self._again.stop()
        self.setText(TEXT)


def program() -> tuple[str, ...]:
    """The words that start this program from any folder, as it was started itself."""
    started = Path(sys.argv[0])
    if started.name == "main.py" and started.is_file():
        return sys.executable, str(started.absolute())
    if started.stem == "svg-studio" and started.is_file():
        return (str(started.absolute()),)
    if (started.parent.name, started.name) == ("svg_studio", "__main__.py"):  # python -m svg_studio
        beside = started.absolute().parents[1] / "main.py"
        return (sys.executable, str(beside)) if beside.is_file() else (sys.executable, "-m", "svg_studio")
    return PROGRAM

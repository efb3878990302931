"""Remembers the window's settings between sessions, and replaces damaged values by usable ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings
from PySide6.QtGui import QAction

from svg_studio.engine.utils.plain_file import check_plain

NAMES = ("window", "window-2", "window-3")  # of the file; the first is the usual one
MAX_BYTES = 1 << 20  # of the file; it has some kB


class Preferences:
    """A small file of names and values. A damaged one is as good as none."""

    def __init__(self) -> None:
        # Qt would wait for a named pipe, and read all of whatever is there.
        name = next((name for name in NAMES if _is_usable(_file(name))), NAMES[-1])
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", name)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of `choices`."""
        value = self._read(name)
        return value if isinstance(value, str) and value in choices else default

    def number(self, name: str, choices: Sequence[float], default: float) -> float:
        """One of the numbers `choices`."""
        try:
            value = float(str(self._read(name)))
        except ValueError:
            return default
        return value if value in choices else default

    def flag(self, name: str, default: bool = False) -> bool:
        return {"true": True, "false": False}.get(str(self._read(name)).lower(), default)

    def text(self, name: str) -> str:
        """Some words; empty where there are none."""
        value = self._read(name)
        return value if isinstance(value, str) else ""

    def folder(self, name: str, default: str) -> str:
        """A folder that was chosen, as a whole path; nobody has looked whether it is there."""
        path = self.text(name)
        return path if Path(path).is_absolute() and path.isprintable() else default

    def blob(self, name: str) -> QByteArray:
        """Bytes that Qt wrote, such as a window's geometry; empty where there are none."""
        value = self._read(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def put(self, name: str, value: object) -> None:
        self._store.setValue(name, value)

    def save(self) -> None:
        """Writes them to disk; a disk that cannot be written costs the settings and nothing else."""
        self._store.sync()

    def _read(self, name: str) -> object:
        return self._store.value(name)


def _file(name: str) -> Path:
    """Where settings of that name lie. Nothing is read: Qt does so for the name that it is given here, which nobody has."""
    other = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "svg-studio", "none")
    return Path(other.fileName()).with_name(f"{name}.ini")


def _is_usable(file: Path) -> bool:
    """Whether it is an ordinary file of a size that settings have, or none yet."""
    try:
        check_plain(file)
        return file.stat().st_size <= MAX_BYTES
    except FileNotFoundError:
        return True
    except OSError:
        return False


class Switch(QAction):
    """A menu's entry that is on or off, as the settings remember under `name`."""

    def __init__(self, settings: Preferences, name: str, title: str, parent: QObject, *, default: bool = True) -> None:
        super().__init__(title, parent)
        self._settings, self._name = settings, name
        self.setCheckable(True)
        self.setChecked(settings.flag(name, default))
        self.toggled.connect(self._keep)

    def _keep(self, on: bool) -> None:
        self._settings.put(self._name, on)

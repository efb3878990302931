"""Remembers what was opened last: models, folders, and where file dialogs stood."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from svg_studio.ui.preferences import Preferences

MOST = 10
KINDS = ("models", "runs", "data")  # checkpoints, log folders, data folders
PLACES = ("model", "data", "runs", "export", "evaluation", "weights")  # what file dialogs are opened for


class _Notifier(QObject):
    changed = Signal(str)  # kind


_notifier: _Notifier | None = None


def notifier() -> _Notifier:
    """Says which kind's list changed."""
    global _notifier
    if _notifier is None:
        _notifier = _Notifier()
    return _notifier


def recent(kind: str) -> list[str]:
    """Paths of `kind`, the newest first. Nobody has looked whether they still exist: a disk that is gone would take seconds."""
    assert kind in KINDS, kind
    return list(dict.fromkeys(line for line in Preferences().text(f"recent/{kind}").splitlines() if line))[:MOST]


def note(kind: str, path: str | Path) -> None:
    """`path` was opened just now."""
    if len(str(path).splitlines()) == 1:  # a name over two lines would come back as two
        _keep(kind, [str(path), *(old for old in recent(kind) if old != str(path))][:MOST])


def forget(kind: str, path: str | Path = "") -> None:
    """`path`, or all of that kind, is remembered no longer."""
    _keep(kind, [old for old in recent(kind) if path and old != str(path)])


def _keep(kind: str, paths: list[str]) -> None:
    if paths != recent(kind):
        Preferences().put(f"recent/{kind}", "\n".join(paths))
        notifier().changed.emit(kind)


def place(kind: str, otherwise: str = "") -> str:
    """The folder in which a dialog for `kind` stood last; `otherwise`, or the person's own, where none has been."""
    assert kind in PLACES, kind
    return Preferences().text(f"place/{kind}") or otherwise or str(Path.home())


def note_place(kind: str, folder: str | Path) -> None:
    """A dialog for `kind` ended in that folder."""
    assert kind in PLACES, kind
    Preferences().put(f"place/{kind}", str(folder))

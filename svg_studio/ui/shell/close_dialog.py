"""The questions asked when the window is closed while a model trains."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractButton, QMessageBox, QPushButton, QWidget

from svg_studio.ui.formatting import count_of

if TYPE_CHECKING:
    from svg_studio.engine.events import RunVanished

TITLE = "Training is running"
QUESTION = "A model is being trained. It can go on without the window, or stop after this step and keep a checkpoint."
KEEP_IN_TRAY = "Keep training in the tray"
KEEP_MINIMISED = "Keep training, minimised"
STOP = "Stop and keep"
LOST_TITLE = "The run has no folder"
LOSE, STAY = "Close and lose them", "Back to the Train page"


class Answer(Enum):
    """What is to become of the training."""

    KEEP = "keep"  # the window goes out of sight
    STOP = "stop"  # and the window closes
    CANCEL = "cancel"  # the window stays


def ask(parent: QWidget, *, tray: bool, waiting: int = 0, kept: bool = True) -> Answer:
    """The person's answer; Escape and the close button mean CANCEL.

    tray: whether the window can hide in one. waiting: runs in the queue. kept: whether the next window will find them.
    """
    queue = (
        f" The queue ({count_of(waiting, 'run')}) goes on with it, or is {'kept for the next time' if kept else 'lost'}."
        if waiting
        else ""
    )
    box = _question(parent, TITLE, QUESTION + queue)
    keep = box.addButton(KEEP_IN_TRAY if tray else KEEP_MINIMISED, QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(STOP, QMessageBox.ButtonRole.DestructiveRole)
    stop.setAccessibleName("Stop training, keep a checkpoint and close")
    chosen = _chosen(box, keep, box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
    return Answer.KEEP if chosen is keep else Answer.STOP if chosen is stop else Answer.CANCEL


def ask_lost(parent: QWidget, event: RunVanished) -> Answer:
    """What is asked where the run's folder has vanished, for nothing can be kept in it: STOP loses what is in memory, or CANCEL."""
    since = f"its steps after step {event.kept:,}" if event.kept else f"its {count_of(event.step, 'step')}"
    words = (
        f"The folder of the run in training has vanished, so that {since} are in memory alone and would be lost. "
        "On the Train page it can go on elsewhere, and keep them."
    )
    box = _question(parent, LOST_TITLE, words)
    stop = box.addButton(LOSE, QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton(STAY, QMessageBox.ButtonRole.RejectRole)
    return Answer.STOP if _chosen(box, stay, stay) is stop else Answer.CANCEL


def _question(parent: QWidget, title: str, words: str) -> QMessageBox:
    return QMessageBox(QMessageBox.Icon.Question, title, words, QMessageBox.StandardButton.NoButton, parent)


def _chosen(box: QMessageBox, first: QPushButton, out: QPushButton) -> QAbstractButton:
    """The button pressed; `first` by Enter, `out` by Escape and the close button."""
    first.setProperty("primary", True)
    box.setDefaultButton(first)
    box.setEscapeButton(out)
    box.exec()
    return box.clickedButton()

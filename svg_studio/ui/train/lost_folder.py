"""Says that the folder of the run in training has vanished, and asks where to go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from svg_studio.engine.events import RunVanished
from svg_studio.ui.widgets import file_dialogs
from svg_studio.ui.widgets.action_banner import ActionBanner

ELSEWHERE, AGAIN = "Go on elsewhere…", "Try again"
TITLE = "Folder that the run goes on in"


class LostFolder:
    """`ask` shows the question in `offer`; the answer comes by `go_on(place)`, an empty place for the one that was lost."""

    def __init__(self, page: QWidget, offer: ActionBanner, go_on: Callable[[str], None]) -> None:
        self._page, self._offer, self._go_on = page, offer, go_on
        self.event: RunVanished | None = None  # what is asked about

    def ask(self, event: RunVanished) -> None:
        """Until it is answered or withdrawn."""
        self.event = event
        self._offer.make(sentence(event), {ELSEWHERE: self._choose, AGAIN: lambda: self._answer("")})
        for words, tip in TIPS.items():
            self._offer.buttons[words].setToolTip(tip)

    def withdraw(self) -> None:
        """It is settled, or the run has ended."""
        if self.event is not None:
            self.event = None
            self._offer.withdraw()

    def _choose(self) -> None:
        assert self.event is not None
        event = self.event
        if folder := file_dialogs.choose_folder(self._page, TITLE, "runs"):
            if self.event is event:  # the run may have ended meanwhile
                self._answer(folder)
        elif self.event is event:
            self.ask(event)

    def _answer(self, place: str) -> None:
        self._offer.withdraw()
        self._go_on(place)


TIPS = {
    ELSEWHERE: "Choose another log folder: all that is in memory is written there, and training goes on. "
    "Where the run was only moved, choose where it lies now",
    AGAIN: "Go on in the folder that vanished, now that it is back",
}


def sentence(event: RunVanished) -> str:
    """What has happened, and what is safe."""
    if event.problem:
        return f"It cannot go on there. {event.problem}"
    kept = f"its newest checkpoint there is of step {event.kept:,}" if event.kept else "there was no checkpoint yet"
    return (
        f"The folder of this run has vanished: {Path(event.run)} was moved or deleted, or its drive is gone. Training is paused "
        f"after step {event.step:,}, which is safe in memory; {kept}."
    )

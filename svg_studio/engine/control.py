"""What a person asks of a job while it runs: to stop, to pause, to show a preview."""

from __future__ import annotations

import threading
from collections.abc import Callable

LOOK_S = 1.0  # between two looks at what a job watches for while it is held


class Control:
    """Belongs to one job. Any thread may ask; the job and its lane look between two steps."""

    def __init__(self, *, answers: bool = True) -> None:
        """answers: whether there is somebody whom the job can ask what to do, and who resumes or stops it then."""
        self.answers = answers
        self.watch: Callable[[], bool] | None = None  # what a held job is to hear of at once, such as the loss of its folder
        self._place = ""
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._preview = threading.Event()

    def stop(self) -> None:
        """End after the step in hand."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        """Hold after the step in hand; what is stopping stops."""
        if not self._stop.is_set():
            self._go.clear()

    def resume(self, place: str = "") -> None:
        """Go on after a pause; in the folder `place`, where the job has asked for one."""
        self._place = place
        self._go.set()

    def ask_for_preview(self) -> None:
        """Make previews after the step in hand."""
        self._preview.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    def wait_while_paused(self) -> None:
        """Until somebody resumes or stops, or what the job watches for has happened; it is still paused then."""
        while not self._go.wait(LOOK_S):
            if self.watch is not None and self.watch():
                return

    def take_place(self) -> str:
        """The folder that the job was told to go on in; nothing where it was told none."""
        place, self._place = self._place, ""
        return place

    def take_preview(self) -> bool:
        """Whether previews were asked for since the last time this was called."""
        asked = self._preview.is_set()
        self._preview.clear()
        return asked

"""The one clock that every tile and plot follows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal

BASE_RATE = 10.0  # frames a second at speed 1
SPEEDS = (0.25, 0.5, 1.0, 2.0)


class Playback(QObject):
    """Counts frames 0 … n_frames-1 while `playing`. It is willing to play before there is anything to be played."""

    frame_changed = Signal(int)
    length_changed = Signal(int, int)  # n_frames, n_past
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.frame = 0
        self.n_frames = 0
        self.n_past = 0
        self.playing = False
        self.loop = True
        self.speed = 1.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)

    def set_length(self, n_frames: int, n_past: int) -> None:
        """From now on there are `n_frames` frames, of which the first `n_past` are given."""
        self.n_frames, self.n_past = n_frames, n_past
        self.length_changed.emit(n_frames, n_past)
        self.seek(min(self.frame, max(n_frames - 1, 0)))
        self._run()

    def play(self, on: bool = True) -> None:
        """Starts or stops; played to the end without looping, it starts over."""
        if on and not self.loop and self.n_frames and self.frame == self.n_frames - 1:
            self.seek(0)
        if on != self.playing:
            self.playing = on
            self.playing_changed.emit(on)
        self._run()

    def toggle(self) -> None:
        self.play(not self.playing)

    def seek(self, frame: int) -> None:
        """Goes to `frame`, or to the nearest one there is."""
        frame = max(0, min(frame, self.n_frames - 1))
        if frame != self.frame:
            self.frame = frame
            self.frame_changed.emit(frame)

    def step(self, frames: int) -> None:
        """Stands still `frames` further on; around the end where looping."""
        self.play(False)
        if self.n_frames:
            wished = self.frame + frames
            self.seek(wished % self.n_frames if self.loop else wished)

    def set_speed(self, speed: float) -> None:
        self.speed = speed
        self._run()

    def advance(self) -> None:
        """One tick of the clock."""
        if self.frame + 1 < self.n_frames:
            self.seek(self.frame + 1)
        elif self.loop:
            self.seek(0)
        else:
            self.play(False)

    def _run(self) -> None:
        if not self.playing or self.n_frames < 2:
            self._timer.stop()
            return
        interval = round(1000 / (BASE_RATE * self.speed))
        if not self._timer.isActive() or self._timer.interval() != interval:
            self._timer.start(interval)

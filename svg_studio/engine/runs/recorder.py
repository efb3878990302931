"""Keeps a run's state.json up to date from the events of its training."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import EpochFinished, Event, Events, RunMoved, StepFinished
from svg_studio.engine.runs.state import Best, RunState
from svg_studio.engine.utils.wording import sentence

EVERY_S = 2.0
STANDING_S = 1.0  # a generator that is not asked for its next event for so long stands still


def record(folder: Path, start: RunState, events: Events) -> Events:
    """The same events and end. Raises StudioError where not even the first state can be written."""
    with Recorder(folder, start) as recorder, closing(events):  # closed first: what that says is part of the end
        for event in events:
            recorder.note(event)
            yield event
            recorder.goes_on()


class Recorder:
    """Renews the state at the start, at each epoch, at the end, and by a thread of its own in between."""

    def __init__(self, folder: Path, start: RunState) -> None:
        self._folder = folder
        self._state = replace(start, state="running", reason="")
        self._stands_since: float | None = None  # time.monotonic()
        self._mutex = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_the_end, name="run state", daemon=True)

    def __enter__(self) -> Recorder:
        self._write("running")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        if error is None or isinstance(error, GeneratorExit | KeyboardInterrupt):
            state, reason = "finished" if error is None else "stopped", ""
        else:
            state, reason = "failed", sentence(error)
        with suppress(StudioError):  # of a full disk something more important has been said; the run counts as crashed then
            self._write(state, reason)

    def note(self, event: Event) -> None:
        """An event passes by; from now on until `goes_on` the generator stands."""
        match event:
            case StepFinished():
                self._state = replace(self._state, step=event.step, seconds=event.seconds, frames_per_s=event.frames_per_s)
            case EpochFinished(_, step, test_loss, test_mse):
                best = self._state.best
                if best is None or test_loss < best.test_loss:
                    self._state = replace(self._state, best=Best(step, test_mse, test_loss))
                self.beat()
            case RunMoved(run, whole=whole):
                with self._mutex:
                    self._folder = run
                    self._state = self._state if whole else replace(self._state, best=None)
                self.beat()
        self._stands_since = time.monotonic()

    def goes_on(self) -> None:
        self._stands_since = None

    def beat(self) -> None:
        """Writes how the run stands now. What the disk refuses is tried again next time."""
        since = self._stands_since
        stands = since is not None and time.monotonic() - since > STANDING_S
        with suppress(StudioError):
            self._write("paused" if stands else "running")

    def _beat_until_the_end(self) -> None:
        while not self._end.wait(EVERY_S):
            self.beat()

    def _write(self, state: str, reason: str = "") -> None:
        with self._mutex:
            replace(self._state, state=state, reason=reason, updated=time.time()).write(self._folder)

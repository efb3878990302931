"""A lane: one thread that takes jobs from an inbox, runs them one after another and emits their events."""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from svg_studio.engine.events import Event, Failed, Finished, JobStarted, Paused, Resumed, Stopped


@dataclass(eq=False)
class Job:
    """One generator of events to run: `target` is "module:function" below svg_studio.engine, resolved on the lane.

    The flags may be set from any thread; they take effect between two events.
    """

    target: str
    arguments: dict[str, Any] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._requests: queue.SimpleQueue[str] = queue.SimpleQueue()

    def stop(self) -> None:
        """Close the generator after the event in hand."""
        self._stop.set()
        self._go.set()

    def pause(self) -> None:
        """Hold the generator after the event in hand; a job that is stopping stops."""
        if not self._stop.is_set():
            self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def request(self, word: str) -> None:
        """Send `word` into the generator as the value of its next yield, such as "preview" for training."""
        self._requests.put(word)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()


class Engine(QThread):
    """A lane. `happened` carries (job, event) for everything any of its jobs says."""

    happened = Signal(object, object)

    def __init__(self, name: str, *, niceness: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._niceness = niceness
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._current: Job | None = None
        self._waiting: list[Job] = []
        self._closing = False

    def submit(self, job: Job) -> Job:
        """Queue `job`; it starts when the jobs before it have ended. A lane that shuts down says Stopped at once."""
        with self._lock:
            refused = self._closing
            if not refused:
                self._waiting.append(job)
                self._inbox.put(job)
        if refused:
            job.stop()
            self.happened.emit(job, Stopped())
        return job

    @property
    def current(self) -> Job | None:
        """The job that runs now."""
        return self._current

    @property
    def busy(self) -> bool:
        with self._lock:
            return self._current is not None or bool(self._waiting)

    def shutdown(self) -> None:
        """Ask everything to stop; the thread ends after the event in hand. Wait with wait()."""
        with self._lock:
            self._closing = True
            jobs = [*self._waiting, *([self._current] if self._current else [])]
        for job in jobs:
            job.stop()
        self._inbox.put(None)

    def run(self) -> None:
        if self._niceness and sys.platform == "linux":
            # Threads that torch starts from here inherit it, so the window's thread is scheduled first.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        while (job := self._inbox.get()) is not None:
            with self._lock:
                self._waiting.remove(job)
                self._current = job
            end = self._run(job)
            with self._lock:
                self._current = None  # first: who hears of the end may ask whether the lane is free
            self.happened.emit(job, end)

    def _run(self, job: Job) -> Event:
        """Runs `job` and returns what is to be said of its end."""
        if job.stopping:
            return Stopped()
        self.happened.emit(job, JobStarted(job.title or job.target))
        try:
            module, _, function = job.target.partition(":")
            make = getattr(importlib.import_module(f"svg_studio.engine.{module}"), function)
            return self._drive(job, make(**job.arguments))
        except Exception as error:  # whatever a job raises is shown, and the lane takes the next one
            return Failed(sentence(error), traceback.format_exc(), getattr(error, "remedy", None))

    def _drive(self, job: Job, generator: Generator[Event, str | None, None]) -> Event:
        word: str | None = None
        try:
            while True:
                try:
                    event = generator.send(word)
                except StopIteration:
                    return Finished()
                self.happened.emit(job, event)
                if job.paused and not job.stopping:
                    self.happened.emit(job, Paused())
                    job._go.wait()
                    if not job.stopping:
                        self.happened.emit(job, Resumed())
                if job.stopping:
                    generator.close()
                    return Stopped()
                try:
                    word = job._requests.get_nowait()
                except queue.Empty:
                    word = None
        finally:
            generator.close()


def sentence(error: BaseException) -> str:
    """What a person is told of `error`: its first line, or its type where it says nothing."""
    text = str(error).strip().splitlines()
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return text[0] if text else type(error).__name__

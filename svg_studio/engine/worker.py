"""A lane: one thread that takes jobs from an inbox, runs them one after another and emits their events."""

from __future__ import annotations

import importlib
import inspect
import os
import queue
import sys
import threading
import traceback
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from svg_studio.engine.control import Control
from svg_studio.engine.events import Event, Events, Failed, Finished, JobStarted, Paused, Resumed, Stopped
from svg_studio.engine.utils.wording import masked, sentence, shown_lines


@dataclass(eq=False)
class Job:
    """One generator of events to run: `target` is "module:function" below svg_studio.engine, resolved on the lane.

    A function that has a parameter `control` is given the job's own.
    """

    target: str
    arguments: dict[str, Any] = field(default_factory=dict, repr=False)  # a mirror's address may hold a password
    title: str = ""
    control: Control = field(default_factory=Control)

    def stop(self) -> None:
        """Close the generator after the event in hand."""
        self.control.stop()

    def pause(self) -> None:
        """Hold the generator after the event in hand; a job that is stopping stops."""
        self.control.pause()

    def resume(self) -> None:
        """Let a held generator go on."""
        self.control.resume()

    @property
    def stopping(self) -> bool:
        return self.control.stopping

    @property
    def paused(self) -> bool:
        return self.control.paused


class Worker(QThread):
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
            module, _, name = job.target.partition(":")
            function = getattr(importlib.import_module(f"svg_studio.engine.{module}"), name)
            wanted = {"control": job.control} if "control" in inspect.signature(function).parameters else {}
            return self._drive(job, function(**job.arguments, **wanted))
        except Exception as error:  # whatever a job raises is shown, and the lane takes the next one
            return Failed(sentence(error), shown_lines(masked(traceback.format_exc())), getattr(error, "remedy", None))

    def _drive(self, job: Job, events: Events) -> Event:
        with closing(events):
            for event in events:
                self.happened.emit(job, event)
                if job.paused and not job.stopping:
                    self.happened.emit(job, Paused())
                    job.control.wait_while_paused()
                    if not (job.stopping or job.paused):
                        self.happened.emit(job, Resumed())
                if job.stopping:
                    events.close()  # first: Stopped is said when everything is in order
                    return Stopped()
        return Finished()

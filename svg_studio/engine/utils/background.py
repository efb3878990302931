"""Runs slow calls in a thread, so that a generator can be stopped meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import Any

from svg_studio.engine.events import Event

PATIENCE = 0.2  # seconds between two events


class Aside:
    """One thread that takes calls one after the other. It is a daemon: who ends does not wait for a call that hangs."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], bool] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def run(self, call: Callable[[], Any], meanwhile: Callable[[], Event]) -> Generator[Event, None, Any]:
        """Returns what `call` returns and raises what it raises; yields `meanwhile()` every PATIENCE seconds until then."""
        self._calls.put((call, True))
        while True:
            try:
                result, error = self._answers.get(timeout=PATIENCE)
            except queue.Empty:
                yield meanwhile()
                continue
            if error is not None:
                raise error
            return result

    def later(self, call: Callable[[], Any]) -> None:
        """Runs `call` when those before it have ended; nobody hears of what comes of it."""
        self._calls.put((call, False))

    def close(self) -> None:
        """The thread ends when its calls have."""
        self._calls.put(None)

    def _work(self) -> None:
        while (asked := self._calls.get()) is not None:
            call, is_answered = asked
            answer: tuple[Any, BaseException | None]
            try:
                answer = call(), None
            except BaseException as error:
                answer = None, error
            if is_answered:
                self._answers.put(answer)

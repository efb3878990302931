"""SIGINT, SIGTERM and SIGHUP while a job runs: the first asks it to stop, ending whatever waits; a second one ends at once."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

PATIENCE_S = 1.0  # that a job is given to come to its next event before what it waits for is cut off
LAST_S = 2.0  # from then until the process ends, whatever it is doing
GROUP_S = 10.0  # that a step with other processes is given
_HUP: int | None = getattr(signal, "SIGHUP", None)


def heeded() -> list[int]:
    """The signals that ask this program to end; SIGHUP is none where nohup has it ignored."""
    named = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    return [number for number in named if number != _HUP or signal.getsignal(number) is not signal.SIG_IGN]


def is_hangup(number: int) -> bool:
    """Whether it says that the terminal has gone. Its shell may send it again, and its session's manager SIGTERM beside it."""
    return number == _HUP


def end_at_once() -> None:
    """Until a job runs there is nothing to keep: a signal ends the program, also within a long call."""
    if threading.current_thread() is threading.main_thread():
        for number in heeded():
            signal.signal(number, signal.SIG_DFL)


class Signals:
    """Takes the signals while it is entered; `stop` takes the numbers of those that came.

    A job has PATIENCE_S to come to its next event. Then KeyboardInterrupt is raised wherever the main thread is, and where
    that does not end a long call, the process ends after LAST_S. While `guarded`, when a step is in hand that is to be kept,
    neither happens; `break_off` is called once after GROUP_S, so that who waits for other processes waits no longer.
    """

    def __init__(self, stop: list[int], break_off: Callable[[], None]) -> None:
        self.guarded = False
        self._stop = stop
        self._break_off = break_off
        self._before: dict[int, object] = {}
        self._cutting = False

    def __enter__(self) -> Signals:
        # Python's own handlers wait for the main thread to come out of a long call; these bytes come at once.
        self._heard, self._written = socket.socketpair()
        self._written.setblocking(False)
        self._before = {number: signal.signal(number, self._on_signal) for number in heeded()}
        self._wakeup = signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as signal.signal returned it
        self._written.close()  # which ends the thread
        self._thread.join(1.0)
        self._heard.close()

    def _on_signal(self, number: int, _: object) -> None:
        if self._cutting:
            self._cutting = False
            raise KeyboardInterrupt
        self._stop.append(number)
        if not is_hangup(number) and _asked(self._stop) > 1:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    def _watch(self) -> None:
        """The thread that hears of signals whatever the main thread is doing."""
        came: list[int] = []
        ours = 0  # how many of the bytes to come are of the signal that this thread sends itself
        since, broken_off, cut = 0.0, False, 0.0  # time.monotonic()
        while True:
            if select.select([self._heard], [], [], 0.1 if came else None)[0]:
                try:
                    data = self._heard.recv(64)
                except OSError:
                    return
                if not data:
                    return
                for number in (n for n in data if n in self._before):
                    if ours:
                        ours -= 1
                        continue
                    if not came:
                        since = time.monotonic()
                        threading.Thread(target=_say, daemon=True).start()  # where nobody reads it does not return
                    came.append(number)
                    if not is_hangup(number) and _asked(came) > 1:
                        time.sleep(0.5)  # for the main thread's own handler
                        os._exit(128 + number)
            if not came:
                continue
            stood = time.monotonic() - since
            if self.guarded:
                cut = 0.0
                if stood > GROUP_S and not broken_off:
                    broken_off = True
                    self._break_off()
            elif not cut and stood > PATIENCE_S:
                cut, self._cutting = time.monotonic(), True
                ours += 1
                _interrupt(came[0])
            elif cut and time.monotonic() - cut > LAST_S:
                os._exit(128 + came[0])


def _asked(came: list[int]) -> int:
    """How often somebody asked, who may have to ask twice."""
    return sum(not is_hangup(number) for number in came)


def _interrupt(number: int) -> None:
    """Has the main thread run its handler of this signal, also where it waits in a call of the system."""
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def _say() -> None:
    with contextlib.suppress(OSError, ValueError):
        print("stopping after the step in hand; a second signal ends at once", file=sys.stderr, flush=True)

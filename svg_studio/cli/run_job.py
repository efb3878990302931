"""Runs a job in the terminal: prints its events, stops it on SIGINT or SIGTERM, and reports an error in one line."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

from svg_studio.cli import remedies
from svg_studio.cli.terminal import Terminal
from svg_studio.engine.config import ConfigError
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Event, Events
from svg_studio.engine.runs.command_line import RENAMED
from svg_studio.engine.utils.wording import SENTENCE, masked, shown, shown_lines


def follow(
    job: Callable[[], Events],
    stops_after: Callable[[Event, bool], bool] = lambda _, wanted: wanted,
    *,
    quiet: bool = False,
    stop: list[int] | None = None,
) -> int:
    """Prints a job's events until it ends; SIGINT and SIGTERM close it after an event that `stops_after` agrees to.

    stop: takes the number of the signal that came, however the job ends.
    """
    stop = [] if stop is None else stop

    def on_signal(number: int, _: object) -> None:
        if stop:  # the second time: at once
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.append(number)
        os.write(sys.stderr.fileno(), b"stopping after the step in hand\n")  # print may be in the middle of a line

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    events = job()
    try:
        with Terminal() as terminal:
            for event in events:
                if not quiet:
                    terminal.show(event)
                if stops_after(event, bool(stop)):
                    events.close()
                    if not quiet:
                        terminal.line("stopped")
                    break
    finally:
        events.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def guard(command: Callable[[], int]) -> int:
    """What `command` returns; 1, and one line on stderr, where it raises."""
    try:
        return command()
    except ConfigError as error:
        return fail("; ".join(f"--{RENAMED.get(name, name)}: {text}" if name else text for name, text in error.problems.items()))
    except StudioError as error:
        return fail(f"{error}{remedies.words(error.remedy)}")
    except ImportError as error:
        return fail(f"{error.name or error}: is not installed or cannot be loaded; pip install svg-studio brings it")
    except BrokenPipeError:
        return 1
    except OSError as error:
        return fail(f"{error.filename or 'a file'}: {error.strerror or error}; make it accessible or name another")
    except KeyboardInterrupt:
        return fail("interrupted before anything was started")
    except Exception as error:  # a person gets a sentence, the log the traceback
        return fail(f"{type(error).__name__}: {' '.join(str(error).split())}{_logged()}")


def fail(sentence: str) -> int:
    """Says `sentence` on stderr, in one line; the exit status of what failed."""
    print(f"svg-studio: {shown(masked(sentence), SENTENCE)}", file=sys.stderr)
    return 1


def _logged() -> str:
    """Puts the traceback in hand into the log; says where."""
    from svg_studio import paths

    try:
        log = paths.log_file()
        with log.open("a", encoding="utf-8") as file:
            file.write(shown_lines(masked(traceback.format_exc())))
    except OSError:
        return ""
    return f" (traceback in {log})"

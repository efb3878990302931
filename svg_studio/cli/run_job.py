"""Runs a job in the terminal: prints its events, stops it on a signal, and reports an error in one line."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from svg_studio.cli import remedies
from svg_studio.cli.signals import Signals
from svg_studio.cli.terminal import Terminal
from svg_studio.engine.config import ConfigError
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Awaited, Events, RunFinished, RunStarted, StepFinished
from svg_studio.engine.runs.command_line import RENAMED
from svg_studio.engine.utils.wording import SENTENCE, masked, shown, shown_lines

if TYPE_CHECKING:  # it imports torch
    from svg_studio.engine.utils.distributed import Group


def follow(
    job: Callable[[], Events],
    group: Group | None = None,
    *,
    stop: list[int] | None = None,
) -> int:
    """Prints a job's events until it ends; a signal closes it after the event in hand, or ends what it waits for.

    group: of the processes that train together, which agree on when to stop and of which the first alone prints.
    stop: takes the numbers of the signals that came, however the job ends.
    """
    stop = [] if stop is None else stop
    quiet = group is not None and not group.is_first
    keeps = False  # whether a step is in hand, which is to be kept
    with Signals(stop, group.leave if group else lambda: None) as signals, Terminal() as terminal:
        events = job()
        try:
            while True:
                signals.guarded = keeps
                event = next(events, None)
                signals.guarded = False
                if event is None:
                    break
                keeps = isinstance(event, RunStarted | StepFinished) or (keeps and not isinstance(event, RunFinished))
                if not quiet or isinstance(event, Awaited):
                    terminal.show(event)
                signals.guarded = keeps
                try:
                    ends = group.stops_after(event, bool(stop)) if group else bool(stop)
                except StudioError as error:  # another process has gone: the run ends by that, and its state tells so
                    events.throw(error)
                    raise
                if ends:
                    events.close()
                    if not quiet:
                        terminal.line("stopped")
                    break
        except KeyboardInterrupt:  # it waited
            signals.guarded = keeps
            events.close()
            return fail("stopped while it waited")
        finally:
            signals.guarded = keeps
            events.close()
    return 0


def guard(command: Callable[[], int]) -> int:
    """What `command` returns; 1, and one line on stderr, where it raises."""
    try:
        return command()
    except ConfigError as error:
        return fail("; ".join(_with_flag(name, text) for name, text in error.problems.items()))
    except StudioError as error:
        return fail(f"{error}{remedies.words(error.remedy)}")
    except ImportError as error:
        return fail(f"{error.name or error}: is not installed or cannot be loaded; pip install svg-studio brings it")
    except MemoryError:
        return fail("the memory does not suffice; end other programs, or allow this one more")
    except OSError as error:
        return fail(f"{error.filename or 'a file'}: {error.strerror or error}; make it accessible or name another")
    except KeyboardInterrupt:
        return fail("interrupted before anything was started")
    except Exception as error:  # a person gets a sentence, the log the traceback
        return fail(f"{type(error).__name__}: {' '.join(str(error).split())}{_logged()}")


def _with_flag(name: str, text: str) -> str:
    """A problem of a setting under its flag, which says the name once: "--batch_size=0: needs at least 1"."""
    if not name:
        return text
    flag = f"--{RENAMED.get(name, name)}"
    if text.startswith((f"{name}=", f"{name}: ")):
        return flag + text[len(name) :]
    return f"{flag}: {text}"


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

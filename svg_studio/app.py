"""The entry point: sets up the log, the exception hooks, the four lanes and the window, or hands over to the command line."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import os
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from svg_studio.cli import console, signals
from svg_studio.paths import default_data_root

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from svg_studio.engine.worker import Worker
    from svg_studio.ui.shell.main_window import MainWindow

log = logging.getLogger("svg_studio")
MODEL_SUFFIXES = (".pt", ".pth")
LAST_MS = 10_000  # that jobs are given to end after a signal, but for the step of a run


def main(argv: list[str] | None = None) -> int:
    """Opens the window, on a checkpoint if one is named; anything else is for the command line. Returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    console.set_up()
    signals.end_at_once()
    if not _for_window(argv):
        return _leave(_run_command(argv))
    options = _options(argv)
    if sentence := _stay_somewhere():
        return _refuse(sentence)
    from svg_studio.ui.shell import display_check

    if sentence := display_check.problem():
        return _refuse(sentence)
    if sys.platform == "win32":
        import torch  # noqa: F401  # imported after Qt its DLLs fail to load there (torch 2.9 and later)
    try:
        app, window, lanes = build(options.scheme, options.model)
    except ImportError as error:
        return _refuse(f"The window's libraries cannot be loaded ({error}): install them with `pip install svg-studio`.")
    window.show()
    status = app.exec()
    for lane in lanes:
        lane.shutdown()
        lane.wait()
    return status


def build(scheme: str = "", model: Path | None = None) -> tuple[QApplication, MainWindow, tuple[Worker, ...]]:
    """Everything the program consists of, with all lanes running and the window not yet shown."""
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from svg_studio.engine.worker import Worker
    from svg_studio.paths import resource
    from svg_studio.ui.preferences import Preferences
    from svg_studio.ui.shell.main_window import MainWindow
    from svg_studio.ui.style import theme

    # Read by torch's OpenMP when it is loaded: its threads wait asleep rather than spinning, without which sampling
    # beside a training run on two cores takes six times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # How long a lane may keep the window waiting for the lock of Python; 5 ms, the default, add up while a model trains.
    sys.setswitchinterval(0.0002)
    start_log()
    sys.excepthook = log_exception
    threading.excepthook = log_thread_exception
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("svg-studio")
    app.setApplicationDisplayName("SVG Studio")
    app.setWindowIcon(QIcon(str(resource("icon.svg"))))
    theme.apply(app, scheme or Preferences().choice("scheme", theme.SCHEMES, "system"))
    # Downloads, conversions and evaluations take hours and have time; neither browsing nor training is to wait for them.
    niceness = {"training": 10, "studio": 5, "files": 15, "evaluation": 12}
    lanes = tuple(Worker(name, niceness=nice) for name, nice in niceness.items())
    window = MainWindow(*lanes, demo=resource("demo.pt"), model=model)
    for lane in lanes:
        lane.start()
    for name in signals.heeded():
        signal.signal(name, lambda number, _: _asked_to_end(window, number))  # seen at the next tick of the window's timers
    return app, window, lanes


def _asked_to_end(window: MainWindow, number: int) -> None:
    """Closes the window without a question; a second signal, and a job that hangs and has nothing to keep, end the program."""
    from PySide6.QtCore import QTimer

    for again in signals.heeded():
        if signals.is_hangup(again):
            signal.signal(again, signal.SIG_IGN)  # it often comes twice
        elif not signals.is_hangup(number):
            signal.signal(again, signal.SIG_DFL)
    window.leave()

    timer = QTimer(window)
    timer.timeout.connect(lambda: None if window.is_keeping else os._exit(1))
    timer.start(LAST_MS)


def _stay_somewhere() -> str:
    """Goes to the root where the current folder has been deleted; a sentence for who has no home to keep things in."""
    try:
        home = default_data_root().parent
    except OSError as error:
        return f"The window cannot be opened: {error.strerror}."
    try:
        Path.cwd()
    except OSError:
        os.chdir(home.anchor)
    return ""


def _run_command(argv: list[str]) -> int:
    from svg_studio.cli.main import main as command_line

    try:
        return console.ended(command_line(argv))
    except SystemExit as end:  # argparse's, after --help or a mistake
        return console.ended(end.code if isinstance(end.code, int) else 0)


def _leave(status: int) -> int:
    """`status`; a thread that still hangs in a call when its job has ended is not waited for."""
    if any(thread.is_alive() and not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        logging.shutdown()
        os._exit(status)
    return status


def start_log() -> None:
    """Writes the log to the program's log file; where that cannot be written, to stderr."""
    log.setLevel(logging.INFO)
    try:
        from svg_studio.engine.utils.wording import ShownFormatter
        from svg_studio.paths import log_file

        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_file(), maxBytes=2_000_000, backupCount=2, encoding="utf-8", delay=True
        )
        handler.setFormatter(ShownFormatter("%(asctime)s %(levelname)s %(message)s"))
    except OSError:
        handler = logging.StreamHandler()
    log.addHandler(handler)


def log_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody caught goes to the log, which the window shows too, to stderr, and into a report of its own."""
    from svg_studio.crash_report import write_report

    report = None if issubclass(kind, KeyboardInterrupt) else write_report(error)
    where = f"; a report is in {report}" if report else ""
    log.error("Unexpected: %s%s", str(error) or kind.__name__, where, exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
    if report:
        print(f"svg-studio: a report is in {report}", file=sys.stderr)


def log_thread_exception(found: threading.ExceptHookArgs) -> None:
    """The same of a thread."""
    if found.exc_value is not None:
        log_exception(found.exc_type, found.exc_value, found.exc_traceback)


def _for_window(argv: list[str]) -> bool:
    first = argv[0] if argv else "--scheme"
    return first.startswith("--scheme") or Path(first).suffix.lower() in MODEL_SUFFIXES


def _options(argv: list[str]) -> argparse.Namespace:
    from svg_studio.cli.flags import Parser

    parser = Parser(prog="svg-studio")
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--scheme", choices=("system", "light", "dark", "high contrast"), default="")
    if scheme := os.environ.get("SVG_STUDIO_SCHEME", ""):
        argv = ["--scheme", scheme, *argv]
    return parser.parse_args(argv)


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1

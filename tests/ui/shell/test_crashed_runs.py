"""The offer to go on with a run that was interrupted."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from support.library_runs import make_run
from support.whole_window import *  # noqa: F403
from support.whole_window import Lanes, OpenWindow

from svg_studio.engine.events import RunRow
from svg_studio.engine.runs.lock import RunLock
from svg_studio.ui.shell.crashed_runs import CrashOffer
from svg_studio.ui.shell.main_window import MainWindow


def test_that_not_now_is_remembered_until_the_run_has_gone_on(window: MainWindow) -> None:
    assert window.runs is not None
    offer = CrashOffer(window.runs.runs, window.settings, window.offer, window.resume_run)
    lost = RunRow(Path("/runs/lost"), "crashed", step=7)
    offer.make([lost])
    window.offer.buttons["Not now"].click()
    offer.make([lost])
    assert window.offer.text == ""
    offer.make([RunRow(lost.path, "crashed", step=9), lost, RunRow(Path("/runs/b"), "crashed", step=7)])
    assert window.offer.text.startswith("lost was interrupted at step 9")
    assert "(1 other run too: see Runs)" in window.offer.text


@pytest.mark.parametrize("what", ["resumed", "renamed", "deleted", "deleted outside"])
def test_that_the_offer_goes_where_the_run_goes_on_otherwise_or_is_no_more(
    lanes: Lanes, open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, what: str
) -> None:
    lost = make_run(tmp_path / "home" / "runs", "lost", step=7, state="running")
    window = open_window(lanes)
    qtbot.waitUntil(lambda: window.offer.text.startswith("lost was interrupted"))
    assert window.runs is not None
    window.runs.rescan()
    qtbot.waitUntil(lambda: window.runs is not None and not window.runs.runs.is_looking)
    assert window.offer.text, "another look changes nothing"
    with ExitStack() as held:
        if what == "resumed":  # by whatever process
            held.enter_context(RunLock(lost))
            os.utime(lost / "state.json", (1, 1))  # which is written anew
        elif what == "renamed":
            window.runs.runs.rename(lost, "found")
        elif what == "deleted":
            window.runs.runs.trash(lost)
        else:
            shutil.rmtree(lost)
        window.runs.rescan()
        qtbot.waitUntil(lambda: window.offer.text == "")

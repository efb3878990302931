"""The offer to go on with a run that was interrupted."""

from pathlib import Path

from support.whole_window import *  # noqa: F403

from svg_studio.engine.events import RunRow
from svg_studio.ui.shell.crashed_runs import offer_to_go_on
from svg_studio.ui.shell.main_window import MainWindow


def test_that_not_now_is_remembered_until_the_run_has_gone_on(window: MainWindow) -> None:
    lost = RunRow(Path("/runs/lost"), "crashed", step=7)
    offer_to_go_on([lost], window.settings, window.offer, window.resume_run)
    window.offer.buttons["Not now"].click()
    offer_to_go_on([lost], window.settings, window.offer, window.resume_run)
    assert window.offer.text == ""
    rows = [RunRow(lost.path, "crashed", step=9), lost, RunRow(Path("/runs/b"), "crashed", step=7)]
    offer_to_go_on(rows, window.settings, window.offer, window.resume_run)
    assert window.offer.text.startswith("lost was interrupted at step 9")
    assert "(1 other run too: see Runs)" in window.offer.text

"""The pages that take time to import: makes them once the window has been painted, and leads from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from svg_studio.ui.data.page import DataPage
from svg_studio.ui.evaluate.page import EvaluatePage
from svg_studio.ui.runs.page import RunsPage
from svg_studio.ui.shell.crashed_runs import CrashOffer
from svg_studio.ui.train.page import TrainPage

if TYPE_CHECKING:
    from svg_studio.ui.shell.main_window import MainWindow


def add_slow_pages(window: MainWindow) -> None:
    """Train, Data, Evaluate and Runs into `window`, in the places of the blanks that stood in for them."""
    window.train = train = TrainPage(window.training, window.studio)
    window.data = data = DataPage(window.studio, window.files)
    window.evaluate = evaluate = EvaluatePage(window.evaluation, window.demo)
    window.runs = runs = RunsPage(window.studio)
    train.open_in_futures.connect(window.open_model)
    data.open_clip_in_futures.connect(window.show_clip)
    data.train_wanted.connect(window.train_on)
    data.data_root_changed.connect(train.settings.set_data_root)
    runs.actions_.open_in_futures.connect(window.open_model)
    runs.actions_.resume_wanted.connect(window.resume_run)
    runs.actions_.extend_wanted.connect(window.extend_run)
    runs.actions_.duplicate_wanted.connect(window.duplicate)
    runs.actions_.evaluate_wanted.connect(window.evaluate_models)
    runs.crashes_found.connect(CrashOffer(runs.runs, window.settings, window.offer, window.resume_run).make)
    runs.runs.moved.connect(window.futures.run_moved)
    train.runs.follow(runs.runs)
    evaluate.follow(runs.runs)
    window.futures.list_runs = lambda: runs.runs.rows
    window.put("train", train)
    window.put("data", data)
    window.put("evaluate", evaluate)
    window.put("runs", runs)

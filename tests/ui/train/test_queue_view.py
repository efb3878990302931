"""The queue on the Train page and the dialog of a sweep, driven by their buttons and by events as the lanes send them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from support.queues import new_page, seeds, texts, trained

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import (
    Event,
    Failed,
    Finished,
    JobStarted,
    PreviewOpened,
    PreviewSaved,
    RunMoved,
    RunStarted,
    StepFinished,
    Stopped,
)
from svg_studio.engine.worker import Worker
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.train.previews import IN_MEMORY


@pytest.fixture
def page(qtbot: QtBot, quiet_lane: object) -> TrainPage:
    return new_page(qtbot, quiet_lane)


def queue(page: TrainPage, *seeds: int) -> None:
    """Adds runs that differ in their seed, by the form and its button."""
    for seed in seeds:
        page.settings.form.fields["seed"].set_value(seed)
        page.settings.add.click()


def choose(page: TrainPage, *rows: int) -> None:
    page.queue.list.clearSelection()
    for row in rows:
        page.queue.list.item(row).setSelected(True)


def end(page: TrainPage, event: Event, run: Path | None = None) -> None:
    """The run in hand begins, in a folder if one is given, and ends."""
    job = trained(page)[-1]
    page.on_event(job, JobStarted("Training"))
    if run is not None:
        page.on_event(job, RunStarted(run, job.arguments["config"].to_dict(), 1000, "CPU", "fp32", 10))
        page.on_event(job, StepFinished(1, 0, 1.0, 0.5, 0.5, 10.0, 0.1))
    page.on_event(job, event)


def test_that_what_is_queued_is_as_the_form_was_then(page: TrainPage) -> None:
    page.settings.form.fields["beta"].set_value("0.25")
    page.settings.add.click()
    page.settings.form.fields["beta"].set_value("0.5")
    page.settings.form.fields["batch_size"].set_value("3")
    page.queue.start.click()
    config = trained(page)[0].arguments["config"]
    assert config.model.beta == 0.25
    assert config.batch_size != 3


def test_that_nothing_is_trained_before_the_queue_is_started(page: TrainPage) -> None:
    assert not page.queue.start.isEnabled()
    queue(page, 1, 2)
    assert trained(page) == []
    assert page.lists.currentWidget() is page.queue
    assert page.lists.tabText(page.lists.indexOf(page.queue)) == "Queue (2)"
    assert page.queue.state.text() == "2 runs to come, held"
    page.queue.start.click()
    assert [job.arguments["config"].seed for job in trained(page)] == [1]
    assert page.queue.start.text() == "Hold queue"
    assert page.queue.state.text() == "1 run to come, going"
    assert page.lists.tabText(page.lists.indexOf(page.queue)) == "Queue (1)"


def test_that_runs_follow_each_other_until_none_is_left(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2, 3)
    page.queue.start.click()
    for number in (1, 2, 3):
        assert [job.arguments["config"].seed for job in trained(page)] == list(range(1, number + 1))
        end(page, Finished(), tmp_path / str(number))
    assert len(trained(page)) == 3
    assert not page.is_training
    assert page.queue.start.text() == "Start queue"
    assert not page.queue.start.isEnabled()
    assert page.queue.pages.currentWidget() is page.queue.words
    assert page.lists.tabText(page.lists.indexOf(page.queue)) == "Queue"
    assert set(page.runs.lines) == {tmp_path / "1", tmp_path / "2", tmp_path / "3"}


def test_that_a_failure_is_told_and_the_next_run_begins(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    end(page, Failed("step 7: the loss is no number"), tmp_path / "1")
    assert [job.arguments["config"].seed for job in trained(page)] == [1, 2]
    assert page.banner.text == "step 7: the loss is no number; the queue goes on with its next run"
    assert "failed: step 7: the loss is no number" in texts(page)[0]
    assert page.runs.lines[tmp_path / "1"].state.text() == "failed at step 1"
    end(page, Finished(), tmp_path / "2")
    assert seeds(page) == [1]
    assert page.queue.state.text() == "1 failed"
    assert not page.queue.start.isEnabled()
    choose(page, 0)
    page.queue.again.click()
    assert "failed" not in texts(page)[0]
    page.queue.start.click()
    assert [job.arguments["config"].seed for job in trained(page)] == [1, 2, 1]


def test_that_the_last_failure_says_nothing_of_a_next_run(page: TrainPage) -> None:
    queue(page, 1)
    page.queue.start.click()
    end(page, Failed("no such data"))
    assert page.banner.text == "no such data"
    assert not page.is_training


def test_that_only_failed_runs_can_be_tried_again(page: TrainPage) -> None:
    queue(page, 1, 2)
    choose(page, 0)
    assert not page.queue.again.isEnabled()
    page.queue.start.click()
    end(page, Failed("no such data"))
    choose(page, 0)
    assert page.queue.again.isEnabled()


def test_that_who_stops_a_run_holds_the_queue(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    page.bar.buttons["stop"].click()
    end(page, Stopped(), tmp_path / "1")
    assert len(trained(page)) == 1
    assert page.queue.state.text() == "1 run to come, held"
    assert seeds(page) == [2]
    page.queue.start.click()
    assert [job.arguments["config"].seed for job in trained(page)] == [1, 2]


def test_that_a_held_queue_lets_the_run_in_hand_end_and_begins_none(page: TrainPage) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    page.queue.start.click()
    assert page.queue.start.text() == "Start queue"
    assert page.is_training
    assert not trained(page)[0].stopping
    end(page, Finished())
    assert len(trained(page)) == 1
    assert seeds(page) == [2]


def test_that_what_is_added_while_a_run_trains_follows_it(page: TrainPage) -> None:
    page.bar.buttons["start"].click()
    queue(page, 7)
    assert len(trained(page)) == 1
    assert page.queue.state.text() == "1 run to come, going"
    end(page, Finished())
    assert [job.arguments["config"].seed for job in trained(page)] == [1, 7]


def test_that_start_does_not_set_a_held_queue_going(page: TrainPage) -> None:
    queue(page, 7)
    page.bar.buttons["start"].click()
    end(page, Finished())
    assert len(trained(page)) == 1
    assert page.queue.state.text() == "1 run to come, held"


def test_that_starting_the_queue_beside_a_run_waits_for_its_end(page: TrainPage) -> None:
    queue(page, 7)
    page.bar.buttons["start"].click()
    page.queue.start.click()
    assert len(trained(page)) == 1
    end(page, Finished())
    assert [job.arguments["config"].seed for job in trained(page)] == [7, 7]
    assert seeds(page) == []


def test_that_buttons_and_keys_move_and_remove(page: TrainPage, qtbot: QtBot) -> None:
    queue(page, 1, 2, 3)
    choose(page, 2)
    page.queue.tools.up.click()
    assert seeds(page) == [1, 3, 2]
    assert page.queue.list.chosen == [1]
    assert page.queue.list.currentRow() == 1
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert seeds(page) == [3, 1, 2]
    assert not page.queue.tools.up.isEnabled()
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert seeds(page) == [3, 1, 2]
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    page.queue.tools.down.click()
    assert seeds(page) == [1, 2, 3]
    assert not page.queue.tools.down.isEnabled()
    choose(page, 0, 2)
    assert not page.queue.tools.up.isEnabled()
    assert not page.queue.edit.isEnabled()
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Delete)
    assert seeds(page) == [2]
    choose(page, 0)
    page.queue.tools.drop.click()
    assert seeds(page) == []


def test_that_editing_takes_a_run_off_and_into_the_form(page: TrainPage) -> None:
    page.settings.form.fields["name"].set_value("mine")
    queue(page, 5, 6)
    assert "a run of that name waits" in page.banner.text  # the second one would have the first one's folder
    assert seeds(page) == [5]
    choose(page, 0)
    page.queue.edit.click()
    assert seeds(page) == []
    config = page.settings.config
    assert config is not None
    assert (config.seed, config.name) == (5, "mine")


def test_that_runs_are_told_apart_by_what_differs(page: TrainPage) -> None:
    queue(page, 1)
    assert texts(page) == ["smmnist-drawn1-dcgan64-lp"]
    page.settings.form.fields["beta"].set_value("0.5")
    queue(page, 2)
    assert texts(page)[1] == "beta 0.5, seed 2  ·  smmnist-drawn1-dcgan64-lp"
    assert "--seed 2" in page.queue.list.item(1).toolTip()


def test_that_the_form_in_error_can_queue_nothing(page: TrainPage) -> None:
    page.settings.form.fields["lr"].set_value("fast")
    assert not page.settings.add.isEnabled()
    assert not page.settings.sweep.isEnabled()
    page.settings.form.fields["lr"].set_value("0.1")
    assert page.settings.add.isEnabled()


def test_that_the_next_window_finds_the_queue_held_and_goes_on_with_the_run_in_hand(
    page: TrainPage, qtbot: QtBot, quiet_lane: object, tmp_path: Path
) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(TrainConfig().to_json())
    job = trained(page)[0]
    page.on_event(job, RunStarted(run, job.arguments["config"].to_dict(), 1000, "CPU", "fp32", 10))
    page.leave()
    assert job.stopping
    page.on_event(job, Stopped())
    other = new_page(qtbot, type(quiet_lane)())
    assert seeds(other) == [1, 2]
    assert other.queue.state.text() == "2 runs to come, held"
    assert texts(other)[0].startswith("goes on")
    assert other.lists.currentWidget() is other.queue, "so that it is seen"
    other.queue.start.click()
    assert trained(other)[0].arguments["resume"] == str(run)
    assert trained(other)[0].arguments["config"] == job.arguments["config"]


def test_that_a_run_that_is_gone_on_with_by_hand_is_off_the_queue(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1)
    page.queue.start.click()
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(TrainConfig().to_json())
    end(page, Failed("stopped"), run)
    assert seeds(page) == [1]
    page.resume(run)
    assert seeds(page) == []


def test_that_a_second_window_says_that_its_queue_is_not_kept(page: TrainPage, qtbot: QtBot, quiet_lane: object) -> None:
    second = new_page(qtbot, quiet_lane)
    assert f"Another window (process {os.getpid()} on " in second.banner.text
    assert "close that window, and this one takes its queue over" in second.banner.text
    queue(second, 1)
    assert second.queue.state.text() == "1 run to come, held, not kept for the next time"
    assert "Another window" in second.queue.state.toolTip()
    second.banner.clear()
    queue(second, 2)
    assert second.banner.text == "", "it was told once"


def test_that_stopping_holds_the_queue_however_the_run_ends(page: TrainPage, qtbot: QtBot, quiet_lane: object) -> None:
    for event in (Stopped(), Finished(), Failed("the disk is full")):
        queue(page, 1, 2)
        page.queue.start.click()
        begun = len(trained(page))
        page.bar.buttons["stop"].click()
        end(page, event)
        assert not page.is_training, event
        assert len(trained(page)) == begun, event
        assert not page.queue.going, event
        page.queue.list.selectAll()
        page.queue.remove_chosen()


def test_that_cancelling_in_the_status_bar_holds_the_queue(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    trained(page)[0].stop()
    end(page, Stopped(), tmp_path / "1")
    assert len(trained(page)) == 1
    assert page.queue.start.text() == "Start queue"


def test_that_who_stops_a_run_can_go_on_with_the_next_at_once(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    page.bar.buttons["stop"].click()
    assert page.queue.start.text() == "Start queue"
    page.queue.start.click()
    end(page, Stopped(), tmp_path / "1")
    assert [job.arguments["config"].seed for job in trained(page)] == [1, 2]


def test_that_a_run_stopped_before_its_first_step_waits_again(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    page.bar.buttons["stop"].click()
    end(page, Stopped())
    assert seeds(page) == [1, 2]
    assert page.bar.status.text() == "stopped before the first step"
    page.queue.start.click()
    job = trained(page)[-1]
    page.on_event(job, RunStarted(tmp_path / "run", job.arguments["config"].to_dict(), 1000, "CPU", "fp32", 10))
    page.bar.buttons["stop"].click()
    page.on_event(job, Stopped())
    assert seeds(page) == [1, 2]
    assert page.bar.status.text() == "stopped before the first step"
    assert page.runs.lines[tmp_path / "run"].checkpoint is None


def test_that_a_selection_stays_with_its_run(page: TrainPage, qtbot: QtBot) -> None:
    queue(page, 1, 2, 3, 4)
    page.queue.start.click()
    choose(page, 1)
    page.queue.list.setCurrentRow(1)
    assert seeds(page)[1] == 3
    end(page, Finished())
    assert seeds(page) == [3, 4]
    assert page.queue.list.chosen == [0]
    assert page.queue.list.currentRow() == 0
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Delete)
    assert seeds(page) == [4]
    assert page.queue.list.chosen == [0], "the next one, so that Delete can be pressed again"
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Delete)
    assert seeds(page) == []


def test_that_starting_with_the_last_row_selected_is_no_harm(page: TrainPage) -> None:
    queue(page, 1, 2)
    choose(page, 1)
    page.queue.start.click()
    assert page.queue.list.chosen == [0]
    choose(page, 0)
    page.queue.tools.drop.click()
    assert seeds(page) == []


def test_that_the_run_in_hand_is_named(page: TrainPage) -> None:
    assert page.queue.now.isHidden()
    queue(page, 1)
    page.queue.start.click()
    assert page.queue.now.text() == "now: smmnist-drawn1-dcgan64-lp"
    queue(page, 2)
    page.queue.began(Path("runs") / "one")
    assert page.queue.now.text() == "now: seed 1  ·  smmnist-drawn1-dcgan64-lp"
    assert texts(page) == ["seed 2  ·  smmnist-drawn1-dcgan64-lp"]
    choose(page, 0)
    page.queue.remove_chosen()
    end(page, Finished())
    assert page.queue.now.isHidden()


def test_that_a_failed_run_left_over_does_not_keep_others_from_following(page: TrainPage) -> None:
    queue(page, 1)
    page.queue.start.click()
    end(page, Failed("no such data"))
    page.bar.buttons["start"].click()
    queue(page, 5)
    assert page.queue.state.text() == "1 run to come, going, 1 failed"


def test_that_the_name_of_the_run_in_hand_is_taken(page: TrainPage) -> None:
    page.settings.form.fields["name"].set_value("mine")
    page.bar.buttons["start"].click()
    page.settings.add.click()
    assert "a run of that name waits or is being trained already" in page.banner.text
    assert seeds(page) == []


def test_that_a_run_that_is_to_go_on_waits_while_another_trains(page: TrainPage, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(TrainConfig(niter=5).to_json())
    page.bar.buttons["start"].click()
    page.resume(run, 9)
    assert texts(page)[0].startswith("goes on")
    end(page, Finished())
    arguments = trained(page)[-1].arguments
    assert (arguments["resume"], arguments["config"].niter) == (str(run), 9)


def test_that_the_key_starts_the_queue_whatever_is_in_front(page: TrainPage, qtbot: QtBot) -> None:
    queue(page, 1)
    page.lists.setCurrentWidget(page.runs)
    with qtbot.waitActive(page):
        page.activateWindow()
    qtbot.keyClick(page, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert len(trained(page)) == 1


def test_that_a_broken_file_costs_the_page_nothing_and_is_told(qtbot: QtBot, quiet_lane: object, tmp_path: Path) -> None:
    file = tmp_path / "home" / "queue" / "queue.json"
    file.parent.mkdir(parents=True)
    entry = {"config": TrainConfig().to_dict(), "run": "/" + "a" * 300, "reason": ""}
    file.write_text(json.dumps({"runs": [entry, 3]}))
    page = new_page(qtbot, quiet_lane)
    assert "1 of its runs could not be read; it is kept as queue.unreadable-1.json" in page.banner.text
    assert len(seeds(page)) == 1
    page.queue.start.click()
    assert "resume" not in trained(page)[0].arguments


def test_that_a_preview_read_for_the_run_before_is_not_shown_as_this_one_s(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1, 2)
    page.queue.start.click()
    frames = np.zeros((3, 8, 12, 3), np.uint8)
    for number in range(1, IN_MEMORY + 2):
        page.on_event(trained(page)[0], PreviewSaved(number, tmp_path / "a.png", tmp_path / f"{number}.gif", frames))
    page.previews.slider.setValue(0)
    reading = page._studio.jobs[-1]  # type: ignore[attr-defined]
    assert reading.target == "export.export:open_preview"
    end(page, Finished())
    page.on_event(trained(page)[-1], PreviewSaved(1, tmp_path / "b.png", tmp_path / "b.gif", frames + 200))
    page.on_event(reading, PreviewOpened(1, tmp_path / "1.gif", frames + 10))
    page.on_event(reading, Finished())
    assert page.previews.canvas.frames is not None
    assert page.previews.canvas.frames[0, 0, 0, 0] == 200


def test_that_real_runs_are_trained_one_after_another_though_one_fails(
    qtbot: QtBot, start_lane: Callable[[str], Worker], quiet_lane: Worker, tmp_path: Path
) -> None:
    lane = start_lane("training")
    page = TrainPage(lane, quiet_lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    tiny = TrainConfig(
        model=ModelConfig(base_width=2, rnn_size=8, g_dim=8, z_dim=2, n_past=2, n_future=2),
        data=DataConfig(digits="drawn", num_digits=1, data_root=str(tmp_path / "data")),
        batch_size=2,
        niter=1,
        epoch_size=2,
        n_eval=4,
        data_threads=0,
        device="cpu",
        log_dir=str(tmp_path / "runs"),
    )
    broken = replace(tiny, name="broken", data=replace(tiny.data, dataset="kth"))
    page.add_to_queue([replace(tiny, name="first"), broken, replace(tiny, name="last", lr=0.01)])
    page.queue.start.click()
    qtbot.waitUntil(lambda: not page.is_training, timeout=60_000)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["first", "last"]
    for name in ("first", "last"):
        assert (tmp_path / "runs" / name / "checkpoints" / "last.pt").is_file()
        assert page.runs.lines[tmp_path / "runs" / name].state.text() == "finished at step 2"
    assert TrainConfig.load(tmp_path / "runs" / "last" / "config.json").lr == 0.01
    (text,) = texts(page)
    assert "broken" in text
    assert "failed: " in text
    assert page.queue.queue.entries[0].reason in page.queue.list.item(0).toolTip()


def test_that_the_queue_has_a_menu_of_what_its_buttons_do(page: TrainPage) -> None:
    queue(page, 1, 2, 3)
    page.show()
    page.lists.setCurrentWidget(page.queue)
    choose(page, 1)
    seeds_before = [entry.config.seed for entry in page.queue.queue.entries]
    QTest.keyClick(page.queue.list, Qt.Key.Key_Menu)
    menu = page.queue.menu.menu
    assert menu is not None
    entries = {act.text(): act for act in menu.actions()}
    assert not entries["Try again"].isEnabled(), "it has not failed"
    assert entries["Try again"].toolTip(), "which is said"
    entries["Move up"].trigger()
    menu.close()
    a, b, c = seeds_before
    assert [entry.config.seed for entry in page.queue.queue.entries] == [b, a, c]


def whys(page: TrainPage) -> dict[str, str]:
    """What the buttons that are disabled say first."""
    queue = page.queue
    made = {"start": queue.start, "edit": queue.edit, "again": queue.again}
    made |= {"up": queue.tools.up, "down": queue.tools.down, "off": queue.tools.drop}
    locked = {name: choice for name, choice in made.items() if not choice.isEnabled()}
    found = {name: choice.toolTip().partition("\n")[0] for name, choice in locked.items()}
    assert all(choice.accessibleDescription().startswith(found[name]) for name, choice in locked.items()), "and to who listens"
    return found


def test_that_every_button_beside_the_queue_that_does_nothing_says_why(page: TrainPage, qtbot: QtBot) -> None:
    none = {"edit": "Select one run of the queue first", "again": "Select a run that has failed first"}
    none |= dict.fromkeys(("up", "down", "off"), "Select a run first")
    assert whys(page) == {"start": "No run waits: add one first", **none}
    queue(page, 1, 2, 3)
    assert whys(page) == none
    choose(page, 0, 2)
    assert whys(page) == {
        **{name: none[name] for name in ("edit", "again")},
        **dict.fromkeys(("up", "down"), "Select one run alone"),
    }
    choose(page, 1)
    assert whys(page) == {"again": none["again"]}
    qtbot.keyClick(page.queue.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert whys(page) == {"again": none["again"], "up": "It is the first"}
    choose(page, 2)
    assert whys(page) == {"again": none["again"], "down": "It is the last"}
    page.queue.start.click()
    end(page, Failed("no such data"))
    choose(page, 0)
    assert "again" not in whys(page)
    assert "Select" not in page.queue.again.toolTip()


def test_that_the_menu_of_the_queue_says_why_as_its_buttons_do(page: TrainPage) -> None:
    queue(page, 1, 2)
    page.lists.setCurrentWidget(page.queue)
    choose(page, 0)
    QTest.keyClick(page.queue.list, Qt.Key.Key_Menu)
    menu = page.queue.menu.menu
    assert menu is not None
    locked = {act.text(): act.toolTip().partition("\n")[0] for act in menu.actions() if act.text() and not act.isEnabled()}
    menu.close()
    assert locked == {"Try again": "Select a run that has failed first", "Move up": "It is the first"}


def test_that_the_focus_of_a_button_that_has_done_its_work_goes_to_the_list(page: TrainPage, qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.activateWindow()
    page.lists.setCurrentWidget(page.queue)
    queue(page, 1, 2, 3)
    page.queue.start.click()
    end(page, Failed("no such data"))
    choose(page, 0)
    page.queue.again.setFocus()
    qtbot.keyClick(page.queue.again, Qt.Key.Key_Space)
    assert not page.queue.again.isEnabled()
    assert page.window().focusWidget() is page.queue.list, "not on what is next, which the same key would press"
    choose(page, 0)
    page.queue.tools.down.setFocus()
    for row in range(page.queue.list.count() - 1):
        assert page.window().focusWidget() is page.queue.tools.down, row
        qtbot.keyClick(page.queue.tools.down, Qt.Key.Key_Space)
    assert page.window().focusWidget() is page.queue.list
    page.queue.list.selectAll()
    page.queue.tools.drop.setFocus()
    qtbot.keyClick(page.queue.tools.drop, Qt.Key.Key_Space)
    assert seeds(page) == []
    assert page.window().focusWidget() is page.queue


def test_that_a_run_of_the_queue_that_goes_on_elsewhere_is_known_there(page: TrainPage, tmp_path: Path) -> None:
    queue(page, 1)
    page.queue.start.click()
    job = trained(page)[-1]
    page.on_event(job, RunStarted(tmp_path / "1", job.arguments["config"].to_dict(), 1000, "CPU", "fp32", 10))
    page.on_event(job, RunMoved(tmp_path / "elsewhere" / "1", tmp_path / "1", 3, whole=False))
    hand = page.queue.queue.current
    assert hand is not None
    assert hand.run == str(tmp_path / "elsewhere" / "1"), "so that the next window goes on there"

"""A sweep makes many runs of one form."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from support.queues import new_page, seeds, texts, trained

from svg_studio.engine.runs.sweep import sweepable, value_of
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.train.sweep_dialog import SweepDialog


@pytest.fixture
def page(qtbot: QtBot, quiet_lane: object) -> TrainPage:
    return new_page(qtbot, quiet_lane)


@pytest.fixture
def dialog(page: TrainPage, qtbot: QtBot) -> SweepDialog:
    page.settings.form.fields["name"].set_value("s")
    page.settings.sweep.click()
    (found,) = page.findChildren(SweepDialog)
    return found


def runs(dialog: SweepDialog) -> list[str]:
    return [dialog.preview.item(row).text() for row in range(dialog.preview.count())]


def test_that_a_sweep_begins_with_the_form_and_becomes_runs_of_the_queue(page: TrainPage, dialog: SweepDialog) -> None:
    (line,) = dialog.lines
    assert (line.name, line.values.text()) == ("beta", str(page.settings.config.model.beta))  # type: ignore[union-attr]
    line.values.setText("0.5, 0.25")
    dialog.settle()
    dialog.more.click()
    line = dialog.lines[1]
    line.setting.setCurrentIndex(line.setting.findData("seed"))
    line.values.setText("1..3")
    dialog.settle()
    assert runs(dialog) == [f"s-beta={beta}-seed={seed}" for beta in (0.5, 0.25) for seed in (1, 2, 3)]
    assert dialog.accept_button.text() == "Add 6 runs"
    dialog.accept_button.click()
    assert [(e.config.model.beta, e.config.seed) for e in page.queue.queue.entries] == [
        (beta, seed) for beta in (0.5, 0.25) for seed in (1, 2, 3)
    ]
    assert texts(page)[0] == "beta 0.5, seed 1  ·  s-beta=0.5-seed=1"
    assert trained(page) == []


@pytest.mark.parametrize(
    "setting, text, problem, values",
    [
        ("beta", "2,5", "2,5 can be read in two ways: write 2.5 for one number, or 2, 5 for two", ()),
        ("lr", " 0,001 ", "0,001 can be read in two ways: write 0.001 for one number, or 0, 001 for two", ()),
        ("beta", "2, 5", "", (2.0, 5.0)),
        ("beta", "0.5,0.25", "", (0.5, 0.25)),
        ("beta", "1,2,4", "", (1.0, 2.0, 4.0)),
        ("lr", "1e-4,1e-3", "", (1e-4, 1e-3)),
        ("seed", "2,5", "", (2, 5)),
    ],
)
def test_that_a_comma_that_may_be_a_decimal_one_is_asked_about(
    dialog: SweepDialog, setting: str, text: str, problem: str, values: tuple[float, ...]
) -> None:
    (line,) = dialog.lines
    line.setting.setCurrentIndex(line.setting.findData(setting))
    line.values.setText(text)
    dialog.settle()
    assert line.error.text() == problem
    assert [value_of(config, setting) for config in dialog.configs] == list(values)


def test_that_settings_are_called_as_in_the_form_with_the_flag_in_the_tip(dialog: SweepDialog) -> None:
    (line,) = dialog.lines
    assert line.setting.currentText() == "KL weight β"
    assert "(beta)" in line.setting.toolTip()
    assert line.values.accessibleName() == "Values of KL weight β"


def test_that_an_error_stands_beside_its_setting_and_adds_nothing(dialog: SweepDialog) -> None:
    dialog.more.click()
    first, second = dialog.lines
    second.values.setText("many")
    dialog.settle()
    assert second.error.text() == "Latent size many: must be a whole number"
    assert first.error.isHidden()
    assert not second.error.isHidden()
    assert not dialog.accept_button.isEnabled()
    assert runs(dialog) == []
    second.values.setText("10, 20")
    dialog.settle()
    assert second.error.isHidden()
    assert dialog.accept_button.isEnabled()
    first.values.setText("-1")
    dialog.settle()
    assert first.error.text() == "KL weight β -1.0: needs at least 0"


def test_that_what_does_not_fit_the_data_is_refused_too(dialog: SweepDialog) -> None:
    (line,) = dialog.lines
    line.setting.setCurrentIndex(line.setting.findData("dataset"))
    line.values.setText("smmnist, bair")
    dialog.settle()
    assert dialog.error.text().startswith("channels=1: ")
    assert dialog.error.text().endswith("comes with 3")
    assert not dialog.accept_button.isEnabled()


def test_that_a_setting_is_listed_once(dialog: SweepDialog) -> None:
    dialog.more.click()
    first, second = dialog.lines
    second.setting.setCurrentIndex(second.setting.findData(first.name))
    dialog.settle()
    assert "KL weight β is listed twice" in dialog.error.text()
    assert not dialog.accept_button.isEnabled()
    second.remove.click()
    assert dialog.error.isHidden()
    assert dialog.accept_button.isEnabled()
    assert not first.remove.isEnabled()


def test_that_cancel_adds_nothing(page: TrainPage, dialog: SweepDialog) -> None:
    dialog.reject()
    assert seeds(page) == []


def test_that_what_was_typed_last_counts_however_quickly_it_is_accepted(page: TrainPage, dialog: SweepDialog) -> None:
    dialog.lines[0].values.setText("0.5, 0.25, 0.125")
    dialog.accept_button.click()
    assert len(seeds(page)) == 3


def test_that_an_error_typed_last_is_not_accepted(page: TrainPage, dialog: SweepDialog) -> None:
    dialog.lines[0].values.setText("x")
    dialog.accept_button.click()
    assert seeds(page) == []
    assert dialog.isVisible()
    assert "must be a number" in dialog.lines[0].error.text()


def test_that_what_is_typed_is_seen_a_moment_later(dialog: SweepDialog, qtbot: QtBot) -> None:
    dialog.lines[0].values.setText("1, 2")
    qtbot.waitUntil(lambda: len(runs(dialog)) == 2)


def test_that_runs_that_wait_already_are_refused_in_the_dialog(page: TrainPage, dialog: SweepDialog) -> None:
    dialog.accept_button.click()
    page.settings.sweep.click()
    again = next(found for found in page.findChildren(SweepDialog) if found is not dialog)
    assert "waits or is being trained already" in again.error.text()
    assert not again.accept_button.isEnabled()
    again.lines[0].values.setText("0.7")
    again.settle()
    assert again.accept_button.isEnabled()


def test_that_all_settings_fit_into_the_dialog_and_no_more_can_be_had(dialog: SweepDialog) -> None:
    while dialog.more.isEnabled():
        dialog.add_line()
        assert len(dialog.lines) < 100
    assert len(dialog.lines) == len(sweepable())
    assert dialog.minimumSizeHint().height() < 500
    heights = {line.values.height() >= line.values.minimumSizeHint().height() for line in dialog.lines}
    assert heights == {True}


def why(choice: QWidget) -> str:
    """What a disabled button says first; nothing where it is enabled."""
    if choice.isEnabled():
        return ""
    said = choice.toolTip().partition("\n")[0]
    assert choice.accessibleDescription().startswith(said), "and to who listens"
    return said


def test_that_every_button_of_the_dialog_that_does_nothing_says_why(dialog: SweepDialog) -> None:
    (line,) = dialog.lines
    usual = dialog.more.toolTip()
    assert (why(dialog.more), why(dialog.accept_button)) == ("", "")
    assert why(line.remove) == "A sweep is of one setting at least"
    line.values.setText("x")
    dialog.settle()
    assert why(dialog.accept_button) == "Say first which values the runs are to have"
    line.values.setText("1")
    dialog.more.click()
    assert (why(line.remove), why(dialog.accept_button)) == ("", "")
    while dialog.more.isEnabled():
        dialog.more.click()
        assert len(dialog.lines) < 100
    assert why(dialog.more) == "Every setting has a line already"
    dialog.lines[-1].remove.click()
    assert (why(dialog.more), dialog.more.toolTip()) == ("", usual)

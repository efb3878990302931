"""The form built from a config class."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.presets import PRESETS
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.setting_field import Choice

BASIC = {"dataset", "num_digits", "n_past", "lr", "batch_size", "log_dir"}


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    form = ConfigForm(TrainConfig, basic=BASIC)
    qtbot.addWidget(form)
    return form


def names_of(kind: type) -> list[str]:
    return [f.name for f in fields(kind) if f.name not in ("model", "data")]


@pytest.mark.parametrize("kind", [TrainConfig, ModelConfig, DataConfig])
def test_that_every_setting_has_an_editor_with_its_tip_and_unit(form: ConfigForm, kind: type) -> None:
    for f in fields(kind):
        if f.name in ("model", "data"):
            continue
        field = form.fields[f.name]
        assert f.metadata["tip"] in field.editor.toolTip()
        assert field.editor.toolTip().endswith(f"<b>{f.name}</b>"), "the flag's name comes second"
        assert field.editor.accessibleName().startswith(field.label.text()), "as it is read, so it is heard"
        assert field.unit.text() == f.metadata["unit"]
        assert f.metadata["unit"] in field.editor.accessibleName()


def test_that_the_paper_s_symbol_is_told(form: ConfigForm) -> None:
    assert "β" in form.fields["beta"].editor.toolTip()


@pytest.mark.parametrize("name", PRESETS)
def test_that_a_preset_comes_back_as_it_went_in(form: ConfigForm, name: str) -> None:
    form.set_values(PRESETS[name].config.to_dict())
    assert form.config == PRESETS[name].config


@pytest.mark.parametrize("name, text", [("batch_size", "many"), ("batch_size", "1.5"), ("lr", "small"), ("lr", ""), ("lr", "inf")])
def test_that_wrong_text_stays_and_is_an_error_beside_its_field(form: ConfigForm, name: str, text: str) -> None:
    form.fields[name].set_value(text)
    assert form.config is None
    assert form.fields[name].editor.text() == text  # type: ignore[union-attr]
    assert form.fields[name].error_label.text().startswith(form.fields[name].words), "called as its label is"
    assert form.fields[name].error.startswith(name)
    assert not form.fields[name].error_label.isHidden()
    assert form.fields[name].editor.property("invalid") is True
    assert form.fields[name].error in form.fields[name].editor.accessibleDescription()
    assert form.reason() == form.fields[name].error


def test_that_an_error_goes_when_it_is_mended(form: ConfigForm) -> None:
    form.fields["n_past"].set_value(0)
    assert "needs at least 1 frame" in form.fields["n_past"].error_label.text()
    form.fields["n_past"].set_value(3)
    assert form.fields["n_past"].error_label.isHidden()
    assert form.fields["n_past"].editor.property("invalid") is False
    assert isinstance(form.config, TrainConfig)
    assert form.config.model.n_past == 3
    assert form.reason() == ""


def test_that_settings_which_contradict_each_other_are_refused(form: ConfigForm) -> None:
    form.fields["n_eval"].set_value(7)
    assert "n_past + n_future = 15" in form.fields["n_eval"].error_label.text()


def test_that_errors_of_several_settings_all_show(form: ConfigForm) -> None:
    form.fields["batch_size"].set_value(0)
    form.fields["niter"].set_value(0)
    assert form.fields["batch_size"].error
    assert form.fields["niter"].error


def test_that_a_folded_setting_in_error_is_unfolded(form: ConfigForm, qtbot: QtBot) -> None:
    with qtbot.waitExposed(form):
        form.show()
    assert not form.fields["n_eval"].isVisible()
    form.fields["n_eval"].set_value(7)
    assert form.fields["n_eval"].isVisible()
    assert form.fields["n_eval"].error_label.isVisible()


def test_that_a_setting_that_means_nothing_here_is_hidden_and_cannot_be_in_error(form: ConfigForm) -> None:
    form.fields["num_digits"].set_value(0)
    assert form.config is None
    form.show_only("data", {"dataset", "data_root"})
    assert form.fields["num_digits"].isHidden()
    assert form.fields["num_digits"].error_label.isHidden()
    assert isinstance(form.config, TrainConfig)
    assert form.config.data.num_digits == DataConfig().num_digits
    form.show_only("data", {"dataset", "num_digits"})
    assert form.config is None


def test_that_the_wheel_scrolls_past_a_choice(form: ConfigForm, qtbot: QtBot) -> None:
    choice = form.fields["prior"].editor
    assert isinstance(choice, Choice)
    with qtbot.waitExposed(form):
        form.show()
    where = QPointF(5, 5)
    none, down = Qt.MouseButton.NoButton, QPoint(0, -120)
    wheel = QWheelEvent(where, where, down, down, none, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(choice, wheel)
    assert choice.currentData() == "learned"


def test_that_every_edit_is_told_once(form: ConfigForm, qtbot: QtBot) -> None:
    told = []
    form.changed.connect(lambda: told.append(form.config))
    qtbot.keyClicks(form.fields["seed"].editor, "7")
    assert len(told) == 1
    form.set_values(PRESETS["tiny"].config.to_dict())
    assert len(told) == 2
    assert told[-1] == PRESETS["tiny"].config

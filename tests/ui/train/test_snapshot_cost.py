"""What the form says about the disk before a run that keeps snapshots."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import ModelConfig, TrainConfig
from svg_studio.engine.training.memory import parameters
from svg_studio.engine.worker import Worker
from svg_studio.ui.formatting import size
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.train.snapshot_cost import SnapshotCost

CONFIG = TrainConfig(niter=1, epoch_size=16, snapshot_factor=2)


@pytest.fixture
def line(qtbot: QtBot) -> SnapshotCost:
    line = SnapshotCost()
    qtbot.addWidget(line)
    return line


def test_that_it_says_how_many_how_large_and_how_much(line: SnapshotCost) -> None:
    line.show_config(CONFIG)
    each = 4 * parameters(ModelConfig())
    assert line.text() == f"Disk: 6 snapshots, {size(each)} each, {size(6 * each)} in all"
    assert line.accessibleName() == line.text()


def test_that_nothing_is_said_where_there_are_none(line: SnapshotCost) -> None:
    line.show_config(CONFIG)
    line.show_config(replace(CONFIG, snapshot_factor=0.0))
    assert line.text() == ""
    assert line.isHidden()


def test_that_the_form_offers_it_and_says_its_cost(qtbot: QtBot) -> None:
    page = TrainPage(Worker("training"), Worker("studio"))
    qtbot.addWidget(page)
    settings = page.settings
    assert settings.snapshots.isHidden()
    settings.form.fields["snapshot_factor"].set_value(2.0)
    assert settings.config is not None
    assert settings.config.snapshot_factor == 2
    assert "snapshots," in settings.snapshots.text()
    settings.form.fields["snapshot_factor"].set_value(1.05)
    assert settings.config is None
    assert "1.1" in settings.reason

"""What the Train page says about memory before Start."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.events import ModelOpened
from svg_studio.engine.training.memory import estimate
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.formatting import size
from svg_studio.ui.style import theme
from svg_studio.ui.train.memory_estimate import MemoryEstimate
from svg_studio.ui.train.page import TrainPage

THERE = 8_000_000_000


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=THERE))
    page = TrainPage(Worker("training"), Worker("studio"))
    qtbot.addWidget(page)
    page.settings.form.fields["precision"].set_value("fp32")
    return page


def config_of(page: TrainPage) -> TrainConfig:
    assert isinstance(page.settings.form.config, TrainConfig)
    return page.settings.form.config


def test_that_the_estimate_follows_the_settings(page: TrainPage) -> None:
    line = page.settings.memory
    said = set()
    for batch_size in (16, 100, 200):
        page.settings.form.fields["batch_size"].set_value(batch_size)
        assert line.text() == f"Memory: about {size(estimate(config_of(page)))} of 8.0 GB"
        assert line.accessibleName() == line.text()
        said.add(line.text())
    assert len(said) == 3
    assert "a quarter off" in line.toolTip()
    assert not line.isHidden()


def test_that_settings_in_error_have_no_estimate(page: TrainPage) -> None:
    page.settings.form.fields["batch_size"].set_value("many")
    assert page.settings.memory.isHidden()
    page.settings.form.fields["batch_size"].set_value(8)
    assert not page.settings.memory.isHidden()


def test_that_too_much_is_said_with_a_remedy_that_helps(page: TrainPage) -> None:
    line = page.settings.memory
    page.settings.choose_preset("bair-lp")
    wanted = estimate(config_of(page))
    page.settings.form.fields["time_chunk"].set_value(1)
    page.settings.form.fields["recompute"].set_value(True)
    less = estimate(config_of(page))
    assert not line.is_too_much
    assert theme.colors().muted in line.styleSheet()
    page.settings.choose_preset("bair-lp")
    assert not page.settings.form.fields["recompute"].value()
    assert line.is_too_much
    assert line.text() == (
        f"Memory: about {size(wanted)}, more than this machine's 8.0 GB: lower batch_size, or set time_chunk to 1 and turn on "
        f"recompute, for about {size(less)}"
    )
    assert theme.colors().warning in line.styleSheet()


def test_that_who_has_done_all_else_is_told_to_lower_the_batch(page: TrainPage) -> None:
    page.settings.choose_preset("bair-lp")
    for name, value in {"time_chunk": 1, "recompute": True, "batch_size": 2000}.items():
        page.settings.form.fields[name].set_value(value)
    assert page.settings.memory.text().endswith("more than this machine's 8.0 GB: lower batch_size")


def test_that_a_batch_of_one_clip_is_not_told_to_take_frames_one_by_one(page: TrainPage) -> None:
    page.settings.choose_preset("bair-lp")
    for name, value in {"n_eval": 2000, "n_future": 900, "batch_size": 1}.items():
        page.settings.form.fields[name].set_value(value)
    assert page.settings.form.problems == {}
    assert page.settings.memory.text().endswith("8.0 GB: lower batch_size")


def opened(device: str, precision: str) -> ModelOpened:
    return ModelOpened(Path("demo.pt"), {}, {}, 1, 1, device, precision, gpu="NVIDIA" in device)


def test_that_auto_is_what_it_has_led_to(page: TrainPage) -> None:
    page.settings.choose_preset("smmnist-lp")
    config = config_of(page)
    page.settings.form.fields["precision"].set_value("auto")
    assert page.settings.memory.text().startswith(f"Memory: about {size(estimate(config))} of")
    page.on_event(Job("sampling.futures:explore"), opened("CPU, 8 threads", "bf16"))
    assert page.settings.memory.text().startswith(f"Memory: about {size(estimate(config, bf16=True))} of 8.0 GB")
    page.on_event(Job("sampling.futures:explore"), opened("NVIDIA H200", "bf16"))
    assert page.settings.memory.text() == f"Memory: about {size(estimate(config, bf16=True, gpu=True))} of the GPU"
    page.settings.form.fields["device"].set_value("cpu")
    assert page.settings.memory.text().endswith(" of 8.0 GB")
    page.on_event(Job("sampling.futures:explore"), opened("Apple GPU", "fp32"))
    page.settings.form.fields["device"].set_value("auto")
    assert page.settings.memory.text().startswith(f"Memory: about {size(estimate(config))} of 8.0 GB")


def test_that_a_gpu_asked_for_is_named_without_what_it_has(page: TrainPage) -> None:
    page.settings.choose_preset("bair-lp")
    page.settings.form.fields["device"].set_value("cuda")
    assert page.settings.memory.text().endswith(" of the GPU")
    assert not page.settings.memory.is_too_much


def test_that_the_line_is_muted_and_empty_before_it_is_shown_settings(qtbot: QtBot) -> None:
    line = MemoryEstimate()
    qtbot.addWidget(line)
    assert line.isHidden()
    assert line.accessibleName() == "Memory"
    assert theme.colors().muted in line.styleSheet()

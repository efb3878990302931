"""A data set, backbone, prior, optimiser, metric and export format that somebody adds, each by one file and one entry, are
offered, estimated, trained, previewed, evaluated and exported without a change to any other file."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from support.made_up import dataset
from support.window import QuietLane

from svg_studio.cli import main as cli
from svg_studio.cli import train as train_command
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ConvertConfig, DataConfig, ExportConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.registry import DATASETS
from svg_studio.engine.events import FileExported, PreviewSaved, SizeEstimated, StoreConverted
from svg_studio.engine.export.export import estimate_size, export
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import EXPORTERS, Exporter
from svg_studio.engine.metrics.registry import METRICS, MetricEntry
from svg_studio.engine.models.registry import BACKBONES, PRIORS, BackboneEntry, PreviewPlan, PriorEntry
from svg_studio.engine.models.shapes import Conv, Layers
from svg_studio.engine.optimizers import OPTIMIZERS, OptimizerEntry
from svg_studio.engine.runs.command_line import command_of
from svg_studio.engine.training.memory import estimate
from svg_studio.engine.training.train import train
from svg_studio.ui.data.convert_dialog import ConvertDialog
from svg_studio.ui.data.page import DataPage
from svg_studio.ui.futures.export_choices import Choice
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.shell.dropped_files import recognise
from svg_studio.ui.train.page import TrainPage
from svg_studio.ui.train.settings import TrainSettings


def layers(config: ModelConfig) -> Layers:
    size = config.image_width // 8
    shrink = Conv(config.channels, config.base_width, 8, size, normed=False)
    of_skip = Conv(config.base_width, config.base_width, 1, size, normed=False)
    return Layers([shrink], [of_skip, Conv(config.base_width, config.channels, 8, config.image_width, False)], [], [], [of_skip])


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = PreviewPlan(3, ("nearest", "any"), best_first=True)
    prior = PriorEntry("Learned spread", "ls", "support.made_up.prior:make", lambda config: 0, tiles, draws_context=True)
    added: list[tuple[dict[str, Any], str, Any]] = [
        (DATASETS, "stripes", dataset.ENTRY),
        (BACKBONES, "linear", BackboneEntry("Linear", "One layer.", "support.made_up.backbone", layers)),
        (PRIORS, "spread", prior),
        (OPTIMIZERS, "signs", OptimizerEntry("By sign", "support.made_up.optimizer:make", moments=2)),
        (METRICS, "mae", MetricEntry("MAE", "", "mean", "support.made_up.metric:absolute_error", higher_is_better=False)),
        (EXPORTERS, "raw", Exporter("Raw bytes", ".raw", "For tests.", "support.made_up.export_format", streams=True)),
    ]
    for registry, name, entry in added:
        monkeypatch.setitem(registry, name, entry)


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    """Settings that name everything that was added, with a converted set of stripes."""
    files = tmp_path / "files"
    files.mkdir()
    for period in range(2, 10):
        (files / f"p{period}.stripes").write_text(str(period))
    data_root = tmp_path / "data"
    converted = list(convert(ConvertConfig(dataset="stripes", data_root=str(data_root), source=str(files))))
    assert isinstance(converted[-1], StoreConverted)
    shape = {"base_width": 2, "g_dim": 6, "z_dim": 3, "rnn_size": 6, "n_past": 2, "n_future": 3}
    return TrainConfig(
        model=ModelConfig(backbone="linear", prior="spread", **shape),  # type: ignore[arg-type]
        data=DataConfig(dataset="stripes", data_root=str(data_root)),
        optimizer="signs",
        device="cpu",
        precision="fp32",
        batch_size=3,
        niter=1,
        epoch_size=2,
        n_eval=6,
        log_dir=str(tmp_path / "runs"),
        name="added",
    )


def test_that_they_are_trained_previewed_evaluated_and_exported(config: TrainConfig, tmp_path: Path) -> None:
    events = list(train(config))
    (preview,) = [event for event in events if isinstance(event, PreviewSaved)]
    assert preview.frames.shape[0] == config.n_eval
    run = tmp_path / "runs" / "added"
    model = checkpoint.load_model(run / "checkpoints" / "last.pt")
    assert "logvar" in dict(model.prior.named_parameters())
    words = f"generate --model_path {run} --log_dir {tmp_path / 'out'} --N 2 --batch_size 2 --nsample 2 --n_future 3 --device cpu"
    assert cli.main([*shlex.split(words), "--format", "raw"]) == 0
    assert len(list((tmp_path / "out").glob("*.raw"))) == 4
    words = f"evaluate --model_path {run} --log_dir {tmp_path / 'figures'} --N 2 --nsample 2 --batch_size 2 --device cpu"
    assert cli.main(shlex.split(words)) == 0
    report = json.loads((tmp_path / "figures" / "evaluation.json").read_text())
    assert "mae" in json.dumps(report)


def test_that_the_command_line_has_them(config: TrainConfig) -> None:
    parser = cli.build_parser()
    assert train_command.train_config(parser.parse_args(shlex.split(command_of(config))[2:])) == config
    swept = train_command.train_config(parser.parse_args(["train", "--prior", "spread", "--optimizer", "signs"]))
    assert (swept.model.prior, swept.optimizer) == ("spread", "signs")


def test_that_their_memory_is_estimated(config: TrainConfig) -> None:
    from dataclasses import replace

    twice = replace(config, batch_size=6)
    assert 0 < estimate(config) < estimate(twice)


def test_that_the_form_offers_and_takes_them(config: TrainConfig, qtbot: QtBot) -> None:
    settings = TrainSettings(config)
    qtbot.addWidget(settings)
    settings.form.set_values(config.to_dict())
    assert settings.config == config
    assert settings.form.problems == {}
    assert settings.memory.text().startswith("Memory: about")


def test_that_the_train_page_names_the_priors_previews(config: TrainConfig, qtbot: QtBot, quiet_lane: QuietLane) -> None:
    page = TrainPage(quiet_lane, quiet_lane)
    qtbot.addWidget(page)
    page.start(config)
    assert page.previews.columns.labels == ("truth", "nearest", "any")


def test_that_the_data_page_shows_converts_and_takes_the_set(qtbot: QtBot, quiet_lane: QuietLane, tmp_path: Path) -> None:
    page = DataPage(quiet_lane, QuietLane())
    qtbot.addWidget(page)
    assert "stripes" in page.cards
    dialog = ConvertDialog("stripes", str(tmp_path), own_files=True)
    qtbot.addWidget(dialog)
    (tmp_path / "a.stripes").write_text("3")
    assert (recognise(tmp_path).kind, recognise(tmp_path / "a.stripes").path) == ("stripes", tmp_path)


def test_that_the_format_is_exported_from_the_window_too(qtbot: QtBot, quiet_lane: QuietLane, tmp_path: Path) -> None:
    tiles = (Tile(np.zeros((4, 8, 8, 1), np.uint8), 2, "a"),)
    dialog = ExportDialog(quiet_lane, {"One": Choice(tiles, "one")})
    qtbot.addWidget(dialog)
    assert dialog.format.findData("raw") >= 0
    wanted = ExportConfig(path=str(tmp_path / "x"), format="raw")
    assert list(estimate_size(wanted, tiles)) == [SizeEstimated(256)]
    assert list(export(wanted, tiles))[-1] == FileExported(tmp_path / "x.raw", len(b"1 clips\n") + 256)

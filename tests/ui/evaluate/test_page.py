"""The Evaluate page, driven by its buttons, by events as a lane sends them, and by a real small evaluation."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import MAX_MODELS, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import (
    CurvesUpdated,
    DatasetInspected,
    EvaluationFinished,
    EvaluationStarted,
    Failed,
    Finished,
    JobStarted,
    Key,
    Logged,
    MetricListed,
    ModelListed,
    ModelOpened,
    Progressed,
    Stopped,
    StoreFound,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.evaluate import page as evaluate_page
from svg_studio.ui.evaluate import results_file
from svg_studio.ui.evaluate.curves_plot import CurvesPlot
from svg_studio.ui.evaluate.models_list import title
from svg_studio.ui.evaluate.page import EvaluatePage
from svg_studio.ui.plots.parts import band
from svg_studio.ui.style import theme

RANKED = ("best", "average", "worst", "posterior")
PSNR = MetricListed("psnr", "PSNR", "dB", "data range 1", True, RANKED)
SSIM = MetricListed("ssim_original", "SSIM", "", "7×7 uniform window", True, RANKED)
SPREAD = MetricListed("squared_distance", "squared distance", "", "over pairs", True, ("diversity",))
SURPRISE = MetricListed("surprise", "Surprise", "nats", "KL(q‖p) at the true frame", False, ("truth",))
N_PAST, N_FUTURE = 3, 4
LEVEL = {"best": 30.0, "average": 20.0, "worst": 10.0, "posterior": 40.0, "diversity": 0.5}


@pytest.fixture
def page(qtbot: QtBot, quiet_lane: Any, tmp_path: Path) -> EvaluatePage:
    page = EvaluatePage(quiet_lane, tmp_path / "demo.pt")
    qtbot.addWidget(page)
    return page


@pytest.fixture
def job(page: EvaluatePage, quiet_lane: Any) -> Job:
    """An evaluation of two models that has just begun."""
    page.add_models(["a.pt", "b.pt"])
    page.start_button.click()
    job: Job = quiet_lane.jobs[-1]
    page.on_event(job, JobStarted("Evaluating"))
    page.on_event(job, started())
    return job


def started(*names: str, metrics: tuple[MetricListed, ...] = (PSNR, SSIM, SPREAD), **more: Any) -> EvaluationStarted:
    models = tuple(ModelListed(n, Path(f"{n}.pt"), 40, 1000, N_PAST, "learned") for n in names or ("a", "b"))
    return EvaluationStarted(models, 6, 5, metrics, N_PAST, N_FUTURE, **more)


def updated(model: str, plus: float = 0.0, clips: int = 2, left: float | None = None) -> CurvesUpdated:
    """At the t-th imagined frame a statistic is its level + `plus` + t, ± 1 + t."""
    keys: list[Key] = [(m.key, s) for m in (PSNR, SSIM, SPREAD) for s in m.statistics]
    means = {key: tuple(LEVEL[key[1]] + plus + t for t in range(N_FUTURE)) for key in keys}
    curves = {key: (mean, tuple(1.0 + t for t in range(N_FUTURE))) for key, mean in means.items()}
    return CurvesUpdated(model, clips, curves, {key: (LEVEL[key[1]] + plus, 0.25) for key in keys}, left)


def drawn(plot: CurvesPlot, model: str, statistic: str) -> list[tuple[float, float]]:
    """The points of a curve; none where it is not shown."""
    line = plot._lines[model, statistic]
    return list(zip(*line.getOriginalDataset(), strict=True)) if line.isVisible() else []


def edges(plot: CurvesPlot, model: str, statistic: str) -> tuple[float, float, float, float]:
    """Left, right, low and high of a band."""
    box = plot._bands[model, statistic].path().boundingRect()
    return box.left(), box.right(), box.top(), box.bottom()


def cells(page: EvaluatePage) -> list[list[str]]:
    table = page.table
    return [[table.item(r, c).text() for c in range(table.columnCount())] for r in range(table.rowCount())]


def field(page: EvaluatePage, name: str) -> Any:
    return page.settings.form.fields[name]


def sources(page: EvaluatePage) -> list[str]:
    combo = page.settings.source
    return [combo.itemData(n) for n in range(combo.count())]


# ---- what is asked for


def test_that_start_asks_its_lane_for_the_models_in_their_order(page: EvaluatePage, quiet_lane: Any, tmp_path: Path) -> None:
    assert not page.start_button.isEnabled()
    assert page.start_button.toolTip().startswith("Add one model or several.")
    page.add_models([tmp_path / "b.pt", tmp_path / "a.pt"])
    field(page, "N").set_value(7)
    field(page, "nsample").set_value(9)
    page.start_button.click()
    (job,) = quiet_lane.jobs
    config = job.arguments["config"]
    assert job.target == "evaluation.evaluate:evaluate"
    assert config.model_path == (str(tmp_path / "b.pt"), str(tmp_path / "a.pt"))
    assert (config.N, config.nsample, config.n_past, config.seed, config.ssim, config.data) == (7, 9, 0, 1, "both", None)
    assert Path(config.log_dir) == tmp_path / "home" / "runs" / "evaluations" / "evaluation-1"
    assert job.arguments["data"] is None
    assert page.is_evaluating


def test_that_only_stop_works_while_an_evaluation_runs(page: EvaluatePage, job: Job, quiet_lane: Any) -> None:
    assert not page.start_button.isEnabled()
    assert not page.settings.models.isEnabled()
    assert not field(page, "N").isEnabled()
    assert not page.open_file.isEnabled()
    page.start()
    assert quiet_lane.jobs == [job]
    page.add_models(["c.pt"])
    assert page.settings.models.paths == ["a.pt", "b.pt"]
    assert "under way" in page.banner.text


def test_that_stop_says_that_it_goes_on_later_and_the_same_job_can_be_started(
    page: EvaluatePage, job: Job, quiet_lane: Any
) -> None:
    page.stop_button.click()
    assert job.stopping
    assert not page.stop_button.isEnabled()
    assert page.says.text() == "stopping after this frame…"
    page.on_event(job, Stopped())
    assert "goes on from here" in page.says.text()
    page.start_button.click()
    again = quiet_lane.jobs[-1]
    assert again is not job
    assert again.arguments == job.arguments


def test_that_models_are_moved_removed_and_taken_once(page: EvaluatePage, qtbot: QtBot) -> None:
    models = page.settings.models
    page.add_models(["a.pt", "b.pt", "c.pt", "a.pt"])
    assert models.paths == ["a.pt", "b.pt", "c.pt"]
    qtbot.keyClick(models.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert models.paths == ["a.pt", "c.pt", "b.pt"]
    models.tools.up.click()
    assert models.paths == ["c.pt", "a.pt", "b.pt"]
    assert not models.tools.up.isEnabled()
    models.tools.down.click()
    qtbot.keyClick(models.list, Qt.Key.Key_Delete)
    assert models.paths == ["a.pt", "b.pt"]
    assert page.settings.config is not None
    assert page.settings.config.model_path == ("a.pt", "b.pt")
    models.tools.drop.click()
    models.tools.drop.click()
    assert models.paths == []
    assert not models.tools.drop.isEnabled()
    assert not page.start_button.isEnabled()


def test_that_too_many_models_are_said_beside_the_list(page: EvaluatePage) -> None:
    page.add_models([f"{n}.pt" for n in range(MAX_MODELS)])
    assert page.settings.models.error.isHidden()
    page.add_models(["more.pt"])
    assert f"at most {MAX_MODELS}" in page.settings.models.error.text()
    assert not page.settings.models.error.isHidden()
    assert not page.start_button.isEnabled()


def test_that_several_files_a_run_and_the_demo_can_be_chosen(
    page: EvaluatePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a, **k: (["x.pt", "y.pth"], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: "runs/first")
    models = page.settings.models
    models.add_files.click()
    models.add_run.click()
    models.add_demo.click()
    assert models.paths == ["x.pt", "y.pth", "runs/first", str(tmp_path / "demo.pt")]
    assert title(Path("runs/first/checkpoints/last.pt")) == "first · last"


def test_that_an_error_stands_beside_its_field_and_holds_start_back(page: EvaluatePage, tmp_path: Path) -> None:
    page.add_models(["a.pt"])
    field(page, "nsample").set_value(0)
    assert field(page, "nsample").error == "nsample=0: needs at least 1 future"
    assert not page.start_button.isEnabled()
    field(page, "nsample").set_value(3)
    assert page.start_button.isEnabled()
    (tmp_path / "evaluation.json").touch()
    field(page, "log_dir").set_value(str(tmp_path))
    assert "holds a finished evaluation" in field(page, "log_dir").error
    field(page, "log_dir").set_value("~nobody-of-that-name/x")
    assert "choose another one" in field(page, "log_dir").error
    assert not page.start_button.isEnabled()


def test_that_other_digits_replace_single_settings_and_stores_replace_all(
    page: EvaluatePage, quiet_lane: Any, inspection: Callable[..., DatasetInspected], store: Callable[..., StoreFound]
) -> None:
    page.on_event(Job(""), inspection("kth", store("kth", 64, 1), store("kth", 128, 1)))
    page.on_event(Job(""), inspection("bair", store("bair", 64, 3)))
    assert sources(page) == ["own", "mnist", "drawn", "mixed", "kth/kth/64", "kth/kth/128", "bair/bair/64"], "nothing known yet"
    page.add_models(["a.pt"])
    page.on_event(Job(""), ModelOpened(Path("a.pt"), ModelConfig().to_dict(), DataConfig().to_dict(), 1, 1, "", ""))
    assert sources(page) == ["own", "mnist", "drawn", "mixed", "kth/kth/64"]
    combo = page.settings.source
    combo.setCurrentIndex(combo.findData("drawn"))
    assert page.settings.data == {"dataset": "smmnist", "digits": "drawn", "data_root": "/data"}
    assert page.settings.config is not None
    assert page.settings.config.data is None
    combo.setCurrentIndex(combo.findData("kth/kth/64"))
    assert page.settings.config.data == DataConfig(dataset="kth", data_root="/data")
    assert page.settings.data is None
    page.add_models(["b.pt"])
    assert combo.currentData() == "kth/kth/64", "the choice stays"


def test_that_a_run_is_known_by_the_config_beside_its_checkpoints(
    page: EvaluatePage, tmp_path: Path, inspection: Callable[..., DatasetInspected], store: Callable[..., StoreFound]
) -> None:
    page.on_event(Job(""), inspection("kth", store("kth", 64, 1), store("kth", 128, 1)))
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    config = TrainConfig(model=ModelConfig(image_width=128), data=DataConfig(dataset="kth"), log_dir="x")
    (run / "config.json").write_text(config.to_json(), encoding="utf-8")
    page.add_models([run / "checkpoints" / "last.pt"])
    assert [key for key in sources(page) if "/" in key] == ["kth/kth/128"]
    for content in (b"{", b"[" * 100_000, b"\xff", b"null"):
        (tmp_path / "config.json").write_bytes(content)
        page.settings.models.remove()
        page.settings._known.clear()
        page.add_models([tmp_path])
        assert "kth/kth/64" in sources(page), "broken is unknown"


def test_that_a_split_the_data_does_not_have_is_said_beside_its_field(
    page: EvaluatePage, inspection: Callable[..., DatasetInspected], store: Callable[..., StoreFound]
) -> None:
    with_val = replace(store("garden", 64, 1), clips={"train": 5, "test": 3, "val": 2})
    page.on_event(Job(""), inspection("videos", with_val, store("holiday", 64, 1)))
    page.add_models(["a.pt"])
    split, source = field(page, "split"), page.settings.source
    split.set_value("val")
    page.settings.form.recheck()
    assert split.error == "", "it is not known what the model was trained on"
    for key, error in (
        ("videos/garden/64", ""),
        ("videos/holiday/64", "split=val: holiday (Own videos), 64 px has no such clips; choose train or test"),
        ("drawn", "split=val: Stochastic Moving MNIST has no such clips; choose train or test"),
    ):
        source.setCurrentIndex(source.findData(key))
        assert split.error == error
        assert page.start_button.isEnabled() == (not error)
    source.setCurrentIndex(0)
    for name, error in (
        ("garden", ""),
        ("holiday", "split=val: holiday (Own videos), 64 px has no such clips; choose train or test"),
    ):
        data = DataConfig(dataset="videos", store=name, data_root="/data").to_dict()
        page.on_event(Job(""), ModelOpened(Path("a.pt"), ModelConfig().to_dict(), data, 1, 1, "", ""))
        assert split.error == error
    split.set_value("train")
    page.settings.form.recheck()
    assert page.settings.config is not None
    assert page.settings.config.split == "train"


@pytest.mark.parametrize("split", ["train", "val"])
def test_that_the_page_says_whose_clips_they_are(split: str, page: EvaluatePage, job: Job) -> None:
    page.on_event(job, started(split=split))
    assert f"6 {split} clips × 5 samples" in page.about.text()


# ---- what is heard


def test_that_curves_are_drawn_over_the_imagined_frames_with_their_bands(page: EvaluatePage, job: Job) -> None:
    assert page.plot.pages.currentWidget() is page.plot.empty
    page.on_event(job, updated("a"))
    page.on_event(job, updated("b", 2))
    assert page.plot.redraws == 1, "drawn by the timer alone"
    page.plot.redraw()
    assert page.plot.pages.currentWidget() is page.plot.paper
    assert drawn(page.plot, "a", "best") == [(4, 30), (5, 31), (6, 32), (7, 33)], "the first imagined frame is the fourth"
    assert drawn(page.plot, "b", "worst") == [(4, 12), (5, 13), (6, 14), (7, 15)]
    assert drawn(page.plot, "a", "diversity") == []
    assert edges(page.plot, "a", "best") == (4, 7, 29, 37), "30 - 1 … 33 + 4"


def test_that_a_metric_a_statistic_a_model_and_the_bands_can_be_chosen(page: EvaluatePage, job: Job) -> None:
    page.on_event(job, updated("a"))
    page.on_event(job, updated("b"))
    plot = page.plot
    plot.redraw()
    titles = [plot.choice.itemText(n) for n in range(plot.choice.count())]
    assert titles == ["PSNR", "SSIM", "Diversity: squared distance"]
    plot.statistics["worst"].click()
    plot.models["b"].click()
    assert drawn(plot, "a", "best")
    assert not drawn(plot, "a", "worst")
    assert not drawn(plot, "b", "best")
    plot.bands.click()
    assert not plot._bands["a", "best"].isVisible()
    plot.choice.setCurrentIndex(2)
    assert drawn(plot, "a", "diversity")[0] == (4, 0.5)
    assert not drawn(plot, "a", "best")
    assert not plot.statistics["best"].isEnabled()


def test_that_the_surprise_of_the_truth_has_a_curve_in_which_nothing_is_better(page: EvaluatePage, job: Job) -> None:
    page.on_event(job, started("a", metrics=(PSNR, SPREAD, SURPRISE)))
    values = (1.5, 2.5, 3.5, 4.5)
    curve = {("surprise", "truth"): (values, (0.5,) * N_FUTURE), ("psnr", "best"): (values, (0.5,) * N_FUTURE)}
    page.on_event(job, CurvesUpdated("a", 2, curve, {("surprise", "truth"): (3.0, 0.25)}))
    plot = page.plot
    plot.redraw()
    assert not drawn(plot, "a", "truth"), "not among those of PSNR"
    assert [plot.choice.itemText(n) for n in range(plot.choice.count())] == ["PSNR", "Diversity: squared distance", "Surprise"]
    plot.choice.setCurrentIndex(2)
    assert drawn(plot, "a", "truth") == [(4, 1.5), (5, 2.5), (6, 3.5), (7, 4.5)]
    assert not drawn(plot, "a", "best")
    assert not any(check.isEnabled() for check in plot.statistics.values())
    words = plot.plot.getPlotItem().getAxis("left").labelText
    assert "Surprise (nats)" in words
    assert "better" not in words
    plot.read_at(5)
    assert plot.values() == [["frame 5", "truth"], ["a", "2.50 ± 0.50"]]
    assert list(plot.plot.values())[1:] == ["a truth", "a truth ±"]
    page.refresh()
    heads = [page.table.horizontalHeaderItem(n).text() for n in range(page.table.columnCount())]
    assert heads[-1] == "truth"
    assert (cells(page)[2][1], cells(page)[2][-1]) == ("Surprise, nats", "3.00 ± 0.25")


def test_that_two_conventions_of_one_metric_are_told_apart(page: EvaluatePage, job: Job) -> None:
    other = MetricListed("ssim_literature", "SSIM", "", "11×11 <Gaussian>", True, RANKED)
    page.on_event(job, started(metrics=(SSIM, other)))
    plot = page.plot
    assert [plot.choice.itemText(n) for n in range(2)] == ["SSIM, 7×7 uniform window", "SSIM, 11×11 <Gaussian>"]
    plot.choice.setCurrentIndex(1)
    assert "11×11 &lt;Gaussian&gt;" in plot.plot.getPlotItem().getAxis("left").labelText
    assert [row[1] for row in cells(page)][:2] == ["SSIM ↑ 7×7 uniform", "SSIM ↑ 11×11 <Gaussian>"]
    assert "7×7 uniform window" in page.table.item(0, 1).toolTip()
    alike = tuple(replace(SSIM, key=f"ssim_{n}", convention=f"uniform window, data range {n}") for n in (1, 2))
    page.on_event(job, started(metrics=alike))
    assert [row[1] for row in cells(page)][:2] == [f"SSIM ↑ uniform window, data range {n}" for n in (1, 2)]


def test_that_statistics_have_dashes_and_models_colours_of_their_own(page: EvaluatePage, job: Job, qapp: QApplication) -> None:
    lines = page.plot._lines
    pens = {key: lines[key].opts["pen"] for key in lines}
    assert len({pens["a", s].style() for s in RANKED}) == 4
    assert pens["a", "best"].style() == Qt.PenStyle.SolidLine
    assert [pens[m, "best"].color().name() for m in "ab"] == list(theme.LIGHT.series[:2])
    theme.apply(qapp, "dark")
    assert lines["b", "best"].opts["pen"].color().name() == theme.DARK.series[1]


def test_that_reading_a_frame_gives_values_and_intervals(page: EvaluatePage, job: Job, qtbot: QtBot) -> None:
    plot = page.plot
    page.on_event(job, updated("a"))
    page.on_event(job, updated("b", 2))
    plot.redraw()
    assert plot.values() == []
    plot.read_at(5.4)
    assert plot.values()[0] == ["frame 5", *RANKED]
    assert plot.values()[1] == ["a", "31.0 ± 2.0", "21.0 ± 2.0", "11.0 ± 2.0", "41.0 ± 2.0"]
    assert plot.values()[2][1] == "33.0 ± 2.0"
    assert "31.0 ± 2.0" in plot.plot.reading.text()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.values()[0][0] == "frame 6"
    for wish, frame in ((99.0, 7), (-4.0, 4)):
        plot.read_at(wish)
        assert plot.frame == frame
    plot.read_at(None)
    assert plot.plot.reading.text() == ""
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.frame == 7


def test_that_frames_are_counted_from_1_in_the_window_and_from_0_in_files_which_say_so(page: EvaluatePage, job: Job) -> None:
    page.on_event(job, updated("a"))
    page.plot.redraw()
    assert page.plot.plot.getPlotItem().getAxis("bottom").labelText == "frame; the first 3 were given"
    assert list(page.plot.plot.values()["frame, from 0"]) == [3, 4, 5, 6]
    assert "in these files frames are counted from 0" in page.open_folder.toolTip()


def test_that_every_figure_is_seen_whole_where_the_window_has_its_usual_size(
    page: EvaluatePage, job: Job, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light")
    other = replace(SSIM, key="ssim_literature", convention="11×11 Gaussian window, sigma 1.5, data range 1")
    page.resize(1196, 740)
    page.show()
    page.on_event(job, started("demo", metrics=(PSNR, SSIM, other, SPREAD)))
    keys: list[Key] = [(m.key, s) for m in (PSNR, SSIM, other, SPREAD) for s in m.statistics]
    figures = dict.fromkeys(keys, (0.03, 0.015))
    page.on_event(job, CurvesUpdated("demo", 2, dict.fromkeys(keys, ((0.1,) * N_FUTURE,) * 2), figures, None))
    table = page.table
    for column in range(table.columnCount()):
        qtbot.waitUntil(lambda column=column: table.columnWidth(column) >= table.sizeHintForColumn(column))
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)


def test_that_a_convention_has_one_line_where_the_plot_is_high_and_no_lonely_word_where_it_is_low(
    page: EvaluatePage, job: Job, qtbot: QtBot
) -> None:
    psnr = replace(PSNR, convention="mean over channels, data range 1, 100 dB at most")
    page.show()
    page.on_event(job, started("demo", metrics=(psnr,)))
    page.on_event(job, updated("demo"))
    axis = page.plot.plot.getPlotItem().getAxis("left")
    for high, lines in ((1600, 1), (470, 2)):
        page.resize(1100, high)
        qtbot.waitUntil(lambda lines=lines: axis.labelText.count("<br>") == lines)
    first, last = axis.labelText.partition("<small>")[2].removesuffix("</small></center>").split("<br>")
    assert len(last) > len(first) / 2


def test_that_one_clip_has_curves_without_bands_and_one_frame_is_a_dot(page: EvaluatePage, job: Job) -> None:
    nothing = (math.nan,) * N_FUTURE
    page.on_event(job, CurvesUpdated("a", 1, {("psnr", "best"): ((1.0,) * N_FUTURE, nothing)}, {("psnr", "best"): (1.0, math.nan)}))
    page.plot.redraw()
    assert len(drawn(page.plot, "a", "best")) == N_FUTURE
    assert page.plot._bands["a", "best"].path().isEmpty()
    page.refresh()
    assert cells(page)[0][2:4] == ["1", "–"]
    plot = page.plot
    plot.begin({"a": ""}, (PSNR,), 2, 1, 5)
    plot.put("a", {("psnr", "best"): ((1.0,), (0.5,))})
    plot.redraw()
    assert plot._lines["a", "best"].opts["symbol"] == "o"
    assert band(np.array([2.0]), np.array([1.0]), np.array([0.5])).isEmpty()


def test_that_the_table_holds_the_newest_means_and_copies_as_text(page: EvaluatePage, job: Job, qtbot: QtBot) -> None:
    page.on_event(job, updated("a"))
    page.on_event(job, updated("a", 1))
    assert cells(page)[0][2] == "", "written by the timer alone"
    page.refresh()
    heads = [page.table.horizontalHeaderItem(n).text() for n in range(page.table.columnCount())]
    assert heads == ["Model", "Metric", "best of 5", "average", "worst of 5", "posterior", "diversity"]
    assert cells(page)[0] == ["a", "PSNR, dB ↑", "31.00 ± 0.25", "21.00 ± 0.25", "11.00 ± 0.25", "41.00 ± 0.25", "–"]
    assert cells(page)[2][-1] == "1.50 ± 0.25"
    assert cells(page)[3][:3] == ["b", "PSNR, dB ↑", ""]
    page.copy.click()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert len(rows) == 7
    assert rows[0][:6] == ["model", "metric", "unit", "convention", "best", "best ±"]
    assert rows[1][:6] == ["a", "PSNR", "dB", "data range 1", "31", "0.25"]
    page.table.selectRow(2)
    qtbot.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert [row[1] for row in rows] == ["metric", "squared distance"]


def test_that_progress_warnings_and_failures_are_shown(page: EvaluatePage, job: Job) -> None:
    page.on_event(job, Progressed(3, 12, "clips", "Evaluating a"))
    page.on_event(job, updated("a", left=180.0))
    page.refresh()
    assert page.says.text() == "Evaluating a 3/12 clips · 3 min left"
    assert (page.bar.value(), page.bar.maximum()) == (3, 12)
    page.on_event(job, Logged("told"))
    assert page.banner.text == ""
    page.on_event(job, Logged("only 6 clips", "warning"))
    page.on_event(job, Logged("other data", "warning"))
    assert (page.banner.kind, page.banner.text) == ("warning", "only 6 clips; other data")
    page.on_event(Job("other"), Failed("not mine"))
    assert page.is_evaluating
    page.on_event(job, Failed("a.pt: is damaged"))
    assert (page.banner.kind, page.banner.text) == ("error", "a.pt: is damaged")
    assert not page.is_evaluating
    assert page.start_button.isEnabled()
    assert not page._timer.isActive()


def test_that_the_end_offers_the_folder_and_proposes_a_fresh_one(
    page: EvaluatePage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(job.arguments["config"].log_dir)
    folder.mkdir(parents=True)
    page.on_event(job, updated("a"))
    page.on_event(job, EvaluationFinished(folder / "evaluation.json", folder / "evaluation.csv"))
    page.on_event(job, Finished())
    assert page.says.text() == f"finished, written to {folder}"
    assert cells(page)[0][2] == "30.00 ± 0.25"
    assert field(page, "log_dir").value() == str(folder.with_name("evaluation-2"))
    opened: list[str] = []
    monkeypatch.setattr(evaluate_page.QDesktopServices, "openUrl", lambda url: bool(opened.append(url.toLocalFile())))
    page.open_folder.click()
    assert [Path(one) for one in opened] == [folder]
    assert "open it with your file manager" in page.banner.text


def test_that_the_plot_is_saved_whole_or_not_at_all(page: EvaluatePage, job: Job, qtbot: QtBot, tmp_path: Path) -> None:
    page.resize(1200, 800)
    page.show()
    page.on_event(job, updated("a"))
    page.plot.redraw()
    page.plot.read_at(4)
    page.save_picture(tmp_path / "curves")
    picture = QImage(str(tmp_path / "curves.png"))
    assert picture.size() == page.plot.paper.size() * 2
    colours = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert {theme.LIGHT.series[0], QColor(theme.LIGHT.surface).name()} <= colours
    assert page.plot.frame == 4, "reading goes on"
    page.save_picture(tmp_path / "nowhere" / "curves.png")
    assert "nowhere" in page.banner.text
    assert "choose another place" in page.banner.text
    assert not (tmp_path / "nowhere").exists()


def test_that_every_control_has_a_name_and_a_tip(page: EvaluatePage, job: Job) -> None:
    controls = [*page.plot.statistics.values(), *page.plot.models.values(), page.plot.choice, page.plot.bands, page.settings.source]
    controls += [page.start_button, page.stop_button, page.open_file, page.open_folder, page.copy, page.save]
    for control in controls:
        assert control.toolTip(), control
        assert control.accessibleName() or control.text(), control
    for part in (page.plot, page.plot.plot.reading, page.table, page.bar, page.says, page.about, page.settings.models.list):
        assert part.accessibleName(), part


# ---- as the model, why not, and as it was left


def test_that_frames_are_as_the_model_until_a_number_is_written(page: EvaluatePage, qtbot: QtBot) -> None:
    page.add_models(["a.pt"])
    for name in ("n_past", "n_future"):
        editor = field(page, name).editor
        assert (editor.text(), editor.placeholderText()) == ("", "as the model")
        assert "as the model" in editor.accessibleDescription()
        qtbot.keyClicks(editor, "7")
        assert getattr(page.settings.config, name) == 7
        editor.clear()
        assert getattr(page.settings.config, name) == 0
        qtbot.keyClicks(editor, "0")
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert editor.text() == ""
    assert page.start_button.isEnabled()


def test_that_what_cannot_be_done_says_why(page: EvaluatePage, qtbot: QtBot) -> None:
    models = page.settings.models
    whys = {
        page.start_button: "Add one model or several",
        page.stop_button: "No evaluation is under way",
        page.open_folder: "No evaluation is shown that lies on the disk",
        page.copy: "There are no figures yet",
        page.save: "There are no figures yet",
        models.tools.up: "Select a model first",
        models.tools.drop: "Select a model first",
    }
    for control, why in whys.items():
        assert not control.isEnabled()
        assert control.toolTip().startswith(why), control.toolTip()
    page.add_models(["a.pt"])
    assert models.tools.up.toolTip().startswith("It is the first")
    assert models.tools.down.toolTip().startswith("It is the last")
    page.start_button.click()
    for control in (
        page.start_button,
        page.open_file,
        models.add_files,
        models.add_run,
        page.settings.source,
        field(page, "N").editor,
    ):
        assert "An evaluation is under way" in control.toolTip()
    page.stop_button.click()
    assert page.stop_button.toolTip().startswith("It stops after this frame")


def test_that_the_page_is_as_it_was_left(page: EvaluatePage, quiet_lane: Any, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.pt").touch()
    page.add_models([tmp_path / "a.pt", tmp_path / "gone.pt"])
    for name, value in {"N": 7, "nsample": 9, "n_past": 4, "split": "train", "ssim": "original", "batch_stats": True}.items():
        field(page, name).set_value(value)
    page.settings.source.setCurrentIndex(page.settings.source.findData("drawn"))
    kept = json.loads(json.dumps(page.state()))
    again = EvaluatePage(quiet_lane)
    qtbot.addWidget(again)
    again.restore(kept)
    assert again.settings.models.paths == [str(tmp_path / "a.pt")]
    assert again.state() == {**kept, "models": [str(tmp_path / "a.pt")]}
    assert field(again, "N").value() == 7


@pytest.mark.parametrize("odd", [None, -1, "x", [], {"a": 1}, 1e300, ["\0", 5, None]])
def test_that_a_damaged_memory_of_the_page_is_left_out(page: EvaluatePage, odd: object) -> None:
    before = page.state()
    page.restore(dict.fromkeys(set(before) - {"lpips_weights"}, odd))
    page.restore({"lpips_weights": odd if not isinstance(odd, str) else 3})
    page.restore({})
    assert page.state() == before


def test_that_the_focus_is_in_the_list_of_models_when_the_page_is_shown(page: EvaluatePage, qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    assert page.focusWidget() is page.settings.models.list
    field(page, "log_dir").editor.setFocus()
    page.hide()
    page.show()
    assert page.focusWidget() is page.settings.models.list


def test_that_rows_do_not_touch_the_frame_and_start_stays_at_the_foot(page: EvaluatePage, qtbot: QtBot) -> None:
    page.resize(1200, 760)
    page.show()
    page.add_models(["a.pt"])
    models = page.settings.models.list
    row = models.visualItemRect(models.item(0)).translated(models.viewport().pos())
    assert row.top() >= 3
    QApplication.processEvents()
    button = page.start_button
    place, foot = button.mapTo(page, button.rect().bottomLeft()).y(), page.height() - 8
    assert foot - place <= 12, "nothing empty below it"
    page.start_button.click()
    QApplication.processEvents()
    assert abs(button.mapTo(page, button.rect().bottomLeft()).y() - place) <= 1, "it stays where it is"


def test_that_the_title_of_the_axis_does_not_touch_its_numbers(page: EvaluatePage, job: Job) -> None:
    page.resize(1200, 760)
    page.show()
    page.on_event(job, started(metrics=(MetricListed("m", "Metric", "dB", "a convention in many words " * 4, True, RANKED),)))
    QApplication.processEvents()
    axis = page.plot.plot.getPlotItem().getAxis("left")
    words = axis.mapRectFromItem(axis.label, axis.label.boundingRect())
    assert axis.width() - words.right() >= 35, "room for numbers such as 0.035"


# ---- a real one, and its file


@pytest.fixture
def finished(tmp_path: Path, qtbot: QtBot, start_lane: Callable[[str], Worker]) -> tuple[EvaluatePage, Path]:
    """Two clips × three samples of a tiny model, evaluated on a lane from the page's own buttons."""
    import torch

    from svg_studio.engine.checkpoints import checkpoint
    from svg_studio.engine.models.registry import build

    torch.manual_seed(0)
    shape = ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=2)
    config = TrainConfig(model=shape, data=DataConfig(digits="drawn"), n_eval=5)
    checkpoint.save(tmp_path / "tiny.pt", build(shape), config, 3)
    lane = start_lane("evaluation")
    page = EvaluatePage(lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    page.add_models([tmp_path / "tiny.pt"])
    for name, value in {"N": 2, "nsample": 3, "batch_size": 1, "device": "cpu", "precision": "fp32"}.items():
        field(page, name).set_value(value)
    page.start_button.click()
    qtbot.waitUntil(lambda: not page.is_evaluating, timeout=60_000)
    page.plot.redraw()
    assert page.says.text().startswith("finished"), page.banner.text
    assert page._folder is not None
    return page, page._folder


def test_that_a_real_evaluation_is_drawn_as_its_files_have_it_and_opened_again(
    finished: tuple[EvaluatePage, Path], qtbot: QtBot, quiet_lane: Any, tmp_path: Path
) -> None:
    page, folder = finished
    rows = list(csv.DictReader((folder / "evaluation.csv").read_text(encoding="utf-8").splitlines()))
    wanted = [(float(r["t"]), float(r["mean"])) for r in rows if (r["metric"], r["statistic"]) == ("psnr", "best")]
    assert len(wanted) == 3
    wanted = [(t + 1, mean) for t, mean in wanted]  # the window counts from 1
    assert drawn(page.plot, "tiny", "best") == wanted
    assert {p.name for p in folder.glob("curves.*")} == {"curves.png", "curves.pdf", "curves.svg"}
    assert page.open_folder.isEnabled()
    before = page.table.text()
    other = EvaluatePage(quiet_lane)
    qtbot.addWidget(other)
    for place in (folder / "evaluation.json", folder):
        other.open_results(place)
        assert other.banner.text == ""
        assert drawn(other.plot, "tiny", "best") == wanted
        assert other.table.text() == before
    assert "2 test clips × 3 samples" in other.about.text()
    assert json.loads((folder / "evaluation.json").read_bytes())["format"] == results_file.FORMAT
    _refuse_what_is_broken(other, (folder / "evaluation.json").read_text(encoding="utf-8"), tmp_path / "broken.json", wanted)


def _refuse_what_is_broken(page: EvaluatePage, good: str, path: Path, wanted: list[tuple[float, float]]) -> None:
    """Every change to a good file is one sentence in the banner, and what was drawn stays."""

    def changed(change: Callable[[dict[str, Any]], object]) -> str:
        content = json.loads(good)
        change(content)
        return json.dumps(content)

    broken: list[str | bytes] = ["", "{", "[]", "null", "5", "[" * 100_000, b"\xff\xfe\x00", good[:-20], "9" * 5000, '"x"']
    for name in ("format", "version", "n_future", "metrics", "models", "curves", "samples", "clips", "n_past", "lpips", "device"):
        broken.append(changed(lambda c, n=name: c.pop(n)))  # type: ignore[misc]
        broken.append(changed(lambda c, n=name: c.update({n: {"a": [None]}})))  # type: ignore[misc]
        broken.append(changed(lambda c, n=name: c.update({n: -1})))  # type: ignore[misc]
    for value in (1e999, -1e999, math.nan, "x", True, 1e30, 10**400, [], {}):
        broken.append(changed(lambda c, v=value: c["curves"][0]["mean"].__setitem__(1, v)))
    broken += [
        changed(lambda c: c["curves"][0]["mean"].pop()),
        changed(lambda c: c["curves"][0]["interval"].append(1.0)),
        changed(lambda c: c["curves"][0].update(model="other")),
        changed(lambda c: c["curves"][0].update(metric="other")),
        changed(lambda c: c["curves"][0].update(statistic="median")),
        changed(lambda c: c["curves"][0].update(n=True)),
        changed(lambda c: c["models"].append(c["models"][0])),
        changed(lambda c: c["models"][0].update(name="")),
        changed(lambda c: c["models"][0].update(name="x" * 10_000)),
        changed(lambda c: c["models"][0].update(path="a\0b")),
        changed(lambda c: c["metrics"]["psnr"].update(higher_is_better=1)),
        changed(lambda c: c["metrics"].update({str(n): c["metrics"]["psnr"] for n in range(99)})),
        changed(lambda c: c.update(n_future=10**9)),
    ]
    for content in broken:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        page.banner.clear()
        page.open_results(path)
        assert page.banner.kind == "error", content[:300]
        assert str(path) in page.banner.text
        assert "\n" not in page.banner.text
        assert drawn(page.plot, "tiny", "best") == wanted


def test_that_a_refused_evaluation_is_one_sentence(qtbot: QtBot, start_lane: Callable[[str], Worker], tmp_path: Path) -> None:
    lane = start_lane("evaluation")
    page = EvaluatePage(lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    (tmp_path / "broken.pt").write_bytes(b"no model")
    page.add_models([tmp_path / "broken.pt"])
    page.start_button.click()
    qtbot.waitUntil(lambda: not page.is_evaluating, timeout=60_000)
    assert "broken.pt" in page.banner.text
    assert "\n" not in page.banner.text
    assert page.says.text() == "failed"

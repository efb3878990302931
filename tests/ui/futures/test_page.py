"""The Futures page asks for what its bar says, shows what comes, and plays it without asking again."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from support.futures_page import feed
from support.places import ROOT

from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig
from svg_studio.engine.events import CheckpointSaved, Event, Failed, FutureSampled, ModelOpened, PosteriorReconstructed, Stopped
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.export_choices import choices, companions
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.widgets.banner import MARGIN, Strip

Explore = Callable[..., list[Event]]


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot) -> Iterator[FuturesPage]:
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.make_plots()
    yield page
    page.playback.play(False)


@pytest.fixture
def shown(page: FuturesPage, exploration: Explore) -> FuturesPage:
    """With four futures of a clip of 8 frames on the wall, standing still."""
    page.bar.n_past.setValue(3)
    page.bar.n_futures.setValue(4)
    page.open_model("runs/a/checkpoints/last.pt")
    feed(page, exploration())
    page.playback.play(False)
    page.playback.seek(0)
    return page


def config(page: FuturesPage) -> FuturesConfig:
    """What the last job asks for."""
    job = page.studio.jobs[-1]  # type: ignore[attr-defined]
    assert job.target == "sampling.futures:explore"
    return job.arguments["config"]


def test_that_a_page_without_a_model_says_what_to_do(page: FuturesPage) -> None:
    assert page.empty.isVisible()
    assert page.empty.buttons.isVisible()
    assert "checkpoint" in page.empty.text.text()
    assert not page.bar.sample_button.isEnabled()
    assert not page.transport.isVisible(), "an empty transport and empty plots would only puzzle"


def test_that_opening_a_model_asks_for_sixteen_futures(page: FuturesPage) -> None:
    page.open_model("some/model.pt")
    wanted = config(page)
    assert (wanted.model_path, wanted.n_futures, wanted.n_past, wanted.n_future) == (str(Path("some/model.pt")), 16, 5, 25)
    assert wanted.data is None
    assert page.empty.progress.isVisible()


def test_that_futures_move_as_soon_as_they_come(page: FuturesPage, exploration: Explore, qtbot: QtBot) -> None:
    page.open_model("a.pt")
    feed(page, exploration()[:3])
    assert page.playback.playing
    with qtbot.waitSignal(page.playback.frame_changed, timeout=5000):
        pass
    assert page.wall.isVisible()


def test_that_everything_sampled_is_on_the_wall_and_in_the_lane(shown: FuturesPage) -> None:
    assert sorted(shown.wall.futures) == [0, 1, 2, 3]
    shown.playback.seek(5)
    lane = shown.references.films
    pixel = [int(film.at(5)[0, 0, 0]) for film in lane if film is not None]
    # truth 100 + 5, posterior 150 + 5, mean of 15, 25, 35, 45, and twice their deviation of 11.18
    assert pixel == [105, 155, 30, 22]
    assert shown.bar.export_button.isEnabled()


def test_that_one_clock_moves_wall_lane_slider_and_plots(shown: FuturesPage) -> None:
    shown.playback.seek(6)
    assert (shown.wall.frame, shown.references.frame, shown.transport.slider.frame, shown.plots.frame) == (6, 6, 6, 6)


def test_that_playing_and_scrubbing_ask_the_lane_for_nothing(shown: FuturesPage, qtbot: QtBot) -> None:
    jobs = len(shown.studio.jobs)  # type: ignore[attr-defined]
    for t in range(8):
        shown.playback.seek(t)
    with qtbot.waitSignals([shown.playback.frame_changed] * 2, timeout=5000):
        shown.playback.play()
    shown.playback.play(False)
    assert len(shown.studio.jobs) == jobs  # type: ignore[attr-defined]


@pytest.mark.parametrize("field, value", [("index", 17), ("seed", 99), ("n_future", 12), ("n_futures", 9), ("n_past", 2)])
def test_that_changing_a_number_samples_anew_and_gives_up_what_ran(
    shown: FuturesPage, field: str, value: int, qtbot: QtBot
) -> None:
    before = shown.job
    getattr(shown.bar, field).setValue(value)
    qtbot.waitUntil(lambda: shown.job is not before)
    assert getattr(config(shown), field) == value
    assert before is not None
    assert before.stopping
    assert shown.wall.stale, "what is shown belongs to older settings"


def test_that_several_quick_changes_become_one_job(shown: FuturesPage, qtbot: QtBot) -> None:
    jobs = len(shown.studio.jobs)  # type: ignore[attr-defined]
    before = shown.job
    for index in range(1, 6):
        shown.bar.index.setValue(index)
    qtbot.waitUntil(lambda: shown.job is not before)
    assert len(shown.studio.jobs) == jobs + 1  # type: ignore[attr-defined]
    assert config(shown).index == 5


def test_that_what_an_abandoned_job_still_says_is_not_shown(shown: FuturesPage, exploration: Explore) -> None:
    old = shown.job
    shown.sample()
    feed(shown, exploration(n_futures=2, seed=500), old)
    assert {f.seed for f in shown.wall.futures.values()} == {1, 2, 3, 4}
    feed(shown, [Stopped()], old)
    assert shown.job is not None


def test_that_new_futures_replace_old_ones_only_when_they_come(shown: FuturesPage, exploration: Explore) -> None:
    shown.bar.n_futures.setValue(2)
    shown.sample()
    events = exploration(n_futures=2, seed=50)
    feed(shown, events[:2])
    assert len(shown.wall.futures) == 4
    feed(shown, events[2:])
    assert not shown.wall.stale
    assert {f.seed for f in shown.wall.futures.values()} == {50, 51}
    assert len(shown.wall.films) == 2


def test_that_drawn_digits_are_as_many_as_the_model_was_trained_on(page: FuturesPage, exploration: Explore) -> None:
    page.open_model("demo.pt", "drawn")
    feed(page, exploration()[:1])  # trained on one digit, which nobody could know before
    wanted = config(page).data
    assert wanted is not None
    assert (wanted.digits, wanted.num_digits) == ("drawn", 1)
    jobs = len(page.studio.jobs)  # type: ignore[attr-defined]
    feed(page, exploration())
    assert len(page.studio.jobs) == jobs, "and that is that"  # type: ignore[attr-defined]


def test_that_data_that_does_not_fit_the_models_frames_is_not_offered(page: FuturesPage) -> None:
    page.open_model("a.pt")
    model = {**ModelConfig().to_dict(), "image_width": 33}
    feed(page, [ModelOpened(Path("a.pt"), model, DataConfig().to_dict(), 1, 1, "CPU", "fp32")])
    assert page.bar.source.findData("drawn") < 0
    assert page.bar.source.findData("own") >= 0


def test_that_a_failure_is_said_on_the_page(page: FuturesPage) -> None:
    page.open_model("gone.pt")
    feed(page, [Failed("gone.pt: there is no such file; open another one", "Traceback …")])
    assert page.banner.isVisible()
    assert page.banner.kind == "error"
    assert "gone.pt" in page.banner.text
    assert "Traceback" not in page.banner.text
    assert page.empty.buttons.isVisible()
    assert page.bar.model.text() == "no model"
    assert not page.bar.sample_button.isEnabled()
    assert page.model_path is None


def test_that_a_file_that_is_no_model_leaves_the_one_before_in_place(shown: FuturesPage) -> None:
    shown.open_model("notes.pt")
    feed(shown, [Failed("notes.pt: this is no checkpoint; choose another file")])
    assert len(shown.wall.futures) == 4
    assert not shown.wall.stale
    shown.sample()
    assert config(shown).model_path == str(Path("runs/a/checkpoints/last.pt"))


def test_that_settings_which_contradict_are_said_and_not_sent(shown: FuturesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = len(shown.studio.jobs)  # type: ignore[attr-defined]
    shown.bar.n_past.setRange(0, 10)
    shown.bar.n_past.setValue(0)
    shown.sample()
    assert "n_past=0" in shown.banner.text
    assert len(shown.studio.jobs) == jobs  # type: ignore[attr-defined]


def test_that_a_clip_of_the_data_page_is_asked_for(shown: FuturesPage) -> None:
    data = DataConfig(digits="mnist", num_digits=3, data_root="elsewhere")
    shown.show_clip(data, "train", 42)
    wanted = config(shown)
    assert (wanted.data, wanted.split, wanted.index) == (data, "train", 42)


def test_that_a_clip_without_a_model_says_that_one_is_needed(page: FuturesPage) -> None:
    page.show_clip(DataConfig(), "test", 3)
    assert "Open a model" in page.banner.text


def test_that_a_newer_checkpoint_of_the_open_model_is_announced(shown: FuturesPage) -> None:
    path = shown.model_path
    assert path is not None
    shown.on_event(Job("training.train:train"), CheckpointSaved(path, 777, "last"))
    assert "step 777" in shown.bar.model.toolTip()


@pytest.fixture
def colourful(shown: FuturesPage, exploration: Explore, store: Any, inspection: Any) -> FuturesPage:
    """With a model for colour frames of 64 px, and stores of several kinds on disk."""
    model = {**ModelConfig(n_past=3).to_dict(), "channels": 3}
    first, *rest = exploration()
    assert isinstance(first, ModelOpened)
    feed(shown, [replace(first, model=model), *rest])
    shown.on_event(Job("data.clips:inspect"), inspection("kth", store("kth")))
    stores = (store("holiday", channels=3, test=2), store("large", 128, 3), store("broken", channels=3, problem="it broke"))
    shown.on_event(Job("data.clips:inspect"), inspection("videos", *stores))
    shown.playback.play(False)
    return shown


def test_that_converted_sets_are_offered_where_they_fit_the_model(colourful: FuturesPage) -> None:
    source = colourful.bar.source
    keys = [source.itemData(n) for n in range(source.count())]
    assert keys == ["own", "mnist", "drawn", "mixed", "videos/holiday/64"]
    source.setCurrentIndex(source.count() - 1)
    colourful.sample()
    assert config(colourful).data == DataConfig(dataset="videos", data_root=str(Path("/data")), store="holiday")


def test_that_another_model_is_offered_other_sets_and_the_choice_goes(colourful: FuturesPage, exploration: Explore) -> None:
    colourful.bar.choose_source("videos/holiday/64")
    colourful.open_model("grey.pt", "videos/holiday/64")
    feed(colourful, exploration()[:1])
    source = colourful.bar.source
    assert [source.itemData(n) for n in range(source.count())] == ["own", "mnist", "drawn", "mixed", "kth/kth/64"]
    assert source.currentData() == "own"


def test_that_a_random_clip_is_one_that_exists(colourful: FuturesPage) -> None:
    bar = colourful.bar
    bar.index.setValue(5000)
    bar.source.setCurrentIndex(bar.source.findData("videos/holiday/64"))
    assert (bar.index.maximum(), bar.index.value()) == (1, 1)
    for _ in range(20):
        bar._shuffle()
        assert bar.index.value() in (0, 1)
    bar.split.setCurrentText("train")
    assert bar.index.maximum() == 39
    bar.source.setCurrentIndex(bar.source.findData("drawn"))
    assert bar.index.maximum() > 1_000_000


def test_that_val_is_offered_where_the_set_has_one(colourful: FuturesPage, store: Any, inspection: Any) -> None:
    bar = colourful.bar

    def offered() -> list[str]:
        return [bar.split.itemText(n) for n in range(bar.split.count())]

    assert offered() == ["test", "train"]
    with_val = replace(store("garden", channels=3), clips={"train": 5, "test": 3, "val": 2})
    without = store("holiday", channels=3)
    colourful.on_event(Job("data.clips:inspect"), inspection("videos", with_val, without))
    bar.source.setCurrentIndex(bar.source.findData("videos/garden/64"))
    assert offered() == ["test", "train", "val"]
    bar.split.setCurrentText("val")
    assert bar.index.maximum() == 1
    colourful.sample()
    assert config(colourful).split == "val"
    bar.source.setCurrentIndex(bar.source.findData("videos/holiday/64"))
    assert (offered(), bar.split.currentText()) == (["test", "train"], "test")
    colourful.show_clip(DataConfig(dataset="videos", data_root="/data", store="garden"), "val", 1)
    assert (bar.split.currentText(), config(colourful).split, bar.index.value()) == ("val", "val", 1)


def test_that_a_clip_of_a_converted_set_is_asked_for_with_its_number(colourful: FuturesPage) -> None:
    colourful.bar.source.setCurrentIndex(colourful.bar.source.findData("videos/holiday/64"))
    assert colourful.bar.index.maximum() == 1, "of the test clips"
    data = DataConfig(dataset="videos", data_root="/data", store="holiday")
    colourful.show_clip(data, "train", 37)
    wanted = config(colourful)
    assert (wanted.data, wanted.split, wanted.index) == (data, "train", 37)
    assert colourful.bar.source.currentText() == "holiday (Data page)"
    assert colourful.bar.clip_count == 40


@pytest.mark.parametrize(
    "data, words",
    [
        (DataConfig(dataset="kth", data_root="/data"), "64 px wide, in grey"),
        (DataConfig(dataset="videos", data_root="/data", store="large"), "128 px wide, in colour"),
        (DataConfig(dataset="kth", data_root="/elsewhere"), "64 or 128 px wide, in grey"),
    ],
)
def test_that_a_clip_the_model_cannot_take_is_said_and_not_sent(colourful: FuturesPage, data: DataConfig, words: str) -> None:
    jobs = len(colourful.studio.jobs)  # type: ignore[attr-defined]
    colourful.show_clip(data, "test", 3)
    assert colourful.banner.text == (
        f"This clip is {words}; the open model takes 64 px, colour: open a model that was trained on such clips."
    )
    assert len(colourful.studio.jobs) == jobs  # type: ignore[attr-defined]
    assert colourful.wall.stale
    colourful.open_model("fitting.pt")
    assert (config(colourful).data, config(colourful).index) == (data, 3), "the next model takes it"


def test_that_a_clip_chosen_before_there_is_a_model_is_the_first_it_takes(page: FuturesPage) -> None:
    data = DataConfig(dataset="videos", data_root="/data", store="holiday")
    page.show_clip(data, "train", 7)
    page.open_model("a.pt")
    assert (config(page).data, config(page).split, config(page).index) == (data, "train", 7)


def test_that_arrows_home_and_end_move_through_time_wherever_the_focus_is(shown: FuturesPage, qtbot: QtBot) -> None:
    button = shown.transport.loop
    shown.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    for key, frame in ((Qt.Key.Key_End, 7), (Qt.Key.Key_Left, 6), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1)):
        qtbot.keyClick(button, key)
        assert shown.playback.frame == frame


def test_that_arrows_belong_to_the_wall_while_it_has_the_focus(shown: FuturesPage, qtbot: QtBot) -> None:
    shown.activateWindow()
    shown.wall.setFocus()
    qtbot.waitUntil(shown.wall.hasFocus)
    qtbot.keyClick(shown.wall, Qt.Key.Key_Right)
    assert (shown.wall.selected, shown.playback.frame) == (1, 0)


def test_that_space_plays_and_pauses(shown: FuturesPage, qtbot: QtBot) -> None:
    qtbot.keyClick(shown, Qt.Key.Key_Space)
    assert shown.playback.playing
    qtbot.keyClick(shown.wall, Qt.Key.Key_Space)
    assert not shown.playback.playing


def test_that_plots_hold_every_future_and_follow_the_selection(shown: FuturesPage) -> None:
    shown.wall.select(2)
    shown.playback.seek(4)
    shown.plots.redraw()
    assert shown.plots.ssim.values[:, 4] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert shown.plots.ssim.mean()[4] == pytest.approx(0.25)
    assert np.isnan(shown.plots.ssim.mean()[0]), "given frames have no score"
    _, strong = shown.plots.ssim._strong.getData()
    assert strong[4] == pytest.approx(0.3)
    _, thin = shown.plots.psnr._thin.getData()
    assert np.isfinite(thin).sum() == 4 * 5
    assert "selected 0.3" in shown.plots.ssim.caption.text()
    assert "mean 0.25" in shown.plots.ssim.caption.text()


def test_that_clicking_a_plot_scrubs(shown: FuturesPage, qtbot: QtBot) -> None:
    shown.plots.redraw()
    plot = shown.plots.sigma.plot
    qtbot.waitUntil(lambda: plot.getViewBox().width() > 50)
    scene = plot.getViewBox().mapViewToScene(plot.getViewBox().viewRect().center())
    with qtbot.waitSignal(shown.plots.sought):
        qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.mapFromScene(scene))
    assert shown.playback.frame in (3, 4), "the middle of 8 frames"


def test_that_plots_made_late_show_what_came_before(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> None:
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.bar.n_futures.setValue(4)
    page.open_model("a.pt")
    feed(page, exploration())
    page.playback.play(False)
    page.make_plots()
    assert page.plots.sigma.values[:, 2] == pytest.approx([0.5, 0.6, 0.7, 0.8])
    assert page.plots.psnr.values[:, 7] == pytest.approx([10, 20, 30, 40])


def test_that_what_can_be_exported_is_selected_pinned_and_all(shown: FuturesPage) -> None:
    shown.wall.select(1)
    shown.wall.pin(0)
    shown.wall.pin(3)
    selected, pinned, best, everything = choices(shown.wall).values()
    assert [t.frames[0, 0, 0, 0] for t in selected.tiles] == [20]
    assert [t.frames[0, 0, 0, 0] for t in pinned.tiles] == [10, 40]
    assert [t.frames[0, 0, 0, 0] for t in best.tiles] == [40, 10], "the best, which is pinned itself, and the other one"
    assert [t.frames[0, 0, 0, 0] for t in everything.tiles] == [10, 20, 30, 40]
    assert everything.beside == {"truth", "posterior"}
    assert not selected.beside | pinned.beside
    beside = companions(shown.references)
    assert list(beside) == ["truth", "posterior", "mean", "spread"]
    assert [beside[name].n_past for name in ("truth", "posterior", "mean")] == [8, 3, 3], "truth is always given"
    assert beside["mean"].frames[7, 0, 0, 0] == 32, "the mean of 17, 27, 37 and 47"


def test_that_the_best_future_stands_before_the_chosen_ones_with_its_scores(shown: FuturesPage) -> None:
    shown.wall.select(1)
    found = choices(shown.wall)
    best = found["Best future, and the selected one (seed 4)"]
    assert [tile.caption for tile in best.tiles] == ["best · seed 4 · SSIM 0.400", "seed 2 · SSIM 0.200"]
    assert best.beside == {"truth", "posterior"}
    assert best.tiles[0].ssim[3:] == (0.4,) * 5
    assert best.tiles[1].psnr[3:] == (20.0,) * 5
    shown.wall.select(3)
    assert [tile.caption for tile in choices(shown.wall)["Best future (seed 4)"].tiles] == ["best · seed 4 · SSIM 0.400"]


def test_that_there_is_no_best_future_before_all_have_scores(page: FuturesPage, exploration: Explore) -> None:
    page.bar.n_past.setValue(3)
    page.bar.n_futures.setValue(4)
    page.open_model("runs/a/checkpoints/last.pt")
    feed(page, exploration()[:-1])
    assert not any(title.startswith("Best") for title in choices(page.wall))
    feed(page, exploration()[-1:])
    assert any(title.startswith("Best") for title in choices(page.wall))


def test_that_captions_of_an_export_are_whole_however_small_the_tiles_are(shown: FuturesPage) -> None:
    captions, on_the_wall = [], []
    for factor in (1, 16):
        shown.wall.set_factor(factor)
        on_the_wall.append(shown.wall.films[0].caption)  # type: ignore[union-attr]
        captions.append([tile.caption for tile in list(choices(shown.wall).values())[-1].tiles])
    assert on_the_wall[0] != on_the_wall[1]
    assert captions[0] == captions[1] == [f"seed {n} · SSIM 0.{n}00" for n in (1, 2, 3, 4)]


def test_that_the_export_dialog_names_its_file_after_model_clip_and_what_is_exported(shown: FuturesPage) -> None:
    shown.export()
    dialog = shown.findChild(ExportDialog)
    assert dialog is not None
    assert Path(dialog.path.text()).name == "a-test-0-seed-1.gif"
    assert all(box.isEnabled() for box in dialog.fields.beside.values())
    dialog.what.setCurrentIndex(dialog.what.count() - 1)
    assert Path(dialog.path.text()).name == "a-test-0-wall.gif"
    dialog.close()


def test_that_every_control_has_a_name_for_screen_readers(shown: FuturesPage) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox

    for kind in (QAbstractSpinBox, QComboBox, QAbstractButton):
        for control in shown.findChildren(kind):
            named = control.accessibleName() or getattr(control, "text", str)()
            assert named or control.objectName().startswith("qt_"), control


def test_that_real_events_cross_from_a_real_lane(
    start_lane: Callable[[str], Worker], jobs_of: Callable[..., None], exploration: Explore, qtbot: QtBot
) -> None:
    jobs_of("sampling.futures", explore=lambda config: iter_of(exploration(config.n_futures, seed=config.seed)))
    lane = start_lane("studio")
    page = FuturesPage(lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    page.bar.n_futures.setValue(5)
    page.bar.seed.setValue(30)
    page.open_model("a.pt")
    qtbot.waitUntil(lambda: len(page.wall.futures) == 5 and page.job is None)
    page.playback.play(False)
    assert page.wall.futures[4].seed == 34
    assert page.references.posterior is not None


def iter_of(events: list[Event]) -> Iterator[Event]:
    """A generator, as jobs are."""
    yield from events


def test_that_the_page_needs_no_torch_to_show_futures() -> None:
    import subprocess

    script = "import svg_studio.ui.futures.page, sys; sys.exit('torch' in sys.modules or 'pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_that_an_event_for_a_place_that_is_not_there_is_left_out(shown: FuturesPage, video: Callable[..., np.ndarray]) -> None:
    feed(shown, [FutureSampled(400, 1, 3, video(0), (1.0,) * 8), PosteriorReconstructed(video(1))])
    assert 400 not in shown.wall.futures


def test_that_messages_lie_over_the_plots_and_over_tiles_or_controls_only_where_those_are_away(
    page: FuturesPage, exploration: Explore, qtbot: QtBot
) -> None:
    page.bar.n_past.setValue(3)
    page.bar.n_futures.setValue(4)
    page.open_model("runs/a/checkpoints/last.pt")
    page.banner.show_info("something is said")
    feed(page, exploration())

    def lies_over(strip: Strip, part: QWidget | None) -> bool:
        assert part is not None
        return QRect(part.mapTo(page, QPoint()), part.size()).contains(strip.geometry())

    QApplication.processEvents()
    assert lies_over(page.banner, page.plots)
    for alone, part in ((True, page.view.right), (False, page.plots)):
        page.set_wall_alone(alone)
        QApplication.processEvents()
        assert part is not None
        assert lies_over(page.banner, part)
        assert part.mapTo(page, part.rect().bottomLeft()).y() - page.banner.geometry().bottom() == MARGIN
    page.reopening.offer.make("and something is asked", {"Yes": lambda: None})
    strips = (page.banner, page.reopening.offer)
    qtbot.waitUntil(lambda: all(lies_over(strip, page.plots) or lies_over(strip, page.view.right) for strip in strips))
    assert not strips[0].geometry().intersects(strips[1].geometry())
    page.set_wall_alone(True)
    qtbot.waitUntil(lambda: all(lies_over(strip, page.view.right) for strip in strips))


def test_that_models_are_compared_on_the_clip_that_is_open(shown: FuturesPage) -> None:
    shown.bar.index.setValue(12)
    shown.bar.compare_button.click()
    assert shown.comparison is not None
    asked = shown.comparison.asking.config
    assert (asked.model_path, asked.index, asked.n_past) == (str(Path("runs/a/checkpoints/last.pt")), 12, 3)
    assert asked.data is not None, "or each model would be shown on clips of its own"
    first = shown.comparison
    shown.compare()
    assert shown.comparison is first
    first.close()
    assert shown.comparison is None
    shown.compare()
    assert shown.comparison is not first
    shown.comparison.close()


def test_that_there_is_nothing_to_compare_without_a_model(page: FuturesPage) -> None:
    assert not page.bar.compare_button.isEnabled()
    assert "open one first" in page.bar.compare_button.toolTip()
    page.compare()
    assert page.comparison is None
    assert "Open a model" in page.banner.text


def test_that_snapshots_of_a_run_in_training_reach_the_comparison(shown: FuturesPage) -> None:
    shown.compare()
    assert shown.comparison is not None
    run = Path("runs/b")
    shown.comparison.add_run(run)
    before = len(shown.studio.jobs)  # type: ignore[attr-defined]
    snapshot = CheckpointSaved(run / "checkpoints" / "snapshots" / "step_4.pt", 4, "snapshot")
    shown.on_event(Job("training.train:train"), snapshot)
    assert [job.target for job in shown.studio.jobs[before:]] == ["runs.snapshots:list_snapshots"]  # type: ignore[attr-defined]
    shown.comparison.close()

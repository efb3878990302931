"""The Steer panel on the Futures page: what the hand asks for, what is seen of it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from support.futures_page import feed, four_futures

from svg_studio.engine.address import Path, Segment, forked, path_of
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import Event, Failed, Finished, FramesImagined, FutureSampled, LatentUse, ModelOpened, Stopped
from svg_studio.engine.models.registry import build
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.futures.steer.controls import SteerControls
from svg_studio.ui.futures.steer.panel import SteerPanel
from svg_studio.ui.futures.steer.steering import MEASURE, STEER

Explore = Callable[..., list[Event]]


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> Iterator[FuturesPage]:
    """The second of four futures is selected, frame 4 is seen, and the panel is open."""
    with four_futures(quiet_lane, qtbot, [*exploration(), Finished()]) as page:
        page.playback.seek(4)
        page.wall.select(1)
        page.set_steering(True)
        yield page


def panel(page: FuturesPage) -> SteerPanel:
    return page.steer


def controls(page: FuturesPage) -> SteerControls:
    return page.steer.controls


def jobs(page: FuturesPage, target: str = STEER) -> list[Job]:
    return [job for job in page.studio.jobs if job.target == target]  # type: ignore[attr-defined]


def say(page: FuturesPage, *events: Event) -> None:
    """What the job in the panel's hand would say."""
    job = panel(page).steering.job
    assert job is not None
    feed(page, events, job)


def idle(page: FuturesPage) -> None:
    """Nothing is measured any more."""
    say(page, LatentUse(tuple(0.1 * k for k in range(10)), 64), Finished())


def wished(page: FuturesPage) -> Path:
    """The newest wish, once the lane is free for it."""
    while (job := panel(page).steering.job) is not None and (job.stopping or job.target == MEASURE):
        say(page, Stopped())
    return jobs(page)[-1].arguments["path"]


def arrive(page: FuturesPage, value: int = 200) -> np.ndarray:
    """The steered future comes, whole; its frames."""
    truth = page.references.truth
    assert truth is not None
    frames = np.full((8, *truth.shape[1:]), value, np.uint8)
    frames[:3] = truth[:3]
    for t in range(3, 8):
        say(page, FramesImagined(t, 3, 8, frames[t][None]))
    say(page, FutureSampled(0, 1, 3, frames, (0.1,) * 8), Finished())
    return frames


def seen(page: FuturesPage) -> list[int]:
    film = panel(page).tiles.steered
    assert film is not None
    return [int(film.at(t)[0, 0, 0]) for t in range(8)]


def slide(page: FuturesPage, dimension: int, sigma: float) -> None:
    row = next(row for row in controls(page).sliders.rows if row.dimension == dimension)
    row.slider.setValue(round(sigma / 0.05))


# ---- open and closed


def test_that_s_opens_the_panel_beside_the_wall_and_closes_it(page: FuturesPage, qtbot: QtBot) -> None:
    button = page.view.branches.steer_button
    assert panel(page).isVisible()
    assert button.isChecked()
    assert page.wall.width() > 200
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_S)
    assert not panel(page).isVisible()
    assert not button.isChecked()
    button.click()
    assert panel(page).isVisible()
    panel(page).close_button.click()
    assert not panel(page).isVisible()


def test_that_a_closed_panel_does_nothing(page: FuturesPage) -> None:
    page.set_steering(False)
    job = jobs(page, MEASURE)[-1]
    assert job.stopping
    feed(page, [Stopped()], job)
    page.wall.select(2)
    page.playback.seek(6)
    assert panel(page).subject is None
    assert panel(page).steering.job is None
    assert len(jobs(page, MEASURE)) == 1


def test_that_without_a_wall_there_is_nothing_to_open(quiet_lane: Any, qtbot: QtBot) -> None:
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.show()
    page.set_steering(True)
    assert not panel(page).isVisible()
    assert not page.view.branches.steer_button.isChecked()


# ---- what the hand asks for


def test_that_it_acts_on_the_selected_future_after_the_frame_that_is_seen(page: FuturesPage) -> None:
    assert panel(page).where.text() == "seed 2, from frame 6 on"
    controls(page).temperature.setValue(70)
    assert wished(page) == forked(path_of(2), 5, Segment(5, seed=2, temperature=1.4))
    job = jobs(page)[-1]
    origin = page.wall.origin
    assert origin is not None
    assert job.arguments["sha256"] == origin.opened.sha256
    config = job.arguments["config"]
    assert (config.model_path, config.n_past, config.n_future, config.device) == (str(origin.path), 3, 5, page.bar.device)


def test_that_the_frame_follows_the_clock_until_the_hand_moves(page: FuturesPage) -> None:
    page.playback.seek(0)
    assert panel(page).at == 3, "the first that is imagined"
    page.playback.seek(5)
    assert panel(page).at == 6
    controls(page).temperature.setValue(70)
    page.playback.play(False)
    page.playback.seek(1)
    assert panel(page).at == 6
    assert panel(page).here.isEnabled()
    panel(page).here.click()
    assert panel(page).at == 3
    assert wished(page) == forked(path_of(2), 3, Segment(3, seed=2, temperature=1.4))
    panel(page).reset.click()
    assert not panel(page).steered
    assert controls(page).temperature.number == 1.0
    page.playback.seek(4)
    assert panel(page).at == 5


def test_that_the_clock_plays_where_it_stood_before_what_the_hand_changes(page: FuturesPage) -> None:
    controls(page).temperature.setValue(70)
    assert page.playback.playing
    page.playback.play(False)
    page.playback.seek(6)
    controls(page).temperature.setValue(40)
    assert not page.playback.playing, "frame 6 is changed, and stays in sight"


def test_that_every_control_is_a_part_of_the_path(page: FuturesPage, qtbot: QtBot) -> None:
    idle(page)
    slide(page, 9, 1.5)
    offset = (*(0.0,) * 9, 1.5)
    assert wished(page)[-1] == Segment(5, seed=2, offset=offset)
    page.playback.play(False)
    controls(page).pad.setFocus()
    qtbot.keyClick(controls(page).pad, Qt.Key.Key_Up)
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    assert wished(page)[-1].offset == (*(0.0,) * 8, 0.1, 1.5), "z8 carries second most"
    controls(page).redraw.click()
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    assert wished(page)[-1].seed == 5, "nobody has it"
    controls(page).hold.click()
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    assert wished(page)[-1].kind == "hold"
    controls(page).borrow.click()
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    borrowed = wished(page)[-1]
    assert (borrowed.kind, borrowed.clip and borrowed.clip.split, borrowed.clip and borrowed.clip.index) == ("borrow", "test", 1)
    assert not controls(page).hold.isChecked()
    controls(page).index.setValue(40)
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    clip = wished(page)[-1].clip
    assert clip is not None
    assert (clip.index, clip.n_frames) == (40, 8)


def test_that_a_future_is_blended_with_another_of_the_wall(page: FuturesPage) -> None:
    idle(page)
    other = controls(page).other
    assert [other.itemText(n) for n in range(other.count())] == ["seed 1", "seed 3", "seed 4"]
    other.setCurrentIndex(2)
    assert not jobs(page), "nothing of it is mixed in yet"
    controls(page).weight.setValue(25)
    assert wished(page)[-1] == Segment(5, "blend", seed=2, other=4, weight=0.25)
    controls(page).hold.click()
    assert not controls(page).weight.isEnabled()
    assert "no noise to blend" in controls(page).weight.toolTip()
    assert not controls(page).temperature.isEnabled()
    assert "redraw it first" in controls(page).temperature.toolTip()
    controls(page).redraw.click()
    assert controls(page).weight.isEnabled()
    assert controls(page).temperature.isEnabled()


def test_that_z_cannot_be_held_where_there_is_none_before(page: FuturesPage, exploration: Explore) -> None:
    page.bar.n_past.setValue(1)
    page.sample()
    feed(page, [*exploration(n_past=1), Finished()])
    page.playback.play(False)
    page.playback.seek(0)
    assert panel(page).at == 1
    assert not controls(page).hold.isEnabled()
    assert "no z before this frame" in controls(page).hold.toolTip()
    page.playback.seek(1)
    assert controls(page).hold.isEnabled()


def test_that_work_in_hand_is_dropped_when_the_hand_moves_on(page: FuturesPage) -> None:
    idle(page)
    for value in range(60, 90):
        controls(page).temperature.setValue(value)
    assert len(jobs(page)) == 1
    say(page, FramesImagined(5, 3, 8, np.zeros((1, 8, 8, 1), np.uint8)))
    assert jobs(page)[0].stopping
    assert wished(page)[-1].temperature == 1.78
    assert len(jobs(page)) == 2


# ---- what is seen


def test_that_the_picture_grows_beside_the_original_on_the_walls_clock(page: FuturesPage) -> None:
    idle(page)
    tiles = panel(page).tiles
    assert seen(page) == [int(page.wall.films[1].at(t)[0, 0, 0]) for t in range(8)]  # type: ignore[union-attr]
    controls(page).temperature.setValue(70)
    page.playback.play(False)
    say(page, FramesImagined(3, 3, 8, np.full((1, 8, 8, 1), 77, np.uint8)))
    assert seen(page)[3] == 77
    assert tiles.films[1] is not None
    assert tiles.films[1].caption == "steered, making…"
    arrive(page)
    assert seen(page)[3:] == [200] * 5
    assert tiles.films[1].caption == "steered"
    page.playback.seek(6)
    assert tiles.frame == 6
    assert tiles.films[0] is not None
    assert np.array_equal(tiles.films[0].at(6), page.wall.futures[1].frames[6])


def test_that_what_z_carries_orders_sliders_and_pad_and_is_measured_once(page: FuturesPage) -> None:
    assert "Measuring" in controls(page).sliders.note.text()
    idle(page)
    assert [row.dimension for row in controls(page).sliders.rows[:3]] == [9, 8, 7]
    assert controls(page).dimension.currentText() == "along z9"
    assert "64 test clips" in controls(page).sliders.note.text()
    page.set_steering(False)
    page.set_steering(True)
    page.wall.select(3)
    assert len(jobs(page, MEASURE)) == 1
    assert [row.dimension for row in controls(page).sliders.rows[:3]] == [9, 8, 7]


def test_that_where_it_cannot_be_measured_the_reason_is_there(page: FuturesPage) -> None:
    say(page, Failed("There are no test clips."))
    assert controls(page).sliders.note.text() == "There are no test clips."
    slide(page, 2, 1.0)
    assert wished(page)[-1].offset[2] == 1.0


def test_that_a_checkpoint_that_changed_is_said_and_nothing_is_lost(page: FuturesPage) -> None:
    idle(page)
    controls(page).temperature.setValue(70)
    say(page, Failed("a.pt: the file has changed since these futures were made; press Sample."))
    assert "a.pt" in page.banner.text
    assert controls(page).temperature.number == 1.4
    assert len(page.wall.futures) == 4


# ---- what becomes of it


def asked(page: FuturesPage) -> tuple[Path, ...]:
    return jobs(page, "sampling.futures:imagine_paths")[-1].arguments["paths"]


def test_that_keep_puts_it_into_the_tree(page: FuturesPage) -> None:
    assert not panel(page).keep_button.isEnabled()
    assert "Nothing was moved" in panel(page).keep_button.toolTip()
    idle(page)
    controls(page).temperature.setValue(70)
    path = wished(page)
    frames = arrive(page)
    panel(page).keep_button.click()
    assert asked(page) == (path_of(2), path)
    assert seen(page)[3:] == [200] * 5, "it stays in sight until the wall has it"
    assert panel(page).steered
    parent = np.zeros_like(frames)
    for t in range(3, 8):
        feed(page, [FramesImagined(t, 3, 8, np.stack([parent[t], frames[t]]))])
    feed(page, [FutureSampled(0, 2, 3, parent, (0.1,) * 8), FutureSampled(1, 2, 3, frames, (0.1,) * 8), Finished()])
    assert page.wall.names == ["parent: seed 2", "seed 2 × 1.4"]
    assert panel(page).where.text().startswith("seed 2 × 1.4, from frame")
    assert not panel(page).steered
    assert controls(page).temperature.number == 1.4, "the hand goes on from what was kept"
    assert seen(page)[3:] == [200] * 5


def test_that_a_traversal_comes_onto_the_wall(page: FuturesPage) -> None:
    idle(page)
    controls(page).dimension.setCurrentIndex(1)
    controls(page).traverse_button.click()
    parent, *children = asked(page)
    assert parent == path_of(2)
    assert [(child[-1].offset or (0,) * 10)[8] for child in children] == [-3, -2, -1, 0, 1, 2, 3]
    assert {(child[-1].start, child[-1].seed) for child in children} == {(5, 2)}
    steps = ("-3", "-2", "-1", "0", "+1", "+2", "+3")
    assert page.view.branches.showing.names == ["parent: seed 2", *(f"z8 {step}σ" for step in steps)]


def test_that_another_future_is_begun_with_from_what_it_is(page: FuturesPage) -> None:
    idle(page)
    controls(page).temperature.setValue(70)
    page.wall.select(2)
    assert jobs(page)[-1].stopping
    assert panel(page).where.text() == f"seed 3, from frame {page.playback.frame + 2} on"
    assert controls(page).temperature.number == 1.0
    assert not panel(page).steered


def test_that_names_and_pins_leave_the_hand_where_it_is(page: FuturesPage) -> None:
    idle(page)
    controls(page).temperature.setValue(70)
    page.wall.pin(0)
    page.view.branches.rename(page.view.branches.showing.nodes[1].key, "left turn")
    assert controls(page).temperature.number == 1.4
    assert panel(page).steered
    assert panel(page).where.text().startswith("left turn, from frame")


def test_that_nothing_is_steered_while_another_model_is_named(page: FuturesPage) -> None:
    page.open_model("b.pt")
    page.banner.clear()
    controls(page).temperature.setValue(70)
    assert not jobs(page)
    assert "The wall is still that of" in page.banner.text


def test_that_from_the_last_frame_nothing_follows(page: FuturesPage) -> None:
    page.set_steering(False)
    page.playback.seek(7)
    page.set_steering(True)
    assert "last frame" in panel(page).where.text()
    controls(page).temperature.setValue(70)
    assert not jobs(page)
    assert "last frame" in page.banner.text


def test_that_sampling_does_not_wait_for_what_is_measured(page: FuturesPage) -> None:
    measuring = jobs(page, MEASURE)[-1]
    page.sample()
    assert measuring.stopping


# ---- reach


def test_that_every_control_is_named_and_reached_with_tab(page: FuturesPage) -> None:
    idle(page)
    for part in panel(page).findChildren(QWidget):
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isEnabled():
            text = part.property("text")
            inner = part.parent() in (controls(page).index,)
            assert part.accessibleName() or text or inner, part
    assert controls(page).pad.focusPolicy() == Qt.FocusPolicy.StrongFocus


@pytest.mark.parametrize("size", [(918, 640), (1198, 740)])
def test_that_it_can_be_used_in_a_small_window(page: FuturesPage, size: tuple[int, int], qtbot: QtBot) -> None:
    page.resize(*size)
    page.set_steering(False)
    page.set_steering(True)
    qtbot.waitUntil(lambda: page.rect().contains(panel(page).mapTo(page, panel(page).rect().bottomRight())))
    assert page.minimumSizeHint().width() <= size[0]
    assert page.wall.visibleRegion().boundingRect().width() >= 150
    area, inside = panel(page).area, panel(page).controls
    assert inside.width() <= area.viewport().width(), "nothing is cut off at the right"
    assert area.viewport().height() >= 60
    for part in (panel(page).keep_button, panel(page).tiles):
        corner = part.mapTo(page, QPoint(part.width(), part.height()))
        assert page.rect().contains(corner - QPoint(1, 1))


# ---- with a real model on a real lane


def test_that_what_is_kept_is_to_the_pixel_what_was_seen(
    start_lane: Callable[[str], Worker], qtbot: QtBot, tmp_path: FilePath
) -> None:
    torch.manual_seed(3)
    trained = TrainConfig(model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DataConfig(digits="drawn"))
    model = build(trained.model)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3).add_(0.05 * torch.randn_like(p))
    checkpoint.save(tmp_path / "m.pt", model, trained, 3)
    lane = start_lane("studio")
    page = FuturesPage(lane)
    qtbot.addWidget(page)
    lane.happened.connect(page.on_event)
    page.resize(1100, 700)
    page.show()
    page.bar.n_past.setValue(3)
    page.bar.n_future.setValue(5)
    page.bar.n_futures.setValue(4)
    page.open_model(tmp_path / "m.pt")
    qtbot.waitUntil(lambda: len(page.wall.futures) == 4 and page.job is None, timeout=60_000)
    page.playback.play(False)
    page.playback.seek(4)
    page.wall.select(1)
    page.set_steering(True)
    for value in (20, 60, 85):
        controls(page).temperature.setValue(value)
    slide(page, 1, -2.0)
    steering = panel(page).steering
    film = panel(page).tiles.steered
    assert film is not None
    qtbot.waitUntil(lambda: not steering.busy and film.made is None and len(film.frames) == 5, timeout=60_000)
    page.playback.play(False)
    kept = np.stack([film.at(t) for t in range(8)])
    assert not np.array_equal(kept, page.wall.futures[1].frames)
    panel(page).keep()
    qtbot.waitUntil(lambda: page.job is None and len(page.wall.futures) == 2, timeout=60_000)
    assert np.array_equal(page.wall.futures[1].frames, kept)
    assert np.array_equal(page.wall.futures[0].frames[:5], kept[:5])
    page.playback.play(False)


def test_that_the_model_says_how_many_sliders_there_are(page: FuturesPage) -> None:
    opened = page.opened
    assert isinstance(opened, ModelOpened)
    origin = page.wall.origin
    assert origin is not None
    page.wall.origin = replace(origin, opened=replace(opened, model={**opened.model, "z_dim": 3}, sha256="f" * 64))
    panel(page).refresh()
    assert len(controls(page).sliders.rows) == 3

"""The Futures page fills its wall frame by frame, and stays truthful wherever that is cut off."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from support.futures_page import feed

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import Event, Failed, Finished, FramesImagined, FutureSampled, Stopped
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.futures.references import MEAN, SPREAD

Explore = Callable[..., list[Event]]
END = 2 + 5  # of what `exploration` says, where the last imagined frame has come and no complete future


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot) -> Iterator[FuturesPage]:
    """Waits for four futures of a clip of 8 frames, of which three are given."""
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.bar.n_past.setValue(3)
    page.bar.n_futures.setValue(4)
    page.open_model("a.pt")
    page.playback.play(False)
    page._started = True  # stands still
    yield page
    page.playback.play(False)


def made(page: FuturesPage) -> list[int | None]:
    return [film.made for film in page.wall.films if film is not None]


def at(page: FuturesPage, number: int, t: int) -> int:
    film = page.wall.films[number]
    assert film is not None
    return int(film.at(t)[0, 0, 0])


def test_that_given_frames_are_on_the_wall_before_any_is_imagined(page: FuturesPage, exploration: Explore) -> None:
    feed(page, exploration()[:2])
    assert page.wall.isVisible()
    assert made(page) == [3] * 4
    assert [at(page, 2, t) for t in (0, 2, 7)] == [100, 102, 102]
    assert not page.bar.export_button.isEnabled()


def test_that_every_tile_grows_by_each_frame_and_so_do_mean_and_spread(page: FuturesPage, exploration: Explore) -> None:
    events = exploration()
    feed(page, events[:2])
    for n, t in enumerate(range(3, 8)):
        feed(page, events[2 + n : 3 + n])
        assert made(page) == [t + 1] * 4
        assert [at(page, k, t) for k in range(4)] == [10 + t, 20 + t, 30 + t, 40 + t]
        mean, spread = page.references.films[MEAN], page.references.films[SPREAD]
        assert mean is not None
        assert spread is not None
        assert (mean.made, spread.made) == (t + 1, t + 1)
        assert (int(mean.at(t)[0, 0, 0]), int(spread.at(t)[0, 0, 0])) == (25 + t, 22)
        assert (int(mean.at(1)[0, 0, 0]), int(spread.at(1)[0, 0, 0])) == (101, 0), "given frames are the truth's"
    assert [film.caption for film in page.references.films if film] == ["truth", "mean of 4", "spread ×2"]
    assert not page.wall.futures
    feed(page, events[END:])
    assert made(page) == [None] * 4
    assert [at(page, k, 7) for k in range(4)] == [17, 27, 37, 47]


def test_that_old_futures_stay_faint_until_the_first_new_frame(page: FuturesPage, exploration: Explore) -> None:
    feed(page, [*exploration(), Finished()])
    assert page.bar.export_button.isEnabled()
    page.sample()
    events = exploration(seed=50)
    feed(page, events[:2])
    assert page.wall.stale
    assert len(page.wall.futures) == 4
    feed(page, events[2:3])
    assert not page.wall.stale
    assert not page.wall.futures
    assert made(page) == [4] * 4
    assert not page.bar.export_button.isEnabled()
    assert choices(page.wall) == {}
    feed(page, events[3:])
    assert page.bar.export_button.isEnabled()
    assert page.wall.futures[0].seed == 50


@pytest.mark.parametrize("end", [Stopped(), Failed("out of memory; ask for fewer futures")])
def test_that_half_futures_stay_look_half_and_are_not_exported(page: FuturesPage, exploration: Explore, end: Event) -> None:
    feed(page, [*exploration()[:4], end])
    assert page.job is None
    assert page.wall.isVisible()
    assert made(page) == [5] * 4
    assert all("5/8" in film.caption for film in page.wall.films if film is not None)
    assert "5/8" in (page.references.films[MEAN] or page.wall.growing[0]).caption
    assert choices(page.wall) == {}
    assert not page.bar.export_button.isEnabled()
    page.export()
    assert "No future on the wall is complete" in page.banner.text


def test_that_of_a_job_cut_off_among_its_futures_the_complete_ones_are_exported(page: FuturesPage, exploration: Explore) -> None:
    feed(page, exploration()[: END + 2])
    page.wall.pin(1)
    page.wall.pin(3)
    page.wall.select(3)
    feed(page, [Stopped()])
    assert made(page) == [None, None, 8, 8]
    found = choices(page.wall)
    assert list(found) == ["Pinned futures (1)", "Complete futures (2)"]
    assert [[int(tile.frames[7, 0, 0, 0]) for tile in choice.tiles] for choice in found.values()] == [[27], [17, 27]]
    assert page.bar.export_button.isEnabled()


def test_that_a_job_cut_off_before_it_imagined_anything_leaves_the_empty_page(page: FuturesPage, exploration: Explore) -> None:
    feed(page, [*exploration()[:2], Stopped()])
    assert page.empty.isVisible()
    assert not page.wall.isVisible()


def test_that_a_change_midway_halts_the_old_futures_and_what_they_still_say_is_not_shown(
    page: FuturesPage, exploration: Explore
) -> None:
    events, old = exploration(), page.job
    feed(page, events[:4])
    page.sample()
    assert old is not None
    assert old.stopping
    assert page.wall.stale
    assert "5/8" in page.wall.growing[0].caption
    feed(page, events[4:5], old)
    assert made(page) == [5] * 4
    feed(page, exploration(n_futures=4, seed=50)[:3])
    assert made(page) == [4] * 4
    assert not page.wall.stale
    assert "making" in page.wall.growing[0].caption or "…" in page.wall.growing[0].caption


def test_that_a_pin_set_while_a_future_is_made_outlasts_its_making(page: FuturesPage, exploration: Explore) -> None:
    events = exploration()
    feed(page, events[:2])
    page.wall.pin(2)
    feed(page, events[2:])
    assert page.wall.pinned == [2]
    assert "Pinned futures (1)" in choices(page.wall)


def test_that_a_real_model_fills_the_wall_frame_by_frame(start_lane: Callable[[str], Worker], tmp_path: Path, qtbot: QtBot) -> None:
    from svg_studio.engine.checkpoints import checkpoint
    from svg_studio.engine.models.registry import build

    config = TrainConfig(
        model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DataConfig(digits="drawn", num_digits=1)
    )
    checkpoint.save(tmp_path / "m.pt", build(config.model), config, 3)
    lane = start_lane("studio")
    page = FuturesPage(lane)
    qtbot.addWidget(page)
    early: list[FramesImagined] = []
    grown: list[list[int | None]] = []
    whole: list[FutureSampled] = []

    def watch(job: Job, event: Event) -> None:
        page.on_event(job, event)
        if isinstance(event, FramesImagined):
            early.append(event)
            grown.append(made(page))
        elif isinstance(event, FutureSampled):
            whole.append(event)

    lane.happened.connect(watch)
    page.bar.n_past.setValue(2)
    page.bar.n_future.setValue(3)
    page.bar.n_futures.setValue(2)
    page.open_model(tmp_path / "m.pt")
    qtbot.waitUntil(lambda: page.job is None and len(page.wall.futures) == 2, timeout=60_000)
    page.playback.play(False)
    lane.happened.disconnect(watch)
    assert not page.banner.isVisible()
    assert grown == [[3, 3], [4, 4], [5, 5]]
    for k, future in enumerate(whole):
        assert np.array_equal(np.stack([e.frames[k] for e in early]), future.frames[2:])
    assert page.wall.futures == dict(enumerate(whole))
    assert "torch" in sys.modules, "on the lane"

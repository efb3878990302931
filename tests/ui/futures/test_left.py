"""The page comes back as it was left, whatever stands in the settings."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.events import Event, Failed, Finished, ModelOpened
from svg_studio.paths import resource
from svg_studio.ui.futures.page import FuturesPage

Explore = Callable[..., list[Event]]
MODEL = Path("runs/a/checkpoints/last.pt")
KTH = DataConfig(dataset="kth", data_root="/data")


@pytest.fixture
def make(quiet_lane: Any, qtbot: QtBot) -> Callable[[], FuturesPage]:
    """Makes pages."""

    def made() -> FuturesPage:
        page = FuturesPage(quiet_lane)
        qtbot.addWidget(page)
        return page

    return made


def feed(page: FuturesPage, events: list[Event]) -> None:
    job = page.job
    assert job is not None
    for event in events:
        page.on_event(job, event)
    page.playback.play(False)


def config(page: FuturesPage) -> FuturesConfig:
    found: FuturesConfig = page.studio.jobs[-1].arguments["config"]  # type: ignore[attr-defined]
    return found


def test_that_model_clip_and_settings_come_back(make: Callable[[], FuturesPage], exploration: Explore) -> None:
    page = make()
    for name, value in (("n_past", 3), ("n_future", 5), ("n_futures", 4), ("seed", 70), ("index", 12)):
        getattr(page.bar, name).setValue(value)
    page.bar.split.setCurrentText("train")
    page.open_model(MODEL, "drawn")
    feed(page, [*exploration(seed=70), Finished()])
    page.view.tile_size.setCurrentIndex(page.view.tile_size.findData(1.5))
    page.view.arrangement.choose(page.view.arrangement.sort, "psnr")
    state = json.loads(json.dumps(page.state()))

    again = make()
    assert again.restore(state)
    wanted = config(again)
    assert Path(wanted.model_path) == MODEL
    assert (wanted.split, wanted.index, wanted.n_past, wanted.n_future, wanted.n_futures, wanted.seed) == ("train", 12, 3, 5, 4, 70)
    assert again.bar.source.currentData() == "drawn"
    assert again.view.tile_size.currentText() == "1½×"
    assert again.view.arrangement.sort.currentData() == "psnr"
    feed(again, exploration(seed=70)[:1])
    feed(again, [*exploration(seed=70), Finished()])
    assert not again.wall.stale
    assert again.state() == state


def test_that_clips_of_a_converted_set_come_back_before_anybody_looked_what_is_there(
    make: Callable[[], FuturesPage], exploration: Explore
) -> None:
    page = make()
    page.open_model(MODEL)
    feed(page, [*exploration(), Finished()])
    page.show_clip(KTH, "train", 37)
    state = page.state()
    again = make()
    assert again.restore(state)
    assert (config(again).data, config(again).split, config(again).index) == (KTH, "train", 37)
    assert again.bar.source.currentText() == "KTH actions (as last time)"


def test_that_clips_that_are_gone_give_way_to_the_models_own(make: Callable[[], FuturesPage], exploration: Explore) -> None:
    page = make()
    assert page.restore({"model": str(MODEL), "data": KTH.to_json(), "index": 4})
    feed(page, [exploration()[0], Failed("/data/kth: there is no such set")])
    assert config(page).data is None
    assert "its own data" in page.banner.text


def test_that_the_demo_is_not_named(make: Callable[[], FuturesPage], exploration: Explore) -> None:
    page = make()
    demo = resource("demo.pt")
    page.open_model(demo)
    first, *rest = exploration()
    assert isinstance(first, ModelOpened)
    feed(page, [ModelOpened(demo, first.model, first.data, 1, 1, "CPU", "fp32"), *rest])
    assert "model" not in page.state()
    assert not make().restore(page.state())


def test_that_a_file_that_could_not_be_opened_is_not_named(make: Callable[[], FuturesPage]) -> None:
    page = make()
    page.open_model("gone.pt")
    assert "model" not in page.state()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"n_past": "five", "n_futures": None, "seed": [1], "index": {}, "tiles": {"a": 1}, "sort": 7, "split": 3},
        {"n_past": -4, "n_futures": 10**30, "seed": -(10**30), "index": True, "n_future": 2.5},
        {"tiles": "huge", "sort": "colour", "split": "dev", "source": "nowhere"},
        {"model": 5, "data": "{"},
        {"model": "", "data": "[]", "source": None},
        {"model": "a\0b"},
    ],
)
def test_that_damaged_values_are_passed_over(make: Callable[[], FuturesPage], state: dict[str, object]) -> None:
    page = make()
    assert not page.restore(state)
    fresh = make().state()
    found = page.state()
    for name in ("split", "tiles", "sort", "index"):
        assert found[name] == fresh[name]
    assert 1 <= int(found["n_past"]) <= 1000
    assert 1 <= int(found["n_futures"]) <= 400


@pytest.mark.parametrize("data", ["{", "[" * 100_000, '{"dataset": 5}', '{"nonsense": 1}', "null", '"kth"'])
def test_that_a_model_is_opened_with_its_own_data_where_the_clips_are_not_readable(
    make: Callable[[], FuturesPage], data: str
) -> None:
    page = make()
    assert page.restore({"model": str(MODEL), "data": data, "source": "mixed", "split": "test"})
    assert Path(config(page).model_path) == MODEL
    assert page.bar.source.currentData() == "mixed"

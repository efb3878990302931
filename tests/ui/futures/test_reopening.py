"""An export opens again: its model is looked for by its bytes, and asked for where it is not there or is another one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.address import Address, ClipAddress, Segment, forked, path_of
from svg_studio.engine.address import Path as AddressPath
from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.events import Event, Failed, ModelOpened, ModelSought, RecipeRead
from svg_studio.engine.recipe import Future, Recipe
from svg_studio.engine.worker import Job
from svg_studio.ui import recents
from svg_studio.ui.futures import page as page_module
from svg_studio.ui.futures.export_choices import choices
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.futures.reopening import ANYWAY, CHOOSE, NOT_NOW

SHA, FILE = "a" * 64, Path("wall.gif")
SEEDS = tuple(path_of(seed) for seed in (4, 5, 6, 7))
FORKS = (path_of(4), forked(path_of(4), 5, Segment(5, seed=9)), path_of(4, 0.5), path_of(7))


ASKED = {"model_path": "m", "data": DataConfig(digits="drawn"), "index": 17, "n_past": 3, "n_future": 5}


def recipe_of(paths: tuple[AddressPath, ...] = SEEDS, *, others: int = 0, **clip: Any) -> Recipe:
    address = ClipAddress.of(FuturesConfig(**{**ASKED, **clip}))
    futures = [Future(Address(SHA, address, 3, path), f"future {n} · SSIM 0.9", "a.pt", 7) for n, path in enumerate(paths)]
    return Recipe((*futures, *(Future(Address("b" * 64, address, 3, path_of(n))) for n in range(others))))


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot) -> Iterator[FuturesPage]:
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    yield page
    page.playback.play(False)


def say(page: FuturesPage, *events: Event) -> None:
    """The job that opens an export again says these."""
    for event in events:
        assert page.reopening.job is not None
        page.on_event(page.reopening.job, event)


def last(page: FuturesPage) -> Job:
    return page.studio.jobs[-1]  # type: ignore[attr-defined]


def read(page: FuturesPage, recipe: Recipe) -> None:
    page.open_export(FILE)
    assert last(page).target == "export.read_back:open_recipe"
    assert last(page).arguments == {"path": FILE}
    say(page, RecipeRead(FILE, recipe))


def test_that_its_model_is_looked_for_where_models_are(page: FuturesPage, tmp_path: Path) -> None:
    recents.note("models", "/models/recent.pt")
    recents.note("runs", "/runs")
    read(page, recipe_of())
    job = last(page)
    assert job.target == "runs.find_model:find_model"
    assert (job.arguments["sha256"], job.arguments["name"]) == (SHA, "a.pt")
    assert Path(job.arguments["files"][0]).name == "demo.pt"
    assert "/models/recent.pt" in job.arguments["files"]
    assert "/runs" in job.arguments["folders"]


def test_that_the_wall_is_asked_for_as_it_was(page: FuturesPage) -> None:
    read(page, recipe_of())
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    job = last(page)
    assert job.target == "sampling.futures:explore"
    config = job.arguments["config"]
    assert config.model_path == str(Path("/runs/a.pt"))
    assert (config.split, config.index, config.n_past, config.n_future, config.n_futures, config.seed) == ("test", 17, 3, 5, 4, 4)
    assert config.data.digits == "drawn"
    assert "paths" not in job.arguments


def test_that_futures_that_are_more_than_seeds_are_asked_for_by_their_paths(
    page: FuturesPage, exploration: Callable[..., list[Event]]
) -> None:
    read(page, recipe_of(FORKS))
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    assert last(page).arguments["paths"] == FORKS
    assert last(page).arguments["config"].n_futures == 4
    for event in exploration():
        assert page.job is not None
        page.on_event(page.job, event)
        if last(page).target == "sampling.futures:explore":
            assert last(page).arguments["paths"] == FORKS  # also where it is asked again, once the model is known
    page.playback.play(False)


def test_that_such_a_wall_knows_its_paths_and_names(page: FuturesPage, exploration: Callable[..., list[Event]]) -> None:
    page.view.open_clip(exploration()[1].frames, 3)  # type: ignore[union-attr]
    page.view.grow_paths(FORKS, ["one", "two", "three", "four"], None)
    assert page.wall.paths == list(FORKS)
    assert page.wall.names == ["one", "two", "three", "four"]
    assert page.view.branches.node_at(1) is not None
    assert page.view.branches.node_at(1).path == FORKS[1]  # type: ignore[union-attr]


def test_that_sampling_anew_is_of_seeds_again(page: FuturesPage) -> None:
    read(page, recipe_of(FORKS))
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    page.bar.sample_button.click()
    assert "paths" not in last(page).arguments


def test_that_a_missing_model_is_named_and_can_be_chosen(page: FuturesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    read(page, recipe_of())
    say(page, ModelSought(SHA, None, ""))
    offer = page.reopening.offer
    assert offer.isVisible()
    assert "wall.gif (a.pt, step 7, SHA-256 aaaaaaaaaaaa…)" in offer.text
    monkeypatch.setattr(page_module, "open_file", lambda *_: "/elsewhere/b.pt")
    offer.buttons[CHOOSE].click()
    assert last(page).target == "runs.find_model:identify"
    assert last(page).arguments == {"path": "/elsewhere/b.pt", "sha256": SHA}
    say(page, ModelSought(SHA, Path("/elsewhere/b.pt"), SHA))
    assert last(page).arguments["config"].model_path == str(Path("/elsewhere/b.pt"))


def test_that_choosing_nothing_leaves_the_question(page: FuturesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    read(page, recipe_of())
    say(page, ModelSought(SHA, None, ""))
    monkeypatch.setattr(page_module, "open_file", lambda *_: "")
    page.reopening.offer.buttons[CHOOSE].click()
    assert page.reopening.offer.isVisible()
    page.reopening.offer.buttons[NOT_NOW].click()
    assert not page.reopening.offer.isVisible()
    assert page.model_path is None


def test_that_another_model_is_used_only_after_it_was_said(page: FuturesPage) -> None:
    read(page, recipe_of())
    say(page, ModelSought(SHA, Path("/elsewhere/b.pt"), "c" * 64))
    assert page.model_path is None
    assert "b.pt is another model than a.pt, step 7" in page.reopening.offer.text
    page.reopening.offer.buttons[ANYWAY].click()
    assert page.model_path == Path("/elsewhere/b.pt")


def test_that_a_file_that_carries_nothing_says_so(page: FuturesPage) -> None:
    page.open_export(FILE)
    say(page, Failed("wall.gif: carries no futures to open again"))
    assert page.banner.text == "wall.gif: carries no futures to open again"
    assert page.reopening.job is None


@pytest.mark.parametrize("clip", [{"data_seed": 3}, {"index": 2**40}])
def test_that_what_the_window_cannot_show_is_left_to_the_command(page: FuturesPage, clip: dict[str, int]) -> None:
    read(page, recipe_of(**clip))
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    assert "svg-studio replay" in page.banner.text
    assert page.model_path is None


def test_that_it_is_said_what_is_left_out(page: FuturesPage) -> None:
    read(page, recipe_of(others=2))
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    assert last(page).arguments["config"].n_futures == 4
    assert page.banner.text.startswith("2 futures of other models or clips are left out")


def test_that_what_the_wall_exports_names_its_futures(page: FuturesPage, exploration: Callable[..., list[Event]]) -> None:
    read(page, recipe_of())
    say(page, ModelSought(SHA, Path("/runs/a.pt"), SHA))
    for event in exploration():
        assert page.job is not None
        page.on_event(page.job, replace(event, sha256=SHA) if isinstance(event, ModelOpened) else event)
    page.playback.play(False)
    *_, whole = choices(page.wall).values()
    named = [tile.future for tile in whole.tiles if tile.future is not None]
    assert [future.address.path for future in named] == page.wall.paths == list(SEEDS)
    assert {(future.address.model, future.checkpoint, future.step) for future in named} == {(SHA, "last.pt", 40)}
    assert named[0].address.clip.index == 17

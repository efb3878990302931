"""An export's futures are imagined again from what it carries alone."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.address import Address, ClipAddress, Segment, forked, path_of
from svg_studio.engine.config import DataConfig, ExportConfig, FuturesConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import ClipOpened, Event, FileExported, FutureSampled
from svg_studio.engine.export.export import export
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.read_back import read_recipe
from svg_studio.engine.recipe import Future, Recipe
from svg_studio.engine.sampling.futures import explore
from svg_studio.engine.sampling.replay import replay
from svg_studio.paths import resource

DEMO = resource("demo.pt")
SHA = hashlib.sha256(DEMO.read_bytes()).hexdigest()
CONFIG = FuturesConfig(model_path=str(DEMO), data=DataConfig(digits="drawn"), index=7, n_past=3, n_future=4, data_seed=5)
PATHS = (path_of(3), forked(path_of(3), 5, Segment(5, seed=9)))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    """A file, and the frames of its tiles: the truth and two futures, of which one is a fork."""
    path = tmp_path_factory.mktemp("export") / "futures.npz"
    events = list(explore(CONFIG, PATHS))
    [truth] = [event.frames for event in events if isinstance(event, ClipOpened)]
    frames = [event.frames for event in events if isinstance(event, FutureSampled)]
    futures = [Future(Address(SHA, ClipAddress.of(CONFIG), 3, path), "", "demo.pt", 500) for path in PATHS]
    named = [Tile(f, 3, f"future {n}", future=future) for n, (f, future) in enumerate(zip(frames, futures, strict=True))]
    list(export(ExportConfig(path=str(path), format="npz"), (Tile(truth, 7, "truth"), *named)))
    return path, [truth, *frames]


def written(path: Path, recipe: Recipe, **how: object) -> list[Event]:
    return list(replay(recipe, ExportConfig(path=str(path), format="npz"), **how))  # type: ignore[arg-type]


def test_that_the_futures_come_again(exported: tuple[Path, list[np.ndarray]], tmp_path: Path) -> None:
    path, frames = exported
    recipe = read_recipe(path)
    events = written(tmp_path / "again.npz", recipe, files=[str(DEMO)])
    assert isinstance(events[-1], FileExported)
    with np.load(tmp_path / "again.npz") as again:
        assert list(again["captions"]) == ["truth", "future 0", "future 1"]
        for was, now in zip(frames, again["frames"], strict=True):
            assert np.abs(was.astype(int) - now).max() <= 1  # grey levels
    assert read_recipe(tmp_path / "again.npz").futures == recipe.futures


def test_that_a_model_that_is_nowhere_is_named(exported: tuple[Path, list[np.ndarray]], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf"demo\.pt, step 500, SHA-256 {SHA[:12]}.*--model_path"):
        written(tmp_path / "again.npz", read_recipe(exported[0]))


def test_that_another_model_is_used_only_when_told(exported: tuple[Path, list[np.ndarray]], tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    other.write_bytes(DEMO.read_bytes() + b"\0")
    recipe = read_recipe(exported[0])
    with pytest.raises(CheckpointError, match=r"another model.*--other_model"):
        written(tmp_path / "again.npz", recipe, model_path=str(other))
    assert not (tmp_path / "again.npz").exists()

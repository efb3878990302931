"""A training process that is killed at any moment continues as if it had not been."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.runs.state import RunState, is_live
from tools import victims


def losses(run: Path) -> list[tuple]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [(row["step"], row["epoch"], row["loss"], row["mse"], row["kld"]) for row in rows]


def assert_the_same(run: Path, whole: Path) -> None:
    """Losses, best figures and every checkpoint to the bit; nothing half-written is left."""
    assert losses(run) == losses(whole)
    ended, unkilled = RunState.read(run), RunState.read(whole)
    assert ended is not None
    assert unkilled is not None
    assert (ended.state, ended.step, ended.best) == ("finished", 12, unkilled.best)
    names = {p.name for p in (run / "checkpoints").iterdir()}
    assert names == {p.name for p in (whole / "checkpoints").iterdir()}
    for name in names:
        ours, theirs = (checkpoint.load(folder / "checkpoints" / name) for folder in (run, whole))
        assert ours.step == theirs.step
        for part, weights in theirs.weights.items():
            for key, value in weights.items():
                assert torch.equal(ours.weights[part][key], value), (name, part, key)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    config = victims.tiny(tmp_path_factory.mktemp("whole"))
    assert victims.run(config) == victims.End(killed=False, steps=tuple(range(1, 13)))
    return Path(config.log_dir) / config.name


def killed_often(tmp_path: Path, whole: Path, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    left, number = kills, 0
    while left:
        config = victims.tiny(tmp_path, name=f"run{number}")
        run, number = tmp_path / config.name, number + 1
        while left:
            kill = draw.choice(victims.KILLS), draw.randint(1, 8)
            if not victims.run(config, kill=kill).killed:
                break
            left -= 1
            state = RunState.read(run)
            assert state is None or (state.state in ("running", "finished"), is_live(run)) == (True, False), kill
            for path in checkpoint.candidates(run):
                assert checkpoint.load(path).step, kill
        else:
            state = RunState.read(run)
            if state is None or state.state != "finished":
                assert victims.run(config).sentence == ""
        assert_the_same(run, whole)


def test_that_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(tmp_path: Path, whole: Path) -> None:
    killed_often(tmp_path, whole, 5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 7))
def test_that_fifty_kills_change_nothing(tmp_path: Path, whole: Path, seed: int) -> None:
    killed_often(tmp_path, whole, 10, seed)


@pytest.mark.parametrize("kind", victims.KILLS[1:])
def test_that_a_kill_in_the_middle_of_a_write_changes_nothing(tmp_path: Path, whole: Path, kind: str) -> None:
    config = victims.tiny(tmp_path)
    assert victims.run(config, kill=(kind, 5)).killed
    victims.run(config)
    assert_the_same(tmp_path / "run", whole)

"""Two processes that train together learn what one alone does: real ones, started by torchrun, heard through gloo."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support.places import ROOT

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.errors import StudioError
from svg_studio.engine.utils.distributed import Group, group_from_environment

SCRIPT = ROOT / "tests" / "support" / "joint_training.py"
TINY = {
    "digits": "drawn", "num_digits": 1, "base_width": 2, "g_dim": 8, "z_dim": 2, "rnn_size": 8, "n_past": 2, "n_future": 2,
    "n_eval": 4, "batch_size": 5, "niter": 2, "epoch_size": 4, "data_threads": 0, "device": "cpu", "precision": "fp32",
    "optimizer": "sgd", "lr": 0.05,
}  # fmt: skip
JOINT = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ALONE = [sys.executable]

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch is built without torch.distributed")


def command(start: list[str], log_dir: Path, **settings: object) -> list[str]:
    flags = [str(part) for name, value in {**TINY, **settings}.items() for part in (f"--{name}", value)]
    return [*start, str(SCRIPT), "train", *flags, "--log_dir", str(log_dir)]


def environment(**more: str) -> dict[str, str]:
    root = str(ROOT)
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": root, **more}


def train(start: list[str], log_dir: Path, env: dict[str, str], **settings: object) -> Path:
    """The run's folder, when it has ended well."""
    done = subprocess.run(command(start, log_dir, **settings), env=env, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    (run,) = (folder for folder in log_dir.iterdir() if not folder.name.startswith("."))
    return run


def metrics(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run of one process and one of two, BatchNorm at its running statistics in both."""
    folder = tmp_path_factory.mktemp("frozen")
    return train(ALONE, folder / "one", environment(FREEZE="1")), train(JOINT, folder / "two", environment(FREEZE="1"))


def test_that_two_processes_have_the_losses_of_one(frozen: tuple[Path, Path]) -> None:
    one, two = map(metrics, frozen)
    assert [m["step"] for m in two] == [m["step"] for m in one] == list(range(1, 9))
    for name in ("mse", "kld", "loss"):
        assert [m[name] for m in two] == pytest.approx([m[name] for m in one], rel=1e-5)
    assert two[0]["mse"] != pytest.approx(two[-1]["mse"], rel=1e-3)  # something was learned


def test_that_they_arrive_at_the_same_weights(frozen: tuple[Path, Path]) -> None:
    one, two = (checkpoint.load(run).weights for run in frozen)
    assert one.keys() == two.keys()
    for part, weights in one.items():
        torch.testing.assert_close(two[part], weights, rtol=1e-4, atol=1e-6)


def test_that_one_process_goes_on_where_two_stopped(frozen: tuple[Path, Path], tmp_path: Path) -> None:
    for run in frozen:
        copy = tmp_path / run.parent.name
        shutil.copytree(run, copy)
        resume = [sys.executable, str(SCRIPT), "train", "--resume", str(copy), "--niter", "3"]
        done = subprocess.run(resume, env=environment(FREEZE="1"), capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0, done.stderr
    one, two = (metrics(tmp_path / name) for name in ("one", "two"))
    assert [m["step"] for m in two] == list(range(1, 13))
    assert [m["mse"] for m in two] == pytest.approx([m["mse"] for m in one], rel=1e-4)


def test_that_learning_batchnorm_keeps_the_curves_within_the_spread_of_seeds(tmp_path: Path) -> None:
    longer = {"niter": 1, "epoch_size": 30, "batch_size": 8, "optimizer": "adam", "lr": 0.002}
    alone = [train(ALONE, tmp_path / f"one{seed}", environment(), seed=seed, **longer) for seed in (1, 2, 3)]
    two = metrics(train(JOINT, tmp_path / "two", environment(), **longer))
    ends = [sum(m["mse"] for m in metrics(run)[-5:]) / 5 for run in alone]
    begin, end = two[0]["mse"], sum(m["mse"] for m in two[-5:]) / 5
    spread = max(ends) - min(ends)
    assert min(ends) - spread <= end <= max(ends) + spread
    assert end < 0.8 * begin


def test_that_a_process_that_fails_ends_all_with_its_reason(tmp_path: Path) -> None:
    done = subprocess.run(
        command(JOINT, tmp_path / "runs"), env=environment(FAIL="1"), capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode != 0
    assert "digits.bin: is gone; put it back" in done.stderr


def test_that_they_stop_together_and_keep_a_checkpoint(tmp_path: Path) -> None:
    endless = command(JOINT, tmp_path / "runs", niter=1, epoch_size=100_000)
    with subprocess.Popen(endless, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            while not list(tmp_path.glob("runs/*/metrics.jsonl")) or not metrics(next(tmp_path.glob("runs/*"))):
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=100)
        finally:
            process.kill()
    (run,) = (tmp_path / "runs").iterdir()
    assert checkpoint.load(run).step == metrics(run)[-1]["step"]


def test_that_every_clip_of_a_batch_belongs_to_one_process() -> None:
    for size, batch_size in ((1, 4), (2, 5), (3, 10), (4, 4)):
        groups = [Group(rank, size) for rank in range(size)]
        clips = list(range(batch_size))
        assert [clip for g in groups for clip in clips[g.part(batch_size)]] == clips
        assert sum(g.share(batch_size) for g in groups) == pytest.approx(size)
    with pytest.raises(StudioError, match="batch_size=2: 3 processes want a clip each"):
        Group(0, 3).part(2)


@pytest.mark.parametrize("rank, size", [("2", "2"), ("-1", "2"), ("first", "2")])
def test_that_a_place_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, rank: str, size: str) -> None:
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", size)
    with pytest.raises(StudioError, match="torchrun"):
        group_from_environment()

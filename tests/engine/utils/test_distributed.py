"""Two processes that train together learn what one alone does: real ones, started by torchrun, heard through gloo."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support.places import ROOT

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Awaited
from svg_studio.engine.utils.distributed import TIMEOUT, Group, group_from_environment, meet

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


WAITING = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1"}


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


@pytest.mark.parametrize("rank, missing", [("0", "1"), ("1", "0")])
def test_that_a_process_says_that_it_waits_and_at_last_for_whom(
    rank: str, missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = free_port()
    for name, value in {**WAITING, "RANK": rank, "LOCAL_RANK": rank, "MASTER_PORT": port, TIMEOUT: "0.4"}.items():
        monkeypatch.setenv(name, value)
    events = meet(group_from_environment())
    said = next(events)
    assert isinstance(said, Awaited)
    assert said.text == f"process {int(rank) + 1} of 2 waits for the others at 127.0.0.1:{port}, 0.4 seconds at most"
    with pytest.raises(StudioError, match=f"did not hear of RANK {missing}; start all 2 with the same MASTER_ADDR"):
        list(events)


@pytest.mark.parametrize(
    "more, sentence",
    [
        ({"WORLD_SIZE": "abc"}, "RANK, WORLD_SIZE and LOCAL_RANK: are to be whole numbers"),
        ({"RANK": "2"}, "RANK=2: lies outside of WORLD_SIZE=2"),
        ({"RANK": "3", "WORLD_SIZE": "1"}, "RANK=3: lies outside of WORLD_SIZE=1"),
        ({"WORLD_SIZE": "0"}, "RANK=0: lies outside of WORLD_SIZE=0"),
        ({"WORLD_SIZE": "-2"}, "RANK=0: lies outside of WORLD_SIZE=-2"),
        ({"WORLD_SIZE": "9" * 30}, "lies outside of WORLD_SIZE=999"),
        ({"LOCAL_RANK": "7"}, "LOCAL_RANK=7: lies outside of WORLD_SIZE=2"),
        ({"RANK": ""}, "RANK, WORLD_SIZE and LOCAL_RANK: are to be whole numbers"),
        ({"MASTER_ADDR": ""}, "MASTER_ADDR: the environment does not say where the first process is"),
        ({"MASTER_PORT": "http"}, "MASTER_PORT=http: is to be a port"),
        ({"MASTER_PORT": "0"}, "MASTER_PORT=0: is to be a port"),
        ({"MASTER_PORT": "123456"}, "MASTER_PORT=123456: is to be a port"),
        ({TIMEOUT: "soon"}, f"{TIMEOUT}=soon: is to be a number of seconds"),
        ({TIMEOUT: "nan"}, f"{TIMEOUT}=nan: is to be a number of seconds"),
        ({"MASTER_ADDR": "no.such.host.invalid", "RANK": "1", TIMEOUT: "0.2"}, "did not hear of RANK 0"),
    ],
)
def test_that_an_environment_that_cannot_be_is_one_sentence(
    more: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**WAITING, "MASTER_PORT": "29500", **more}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StudioError) as error:
        list(meet(group_from_environment()))
    assert str(error.value).count("\n") == 0
    assert sentence in str(error.value)


def test_that_one_process_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**WAITING, "WORLD_SIZE": "1", "MASTER_ADDR": ""}.items():
        monkeypatch.setenv(name, value)
    assert list(meet(group_from_environment())) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows stops no process from outside")
@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
def test_that_what_was_learned_is_kept_when_another_process_goes(fate: signal.Signals, tmp_path: Path) -> None:
    """Killed, it is missed at once; where it only stands still, the first signal ends the wait for it."""
    place = {name: value for name, value in {**WAITING, "MASTER_PORT": free_port()}.items() if name != "RANK"}
    words = command(ALONE, tmp_path / "runs", niter=1, epoch_size=100_000)
    one, two = (
        subprocess.Popen(words, env=environment(**place, RANK=rank), stderr=subprocess.PIPE, text=True) for rank in ("0", "1")
    )
    try:
        while not list(tmp_path.glob("runs/*/metrics.jsonl")) or not metrics(next(tmp_path.glob("runs/*"))):
            assert one.poll() is None
        two.send_signal(fate)
        if fate == signal.SIGSTOP:
            one.send_signal(signal.SIGTERM)
        said = one.communicate(timeout=60)[1]
    finally:
        for process in (one, two):
            process.kill()
            process.communicate()
    assert one.returncode == 1
    assert "process 1 of 2: another process has gone or does not answer" in said
    assert "Traceback" not in said
    (run,) = (tmp_path / "runs").iterdir()
    assert checkpoint.load(run).step == metrics(run)[-1]["step"]
    assert json.loads((run / "state.json").read_text())["state"] == "failed"

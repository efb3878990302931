"""`generate` shows of each clip what the paper's figures show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from support.fake_source import frames_of, small_store

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ConfigError, DataConfig, ModelConfig, SampleConfig, TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.errors import DataError, StudioError
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling import generate as generation
from svg_studio.engine.sampling.generate import generate
from svg_studio.engine.sampling.rollout import batch_statistics, reconstruct, sample_batch
from svg_studio.engine.utils.frames import to_float, to_uint8


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = TrainConfig(model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DataConfig(digits="drawn"))
    model = build(config.model)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    checkpoint.save(tmp_path / "m.pt", model, config, 3)
    return tmp_path / "m.pt"


def ask(model_path: Path, **settings: object) -> SampleConfig:
    base = {"n_past": 2, "n_future": 3, "nsample": 9, "N": 3, "batch_size": 2, "device": "cpu", "precision": "fp32", "seed": 5}
    return SampleConfig(**{**base, "model_path": str(model_path), "log_dir": str(model_path.parent / "out"), **settings})


def near(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.abs(a.astype(int) - b).max() <= 1)


def test_that_a_clip_shows_truth_posterior_the_best_and_three_others(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, list[Tile]] = {}
    monkeypatch.setattr(generation, "iter_board", lambda tiles, columns, scale: tiles)
    monkeypatch.setattr(generation, "ROWS", 8)  # several rounds of futures a batch

    def keep(path: Path, tiles: list[Tile], fps: float, kind: str) -> None:
        written[path.name] = tiles
        path.write_bytes(b"x")

    monkeypatch.setattr(generation, "write_video", keep)
    list(generate(ask(model_path)))
    assert set(written) == {f"{split}_{i}.gif" for split in ("train", "test") for i in range(4)}
    model = checkpoint.load_model(model_path)
    clips = open_clips(DataConfig(digits="drawn"), split="test", image_width=64, channels=1, n_frames=5, seed=5)
    frames = clips.batch([2, 3])
    x = to_float(frames)
    videos = torch.stack(list(sample_batch(model, x[:2], range(5, 14), 3)))[:, :, 1]  # (T', K, C, H, W) of clip 3
    scores = torch.stack([psnr_ssim.ssim(v, t.expand_as(v)) for v, t in zip(videos, x[2:, 1], strict=True)]).mean(0)
    truth, posterior, best, *others = written["test_3.gif"]
    assert np.array_equal(truth.frames, frames[:, 1])
    assert truth.n_past == 5  # always green
    assert near(posterior.frames, to_uint8(reconstruct(model, x, 2))[:, 1])
    assert near(best.frames[2:], to_uint8(videos[:, scores.argmax()]))
    assert np.array_equal(best.frames[:2], frames[:2, 1])
    assert best.n_past == posterior.n_past == 2
    assert f"{scores.max():.2f}" in best.caption
    assert len(others) == 3
    for tile in others:
        k = int(tile.caption.removeprefix("seed ")) - 5
        assert near(tile.frames[2:], to_uint8(videos[:, k]))
    assert not np.array_equal(written["train_3.gif"][0].frames, truth.frames)


@pytest.mark.parametrize(
    "split, wanted", [("both", ("train", "test")), ("train", ("train",)), ("test", ("test",)), ("val", ("val",))]
)
def test_that_the_files_are_those_of_the_split(
    split: str, wanted: tuple[str, ...], model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truths: dict[str, np.ndarray] = {}
    monkeypatch.setattr(generation, "iter_board", lambda tiles, columns, scale: tiles)

    def keep(path: Path, tiles: list[Tile], fps: float, kind: str) -> None:
        truths[path.name] = tiles[0].frames
        path.write_bytes(b"x")

    monkeypatch.setattr(generation, "write_video", keep)
    data = small_store(monkeypatch, tmp_path, "train", "test", "val")
    list(generate(ask(model_path, data=data, split=split, N=2)))
    assert set(truths) == {f"{one}_{i}.gif" for one in wanted for i in range(2)}
    for one in wanted:
        rows = {frame.tobytes() for i in range(2) for frame in frames_of(f"{one}{i}", 9)}
        assert {frame.tobytes() for i in range(2) for frame in truths[f"{one}_{i}.gif"]} <= rows


def test_that_a_split_that_is_not_there_is_refused(model_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="split=val: Stochastic Moving MNIST has no such clips"):
        list(generate(ask(model_path, split="val")))
    with pytest.raises(DataError, match="has no val sequences"):
        list(generate(ask(model_path, split="val", data=small_store(monkeypatch, tmp_path, "train", "test"))))
    with pytest.raises(ConfigError, match="split"):
        ask(model_path, split="validation")


def test_that_a_folder_that_cannot_be_written_is_named_before_sampling(model_path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="file/videos: cannot be written"):
        next(generate(ask(model_path, log_dir=str(tmp_path / "file" / "videos"))))


def test_that_single_settings_of_the_data_can_be_replaced(model_path: Path) -> None:
    with pytest.raises(ConfigError, match="num_digits=0"):
        next(generate(ask(model_path), {"num_digits": 0}))


def test_that_generation_by_batch_statistics_takes_one_future_of_each_clip_at_a_time(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[str, list[Tile]] = {}
    monkeypatch.setattr(generation, "iter_board", lambda tiles, columns, scale: tiles)

    def keep(path: Path, tiles: list[Tile], fps: float, kind: str) -> None:
        written[path.name] = tiles
        path.write_bytes(b"x")

    monkeypatch.setattr(generation, "write_video", keep)
    list(generate(ask(model_path, batch_stats=True, nsample=1)))
    model = checkpoint.load_model(model_path)
    clips = open_clips(DataConfig(digits="drawn"), split="test", image_width=64, channels=1, n_frames=5, seed=5)
    x = to_float(clips.batch([0, 1]))
    with batch_statistics(model):
        expected = to_uint8(torch.stack(list(sample_batch(model, x[:2], [5], 3)))[:, 0])  # (T', B, H, W, C)
        posterior = to_uint8(reconstruct(model, x, 2))
    for b in range(2):
        tiles = written[f"test_{b}.gif"]
        assert near(tiles[1].frames, posterior[:, b])
        assert near(tiles[2].frames[2:], expected[:, b])
    with pytest.raises(ConfigError, match="statistics want several clips"):
        ask(model_path, batch_stats=True, batch_size=1)

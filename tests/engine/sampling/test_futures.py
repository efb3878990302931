"""The window's sampling job reports everything that the wall needs, in order, from a checkpoint file alone."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.fake_source import frames_of, small_store

from svg_studio.engine.address import AddressError, ClipAddress, Segment
from svg_studio.engine.address import Path as FuturePath
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.errors import CheckpointError, DataError
from svg_studio.engine.events import (
    ClipOpened,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelOpened,
    PosteriorReconstructed,
    Progressed,
    SurpriseMeasured,
)
from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling.futures import explore, imagine_paths
from svg_studio.engine.sampling.surprise import surprise
from svg_studio.engine.utils.frames import to_float

DATA = DataConfig(digits="drawn", num_digits=1)


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = TrainConfig(model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DATA)
    checkpoint.save(tmp_path / "m.pt", build(config.model), config, 3)
    return tmp_path / "m.pt"


def ask(model_path: Path, **settings: object) -> list:
    config = FuturesConfig(
        **{
            "model_path": str(model_path),
            "n_past": 3,
            "n_future": 4,
            "n_futures": 3,
            "index": 5,
            "device": "cpu",
            "precision": "fp32",
            **settings,
        }
    )
    return [e for e in explore(config) if not isinstance(e, Progressed)]


def sampled(events: list) -> list[FutureSampled]:
    return [e for e in events if isinstance(e, FutureSampled)]


def test_that_events_come_in_order_with_everything_the_wall_shows(model_path: Path) -> None:
    events = ask(model_path, seed=20)
    sampling = [*[FramesImagined] * 4, *[FutureSampled] * 3]
    kinds = [ModelOpened, ClipOpened, *sampling, SurpriseMeasured, PosteriorReconstructed, *[FutureScored] * 3]
    assert [type(e) for e in events] == kinds
    opened, clip, *_ = events
    assert (opened.step, opened.model["base_width"], opened.data["digits"], opened.precision) == (3, 2, "drawn", "fp32")
    truth = open_clips(DATA, split="test", image_width=64, channels=1, n_frames=7, seed=1).batch([5])[:, 0]
    assert np.array_equal(clip.frames, truth)
    early, futures, posterior, scores = events[2:6], events[6:9], events[10], events[11:]
    assert [(e.t, e.n_past, e.n_frames) for e in early] == [(t, 3, 7) for t in range(3, 7)]
    for k, future in enumerate(futures):
        assert np.array_equal(np.stack([e.frames[k] for e in early]), future.frames[3:])
    assert [f.seed for f in futures] == [s.seed for s in scores] == [20, 21, 22]
    assert all(np.array_equal(f.frames[:3], truth[:3]) for f in futures)
    assert posterior.frames.shape == truth.shape
    assert [math.isnan(v) for v in scores[0].ssim] == [True] * 3 + [False] * 4
    a, b = (to_float(f[3:]) for f in (futures[1].frames, clip.frames))
    assert scores[1].ssim[3:] == pytest.approx(psnr_ssim.ssim(a, b).tolist(), abs=1e-5)
    assert scores[1].psnr[3:] == pytest.approx(psnr_ssim.psnr(a, b).tolist(), abs=1e-3)


def test_that_the_surprise_is_that_of_the_true_clip(model_path: Path) -> None:
    events = ask(model_path)
    (measured,) = (e for e in events if isinstance(e, SurpriseMeasured))
    clip = next(e for e in events if isinstance(e, ClipOpened))
    expected = surprise(open_model(model_path, torch.device("cpu")).model, to_float(clip.frames)).tolist()
    assert math.isnan(measured.values[0])
    assert measured.values[1:] == pytest.approx(expected[1:])
    assert len(measured.values) == 7
    other = next(e for e in ask(model_path, seed=9, n_futures=1) if isinstance(e, SurpriseMeasured))
    assert other.values[1:] == measured.values[1:], "whatever is imagined beside it"


def test_that_a_future_of_the_wall_is_the_one_its_seed_names(model_path: Path) -> None:
    wall = sampled(ask(model_path, seed=20))[2]
    alone = sampled(ask(model_path, seed=22, n_futures=1))[0]
    assert wall.seed == alone.seed == 22
    assert np.abs(wall.frames.astype(int) - alone.frames).max() <= 1


def test_that_a_checkpoint_written_anew_is_read_anew(model_path: Path) -> None:
    assert ask(model_path)[0].step == 3
    config = checkpoint.load(model_path).config
    checkpoint.save(model_path, build(config.model), config, 9)
    os.utime(model_path, ns=(1, 1))
    assert ask(model_path)[0].step == 9


def test_that_other_clips_can_be_asked_for(model_path: Path) -> None:
    data = DataConfig(digits="drawn", num_digits=3)
    expected = open_clips(data, split="train", image_width=64, channels=1, n_frames=7, seed=1).batch([2])[:, 0]
    clip = ask(model_path, data=data, split="train", index=2)[1]
    assert np.array_equal(clip.frames, expected)


def test_that_clips_of_val_can_be_asked_for(model_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = small_store(monkeypatch, tmp_path, "train", "test", "val", length=7)
    clip = ask(model_path, data=data, split="val", index=1)[1]
    assert (clip.split, clip.source) == ("val", "val1, frames 0-6")
    assert np.array_equal(clip.frames, frames_of("val1", 7))
    with pytest.raises(DataError, match="has no such clips"):
        ask(model_path, split="val")


def test_that_what_is_missing_is_named(model_path: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"absent\.pt"):
        ask(tmp_path / "absent.pt")
    with pytest.raises(DataError, match="MNIST has to be downloaded"):
        ask(model_path, data=DataConfig(digits="mnist", data_root=str(tmp_path)))


def test_that_sampling_leaves_no_mode_behind(model_path: Path) -> None:
    config = FuturesConfig(model_path=str(model_path), n_past=3, n_future=4, n_futures=2)
    for _ in explore(config):
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")


# ---- paths


@pytest.fixture
def lively(model_path: Path) -> Path:
    """A model whose frames depend on z."""
    torch.manual_seed(3)
    found = checkpoint.load(model_path)
    model = found.model(torch.device("cpu"))
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3).add_(0.05 * torch.randn_like(p))
    checkpoint.save(model_path.with_name("lively.pt"), model, found.config, 3)
    return model_path.with_name("lively.pt")


def paths_of(model_path: Path, *paths: FuturePath, **settings: object) -> list:
    config = FuturesConfig(model_path=str(model_path), n_past=3, n_future=4, index=5, device="cpu", precision="fp32", **settings)
    return [e for e in imagine_paths(replace(config, data=DATA), paths) if not isinstance(e, Progressed)]


def test_that_paths_are_imagined_without_what_is_known_already(lively: Path) -> None:
    one, two = (Segment(0, seed=1),), (Segment(0, seed=1), Segment(5, seed=9))
    events = paths_of(lively, one, two)
    assert [type(e) for e in events] == [*[FramesImagined] * 4, *[FutureSampled] * 2, *[FutureScored] * 2]
    a, b = sampled(events)
    assert np.array_equal(a.frames[:5], b.frames[:5]), "the same to the pixel before it parts"
    assert not np.array_equal(a.frames[5:], b.frames[5:])
    wall = sampled(ask(lively, seed=1, n_futures=1))[0]
    assert np.abs(wall.frames.astype(int) - a.frames).max() <= 1
    whole = explore(
        FuturesConfig(model_path=str(lively), n_past=3, n_future=4, index=5, device="cpu", precision="fp32"), [one, two]
    )
    assert [np.array_equal(x.frames, y.frames) for x, y in zip(sampled(list(whole)), (a, b), strict=True)] == [True, True]


def test_that_what_is_borrowed_of_the_clip_itself_is_its_posterior(lively: Path) -> None:
    config = FuturesConfig(model_path=str(lively), data=DATA, n_past=3, n_future=4, index=5)
    itself = ClipAddress.of(config)
    posterior = next(e for e in ask(lively) if isinstance(e, PosteriorReconstructed))
    (borrowed,) = sampled(paths_of(lively, (Segment(0, "borrow", clip=itself),)))
    assert np.abs(borrowed.frames.astype(int) - posterior.frames).max() <= 1
    other = replace(itself, index=6)
    (strange,) = sampled(paths_of(lively, (Segment(0, "borrow", clip=other),)))
    assert not np.array_equal(strange.frames, borrowed.frames)


def test_that_a_clip_to_borrow_from_that_is_not_there_is_named(model_path: Path, tmp_path: Path) -> None:
    missing = ClipAddress({"dataset": "videos", "store": "none"}, "test", 0, 1, 7)
    with pytest.raises(DataError, match="none"):
        paths_of(model_path, (Segment(0, "borrow", clip=missing),))


def test_that_a_checkpoint_that_changed_under_its_paths_is_refused_with_what_to_do(model_path: Path) -> None:
    sha256 = ask(model_path)[0].sha256
    config = FuturesConfig(model_path=str(model_path), data=DATA, n_past=3, n_future=4, device="cpu", precision="fp32")
    assert sampled(list(imagine_paths(config, [(Segment(0, seed=1),)], sha256)))
    found = checkpoint.load(model_path)
    checkpoint.save(model_path, build(found.config.model), found.config, 9)
    os.utime(model_path, ns=(1, 1))
    with pytest.raises(AddressError, match=r"m\.pt: the file has changed .* step 9 now\); press Sample"):
        list(imagine_paths(config, [(Segment(0, seed=1),)], sha256))


def test_that_an_address_names_no_folder_of_this_machine(model_path: Path, tmp_path: Path) -> None:
    clip = ClipAddress.of(FuturesConfig(model_path=str(model_path), data=replace(DATA, data_root=str(tmp_path))))
    assert "data_root" not in clip.data
    assert clip.data_in(str(tmp_path)) == replace(DATA, data_root=str(tmp_path))


def test_that_an_opened_model_is_named_by_its_bytes(model_path: Path) -> None:
    assert ask(model_path)[0].sha256 == hashlib.sha256(model_path.read_bytes()).hexdigest()

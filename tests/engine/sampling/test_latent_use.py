"""The use of z is the KL divergence by dimension that torch.distributions gives, frame by frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.fake_source import small_store
from support.tiny_models import clips, tiny
from torch.distributions import Normal, kl_divergence

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import LatentUse, Progressed
from svg_studio.engine.models.registry import build
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling import latent_use
from svg_studio.engine.utils.frames import to_float

DATA = DataConfig(digits="drawn", num_digits=1)


def plain(model: SVG, x: torch.Tensor) -> torch.Tensor:
    """The same by hand, one clip and one frame at a time: x (T, B, C, H, W) → (B, z_dim)."""
    rows = []
    for b in range(x.shape[1]):
        state_q = state_p = None
        total = torch.zeros(model.config.z_dim, dtype=x.dtype)
        for t in range(1, len(x)):
            h_now = model.encoder(x[t, b : b + 1])[0]
            h_before = model.encoder(x[t - 1, b : b + 1])[0]
            mu, logvar, state_q = model.posterior(h_now[None], state_q)
            if model.config.prior == "learned":
                mu_p, logvar_p, state_p = model.prior(h_before[None], state_p)
            else:
                mu_p = logvar_p = torch.zeros_like(mu)
            q, p = Normal(mu, (0.5 * logvar).exp()), Normal(mu_p, (0.5 * logvar_p).exp())
            total += kl_divergence(q, p)[0, 0]
        rows.append(total / (len(x) - 1))
    return torch.stack(rows)


@pytest.mark.parametrize("prior", ["learned", "fixed"])
def test_that_it_is_the_divergence_of_a_plain_loop(prior: str) -> None:
    model = tiny(prior=prior).eval()
    x = clips(model)
    with torch.no_grad():
        expected = plain(model, x)
    assert expected.min() > 1e-6
    torch.testing.assert_close(latent_use.kl_by_dimension(model, x), expected, rtol=1e-8, atol=1e-10)


@pytest.fixture
def config(tmp_path: Path) -> FuturesConfig:
    torch.manual_seed(0)
    trained = TrainConfig(model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DATA)
    checkpoint.save(tmp_path / "m.pt", build(trained.model), trained, 3)
    return FuturesConfig(model_path=str(tmp_path / "m.pt"), n_past=3, n_future=4, device="cpu", precision="fp32")


@pytest.fixture(autouse=True)
def nothing_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent_use, "_sums", {})


def test_that_it_is_the_mean_over_clips_of_the_test_set(config: FuturesConfig) -> None:
    *progress, use = latent_use.measure(config, clips=5)
    assert [(event.done, event.total) for event in progress if isinstance(event, Progressed)] == [(clip, 5) for clip in range(1, 6)]
    frames = open_clips(DATA, split="test", image_width=64, channels=1, n_frames=7, seed=1).batch(range(5))
    model = checkpoint.load(Path(config.model_path)).model(torch.device("cpu")).eval()
    expected = latent_use.kl_by_dimension(model, to_float(frames)).mean(0)
    assert isinstance(use, LatentUse)
    assert use.clips == 5
    assert use.kl == pytest.approx(expected.tolist(), rel=1e-4)
    elsewhere = list(latent_use.measure(replace(config, split="train", index=7, seed=3, n_futures=2), clips=5))
    assert elsewhere == [use], "known already, whatever clip and futures are on the wall"


def test_that_a_measurement_that_was_stopped_goes_on(config: FuturesConfig) -> None:
    *_, whole = latent_use.measure(config, clips=5)
    latent_use._sums.clear()
    stopped = latent_use.measure(config, clips=5)
    next(stopped)
    stopped.close()
    first, *_, use = latent_use.measure(config, clips=5)
    assert isinstance(first, Progressed)
    assert first.done == 2
    assert use == whole


def test_that_a_long_clip_is_looked_at_for_its_first_frames_only(config: FuturesConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    real = latent_use.kl_by_dimension

    def noted(model: SVG, x: torch.Tensor) -> torch.Tensor:
        lengths.append(tuple(x.shape[:2]))
        return real(model, x)

    monkeypatch.setattr(latent_use, "kl_by_dimension", noted)
    list(latent_use.measure(replace(config, n_future=900), clips=3))
    assert lengths == [(30, 1)] * 3


def test_that_a_set_with_fewer_clips_gives_what_it_has(
    config: FuturesConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = small_store(monkeypatch, tmp_path, "train", "test", length=7)
    there = open_clips(data, split="test", image_width=64, channels=1, n_frames=7, seed=1).count
    *_, use = latent_use.measure(replace(config, data=data), clips=64)
    assert isinstance(use, LatentUse)
    assert 0 < use.clips == there < 64
    with pytest.raises(DataError):
        list(latent_use.measure(replace(config, data=DataConfig(dataset="videos", store="none", data_root=str(tmp_path)))))

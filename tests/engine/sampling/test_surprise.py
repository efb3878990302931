"""The surprise of a frame is the KL divergence of posterior and prior, whatever the pieces and windows that a video comes in."""

from __future__ import annotations

import pytest
import torch
from support.tiny_models import clips, tiny

from benchmarks import plain
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import ModelConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.models.registry import BACKBONES, build
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling import surprise as module
from svg_studio.engine.sampling.surprise import Sliding, batch_surprise, surprise
from svg_studio.engine.utils.device import autocast
from svg_studio.engine.utils.frames import to_float
from svg_studio.paths import resource

LENGTH, WINDOW = 14, 5


@torch.no_grad()
def frame_by_frame(model: SVG, clip: torch.Tensor) -> list[float]:
    """(T, C, H, W) → KL at frames 1 … T-1, by torch.distributions and one step of the LSTMs at a time."""
    loop, state, found = plain.of(model, train=False), {}, []
    for t in range(1, len(clip)):
        mu, logvar = loop.gaussian(loop.encode(clip[t, None])[0], "posterior", model.config.posterior_rnn_layers, state)
        mu_p, logvar_p = loop.prior(loop.encode(clip[t - 1, None])[0], state)
        q, p = (torch.distributions.Normal(m, (0.5 * v).exp()) for m, v in ((mu, logvar), (mu_p, logvar_p)))
        found.append(float(torch.distributions.kl_divergence(q, p).sum()))
    return found


def video(model: SVG, length: int = LENGTH) -> torch.Tensor:
    return clips(model, length, 1)[:, 0]


def in_pieces(sliding: Sliding, frames: torch.Tensor, *sizes: int) -> torch.Tensor:
    """What it says of the frames, added in pieces of these sizes and the rest."""
    parts = torch.split(frames, [*sizes, len(frames) - sum(sizes)])
    return torch.cat([sliding.add(part) for part in parts])


@pytest.mark.parametrize("prior", ["learned", "fixed"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_that_it_is_the_kl_divergence_at_every_frame(prior: str, backbone: str) -> None:
    model = tiny(prior=prior, backbone=backbone, prior_rnn_layers=2).eval()
    clip = video(model)
    found = surprise(model, clip)
    assert found.shape == (LENGTH,)
    assert torch.isnan(found[0])
    assert found[1:].tolist() == pytest.approx(frame_by_frame(model, clip), rel=1e-8)
    assert float(found[1:].min()) > 0


def test_that_for_the_fixed_prior_it_is_the_divergence_from_a_standard_normal() -> None:
    model = tiny(prior="fixed").eval()
    clip = video(model)
    with torch.no_grad():
        mu, logvar, _ = model.posterior(model.encode(clip[:, None], 0)[0][1:])
    expected = 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum((1, 2))
    torch.testing.assert_close(surprise(model, clip)[1:], expected)


def test_that_it_sums_up_to_the_kl_of_the_loss() -> None:
    model = tiny().eval()
    x = clips(model, LENGTH, 3)
    with torch.no_grad():
        kld = model.loss(x).kld
    torch.testing.assert_close(batch_surprise(model, x)[1:].sum(0).mean(), kld)


def test_that_clips_of_a_batch_do_not_matter_to_each_other() -> None:
    model = tiny().eval()
    x = clips(model, LENGTH, 3)
    together = batch_surprise(model, x)
    assert together.shape == (LENGTH, 3)
    for b in range(3):
        torch.testing.assert_close(together[:, b], surprise(model, x[:, b]), equal_nan=True)


def test_that_the_first_frame_has_none() -> None:
    model = tiny().eval()
    assert torch.isnan(surprise(model, video(model, 1))).tolist() == [True]
    for window in (0, WINDOW):
        sliding = Sliding(model, window)
        assert len(sliding.add(video(model)[:0])) == 0
        assert torch.isnan(sliding.add(video(model)[:1])).tolist() == [True]
        assert torch.isnan(sliding.add(video(model)[1:3])).tolist() == [False, False]


@pytest.mark.parametrize("sizes", [(), (1, 1, 1), (3, 0, 4), (7,), (WINDOW - 1,), (WINDOW,)])
def test_that_a_window_forgets_what_is_further_back(sizes: tuple[int, ...]) -> None:
    model = tiny().eval()
    frames = video(model)
    found = in_pieces(Sliding(model, WINDOW), frames, *sizes)
    assert torch.isnan(found[0])
    for t in range(1, LENGTH):
        alone = surprise(model, frames[max(0, t - WINDOW + 1) : t + 1])[-1]
        torch.testing.assert_close(found[t], alone, msg=f"frame {t}")
    assert not torch.allclose(found[WINDOW:], surprise(model, frames)[WINDOW:], rtol=1e-6), "which remembers all of them"


@pytest.mark.parametrize("sizes", [(), (1, 1, 1), (3, 0, 4), (7,)])
def test_that_a_state_that_is_carried_on_gives_what_the_whole_video_gives(sizes: tuple[int, ...]) -> None:
    model = tiny().eval()
    frames = video(model)
    torch.testing.assert_close(in_pieces(Sliding(model, 0), frames, *sizes), surprise(model, frames), equal_nan=True)


@pytest.mark.parametrize("window", [0, WINDOW])
def test_that_what_is_in_hand_at_once_is_bounded(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny().eval()
    frames = video(model)
    whole = Sliding(model, window).add(frames)
    monkeypatch.setattr(module, "ENCODED", 3)
    monkeypatch.setattr(module, "ROWS", 2 * WINDOW)
    largest = 0

    def looking(name: str) -> None:
        inner = getattr(model, name).forward

        def forward(x: torch.Tensor, *rest: object) -> object:
            nonlocal largest
            largest = max(largest, x.shape[0] * (x.shape[1] if name != "encoder" else 1))
            return inner(x, *rest)

        monkeypatch.setattr(getattr(model, name), "forward", forward)

    for name in ("encoder", "posterior", "prior"):
        looking(name)
    torch.testing.assert_close(Sliding(model, window).add(frames), whole, equal_nan=True)
    assert 0 < largest <= 2 * WINDOW


def test_that_the_demo_is_surprised_where_another_clip_begins() -> None:
    opened = open_model(resource("demo.pt"), torch.device("cpu"))
    model, data = opened.model, opened.found.config.data
    digits = open_clips(data, split="test", image_width=64, channels=1, n_frames=18, seed=1)
    x = to_float(digits.batch(range(4)))  # (T, B, C, H, W)
    for first, second in ((0, 1), (2, 3)):
        cut = torch.cat([x[:12, first], x[12:, second]])
        for found in (surprise(model, cut), Sliding(model, model.config.n_frames).add(cut)):
            assert int(found[1:].argmax()) + 1 == 12
            assert float(found[12]) > 10 * float(found[1:12].max())


def test_that_a_window_of_one_frame_is_refused() -> None:
    for window in (1, -1):
        with pytest.raises(ValueError, match="two frames"):
            Sliding(tiny().eval(), window)


def test_that_bf16_comes_near() -> None:
    torch.manual_seed(0)
    model = build(ModelConfig(base_width=2, g_dim=16, rnn_size=16)).eval()
    frames = video(model).float()
    exact = Sliding(model, WINDOW).add(frames)
    with autocast(torch.device("cpu"), "bf16"):
        near = in_pieces(Sliding(model, WINDOW), frames, 1, 6)
    assert near.dtype == torch.float32
    torch.testing.assert_close(near, exact, rtol=0.2, atol=1e-3, equal_nan=True)

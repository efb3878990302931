"""Futures follow the paper's generation loop, and depend on nothing but model, clip and seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from support.tiny_models import clips, tiny

from benchmarks import plain
from svg_studio.engine.address import AddressError, ClipAddress, Path, Segment, forked, path_of
from svg_studio.engine.config import DataConfig, ModelConfig
from svg_studio.engine.events import FramesImagined, FutureSampled, Progressed
from svg_studio.engine.models.registry import BACKBONES, build
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.latents import Latents, noise
from svg_studio.engine.sampling.rollout import (
    advance,
    batch_statistics,
    begin,
    futures,
    imagine,
    posterior_means,
    reconstruct,
    sample_batch,
)
from svg_studio.engine.utils.device import autocast
from svg_studio.engine.utils.frames import to_float, to_uint8

HORIZON = 4


def sample(model: SVG, past: torch.Tensor, seeds: list[int], horizon: int = HORIZON, **options: object) -> list[FutureSampled]:
    return [e for e in futures(model, past, seeds, horizon, **options) if isinstance(e, FutureSampled)]


def ready(**settings: object) -> SVG:
    return tiny(**settings).eval()


def apart(a: np.ndarray, b: np.ndarray) -> int:
    """The largest difference of two arrays of bytes."""
    return int(np.abs(a.astype(int) - b).max())


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("prior", ["learned", "fixed"])
@pytest.mark.parametrize("n_past", [1, 2, 3])
@pytest.mark.parametrize("skip_frame", ["original", "last", "every"])
def test_that_futures_follow_the_per_frame_loop(backbone: str, prior: str, n_past: int, skip_frame: str) -> None:
    model = ready(backbone=backbone, prior=prior, skip_frame=skip_frame)
    past = clips(model)[:n_past]  # (n_past, B, C, H, W)
    seeds = [3, 8]
    eps = noise(seeds, n_past + HORIZON, model.config.z_dim).double()
    ours = torch.stack(list(sample_batch(model, past, seeds, HORIZON)))  # (T', K, B, C, H, W)
    for k in range(len(seeds)):
        rows = eps[:, k, None].expand(-1, past.shape[1], -1)
        expected = plain.of(model, train=False).future(past, rows, HORIZON)[n_past:]
        torch.testing.assert_close(ours[:, k], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("prior", ["learned", "fixed"])
@pytest.mark.parametrize("context_latents", ["original", "drawn", "mean"])
def test_that_the_latents_of_given_frames_are_drawn_or_the_mean(prior: str, context_latents: str) -> None:
    model = ready(prior=prior, context_latents=context_latents)
    past = clips(model)[:3]
    eps = noise([3], 3 + HORIZON, model.config.z_dim).double()
    ours = torch.stack(list(sample_batch(model, past, [3], HORIZON)))[:, 0]
    expected = plain.of(model, train=False).future(past, eps[:, 0, None].expand(-1, past.shape[1], -1), HORIZON)[3:]
    torch.testing.assert_close(ours, expected, rtol=1e-6, atol=1e-7)
    eps[1:3] = 0  # of the given frames
    without = plain.of(model, train=False).future(past, eps[:, 0, None].expand(-1, past.shape[1], -1), HORIZON)[3:]
    drawn = context_latents == "drawn" or (context_latents == "original" and prior == "learned")
    assert torch.allclose(ours, without, rtol=1e-6, atol=1e-7) != drawn


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("skip_frame", ["original", "every"])
def test_that_batch_statistics_follow_the_per_frame_loop_and_leave_the_running_ones(backbone: str, skip_frame: str) -> None:
    model = ready(backbone=backbone, skip_frame=skip_frame)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    past = clips(model)[:3]
    x = clips(model, 6)
    eps = noise([3], 3 + HORIZON, model.config.z_dim).double()[:, 0, None].expand(-1, past.shape[1], -1)
    with batch_statistics(model):
        ours = torch.stack(list(sample_batch(model, past, [3], HORIZON)))[:, 0]
        posterior = reconstruct(model, x, 2)
    loop = plain.of(model, train=True)
    torch.testing.assert_close(ours, loop.future(past, eps, HORIZON)[3:], rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(posterior, loop.approximate_posterior(x, 2), rtol=1e-6, atol=1e-7)
    after = model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    running = torch.stack(list(sample_batch(model, past, [3], HORIZON)))[:, 0]
    torch.testing.assert_close(running, plain.of(model, train=False).future(past, eps, HORIZON)[3:], rtol=1e-6, atol=1e-7)
    assert not torch.allclose(running, ours, atol=1e-3)


@pytest.mark.parametrize("n_past", [1, 2, 3])
@pytest.mark.parametrize("skip_frame", ["original", "last", "every"])
def test_that_the_approximate_posterior_follows_the_per_frame_loop(n_past: int, skip_frame: str) -> None:
    model = ready(skip_frame=skip_frame)
    x = clips(model, 6)
    expected = plain.of(model, train=False).approximate_posterior(x, n_past)
    ours = reconstruct(model, x, n_past)
    torch.testing.assert_close(ours, expected, rtol=1e-8, atol=1e-10)
    assert torch.equal(ours[:n_past], x[:n_past])


@pytest.mark.parametrize("precision,bound", [("fp32", 1e-4), ("bf16", 0.05)])
def test_that_a_future_is_the_same_alone_and_among_a_hundred(precision: str, bound: float) -> None:
    torch.manual_seed(0)
    model = build(ModelConfig(base_width=4, rnn_size=32)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    past = clips(model)[:5, 0].float()
    seeds = list(range(40, 140))
    assert torch.equal(noise([77], 30, 10)[:, 0], noise(seeds, 30, 10)[:, 37])
    eps = noise(seeds, 30, 10)
    with autocast(torch.device("cpu"), precision):
        together, alone = begin(model, past[:, None], eps), begin(model, past[:, None], eps[:, 37:38])
        for t in range(5, 30):
            together, alone = advance(model, together, eps[t]), advance(model, alone, eps[t, 37:38])
            assert (together.x[37] - alone.x[0]).abs().max() <= bound
    assert (together.x[37] - together.x[36]).abs().max() > 1e-3


def test_that_a_longer_horizon_begins_the_same() -> None:
    assert torch.equal(noise([5], 40, 3)[:11], noise([5], 11, 3))


def test_that_noise_is_standard_normal() -> None:
    values = noise(range(300), 20, 10)
    assert values.mean().abs() < 0.01
    assert values.std() == pytest.approx(1, abs=0.01)
    assert len({float(v) for v in values[1, :, 0]}) == 300


def test_that_a_future_carries_seed_frames_and_sigma() -> None:
    model = ready().float()
    past = clips(model)[:3, 0].float()
    events = list(futures(model, past, [4, 9], HORIZON))
    assert [e.done for e in events if isinstance(e, Progressed)] == [1, 2, 3, 4]
    first, second = (e for e in events if isinstance(e, FutureSampled))
    assert (first.number, first.seed, second.number, second.seed, first.n_past) == (0, 4, 1, 9, 3)
    assert first.frames.shape == (7, 64, 64, 1)
    assert first.frames.dtype == np.uint8
    assert not first.frames.flags.writeable
    assert np.array_equal(first.frames[:3], to_uint8(past))
    assert math.isnan(first.sigma[0])
    assert len(first.sigma) == 7
    assert all(s > 0 and s != 1 for s in first.sigma[1:])


def test_that_each_frame_is_said_of_all_futures_before_the_next_is_made() -> None:
    model = ready().float()
    past = clips(model)[:3, 0].float()
    made: list[int] = []
    model.decoder.register_forward_hook(lambda *_: made.append(len(made)))
    early: list[FramesImagined] = []
    whole: list[FutureSampled] = []
    for event in futures(model, past, [4, 9], HORIZON):
        if isinstance(event, FramesImagined):
            early.append(event)
            assert len(made) == len(early)
            assert not whole
        elif isinstance(event, FutureSampled):
            whole.append(event)
    assert [(e.t, e.n_past, e.n_frames) for e in early] == [(3, 3, 7), (4, 3, 7), (5, 3, 7), (6, 3, 7)]
    for e in early:
        assert e.frames.dtype == np.uint8
        assert not e.frames.flags.writeable
        assert np.array_equal(e.frames, np.stack([future.frames[e.t] for future in whole]))
    assert not np.array_equal(early[0].frames[0], early[0].frames[1])


def test_that_sigma_is_the_priors() -> None:
    model = ready()
    x = clips(model)[:3]
    eps = noise([1], 4, model.config.z_dim).double().repeat(1, 3, 1)
    at = advance(model, begin(model, x, eps), eps[3])
    h = model.encode(x, 0)[0]
    _, logvar, _ = model.prior(h)  # of frames 1, 2, 3
    torch.testing.assert_close(at.prior_seen, (0.5 * logvar).exp().mean(-1))


def test_that_a_fixed_prior_has_sigma_one() -> None:
    model = ready(prior="fixed").float()
    assert set(sample(model, clips(model)[:3, 0].float(), [1])[0].sigma[1:]) == {1.0}


def moved(**settings: object) -> SVG:
    """A model whose futures differ by more than the last bit of a byte."""
    model = ready(**settings)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    return model


def imagined(model: SVG, past: torch.Tensor, paths: list[Path], horizon: int = HORIZON, **options: Any) -> list[FutureSampled]:
    return [e for e in imagine(model, past, paths, horizon, **options) if isinstance(e, FutureSampled)]


def test_that_children_are_their_parent_up_to_the_fork_and_differ_from_it_on() -> None:
    model = moved()
    past = clips(model)[:3, 0]
    parent = path_of(4)
    paths = [parent, forked(parent, 5, Segment(5, seed=9)), forked(parent, 5, Segment(5, seed=10))]
    events = list(imagine(model, past, paths, HORIZON))
    early = [e for e in events if isinstance(e, FramesImagined)]
    assert [(e.t, e.n_past, e.n_frames, len(e.frames)) for e in early] == [(t, 3, 7, 3) for t in (3, 4, 5, 6)]
    first, *children = (e for e in events if isinstance(e, FutureSampled))
    for child in children:
        assert np.array_equal(child.frames[:5], first.frames[:5])
        assert child.sigma[1:5] == first.sigma[1:5]
        assert apart(child.frames[5:], first.frames[5:]) > 1
    assert apart(children[0].frames[5:], children[1].frames[5:]) > 1
    assert np.array_equal(early[2].frames[1], children[0].frames[5])
    # The parent alone, and with others: the same within rounding, which may take a byte over its edge.
    assert apart(first.frames, sample(model, past, [4])[0].frames) <= 1


def test_that_what_is_shared_is_computed_once() -> None:
    model = ready().float()
    seen: list[int] = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    paths = [forked(path_of(4), 5, Segment(5, seed=seed)) for seed in range(8)]
    imagined(model, clips(model)[:3, 0].float(), paths, 5)
    assert seen == [3, 1, 8, 8, 8], "three given frames, and the one imagined frame before the fork, are encoded for all at once"


def test_that_paths_that_are_all_the_same_are_one() -> None:
    model = ready().float()
    seen: list[int] = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    found = imagined(model, clips(model)[:3, 0].float(), [path_of(4)] * 3)
    assert seen == [3, 1, 1, 1]
    assert len(found) == 3
    assert all(np.array_equal(future.frames, found[0].frames) and future.sigma[1:] == found[0].sigma[1:] for future in found)


@pytest.mark.parametrize("prior", ["learned", "fixed"])
def test_that_temperature_zero_makes_all_futures_one(prior: str) -> None:
    model = moved(prior=prior)
    past = clips(model)[:3, 0]
    cold = imagined(model, past, [path_of(seed, temperature=0) for seed in (1, 2, 3)])
    warm = imagined(model, past, [path_of(seed) for seed in (1, 2, 3)])
    assert all(apart(future.frames, cold[0].frames) == 0 for future in cold)
    assert apart(warm[0].frames, warm[1].frames) > 1


def test_that_a_blend_is_its_ends_at_its_ends_and_something_else_between() -> None:
    model = moved()
    past = clips(model)[:3, 0]
    paths = [path_of(4), path_of(9), *((Segment(0, "blend", seed=4, other=9, weight=w),) for w in (0.0, 1.0, 0.5))]
    a, b, at_a, at_b, between = (future.frames for future in imagined(model, past, paths))
    assert np.array_equal(a, at_a)
    assert np.array_equal(b, at_b)
    assert apart(a, between) > 1 < apart(b, between)


def test_that_held_z_stays_and_an_offset_is_in_units_of_the_priors_sigma() -> None:
    model = moved()
    past = clips(model)[:3]
    z_dim = model.config.z_dim
    offset = tuple(float(k) - 1 for k in range(z_dim))
    paths = [path_of(4), forked(path_of(4), 4, Segment(4, "hold")), (Segment(0, seed=4, offset=offset),)]
    latents = Latents(paths, 3, 7, z_dim, {}, torch.device("cpu"))
    at = begin(model, past[:, :1], latents.given.double())
    seen = []
    for t in range(3, 7):
        mu, logvar, _ = model.prior(at.h[None] if at.h is not None else model.encode(at.x[None], 0)[0], at.prior)
        at = advance(model, at, decide=latents.deciding(t, [0, 1, 2], at.z))
        eps = noise([4], 7, z_dim)[t, 0].double()
        sigma = torch.exp(0.5 * logvar[0])
        torch.testing.assert_close(at.z[0], mu[0, 0] + sigma[0] * eps)
        torch.testing.assert_close(at.z[2], mu[0, 2] + sigma[2] * (eps + torch.tensor(offset).double()))
        seen.append(at.z)
    assert torch.equal(seen[1][1], seen[0][1])
    assert torch.equal(seen[3][1], seen[0][1])
    assert not torch.equal(seen[3][0], seen[0][0])


def test_that_what_is_borrowed_from_the_clip_itself_is_the_approximate_posterior() -> None:
    model = moved()
    x = clips(model, 7)[:, :1]
    own = ClipAddress(DataConfig().to_dict(), "test", 0, 1, 7)
    lent = posterior_means(model, x[:, 0])
    (future,) = imagined(model, x[:3, 0], [(Segment(0, "borrow", clip=own),)], 4, lent={own: lent})
    assert apart(future.frames, to_uint8(reconstruct(model, x, 3)[:, 0])) <= 1
    other = imagined(model, x[:3, 0], [path_of(1)], 4)[0]
    assert apart(future.frames, other.frames) > 1


def test_that_a_path_that_does_not_fit_is_one_sentence() -> None:
    model = ready()
    past = clips(model)[:3, 0]
    short = ClipAddress(DataConfig().to_dict(), "test", 5, 1, 4)
    for path, lent, words in (
        ((Segment(0, seed=1, offset=(1.0,)),), {}, "z_dim"),
        ((Segment(0, "borrow", clip=short),), {short: torch.zeros(4, model.config.z_dim)}, "clip 5, which ends before"),
        ((Segment(0, "borrow", clip=short),), {short: torch.zeros(40, 99)}, "99 dimensions"),
    ):
        with pytest.raises(AddressError, match=words):
            imagined(model, past, [path], lent=lent)
    with pytest.raises(AddressError, match="none before it"):
        imagined(model, past[:1], [forked(path_of(1), 1, Segment(1, "hold"))])


def test_that_context_is_encoded_once_for_all_futures() -> None:
    model = ready().float()
    seen: list[int] = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    sample(model, clips(model)[:3, 0].float(), list(range(10)))
    assert seen == [3, 10, 10, 10]  # the first imagined frame goes on from the context's own encoding


def test_that_bytes_survive_the_way_in_and_out() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 4, 3), dtype=np.uint8)
    assert np.array_equal(to_uint8(to_float(frames)), frames)
    assert to_float(frames).shape == (2, 3, 3, 4, 4)

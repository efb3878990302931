"""One future under a person's hand: what it shares with its last version is kept, and no pixel tells so."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from svg_studio.engine.address import AddressError, ClipAddress, Segment, forked, path_of
from svg_studio.engine.address import Path as FuturePath
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import Event, FramesImagined, FutureSampled, Progressed
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling import rollout, seen, steering
from svg_studio.engine.sampling.futures import imagine_paths
from svg_studio.engine.sampling.steering import steer

DATA = DataConfig(digits="drawn", num_digits=1)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "_places", {})
    monkeypatch.setattr(seen, "_seen", {})


@pytest.fixture
def config(tmp_path: Path) -> FuturesConfig:
    """Of a model whose frames depend on z: 3 given frames, 6 imagined ones."""
    torch.manual_seed(3)
    trained = TrainConfig(model=ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8), data=DATA)
    model = build(trained.model)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3).add_(0.05 * torch.randn_like(p))
    checkpoint.save(tmp_path / "m.pt", model, trained, 3)
    return FuturesConfig(
        model_path=str(tmp_path / "m.pt"), data=DATA, n_past=3, n_future=6, index=5, device="cpu", precision="fp32"
    )


@pytest.fixture
def advanced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which frames were computed."""
    made: list[int] = []

    def advance(model: object, at: rollout.Rollout, **more: object) -> rollout.Rollout:
        made.append(at.t)
        return rollout.advance(model, at, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(steering, "advance", advance)
    return made


def future(events: list[Event]) -> FutureSampled:
    (made,) = (event for event in events if isinstance(event, FutureSampled))
    return made


def steered(config: FuturesConfig, path: FuturePath) -> FutureSampled:
    events = list(steer(config, path))
    frames = [event for event in events if isinstance(event, FramesImagined)]
    assert [event.t for event in frames] == list(range(3, 9))
    assert np.array_equal(np.concatenate([event.frames for event in frames]), future(events).frames[3:])
    return future(events)


def on_wall(config: FuturesConfig, *paths: FuturePath) -> list[FutureSampled]:
    return [event for event in imagine_paths(config, paths) if isinstance(event, FutureSampled)]


def turned(at: int, **rule: object) -> FuturePath:
    return forked(path_of(1), at, Segment(at, **{"seed": 1, **rule}))  # type: ignore[arg-type]


def test_that_a_steered_future_is_the_one_of_its_path(config: FuturesConfig) -> None:
    for path in (path_of(1), turned(5, seed=7), turned(3, kind="blend", other=2, weight=0.3), turned(6, kind="hold")):
        (expected,) = on_wall(config, path)
        made = steered(config, path)
        assert np.abs(made.frames.astype(int) - expected.frames).max() <= 1
        assert made.sigma[1:] == pytest.approx(expected.sigma[1:], rel=1e-4)
        assert (made.seed, made.n_past, len(made.sigma)) == (path[-1].seed, 3, 9)


def test_that_only_what_the_hand_changes_is_computed_and_no_bit_tells(config: FuturesConfig, advanced: list[int]) -> None:
    steered(config, turned(6, temperature=0.5))
    assert advanced == [3, 4, 5, 6, 7, 8]
    advanced.clear()
    warm = steered(config, turned(6, temperature=2.0))
    assert advanced == [6, 7, 8]
    advanced.clear()
    later = steered(config, turned(7, kind="hold"))
    assert advanced == [6, 7, 8], "from where the last one stood"
    steering._places.clear()
    assert np.array_equal(steered(config, turned(6, temperature=2.0)).frames, warm.frames)
    steering._places.clear()
    cold = steered(config, turned(7, kind="hold"))
    assert np.array_equal(cold.frames, later.frames)
    assert (cold.sigma[1:], warm.sigma[1:7]) == (later.sigma[1:], later.sigma[1:7])
    assert not np.array_equal(warm.frames[6], steered(config, turned(6, temperature=0.5)).frames[6])


@pytest.mark.parametrize(
    "path",
    [turned(4, temperature=2.0), forked(path_of(2), 6, Segment(6, seed=9)), forked(turned(4, seed=8), 6, Segment(6, seed=9))],
    ids=["earlier", "other seed", "other way there"],
)
def test_that_another_way_to_the_frame_is_not_mistaken_for_the_last_one(config: FuturesConfig, path: FuturePath) -> None:
    steered(config, turned(6, temperature=0.5))
    after = steered(config, path)
    steering._places.clear()
    assert np.array_equal(after.frames, steered(config, path).frames)


@pytest.mark.parametrize("change", [{"index": 6}, {"n_future": 6, "n_past": 2}, {"data_seed": 4}, {"split": "train"}])
def test_that_nothing_is_taken_over_from_another_clip(config: FuturesConfig, change: dict[str, int]) -> None:
    list(steer(config, turned(6, seed=4)))
    other = replace(config, **change)  # type: ignore[arg-type]
    after = future(list(steer(other, turned(6, seed=4))))
    steering._places.clear()
    assert np.array_equal(after.frames, future(list(steer(other, turned(6, seed=4)))).frames)
    assert not np.array_equal(after.frames[:2], future(list(steer(config, path_of(1)))).frames[:2]) or "n_past" in change


def test_that_work_that_was_dropped_goes_on_where_it_was(config: FuturesConfig, advanced: list[int]) -> None:
    dropped = steer(config, turned(7, seed=4))
    while next(dropped).t < 4:  # type: ignore[union-attr]
        pass
    dropped.close()
    advanced.clear()
    after = steered(config, turned(7, seed=5))
    assert advanced == [5, 6, 7, 8], "a hand that is quicker than the model does not hold it up"
    steering._places.clear()
    assert np.array_equal(after.frames, steered(config, turned(7, seed=5)).frames)


def test_that_temperature_zero_makes_all_futures_one(config: FuturesConfig) -> None:
    cold = [steered(config, forked(path_of(1), 4, Segment(4, seed=seed, temperature=0.0))).frames for seed in (1, 2, 30)]
    assert np.array_equal(cold[0], cold[1])
    assert np.array_equal(cold[0], cold[2])
    warm = [steered(config, forked(path_of(1), 4, Segment(4, seed=seed))).frames for seed in (1, 2)]
    assert not np.array_equal(*warm)


def test_that_a_blend_at_its_ends_is_each_of_them(config: FuturesConfig) -> None:
    for weight, seed in ((0.0, 1), (1.0, 7)):
        blend = steered(config, turned(4, kind="blend", other=7, weight=weight))
        assert np.array_equal(blend.frames, steered(config, turned(4, seed=seed)).frames)
    between = steered(config, turned(4, kind="blend", other=7, weight=0.5))
    assert not np.array_equal(between.frames, steered(config, turned(4, seed=7)).frames)


def test_that_an_offset_of_nothing_is_none(config: FuturesConfig) -> None:
    none = steered(config, turned(4))
    assert np.array_equal(none.frames, steered(config, turned(4, offset=(0.0, 0.0, 0.0))).frames)
    assert np.array_equal(none.frames, steered(config, path_of(1)).frames)
    assert not np.array_equal(none.frames, steered(config, turned(4, offset=(0.0, 3.0, 0.0))).frames)


def test_that_a_clip_that_is_lent_is_read_once(config: FuturesConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    real, read = steering.Asked._lent, []

    def lent(self: steering.Asked, clip: ClipAddress) -> torch.Tensor:
        read.append(clip.index)
        return real(self, clip)

    monkeypatch.setattr(steering.Asked, "_lent", lent)
    for index in (5, 5, 8):
        clip = replace(ClipAddress.of(config), index=index)
        (expected,) = on_wall(config, turned(4, kind="borrow", clip=clip))
        read.clear() if index == 8 else None
        made = steered(config, turned(4, kind="borrow", clip=clip))
        assert np.abs(made.frames.astype(int) - expected.frames).max() <= 1
    assert read == [8]
    read.clear()
    steered(config, turned(4, kind="borrow", clip=replace(ClipAddress.of(config), index=8)))
    assert read == []


def test_that_a_steered_future_that_is_kept_is_what_was_seen(config: FuturesConfig) -> None:
    path = turned(5, temperature=1.7, offset=(1.0, -2.0, 0.0))
    made = steered(config, path)
    parent, kept = on_wall(config, path_of(1), path)
    assert np.array_equal(kept.frames, made.frames)
    assert np.array_equal(kept.frames[:5], parent.frames[:5])
    events = list(imagine_paths(config, [path_of(1), path]))
    arrived = [event.frames[1] for event in events if isinstance(event, FramesImagined)]
    assert np.array_equal(np.stack(arrived), made.frames[3:])
    # Not by chance: among others the seen one is shown, even where it was another.
    (key,) = seen._seen.values()
    ((asked, _),) = key
    seen.remember(asked, path, replace(made, frames=made.frames // 2))
    assert np.array_equal(on_wall(config, path_of(1), path)[1].frames[5:], made.frames[5:] // 2)
    seen.remember(asked, path, replace(made, frames=255 - made.frames))
    events = list(imagine_paths(config, [path_of(1), path]))
    changed = np.stack([event.frames[1] for event in events if isinstance(event, FramesImagined)])
    assert np.array_equal(changed[2:], 255 - made.frames[5:])
    assert np.array_equal(changed[:2], parent.frames[3:5]), "as its parent before they part"
    whole = [event.frames for event in events if isinstance(event, FutureSampled)]
    assert np.array_equal(whole[1][3:], changed)


def test_that_what_was_seen_is_forgotten_where_it_becomes_too_much(config: FuturesConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_BYTES", 2 * 9 * 64 * 64)
    for seed in (4, 5, 6):
        steered(config, turned(5, seed=seed))
    (mine,) = seen._seen.values()
    assert [path[-1].seed for _, path in mine] == [5, 6]


def test_that_a_checkpoint_that_changed_is_refused_with_its_name(config: FuturesConfig) -> None:
    with pytest.raises(AddressError, match=r"m\.pt: the file has changed.*press Sample"):
        list(steer(config, path_of(1), "0" * 64))
    opened = checkpoint.load(Path(config.model_path))
    before = steered(config, turned(5, seed=4))
    checkpoint.save(Path(config.model_path), build(opened.config.model), opened.config, 9)
    os.utime(config.model_path, ns=(1, 1))
    assert not np.array_equal(steered(config, turned(5, seed=4)).frames, before.frames), "and nothing of it is kept"


def test_that_a_path_that_does_not_fit_is_refused(config: FuturesConfig) -> None:
    with pytest.raises(AddressError, match="z_dim 3"):
        list(steer(config, turned(4, offset=(1.0,))))
    with pytest.raises(AddressError, match="held at frame 1"):
        list(steer(replace(config, n_past=1), turned(1, kind="hold")))
    with pytest.raises(AddressError):
        list(steer(config, ()))


def test_that_the_job_of_the_wall_still_says_what_it_said(config: FuturesConfig) -> None:
    steered(config, turned(5, seed=4))
    events = [event for event in imagine_paths(config, [path_of(1), path_of(2)]) if not isinstance(event, Progressed)]
    assert [type(event).__name__ for event in events] == ["FramesImagined"] * 6 + ["FutureSampled"] * 2 + ["FutureScored"] * 2

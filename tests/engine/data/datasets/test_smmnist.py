"""Stochastic Moving MNIST against a plain loop, and what its users rely on."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.places import ROOT

from svg_studio.engine.config import SPLITS, ConvertConfig, DataConfig
from svg_studio.engine.data.clips import browse, open_clips, prepare
from svg_studio.engine.data.datasets.bouncing import trajectories
from svg_studio.engine.data.datasets.digit_bank import DigitBank
from svg_studio.engine.data.datasets.smmnist import _SALT, MovingDigits, draw
from svg_studio.engine.data.registry import DATASETS, Clips
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import ClipOpened
from svg_studio.engine.utils import counter_rng


def opened(
    *, split: str = "train", image_width: int = 64, channels: int = 1, n_frames: int = 15, seed: int = 1, **data: object
) -> Clips:
    config = DataConfig(**{"digits": "drawn", **data})  # type: ignore[arg-type]
    return open_clips(config, split=split, image_width=image_width, channels=channels, n_frames=n_frames, seed=seed)


def a_number(key: int, n: int) -> int:
    """Draw n of a key, by splitmix64 in Python's own integers: the 32 upper bits."""
    z = (key + (n + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return (z ^ z >> 31) >> 32


def plain_clip(clips: MovingDigits, index: int) -> np.ndarray:
    """The clip as FACTS tells it: digit by digit, frame by frame, on floats, clipped at 1."""
    canvas = np.zeros((clips.n_frames, clips.image_width, clips.image_width), np.float64)
    limit = clips.image_width - 32
    for number in range(clips.num_digits):
        key = int(counter_rng.keys(_SALT, clips.seed, SPLITS.index(clips.split), index, number)[0])

        def uniform(n: int, low: int, high: int, key: int = key) -> int:
            return low + (a_number(key, n) * (high - low + 1) >> 32)

        bank = clips.banks[uniform(0, 0, len(clips.banks) - 1)]
        digit = bank.images[uniform(1, 0, len(bank.images) - 1)] / 255
        y, x, dy, dx = uniform(2, 0, limit - 1), uniform(3, 0, limit - 1), uniform(4, -4, 4), uniform(5, -4, 4)
        for t in range(clips.n_frames):
            n = 6 + 4 * t
            if clips.deterministic:
                if y < 0 or y >= limit:
                    y, dy = (0 if y < 0 else limit - 1), -dy
                if x < 0 or x >= limit:
                    x, dx = (0 if x < 0 else limit - 1), -dx
            else:
                if y < 0:
                    y, dy, dx = 0, uniform(n, 1, 4), uniform(n + 1, -4, 4)
                elif y >= limit:
                    y, dy, dx = limit - 1, -uniform(n, 1, 4), uniform(n + 1, -4, 4)
                if x < 0:
                    x, dx, dy = 0, uniform(n + 2, 1, 4), uniform(n + 3, -4, 4)
                elif x >= limit:
                    x, dx, dy = limit - 1, -uniform(n + 2, 1, 4), uniform(n + 3, -4, 4)
            canvas[t, y : y + 32, x : x + 32] += digit
            y, x = y + dy, x + dx
    return np.rint(255 * np.minimum(canvas, 1)).astype(np.uint8)


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("image_width", [64, 128])
@pytest.mark.parametrize("num_digits", [1, 2, 5])
def test_that_a_batch_is_what_the_plain_loop_draws(num_digits: int, image_width: int, deterministic: bool) -> None:
    clips = opened(num_digits=num_digits, image_width=image_width, deterministic=deterministic, n_frames=40)
    assert isinstance(clips, MovingDigits)
    indices = [0, 1, 17, 2**40, 2**62]
    batch = clips.batch(indices)
    assert batch.shape == (40, 5, image_width, image_width, 1)
    assert batch.dtype == np.uint8
    assert batch.flags.c_contiguous
    for place, index in enumerate(indices):
        np.testing.assert_array_equal(batch[:, place, ..., 0], plain_clip(clips, index))


def test_that_a_clip_is_the_same_at_every_visit_beside_any_others() -> None:
    alone = opened().batch([5])
    np.testing.assert_array_equal(opened().batch(np.array([9, 5, 2**62]))[:, 1:2], alone)


def test_that_clips_are_the_same_in_every_process_and_release() -> None:
    ys, xs = trajectories(counter_rng.keys(7, 1, 0, np.arange(50)), 30, 32, deterministic=False)
    digest = hashlib.sha256(np.stack([ys, xs]).astype("<i8").tobytes()).hexdigest()
    assert digest == "4b736bdeade434e2c91e49b493b813f04cd0f0b3b28a162f04999667d3760330"


def test_that_more_frames_begin_as_fewer_do() -> None:
    np.testing.assert_array_equal(opened(n_frames=30).batch([3, 4])[:15], opened(n_frames=15).batch([3, 4]))


def test_that_seed_split_and_index_each_make_another_clip() -> None:
    clips = [opened().batch([0]), opened().batch([1]), opened(seed=2).batch([0]), opened(split="test").batch([0])]
    assert len({clip.tobytes() for clip in clips}) == 4
    train = opened()
    assert isinstance(train, MovingDigits)
    elsewhere = replace(train, split="test").batch([0])  # the same bank, but its digits are chosen and moved anew
    assert (elsewhere != train.batch([0])).any()


def test_that_three_channels_are_the_grey_one_repeated() -> None:
    grey, colour = opened().batch([3]), opened(channels=3).batch([3])
    assert colour.shape == (15, 1, 64, 64, 3)
    assert colour.flags.c_contiguous
    assert (colour == grey).all()


def test_that_digits_start_everywhere_with_every_velocity_equally_often() -> None:
    ys, xs = trajectories(counter_rng.keys(1, np.arange(40_000)), 2, 32, deterministic=False)
    for at in (ys, xs):
        starts = np.bincount(at[0], minlength=32)
        assert len(starts) == 32
        assert abs(starts - 1250).max() < 6 * 1250**0.5
    inner = (np.abs(ys[0] - 15) < 10) & (np.abs(xs[0] - 15) < 10)  # cannot reach an edge in one step
    for at in (ys, xs):
        steps = np.bincount((at[1] - at[0])[inner] + 4)
        assert len(steps) == 9
        assert abs(steps - steps.mean()).max() < 6 * steps.mean() ** 0.5
    assert abs(np.corrcoef((ys[1] - ys[0])[inner], (xs[1] - xs[0])[inner])[0, 1]) < 0.05


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("edge, sign", [(0, 1), (31, -1)])
def test_that_a_bounce_draws_both_velocities_anew(edge: int, sign: int, swap: bool) -> None:
    at, other = trajectories(counter_rng.keys(2, np.arange(20_000)), 12, 32, deterministic=False)[:: -1 if swap else 1]
    assert at.min() == 0
    assert at.max() == 31
    arrived = (at[1:-1] == edge) & (at[:-2] != edge) & (np.abs(other[1:-1] - 15) < 10)
    leaving, along = (sign * (at[2:] - at[1:-1]))[arrived], (other[2:] - other[1:-1])[arrived]
    assert set(leaving[leaving > 0]) == {1, 2, 3, 4}
    assert set(along[leaving > 0]) == set(range(-4, 5))


def test_that_overlapping_digits_saturate() -> None:
    digits = np.full((1, 3, 32, 32), 100, np.uint8)
    corners = np.array([[[0, 0, 0]], [[0, 16, 64 * 31 + 31]]])  # (T, B, K)
    frames = draw(digits, corners, 64)[:, 0, ..., 0]
    assert (frames[0, :32, :32] == 255).all()
    assert frames[0].astype(int).sum() == 255 * 32 * 32
    assert (frames[1, 0, [0, 15, 16, 31, 32, 47, 48]] == [100, 100, 200, 200, 100, 100, 0]).all()
    assert (frames[1, 31, 31], frames[1, 32, 31], frames[1, 62, 62], frames[1, 63].max()) == (255, 100, 100, 0)


def test_that_mixed_digits_are_half_drawn_and_half_mnist(mnist_root: Path) -> None:
    clips = opened(digits="mixed", data_root=str(mnist_root), num_digits=1)
    assert isinstance(clips, MovingDigits)
    drawn = sum("drawn" in clips.source(index) for index in range(400))
    assert 150 < drawn < 250
    for index in range(6):
        np.testing.assert_array_equal(clips.batch([index])[:, 0, ..., 0], plain_clip(clips, index))


def test_that_train_and_test_move_their_own_digits(mnist_root: Path) -> None:
    for digits in ("mnist", "drawn"):
        train, test = (opened(split=split, digits=digits, data_root=str(mnist_root)) for split in ("train", "test"))
        assert isinstance(train, MovingDigits)
        assert isinstance(test, MovingDigits)
        known = {image.tobytes() for bank in train.banks for image in bank.images}
        assert not any(image.tobytes() in known for bank in test.banks for image in bank.images)


def test_that_a_clip_says_which_digits_move_in_it(mnist_root: Path) -> None:
    bank = DigitBank("MNIST test", np.zeros((1, 32, 32), np.uint8), np.array([7], np.uint8))
    options = {"split": "test", "image_width": 64, "channels": 1, "n_frames": 3, "deterministic": False, "seed": 1}
    assert MovingDigits(banks=(bank,), num_digits=1, **options).source(0) == "MNIST test digit 7"  # type: ignore[arg-type]
    assert MovingDigits(banks=(bank,), num_digits=3, **options).source(0) == "MNIST test digits 7, 7 and 7"  # type: ignore[arg-type]
    clips = opened(split="test", digits="mnist", data_root=str(mnist_root), num_digits=1)
    assert isinstance(clips, MovingDigits)
    shown = clips.batch([4])[0, 0, ..., 0]
    (ys, xs), bank = np.nonzero(shown), clips.banks[0]
    label = int(clips.source(4).split()[-1])
    masks = [np.nonzero(image) for image in bank.images[bank.labels == label]]
    assert any(
        len(m[0]) == len(ys) and (m[0] - m[0].min() == ys - ys.min()).all() and (m[1] - m[1].min() == xs - xs.min()).all()
        for m in masks
    )


def test_that_browsing_yields_the_clips_asked_for() -> None:
    events = list(browse(DataConfig(digits="drawn"), 64, 1, "test", [3, 8], 12, 5))
    assert [(type(e), e.split, e.index) for e in events if isinstance(e, ClipOpened)] == [(ClipOpened, "test", i) for i in (3, 8)]
    for event in events:
        assert isinstance(event, ClipOpened)
        assert not event.frames.flags.writeable
        np.testing.assert_array_equal(event.frames, opened(split="test", n_frames=12, seed=5).batch([event.index])[:, 0])


@pytest.mark.parametrize(
    "change, word",
    [
        ({"dataset": "mars"}, "smmnist"),
        ({"split": "validation"}, "has no such clips; choose train or test"),
        ({"split": "val"}, "split=val: Stochastic Moving MNIST has no such clips; choose train or test"),
        ({"image_width": 48}, "64 or 128"),
        ({"channels": 2}, "1 or 3"),
        ({"n_frames": 0}, "at least 1"),
    ],
)
def test_that_what_is_not_offered_is_refused_with_what_is(change: dict[str, object], word: str) -> None:
    with pytest.raises(DataError, match=word):
        opened(**change)  # type: ignore[arg-type]


def test_that_a_clip_before_the_first_is_refused() -> None:
    with pytest.raises(DataError, match="clip -1"):
        opened().batch([2, -1])


def test_that_entries_name_what_is_there() -> None:
    fields = set(DataConfig.__dataclass_fields__)
    for name, entry in DATASETS.items():
        assert set(entry.options) <= fields
        assert set(entry.conversion) <= set(ConvertConfig.__dataclass_fields__)
        if entry.conversion:
            continue
        clips = opened(dataset=name, image_width=entry.widths[0], channels=entry.channels[0], n_frames=2)
        assert clips.batch([0]).shape == (2, 1, entry.widths[0], entry.widths[0], entry.channels[0])
        assert (clips.count, clips.n_frames) == (0, 2)


def test_that_drawn_digits_need_no_preparation() -> None:
    assert list(prepare(DataConfig(digits="drawn", data_root="/nowhere"))) == []


def run(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)


def test_that_the_entries_can_be_read_without_the_libraries() -> None:
    run(
        "import sys, svg_studio.engine.data.registry\n"
        "assert not {'numpy', 'torch', 'cv2', 'torchvision', 'requests'} & set(sys.modules)"
    )


def test_that_drawn_digits_need_torch_numpy_and_einops_alone() -> None:
    run(
        "import sys\n"
        "absent = 'cv2 PIL torchvision matplotlib requests av PySide6 pyqtgraph tqdm psutil platformdirs'\n"
        "sys.modules.update(dict.fromkeys(absent.split()))\n"
        "from svg_studio.engine.config import SPLITS, DataConfig\n"
        "from svg_studio.engine.data.clips import open_clips, prepare\n"
        "data = DataConfig(digits='drawn')\n"
        "assert not list(prepare(data))\n"
        "open_clips(data, split='train', image_width=64, channels=1, n_frames=5, seed=1).batch(range(4))\n"
    )

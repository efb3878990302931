"""Clips out of a store: the same at every visit, windows that cover all of a sequence, and sequences that are too short."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.fake_source import FakeSource, frames_of, install

from svg_studio.cli.remedies import words
from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.clips import browse, open_clips, prepare
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.loader import batches, first_clips
from svg_studio.engine.data.source import Unit
from svg_studio.engine.data.stored_clips import StoredClips, open_stored
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import ClipOpened, Remedy

LENGTHS = {"t0": 8, "t1": 3, "a": 12, "b": 4, "c": 5, "d": 30}


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DataConfig:
    install(monkeypatch, FakeSource(lengths=LENGTHS))
    list(convert(ConvertConfig(data_root=str(tmp_path), source="there", store="mine")))
    return DataConfig(dataset="videos", data_root=str(tmp_path), store="mine")


def opened(data: DataConfig, n_frames: int = 5, split: str = "train", seed: int = 1) -> StoredClips:
    clips = open_clips(data, split=split, image_width=64, channels=1, n_frames=n_frames, seed=seed)
    assert isinstance(clips, StoredClips)
    return clips


def start_of(clip: np.ndarray, name: str) -> int:
    """Where in its sequence a clip begins; fails if it is not a window of it."""
    frames = frames_of(name, LENGTHS[name])
    (start,) = [s for s in range(len(frames) - len(clip) + 1) if np.array_equal(frames[s : s + len(clip)], clip)]
    return start


def test_that_a_clip_is_a_window_of_its_sequence(data: DataConfig) -> None:
    clips = opened(data)
    assert clips.count == 4
    assert clips.usable.tolist() == [0, 2, 3]
    batch = clips.batch([0, 2, 3, 4, 7])
    assert batch.shape == (5, 5, 64, 64, 1)
    assert batch.flags.c_contiguous
    for b, name in enumerate(["a", "c", "d", "a", "d"]):
        start_of(batch[:, b], name)


def test_that_the_same_index_is_the_same_clip_alone_and_in_a_batch_and_when_opened_again(data: DataConfig) -> None:
    many = opened(data).batch([3, 0, 11, 2])
    for b, index in enumerate([3, 0, 11, 2]):
        assert np.array_equal(opened(data).batch([index])[:, 0], many[:, b])


def test_that_windows_begin_anywhere_with_equal_chance(data: DataConfig) -> None:
    clips = opened(data, n_frames=27)  # of the 30 frames of d, sequence 3
    visits = 2000
    starts = Counter(clips.source(3 + clips.count * visit) for visit in range(visits))
    assert len(starts) == 4
    assert all(abs(n - visits / 4) < 5 * (visits * 3 / 16) ** 0.5 for n in starts.values())
    batch = clips.batch(3 + clips.count * np.arange(40))
    assert {start_of(batch[:, b], "d") for b in range(40)} == {0, 1, 2, 3}


def test_that_another_seed_gives_other_windows(data: DataConfig) -> None:
    indices = 3 + 4 * np.arange(10)
    assert not np.array_equal(opened(data, seed=1).batch(indices), opened(data, seed=2).batch(indices))


def test_that_sets_without_windows_begin_at_the_start(data: DataConfig) -> None:
    clips = open_stored(data, split="train", image_width=64, channels=1, n_frames=5, seed=1, windows=False)
    batch = clips.batch([0, 3, 7])
    assert [start_of(batch[:, b], name) for b, name in enumerate(["a", "d", "d"])] == [0, 0, 0]


def test_that_a_clip_tells_where_it_comes_from(data: DataConfig) -> None:
    clips = opened(data)
    start = start_of(clips.batch([3])[:, 0], "d")
    assert clips.source(3) == f"d, frames {start}-{start + 4}"


def test_that_an_index_means_the_same_sequence_whatever_the_length(data: DataConfig) -> None:
    assert opened(data, n_frames=3).source(2).startswith("c,")
    assert opened(data, n_frames=5).source(2).startswith("c,")


def test_that_a_sequence_that_is_too_short_is_said_when_it_is_asked_for(data: DataConfig) -> None:
    with pytest.raises(DataError, match=r"clip 1 \(b\) has 4 frames, not 5; choose another clip or fewer frames"):
        opened(data).batch([0, 1])
    with pytest.raises(DataError, match="counted from 0"):
        opened(data).batch([-1])


def test_that_the_longest_sequence_is_named_where_none_is_long_enough(data: DataConfig) -> None:
    with pytest.raises(DataError, match=r"no test sequence is long enough \(the longest has 8 frames, 9 are needed\)"):
        opened(data, n_frames=9, split="test")


def test_that_a_store_without_a_split_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(lengths={"a": 9, "b": 9}))
    list(convert(ConvertConfig(data_root=str(tmp_path), source="there")))
    with pytest.raises(DataError, match="has no train sequences; convert with files to train on"):
        opened(DataConfig(dataset="videos", data_root=str(tmp_path)))


def test_that_width_and_channels_are_checked_against_the_store(data: DataConfig) -> None:
    with pytest.raises(DataError, match=r"64 px wide with 1 channel, the model takes 64 px with 3 channels"):
        open_clips(data, split="train", image_width=64, channels=3, n_frames=5, seed=1)
    with pytest.raises(DataError, match=r"store-128, only in store-64$") as raised:
        open_clips(data, split="train", image_width=128, channels=1, n_frames=5, seed=1)
    assert raised.value.remedy is not None
    (job,) = raised.value.remedy.jobs
    assert (job[0], job[2]["image_width"]) == ("convert", "128")


def test_that_a_store_of_another_data_set_is_refused(data: DataConfig) -> None:
    wrong = DataConfig(dataset="kth", data_root=data.data_root, store="mine")
    with pytest.raises(DataError, match="holds videos, not kth"):
        open_stored(wrong, split="train", image_width=64, channels=1, n_frames=5, seed=1, windows=True)


def test_that_preparing_a_set_that_is_not_converted_names_the_commands(tmp_path: Path) -> None:
    from svg_studio.engine.data.stored_clips import prepare_stored

    with pytest.raises(DataError, match="no clips in") as raised:
        list(prepare_stored(DataConfig(dataset="bair", data_root=str(tmp_path))))
    root = {"data_root": str(tmp_path)}
    assert raised.value.remedy == Remedy(jobs=(("download", "bair", root), ("convert", "bair", root)))
    said = f"; run `python main.py download bair --data_root {tmp_path}`, then `python main.py convert bair --data_root {tmp_path}`"
    assert words(raised.value.remedy) == said
    with pytest.raises(DataError, match="no clips in") as other:
        list(prepare_stored(DataConfig(dataset="videos", data_root=str(tmp_path), store="mine")))
    assert words(other.value.remedy).startswith("; run `python main.py convert videos --source FOLDER --data_root ")
    assert words(other.value.remedy).endswith(" --store mine`")


def test_that_training_batches_pass_over_every_long_sequence_once_in_a_new_order(data: DataConfig) -> None:
    clips = opened(data)
    stream = batches(clips, 3, seed=5, threads=0)
    orders = []
    for _ in range(6):
        batch = next(stream)
        names = []
        for b in range(3):
            for name in ("a", "c", "d"):
                try:
                    start_of(batch[:, b], name)
                except ValueError:
                    continue
                names.append(name)
        assert sorted(names) == ["a", "c", "d"]
        orders.append(tuple(names))
    assert len(set(orders)) > 1


def test_that_later_passes_take_other_windows(data: DataConfig) -> None:
    clips = opened(data)
    stream = batches(clips, 3, seed=5, threads=2)
    seen = set()
    for _ in range(12):
        batch = next(stream)
        for b in range(3):
            seen.add(batch[:, b].tobytes())
    assert len(seen) > 12


def test_that_the_first_clips_are_those_that_are_long_enough(data: DataConfig) -> None:
    assert first_clips(opened(data), 50).tolist() == [0, 2, 3]
    assert first_clips(opened(data), 2).tolist() == [0, 2]
    digits = open_clips(DataConfig(digits="drawn"), split="test", image_width=64, channels=1, n_frames=5, seed=1)
    assert first_clips(digits, 3).tolist() == [0, 1, 2]


def test_that_a_set_of_drawn_digits_needs_no_preparation() -> None:
    assert list(prepare(DataConfig(digits="drawn"))) == []


def test_that_val_is_opened_where_there_is_one_and_asked_for_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = install(monkeypatch, FakeSource(lengths={"a": 9, "b": 9, "c": 9}))
    source.made = [Unit(split, name, tmp_path, 100) for split, name in (("train", "a"), ("test", "b"), ("val", "c"))]
    list(convert(ConvertConfig(data_root=str(tmp_path), source="there")))
    there = DataConfig(dataset="videos", data_root=str(tmp_path))
    assert np.array_equal(opened(there, 9, "val").batch([0])[:, 0], frames_of("c", 9))
    (shown,) = browse(there, 64, 1, "val", [0], 30, 1)
    assert isinstance(shown, ClipOpened)
    assert (shown.split, shown.source) == ("val", "c, frames 0-8")


def test_that_a_store_without_val_says_so_in_one_sentence(data: DataConfig) -> None:
    with pytest.raises(DataError, match=r"has no val sequences; choose train or test, or convert with a folder val$"):
        opened(data, split="val")
    with pytest.raises(DataError, match=r"has no val sequences"):
        list(browse(data, 64, 1, "val", [0], 5, 1))
    with pytest.raises(DataError, match=r"split=val: KTH actions has no such clips; choose train or test$"):
        opened(replace(data, dataset="kth"), split="val")

"""Conversions: the store holds what was read, however often the job was cut off, and nothing is put in the place of anything."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import fake_source
from support.fake_source import FakeSource, actions_of, frames_of, install

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.convert import convert, read_ahead
from svg_studio.engine.data.source import Noted, Piece, Unit
from svg_studio.engine.data.store import open_store, verify
from svg_studio.engine.data.store_writer import JOURNAL, old_of, unfinished
from svg_studio.engine.errors import Busy, DataError
from svg_studio.engine.events import Logged, Progressed, Remedy, SourceNoted, SourceSkipped, StoreConverted
from svg_studio.engine.utils import files
from svg_studio.engine.utils.files import part_of


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> FakeSource:
    return install(monkeypatch, FakeSource())


def wanted(tmp_path: Path, **settings: object) -> ConvertConfig:
    return ConvertConfig(**{"data_root": str(tmp_path), "source": "there", "test_percent": 10, **settings})


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def cut_off(config: ConvertConfig, after: int) -> None:
    """Runs a conversion until so many units are finished, and a little further."""
    events = convert(config)
    for event in events:
        if isinstance(event, Progressed) and event.done > 100 * after:
            break
    events.close()


def test_that_a_store_holds_every_frame_and_action_that_was_read(source: FakeSource, tmp_path: Path) -> None:
    *_, converted = convert(wanted(tmp_path))
    assert isinstance(converted, StoreConverted)
    store = open_store(tmp_path / "videos" / "store-64")
    assert converted.sequences == {"train": 6, "test": 2}
    assert converted.frames == {"train": sum(source.lengths.values()) - 17, "test": 17}
    for split, names in (("test", ["seq0", "seq1"]), ("train", [f"seq{n}" for n in range(2, 8)])):
        frames, actions = store.frames(split), store.extra(split, "action")
        assert [s.name for s in store.sequences[split]] == names
        for sequence in store.sequences[split]:
            rows = slice(sequence.first, sequence.first + sequence.length)
            assert np.array_equal(frames[rows], frames_of(sequence.name, source.lengths[sequence.name]))
            assert np.array_equal(actions[rows], actions_of(sequence.name, source.lengths[sequence.name]))


def test_that_the_files_are_plain_npy_files(source: FakeSource, tmp_path: Path) -> None:
    list(convert(wanted(tmp_path)))
    folder = tmp_path / "videos" / "store-64"
    assert np.load(folder / "train.npy").shape == (sum(source.lengths.values()) - 17, 64, 64, 1)
    assert np.load(folder / "test.action.npy").dtype == np.float32
    assert not list(folder.parent.glob(".*"))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_that_a_conversion_goes_on_where_it_was_cut_off(source: FakeSource, tmp_path: Path, after: int) -> None:
    whole, config = wanted(tmp_path, store="whole"), wanted(tmp_path, store="cut")
    list(convert(whole))
    cut_off(config, after)
    assert not config.folder.exists()
    source.reads.clear()
    said = list(convert(config))
    assert len(source.reads) == len(source.units) - after
    assert bytes_of(config.folder) == bytes_of(whole.folder)
    assert any("going on after" in event.text for event in said if isinstance(event, Logged)) == (after > 0)


def test_that_progress_counts_what_was_done_before(source: FakeSource, tmp_path: Path) -> None:
    config = wanted(tmp_path)
    cut_off(config, 2)
    progress = [event for event in convert(config) if isinstance(event, Progressed)]
    assert progress[0].done == 200
    assert progress[-1].done == progress[-1].total == 400
    assert [p.done for p in progress] == sorted(p.done for p in progress)


def test_that_frames_the_journal_does_not_tell_of_are_cut_off(source: FakeSource, tmp_path: Path) -> None:
    whole, config = wanted(tmp_path, store="whole"), wanted(tmp_path, store="cut")
    list(convert(whole))
    cut_off(config, 2)
    with (part_of(config.folder) / "train.npy").open("ab") as file:
        file.write(b"half a frame")
    list(convert(config))
    assert bytes_of(config.folder) == bytes_of(whole.folder)


@pytest.mark.parametrize("damage", ["torn line", "half a line", "lost frames", "no journal", "another format"])
def test_that_a_damaged_beginning_is_made_again(source: FakeSource, tmp_path: Path, damage: str) -> None:
    whole, config = wanted(tmp_path, store="whole"), wanted(tmp_path, store="cut")
    list(convert(whole))
    cut_off(config, 3)
    part = part_of(config.folder)
    journal = part / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    if damage == "torn line":
        journal.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    elif damage == "half a line":
        journal.write_bytes(b"".join(lines[:2]) + json.dumps({**json.loads(lines[2]), "skipped": [3]}).encode() + b"\n")
    elif damage == "lost frames":
        (part / "train.npy").write_bytes((part / "train.npy").read_bytes()[:50_000])
    elif damage == "no journal":
        journal.unlink()
    else:
        journal.write_bytes(json.dumps({"format": 99}).encode() + b"\n" + b"".join(lines[1:]))
    source.reads.clear()
    list(convert(config))
    assert len(source.reads) > 1
    assert bytes_of(config.folder) == bytes_of(whole.folder)


def test_that_other_settings_begin_anew(source: FakeSource, tmp_path: Path) -> None:
    cut_off(wanted(tmp_path), 2)
    source.reads.clear()
    list(convert(wanted(tmp_path, fit="crop")))
    assert len(source.reads) == len(source.units)


def test_that_a_finished_store_is_not_made_twice(source: FakeSource, tmp_path: Path) -> None:
    list(convert(wanted(tmp_path)))
    before = bytes_of(wanted(tmp_path).folder)
    source.reads.clear()
    said = list(convert(wanted(tmp_path)))
    assert not source.reads
    assert isinstance(said[-1], StoreConverted)
    assert bytes_of(wanted(tmp_path).folder) == before


def test_that_a_store_of_other_settings_or_files_is_never_overwritten(source: FakeSource, tmp_path: Path) -> None:
    list(convert(wanted(tmp_path)))
    before = bytes_of(wanted(tmp_path).folder)
    with pytest.raises(DataError, match=r"with other settings$") as raised:
        list(convert(wanted(tmp_path, fit="crop")))
    assert raised.value.remedy == Remedy(other=("store", "replace"))
    source.lengths["one more"] = 3
    with pytest.raises(DataError, match="other files"):
        list(convert(wanted(tmp_path)))
    del source.lengths["one more"]
    source.plan = "another list of sequences"
    with pytest.raises(DataError, match="other files"):
        list(convert(wanted(tmp_path)))
    assert bytes_of(wanted(tmp_path).folder) == before


@pytest.mark.parametrize("setting,value", [("background", "#ffffff"), ("depth", 12)])
def test_that_stores_from_before_a_setting_count_as_made_with_its_default(
    setting: str, value: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, FakeSource())
    list(convert(wanted(tmp_path)))
    assert setting not in open_store(wanted(tmp_path).folder).settings
    other = wanted(tmp_path, **{setting: value})
    with pytest.raises(DataError, match=r"with other settings$"):
        list(convert(other))
    list(convert(replace(other, replace=True)))
    assert open_store(other.folder).settings[setting] == value
    with pytest.raises(DataError, match=r"with other settings$"):
        list(convert(wanted(tmp_path)))


def test_that_replace_puts_the_new_store_in_the_place_of_the_old(source: FakeSource, tmp_path: Path) -> None:
    list(convert(wanted(tmp_path)))
    list(convert(wanted(tmp_path, fit="crop", replace=True)))
    assert open_store(wanted(tmp_path).folder).settings["fit"] == "crop"
    assert [path.name for path in (tmp_path / "videos").iterdir()] == ["store-64"]


def test_that_what_is_left_out_is_named_and_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(broken=("seq2+seq3",), missing=("seq9",)))
    said = list(convert(wanted(tmp_path)))
    skips = [(event.source, event.reason) for event in said if isinstance(event, SourceSkipped)]
    assert skips == [("seq9", "is missing"), ("seq2+seq3", "is broken at byte 7")]
    converted = said[-1]
    assert isinstance(converted, StoreConverted)
    assert converted.skipped == 2
    assert "seq2+seq3: is broken at byte 7" in converted.report.read_text()
    assert [s.name for s in open_store(converted.path).sequences["train"]] == ["seq2", *(f"seq{n}" for n in range(4, 8))]


def test_that_what_was_left_out_before_the_cut_is_in_the_report_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(broken=("seq2+seq3",), missing=("seq9",)))
    cut_off(wanted(tmp_path), 2)
    cut_off(wanted(tmp_path), 3)
    said = list(convert(wanted(tmp_path)))
    assert not [event for event in said if isinstance(event, SourceSkipped)]
    assert open_store(wanted(tmp_path).folder).skipped == (("seq9", "is missing"), ("seq2+seq3", "is broken at byte 7"))


def test_that_notes_are_told_and_kept_apart_from_what_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(notes=(Noted("all", "is alone"),), noted=("seq0+seq1", "seq4+seq5")))
    cut_off(wanted(tmp_path), 1)
    said = list(convert(wanted(tmp_path, damaged="stop")))
    sorted_by = "was sorted by its numbers"
    assert [(event.source, event.note) for event in said if isinstance(event, SourceNoted)] == [("seq4+seq5", sorted_by)]
    assert isinstance(said[-1], StoreConverted)
    assert (said[-1].skipped, said[-1].notes) == (0, 3)
    store = open_store(said[-1].path)
    assert store.notes == (("all", "is alone"), ("seq0+seq1", sorted_by), ("seq4+seq5", sorted_by))
    assert store.skipped == ()
    assert said[-1].report.read_text(encoding="utf-8").splitlines() == [
        *("train: 6 sequences, 75 frames", "test: 2 sequences, 17 frames", "", "Left out", "nothing"),
        *("", "Notes", "all: is alone", f"seq0+seq1: {sorted_by}", f"seq4+seq5: {sorted_by}"),
    ]


def test_that_damage_stops_where_that_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(broken=("seq2+seq3",), missing=("seq9",)))
    with pytest.raises(DataError, match=r"seq2\+seq3: is broken at byte 7; mend it"):
        list(convert(wanted(tmp_path, damaged="stop")))
    assert not wanted(tmp_path).folder.exists()


def test_that_nothing_to_convert_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, FakeSource(lengths={}, missing=("seq9",)))
    with pytest.raises(DataError, match=r"there: nothing in it could be converted \(seq9: is missing\)"):
        list(convert(wanted(tmp_path)))
    assert not list((tmp_path / "videos").iterdir())


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two frames are moved at a time."""
    monkeypatch.setattr("svg_studio.engine.data.store_writer._AT_ONCE", 2 * 64 * 64)


def drawn(split: str, lengths: dict[str, int], draws: dict[str, int]) -> FakeSource:
    """A source of which every sequence is a unit, all in one split, drawn by hash where there is a draw."""
    source = FakeSource(lengths=lengths)
    source.made = [Unit(split, name, Path(__file__), 100, draws.get(name, -1)) for name in lengths]
    return source


FILLS = [
    (
        "train",
        {"a": 8, "b": 9, "c": 7, "d": 4},
        {"a": 5, "b": 2, "c": 9, "d": 2},
        {"train": {"a": 8, "c": 7}, "test": {"b": 9, "d": 4}},
    ),
    ("test", {"a": 8, "b": 9, "c": 7}, {"a": 1, "b": 2, "c": 3}, {"train": {"a": 8}, "test": {"b": 9, "c": 7}}),
    ("train", {"a": 8, "b": 9, "c": 7}, {"c": 3}, {"train": {"a": 8, "b": 9}, "test": {"c": 7}}),
    ("train", {"a": 90}, {"a": 5}, {"train": {"a": 50}, "test": {"a": 40}}),
    ("test", {"a": 15}, {"a": 5}, {"train": {"a": 8}, "test": {"a": 7}}),
    ("train", {"a": 90}, {}, {"train": {"a": 90}, "test": {}}),
]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("split, lengths, draws, wanted_lengths", FILLS)
def test_that_a_split_drawn_by_hash_is_filled_with_whole_frames_and_actions(
    split: str,
    lengths: dict[str, int],
    draws: dict[str, int],
    wanted_lengths: dict[str, dict[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    install(monkeypatch, drawn(split, lengths, draws))
    list(convert(wanted(tmp_path)))
    store = open_store(wanted(tmp_path).folder)
    assert {s: {one.name: one.length for one in those} for s, those in store.sequences.items()} == wanted_lengths
    for part in ("train", "test"):
        for one in store.sequences[part]:
            rows = slice(one.first, one.first + one.length)
            of = slice(-one.length if part == "test" else 0, None if part == "test" else one.length)
            assert np.array_equal(store.frames(part)[rows], frames_of(one.name, lengths[one.name])[of])
            assert np.array_equal(store.extra(part, "action")[rows], actions_of(one.name, lengths[one.name])[of])
    assert not list(verify(store.path))[-1].problems  # type: ignore[union-attr]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("fill", FILLS[:5])
def test_that_a_conversion_cut_off_at_any_step_of_a_move_begins_anew_and_ends_in_the_same_store(
    fill: tuple[str, dict[str, int], dict[str, int], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = install(monkeypatch, drawn(*fill[:3]))
    said = list(convert(wanted(tmp_path, store="whole")))
    moving = [event for event in said if isinstance(event, Progressed) and event.doing == "Splitting"]
    assert moving[-1].done == moving[-1].total
    for after in range(len(moving)):
        events = convert(wanted(tmp_path, store="cut"))
        steps = (event for event in events if isinstance(event, Progressed) and event.doing == "Splitting")
        for _ in range(after + 1):
            next(steps)
        events.close()
        assert not wanted(tmp_path, store="cut").folder.exists()
        source.reads.clear()
        list(convert(ConvertConfig.from_dict(unfinished(part_of(wanted(tmp_path, store="cut").folder)).to_dict())))
        assert source.reads == list(fill[1])
        assert bytes_of(wanted(tmp_path, store="cut").folder) == bytes_of(wanted(tmp_path, store="whole").folder)
        shutil.rmtree(tmp_path / "cut")


def test_that_val_is_a_split_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = install(monkeypatch, FakeSource(lengths={"a": 5, "b": 6, "c": 7, "d": 8}))
    source.made = [
        Unit(split, name, Path(__file__), 100) for split, name in zip(("train", "test", "val", "val"), "abcd", strict=True)
    ]
    *_, converted = convert(wanted(tmp_path))
    assert isinstance(converted, StoreConverted)
    assert converted.sequences == {"train": 1, "test": 1, "val": 2}
    store = open_store(converted.path)
    assert np.array_equal(store.frames("val"), np.concatenate([frames_of("c", 7), frames_of("d", 8)]))
    assert np.array_equal(np.load(converted.path / "val.action.npy"), np.concatenate([actions_of("c", 7), actions_of("d", 8)]))
    assert "val: 2 sequences, 15 frames" in converted.report.read_text(encoding="utf-8")


def test_that_two_jobs_do_not_write_the_same_store(source: FakeSource, tmp_path: Path) -> None:
    first = convert(wanted(tmp_path))
    next(first)
    with pytest.raises(Busy, match=rf"store-64: process {os.getpid()} on .* has been converting this since .*; wait for that one"):
        list(convert(wanted(tmp_path)))
    first.close()
    list(convert(wanted(tmp_path)))


def test_that_a_disk_that_is_too_small_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = install(monkeypatch, FakeSource(expected_bytes=10**12))
    monkeypatch.setattr(files, "free_bytes", lambda folder: 10**9)
    with pytest.raises(DataError, match=r"needs 1,000,067 MB, the disk has 1,000 MB free"):
        list(convert(wanted(tmp_path)))
    assert not source.reads


def test_that_a_disk_that_cannot_be_written_is_said(source: FakeSource, tmp_path: Path) -> None:
    (tmp_path / "videos").write_text("a file where the folder would be")
    with pytest.raises(DataError, match="videos"):
        list(convert(wanted(tmp_path)))


def test_that_a_data_set_without_conversion_or_of_another_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="smmnist: needs no conversion; choose one of bair, kth, videos"):
        list(convert(ConvertConfig(dataset="smmnist", data_root=str(tmp_path))))
    with pytest.raises(DataError, match="BAIR robot pushing comes 64 px wide"):
        list(convert(ConvertConfig(dataset="bair", image_width=128, data_root=str(tmp_path))))


def test_that_units_come_in_order_though_they_are_read_at_once() -> None:
    units = [Unit("train", str(n), Path(str(n)), 1) for n in range(20)]

    def read(unit: Unit):
        for k in range(30):
            yield Piece(unit.name, np.full((1, 1, 1, 1), k, np.uint8))

    seen = [(unit.name, [int(p.frames[0, 0, 0, 0]) for p in pieces]) for unit, pieces in read_ahead(read, units, 3)]
    assert seen == [(str(n), list(range(30))) for n in range(20)]


def test_that_an_error_of_a_reader_comes_out_and_the_other_readers_end() -> None:
    ended: list[str] = []

    def read(unit: Unit):
        try:
            for _ in range(1000):
                yield Piece(unit.name, np.zeros((1, 1, 1, 1), np.uint8))
                if unit.name == "1":
                    raise DataError("1: unreadable")
        finally:
            ended.append(unit.name)

    units = [Unit("train", str(n), Path(str(n)), 1) for n in range(4)]
    with pytest.raises(DataError, match="1: unreadable"):
        _ = [list(pieces) for _, pieces in read_ahead(read, units, 2)]
    assert {"0", "1"} <= set(ended)
    assert set(ended) <= {"0", "1", "2"}


def test_that_unfinished_work_is_found_again_by_inspect(source: FakeSource, tmp_path: Path) -> None:
    config = wanted(tmp_path, fit="crop")
    cut_off(config, 2)
    (found,) = fake_source.inspect("videos", tmp_path).stores
    assert not found.finished
    assert ConvertConfig.from_dict(found.settings) == config
    list(convert(ConvertConfig.from_dict(found.settings)))
    inspected = fake_source.inspect("videos", tmp_path)
    assert inspected.ready
    assert inspected.stores[0].clips == {"train": 6, "test": 2}
    shutil.rmtree(tmp_path / "videos")
    assert not fake_source.inspect("videos", tmp_path).ready


def test_that_png_files_are_asked_of_every_file_or_of_none(source: FakeSource, tmp_path: Path) -> None:
    cut_off(wanted(tmp_path), 2)
    source.reads.clear()
    list(convert(wanted(tmp_path, png=True)))
    assert len(source.reads) == len(source.units)
    source.reads.clear()
    list(convert(wanted(tmp_path)))
    assert not source.reads
    list(convert(wanted(tmp_path, replace=True)))
    with pytest.raises(DataError, match=r"was converted without PNG files$") as raised:
        list(convert(wanted(tmp_path, png=True)))
    assert raised.value.remedy == Remedy(other=("replace",))


def test_that_a_source_that_is_gone_is_no_damage_and_what_was_done_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = install(monkeypatch, FakeSource(broken=("seq4+seq5",)))
    gone = tmp_path / "gone.avi"
    gone.write_text("there")
    source.paths["seq4+seq5"] = gone
    events = convert(wanted(tmp_path))
    for event in events:
        if isinstance(event, Progressed) and event.total:
            gone.unlink(missing_ok=True)
            break
    with pytest.raises(DataError, match=r"gone\.avi: is gone; bring it back"):
        list(events)
    assert not wanted(tmp_path).folder.exists()
    assert part_of(wanted(tmp_path).folder).exists()


def test_that_a_file_that_has_changed_is_converted_anew_though_its_size_is_the_same(source: FakeSource, tmp_path: Path) -> None:
    file = tmp_path / "changing.avi"
    file.write_text("one")
    source.paths["seq2+seq3"] = file
    list(convert(wanted(tmp_path)))
    os.utime(file, (1, 1))
    with pytest.raises(DataError, match="other files"):
        list(convert(wanted(tmp_path)))


def test_that_a_conversion_of_other_settings_that_is_thrown_away_is_said(source: FakeSource, tmp_path: Path) -> None:
    cut_off(wanted(tmp_path), 2)
    said = [event.text for event in convert(wanted(tmp_path, fit="crop")) if isinstance(event, Logged)]
    assert any("of other settings or files was cut off here; it is begun anew" in text for text in said)


def test_that_a_store_that_cannot_get_its_name_loses_neither_the_old_nor_the_new(
    source: FakeSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(convert(wanted(tmp_path)))
    before = bytes_of(wanted(tmp_path).folder)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == part_of(wanted(tmp_path).folder):
            raise PermissionError(13, "in use", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(DataError, match="cannot be written here"):
        list(convert(wanted(tmp_path, fit="crop", replace=True)))
    assert bytes_of(wanted(tmp_path).folder) == before
    monkeypatch.setattr(Path, "rename", rename)
    source.reads.clear()
    list(convert(wanted(tmp_path, fit="crop", replace=True)))
    assert not source.reads
    assert open_store(wanted(tmp_path).folder).settings["fit"] == "crop"


def test_that_a_store_whose_replacement_was_killed_half_way_comes_back(source: FakeSource, tmp_path: Path) -> None:
    list(convert(wanted(tmp_path)))
    folder = wanted(tmp_path).folder
    folder.rename(old_of(folder))
    cut_off(wanted(tmp_path, fit="crop", replace=True), 1)
    assert open_store(folder).settings["fit"] == "squash"


def test_that_a_folder_that_is_no_store_is_not_called_one(source: FakeSource, tmp_path: Path) -> None:
    wanted(tmp_path).folder.mkdir(parents=True)
    with pytest.raises(DataError, match=r"is there, and is no whole store$") as raised:
        list(convert(wanted(tmp_path)))
    assert raised.value.remedy == Remedy(other=("store", "replace"))
    list(convert(wanted(tmp_path, replace=True)))
    assert open_store(wanted(tmp_path).folder).count("test") == 17

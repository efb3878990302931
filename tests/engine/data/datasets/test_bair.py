"""BAIR from TFRecords that the library wrote, or a tree of PNG files, to clips: the bytes that went in, or a sentence."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.bair_files import Datum, Trajectory, trajectories, write_bair, write_tfrecords

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.clips import inspect, open_clips
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.datasets import bair
from svg_studio.engine.data.store import Store, open_store, verify
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Event, Logged, Progressed, Remedy, SourceSkipped, StoreConverted

ARCHIVE = "bair_robot_pushing_dataset_v0.tar"


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Trajectory]:
    """Three files where the download puts them; what is in them by split/file/number."""
    return write_bair(tmp_path / "softmotion30_44k")


def run(tmp_path: Path, **settings: Any) -> list[Event]:
    return list(convert(ConvertConfig(dataset="bair", data_root=str(tmp_path), **settings)))


def skips(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.source, event.reason) for event in events if isinstance(event, SourceSkipped)]


def store(tmp_path: Path, name: str = "bair") -> Store:
    return open_store(tmp_path / name / "store-64")


def contents(tmp_path: Path, name: str = "bair") -> dict[str, np.ndarray[Any, Any]]:
    """The frames of every sequence by split/name."""
    found = store(tmp_path, name)
    return {
        f"{split}/{s.name}": found.frames(split)[s.first : s.first + s.length]
        for split, sequences in found.sequences.items()
        for s in sequences
    }


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return list(a) == list(b) and all(np.array_equal(a[name], b[name]) for name in a)


def one_file(tmp_path: Path, count: int = 4, **options: Any) -> Path:
    """A set of one file."""
    return write_tfrecords(tmp_path / "softmotion30_44k" / "train" / "file.tfrecords", trajectories(count), **options)


# ---- from TFRecords


def test_that_a_store_holds_the_frames_and_numbers_that_were_written(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    events = run(tmp_path)
    assert skips(events) == []
    assert events[-1] == StoreConverted(
        tmp_path / "bair/store-64", {"train": 5, "test": 2}, {"train": 150, "test": 60}, 0, tmp_path / "bair/store-64/report.txt"
    )
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})
    for split in ("train", "test"):
        scenes = [scene for name, scene in made.items() if name.startswith(split)]
        assert np.array_equal(store(tmp_path).extra(split, "action"), np.concatenate([s.action for s in scenes]))
        assert np.array_equal(store(tmp_path).extra(split, "endeffector_pos"), np.concatenate([s.endeffector_pos for s in scenes]))
    assert not list(verify(tmp_path / "bair/store-64"))[-1].problems  # type: ignore[union-attr]


def test_that_progress_ends_at_the_bytes_of_all_files(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    progress = [event for event in run(tmp_path) if isinstance(event, Progressed)]
    total = sum(path.stat().st_size for path in tmp_path.rglob("*.tfrecords"))
    assert {event.total for event in progress} == {total}
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == total


def test_that_the_room_a_store_needs_is_known_before(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, png=True)
    size = sum(frames.nbytes for frames in contents(tmp_path).values())
    for folder in ("softmotion30_44k", "processed_data"):
        config = ConvertConfig(dataset="bair", data_root=str(tmp_path), source=str(tmp_path / folder))
        assert bair.source(config).expected_bytes == pytest.approx(size, rel=0.02)


def test_that_clips_are_the_beginnings_of_trajectories_in_order(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path)
    data = DataConfig(dataset="bair", data_root=str(tmp_path))
    clips = open_clips(data, split="train", image_width=64, channels=3, n_frames=12, seed=7)
    scenes = [scene.aux1[:12] for name, scene in made.items() if name.startswith("train")]
    assert np.array_equal(clips.batch(range(5)), np.stack(scenes, axis=1))
    assert clips.source(3) == "traj_3_to_4/1, frames 0-11"


def test_that_the_other_camera_is_an_option(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, camera="main")
    assert same(contents(tmp_path), {name: scene.main for name, scene in made.items()})


@pytest.mark.parametrize("below", ["", "softmotion30_44k"])
def test_that_the_source_may_be_the_folder_or_the_one_it_lies_in(tmp_path: Path, below: str) -> None:
    made = write_bair(tmp_path / "else where" / "softmotion30_44k")
    run(tmp_path, source=str(tmp_path / "else where" / below))
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})


def test_that_any_folder_with_train_and_test_is_a_source(tmp_path: Path) -> None:
    made = write_bair(tmp_path / "any")
    run(tmp_path, source=str(tmp_path / "any"))
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})


FOLDERS = [
    {},
    {"train": "Train", "test": "TEST", "val": "Val"},
    {"train": "training", "test": "testing", "val": "validation"},
    {"train": "train_set", "test": "test_set", "val": "dev"},
]


@pytest.mark.parametrize("folders", FOLDERS)
def test_that_val_is_a_third_split_whatever_the_folders_are_called(folders: dict[str, str], tmp_path: Path) -> None:
    made = write_bair(tmp_path / "mine" / "set", (2, 1), (1,), (2,), folders)
    for source in ("mine", "mine/set"):
        events = run(tmp_path, source=str(tmp_path / source), store=source.replace("/", "-"), png=source == "mine")
        assert skips(events) == []
        assert same(contents(tmp_path, source.replace("/", "-")), {name: scene.aux1 for name, scene in made.items()})
    tree = tmp_path / "processed_data"
    for split, name in folders.items():
        (tree / split).rename(tree / name)
    assert skips(run(tmp_path, source=str(tree), store="tree")) == []
    assert same(contents(tmp_path, "tree"), {name: scene.aux1 for name, scene in made.items()})
    clips = open_clips(
        DataConfig(dataset="bair", data_root=str(tmp_path), store="tree"),
        split="val",
        image_width=64,
        channels=3,
        n_frames=9,
        seed=1,
    )
    assert clips.count == 2


def test_that_two_folders_of_a_split_are_both_read(tmp_path: Path) -> None:
    made = write_bair(tmp_path / "mine", (1,), (1,), (1,))
    shutil.copytree(tmp_path / "mine" / "val", tmp_path / "mine" / "validation")
    run(tmp_path, source=str(tmp_path / "mine"), png=True)
    scene = made["val/traj_0_to_0/1"].aux1
    found = contents(tmp_path)
    assert [name for name in found if name.startswith("val/")] == ["val/val/traj_0_to_0/1", "val/validation/traj_0_to_0/1"]
    assert np.array_equal(found["val/validation/traj_0_to_0/1"], scene)


def test_that_a_disks_own_bin_is_no_set(tmp_path: Path) -> None:
    write_bair(tmp_path / "mine" / "#recycle", (3,), (2,))
    made = write_bair(tmp_path / "mine" / "set", (1,), (1,))
    run(tmp_path, source=str(tmp_path / "mine"))
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})


def test_that_records_in_a_folder_of_no_split_are_named(tmp_path: Path) -> None:
    write_bair(tmp_path / "mine", (1,), (1,), (1,), {"val": "extra"})
    said = skips(run(tmp_path, source=str(tmp_path / "mine")))
    assert said == [
        (str(tmp_path / "mine" / "extra"), "holds .tfrecords files and is no folder of a split (train, test, val) by its name")
    ]


def test_that_a_conversion_cut_off_anywhere_ends_in_the_same_store(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, store="whole")
    n_events = len(run(tmp_path, store="counted"))
    files = ("train.npy", "test.npy", "train.action.npy", "test.endeffector_pos.npy")
    for after in range(1, n_events - 1, 3):
        job = convert(ConvertConfig(dataset="bair", data_root=str(tmp_path), store="cut"))
        for _ in range(after):
            next(job)
        job.close()
        assert not (tmp_path / "cut" / "store-64").exists()
        run(tmp_path, store="cut")
        for name in files:
            assert (tmp_path / "cut/store-64" / name).read_bytes() == (tmp_path / "whole/store-64" / name).read_bytes()
        assert store(tmp_path, "cut").sequences == store(tmp_path, "whole").sequences
        assert store(tmp_path, "cut").extras_crc32 == store(tmp_path, "whole").extras_crc32
        shutil.rmtree(tmp_path / "cut")


# ---- what is wrong with records


def test_that_a_damaged_record_is_reported_with_its_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = one_file(tmp_path)
    raw = bytearray(path.read_bytes())
    size = len(raw) // 4
    raw[size + 1000] ^= 1
    path.write_bytes(raw)
    events = run(tmp_path)
    assert (f"{path}, byte {size}", "trajectory 2 its data has a wrong checksum") in skips(events)
    scenes = trajectories(4)
    assert same(contents(tmp_path), {f"train/file/{k}": scenes[k - 1].aux1 for k in (1, 3, 4)})


def test_that_a_file_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    path = one_file(tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[:-1000])
    (found, _) = skips(run(tmp_path))[::-1]
    assert found[0] == f"{path}, byte {len(raw) // 4 * 3}"
    assert "trajectory 4 is cut short" in found[1]
    assert list(contents(tmp_path)) == ["train/file/1", "train/file/2", "train/file/3"]


def test_that_a_conversion_that_is_to_stop_at_damage_stops_with_a_sentence(tmp_path: Path) -> None:
    path = one_file(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"file\.tfrecords, byte 0: trajectory 1 .*; mend it, or convert with damaged=skip"):
        run(tmp_path, damaged="stop")
    assert not (tmp_path / "bair" / "store-64").exists()


def without(name: str) -> Any:
    return lambda number, datum: {k: v for k, v in datum.items() if k != name or number != 2}


def instead(name: str, value: Any, kind: str) -> Any:
    return lambda number, datum: {**datum, name: (value, kind)} if number == 2 else datum


@pytest.mark.parametrize(
    "change, reason",
    [
        (without("7/image_aux1/encoded"), "lacks the field 7/image_aux1/encoded"),
        (without("29/action"), "lacks the field 29/action"),
        (without("0/endeffector_pos"), "lacks the field 0/endeffector_pos"),
        (instead("3/image_aux1/encoded", b"short", "byte"), "has 5 bytes in the field 3/image_aux1/encoded, not 12,288"),
        (instead("3/image_aux1/encoded", bytes(12_289), "byte"), "has 12,289 bytes in the field 3/image_aux1/encoded, not 12,288"),
        (instead("3/image_aux1/encoded", [bytes(12_288)] * 2, "byte"), "has 2 images in the field 3/image_aux1/encoded, not one"),
        (instead("3/image_aux1/encoded", [1.0] * 12_288, "float"), "has numbers in the field 3/image_aux1/encoded, not bytes"),
        (instead("4/action", [1.0] * 3, "float"), "has 3 numbers in the field 4/action, not 4"),
        (instead("4/action", [1] * 4, "int"), "has whole numbers in the field 4/action, not numbers"),
        (instead("4/endeffector_pos", b"123", "byte"), "has bytes in the field 4/endeffector_pos, not numbers"),
        (lambda number, datum: {} if number == 2 else datum, "lacks the field 0/image_aux1/encoded"),
    ],
)
def test_that_a_record_that_is_no_trajectory_is_reported(tmp_path: Path, change: Any, reason: str) -> None:
    path = one_file(tmp_path, change=change)
    offset = [record.offset for record in bair.tfrecords.records(path)][1]
    assert (f"{path}, byte {offset}", f"trajectory 2 {reason}") in skips(run(tmp_path))
    assert list(contents(tmp_path)) == ["train/file/1", "train/file/3", "train/file/4"]


def test_that_two_images_in_one_field_do_not_stand_in_for_another(tmp_path: Path) -> None:
    def change(number: int, datum: Datum) -> Datum:
        names = ["0/image_aux1/encoded", "1/image_aux1/encoded"]
        return {**datum, names[0]: ([datum[name][0] for name in names], "byte"), names[1]: ([], "byte")}

    one_file(tmp_path, change=change)
    with pytest.raises(DataError, match="nothing in it could be converted"):
        run(tmp_path)


def test_that_the_other_camera_may_be_missing_if_nobody_wants_it(tmp_path: Path) -> None:
    one_file(tmp_path, change=lambda number, datum: {k: v for k, v in datum.items() if "image_main" not in k})
    run(tmp_path)
    assert len(contents(tmp_path)) == 4
    with pytest.raises(DataError, match="lacks the field 0/image_main/encoded"):
        run(tmp_path, camera="main", store="main", damaged="stop")


def test_that_a_file_of_something_else_is_given_up_on(tmp_path: Path) -> None:
    one_file(tmp_path, count=1)
    other = tmp_path / "softmotion30_44k" / "train" / "other.tfrecords"
    write_tfrecords(other, trajectories(1) * 150, change=lambda number, datum: {"x": (number, "int")})
    found = [reason for source, reason in skips(run(tmp_path)) if source.startswith(str(other))]
    assert len(found) == 101
    assert found[-1] == "100 trajectories of it are unusable; the rest of the file is not read"


def test_that_empty_files_and_missing_splits_are_reported_but_stop_nothing(tmp_path: Path) -> None:
    one_file(tmp_path)
    empty = tmp_path / "softmotion30_44k" / "train" / "empty.tfrecords"
    empty.touch()
    assert skips(run(tmp_path)) == [
        (str(tmp_path / "softmotion30_44k" / "test"), "has no .tfrecords files"),
        (str(empty), "holds no trajectory"),
    ]


def test_that_a_file_with_fewer_trajectories_than_its_name_tells_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "softmotion30_44k" / "train" / "traj_256_to_259.tfrecords"
    write_tfrecords(path, trajectories(3))
    events = run(tmp_path, damaged="stop")  # which is no damage that stops
    assert (str(path), "holds 3 trajectories; its name tells of 4") in skips(events)


# ---- the tree of PNG files


def test_that_the_tree_of_png_files_is_the_originals_and_gives_the_same_frames(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, png=True)
    tree = tmp_path / "processed_data"
    assert len([p for p in tree.rglob("*") if p.is_file()]) == 7 * 30
    for name, scene in made.items():
        image = cv2.imread(str(tree / name / "11.png"))
        assert np.array_equal(image[..., ::-1], scene.aux1[11])
    for source in (tree, tmp_path):
        shutil.rmtree(tmp_path / "softmotion30_44k", ignore_errors=True)
        run(tmp_path, source=str(source), store=f"from {source.name}")
        assert same(contents(tmp_path, f"from {source.name}"), {name: scene.aux1 for name, scene in made.items()})
    run(tmp_path, store="unasked")  # found where it belongs
    assert same(contents(tmp_path, "unasked"), contents(tmp_path))
    assert store(tmp_path, "unasked").extras == {}


def test_that_trajectories_of_a_tree_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    scenes = trajectories(11)
    write_tfrecords(tmp_path / "softmotion30_44k" / "test" / "file.tfrecords", scenes)
    run(tmp_path, png=True)
    run(tmp_path, source=str(tmp_path / "processed_data"), store="tree")
    assert same(contents(tmp_path, "tree"), {f"test/file/{k}": scene.aux1 for k, scene in enumerate(scenes, 1)})


def test_that_a_picture_of_something_else_is_never_overwritten(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    name = next(iter(made))
    mine = tmp_path / "processed_data" / name / "0.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(DataError, match=r"0\.png: is another picture.*move its tree away"):
        run(tmp_path, png=True)
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    run(tmp_path, png=True)
    assert sorted(p.name for p in mine.parent.iterdir()) == sorted(f"{i}.png" for i in range(30))


def test_that_a_tree_that_is_there_is_written_again_only_as_it_is(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, png=True)
    run(tmp_path, png=True, replace=True)
    name = next(iter(made))
    other = tmp_path / "elsewhere" / f"{name.rpartition('/')[0]}.tfrecords"
    write_tfrecords(other, trajectories(1, seed=99))
    with pytest.raises(DataError, match="is another picture"):
        run(tmp_path, png=True, store="other", source=str(tmp_path / "elsewhere"))


def test_that_the_cameras_have_trees_of_their_own(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    run(tmp_path, png=True)
    run(tmp_path, png=True, camera="main", store="main")
    shutil.rmtree(tmp_path / "softmotion30_44k")
    run(tmp_path, camera="main", store="tree")
    assert same(contents(tmp_path, "tree"), {name: scene.main for name, scene in made.items()})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The folder of trajectory 2 of a tree with three."""
    write_tfrecords(tmp_path / "softmotion30_44k" / "train" / "file.tfrecords", trajectories(3))
    run(tmp_path, png=True, store="first")
    shutil.rmtree(tmp_path / "softmotion30_44k")
    return tmp_path / "processed_data" / "train" / "file" / "2"


@pytest.mark.parametrize(
    "name, raw, reason",
    [
        ("4.png", None, "lacks 1 of 30 frames, the first of them 4.png"),
        ("30.png", b"", "has more than 30 frames, such as 30.png"),
        ("4.png", b"", "holds 4.png, which is no PNG file"),
        ("4.png", b"GIF89a" + bytes(100), "holds 4.png, which is no PNG file"),
        ("4.png", -1, "holds 4.png, which is damaged or cut short"),
        ("4.png", (48, 64, 3), "holds 4.png of 64×48 px, not 64×64"),
        ("4.png", (64, 65, 3), "holds 4.png of 65×64 px, not 64×64"),
    ],
)
def test_that_a_trajectory_with_a_bad_png_is_reported_and_the_rest_goes_on(
    tmp_path: Path, tree: Path, name: str, raw: Any, reason: str
) -> None:
    path = tree / name
    if raw is None:
        path.unlink()
    elif isinstance(raw, tuple):
        path.write_bytes(cv2.imencode(".png", np.zeros(raw, np.uint8))[1].tobytes())
    else:
        path.write_bytes(path.read_bytes()[:raw] if isinstance(raw, int) else raw)
    assert (str(tree), reason) in skips(run(tmp_path))
    assert list(contents(tmp_path)) == ["train/file/1", "train/file/3"]


def test_that_a_png_that_claims_to_be_huge_is_not_decoded(tmp_path: Path, tree: Path) -> None:
    raw = bytearray((tree / "4.png").read_bytes())
    raw[16:24] = (100_000).to_bytes(4, "big") * 2
    (tree / "4.png").write_bytes(raw)
    assert (str(tree), "holds 4.png of 100000×100000 px, not 64×64") in skips(run(tmp_path))


def test_that_other_files_in_a_tree_are_passed_by(tmp_path: Path, tree: Path) -> None:
    (tree / "notes.txt").touch()
    (tree / ".5.png.part").touch()
    (tree.parent / "thumbnails").mkdir()
    (tree.parents[1] / ".hidden" / "1").mkdir(parents=True)
    assert skips(run(tmp_path)) == [(str(tmp_path / "processed_data" / "test"), "has no folders of PNG files")]
    assert len(contents(tmp_path)) == 3


# ---- archives, and what is not there


def archive_of(tmp_path: Path, path: Path) -> dict[str, Trajectory]:
    """A tar like the genuine one."""
    made = write_bair(tmp_path / "made" / "softmotion30_44k")
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w") as archive:
        archive.add(tmp_path / "made", arcname=".")
    shutil.rmtree(tmp_path / "made")
    return made


def test_that_an_archive_of_ones_own_is_unpacked_and_kept(tmp_path: Path) -> None:
    made = archive_of(tmp_path, tmp_path / "mine" / "some name.tar")
    run(tmp_path, source=str(tmp_path / "mine" / "some name.tar"))
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})
    assert (tmp_path / "mine" / "some name.tar").exists()
    events = run(tmp_path, source=str(tmp_path / "mine" / "some name.tar"))
    assert any(isinstance(event, Logged) and "is there already and is used" in event.text for event in events)


def test_that_what_a_download_left_is_unpacked_and_goes(tmp_path: Path) -> None:
    made = archive_of(tmp_path, tmp_path / "downloads" / ARCHIVE)
    state = look(tmp_path)
    assert state.can_convert
    assert f"downloaded to {tmp_path / 'downloads' / ARCHIVE}, and unpacked when it is converted" == state.state
    run(tmp_path)
    assert same(contents(tmp_path), {name: scene.aux1 for name, scene in made.items()})
    assert not (tmp_path / "downloads" / ARCHIVE).exists()


def test_that_a_file_that_is_no_archive_is_refused(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    (tmp_path / "file.txt").write_text("hello")
    with pytest.raises(DataError, match=r"tfrecords: name the folder with train and test in it"):
        run(tmp_path, source=str(next(tmp_path.rglob("*.tfrecords"))))
    shutil.rmtree(tmp_path / "softmotion30_44k")
    with pytest.raises(DataError, match="is neither a tar nor a zip archive"):
        run(tmp_path, source=str(tmp_path / "file.txt"))


@pytest.mark.parametrize("source", ["", "nowhere"])
def test_that_a_missing_set_is_told_with_what_to_do(tmp_path: Path, source: str) -> None:
    with pytest.raises(DataError, match="no such folder") as raised:
        run(tmp_path, source=str(tmp_path / source) if source else "")
    assert raised.value.remedy == Remedy(jobs=(("download", "bair", {"data_root": str(tmp_path)}),), other=("source",))
    (tmp_path / "nowhere" / "train" / "empty").mkdir(parents=True)
    with pytest.raises(DataError, match=r"has neither \.tfrecords files nor folders of PNG"):
        run(tmp_path, source=str(tmp_path / "nowhere"))


def test_that_there_is_one_width(tmp_path: Path, made: dict[str, Trajectory]) -> None:
    with pytest.raises(DataError, match="image_width=128: BAIR robot pushing comes 64 px wide"):
        run(tmp_path, image_width=128)


def look(tmp_path: Path) -> DatasetInspected:
    (event,) = inspect("bair", tmp_path)
    assert isinstance(event, DatasetInspected)
    return event


def test_that_what_lies_there_is_told_at_every_stage(tmp_path: Path) -> None:
    assert (look(tmp_path).ready, look(tmp_path).can_convert) == (False, False)
    assert look(tmp_path).state.startswith("not downloaded")
    part = tmp_path / "downloads" / f"{ARCHIVE}.part"
    part.parent.mkdir()
    with part.open("wb") as file:
        file.truncate(3_200_000_000)  # a hole: no disk is used
    assert look(tmp_path).state == "3.2 of 32.3 GB downloaded"
    assert look(tmp_path).bytes_on_disk == 3_200_000_000
    assert not look(tmp_path).can_convert
    part.unlink()
    write_bair(tmp_path / "softmotion30_44k")
    assert look(tmp_path).state == f"3 TFRecord files in {tmp_path / 'softmotion30_44k'}"
    assert look(tmp_path).can_convert
    run(tmp_path, png=True)
    assert look(tmp_path).ready
    assert look(tmp_path).clips == {"train": 5, "test": 2}
    shutil.rmtree(tmp_path / "softmotion30_44k")
    shutil.rmtree(tmp_path / "bair")
    assert look(tmp_path).state == f"PNG files in {tmp_path / 'processed_data'}"

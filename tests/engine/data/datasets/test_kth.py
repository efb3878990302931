"""KTH actions: each range of 00sequences.txt is one sequence of the store, and what is missing or broken is named."""

import os
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.video_samples import converted, cut_short, decoded, files_of, fitted, scene, write_kth, write_video

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.datasets import kth
from svg_studio.engine.data.datasets.kth_files import find_videos, read_sequences
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Progressed, Remedy

ROWS = {
    "person20_boxing_d1": "1-20, 21-40, 41-60",
    "person20_walking_d4": "1-25, 40-60, 24-41, 60-60",  # out of order, overlapping
    "person21_walking_d1": "5-50",
    "person13_handclapping_d3": "",
}


def config(tmp_path: Path, **settings: object) -> ConvertConfig:
    return ConvertConfig(**{"dataset": "kth", "data_root": str(tmp_path), **settings})


def raw(tmp_path: Path) -> Path:
    return tmp_path / "KTH" / "raw"


@pytest.fixture
def genuine(genuine_data: Path) -> Path:
    return genuine_data / "kth" / "00sequences.txt"


# ---- the list


def test_that_the_genuine_list_is_read_row_by_row(genuine: Path) -> None:
    found = read_sequences(genuine)
    assert len(found) == 600
    assert sum(map(len, found.values())) == 2391
    assert found["person01_boxing_d4"] == ((1, 106), (107, 170), (171, 245), (246, 370))
    assert found["person07_jogging_d4"] == ((1, 64), (270, 332), (194, 264), (490, 570))
    assert found["person12_handclapping_d4"] == ((1, 133), (134, 238), (237, 344), (345, 479))
    assert found["person15_boxing_d4"] == ((1, 90), (91, 200), (201, 294))
    assert [name for name, ranges in found.items() if not ranges] == ["person13_handclapping_d3"]
    assert sum(len(ranges) == 3 for ranges in found.values()) == 5


def test_that_a_list_is_read_with_its_quirks(tmp_path: Path) -> None:
    path = tmp_path / "00sequences.txt"
    path.write_bytes(
        b"\r\nCaf\xe9, in Latin-1\r\nTraining:   person11, 12\r\n\r\n"
        b"person02_walking_d1\t\tframes\t1-9, 20-30,40-50\r\nperson01_boxing_d4    \t\tframes\t5-9 \r\n\r\n"
        b"person13_handclapping_d3\t*missing*\r\nperson03_running_d2\tframes\t7-9, 7-9, 3-4"
    )
    assert list(read_sequences(path).items()) == [
        ("person02_walking_d1", ((1, 9), (20, 30), (40, 50))),
        ("person01_boxing_d4", ((5, 9),)),
        ("person13_handclapping_d3", ()),
        ("person03_running_d2", ((7, 9), (3, 4))),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html><body>404 Not Found</body></html>",
        b"Training:   person11, 12\n",
        b"person01_boxing_d1\tframes\t\n",
        b"person01_boxing_d1\tframes\t9-5\n",
        b"person01_boxing_d1\tframes\t0-5\n",
        b"person01_boxing_d1\tframes\t1-5, \n",
        b"person01_boxing_d1\tframes\t1-999999\n",
        b"person01_boxing_d1\tframes\t1-5\nperson01_boxing_d1\tframes\t6-9\n",
        b"person01_flying_d1\tframes\t1-5\n",
        b"person01_boxing_d1\tframes\t1-5\n" + bytes(2 << 20),
    ],
)
def test_that_a_page_that_is_no_list_is_refused(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "00sequences.txt"
    path.write_bytes(text)
    with pytest.raises(DataError, match=r"00sequences\.txt: .*; get 00sequences\.txt of KTH actions again"):
        read_sequences(path)


# ---- conversions


@pytest.mark.parametrize("width,fit", [(64, "squash"), (64, "crop"), (128, "squash"), (128, "crop")])
def test_that_each_range_is_a_sequence_of_the_frames_a_plain_loop_finds(width: int, fit: str, tmp_path: Path) -> None:
    size = (200, 150)
    paths = write_kth(raw(tmp_path), ROWS, size=size)
    found, skipped = converted(config(tmp_path, image_width=width, fit=fit))
    frames = {name: fitted(decoded(path), width, 1, fit) for name, path in paths.items()}
    box, walk, test = frames["person20_boxing_d1"], frames["person20_walking_d4"], frames["person21_walking_d1"]
    wanted = {
        "person20_boxing_d1 1-20": box[:20],
        "person20_boxing_d1 21-40": box[20:40],
        "person20_boxing_d1 41-60": box[40:],
        "person20_walking_d4 1-25": walk[:25],
        "person20_walking_d4 40-60": walk[39:],
        "person20_walking_d4 24-41": walk[23:41],
        "person20_walking_d4 60-60": walk[59:],
    }
    assert list(found["train"]) == list(wanted)
    assert all(np.array_equal(found["train"][name], wanted[name]) for name in wanted)
    assert list(found["test"]) == ["person21_walking_d1 5-50"]
    assert np.array_equal(found["test"]["person21_walking_d1 5-50"], test[4:50])
    assert skipped == [("person13_handclapping_d3", "00sequences.txt marks it as missing")]


def test_that_ranges_beyond_the_last_frame_are_cut_and_named(tmp_path: Path) -> None:
    paths = write_kth(raw(tmp_path), {"person01_boxing_d4": "1-20, 21-45, 46-50", "person25_boxing_d1": "1-40"}, frames=40)
    found, skipped = converted(config(tmp_path))
    assert {name: len(frames) for name, frames in found["train"].items()} == {
        "person01_boxing_d4 1-20": 20,
        "person01_boxing_d4 21-45": 20,
    }
    there = str(paths["person01_boxing_d4"])
    assert skipped == [
        (there, "of frames 21-45 only 20 can be read, missing are 41-45"),
        (there, "of frames 46-50 none can be read, missing are 46-50"),
    ]
    shutil.rmtree(tmp_path / "kth")
    with pytest.raises(DataError, match="of frames 21-45 only 20 can be read"):
        list(convert(config(tmp_path, damaged="stop")))


def test_that_broken_videos_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = {f"person0{n}_boxing_d1": "1-10, 11-30" for n in range(1, 6)} | {"person22_boxing_d1": "1-30"}
    paths = list(write_kth(raw(tmp_path), rows, frames=30).values())
    paths[0].write_bytes(b"")
    paths[1].write_text("no video")
    cut_short(paths[2], 0.5)
    paths[3].unlink()
    found, skipped = converted(config(tmp_path))
    half = len(decoded(paths[2]))
    assert 10 < half < 30
    assert list(found["train"]) == [f"person0{n}_boxing_d1 {r}" for n in (3, 5) for r in ("1-10", "11-30")]
    assert len(found["train"]["person03_boxing_d1 11-30"]) == half - 10
    assert found["test"]
    assert skipped == [
        ("person04_boxing_d1", "is not there"),
        (str(paths[0]), "is empty"),
        (str(paths[1]), "is no video that can be decoded"),
        (str(paths[2]), f"of frames 11-30 only {half - 10} can be read, missing are {half + 1}-30"),
    ]


def test_that_only_some_of_the_videos_are_enough_and_those_unlisted_are_named(tmp_path: Path) -> None:
    rows = {f"person{n:02}_walking_d1": "1-5" for n in range(1, 26)}
    paths = write_kth(raw(tmp_path), rows | {"person01_running_d1": "1-5", "person02_running_d1": "1-5"}, frames=5)
    for name in list(rows)[2:]:
        paths[name].unlink()
    extra = write_video(raw(tmp_path) / "boxing" / "person01_boxing_d1_uncomp.avi", scene(5))
    (raw(tmp_path) / "walking" / "person01_walking_d1.txt").write_text("no video")
    found, skipped = converted(config(tmp_path, damaged="stop"))
    assert len(found["train"]) == 4
    assert skipped == [
        ("walking", "23 of its videos are not there, such as person03_walking_d1"),
        (str(extra), "is not in 00sequences.txt"),
    ]


def test_that_the_genuine_list_over_videos_of_a_few_persons_converts(genuine: Path, tmp_path: Path) -> None:
    names = {
        "person07_jogging_d4": "x",
        "person12_handclapping_d4": "x",
        "person13_handclapping_d4": "x",
        "person25_boxing_d1": "x",
    }
    write_kth(raw(tmp_path), names, frames=575, size=(32, 24), listed=genuine.read_bytes())
    ranges = read_sequences(genuine)
    found, skipped = converted(config(tmp_path))
    for split, of_split in (("train", list(names)[:3]), ("test", list(names)[3:])):
        wanted = {f"{name} {a}-{b}": b - a + 1 for name in of_split for a, b in ranges[name]}
        assert {name: len(frames) for name, frames in found[split].items()} == wanted
    # Listed as person07, 12 and 13, which is the list's order as well.
    assert list(found["train"])[:2] == ["person07_jogging_d4 1-64", "person07_jogging_d4 270-332"]
    assert ("person13_handclapping_d3", "00sequences.txt marks it as missing") in skipped
    assert ("jogging", "99 of its videos are not there, such as person01_jogging_d1") in skipped
    assert len(skipped) == 7


def test_that_a_conversion_that_was_cut_off_ends_in_the_same_bytes(tmp_path: Path) -> None:
    write_kth(raw(tmp_path), ROWS)
    list(convert(config(tmp_path, png=True)))
    whole, tree = files_of(config(tmp_path).folder), tree_of(tmp_path)
    shutil.rmtree(tmp_path / "kth")
    shutil.rmtree(tmp_path / "KTH" / "processed")
    events = convert(config(tmp_path, png=True))
    size = next(event.total for event in events if isinstance(event, Progressed) and event.total)
    next(event for event in events if isinstance(event, Progressed) and event.done > size * 0.4)
    events.close()
    assert not config(tmp_path).folder.exists()
    list(convert(config(tmp_path, png=True)))
    assert files_of(config(tmp_path).folder) == whole
    assert tree_of(tmp_path) == tree


def test_that_progress_rises_with_the_frames_read(tmp_path: Path) -> None:
    write_kth(raw(tmp_path), {"person01_boxing_d1": "1-150", "person21_boxing_d1": "1-150"}, frames=160, size=(64, 48))
    done = [event.done / event.total for event in convert(config(tmp_path)) if isinstance(event, Progressed)]
    assert done == sorted(done)
    assert done[-1] == 1
    assert len({value for value in done if 0 < value < 0.5}) >= 2


# ---- where the files lie


@pytest.mark.parametrize("source", ["", "KTH/raw", "KTH", ".", "KTH/raw/walking"])
def test_that_the_videos_are_found_from_folders_above_and_below(source: str, tmp_path: Path) -> None:
    write_kth(raw(tmp_path), ROWS, frames=60, size=(40, 30))
    found, _ = converted(config(tmp_path, source=str(tmp_path / source) if source else ""))
    assert ("person20_boxing_d1 1-20" in found["train"]) == (source != "KTH/raw/walking")
    assert list(found["test"]) == ["person21_walking_d1 5-50"]


def test_that_videos_without_folders_of_actions_are_found_and_the_list_where_the_download_put_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "a" / "b" / "c" / "my KTH"
    write_kth(elsewhere, ROWS, size=(40, 30), flat=True)
    raw(tmp_path).mkdir(parents=True)
    (elsewhere / "00sequences.txt").rename(raw(tmp_path) / "00sequences.txt")
    upper = elsewhere / "person20_boxing_d1_uncomp.avi"
    upper.rename(elsewhere / "PERSON20_boxing_d1.AVI")
    found, _ = converted(config(tmp_path, source=str(elsewhere)))
    assert len(found["train"]) == 7


def test_that_an_older_copy_in_a_disks_own_bin_is_not_taken(tmp_path: Path) -> None:
    paths = write_kth(tmp_path / "mine", {"person01_boxing_d1": "1-9"})
    for folder in ("#recycle", "$RECYCLE.BIN"):
        write_video(tmp_path / "mine" / folder / "person01_boxing_d1_uncomp.avi", scene(5))
    assert find_videos(tmp_path / "mine") == paths


def test_that_the_list_may_lie_two_folders_above_and_no_more(tmp_path: Path) -> None:
    elsewhere = tmp_path / "a" / "b" / "c" / "d"
    write_kth(elsewhere, {"person01_boxing_d1": "1-5"}, frames=5, size=(40, 30))
    listed = elsewhere / "00sequences.txt"
    for above in (elsewhere, elsewhere.parent):
        listed = listed.rename(above / "00sequences.txt")
        assert len(kth.source(config(tmp_path, source=str(elsewhere / "boxing"))).units) == 1
    listed.rename(elsewhere.parent.parent / "00sequences.txt")
    with pytest.raises(DataError, match="is missing"):
        kth.source(config(tmp_path, source=str(elsewhere / "boxing")))


def test_that_what_is_not_there_is_said_with_the_remedy(tmp_path: Path) -> None:
    remedy = Remedy(jobs=(("download", "kth", {"data_root": str(tmp_path)}),), other=("source",))
    with pytest.raises(DataError, match=r"KTH/raw: holds neither AVI files") as raised:
        list(convert(config(tmp_path)))
    assert raised.value.remedy == remedy
    with pytest.raises(DataError, match=r"nowhere: holds neither AVI files"):
        list(convert(config(tmp_path, source=str(tmp_path / "nowhere"))))
    write_kth(raw(tmp_path), ROWS, size=(40, 30))
    (raw(tmp_path) / "00sequences.txt").unlink()
    with pytest.raises(DataError, match=r"00sequences\.txt, which says .*, is missing$") as raised:
        list(convert(config(tmp_path)))
    assert raised.value.remedy == remedy
    (raw(tmp_path) / "00sequences.txt").write_text("person09_boxing_d1\tframes\t1-5\n")
    with pytest.raises(DataError, match=r"none of its videos can be converted \(person09_boxing_d1: is not there\)$") as raised:
        list(convert(config(tmp_path)))
    assert raised.value.remedy == remedy


# ---- the original's PNG tree


def tree_of(tmp_path: Path) -> dict[str, bytes]:
    tree = tmp_path / "KTH" / "processed"
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}


def test_that_the_originals_tree_is_written_up_to_the_last_frame_needed(tmp_path: Path) -> None:
    paths = write_kth(raw(tmp_path), ROWS)
    list(convert(config(tmp_path, png=True)))
    tree = tmp_path / "KTH" / "processed"
    needed = {"boxing/person20_boxing_d1": 60, "walking/person20_walking_d4": 60, "walking/person21_walking_d1": 50}
    assert set(tree_of(tmp_path)) == {f"{name}/image-{i:03d}_64x64.png" for name, n in needed.items() for i in range(1, n + 1)}
    frames = fitted(decoded(paths["person20_walking_d4"]), 64, 1)
    for number in (1, 33, 60):
        image = cv2.imread(str(tree / "walking" / "person20_walking_d4" / f"image-{number:03d}_64x64.png"), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(image, frames[number - 1, ..., 0])


@pytest.mark.parametrize("source", ["", "KTH/processed", "KTH"])
def test_that_the_originals_tree_converts_to_the_same_frames(source: str, tmp_path: Path) -> None:
    write_kth(raw(tmp_path), ROWS)
    from_videos, _ = converted(config(tmp_path, png=True))
    tree = tree_of(tmp_path)
    written = list((tmp_path / "KTH" / "processed").rglob("*.png"))
    for path in written:
        os.utime(path, ns=(0, 0))
    for action in ("boxing", "walking"):
        shutil.rmtree(raw(tmp_path) / action)
    where = str(tmp_path / source) if source else ""
    from_tree, skipped = converted(config(tmp_path, store="again", source=where, png=True))
    assert skipped == [("person13_handclapping_d3", "00sequences.txt marks it as missing")]
    for split in ("train", "test"):
        assert list(from_tree[split]) == list(from_videos[split])
        assert all(np.array_equal(from_tree[split][name], frames) for name, frames in from_videos[split].items())
    assert tree_of(tmp_path) == tree
    assert all(path.stat().st_mtime_ns == 0 for path in written)  # and is not written anew over itself


def test_that_images_of_colour_more_than_999_and_broken_ones_are_borne(tmp_path: Path) -> None:
    folder = tmp_path / "KTH" / "processed" / "boxing" / "person01_boxing_d1"
    folder.mkdir(parents=True)
    for number in range(995, 1006):
        cv2.imwrite(str(folder / f"image-{number:03d}_64x64.png"), np.full((64, 64, 3), number - 900, np.uint8))
    cv2.imwrite(str(folder / "image-1000_128x128.png"), np.zeros((128, 128, 3), np.uint8))
    (folder / "image-1001_64x64.png").write_bytes(b"broken")
    (folder / "notes.txt").write_text("no image")
    raw(tmp_path).mkdir()
    (raw(tmp_path) / "00sequences.txt").write_text("person01_boxing_d1\tframes\t998-1003\n")
    found, skipped = converted(config(tmp_path))
    assert [f[0, 0, 0] for f in found["train"]["person01_boxing_d1 998-1003"]] == [98, 99, 100, 102, 103]
    assert skipped == [
        (str(folder / "image-1001_64x64.png"), "is no image that can be decoded"),
        (str(folder), "of frames 998-1003 only 5 can be read, missing are 1001"),
    ]
    for path in folder.glob("*_128x128.png"):
        path.unlink()
    with pytest.raises(DataError, match=r"none of its videos can be converted .*its images are 64 px wide, not 128"):
        list(convert(config(tmp_path, image_width=128)))


# ---- archives


def zipped(tmp_path: Path, rows: dict[str, str]) -> Path:
    """A folder with the actions' zips and the list, as downloaded."""
    elsewhere = tmp_path / "downloaded"
    write_kth(elsewhere, rows, size=(40, 30))
    for action in ("boxing", "walking"):
        with zipfile.ZipFile(elsewhere / f"{action}.zip", "w") as archive:
            for path in sorted((elsewhere / action).iterdir()):
                archive.write(path, path.name)
        shutil.rmtree(elsewhere / action)
    return elsewhere


def test_that_archives_are_unpacked_to_where_the_original_has_the_videos(tmp_path: Path) -> None:
    elsewhere = zipped(tmp_path, ROWS)
    found, _ = converted(config(tmp_path, source=str(elsewhere)))
    assert len(found["train"]) == 7
    assert sorted(p.relative_to(raw(tmp_path)).as_posix() for p in raw(tmp_path).rglob("*") if p.is_file()) == [
        "00sequences.txt",
        "boxing/person20_boxing_d1_uncomp.avi",
        "walking/person20_walking_d4_uncomp.avi",
        "walking/person21_walking_d1_uncomp.avi",
    ]
    again, _ = converted(config(tmp_path, source=str(elsewhere)))
    assert list(again["train"]) == list(found["train"])
    assert (elsewhere / "boxing.zip").exists()


def test_that_one_archive_is_enough(tmp_path: Path) -> None:
    elsewhere = zipped(tmp_path, ROWS)
    found, _ = converted(config(tmp_path, source=str(elsewhere / "walking.zip")))
    assert len(found["train"]) == 4


def test_that_archives_in_the_place_of_the_videos_are_unpacked_there(tmp_path: Path) -> None:
    raw(tmp_path).parent.mkdir()
    zipped(tmp_path, ROWS).rename(raw(tmp_path))
    assert kth.inspect("kth", tmp_path).can_convert
    found, _ = converted(config(tmp_path))
    assert len(found["train"]) == 7


def test_that_an_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    elsewhere = zipped(tmp_path, ROWS)
    (elsewhere / "boxing.zip").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"boxing\.zip"):
        list(convert(config(tmp_path, source=str(elsewhere))))
    (elsewhere / "boxing.zip").unlink()
    (elsewhere / "00sequences.txt").write_text("<html>404</html>")
    with pytest.raises(DataError, match="is not the list of sequences"):
        list(convert(config(tmp_path, source=str(elsewhere))))


# ---- afterwards


def test_that_windows_begin_anywhere_and_short_sequences_are_left_out(tmp_path: Path) -> None:
    write_kth(raw(tmp_path), ROWS, size=(40, 30))
    frames, _ = converted(config(tmp_path))
    data = DataConfig(dataset="kth", data_root=str(tmp_path))
    clips = open_clips(data, split="train", image_width=64, channels=1, n_frames=18, seed=1)
    assert clips.usable is not None
    assert list(clips.usable) == [0, 1, 2, 3, 4, 5]
    starts = set()
    for index in range(0, 70, 7):
        clip, name = clips.batch([index])[:, 0], clips.source(index)
        start = int(name.split("frames ")[1].split("-")[0])
        starts.add(start)
        assert name.startswith("person20_boxing_d1 1-20")
        assert np.array_equal(clip, frames["train"]["person20_boxing_d1 1-20"][start : start + 18])
    assert starts == {0, 1, 2}
    assert list(prepare(data)) == []


def test_that_what_is_there_is_said(tmp_path: Path) -> None:
    nothing = kth.inspect("kth", tmp_path)
    assert (nothing.ready, nothing.can_convert, nothing.bytes_on_disk) == (False, False, 0)
    assert nothing.state == "not here yet"
    paths = write_kth(raw(tmp_path), ROWS, size=(40, 30))
    there = kth.inspect("kth", tmp_path)
    assert (there.ready, there.can_convert) == (False, True)
    assert there.state == "2 of 6 actions are here (3 videos)"
    assert there.bytes_on_disk == sum(path.stat().st_size for path in paths.values())
    listed = (raw(tmp_path) / "00sequences.txt").rename(tmp_path / "away.txt")
    unlisted = kth.inspect("kth", tmp_path)
    assert not unlisted.can_convert
    assert "00sequences.txt is missing" in unlisted.state
    listed.rename(raw(tmp_path) / "00sequences.txt")
    list(convert(config(tmp_path, png=True)))
    ready = kth.inspect("kth", tmp_path)
    assert ready.ready
    assert ready.clips == {"train": 7, "test": 1}
    shutil.rmtree(tmp_path / "kth")
    for action in ("boxing", "walking"):
        shutil.rmtree(raw(tmp_path) / action)
    assert "PNG tree" in kth.inspect("kth", tmp_path).state

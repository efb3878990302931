"""What a folder holds and which split each of it goes to, before anything is decoded."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from svg_studio.engine.data.datasets.video_folders import VideoFile, images_in, remarks, search, split_by_name


def lay(root: Path, *names: str) -> Path:
    """Files of some bytes of their own; images where the name says so."""
    for n, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith((".png", ".jpg")):
            Image.new("RGB", (8, 8), (n, n, n)).save(root / name)
        else:
            (root / name).write_bytes(name.encode())
    return root


@pytest.mark.parametrize(
    "name, split",
    [
        ("train/a.avi", "train"), ("Training/a.avi", "train"), ("set/TRAIN/x/a.avi", "train"), ("data_train/a.avi", "train"),
        ("test/a.avi", "test"), ("deep/er/testing/a.avi", "test"), ("TestSet/a.avi", "test"), ("test_2/1.png", "test"),
        ("val/a.avi", "val"), ("VALID/a.avi", "val"), ("x/validation/y/z/a.avi", "val"), ("eval/a.avi", "val"),
        ("dev/a.avi", "val"),
        ("val/train/a.avi", "val"), ("train/eval/a.avi", "train"), ("walk/val/1.png", "val"), ("val/1.png", "val"),
        ("a.avi", ""), ("train.avi", ""), ("trains/a.avi", ""), ("train_test/a.avi", ""), ("train-val/val/a.avi", "val"),
        ("x/test.avi", ""), ("x/1.png", ""), ("value/a.avi", ""),
    ],
)  # fmt: skip
def test_that_the_outermost_folder_that_says_a_split_decides(name: str, split: str, tmp_path: Path) -> None:
    (found,) = search(lay(tmp_path / "mine", name))[0]
    assert found.split == split


@pytest.mark.parametrize(
    "names, splits",
    [
        (("test.mp4", "train.mp4", "VAL.avi", "x.mp4"), ("test", "train", "val", "")),
        (("test.mp4", "x.mp4"), ("", "")),
        (("test.avi", "test.mp4"), ("", "")),
        (("test_1.mp4", "train_1.mp4"), ("", "")),
        (("val/test.mp4", "val/train.mp4"), ("val", "val")),
        (("a/test.mp4", "b/train.mp4"), ("", "")),
    ],
)
def test_that_files_called_train_and_test_side_by_side_are_what_they_are_called(
    names: tuple[str, ...], splits: tuple[str, ...], tmp_path: Path
) -> None:
    found = {one.name: one.split for one in search(lay(tmp_path / "mine", *names))[0]}
    assert found == dict(zip(names, splits, strict=True))


@pytest.mark.parametrize(
    "names, passed",
    [
        (("@eaDir/a.mp4/THUMB.jpg", "#recycle/b.avi"), "#recycle"),
        (("x/__MACOSX/._a.mp4",), "x/__MACOSX"),
        ((".Trash-1000/files/b.avi",), ".Trash-1000"),
        ((".thumbnails/1.png", "x/.ipynb_checkpoints/1-checkpoint.png"), ".thumbnails"),
        (("GL010001.LRV", "GL010001.THM"), "GL010001.LRV"),
        (("a.jpg", "a-thumb.jpg", "poster.png"), "a-thumb.jpg"),
        ((".hidden.mp4",), ".hidden.mp4"),
        (("M4ROOT/SUB/C0001S03.MP4", "M4ROOT/THMBNL/C0001.JPG"), "M4ROOT/SUB"),
        (("@eaDir/notes.txt", "Thumbs.db", ".DS_Store", "._a.avi", "lost+found/x"), ""),
    ],
)
def test_that_what_is_passed_over_is_said_once_if_it_held_media(names: Sequence[str], passed: str, tmp_path: Path) -> None:
    found, skipped = search(lay(tmp_path / "mine", "a.avi", *names))
    assert [one.name for one in found] == ["a.avi"]
    said = [(one.source, one.damaged) for one in skipped if one.reason.startswith("is passed over")]
    assert said == ([(passed, False)] if passed else [])
    assert len(skipped) == len(said)
    if len(names) > 1 and passed:
        folders = {name.split("/")[0] if not name.startswith(("x/", "M4")) else name.rpartition("/")[0] for name in names}
        assert f"as are {len(folders) - 1} more" in skipped[0].reason


def test_that_pictures_of_videos_are_no_frames_of_a_folder(tmp_path: Path) -> None:
    lay(tmp_path, "a.avi", "a.jpg", "1.png", "2.png")
    assert [path.name for path in images_in(tmp_path)[0]] == ["1.png", "2.png"]
    found = {one.name: one.size for one in search(tmp_path)[0]}
    assert found["."] == sum((tmp_path / name).stat().st_size for name in ("1.png", "2.png"))


def splits(names: Sequence[str], percent: int) -> dict[str, str]:
    units = split_by_name([VideoFile(name, Path(name), 1) for name in names], percent)
    assert [unit.name for unit in units] == list(names)
    assert all(unit.draw >= 0 for unit in units)
    return {unit.name: unit.split for unit in units}


def test_that_a_name_stays_in_its_split_whatever_lies_beside_it() -> None:
    names = [f"clip{n}.mp4" for n in range(400)]
    all_of_them = splits(names, 20)
    assert 50 < list(all_of_them.values()).count("test") < 110
    assert splits(names[::-3], 20).items() <= all_of_them.items()
    # Values of SHA-256, which no change of ours may move.
    assert [n for n in range(40) if all_of_them[names[n]] == "test"] == [8, 18, 19, 24, 29, 33, 37, 39]
    more = splits(names, 50)
    assert {n for n in names if all_of_them[n] == "test"} < {n for n in names if more[n] == "test"}


def test_that_macos_and_linux_agree_on_accents() -> None:
    composed = [f"\u00e9t\u00e9 {n}.mov" for n in range(60)]
    apart = [f"e\u0301te\u0301 {n}.mov" for n in range(60)]
    assert list(splits(composed, 40).values()) == list(splits(apart, 40).values())


@pytest.mark.parametrize("a, b", ["ab", "cd", "mn"])  # the smallest hash is of b.avi in some, which hangs on a.avi by two steps
def test_that_what_hangs_together_has_one_draw(a: str, b: str, tmp_path: Path) -> None:
    lay(tmp_path, f"{a}.avi", f"{a}.mkv", f"{b}.avi", "other.mp4")
    (tmp_path / f"{b}.mkv").write_bytes((tmp_path / f"{a}.mkv").read_bytes())
    found, _ = search(tmp_path)
    draws = {unit.name: unit.draw for unit in split_by_name(found, 50)}
    alone = {name: split_by_name([VideoFile(name, Path("none"), 1)], 50)[0].draw for name in draws}
    together = [name for name in draws if name != "other.mp4"]  # by bytes, and by names but for the suffix
    assert {draws[name] for name in together} == {min(alone[name] for name in together)}
    assert draws["other.mp4"] == alone["other.mp4"]
    assert {unit.name: unit.twin for unit in split_by_name(found, 50) if unit.twin} == {f"{b}.mkv": f"{a}.mkv"}


@pytest.mark.parametrize("split", ["train", "test", "val"])
@pytest.mark.parametrize("percent", [0, 90])
def test_that_a_split_that_is_given_is_not_drawn(split: str, percent: int) -> None:
    (unit,) = split_by_name([VideoFile("x/a.avi", Path("a.avi"), 1, split)], percent)
    assert (unit.split, unit.draw) == (split, -1)


def test_that_folders_that_say_more_than_a_split_are_named(tmp_path: Path) -> None:
    lay(tmp_path, "train_01/a.avi", "train_01/b.avi", "Test/c.avi", "x/my val/1.png", "loose.avi", "copy.avi")
    (tmp_path / "copy.avi").write_bytes(b"train_01/a.avi")  # goes where the other is, and is not said to be drawn
    found, _ = search(tmp_path)
    assert [(note.source, note.note) for note in remarks(tmp_path, found, split_by_name(found, 10))] == [
        (str(tmp_path), "1 of 6 lie in no folder of a split, such as loose.avi, and are split by a hash of their names"),
        ("train_01", "is taken for train by its name"),
        ("x/my val", "is taken for val by its name"),
    ]
    lay(tmp_path, *(f"{n}/test {n}/a.avi" for n in range(30)))
    found, _ = search(tmp_path)
    notes = remarks(tmp_path, found, split_by_name(found, 10))
    assert len(notes) == 22
    assert notes[-1].note == "12 more folders are taken for a split by their names"

"""What is dropped on the window is known by its name and by a short look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from svg_studio.engine.export.read_back import START
from svg_studio.ui.shell import dropped_files
from svg_studio.ui.shell.dropped_files import gather, recognise


@pytest.mark.parametrize("name", ["a.gif", "a.MP4", "a.png", "a.npz"])
def test_that_exports_that_carry_futures_are_known_when_they_come_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(300_000) + START + bytes(100_000))
    assert gather([path]).kind == "export"
    other = tmp_path / "model.pt"
    assert gather([path, other]).kind != "export"


def test_that_files_that_carry_none_are_what_they_were(tmp_path: Path) -> None:
    for name, kind in (("a.gif", "videos"), ("a.mp4", "videos"), ("a.png", ""), ("a.npz", "")):
        (tmp_path / name).write_bytes(b"x" * 1000)
        assert gather([tmp_path / name]).kind == kind
    assert gather([tmp_path / "a.npz"]).sentence.startswith("a.npz carries no futures to open again")


def make(root: Path, *names: str) -> Path:
    """Files, and folders where a name ends with /, below `root`."""
    for name in names:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return root


@pytest.mark.parametrize(
    "name, kind, opened",
    [
        ("last.pt", "model", "last.pt"),
        ("svglp_bair.PTH", "model", "svglp_bair.PTH"),
        ("walk.mp4", "videos", "walk.mp4"),
        ("WALK.AVI", "videos", "WALK.AVI"),
        ("bair_robot_pushing_dataset_v0.tar", "bair", "bair_robot_pushing_dataset_v0.tar"),
        ("softmotion30_44k/train/traj_0_to_255.tfrecords", "bair", "softmotion30_44k"),
        ("downloads/walking.zip", "kth", "downloads"),
        ("KTH/raw/00sequences.txt", "kth", "KTH/raw"),
        ("walking/person01_walking_d1_uncomp.avi", "kth", "walking"),
        ("mine/t10k-labels-idx1-ubyte.gz", "smmnist", "mine"),
        ("mine/train-images.idx3-ubyte", "smmnist", "mine"),
    ],
)
def test_that_files_are_known_by_their_names(tmp_path: Path, name: str, kind: str, opened: str) -> None:
    make(tmp_path, name)
    found = recognise(tmp_path / name)
    assert (found.kind, found.path) == (kind, tmp_path / opened)


@pytest.mark.parametrize(
    "content, kind",
    [
        (("config.json", "checkpoints/last.pt", "previews/"), "model"),
        (("config.json", "a.mp4"), "videos"),
        (("softmotion30_44k/train/",), "bair"),
        (("processed_data/test/",), "bair"),
        (("traj_0_to_255.tfrecords",), "bair"),
        (("00sequences.txt", "a.avi"), "kth"),
        (("person01_boxing_d1_uncomp.avi",), "kth"),
        (("walking.zip", "running.zip"), "kth"),
        (("raw/00sequences.txt", "processed/"), "kth"),
        (("walking/", "boxing/person01_boxing_d1_uncomp.avi"), "kth"),
        (("walking/me.mp4",), "videos"),
        (("a.mp4", "b.mp4"), "videos"),
        (("MNIST/raw/train-images-idx3-ubyte.gz",), "smmnist"),
        (("raw/train-images-idx3-ubyte.gz",), "smmnist"),
        (("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"), "smmnist"),
        (("frames/0001.png",), "videos"),
    ],
)
def test_that_folders_are_known_by_what_is_in_them(tmp_path: Path, content: tuple[str, ...], kind: str) -> None:
    found = recognise(make(tmp_path / "dropped", *content))
    assert (found.kind, found.path) == (kind, tmp_path / "dropped")


def test_that_a_split_of_bair_leads_to_the_folder_above(tmp_path: Path) -> None:
    for split in ("train", "TEST", "val", "Validation"):
        make(tmp_path, f"mine/{split}/traj_0_to_255.tfrecords")
        assert recognise(tmp_path / "mine" / split).path == tmp_path / "mine"


@pytest.mark.parametrize(
    "name, why",
    [
        ("notes.txt", "nothing that can be opened"),
        ("photos.zip", "unpack it"),
        ("photo.png", "drop the folder that holds its sequence"),
        ("empty/", "is empty"),
        ("gone/", ""),
    ],
)
def test_that_what_cannot_be_used_is_told_with_the_reason(tmp_path: Path, name: str, why: str) -> None:
    make(tmp_path, name)
    found = recognise(tmp_path / name)
    assert found.kind == ""
    assert why in found.why
    assert found.why.startswith(name.rstrip("/"))


def test_that_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(dropped_files.os, "scandir", refuse)
    found = recognise(make(tmp_path / "closed", "a.mp4"))
    assert (found.kind, found.why) == ("", "closed: cannot be read (Permission denied)")


def test_that_only_a_few_entries_of_a_large_folder_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "many", *(f"{n}.mp4" for n in range(200)))
    looked: list[str] = []
    scandir = os.scandir

    class Counting:
        def __init__(self, path: Path) -> None:
            self.entries = scandir(path)

        def __enter__(self) -> Counting:
            return self

        def __exit__(self, *_: object) -> None:
            self.entries.close()

        def __iter__(self) -> Counting:
            return self

        def __next__(self) -> os.DirEntry[str]:
            entry = next(self.entries)
            looked.append(entry.name)
            return entry

    monkeypatch.setattr(dropped_files.os, "scandir", Counting)
    assert recognise(tmp_path / "many").kind == "videos"
    assert len(looked) == dropped_files.LOOKED_AT


@pytest.mark.parametrize(
    "names, kind, paths, sentence",
    [
        (("a.mp4", "b.mov", "walk/"), "videos", ("a.mp4", "b.mov", "walk"), ""),
        (("a.mp4", "last.pt"), "videos", ("a.mp4",), "Left out: last.pt, which is a model: drop it by itself to open it."),
        (("a.mp4", "x.txt", "y.txt"), "videos", ("a.mp4",), "Left out: x.txt, which cannot be used here; 1 other thing too."),
        (("last.pt", "x.txt"), "model", ("last.pt",), "Left out: x.txt, which cannot be used here."),
        (
            ("a.pt", "b.pt"),
            "",
            (),
            "2 models were dropped: drop one to open it, or drop all of them on Evaluate.",
        ),
        (("walking.zip", "running.zip"), "kth", (".",), ""),
        (
            ("one/walking.zip", "two/running.zip"),
            "",
            (),
            "KTH actions is one folder: drop the one that holds all 2, please.",
        ),
        (
            ("walking.zip", "a.mp4"),
            "",
            (),
            "These belong to several data sets, KTH actions and Own videos: drop those of one of them, please.",
        ),
        (
            ("x.txt", "y.txt"),
            "",
            (),
            "x.txt is nothing that can be opened here: drop a checkpoint, a video or a folder; "
            "1 other thing cannot be used either.",
        ),
        (("x.txt",), "", ("x.txt",), "x.txt is nothing that can be opened here: drop a checkpoint, a video or a folder."),
    ],
)
def test_that_what_is_dropped_together_is_one_thing_or_one_sentence(
    tmp_path: Path, names: tuple[str, ...], kind: str, paths: tuple[str, ...], sentence: str
) -> None:
    make(tmp_path, *names, "walk/1.png")
    found = gather([tmp_path / name for name in names])
    assert (found.kind, found.sentence) == (kind, sentence)
    assert found.paths == tuple(tmp_path / path for path in paths)

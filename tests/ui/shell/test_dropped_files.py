"""What is dropped on the window is known by its name and by a short look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from svg_studio.ui.shell import dropped_files
from svg_studio.ui.shell.dropped_files import recognise


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
    [("notes.txt", "nothing that can be opened"), ("photos.zip", "unpack it"), ("empty/", "is empty"), ("gone/", "")],
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

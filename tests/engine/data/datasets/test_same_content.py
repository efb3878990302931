"""Files of the same bytes are found, however they differ elsewhere, and only those."""

import os
from pathlib import Path

import pytest

from svg_studio.engine.data.datasets.same_content import same_bytes, same_stems
from svg_studio.engine.data.datasets.video_folders import VideoFile

LONG = 200_000  # bytes, more than are compared at first


def found_as(folder: Path, **contents: bytes) -> list[VideoFile]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [VideoFile(name, folder / name, len(data)) for name, data in contents.items()]


def test_that_files_of_the_same_bytes_are_one_group(tmp_path: Path) -> None:
    same, end = b"x" * LONG, b"x" * (LONG - 1) + b"y"
    found = found_as(tmp_path, a=same, b=end, c=same, d=b"x" * 10, e=end, f=same[:-1], g=b"y" * LONG, h=same)
    assert [[one.name for one in group] for group in same_bytes(found)] == [["a", "c", "h"], ["b", "e"]]


def test_that_links_and_what_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    found = found_as(tmp_path, a=b"abc", b=b"abd", gone=b"abe", gone2=b"abe")
    (tmp_path / "gone").unlink()
    (tmp_path / "gone2").unlink()
    os.link(tmp_path / "a", tmp_path / "hard")
    try:
        (tmp_path / "soft").symlink_to(tmp_path / "a")
    except OSError:
        pytest.skip("no links here")
    found += [VideoFile(name, tmp_path / name, 3) for name in ("hard", "soft")]
    found += [VideoFile(name, tmp_path, 3, images=True) for name in ("one", "two")]  # folders are not compared
    assert [[one.name for one in group] for group in same_bytes(found)] == [["a", "hard", "soft"]]


def test_that_names_that_differ_in_the_suffix_are_one_group() -> None:
    names = ("a/clip.mp4", "a/Clip.MOV", "b/clip.mp4", "a/clip.1.mp4", "other.avi")
    found = [VideoFile(name, Path(name), 1) for name in names] + [VideoFile("b/clip", Path("b/clip"), 1, images=True)]
    assert [[one.name for one in group] for group in same_stems(found)] == [["a/clip.mp4", "a/Clip.MOV"], ["b/clip.mp4", "b/clip"]]

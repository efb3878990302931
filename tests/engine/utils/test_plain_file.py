"""Ordinary files are opened, everything else is refused without waiting for it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from svg_studio.engine.utils.plain_file import check_plain, open_plain, read_plain

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def test_an_ordinary_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"some")
    (tmp_path / "b").symlink_to("a")
    for name in ("a", "b"):
        assert read_plain(tmp_path / name, 4) == b"some"
    with pytest.raises(ValueError, match="more than 3 bytes"):
        read_plain(tmp_path / "a", 3)
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "c")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)  # a whole path may be too long for a socket


@posix
@pytest.mark.parametrize(
    "make, kind",
    [
        (lambda path: os.mkfifo(path), "named pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "device"),
        (lambda path: path.mkdir(), "folder"),
        (_socket, "socket"),
    ],
)
def test_anything_else_is_refused(make: Callable[[Path], None], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("other").absolute())
    with pytest.raises(OSError, match=f"is a {kind}, not a file"):
        check_plain(Path("other").absolute())

"""What is no ordinary file is refused by every reader of others' files, in one sentence and without waiting for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from svg_studio.engine.config import ConfigError, ConvertConfig, TrainConfig
from svg_studio.engine.data.datasets import kth_archives, kth_files, mnist, tfrecords
from svg_studio.engine.data.download import unpack
from svg_studio.engine.errors import StudioError
from svg_studio.engine.metrics import lpips

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def _socket(path: Path) -> None:
    os.chdir(path.parent)  # a whole path may be too long for a socket
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)


KINDS: dict[str, Callable[[Path], None]] = {
    "named pipe": lambda path: os.mkfifo(path),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "socket": _socket,
    "folder": lambda path: path.mkdir(),
}


def _kth_zip(path: Path) -> None:
    list(kth_archives.unpack(ConvertConfig(dataset="kth", data_root=str(path.parent / "data"), source=str(path))))


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "settings": ("config.json", TrainConfig.load),
    "MNIST": ("train-images-idx3-ubyte", lambda path: mnist.read_idx(path, 3)),
    "an archive of MNIST": ("train-images-idx3-ubyte.gz", lambda path: mnist.read_idx(path.with_suffix(""), 3)),
    "KTH's list": (kth_files.LIST, kth_files.read_sequences),
    "KTH's zip": ("walking.zip", _kth_zip),
    "TFRecords": ("a.tfrecords", lambda path: list(tfrecords.records(path))),
    "an archive": ("a.tar", lambda path: list(unpack.unpack(path, path.parent / "out", limit=1000))),
    "LPIPS's weights": ("alexnet.pth", lpips.load),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_that_it_is_refused(kind: str, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if (kind, reader) == ("folder", "KTH's zip"):
        pytest.skip("a folder of that name is where the zips are looked for")
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    name, read = READERS[reader]
    KINDS[kind](folder / name)
    with pytest.raises((StudioError, OSError, ConfigError)) as error:
        read(folder / name)
    said = str(error.value)
    assert "\n" not in said
    assert name in said
    assert f"is a {kind}, not a file" in said or "is no ordinary file" in said

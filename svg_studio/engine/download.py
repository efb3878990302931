"""The files of the data sets that can be downloaded, and the job that does it; knows no file format and no model."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from svg_studio.engine.errors import DownloadError
from svg_studio.engine.events import Event, Logged, Progressed
from svg_studio.engine.fetch import Digest, Events, fetch, matches


@dataclass(frozen=True)
class RemoteFile:
    name: str
    size: int  # bytes
    digest: Digest


@dataclass(frozen=True, kw_only=True)
class Downloadable:
    """A data set's files. `ready` and `unpack` are "module:function" and take the folder that holds the files."""

    title: str
    folder: str  # under data_root
    mirrors: tuple[str, ...]  # what a file's name is appended to
    files: tuple[RemoteFile, ...]
    ready: str  # → bool: nothing is left to do
    unpack: str  # → generator of events, run when all files are there


DOWNLOADS: dict[str, Downloadable] = {
    "mnist": Downloadable(
        title="MNIST",
        folder="MNIST/raw",
        # Addresses and checksums as torchvision.datasets.MNIST has them.
        mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
        files=(
            RemoteFile("train-images-idx3-ubyte.gz", 9_912_422, ("md5", "f68b3c2dcbeaaa9fbdd348bbdeb94873")),
            RemoteFile("train-labels-idx1-ubyte.gz", 28_881, ("md5", "d53e105ee54ea40749a09fcbcd1e9432")),
            RemoteFile("t10k-images-idx3-ubyte.gz", 1_648_877, ("md5", "9fb629c4189551a2d022fa330f9573f3")),
            RemoteFile("t10k-labels-idx1-ubyte.gz", 4_542, ("md5", "ec29112dd5afa0611ce80d1b7f02629c")),
        ),
        ready="svg_studio.engine.datasets.mnist:unpacked",
        unpack="svg_studio.engine.datasets.mnist:unpack",
    ),
}


def download(name: str, data_root: str | Path, mirror: str | None = None, *, sleep: Callable[[float], None] = time.sleep) -> Events:
    """Brings data set `name` under `data_root`: fetches what is missing or damaged, checks it and unpacks it.

    `mirror`, a URL, takes the place of the addresses known. Yields Progressed in bytes of all files together,
    FileDownloaded and Logged. Raises DownloadError; stopping keeps what has arrived.
    """
    if name not in DOWNLOADS:
        raise DownloadError(f"{name}: cannot be downloaded; choose one of {', '.join(DOWNLOADS)}")
    wanted = DOWNLOADS[name]
    folder = Path(data_root).expanduser() / wanted.folder
    if _function(wanted.ready)(folder):
        yield Logged(f"{wanted.title} is in {folder}")
        return
    total, before = sum(file.size for file in wanted.files), 0
    for file in wanted.files:
        path = folder / file.name
        if not _there(path, file):
            urls = [f"{base.rstrip('/')}/{file.name}" for base in ((mirror,) if mirror else wanted.mirrors)]
            for event in fetch(urls, path, size=file.size, digest=file.digest, sleep=sleep):
                yield _of_all(event, before, total)
        before += file.size
    yield from _function(wanted.unpack)(folder)
    yield Logged(f"{wanted.title} is in {folder}")


def _there(path: Path, file: RemoteFile) -> bool:
    try:
        return path.is_file() and path.stat().st_size == file.size and matches(path, file.digest)
    except OSError as error:
        raise DownloadError(f"{path}: cannot be read ({error.strerror}); make it readable or delete it") from error


def _of_all(event: Event, before: int, total: int) -> Event:
    return Progressed(before + event.done, total, event.unit, event.doing) if isinstance(event, Progressed) else event


def _function(dotted: str) -> Callable[..., Any]:
    module, _, name = dotted.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function

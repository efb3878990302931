"""MNIST's still digits: checks the files, then reads them with torchvision."""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.datasets.digit_bank import DigitBank, enlarge
from svg_studio.engine.data.datasets.torchvision_shim import ensure_torchvision
from svg_studio.engine.data.download.catalog import DOWNLOADS
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Events, Logged, Remedy
from svg_studio.engine.utils.files import free_bytes, replacing
from svg_studio.engine.utils.plain_file import open_plain

FOLDER = Path(DOWNLOADS["mnist"].folder)  # as torchvision.datasets.MNIST
CHECKSUMS = {file.name: file.digest for file in DOWNLOADS["mnist"].files if file.digest}
IMAGES, LABELS = "{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"
PREFIXES = {"train": "train", "test": "t10k"}
NAMES = tuple(kind.format(prefix) for prefix in PREFIXES.values() for kind in (IMAGES, LABELS))


@lru_cache(maxsize=4)
def mnist_digits(data_root: Path, split: str) -> DigitBank:
    """MNIST's train (60,000) or test (10,000) digits, enlarged to 32 px. Raises DataError for missing or damaged files."""
    prefix, folder = PREFIXES[split], data_root / FOLDER
    images = read_idx(folder / IMAGES.format(prefix), 3)
    labels = read_idx(folder / LABELS.format(prefix), 1)
    if len(images) != len(labels) or not len(images) or images.shape[1:] != (28, 28):
        raise DataError(
            f"{folder / IMAGES.format(prefix)}: does not hold 28×28 digits to match its labels; MNIST has to be downloaded again",
            _remedy(data_root),
        )
    return DigitBank(f"MNIST {split}", enlarge(images), labels.copy())


def complete(data_root: Path) -> bool:
    """Whether all four files are there, plain or as archives; they are not read."""
    return all(_plain_or_archive(Path(data_root) / FOLDER / name) is not None for name in NAMES)


def inspect(name: str, data_root: Path) -> DatasetInspected:
    """What of MNIST lies under `data_root`; archives are read for their checksums."""
    folder = Path(data_root) / FOLDER
    found = [path for n in NAMES if (path := _plain_or_archive(folder / n)) is not None]
    sizes = [p.stat().st_size for n in NAMES for p in (folder / n, folder / f"{n}.gz") if p.is_file()]
    ready, state = False, f"no MNIST in {folder}; drawn digits need no file"
    if found:
        state = f"{len(found)} of {len(NAMES)} files of MNIST in {folder}; download the rest"
    if len(found) == len(NAMES):
        try:
            for path in found:
                _check(path)
            ready, state = True, f"MNIST ready in {folder}"
        except DataError as error:
            state = str(error)
    return DatasetInspected(name, Path(data_root), ready, state, sum(sizes), free_bytes(folder), {"train": 0, "test": 0})


def read_idx(path: Path, ndim: int) -> npt.NDArray[np.uint8]:
    """The uint8 array of `ndim` dimensions in the IDX file `path`, or in `path`.gz if only that is there.

    Raises DataError where there is neither, where the archive's checksum is wrong, and where the file is cut short.
    """
    found = _plain_or_archive(path)
    if found is None:
        raise DataError(f"{path}: not there; MNIST has to be downloaded, or digits set to drawn", _remedy(_root(path)))
    ensure_torchvision()
    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

    with TemporaryDirectory() as folder:
        plain = found
        if found.suffix == ".gz":  # unpacked elsewhere: opening clips writes nothing into the data root
            plain = Path(folder, path.name)
            plain.write_bytes(_read(found))
        _check_plain(plain, ndim, found)
        array: npt.NDArray[np.uint8] = read_sn3_pascalvincent_tensor(str(plain)).numpy()
    return array


def is_unpacked(folder: Path) -> bool:
    """Whether all four files lie in `folder` plain and whole."""
    try:
        for name in NAMES:
            _check(folder / name)
    except (DataError, OSError):
        return False
    return True


def unpack(folder: Path) -> Events:
    """Writes each archive's content beside it, as torchvision does, so that both find it. Raises DataError."""
    for name in NAMES:
        yield Logged(f"unpacking {name}")
        raw = _read(folder / f"{name}.gz")
        with replacing(folder / name, error=DataError) as part:
            part.write_bytes(raw)


def _read(path: Path) -> bytes:
    """The file's bytes, an archive's checked and unpacked."""
    try:
        with open_plain(path) as file:
            raw = file.read()
        if path.suffix == ".gz":
            kind, value = CHECKSUMS[path.name]
            if hashlib.new(kind, raw, usedforsecurity=False).hexdigest() != value:
                raise DataError(f"{path}: wrong checksum; MNIST has to be downloaded again", _remedy(_root(path)))
            raw = gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: damaged archive; MNIST has to be downloaded again", _remedy(_root(path))) from error
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error
    return raw


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path}: cannot be read ({error.strerror or error}); make it readable or choose another data_root"


def _check(path: Path) -> None:
    """Raises DataError unless `path` is whole: an archive by its checksum, a plain file by its length."""
    if path.suffix == ".gz":
        _read(path)
    else:
        _check_plain(path, 3 if "idx3" in path.name else 1, path)


def _check_plain(path: Path, ndim: int, named: Path) -> None:
    """Raises DataError, about `named`, unless `path` is an IDX file of uint8 of the length that its header states.

    The header: 0, 0, type 8, number of dimensions, big-endian sizes.
    """
    try:
        with open_plain(path) as file:
            head = file.read(4 + 4 * ndim)
        size = path.stat().st_size
    except OSError as error:
        raise DataError(_unreadable(named, error)) from error
    whole = len(head) == 4 + 4 * ndim and head[:4] == bytes([0, 0, 8, ndim])
    if not whole or size != len(head) + math.prod(struct.unpack_from(f">{ndim}I", head, 4)):
        raise DataError(f"{named}: cut short or not an IDX file; MNIST has to be downloaded again", _remedy(_root(named)))


def _plain_or_archive(path: Path) -> Path | None:
    """`path` if that is there, else `path`.gz if that is; what is no file is refused when it is read."""
    return next((p for p in (path, path.with_name(f"{path.name}.gz")) if p.exists()), None)


def _root(path: Path) -> Path:
    return path.parents[len(FOLDER.parts)]


def _remedy(data_root: Path) -> Remedy:
    return Remedy(jobs=(("download", "mnist", {"data_root": str(data_root)}),))

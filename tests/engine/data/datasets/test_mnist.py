"""MNIST from its files: whole ones read, damaged ones refused with a remedy."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.clips import inspect, open_clips
from svg_studio.engine.data.datasets import mnist
from svg_studio.engine.data.datasets.digit_bank import enlarge
from svg_studio.engine.data.datasets.torchvision_shim import ensure_torchvision
from svg_studio.engine.data.download.catalog import DOWNLOADS
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected, Remedy
from tests.conftest import write_idx


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with archives alone, of a few digits, whose checksums are taken for MNIST's."""
    random = np.random.default_rng(0)
    sums = {}
    for prefix, count in (("train", 20), ("t10k", 10)):
        for kind, shape in (("images-idx3", (count, 28, 28)), ("labels-idx1", (count,))):
            path = tmp_path / mnist.FOLDER / f"{prefix}-{kind}-ubyte"
            write_idx(path, random.integers(0, 10, shape, np.uint8))
            packed = gzip.compress(path.read_bytes(), mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(packed)
            path.unlink()
            sums[f"{path.name}.gz"] = ("md5", mnist.hashlib.md5(packed).hexdigest())
    monkeypatch.setattr(mnist, "CHECKSUMS", sums)
    return tmp_path


def state(root: Path) -> DatasetInspected:
    (event,) = inspect("smmnist", root)
    assert isinstance(event, DatasetInspected)
    return event


def test_that_digits_are_enlarged_as_pillow_does() -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 28, 28), np.uint8)
    pillow = np.stack([np.asarray(Image.fromarray(i).resize((32, 32), Image.Resampling.BILINEAR)) for i in images])
    assert np.abs(enlarge(images).astype(int) - pillow).max() <= 1
    assert (enlarge(images) == pillow).mean() > 0.999


def test_that_addresses_and_checksums_are_torchvisions() -> None:
    ensure_torchvision()
    from torchvision.datasets import MNIST

    assert [(f.name, f.digest[1]) for f in DOWNLOADS["mnist"].files] == MNIST.resources
    assert list(DOWNLOADS["mnist"].mirrors) == MNIST.mirrors
    assert {f"{name}.gz" for name in mnist.NAMES} == set(mnist.CHECKSUMS)


def test_that_the_files_are_read_as_torchvision_reads_them(archives: Path) -> None:
    list(mnist.unpack(archives / mnist.FOLDER))
    ensure_torchvision()
    from torchvision.datasets import MNIST

    for split in ("train", "test"):
        theirs, ours = MNIST(str(archives), train=split == "train"), mnist.mnist_digits(archives, split)
        np.testing.assert_array_equal(ours.images, enlarge(theirs.data.numpy()))
        np.testing.assert_array_equal(ours.labels, theirs.targets.numpy())


def test_that_archives_alone_are_enough_and_nothing_is_written(archives: Path) -> None:
    before = sorted(archives.rglob("*"))
    assert mnist.complete(archives)
    assert mnist.mnist_digits(archives, "test").images.shape == (10, 32, 32)
    assert sorted(archives.rglob("*")) == before


def test_that_the_banks_are_mnists(mnist_root: Path) -> None:
    train, test = (mnist.mnist_digits(mnist_root, split) for split in ("train", "test"))
    assert len(train.images) == 6 * len(test.images)
    assert set(train.labels) == set(range(10))
    assert mnist.mnist_digits(mnist_root, "train") is train


def test_that_the_genuine_files_hold_mnist(genuine_data: Path, mnist_root: Path) -> None:
    assert genuine_data.is_dir()
    train, test = (mnist.mnist_digits(mnist_root, split) for split in ("train", "test"))
    assert (len(train.images), len(test.images)) == (60_000, 10_000)
    assert 28 < train.images.mean() < 38


def test_that_missing_files_are_told_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"MNIST has to be downloaded, or digits set to drawn") as raised:
        open_clips(DataConfig(data_root=str(tmp_path)), split="train", image_width=64, channels=1, n_frames=3, seed=1)
    assert raised.value.remedy == Remedy(jobs=(("download", "mnist", {"data_root": str(tmp_path)}),))


def test_that_an_archive_with_a_wrong_checksum_is_refused(archives: Path) -> None:
    path = archives / mnist.FOLDER / "t10k-images-idx3-ubyte.gz"
    raw = bytearray(path.read_bytes())
    raw[-9] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz: wrong checksum; MNIST has to be downloaded again"):
        mnist.mnist_digits(archives, "test")
    assert "wrong checksum" in state(archives).state
    assert not state(archives).ready


@pytest.mark.parametrize("keep", [0, 3, 10, 16, 1000, -1])
def test_that_a_file_cut_short_is_refused(archives: Path, keep: int) -> None:
    list(mnist.unpack(archives / mnist.FOLDER))
    path = archives / mnist.FOLDER / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match="train-images-idx3-ubyte: cut short"):
        mnist.mnist_digits(archives, "train")
    assert not mnist.is_unpacked(archives / mnist.FOLDER)


def test_that_images_without_their_labels_are_refused(archives: Path) -> None:
    list(mnist.unpack(archives / mnist.FOLDER))
    shutil.copyfile(archives / mnist.FOLDER / "t10k-labels-idx1-ubyte", archives / mnist.FOLDER / "train-labels-idx1-ubyte")
    with pytest.raises(DataError, match="match its labels"):
        mnist.mnist_digits(archives, "train")


def test_that_unpacking_cut_off_leaves_nothing_under_a_final_name(archives: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = archives / mnist.FOLDER

    def half(path: Path, raw: bytes) -> int:
        with path.open("wb") as file:
            file.write(raw[: len(raw) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(DataError, match="the disk is full"):
        list(mnist.unpack(folder))
    assert {path.suffix for path in folder.iterdir()} == {".gz"}


def test_that_inspection_tells_absent_incomplete_and_ready_apart(archives: Path, tmp_path: Path) -> None:
    absent = state(tmp_path / "not" / "there")
    assert (absent.ready, absent.bytes_on_disk) == (False, 0)
    assert absent.bytes_free > 0
    assert "no MNIST" in absent.state
    ready = state(archives)
    assert ready.ready
    assert ready.bytes_on_disk == sum(p.stat().st_size for p in archives.rglob("*.gz"))
    assert ready.clips == {"train": 0, "test": 0}
    (archives / mnist.FOLDER / "t10k-labels-idx1-ubyte.gz").unlink()
    assert "3 of 4" in state(archives).state
    assert not state(archives).ready

"""MNIST's files as people have them are taken once they are known to be MNIST's."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.data.clips import inspect
from svg_studio.engine.data.datasets import mnist, mnist_files
from svg_studio.engine.data.datasets.mnist_files import take
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import DatasetInspected
from tests.conftest import write_idx


@pytest.fixture
def contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Four small files whose bytes are taken for MNIST's."""
    random, found = np.random.default_rng(0), {}
    for name in mnist.NAMES:
        shape = (20 if name.startswith("train") else 10, *((28, 28) if "images" in name else ()))
        write_idx(tmp_path / "made" / name, random.integers(0, 10, shape, np.uint8))
        found[name] = (tmp_path / "made" / name).read_bytes()
    digests = {name: hashlib.md5(data).hexdigest() for name, data in found.items()}
    monkeypatch.setattr(mnist_files, "DIGESTS", digests)
    return found


def lay(folder: Path, contents: dict[str, bytes], pattern: str) -> None:
    for name, data in contents.items():
        path = folder / pattern.format(name=name, dotted=name.replace("-idx", ".idx"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def is_ready(root: Path) -> bool:
    [found] = inspect("smmnist", root)
    assert isinstance(found, DatasetInspected)
    return found.ready


@pytest.mark.parametrize(
    "pattern",
    ["{name}", "{name}.gz", "raw/{name}.gz", "MNIST/raw/{name}", "MNIST/{name}.gz", "{dotted}", "{dotted}.gz", "{name}/{name}"],
)
def test_that_the_files_are_found_as_people_have_them(pattern: str, contents: dict[str, bytes], tmp_path: Path) -> None:
    lay(tmp_path / "mine", contents, pattern)
    before = sorted((tmp_path / "mine").rglob("*"))
    list(take(tmp_path / "mine", tmp_path / "data"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "data" / mnist.FOLDER).iterdir()} == contents
    assert sorted((tmp_path / "mine").rglob("*")) == before, "they stay where they are"
    assert is_ready(tmp_path / "data")


def test_that_one_of_the_files_leads_to_the_others(contents: dict[str, bytes], tmp_path: Path) -> None:
    lay(tmp_path / "mine", contents, "{name}.gz")
    list(take(tmp_path / "mine" / f"{mnist.NAMES[0]}.gz", tmp_path / "data"))
    assert is_ready(tmp_path / "data")


def test_that_files_of_another_set_are_refused_before_anything_is_written(contents: dict[str, bytes], tmp_path: Path) -> None:
    name = mnist.NAMES[-1]  # the last that is read
    lay(tmp_path / "fashion", {**contents, name: contents[name][:-1] + b"\x07"}, "{name}")
    with pytest.raises(DataError, match=rf"{name}: is not MNIST's, or is damaged: its checksum is another"):
        list(take(tmp_path / "fashion", tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_that_damaged_archives_and_missing_files_are_told(contents: dict[str, bytes], tmp_path: Path) -> None:
    lay(tmp_path / "mine", contents, "{name}.gz")
    first, last = (tmp_path / "mine" / f"{name}.gz" for name in (mnist.NAMES[0], mnist.NAMES[-1]))
    first.write_bytes(first.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz: is a damaged archive"):
        list(take(tmp_path / "mine", tmp_path / "data"))
    last.unlink()
    with pytest.raises(DataError, match=rf"1 file of MNIST missing \({mnist.NAMES[-1]}\)"):
        list(take(tmp_path / "mine", tmp_path / "data"))
    with pytest.raises(DataError, match="holds none of its four files"):
        list(take(tmp_path, tmp_path / "data"))


def test_that_a_bomb_is_not_unpacked(contents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist_files, "LARGEST", 1000)
    lay(tmp_path / "mine", {**contents, mnist.NAMES[0]: bytes(10_000)}, "{name}.gz")
    with pytest.raises(DataError, match="its checksum is another"):
        list(take(tmp_path / "mine", tmp_path / "data"))


def test_that_the_genuine_files_are_known(genuine_data: Path, tmp_path: Path) -> None:
    list(take(genuine_data, tmp_path / "data"))
    assert is_ready(tmp_path / "data")

"""The frame store verifies itself, and one that was tampered with is refused with a sentence."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.fake_source import FakeSource, install

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.source import Unit
from svg_studio.engine.data.store import AGAIN, MANIFEST, open_store, verify
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Progressed, StoreVerified


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    install(monkeypatch, FakeSource())
    config = ConvertConfig(data_root=str(tmp_path), source="there")
    list(convert(config))
    return config.folder


def verified(folder: Path) -> StoreVerified:
    *_, last = verify(folder)
    assert isinstance(last, StoreVerified)
    return last


def edit(folder: Path, change: dict[str, Any]) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(data | change))


def test_that_a_whole_store_has_no_problems_and_every_byte_was_read(folder: Path) -> None:
    found = verified(folder)
    assert found.problems == ()
    assert found.sequences == 8
    assert found.frames == sum(range(8, 16))
    last = [event for event in verify(folder) if isinstance(event, Progressed)][-1]
    assert last.done == last.total == found.frames * 64 * 64


def test_that_one_changed_byte_names_the_sequence(folder: Path) -> None:
    path = folder / "train.npy"
    raw = bytearray(path.read_bytes())
    raw[128 + (10 + 3) * 64 * 64 + 17] ^= 1  # in the fourth frame of the second train sequence, seq3
    path.write_bytes(raw)
    (problem,) = verified(folder).problems
    assert "train.npy" in problem
    assert "seq3" in problem


def test_that_changed_actions_are_found(folder: Path) -> None:
    path = folder / "test.action.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    (problem,) = verified(folder).problems
    assert "test.action.npy" in problem


@pytest.mark.parametrize("harm", ["cut", "gone", "empty", "no npy", "another shape", "floats", "pickle", "longer", "an archive"])
def test_that_a_frames_file_that_is_something_else_is_refused_by_name(folder: Path, harm: str) -> None:
    path = folder / "train.npy"
    frames = np.load(path)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif harm == "gone":
        path.unlink()
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "no npy":
        path.write_text("<html>not found</html>")
    elif harm == "another shape":
        np.save(path, frames[:-1])
    elif harm == "floats":
        np.save(path, frames.astype(np.float32))
    elif harm == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif harm == "an archive":
        with path.open("wb") as file:
            np.savez(file, frames)
    else:
        np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"train\.npy: ") as raised:
        open_store(folder).frames("train")
    assert raised.value.remedy == AGAIN
    assert any("train.npy" in problem for problem in verified(folder).problems)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"sequences": {"train": [], "test": [["a", 1, 2, 3]]}},  # leaves out a frame
        {"sequences": {"train": [["a", 0, -5, 3]], "test": []}},
        {"sequences": {"train": [["a", 0, True, 3]], "test": []}},
        {"sequences": {"train": []}},
        {"sequences": [1, 2]},
        {"image_width": "64"},
        {"image_width": 10**9},
        {"channels": 0},
        {"extras": {"../../etc/passwd": 3}},
        {"extras": {"action": 3}, "extras_crc32": {}},
        {"settings": 3},
        {"skipped": ["abc"]},
        {"notes": ["abc"]},
    ],
)
def test_that_a_manifest_nobody_of_ours_wrote_is_refused(folder: Path, change: dict[str, Any]) -> None:
    edit(folder, change)
    with pytest.raises(DataError, match=r"manifest\.json: ") as raised:
        open_store(folder)
    assert raised.value.remedy == AGAIN


def header(text: str, version: int = 1) -> bytes:
    size = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes((version, 0)) + size + text.encode()


SHAPE = "{{'descr': '|u1', 'fortran_order': {order}, 'shape': {shape}, }}"
HEADERS = {
    "a bracket flipped": (lambda own: own.replace(b"(", b"{", 1), "does not begin as an array of NumPy does"),
    "a brace lost": (lambda own: own.replace(b"}", b" ", 1), "does not begin"),
    "a quote lost": (lambda own: own.replace(b"'", b" ", 1), "does not begin"),
    "brackets": (lambda own: header("(" * 5000), "does not begin"),
    "signs": (lambda own: header("{'shape': (" + "-" * 5000 + "1,)}"), "does not begin"),
    "a great sum": (lambda own: header("+".join("1" for _ in range(4000))), "does not begin"),
    "a power": (lambda own: header("{'descr': '|u1', 'fortran_order': False, 'shape': (9**9**9,), }"), "does not begin"),
    "a long header": (lambda own: header("{" + " " * 30_000 + "}"), "does not begin"),
    "a header of 4 GB": (lambda own: b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + own, "does not begin"),
    "a negative shape": (lambda own: header(SHAPE.format(order=False, shape="(-1, 64, 64, 1)")), "holds uint8 (-1,"),
    "a huge shape": (lambda own: header(SHAPE.format(order=False, shape="(9" + "0" * 40 + ",)")), "holds uint8 (9000"),
    "columns first": (lambda own: own.replace(b"False", b"True ", 1), "holds"),
    "objects": (lambda own: own.replace(b"|u1", b"|O8", 1), "holds object|does not begin"),
    "version 9": (lambda own: own[:6] + b"\x09" + own[7:], "does not begin"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_that_a_header_of_another_kind_is_refused_in_one_sentence(folder: Path, name: str) -> None:
    change, sentence = HEADERS[name]
    path = folder / "train.npy"
    path.write_bytes(change(path.read_bytes()))
    (problem,) = verified(folder).problems
    assert problem.startswith(f"{path}: ")
    assert re.search(sentence if "|" in sentence else re.escape(sentence), problem)
    assert "\n" not in problem
    assert len(problem) < len(str(path)) + 250


@pytest.mark.parametrize("version", [1, 2])
def test_that_an_array_that_numpy_wrote_anew_is_as_good(folder: Path, version: int) -> None:
    frames = np.load(folder / "train.npy")
    with (folder / "train.npy").open("wb") as file:
        np.lib.format.write_array(file, frames, version=(version, 0))
    assert verified(folder).problems == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "\udcff"])
def test_that_what_is_no_json_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"manifest\.json: "):
        open_store(folder)


def test_that_a_missing_store_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no clips in .*store-64; convert the data set first"):
        open_store(tmp_path / "kth" / "store-64")
    with pytest.raises(DataError, match="convert the data set first"):
        list(verify(tmp_path / "kth" / "store-64"))
    (tmp_path / "note.txt").write_text("no store")
    with pytest.raises(DataError, match=r"no clips in .*note\.txt; convert the data set first"):
        open_store(tmp_path / "note.txt")


@pytest.fixture
def with_val(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    source = install(monkeypatch, FakeSource(lengths={"a": 5, "b": 6, "c": 7}))
    source.made = [Unit(split, name, tmp_path, 100) for split, name in (("train", "a"), ("test", "b"), ("val", "c"))]
    config = ConvertConfig(data_root=str(tmp_path), source="there")
    list(convert(config))
    return config.folder


def test_that_val_is_verified_as_the_others_are(with_val: Path) -> None:
    assert verified(with_val) == StoreVerified(with_val, 3, 18, ())
    path = with_val / "val.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    (problem,) = verified(with_val).problems
    assert "val.npy: the frames of c have changed" in problem
    path.unlink()
    assert verified(with_val).problems == (f"{path}: is missing",)


def test_that_a_store_without_val_opens_as_having_none(folder: Path) -> None:
    store = open_store(folder)
    assert list(store.sequences) == ["train", "test"]
    assert not list(folder.glob("val*"))

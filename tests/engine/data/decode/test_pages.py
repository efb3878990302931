"""Files of several pages: each page is a frame, and a file that is cut short says after which."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.pages import pages, several

KINDS = {"tif": {}, "png": {}, "webp": {"lossless": True}, "gif": {}}


def write(path: Path, count: int) -> Path:
    images = [Image.new("RGB", (40, 30), (8 * n, 255 - 8 * n, 40)) for n in range(count)]
    images[0].save(path, save_all=True, append_images=images[1:], **KINDS[path.suffix[1:]])
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_page_is_read_in_its_order(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}", 12)
    assert several(path)
    found = dict(pages(path, range(0, 100, 3)))
    assert list(found) == [0, 3, 6, 9]
    for number, page in found.items():
        assert not isinstance(page, str)
        assert np.abs(page[5, 5].astype(int) - (40, 255 - 8 * number, 8 * number)).max() <= 1
    assert not several(write(tmp_path / f"one.{kind}", 1))


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_file_that_is_cut_short_says_so(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}", 12)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    said: list[str] = []
    try:
        said += [page for _, page in pages(path, range(100)) if isinstance(page, str)]
    except Unusable as error:
        said.append(str(error))
    assert said


def damaged(path: Path, kind: str) -> None:
    """A file of 12 pages, the fourth of which is damaged in what `kind` says."""
    write(path, 12)
    data = bytearray(path.read_bytes())
    with Image.open(path) as file:
        file.seek(3)
        strip, directory = file.tag_v2[273][0], file._frame_pos[3]
    at, length = {"pixels": (strip, 30), "tags": (directory + 2, 48), "size": (0, 0)}[kind]
    data[at : at + length] = bytes(length)
    if kind == "size":
        for tag in range(2):  # width and height are the first two
            struct.pack_into("<HHII", data, directory + 2 + 12 * tag, 256 + tag, 4, 1, 20000)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "kind,reason",
    [
        ("pixels", "cannot be decoded"),
        ("tags", "cannot be decoded"),
        ("size", "states 20000 × 20000 pixels"),
    ],
)
def test_that_a_damaged_page_loses_itself_alone(kind: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "tif", {"compression": "tiff_adobe_deflate"})
    damaged(tmp_path / "a.tif", kind)
    found = dict(pages(tmp_path / "a.tif", range(100)))
    assert list(found) == list(range(12))
    assert {number: page for number, page in found.items() if isinstance(page, str)} == {3: reason}
    assert 3 not in dict(pages(tmp_path / "a.tif", range(0, 100, 2)))


@pytest.mark.parametrize("kind", ["chain", "loop", "stated"])
def test_that_a_million_pages_that_are_not_there_come_to_an_end(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.png" if kind == "stated" else "a.tif")
    write(path, 3)
    data = bytearray(path.read_bytes())
    if kind == "stated":
        at = data.index(b"acTL")
        data[at + 4 : at + 8] = struct.pack(">I", 1_000_000)
        data[at + 12 : at + 16] = struct.pack(">I", zlib.crc32(data[at : at + 12]))
    else:
        with Image.open(path) as file:
            file.seek(2)
            last = file._frame_pos[2]
        after = last + 2 + 12 * struct.unpack_from("<H", data, last)[0]
        # Pages without tags, each naming the next; in the loop the first page.
        struct.pack_into("<I", data, after, len(data) if kind == "chain" else struct.unpack_from("<I", data, 4)[0])
        count = 1_000_000 if kind == "chain" else 0
        empty = np.zeros(count, np.dtype([("tags", "<u2"), ("next", "<u4")]))
        empty["next"] = len(data) + 6 * np.arange(1, count + 1)
        data += empty.tobytes()
    path.write_bytes(data)
    found: list[int] = []
    reason = ""
    try:
        for number, _ in pages(path, range(10**9)):
            found.append(number)
    except Unusable as error:
        reason = str(error)
    assert found == [0, 1, 2]
    assert reason.startswith({"chain": "cannot be read on after 3 pages", "loop": "", "stated": ""}[kind])
    assert bool(reason) == (kind != "loop")

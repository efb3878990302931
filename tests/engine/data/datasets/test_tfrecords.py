"""TFRecords as their own library writes them, with bits flipped, cut short, and with lengths that lie."""

import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.places import ROOT
from tfrecord.writer import TFRecordWriter

from svg_studio.engine.data.datasets import tfrecords
from svg_studio.engine.data.datasets.tfrecords import Damaged, Record, fields, masked_crc32c, records

COUNT = 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Five records of 100 bytes and more."""
    rng = np.random.default_rng(0)
    writer = TFRecordWriter(str(tmp_path / "file.tfrecords"))
    for n in range(COUNT):
        writer.write({"number": (n, "int"), "noise": (rng.bytes(100 + n), "byte")})
    writer.close()
    return tmp_path / "file.tfrecords"


def good(path: Path) -> dict[int, int]:
    """Offset → the number in the record, of those that can be relied on."""
    found = [r for r in records(path) if isinstance(r, Record)]
    return {r.offset: fields(r.data)["number"].int64_list.value[0] for r in found}


def damaged(path: Path) -> list[Damaged]:
    return [r for r in records(path) if isinstance(r, Damaged)]


def flip(path: Path, at: int, bit: int = 0) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1 << bit
    path.write_bytes(raw)


def framed(data: bytes, length: int | None = None) -> bytes:
    """A record as a file holds it, claiming `length` bytes with a checksum that agrees."""
    checksum = masked_crc32c()
    head = struct.pack("<Q", len(data) if length is None else length)
    return head + checksum(head) + data + checksum(data)


def test_that_every_record_comes_with_its_place(path: Path) -> None:
    found = good(path)
    assert list(found.values()) == list(range(COUNT))
    raw = path.read_bytes()
    for (offset, record), after in zip(
        [(r.offset, r) for r in records(path) if isinstance(r, Record)], [*list(found)[1:], len(raw)], strict=True
    ):
        assert framed(record.data) == raw[offset:after]
    assert damaged(path) == []


def test_that_the_checksum_is_the_one_published() -> None:
    # RFC 3720, B.4: CRC32C of 32 zeros is 8A9136AA.
    crc = 0x8A9136AA
    assert masked_crc32c()(bytes(32)) == struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


@pytest.mark.parametrize("byte", [12, 13, 60, -4, -1])
def test_that_a_flipped_bit_in_data_or_its_checksum_costs_one_record(path: Path, byte: int) -> None:
    offsets = list(good(path))
    flip(path, offsets[2] + byte if byte > 0 else offsets[3] + byte, bit=5)
    assert list(good(path).values()) == [0, 1, 3, 4]
    (found,) = damaged(path)
    assert (found.offset, found.ends) == (offsets[2], False)
    assert "data has a wrong checksum" in found.reason


@pytest.mark.parametrize("byte", range(12))
def test_that_a_flipped_bit_in_a_length_or_its_checksum_ends_the_file_there(path: Path, byte: int) -> None:
    offsets, size = list(good(path)), path.stat().st_size
    flip(path, offsets[2] + byte, bit=7)
    assert list(good(path).values()) == [0, 1]
    (found,) = damaged(path)
    assert (found.offset, found.ends) == (offsets[2], True)
    assert f"{size - offsets[2]:,} bytes to the end are not read" in found.reason


def test_that_a_file_cut_short_anywhere_gives_what_is_whole_and_says_where_it_ends(path: Path) -> None:
    raw, offsets = path.read_bytes(), [*good(path), path.stat().st_size]
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        whole = sum(offset <= length for offset in offsets[1:])
        assert list(good(path).values()) == list(range(whole))
        rest = [] if length == offsets[whole] else [offsets[whole]]
        assert [d.offset for d in damaged(path)] == rest
        assert all(d.ends and "cut short" in d.reason for d in damaged(path))


@pytest.mark.parametrize("claimed", [200, 1 << 31, 1 << 62, (1 << 64) - 1])
def test_that_a_length_beyond_the_file_takes_no_memory(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "file.tfrecords"
    path.write_bytes(framed(b"x" * 100) + framed(b"y" * 100, claimed))
    tracemalloc.start()
    found = list(records(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(r) for r in found] == [Record, Damaged]
    assert "is cut short" in found[1][1]
    assert found[1] == damaged(path)[0]
    assert peak < 1_000_000


def test_that_a_record_too_large_to_be_honest_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file.tfrecords"
    claimed = tfrecords.LARGEST + 1
    with path.open("wb") as file:
        file.write(framed(b"", claimed)[:12])
        file.truncate(claimed + 100)  # a hole: no disk is used
    tracemalloc.start()
    (found,) = records(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Damaged)
    assert found.ends
    assert f"claims {claimed:,} bytes" in found.reason
    assert peak < 1_000_000


def test_that_an_empty_file_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list(records(tmp_path / "file")) == []


@pytest.mark.parametrize("data", [b"\xff" * 10, b"\x0a\x50half", b"\x0a\x05\x0a\x03\x0a\x01\xff"])
def test_that_what_is_no_example_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"is no tf\.train\.Example"):
        fields(data)


def test_that_reading_records_loads_no_torch(path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom svg_studio.engine.data.datasets.tfrecords import fields, records\n"
        f"[fields(r.data)['number'] for r in records(Path({str(path)!r}))]\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_that_the_library_can_be_imported_as_well(path: Path) -> None:
    from tfrecord import example_pb2

    (first, *_) = [r for r in records(path) if isinstance(r, Record)]
    parse: Callable[[bytes], object] = example_pb2.Example.FromString
    assert str(parse(first.data).features.feature["number"]) == str(fields(first.data)["number"])  # type: ignore[attr-defined]

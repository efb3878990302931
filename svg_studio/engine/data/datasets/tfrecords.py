"""Reads TFRecord files: the framing and both checksums here, a record's fields with the tfrecord library."""

from __future__ import annotations

import importlib.util
import os
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.plain_file import open_plain

LARGEST = 64 << 20  # bytes of a record; what claims more is not read
_HEAD, _FOOT = 12, 4  # u64 length and its checksum before a record, the data's checksum behind it
_REMEDY = "reading TFRecords needs two libraries: pip install tfrecord crc32c"


class Record(NamedTuple):
    """The bytes of one record whose checksum agrees; `offset` is where its frame begins in the file."""

    offset: int
    data: bytes


class Damaged(NamedTuple):
    """A record, or all from `offset` on where `ends`, that cannot be relied on, and why."""

    offset: int
    reason: str
    ends: bool


def records(path: Path) -> Iterator[Record | Damaged]:
    """The records of a file in their order. A damaged one is followed by the next if its length can be relied on.

    Holds one record at a time, of LARGEST bytes at most. Raises OSError for a file that cannot be read.
    """
    checksum = masked_crc32c()
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        at = 0
        while at < size:
            head, left = file.read(_HEAD), size - at - _HEAD - _FOOT
            if len(head) < _HEAD:
                yield Damaged(at, f"is cut short: {size - at} bytes are left, a record begins with {_HEAD}", True)
                return
            length: int = struct.unpack_from("<Q", head)[0]
            if checksum(head[:8]) != head[8:]:
                yield Damaged(at, f"its length has a wrong checksum, so {size - at:,} bytes to the end are not read", True)
                return
            if length > left:
                yield Damaged(at, f"is cut short: {length:,} bytes are announced, {max(left, 0):,} are left", True)
                return
            if length > LARGEST:
                yield Damaged(at, f"claims {length:,} bytes, so {size - at:,} bytes to the end are not read", True)
                return
            data, foot = file.read(length), file.read(_FOOT)
            if len(foot) < _FOOT:
                yield Damaged(at, "is cut short: the file has shrunk meanwhile", True)
                return
            yield Record(at, data) if checksum(data) == foot else Damaged(at, "its data has a wrong checksum", False)
            at += _HEAD + length + _FOOT


def fields(data: bytes) -> Any:
    """The map from name to feature of a record that is a tf.train.Example. Raises ValueError for one that is none."""
    example, error = _example()
    try:
        return example.FromString(data).features.feature
    except error as problem:
        raise ValueError("is no tf.train.Example") from problem


def masked_crc32c() -> Callable[[bytes], bytes]:
    """The checksum that TFRecord files keep: CRC32C turned right by 15 bits plus a constant, 4 bytes little-endian."""
    try:
        from crc32c import crc32c
    except ImportError as error:
        raise DataError(_REMEDY) from error

    def masked(data: bytes) -> bytes:
        crc = crc32c(data)
        return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    return masked


@lru_cache(maxsize=1)
def _example() -> tuple[Any, type[Exception]]:
    """tfrecord's Example, and what protobuf raises for bytes that are none.

    The package's own __init__ imports torch, which takes seconds and, on Windows, must not come behind Qt; so this one
    module of it is loaded by itself.
    """
    try:
        from google.protobuf.message import DecodeError

        package = importlib.util.find_spec("tfrecord")
        if package is None or package.origin is None:
            raise ImportError("no tfrecord")
        spec = importlib.util.spec_from_file_location("tfrecord_example_pb2", Path(package.origin).with_name("example_pb2.py"))
        if spec is None or spec.loader is None:
            raise ImportError("no tfrecord")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (ImportError, OSError) as error:
        raise DataError(_REMEDY) from error
    return module.Example, DecodeError

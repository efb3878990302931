"""Reads the files of torch.save, both the legacy layout and the zip, without executing anything.

Tensors come as references whose size, strides and offset have been checked against their storage, and storages as places that
have been checked against the file; `Archive.tensor` reads one.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from io import BytesIO
from math import prod
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from svg_studio.engine.checkpoints.original import safe_unpickler
from svg_studio.engine.checkpoints.original.other_files import what_a_zip_is, what_it_is
from svg_studio.engine.checkpoints.original.safe_unpickler import Find, Name, Record, Unreadable
from svg_studio.engine.checkpoints.original.torch_names import Ids, Odd, Storage, TensorRef, tensor_of
from svg_studio.engine.utils.plain_file import open_plain

# 0x1950a86a20f9469cfc6c as a pickle of protocol 2, which every legacy file begins with
LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
ZIP_MAGIC = b"PK\x03\x04"
LEGACY_PROTOCOL = 1001
MAX_DIRECTORY = 2 * 2**20  # bytes of a zip's directory; a real one has some tens of thousands
CHUNK = 2**20
MAX_DEPTH = 20  # of values within values
MAX_REPEATED = 4  # times its own size that a file's tensors may take; they may share a storage
MEMBER = re.compile(r"[.\w-]+(/[.\w-]+)*", re.ASCII)


class Archive:
    """An open file of torch.save: what it holds, and the numbers of its tensors on request."""

    def __init__(self, layout: str, content: object, read: Callable[[str], bytearray]) -> None:
        self.layout = layout  # "legacy" or "zip"
        self.content = content
        self._read = cache(read)

    def tensor(self, ref: TensorRef) -> Tensor:
        """A copy of its own, on the CPU, with the strides that it has if there are no gaps.

        Its numel may be larger than its storage: look at ref.size first.
        """
        if 0 in ref.size:
            return torch.empty(ref.size, dtype=ref.storage.dtype)
        flat = torch.frombuffer(self._read(ref.storage.key), dtype=ref.storage.dtype)
        view = flat.as_strided(ref.size, ref.stride, ref.storage.start + ref.offset)
        return view.clone()


def kind(path: Path) -> str:
    """ "legacy", "zip" or, for whatever torch.save has not written, ""."""
    with open_plain(path) as file:
        head = file.read(len(LEGACY_MAGIC))
    return "legacy" if head == LEGACY_MAGIC else "zip" if head.startswith(ZIP_MAGIC) else ""


@contextmanager
def open_archive(path: Path, classes: Find) -> Iterator[Archive]:
    """The file, with what its pickle may name beside torch's own tensors and storages. Raises Unreadable and OSError."""
    layout = kind(path)
    with open_plain(path) as file:
        if layout == "legacy":
            yield _legacy(file, classes)
        elif layout == "zip":
            with zip_members(file) as members:
                yield _zip(members, classes)
        else:
            raise Unreadable(what_it_is(path))


def read_values(path: Path) -> object:
    """What a file of torch.save holds, if that is plain values, dicts, lists, tuples and tensors. Raises Unreadable and OSError."""
    with open_archive(path, lambda _: None) as archive:
        return _Values(archive, MAX_REPEATED * path.stat().st_size).of(archive.content)


class _Values:
    """Puts tensors in the places of their references, as long as all of them together are not much larger than the file."""

    def __init__(self, archive: Archive, most: int) -> None:
        self._archive = archive
        self._left = most  # bytes of tensors
        self._count = 0

    def of(self, value: object, depth: int = 0) -> object:
        self._count += 1
        if depth > MAX_DEPTH or self._count > safe_unpickler.MAX_STEPS:
            raise Unreadable("holds values within values without end")
        match tensor_of(value):
            case TensorRef() as ref:
                self._left -= prod(ref.size) * ref.storage.dtype.itemsize
                if self._left < 0:
                    raise Unreadable("repeats its numbers, so that its tensors are many times the file")
                return self._archive.tensor(ref)
            case Odd(kind):
                raise Unreadable(f"has tensors that are {kind}")
        match value:
            case dict():
                return {name: self.of(inner, depth + 1) for name, inner in value.items()}
            case list():
                return [self.of(inner, depth + 1) for inner in value]
            case tuple():
                return tuple(self.of(inner, depth + 1) for inner in value)
            case Name() | Record() | Storage():
                raise Unreadable("holds objects where plain values belong")
        return value


# ---- the legacy layout: five pickles, then each storage's length and numbers


def _legacy(file: BinaryIO, classes: Find) -> Archive:
    ids = Ids(classes)
    pickles = BytesIO(file.read(safe_unpickler.MAX_BYTES))
    pickles.seek(len(LEGACY_MAGIC))
    if safe_unpickler.load(pickles) != LEGACY_PROTOCOL:
        raise Unreadable("is of a version of torch's layout that is not known")
    match safe_unpickler.load(pickles):
        case {"little_endian": True}:
            pass
        case _:
            raise Unreadable("was written on a machine of another byte order")
    content = safe_unpickler.load(pickles, ids.find, ids.resolve)
    keys = safe_unpickler.load(pickles)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
        raise Unreadable("has no usable list of its storages")
    if set(keys) != ids.found.keys():
        raise Unreadable("lists other storages than those it uses")
    places = _legacy_places(file, pickles.tell(), keys, ids.found)

    def read(key: str) -> bytearray:
        start, size = places[key]
        file.seek(start)
        data = bytearray(file.read(size))
        if len(data) != size:
            raise Unreadable("is cut short")
        return data

    return Archive("legacy", content, read)


def _legacy_places(
    file: BinaryIO, start: int, keys: list[str], found: dict[str, tuple[torch.dtype, int]]
) -> dict[str, tuple[int, int]]:
    """key → offset and size in bytes of the storages that follow each other from `start` on."""
    end = file.seek(0, 2)
    places = {}
    for key in keys:
        dtype, numel = found[key]
        size = numel * dtype.itemsize
        if start + 8 + size > end:
            raise Unreadable("is cut short, or claims more numbers than it holds")
        file.seek(start)
        if struct.unpack("<q", file.read(8)) != (numel,):
            raise Unreadable(f"has a storage {key[:40]!r} of another length than it says elsewhere")
        places[key] = (start + 8, size)
        start += 8 + size
    return places


# ---- the zip: <name>/data.pkl, <name>/byteorder, <name>/data/<key>


class _Limited:
    """A file that gives no more than so much at once, so that a zip's directory cannot be larger than memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(MAX_DIRECTORY + 1 if size < 0 or size > MAX_DIRECTORY else size)
        if len(data) > MAX_DIRECTORY:
            raise Unreadable("has too large a directory")
        return data


class Members:
    """The members of a zip of torch.save, by name without the folder that all of them are in."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        self._found: dict[str, zipfile.ZipInfo] = {}
        folder = ""
        for info in archive.infolist():
            top, _, name = info.filename.partition("/")
            folder = folder or top
            if not top or top != folder or not MEMBER.fullmatch(name) or ".." in (top, *name.split("/")):
                raise Unreadable(f"has a member of a name that torch does not write ({info.filename[:80]!r})")
            if name in self._found:
                raise Unreadable(f"has two members of the name {info.filename[:80]!r}")
            if info.flag_bits & 1 or info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                raise Unreadable(
                    f"has a member that is compressed or encrypted ({info.filename[:80]!r}), which torch does not write"
                )
            if info.header_offset + info.file_size > size:
                raise Unreadable("has a member that is longer than the file")
            self._found[name] = info
        if "data.pkl" not in self._found:
            raise Unreadable("is a zip of something else than torch.save")

    def size(self, name: str) -> int:
        """Bytes of a member; -1 where there is none of that name."""
        return self._found[name].file_size if name in self._found else -1

    def read(self, name: str) -> bytearray:
        """A member's bytes, once their checksum has been looked at."""
        data = bytearray()
        with _damage_said(), self._archive.open(self._found[name]) as member:
            for part in iter(partial(member.read, CHUNK), b""):
                data += part
        return data

    def pickle(self) -> bytes:
        """data.pkl."""
        if self.size("data.pkl") > safe_unpickler.MAX_BYTES:
            raise Unreadable("has too large a pickle")
        return bytes(self.read("data.pkl"))


@contextmanager
def zip_members(file: BinaryIO) -> Iterator[Members]:
    """The members of a zip that torch.save has written. Raises Unreadable for any other."""
    size = file.seek(0, 2)
    with _damage_said():
        archive = zipfile.ZipFile(_Limited(file))
    with archive:
        if other := what_a_zip_is(archive):
            raise Unreadable(other)
        yield Members(archive, size)


@contextmanager
def _damage_said() -> Iterator[None]:
    try:
        yield
    # NotImplementedError: zipfile's word for a compression or a version that it does not know
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError, struct.error) as error:
        raise Unreadable("is a damaged zip, or is cut short") from error


def _zip(members: Members, classes: Find) -> Archive:
    ids = Ids(classes)
    if members.size("byteorder") >= 0 and members.read("byteorder") != b"little":
        raise Unreadable("was written on a machine of another byte order")
    content = safe_unpickler.load(BytesIO(members.pickle()), ids.find, ids.resolve)
    for key, (dtype, numel) in ids.found.items():
        if (size := members.size(f"data/{key}")) != numel * dtype.itemsize:
            has = "lacks" if size < 0 else "has more numbers in" if size > numel * dtype.itemsize else "has fewer numbers in"
            raise Unreadable(f"{has} its storage {key[:40]!r} than it says")
    return Archive("zip", content, lambda key: members.read(f"data/{key}"))

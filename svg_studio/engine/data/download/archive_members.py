"""Lists what tar and zip archives hold, without letting a header's claims cost more than the bytes behind it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, cast

CHUNK = 1 << 22  # bytes that are read at once
_HEADERS = 1 << 24  # bytes of headers that an honest archive needs for one member, and a zip for its directory
_AROUND = 64 << 20  # bytes that a compressed tar may hold beside the files that are wanted
_COMPRESSED: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file), b"BZh": bz2.BZ2File, b"\xfd7zXZ\0": lzma.LZMAFile
}  # fmt: skip
_TAR_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_TAR_KINDS = {
    tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "a symbolic link", tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device", tarfile.FIFOTYPE: "a fifo", tarfile.GNUTYPE_SPARSE: "a sparse file",
}  # fmt: skip
_ZIP_KINDS = {
    0: "file", stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "a symbolic link",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFIFO: "a fifo",
}  # fmt: skip


class Refused(Exception):
    """An archive that is not unpacked; its text goes on after "ARCHIVE: "."""


class DiskRefuses(Exception):
    """A disk that does not give the archive's bytes; its text goes on after "ARCHIVE: "."""


@dataclass(frozen=True)
class Member:
    """One entry: `kind` is "file", "folder", or in words what is not unpacked; `size` is what its header claims."""

    name: str
    kind: str
    size: int
    chunks: Callable[[], Iterator[bytes]]  # the content, to be read before the next member is asked for
    crc32: int | None = None


def listing(file: IO[bytes], limit: int) -> tuple[Iterator[Member], int]:
    """The members of the archive `file`, of whose content at most `limit` bytes are wanted, and about how many bytes come out.

    Raises Refused here or later, and what tarfile, zipfile and the compressions raise for damaged bytes.
    """
    begin, size = file.read(8), file.seek(0, 2)
    file.seek(0)
    if begin.startswith((b"PK\3\4", b"PK\5\6")):
        return _zip(file)
    for magic, opened in _COMPRESSED.items():
        if begin.startswith(magic):
            return _tar(_Guarded(opened(file), limit + _AROUND)), size
    return _tar(_Guarded(file)), size


class _Guarded:
    """A file as tarfile and zipfile see it: `allowed` is how many bytes they can still read.

    With `most`, the file is a decompressed stream: it goes forwards only and ends after `most` bytes.
    """

    def __init__(self, file: IO[bytes], most: int | None = None) -> None:
        self._file, self._most = file, most
        self.allowed = _HEADERS
        self.last = b""  # what was read last

    def read(self, count: int = -1) -> bytes:
        enough = self.allowed + 1
        self.last = self._take(enough if count < 0 else min(count, enough))
        self.allowed -= len(self.last)
        if self.allowed < 0:
            raise Refused("has headers that are larger than any honest archive's")
        return self.last

    def seek(self, to: int, whence: int = 0) -> int:
        if self._most is None:
            return self._file.seek(to, whence)
        if whence or to < self.tell():
            raise Refused("is damaged: its members overlap")
        while (missing := to - self.tell()) and self._take(min(missing, CHUNK)):
            pass
        return self.tell()

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def drain(self) -> None:
        """Reads a compressed stream to its end, where its checksum is."""
        while self._most is not None and self._take(CHUNK):
            pass

    def _take(self, count: int) -> bytes:
        try:
            data = self._file.read(count)
        except OSError as error:
            if error.errno is None:  # said by gzip and bz2 of the bytes
                raise Refused(f"is damaged ({error})") from error
            raise DiskRefuses(f"cannot be read ({error.strerror})") from error
        if self._most is not None and self.tell() > self._most:
            raise Refused("unpacks to more bytes than it may")
        return data


def _tar(file: _Guarded) -> Iterator[Member]:
    try:
        tar = tarfile.TarFile(fileobj=cast(IO[bytes], file))
    except tarfile.ReadError as error:
        raise Refused("is neither a tar nor a zip archive, or is damaged at its beginning") from error
    while True:
        file.allowed = _HEADERS
        if (info := tar.next()) is None:
            break
        plain = info.type in _TAR_FILES and info.sparse is None
        kind = "file" if plain else _TAR_KINDS.get(info.type, "of an unknown kind")
        if info.size < 0:
            raise Refused(f"is damaged: {info.name!r} has a size below 0")
        yield Member(info.name, kind, info.size, partial(_tar_chunks, file, info))
    if file.last != bytes(tarfile.BLOCKSIZE):  # tarfile takes bytes that are no header for the end, too
        raise Refused("is damaged or cut short: it has no end")
    file.drain()


def _tar_chunks(file: _Guarded, info: tarfile.TarInfo) -> Iterator[bytes]:
    file.allowed = info.size
    file.seek(info.offset_data)
    while file.allowed:
        if not (data := file.read(min(file.allowed, CHUNK))):
            raise Refused(f"is cut short in {info.name!r}")
        yield data


def _zip(raw: IO[bytes]) -> tuple[Iterator[Member], int]:
    file = _Guarded(raw)
    archive = zipfile.ZipFile(cast(Any, file))
    file.allowed = sys.maxsize  # from here on zipfile reads what it is asked for, a piece at a time
    infos = archive.infolist()
    return (_zip_member(archive, info) for info in infos), sum(info.file_size for info in infos)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = "folder" if info.is_dir() else _ZIP_KINDS.get(stat.S_IFMT(info.external_attr >> 16), "of an unknown kind")
    if info.flag_bits & 0x41:
        kind = "encrypted"
    elif kind == "file" and info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        kind = "compressed in a way that is not read here"
    # As it stands in the file: zipfile cuts names at a NUL and turns backslashes.
    return Member(info.orig_filename, kind, info.file_size, partial(_zip_chunks, archive, info), info.CRC)


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as data:
        while chunk := data.read(CHUNK):
            yield chunk

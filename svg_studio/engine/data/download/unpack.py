"""Unpacks untrusted tar and zip archives below one folder, completely or not at all.

What comes out gathers in a hidden folder beside the target, file by file, and gets the target's name when all is there.
"""

from __future__ import annotations

import contextlib
import lzma
import os
import re
import shutil
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import IO

from svg_studio.engine.data.download.archive_members import CHUNK, DiskRefuses, Member, Refused, listing
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, Logged, Progressed
from svg_studio.engine.utils.files import check_room, explain, lock, part_of

_MEMBERS = 100_000  # more than any data set's archive has
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that are devices on Windows
# What the readers of tar, zip and the compressions raise for bytes that are not what they should be.
_DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
    # NotImplementedError: zipfile's word for a compression or a version that it does not know
    EOFError, ValueError, IndexError, OverflowError, RecursionError, NotImplementedError,
)  # fmt: skip


def unpack(archive: Path, folder: Path, *, members: str = "", limit: int) -> Events:
    """Unpacks what lies below path `members` in `archive` (tar, also gz, bz2 or xz; zip) into the new folder `folder`.

    At most `limit` bytes come out of it. Yields Progressed in bytes of the archive, and Logged. Closing it keeps the files
    that are whole, and the same call goes on from there. Raises DataError for an archive that is damaged or cut short, or
    that holds anything but files and folders below it, and leaves nothing then; also for a disk that is full.
    """
    part = part_of(folder)
    try:
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise DataError(f"{folder}: is there already; move it away to unpack {archive} anew")
        with _opened(archive) as file:
            part.mkdir(parents=True, exist_ok=True)
            with (part / "lock").open("ab") as busy:
                lock(busy, f"{folder}: is being unpacked by another job; wait for that one")
                yield Logged(f"unpacking {archive} into {folder}")
                yield from _gather(archive, file, part, members, limit)
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()
                (part / "files").rename(folder)
        shutil.rmtree(part, ignore_errors=True)
    except Refused as error:
        shutil.rmtree(part, ignore_errors=True)
        raise DataError(f"{archive}: {error}; get another copy of it") from error
    except DiskRefuses as error:
        raise DataError(f"{archive}: {error}; copy it to another disk") from error
    except OSError as error:
        raise DataError(explain(error, folder)) from error


def unpacked_so_far(folder: Path) -> int:
    """Bytes of the files that an unpacking into `folder` that was cut off has left."""
    return _bytes_below(part_of(folder) / "files")


@contextlib.contextmanager
def _opened(archive: Path) -> Generator[IO[bytes]]:
    try:
        file = archive.open("rb")
    except OSError as error:
        raise DataError(f"{archive}: cannot be read ({error.strerror or error}); choose another archive") from error
    with file:
        try:
            yield file
        except _DAMAGE as error:
            raise Refused(f"is damaged or cut short ({' '.join(str(error).split()) or type(error).__name__})") from error


def _gather(archive: Path, file: IO[bytes], part: Path, members: str, limit: int) -> Events:
    """Writes below `part`/files what is wanted and not there yet."""
    found, total = listing(file, limit), os.fstat(file.fileno()).st_size
    check_room(part.parent, min(found.size, limit) - _bytes_below(part / "files"), part, "make room there")
    root, wanted = part / "files", tuple(p for p in members.split("/") if p)
    root.mkdir(exist_ok=True)
    names, came = _Names(), 0
    kept: set[Path] = set()
    for number, member in enumerate(found.members):
        if number >= _MEMBERS:
            raise Refused(f"has more than {_MEMBERS:,} members")
        parts = names.take(member)
        if member.kind != "file" or parts[: len(wanted)] != wanted or len(parts) == len(wanted):
            continue
        if came + member.size > limit:
            raise Refused(f"unpacks to more than {limit:,} bytes with {member.name!r}")
        path = root.joinpath(*parts[len(wanted) :])
        kept.add(path)
        if not _whole(path, member):
            for _ in _write(member, path, part / "incoming", limit - came):
                yield Progressed(min(file.tell(), total), total, "bytes", f"unpacking {archive.name}")
        came += member.size
    if not kept:
        raise Refused(f"holds no {members}" if members else "holds no file")
    for path in root.rglob("*"):  # of another archive that was begun here
        if path.is_file() and path not in kept:
            path.unlink()
    yield Progressed(total, total, "bytes", f"unpacking {archive.name}")


def _write(member: Member, path: Path, incoming: Path, most: int) -> Generator[None]:
    """Gives `path` the member's content, counted as it comes; yields between two pieces."""
    came = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with incoming.open("wb") as out:
        for chunk in member.chunks():
            came += len(chunk)
            if came > most:
                raise Refused(f"unpacks to more bytes than it may with {member.name!r}")
            out.write(chunk)
            yield
        if came != member.size:
            raise Refused(f"is damaged: {member.name!r} has {came:,} bytes, not {member.size:,}")
        out.flush()
        os.fsync(out.fileno())
    incoming.replace(path)


def _whole(path: Path, member: Member) -> bool:
    """Whether an unpacking that was cut off has left the member's file, whose name says that it was whole."""
    if not path.is_file() or path.stat().st_size != member.size:
        return False
    return member.crc32 is None or _crc32(path) == member.crc32


class _Names:
    """The names that were met, each checked to stay below the target on every system."""

    def __init__(self) -> None:
        self._files: set[tuple[str, ...]] = set()
        self._folders: set[tuple[str, ...]] = set()

    def take(self, member: Member) -> tuple[str, ...]:
        """The parts of the member's name. Raises Refused."""
        name = member.name
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or any(c in name for c in '\\:*?"<>|') or not name.isprintable() or any(map(_unfit, parts)):
            raise Refused(f"holds {name[:200]!r}, a name that is not unpacked")
        if member.kind not in ("file", "folder"):
            raise Refused(f"holds {name[:200]!r}, which is {member.kind}")
        # Where letter case and the way accents are written do not count, such names would be one file.
        same = tuple(unicodedata.normalize("NFC", part.casefold()) for part in parts)
        above = {same[:n] for n in range(1, len(same))}
        twice = same in self._files or not above.isdisjoint(self._files)
        if twice or (member.kind == "file" and (not same or same in self._folders)):
            raise Refused(f"holds {name[:200]!r} twice")
        (self._files if member.kind == "file" else self._folders).add(same)
        self._folders |= above
        return parts


def _unfit(part: str) -> bool:
    # Windows drops dots and spaces at the end; ".." is among these.
    return part[-1] in ". " or _RESERVED.fullmatch(part) is not None


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc

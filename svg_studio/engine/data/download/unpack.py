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
from svg_studio.engine.utils.plain_file import open_plain

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
        try:
            file = open_plain(archive)
        except OSError as error:
            raise DataError(f"{archive}: cannot be read ({error.strerror or error}); choose another archive") from error
        with file:
            part.mkdir(parents=True, exist_ok=True)
            with (part / "lock").open("ab") as busy:
                lock(busy, f"{folder}: is being unpacked by another job; wait for that one")
                yield Logged(f"unpacking {archive} into {folder}")
                yield from _gather(archive, file, part, members, limit)
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()
                (part / "files").rename(folder)
        shutil.rmtree(part, ignore_errors=True)
    except (Refused, *_DAMAGE) as error:
        shutil.rmtree(part, ignore_errors=True)
        said = " ".join(str(error).split()) or type(error).__name__
        reason = said if isinstance(error, Refused) else f"is damaged or cut short ({said})"
        raise DataError(f"{archive}: {reason}; get another copy of it") from error
    except DiskRefuses as error:
        raise DataError(f"{archive}: {error}; copy it to another disk") from error
    except OSError as error:
        raise DataError(explain(error, folder)) from error


def unpacked_so_far(folder: Path) -> int:
    """Bytes of the files that an unpacking into `folder` that was cut off has left."""
    return _bytes_below(part_of(folder) / "files")


def _gather(archive: Path, file: IO[bytes], part: Path, members: str, limit: int) -> Events:
    """Writes below `part`/files what is wanted and not there yet."""
    (found, size), total = listing(file, limit), os.fstat(file.fileno()).st_size
    root, wanted = part / "files", tuple(p for p in members.split("/") if p)
    check_room(part.parent, min(size, limit) - _bytes_below(root), part, "make room there")
    root.mkdir(exist_ok=True)
    came = 0
    kept: set[Path] = set()
    files: set[tuple[str, ...]] = set()
    folders: set[tuple[str, ...]] = set()
    for number, member in enumerate(found):
        if number >= _MEMBERS:
            raise Refused(f"has more than {_MEMBERS:,} members")
        parts = _parts(member, files, folders)
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
    crc = 0
    with path.open("rb") as file:
        while member.crc32 is not None and (chunk := file.read(CHUNK)):
            crc = zlib.crc32(chunk, crc)
    return member.crc32 in (None, crc)


def _parts(member: Member, files: set[tuple[str, ...]], folders: set[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts of a member's name, added to those met before. Raises Refused unless it stays below the target on every system."""
    name = member.name
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or any(c in name for c in '\\:*?"<>|') or not name.isprintable() or any(map(_unfit, parts)):
        raise Refused(f"holds {name[:200]!r}, a name that is not unpacked")
    if member.kind not in ("file", "folder"):
        raise Refused(f"holds {name[:200]!r}, which is {member.kind}")
    # Where letter case and the way accents are written do not count, such names would be one file.
    same = tuple(unicodedata.normalize("NFC", part.casefold()) for part in parts)
    above = {same[:n] for n in range(1, len(same))}
    twice = same in files or not above.isdisjoint(files)
    if twice or (member.kind == "file" and (not same or same in folders)):
        raise Refused(f"holds {name[:200]!r} twice")
    (files if member.kind == "file" else folders).add(same)
    folders |= above
    return parts


def _unfit(part: str) -> bool:
    # Windows drops dots and spaces at the end; ".." is among these.
    return part[-1] in ". " or _RESERVED.fullmatch(part) is not None


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

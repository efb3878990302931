"""Unpacks untrusted tar and zip archives below one folder, completely or not at all.

What comes out gathers in a hidden folder beside the target, file by file, and gets the target's name when all is there.
"""

from __future__ import annotations

import contextlib
import lzma
import os
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
from svg_studio.engine.utils.file_names import is_portable
from svg_studio.engine.utils.files import check_room, explain, is_own_folder, open_own, own_folder, part_of, remove_tree
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.workplace import Workplace

_MEMBERS = 100_000  # more than any data set's archive has
# What the readers of tar, zip and the compressions raise for bytes that are not what they should be.
_DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
    # NotImplementedError: zipfile's word for a compression or a version that it does not know
    EOFError, ValueError, IndexError, OverflowError, RecursionError, NotImplementedError,
)  # fmt: skip


def workplace(folder: Path) -> Workplace:
    """For one process at a time that unpacks to `folder`. Raises Busy."""
    return Workplace(folder.with_name(f".{folder.name}.lock"), folder, "unpacking this", "wait for that one")


def tidy(folder: Path, archive: Path) -> None:
    """Deletes what an unpacking has left that was killed when `folder` had its name already, the archive among it."""
    if _is_over(folder):
        with workplace(folder):
            archive.unlink(missing_ok=True)
            remove_tree(part_of(folder))


def _is_over(folder: Path) -> bool:
    """Whether an unpacking has come to its end but for what it leaves behind."""
    part = part_of(folder)
    there = folder.is_dir() and any(folder.iterdir())
    return there and is_own_folder(part) and not os.path.lexists(part / "files")


def unpack(archive: Path, folder: Path, *, members: str = "", limit: int, keep: bool = True) -> Events:
    """Unpacks what lies below path `members` in `archive` (tar, also gz, bz2 or xz; zip) into the new folder `folder`.

    At most `limit` bytes come out of it. Unless it is to be kept the archive goes in the end.
    Yields Progressed in bytes of the archive, and Logged. Closing it keeps the files that are whole, and the same call goes on
    from there. Raises Busy; DataError for an archive that is damaged or cut short, or
    that holds anything but files and folders below it, and leaves nothing then; also for a disk that is full.
    """
    part = part_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with workplace(folder):
            if keep and _is_over(folder):
                remove_tree(part)
            if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
                raise DataError(f"{folder}: is there already; move it away to unpack {archive} anew")
            try:
                file = open_plain(archive)
            except OSError as error:
                raise DataError(f"{archive}: cannot be read ({error.strerror or error}); choose another archive") from error
            with file:
                _own(part)
                yield Logged(f"unpacking {archive} into {folder}")
                try:
                    yield from _gather(archive, file, part, members, limit)
                except (Refused, *_DAMAGE):
                    remove_tree(part)
                    raise
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()
                (part / "files").rename(folder)
            if not keep:
                archive.unlink()
            remove_tree(part)  # last: where it is left, `tidy` knows that the archive may be, too
    except (Refused, *_DAMAGE) as error:
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


def _own(part: Path) -> None:
    """Makes the folder that gathers files; one with a link in it was made by nobody of ours, and is begun anew."""
    own_folder(part)
    if any(path.is_symlink() for path in part.rglob("*")):
        remove_tree(part)
        own_folder(part)


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
    remove_tree(incoming)  # of a process that was killed
    with open_own(incoming, "x+b") as out:
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
    if name.startswith("/") or any(c in name for c in '\\:*?"<>|') or not name.isprintable() or not all(map(is_portable, parts)):
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


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

"""The `download` job: fetches a data set's files and unpacks them, leaving out what is already there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from urllib.parse import urlsplit, urlunsplit

from svg_studio.engine.data.download import unpack
from svg_studio.engine.data.download.catalog import DOWNLOADS, Downloadable, RemoteFile
from svg_studio.engine.data.download.http_fetch import arriving_at, fetch, forget, matches
from svg_studio.engine.errors import DataError, DownloadError, StudioError
from svg_studio.engine.events import Event, Events, Logged, Progressed
from svg_studio.engine.utils.files import SPARE, explained, free_bytes
from svg_studio.engine.utils.wording import masked_address, shown
from svg_studio.engine.utils.workplace import Workplace

ARCHIVES = "downloads"  # folder under data_root for what does not stay as it is fetched


@dataclass(frozen=True)
class Arrived:
    """What a download has brought and not unpacked yet: whole files by name, and bytes with the parts of others."""

    archives: dict[str, Path]
    size: int
    total: int  # bytes of all files of the data set, about


def download(name: str, data_root: str | Path, mirror: str | None = None, *, sleep: Callable[[float], None] = time.sleep) -> Events:
    """Brings data set `name` under `data_root`: fetches what is missing or damaged, checks it and unpacks it.

    `mirror`, a URL of a folder or of one of the files in it, takes the place of the addresses known. Yields Progressed in
    bytes of all files together, while unpacking in bytes of the archive, FileDownloaded and Logged. Raises DownloadError,
    and DataError for what cannot be unpacked; stopping keeps what has arrived.
    """
    if name not in DOWNLOADS:
        raise DownloadError(f"{name}: cannot be downloaded; choose one of {', '.join(DOWNLOADS)}")
    wanted, root = DOWNLOADS[name], Path(data_root).expanduser()
    folder = root / wanted.folder
    if not complete(name, root):
        yield from _downloaded(name, root, mirror, sleep)
    with suppress(StudioError, OSError):  # or somebody else works there, or it is read-only
        _tidy(wanted, root)
    yield Logged(f"{wanted.title} is in {folder}")


def _downloaded(name: str, root: Path, mirror: str | None, sleep: Callable[[float], None]) -> Events:
    """Fetches and unpacks, as the only process that does."""
    wanted = DOWNLOADS[name]
    with explained(root / wanted.folder, DownloadError):
        root.mkdir(parents=True, exist_ok=True)
        place = Workplace(root / f".{name}.lock", root, f"downloading {wanted.title}", "wait for that one")
    with place:
        yield from _brought(name, root, mirror, sleep)


def _brought(name: str, root: Path, mirror: str | None, sleep: Callable[[float], None]) -> Events:
    wanted = DOWNLOADS[name]
    _check_room(wanted, root)
    before, total = 0, sum(file.expected for file in wanted.files)
    missing = list(_missing(wanted, root))
    for file in wanted.files:
        path = _place(wanted, file, root)
        if file in missing and not _there(path, file):
            for event in fetch(
                _addresses(wanted, file, mirror), path, size=file.size, digest=file.digest, most=2 * file.about, sleep=sleep
            ):
                yield _of_all(event, before, total, file)
        if file in missing and file.becomes:
            _check(path, file)
            yield from _bring(name, file, path, root)
        before += file.expected
    if wanted.unpack:
        yield from resolve_name(wanted.unpack)(root / wanted.folder)


def _tidy(wanted: Downloadable, root: Path) -> None:
    """Deletes what a process that was killed has left of files that have come to their end."""
    for file in wanted.files:
        path = _place(wanted, file, root)
        forget(path)
        if file.room:
            unpack.tidy(root / wanted.folder / file.becomes, path)


def complete(name: str, data_root: Path) -> bool:
    """Whether nothing is left to download and to unpack of data set `name`."""
    wanted = DOWNLOADS[name]
    return bool(resolve_name(wanted.ready)(data_root / wanted.folder)) if wanted.ready else not any(_missing(wanted, data_root))


def arrived(name: str, data_root: Path) -> Arrived:
    """What lies in ARCHIVES of data set `name`."""
    wanted = DOWNLOADS[name]
    places = {file.name: _place(wanted, file, data_root) for file in wanted.files}
    whole = {name: path for name, path in places.items() if path.is_file()}
    return Arrived(whole, sum(map(_on_disk, places.values())), sum(file.expected for file in wanted.files))


def unpack_archive(name: str, file: RemoteFile, archive: Path, data_root: Path, *, keep: bool = True) -> Events:
    """Unpacks `archive`, which holds what the data set's `file` does, to where that belongs. Raises DataError."""
    folder = data_root / DOWNLOADS[name].folder / file.becomes
    yield from unpack.unpack(archive, folder, members=file.members, limit=2 * file.room, keep=keep)


def _bring(name: str, file: RemoteFile, path: Path, root: Path) -> Events:
    """Makes of a file in ARCHIVES what it becomes."""
    if file.room:
        yield from unpack_archive(name, file, path, root, keep=False)
    else:
        final = root / DOWNLOADS[name].folder / file.becomes
        final.parent.mkdir(parents=True, exist_ok=True)
        path.replace(final)


def _missing(wanted: Downloadable, root: Path) -> Iterator[RemoteFile]:
    """The files that have not become what they become; those that stay as they are, too."""
    for file in wanted.files:
        final = root / wanted.folder / file.becomes
        if not (file.becomes and (final.is_file() or (final.is_dir() and any(final.glob(file.holds))))):
            yield file


def _place(wanted: Downloadable, file: RemoteFile, root: Path) -> Path:
    """Where `file` is fetched to."""
    return root / (ARCHIVES if file.becomes else wanted.folder) / file.name


def _there(path: Path, file: RemoteFile) -> bool:
    """Whether `path` need not be fetched. Only what was checked gets its name in ARCHIVES, and it may be large."""
    try:
        if not path.is_file() or file.size not in (None, path.stat().st_size):
            return False
        return bool(file.becomes) or file.digest is None or matches(path, file.digest)
    except OSError as error:
        raise DownloadError(f"{path}: cannot be read ({error.strerror}); make it readable or delete it") from error


def _check(path: Path, file: RemoteFile) -> None:
    """Raises DownloadError, the file deleted, for one that is not what its name says."""
    if not file.check:
        return
    try:
        if len(found := resolve_name(file.check)(path)) != file.rows:
            raise DataError(f"it has {len(found):,} rows, not {file.rows:,}")
    except DataError as error:
        path.unlink()
        raise DownloadError(
            f"{file.name}: something else was sent in its place ({error}); try again later or name a mirror"
        ) from error


def _addresses(wanted: Downloadable, file: RemoteFile, mirror: str | None) -> list[str]:
    """Where `file` may be had; a mirror is a folder, or one of the data set's files, in whose folder the others lie."""
    if mirror is None:
        return [f"{base.rstrip('/')}/{file.name}" for base in wanted.mirrors]
    try:
        parts = urlsplit(mirror)
    except ValueError:
        raise DownloadError(
            f"{shown(masked_address(mirror))}: is no address to download from; begin it with http:// or https://"
        ) from None
    path = PurePosixPath(parts.path)
    if path.name in [other.name for other in wanted.files]:
        return [urlunsplit(parts._replace(path=str(path.with_name(file.name))))]
    return [f"{mirror.rstrip('/')}/{file.name}"]


def _check_room(wanted: Downloadable, root: Path) -> None:
    """Raises DownloadError unless the disk has room for the fullest it will be, from here to the converted store."""
    used = most = 0
    for file in _missing(wanted, root):
        used += max(0, file.expected - _on_disk(_place(wanted, file, root)))
        if file.room:
            used += max(0, file.room - unpack.unpacked_so_far(root / wanted.folder / file.becomes))
        most = max(most, used)
        used -= file.expected if file.becomes else 0  # the archive goes when it is unpacked
    need, free = max(most, used + wanted.room) + SPARE, free_bytes(root)
    if need > free:
        raise DownloadError(
            f"{wanted.title}: needs {need / 1e9:,.1f} GB with what is unpacked and converted, the disk of {root} has "
            f"{free / 1e9:,.1f} GB free; make room or choose another data_root"
        )


def _on_disk(path: Path) -> int:
    """Bytes of a file or of the part of it that has arrived."""
    return next((p.stat().st_size for p in (path, arriving_at(path)) if p.is_file()), 0)


def _of_all(event: Event, before: int, total: int, file: RemoteFile) -> Event:
    if not isinstance(event, Progressed):
        return event
    done = event.done if file.size else min(event.done, file.expected)  # of a size that is known about
    return Progressed(before + done, total, event.unit, event.doing)

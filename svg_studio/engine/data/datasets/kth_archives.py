"""Unpacks KTH's six archives to where the original has the videos."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.datasets.kth_files import ACTIONS, LIST, read_sequences
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Event
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.plain_file import check_plain

_UNPACKED = 4 << 30  # bytes, far more than one action's archive holds


def unpack(config: ConvertConfig) -> Generator[Event, None, ConvertConfig]:
    """Unpacks the actions' zips that config.source is or holds, or that lie where the download leaves them. Raises DataError."""
    from svg_studio.engine.data.download import unpack as archives

    raw = Path(config.data_root).expanduser() / "KTH" / "raw"
    place = config.given or raw
    if place.suffix.lower() == ".zip" and place.exists() and not place.is_dir():
        zips = [place]
    else:
        zips = [place / f"{action}.zip" for action in ACTIONS if (place / f"{action}.zip").exists()]
    if not zips:
        return config
    for path in zips:
        if not _is_unpacked(path, raw / path.stem):
            yield from archives.unpack(path, raw / path.stem, limit=_UNPACKED)
    _copy_list(zips[0].parent / LIST, raw / LIST)
    return replace(config, source="")


def _is_unpacked(archive: Path, folder: Path) -> bool:
    """Whether every video in `archive` lies below `folder`. A damaged archive's damage is for the unpacking to tell."""
    if not folder.is_dir():
        return False
    try:
        check_plain(archive)
        with zipfile.ZipFile(archive) as opened:
            wanted = [info for info in opened.infolist() if info.filename.lower().endswith(".avi")]
        return bool(wanted) and all((folder / info.filename).stat().st_size == info.file_size for info in wanted)
    # NotImplementedError: zipfile's word for a compression or a version that it does not know
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def _copy_list(path: Path, target: Path) -> None:
    if not path.is_file() or (target.is_file() and target.samefile(path)):
        return
    read_sequences(path)
    with replacing(target, error=DataError) as part:
        shutil.copyfile(path, part)

"""The `take` job: copies MNIST's four files from where a person has them into the data folder, once they are known to be MNIST."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from svg_studio.engine.data.datasets.mnist import FOLDER, NAMES
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Events, Logged, Progressed
from svg_studio.engine.utils.files import explained, replacing
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.wording import count_of

# MD5 of what the files hold, unpacked: whoever packed them again has other archives.
DIGESTS = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
LARGEST = 1 << 26  # bytes of one of them, unpacked; the largest has 47 million


def take(folder: str | Path, data_root: str | Path) -> Events:
    """Looks in `folder`, or beside the file of that name, for the four files, packed or not, flat or as torchvision has them.

    Nothing is written before all four were read and have the bytes that they should have. Yields Progressed in files and
    Logged. Raises DataError for one that is missing, unreadable, or another file than MNIST's.
    """
    place, target = Path(folder).expanduser(), Path(data_root).expanduser() / FOLDER
    place = place.parent if place.is_file() else place
    found = {name: _find(place, name) for name in NAMES}
    if missing := [name for name, path in found.items() if path is None]:
        which = ", ".join(missing) if len(missing) < len(NAMES) else "none of its four files"
        words = f"{count_of(len(missing), 'file')} of MNIST missing ({which})" if len(missing) < len(NAMES) else f"holds {which}"
        raise DataError(f"{place}: {words}; choose the folder that holds {NAMES[0]} and the three others, packed as .gz or not")
    contents: dict[str, bytes] = {}
    for number, (name, path) in enumerate(found.items()):
        assert path is not None
        yield Progressed(number, len(NAMES), "files", f"Checking {path.name}")
        contents[name] = _content(path)
        if hashlib.md5(contents[name], usedforsecurity=False).hexdigest() != DIGESTS[name]:
            raise DataError(
                f"{path}: is not MNIST's, or is damaged: its checksum is another; choose another folder, or download it"
            )
    with explained(target):
        target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        yield Progressed(len(NAMES), len(NAMES), "files", f"Copying {name}")
        with replacing(target / name, error=DataError) as part:
            part.write_bytes(content)
    yield Logged(f"MNIST was taken from {place} to {target}")


def _find(folder: Path, name: str) -> Path | None:
    """Where a file lies in a folder of a person's."""
    return next((path for path in _places(folder, name) if path.is_file()), None)


def _places(folder: Path, name: str) -> Iterator[Path]:
    dotted = name.replace("-idx", ".idx")  # as some copies have it
    for below in (folder, folder / "raw", folder / FOLDER, folder / FOLDER.name, folder / FOLDER.parts[0]):
        for called in (name, f"{name}.gz", dotted, f"{dotted}.gz"):
            yield below / called
            yield below / called / called  # as archives unpack that hold a folder for each


def _content(path: Path) -> bytes:
    """The file's bytes, unpacked. Raises DataError."""
    try:
        with open_plain(path) as file:
            if file.read(2) == b"\x1f\x8b":
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as packed:
                    return packed.read(LARGEST)
            file.seek(0)
            return file.read(LARGEST)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: is a damaged archive; choose another folder, or download it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read ({reason}); make it readable or choose another folder") from error

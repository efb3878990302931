"""Reads what an export carries of its futures, out of files that anybody may have made.

Only the places that this program's exports use are looked at, with bounds; no picture is decoded and nothing is unpickled.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Events, RecipeRead
from svg_studio.engine.recipe import MARK, MOST_BYTES, Recipe, RecipeError
from svg_studio.engine.utils.plain_file import open_plain

PNG_KEYWORD = "svg-studio"
NPZ_MEMBER = "recipe"
MOST_BLOCKS = 1_000_000  # of a GIF or PNG that are passed over
MOST_BOXES = 1000  # of an MP4
COMMENT_OF_LIST, COMMENT = b"ilst", b"\xa9cmt"
START = b"{" + MARK  # of the document
# The head of an array of bytes, as NumPy writes it.
_BYTES = re.compile(rb"\{'descr': '\|u1', 'fortran_order': False, 'shape': \((\d{1,12}),\), \}\s*")
LOOK = 256 << 10  # bytes
SUFFIXES = (".gif", ".mp4", ".png", ".npz")


def open_recipe(path: Path) -> Events:
    """RecipeRead with what the export at `path` carries. Raises ExportError."""
    yield RecipeRead(Path(path), read_recipe(Path(path)))


def read_recipe(path: Path) -> Recipe:
    """What the export at `path` carries. Raises ExportError for a file that carries nothing, and for one that is damaged."""
    try:
        with open_plain(path) as file:
            found = _carried(file)
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror or error}; choose another file") from error
    except (ValueError, struct.error, EOFError) as error:
        raise ExportError(f"{path}: damaged, so that what it carries of its futures cannot be read; export it again") from error
    if found is None:
        raise ExportError(
            f"{path}: carries no futures to open again; GIF, MP4, PNG and NPZ files do that this program exported from the wall"
        )
    try:
        return Recipe.from_json(found)
    except RecipeError as error:
        raise ExportError(f"{path}: {error}") from error


def carries(path: Path) -> bool:
    """Whether the export at `path` seems to carry futures, by a short look at its beginning and end. Raises OSError."""
    with open_plain(path) as file:
        if START in file.read(LOOK):
            return True
        file.seek(max(LOOK, file.seek(0, io.SEEK_END) - LOOK))
        return START in file.read(LOOK)


def _carried(file: IO[bytes]) -> bytes | None:
    """The document, whole; None where there is none. Raises ValueError, struct.error and EOFError for damage."""
    start = file.read(12)
    for mark, at, read in _READERS:
        if start[at : at + len(mark)] == mark:
            return read(file)
    return None


# ---- GIF: a comment among the blocks of the file


def _of_gif(file: IO[bytes]) -> bytes | None:
    file.seek(6)
    screen = _exactly(file, 7)
    _exactly(file, _palette(screen[4]))
    for _ in range(MOST_BLOCKS):
        kind = file.read(1)
        if kind == b"\x21":
            is_comment = _exactly(file, 1) == b"\xfe"
            found = _sub_blocks(file, keep=is_comment)
            if is_comment and found.startswith(START):
                return found
        elif kind == b"\x2c":
            picture = _exactly(file, 9)
            _exactly(file, _palette(picture[8]) + 1)  # and the width of its codes
            _sub_blocks(file, keep=False)
        else:
            return None
    return None


def _palette(flags: int) -> int:
    """Bytes of the palette that flags of a screen or of a picture announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(file: IO[bytes], *, keep: bool) -> bytes:
    """The data of sub-blocks up to the empty one that ends them; nothing of them unless `keep`."""
    found = bytearray()
    for _ in range(MOST_BLOCKS):
        size = _exactly(file, 1)[0]
        if not size:
            return bytes(found)
        data = _exactly(file, size)
        if keep and len(found) <= MOST_BYTES:  # one that is longer still is refused by its reader
            found += data
    raise ValueError("blocks without end")


# ---- PNG: a chunk of text


def _of_png(file: IO[bytes]) -> bytes | None:
    file.seek(8)
    for _ in range(MOST_BLOCKS):
        head = file.read(8)
        if len(head) < 8:
            return None
        length, kind = struct.unpack(">I4s", head)
        if kind == b"tEXt" and length <= len(PNG_KEYWORD) + 1 + MOST_BYTES:
            keyword, _, text = _exactly(file, length).partition(b"\0")
            if keyword == PNG_KEYWORD.encode() and text.startswith(START):
                return text
            file.seek(4, io.SEEK_CUR)
        else:
            file.seek(length + 4, io.SEEK_CUR)
    return None


# ---- MP4: the comment among what players call metadata


def _of_mp4(file: IO[bytes]) -> bytes | None:
    start, end = 0, file.seek(0, io.SEEK_END)
    for kind, before in ((b"moov", 0), (b"udta", 0), (b"meta", 4), (COMMENT_OF_LIST, 0), (COMMENT, 0), (b"data", 8)):
        found = next((span for name, *span in _boxes(file, start, end) if name == kind), None)
        if found is None:
            return None
        start, end = found[0] + before, found[1]
    file.seek(start)
    text = _exactly(file, min(end - start, MOST_BYTES + 1))
    return text if text.startswith(START) else None


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, and where the content begins and ends, of the boxes that lie between two places."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, name = struct.unpack(">I4s", _exactly(file, 8))
        content = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", _exactly(file, 8))
            content += 8
        stop = start + size if size else end
        if not content <= stop <= end:
            raise ValueError("a box that is larger than its place")
        yield name, content, stop
        start = stop


# ---- NPZ: the first member, an array of bytes


def _of_npz(file: IO[bytes]) -> bytes | None:
    file.seek(0)
    head = _exactly(file, 30)
    method, named, extra = struct.unpack_from("<8xH16xHH", head)
    if _exactly(file, named) != f"{NPZ_MEMBER}.npy".encode() or method:
        return None
    file.seek(extra, io.SEEK_CUR)
    (length,) = struct.unpack("<8xH", _exactly(file, 10))
    shape = _BYTES.fullmatch(_exactly(file, length))
    return _exactly(file, min(int(shape[1]), MOST_BYTES + 1)) if shape else None


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError("it ends too early")
    return data


_READERS: tuple[tuple[bytes, int, Callable[[IO[bytes]], bytes | None]], ...] = (
    (b"GIF89a", 0, _of_gif),
    (b"\x89PNG\r\n\x1a\n", 0, _of_png),
    (b"ftyp", 4, _of_mp4),
    (b"PK\x03\x04", 0, _of_npz),
)

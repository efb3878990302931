"""Downloads one file over HTTP, resuming and trying again; the file is complete and checked, or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from svg_studio.engine.errors import DownloadError
from svg_studio.engine.events import Events, FileDownloaded, Progressed
from svg_studio.engine.utils.background import Aside
from svg_studio.engine.utils.files import check_room, explained, lock, open_own, replacing
from svg_studio.engine.utils.json_file import read_json

if TYPE_CHECKING:
    import requests

Digest = tuple[str, str]  # algorithm of hashlib, hexadecimal value

TRIES = 4  # rounds over the addresses in which nothing new arrives
TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two pieces
_PIECE = 1 << 16  # bytes read at once
_PAUSE = 0.1  # seconds between two Progressed
_SPARE = 16 << 20  # bytes of the disk that are left alone


class _Failure(Exception):
    """An address that did not give the file this time; its text goes on after "NAME: "."""


class _Unreachable(_Failure):
    """Nobody answered there."""


class _Wrong(_Failure):
    """What arrived is not the file."""


class _Useless(_Failure):
    """An answer that will be the same next time."""


@dataclass(frozen=True)
class _Wanted:
    """What is to be fetched, and the file beside it that takes the bytes meanwhile."""

    path: Path
    size: int | None
    digest: Digest | None

    @property
    def part(self) -> Path:
        return arriving_at(self.path)

    @property
    def notes(self) -> Path:
        """Which version of which address the part is of."""
        return self.path.with_name(f"{self.path.name}.part.json")


def fetch(
    urls: Sequence[str],
    path: Path,
    *,
    size: int | None = None,
    digest: Digest | None = None,
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> Events:
    """Fetches `path` from the first of `urls` that has it, going on where an earlier attempt was cut off.

    The bytes gather in `path`.part and get their name when `size` (bytes) and `digest` agree. Yields Progressed in bytes
    and one FileDownloaded. Closing it keeps the part. Raises DownloadError with every address tried `tries` times in vain.
    """
    wanted = _Wanted(Path(path), size, digest)
    with explained(wanted.path, DownloadError):
        wanted.path.parent.mkdir(parents=True, exist_ok=True)
        with open_own(wanted.part, "ab") as part:
            _claim(part, wanted)
            try:
                yield from _gather(list(urls), wanted, part, tries, sleep)
            except (DownloadError, GeneratorExit):
                if not _length(part):
                    with contextlib.suppress(OSError):  # Windows keeps a file that is open
                        wanted.notes.unlink(missing_ok=True)
                        wanted.part.unlink(missing_ok=True)
                raise
        wanted.part.replace(wanted.path)
        wanted.notes.unlink(missing_ok=True)
        yield FileDownloaded(wanted.path, wanted.path.stat().st_size)


def arriving_at(path: Path) -> Path:
    """Where the bytes of `path` gather."""
    return path.with_name(f"{path.name}.part")


def forget(path: Path) -> None:
    """Deletes the notes on a part that is not there any more: a process was killed when `path` had just got its name."""
    wanted = _Wanted(path, None, None)
    if not os.path.lexists(wanted.part):
        wanted.notes.unlink(missing_ok=True)


def matches(path: Path, digest: Digest) -> bool:
    """Whether the file has this digest."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, _new(digest)).hexdigest() == digest[1]


def _gather(urls: list[str], wanted: _Wanted, part: IO[bytes], tries: int, sleep: Callable[[float], None]) -> Events:
    """Tries the addresses in turn until the part is whole, with waits that grow while nothing new arrives."""
    import requests

    if _length(part) and _length(part) == wanted.size and wanted.digest:
        with contextlib.suppress(_Failure):
            yield from _verify("", wanted, part)  # it was complete when it was cut off
            return
    failures: dict[str, _Failure] = {}
    vain, best = 0, _length(part)
    with requests.Session() as session, contextlib.closing(Aside()) as aside:
        while True:
            for url in [u for u in urls if not isinstance(failures.get(u), _Useless)]:
                try:
                    yield from _transfer(aside, session, url, wanted, part)
                    yield from _verify(url, wanted, part)
                    return
                except _Wrong as failure:  # once it may be the fault of what lay there before, twice it is the address's
                    failures[url] = _Useless(str(failure)) if isinstance(failures.get(url), _Wrong) else failure
                except _Failure as failure:
                    failures[url] = failure
            # Only bytes beyond the furthest ever reached count: a server without ranges starts over every time.
            vain, best = (0, _length(part)) if _length(part) > best else (vain + 1, best)
            if vain >= tries or all(isinstance(failures[u], _Useless) for u in urls):
                raise DownloadError(_sentence(wanted.path.name, failures))
            for _ in range(2**vain):  # in halves of a second, so that a stop is heard meanwhile
                yield Progressed(_length(part), wanted.size or 0, "bytes", f"{wanted.path.name} (waiting)")
                sleep(0.5)


def _transfer(aside: Aside, session: requests.Session, url: str, wanted: _Wanted, part: IO[bytes]) -> Events:
    """Appends to the part what `url` has beyond it, or all anew. Raises _Failure when the connection ends early."""
    import requests
    import urllib3

    headers = {"Accept-Encoding": "identity", **_range(url, wanted, _length(part))}
    total: int | None = None

    def progress() -> Progressed:
        return Progressed(_length(part), total or wanted.size or 0, "bytes", wanted.path.name)

    try:
        response = yield from aside.run(lambda: session.get(url, headers=headers, stream=True, timeout=TIMEOUT), progress)
    except requests.exceptions.SSLError as error:
        raise _Useless(f"{url} shows no valid certificate") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _Unreachable(f"{urlsplit(url).hostname or url} cannot be reached") from error
    except (requests.RequestException, ValueError, UnicodeError) as error:
        raise _Useless(f"{url} is no address to download from") from error
    try:
        total = _judge(response, url, wanted, part)
        if response.status_code == 416:
            return  # all bytes are there
        if total is not None:
            remedy = "make room or choose another folder"
            check_room(wanted.path, total - _length(part), wanted.path.parent, remedy, DownloadError, _SPARE)
        with replacing(wanted.notes, flush=False, error=None) as noted:
            noted.write_text(json.dumps({"url": url, "version": _version(response)}), encoding="utf-8")
        # The bytes as they come: a server may call a .gz a page that is gzipped on the way.
        pieces, last = response.raw.stream(_PIECE, decode_content=False), 0.0
        while piece := (yield from aside.run(lambda: next(pieces, b""), progress)):
            part.write(piece)
            part.flush()
            if time.monotonic() - last > _PAUSE:
                yield progress()
                last = time.monotonic()
    except urllib3.exceptions.HTTPError as error:
        raise _Failure(f"{urlsplit(url).hostname} broke off after {_length(part):,} bytes") from error
    finally:
        aside.later(response.close)  # which waits for a read that is going on
    if total is not None and _length(part) < total:
        raise _Failure(f"{urlsplit(url).hostname} broke off after {_length(part):,} bytes")
    yield Progressed(_length(part), _length(part), "bytes", wanted.path.name)


def _range(url: str, wanted: _Wanted, have: int) -> dict[str, str]:
    """Headers that ask for what is missing, where the part can be trusted to be a beginning of what `url` has."""
    if not have:
        return {}
    with contextlib.suppress(OSError, ValueError):
        match read_json(wanted.notes, _PIECE):
            case {"url": known, "version": str() as version} if known == url and version:
                return {"Range": f"bytes={have}-", "If-Range": version}
    return {"Range": f"bytes={have}-"} if wanted.digest else {}  # from anywhere, for the checksum will tell


def _judge(response: requests.Response, url: str, wanted: _Wanted, part: IO[bytes]) -> int | None:
    """The whole file's length if `response` says it; empties the part if its bytes are the file's beginning."""
    host, status = urlsplit(url).hostname, response.status_code
    if status == 416:
        whole = _number(response.headers.get("Content-Range", "").removeprefix("bytes */"))
        if whole is not None and whole == _length(part) and wanted.digest:
            return whole  # it was cut off while it was being checked
        if whole is None or whole < _length(part):  # the part is no beginning of what is there now
            part.truncate(0)
        raise _Failure(f"{host} has another file than the one that was begun")
    if status in (408, 425, 429) or status >= 500:
        raise _Failure(f"{host} answers {status}")
    if status not in (200, 206):
        raise _Useless(f"{url} answers {status}")
    if response.headers.get("Content-Type", "").startswith("text/html") and wanted.path.suffix not in (".html", ".htm"):
        raise _Useless(f"{url} is a web page, not the file")
    if status == 206:
        span, _, stated = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        if span.partition("-")[0] != str(_length(part)):
            part.truncate(0)
            raise _Failure(f"{host} sends another part than the one asked for")
        total = _number(stated)
    else:
        total = _number(response.headers.get("Content-Length", ""))
    # Before anything that has arrived is given up: what another address has sent may be good.
    if wanted.size is not None and total is not None and total != wanted.size:
        raise _Useless(f"{url} holds {total:,} bytes, not {wanted.size:,}")
    if wanted.digest and total is not None and total < _length(part):
        raise _Useless(f"{url} holds {total:,} bytes, fewer than have arrived")
    if status == 200:
        part.truncate(0)
    if total is None and wanted.size is None and not wanted.digest and "Transfer-Encoding" not in response.headers:
        raise _Useless(f"{url} does not say how long the file is")
    return wanted.size if total is None else total


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _verify(url: str, wanted: _Wanted, part: IO[bytes]) -> Events:
    """Raises _Wrong, the part emptied, unless what lies on the disk is what is wanted."""
    problem = ""
    if wanted.size is not None and _length(part) != wanted.size:
        problem = f"{_length(part):,} bytes, not {wanted.size:,}"
    elif wanted.digest is not None:
        digest, last = _new(wanted.digest)(), 0.0
        with wanted.part.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
                if time.monotonic() - last > _PAUSE:
                    yield Progressed(_length(part), _length(part), "bytes", f"{wanted.path.name} (checking)")
                    last = time.monotonic()
        problem = "" if digest.hexdigest() == wanted.digest[1] else f"a file with a wrong {wanted.digest[0].upper()} checksum"
    if problem:
        part.truncate(0)
        wanted.notes.unlink(missing_ok=True)
        raise _Wrong(f"{urlsplit(url).hostname} sent {problem}")


def _claim(part: IO[bytes], wanted: _Wanted) -> None:
    """Keeps a second process from appending to the same part."""
    busy = f"{wanted.path}: is being downloaded by another job; wait for that one"
    lock(part, busy, DownloadError)
    # Its owner may have renamed it between open and lock; Windows renames no open file.
    if os.name != "nt" and not (wanted.part.exists() and os.path.samestat(os.fstat(part.fileno()), wanted.part.stat())):
        raise DownloadError(busy)


def _version(response: requests.Response) -> str:
    """What If-Range takes: a strong ETag, or the date."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _sentence(name: str, failures: dict[str, _Failure]) -> str:
    hosts = ", ".join(dict.fromkeys(urlsplit(url).hostname or url for url in failures))
    if all(isinstance(f, _Unreachable) for f in failures.values()):
        return f"{name}: {hosts} cannot be reached; check the network or name a mirror"
    return f"{name}: {', '.join(dict.fromkeys(map(str, failures.values())))}; try again later or name a mirror"


def _length(part: IO[bytes]) -> int:
    return os.fstat(part.fileno()).st_size


def _new(digest: Digest) -> Callable[[], Any]:
    """The constructor of a digest that guards against damage, not against forgery."""
    return lambda: hashlib.new(digest[0], usedforsecurity=False)

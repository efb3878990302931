"""Downloads one file over HTTP, resuming and trying again; the file is complete and checked, or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import ssl
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from svg_studio.engine.errors import DownloadError
from svg_studio.engine.events import Event, Events, FileDownloaded, Progressed
from svg_studio.engine.utils.background import Aside
from svg_studio.engine.utils.files import check_room, explained, lock, open_own, replacing
from svg_studio.engine.utils.json_file import read_json
from svg_studio.engine.utils.plain_file import open_plain
from svg_studio.engine.utils.wording import masked_address, shown

if TYPE_CHECKING:
    import requests

Digest = tuple[str, str]  # algorithm of hashlib, hexadecimal value

TRIES = 4  # rounds over the addresses in which nothing new arrives
TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two pieces
PATIENCE = 120.0  # seconds for the headers, and for a piece: a server that sends a byte a minute never falls silent
_PIECE = 1 << 16  # bytes read at once
_REDIRECTS = 10  # addresses that lead on to another
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_SPAN = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_TAG = re.compile(r'"[!#-~]{0,200}"')  # a strong ETag
_DATE = re.compile(r"[ -~]{0,100}")  # Last-Modified
_PAUSE = 0.1  # seconds between two Progressed
_SPARE = 16 << 20  # bytes of the disk that are left alone


class _Failure(Exception):
    """An address that did not give the file this time; its text goes on after "NAME: "."""

    remedy = "try again later"

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.remedy = remedy or self.remedy


class _Unreachable(_Failure):
    """Nobody answered there."""

    remedy = "check the network"


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
    most: int | None  # bytes

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
    most: int | None = None,
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> Events:
    """Fetches `path` from the first of `urls` that has it, going on where an earlier attempt was cut off.

    The bytes gather in `path`.part and get their name when `size` (bytes) and `digest` agree; where no size is known it is at
    `most` so long. Yields Progressed in bytes and one FileDownloaded. Closing it keeps the part. Raises DownloadError with
    every address tried `tries` times in vain; neither that nor a file holds what an address keeps secret.
    """
    wanted = _Wanted(Path(path), size, digest, size or most)
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
    wanted = _Wanted(path, None, None, 0)
    if not os.path.lexists(wanted.part):
        wanted.notes.unlink(missing_ok=True)


def matches(path: Path, digest: Digest) -> bool:
    """Whether the file has this digest."""
    with open_plain(path) as file:
        return hashlib.file_digest(file, _new(digest)).hexdigest() == digest[1]


def _gather(urls: list[str], wanted: _Wanted, part: IO[bytes], tries: int, sleep: Callable[[float], None]) -> Events:
    """Tries the addresses in turn until the part is whole, with waits that grow while nothing new arrives."""
    if _length(part) and _length(part) == wanted.size and wanted.digest:
        with contextlib.suppress(_Failure):
            yield from _verify("", wanted, part)  # it was complete when it was cut off
            return
    failures: dict[str, _Failure] = {}
    vain, best = 0, _length(part)
    while True:
        for url in [u for u in urls if not isinstance(failures.get(u), _Useless)]:
            try:
                yield from _transfer(url, wanted, part)
                yield from _verify(url, wanted, part)
                return
            except _Wrong as failure:  # once it may be the fault of what lay there before, twice it is the address's
                failures[url] = _Useless(str(failure)) if isinstance(failures.get(url), _Wrong) else failure
            except _Failure as failure:
                failures[url] = failure
        # Only bytes beyond the furthest ever reached count: a server without ranges starts over every time.
        vain, best = (0, _length(part)) if _length(part) > best else (vain + 1, best)
        if vain >= tries or all(isinstance(failures[u], _Useless) for u in urls):
            raise DownloadError(_sentence(wanted.path.name, list(failures.values())))
        for _ in range(2**vain):  # in halves of a second, so that a stop is heard meanwhile
            yield Progressed(_length(part), wanted.size or 0, "bytes", f"{wanted.path.name} (waiting)")
            sleep(0.5)


def _transfer(url: str, wanted: _Wanted, part: IO[bytes]) -> Events:
    """Appends to the part what `url` has beyond it, or all anew. Raises _Failure when the connection ends early."""
    import requests
    import urllib3

    headers = {"Accept-Encoding": "identity", **_range(url, wanted, _length(part))}
    total: int | None = None

    def patiently(call: Callable[[], Any]) -> Generator[Event, None, Any]:
        end = time.monotonic() + PATIENCE

        def progress() -> Progressed:
            if time.monotonic() > end:
                raise _Failure(f"{_host(url)} sends next to nothing")
            return Progressed(_length(part), total or wanted.size or 0, "bytes", wanted.path.name)

        return (yield from aside.run(call, progress))

    # Both of its own: a call that hangs keeps neither the next address nor the next try waiting.
    with contextlib.closing(requests.Session()) as session, contextlib.closing(Aside()) as aside:
        response = yield from patiently(lambda: _ask(session, url, headers))
        try:
            total, end = _judge(response, url, wanted, part)
            if response.status_code == 416:
                return  # all bytes are there
            need = (total or 0) - _length(part)
            with replacing(wanted.notes, flush=False, error=None) as noted:
                noted.write_text(
                    json.dumps({"url": masked_address(url), "version": _version(response), "total": total}), encoding="utf-8"
                )
            last = 0.0
            while True:
                check_room(wanted.path, need, wanted.path.parent, "make room or choose another folder", DownloadError, _SPARE)
                asked = _PIECE if end is None else min(_PIECE, end - _length(part) + 1)  # one more shows that there is more
                # The bytes as they come: a server may call a .gz a page that is gzipped on the way.
                piece = yield from patiently(partial(response.raw.read, asked, decode_content=False))
                if end is not None and _length(part) + len(piece) > end:
                    part.write(piece[: end - _length(part)])
                    part.flush()
                    if total is None or not wanted.digest:  # nothing tells whether these bytes are the file
                        part.truncate(0)
                        raise _Useless(f"{_host(url)} sends more than {end:,} bytes")
                    break
                if not piece:
                    break
                part.write(piece)
                part.flush()
                need = _PIECE if total is None else 0
                if time.monotonic() - last > _PAUSE:
                    yield Progressed(_length(part), total or wanted.size or 0, "bytes", wanted.path.name)
                    last = time.monotonic()
        except urllib3.exceptions.HTTPError:
            raise _Failure(f"{_host(url)} broke off after {_length(part):,} bytes") from None
        finally:
            aside.later(response.close)  # which waits for a read that is going on
    if total is not None and _length(part) < total:
        raise _Failure(f"{_host(url)} broke off after {_length(part):,} bytes")
    yield Progressed(_length(part), _length(part), "bytes", wanted.path.name)


def _ask(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    """The answer of `url`, or of the address that it leads to. Raises _Failure.

    What requests raises quotes addresses with all that is secret in them, so none of it is passed on.
    """
    import requests
    import urllib3

    try:
        return _follow(session, url, headers)
    except requests.exceptions.ProxyError as error:
        raise _proxy_failure("407" in str(error)) from None
    except requests.exceptions.InvalidProxyURL:
        raise _proxy_failure() from None
    except requests.exceptions.SSLError as error:
        raise _tls_failure(_host(url), error) from None
    except (requests.ConnectionError, requests.Timeout) as error:
        if error.args and isinstance(error.args[0], urllib3.exceptions.ProtocolError):
            raise _Failure(f"{_host(url)} gives no answer that can be read") from None
        raise _Unreachable(f"{_host(url)} cannot be reached") from None
    except requests.exceptions.InvalidHeader:
        raise _Useless(f"{_shown(url)} contradicts itself on how long the file is") from None
    except (requests.RequestException, ValueError):
        raise _Useless(f"{_shown(url)} is no address to download from", "check the address") from None
    except OSError:  # the connection's own are ConnectionError
        raise _Useless("REQUESTS_CA_BUNDLE names no certificates that can be read", "mend that variable") from None


def _follow(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    """As requests does it, but that it leads to the web alone, never out of https, and that no body on the way is read."""
    import requests

    auth = None
    for _ in range(_REDIRECTS + 1):
        given = requests.utils.get_auth_from_url(url)
        auth = given if any(given) else auth
        request = session.prepare_request(requests.Request("GET", url, headers, auth=auth))
        options: Any = session.merge_environment_settings(url, {}, True, None, None)
        response = session.get_adapter(url).send(request, timeout=TIMEOUT, **options)
        requests.cookies.extract_cookies_to_jar(session.cookies, request, response.raw)  # type: ignore[no-untyped-call]
        if (target := session.get_redirect_target(response)) is None:
            return response
        response.close()
        target = urljoin(url, target)
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _Useless(f"{_host(url)} leads to {_shown(target)}, which is nothing to download from")
        if parts.scheme == "http" and urlsplit(url).scheme == "https":
            raise _Useless(f"{_host(url)} leads out of https to {_shown(target)}", "name that address itself")
        auth = None if session.should_strip_auth(url, target) else auth  # type: ignore[no-untyped-call]
        url = target
    raise _Useless(f"{_host(url)} leads from one address to the next without end")


def _proxy_failure(wants_password: bool = False) -> _Failure:
    if wants_password:
        return _Useless("the proxy asks for a name and a password", "put them into HTTPS_PROXY or HTTP_PROXY")
    return _Unreachable("the proxy cannot be reached", "mend HTTPS_PROXY or HTTP_PROXY")


def _tls_failure(host: str, error: BaseException | None) -> _Failure:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    match error:
        case ssl.SSLCertVerificationError(verify_code=9 | 10):
            return _Useless(f"{host} shows a certificate that is out of date", "check this computer's clock")
        case ssl.SSLCertVerificationError(verify_code=62 | 64):
            return _Useless(f"{host} shows the certificate of another host", "check the address")
        case ssl.SSLCertVerificationError():
            remedy = "put the file of the signer's certificate into REQUESTS_CA_BUNDLE"
            return _Useless(f"{host} shows a certificate that nobody signed whom this computer trusts", remedy)
    return _Useless(f"{host} does not speak https as this computer does", "check the address")


def _range(url: str, wanted: _Wanted, have: int) -> dict[str, str]:
    """Headers that ask for what is missing, where the part can be trusted to be a beginning of what `url` has."""
    if not have:
        return {}
    match _noted(wanted):
        case {"url": known, "version": str() as version} if known == masked_address(url) and version:
            return {"Range": f"bytes={have}-", "If-Range": version}
    return {"Range": f"bytes={have}-"} if wanted.digest else {}  # from anywhere, for the checksum will tell


def _noted(wanted: _Wanted) -> Any:
    with contextlib.suppress(OSError, ValueError):
        return read_json(wanted.notes, _PIECE)
    return None


def _judge(response: requests.Response, url: str, wanted: _Wanted, part: IO[bytes]) -> tuple[int | None, int | None]:
    """The whole file's length if `response` says it, and at which byte its body has to end.

    Empties the part if the bytes of the body are the file's beginning.
    """
    host, status = _host(url), response.status_code
    have = _length(part)
    if status == 416:
        whole = _number(response.headers.get("Content-Range", "").removeprefix("bytes */"))
        if whole is not None and whole == have and wanted.digest:
            return whole, whole  # it was cut off while it was being checked
        if whole is None or whole < have:  # the part is no beginning of what is there now
            part.truncate(0)
        raise _Failure(f"{host} has another file than the one that was begun")
    if status == 407:
        raise _proxy_failure(wants_password=True)
    if status in (408, 425, 429) or status >= 500:
        raise _Failure(f"{host} answers {status}")
    if status in (401, 403):
        raise _Useless(f"{_shown(url)} answers {status}", "put the name and the password that it asks for into the address")
    if status not in (200, 206):
        raise _Useless(f"{_shown(url)} answers {status}")
    if response.headers.get("Content-Type", "").startswith("text/html") and wanted.path.suffix not in (".html", ".htm"):
        raise _Useless(f"{_shown(url)} is a web page, not the file")
    end: int | None
    stated = response.headers.get("Content-Length", "")
    if status == 206:
        span = _SPAN.fullmatch(response.headers.get("Content-Range", ""))
        first, last, total = (int(span[1]), int(span[2]), _number(span[3])) if span else (-1, -1, None)
        end = last + 1
        if first != have or last < first or (total is not None and total < end):
            part.truncate(0)
            raise _Failure(f"{host} sends another part than the one asked for")
        match _noted(wanted):
            case {"total": int() as before} if have and not wanted.digest and total != before:
                part.truncate(0)
                raise _Failure(f"{host} has another file than the one that was begun")
    else:
        if stated.isdigit() and stated.isascii() and not _LENGTH.fullmatch(stated):
            raise _Useless(f"{_shown(url)} states a length of {len(stated):,} digits")
        end = total = _number(stated)
    # Before anything that has arrived is given up: what another address has sent may be good.
    if wanted.size is not None and total is not None and total != wanted.size:
        raise _Useless(f"{_shown(url)} holds {total:,} bytes, not {wanted.size:,}")
    if wanted.most is not None and total is not None and total > wanted.most:
        raise _Useless(f"{_shown(url)} holds {total:,} bytes, more than the {wanted.most:,} that the file can have")
    if wanted.digest and total is not None and total < have:
        raise _Useless(f"{_shown(url)} holds {total:,} bytes, fewer than have arrived")
    if status == 200:
        part.truncate(0)
    if total is None and wanted.size is None and not wanted.digest and "Transfer-Encoding" not in response.headers:
        raise _Useless(f"{_shown(url)} does not say how long the file is")
    return wanted.size if total is None else total, min((n for n in (end, wanted.most) if n is not None), default=None)


def _number(text: str) -> int | None:
    return int(text) if _LENGTH.fullmatch(text) else None


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
        raise _Wrong(f"{_host(url)} sent {problem}")


def _claim(part: IO[bytes], wanted: _Wanted) -> None:
    """Keeps a second process from appending to the same part."""
    busy = f"{wanted.path}: is being downloaded by another job; wait for that one"
    lock(part, busy, DownloadError)
    # Its owner may have renamed it between open and lock; Windows renames no open file.
    if os.name != "nt" and not (wanted.part.exists() and os.path.samestat(os.fstat(part.fileno()), wanted.part.stat())):
        raise DownloadError(busy)


def _version(response: requests.Response) -> str:
    """What If-Range takes: a strong ETag, or the date."""
    tag, date = (response.headers.get(name, "") for name in ("ETag", "Last-Modified"))
    return tag if _TAG.fullmatch(tag) else date if _DATE.fullmatch(date) else ""


def _sentence(name: str, failures: list[_Failure]) -> str:
    reasons, remedies = (", ".join(dict.fromkeys(words)) for words in ((str(f) for f in failures), (f.remedy for f in failures)))
    return f"{name}: {reasons}; {remedies} or name a mirror"


def _shown(url: str) -> str:
    return shown(masked_address(url), 200)


def _host(url: str) -> str:
    try:
        return shown(urlsplit(url).hostname or "", 100) or _shown(url)
    except ValueError:
        return _shown(url)


def _length(part: IO[bytes]) -> int:
    return os.fstat(part.fileno()).st_size


def _new(digest: Digest) -> Callable[[], Any]:
    """The constructor of a digest that guards against damage, not against forgery."""
    return lambda: hashlib.new(digest[0], usedforsecurity=False)

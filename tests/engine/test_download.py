"""Downloads from a server that breaks off, lies, forgets and sends error pages: the right file or a sentence."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from svg_studio.engine import download as downloads
from svg_studio.engine import fetch as fetching
from svg_studio.engine.config import DataConfig
from svg_studio.engine.datasets import mnist, prepare
from svg_studio.engine.download import RemoteFile, download
from svg_studio.engine.errors import DownloadError
from svg_studio.engine.events import FileDownloaded, Logged, Progressed
from svg_studio.engine.fetch import fetch
from tests.conftest import write_idx

BODY = np.random.default_rng(3).bytes(300_000)
MD5 = ("md5", hashlib.md5(BODY).hexdigest())
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, dict(self.headers)))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        answer(self)

    def say(self, status: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Gives `answers` one a request, the last one for ever; `asked` is what came in."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = [whole]
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, name: str = "file.bin") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.asked]


def whole(handler: Handler, body: bytes = BODY, tag: str = '"one"') -> None:
    """The file, or the range asked for if If-Range (where given) names this version."""
    span = handler.headers.get("Range")
    if span and handler.headers.get("If-Range", tag) == tag:
        first = int(span.removeprefix("bytes=").rstrip("-"))
        if first >= len(body):
            return handler.say(416, b"", Content_Range=f"bytes */{len(body)}")
        return handler.say(206, body[first:], Content_Range=f"bytes {first}-{len(body) - 1}/{len(body)}", ETag=tag)
    return handler.say(200, body, ETag=tag)


def breaks_off(after: int, tag: str = '"one"') -> Answer:
    """Sends `after` bytes of what it announces."""

    def answer(handler: Handler) -> None:
        span = handler.headers.get("Range")
        first = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        headers = {"Content_Range": f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"} if span else {}
        handler.say(206 if span else 200, BODY[first : first + after], length=len(BODY) - first, ETag=tag, **headers)

    return answer


def without_ranges(after: int) -> Answer:
    return lambda handler: handler.say(200, BODY[:after], length=len(BODY))


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    return lambda handler: handler.say(status, body, **headers)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file.bin"


def got(server: Server, path: Path, **options: Any) -> list[float]:
    """Fetches, checks what came, and returns the seconds that were waited."""
    waited: list[float] = []
    events = list(fetch([server.url()], path, sleep=waited.append, **options))
    assert path.read_bytes() == BODY
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert events[-1] == FileDownloaded(path, len(BODY))
    assert Progressed(len(BODY), len(BODY), "bytes", path.name) in events
    return waited


def refused(server: Server, path: Path, match: str, urls: list[str] | None = None, **options: Any) -> None:
    with pytest.raises(DownloadError, match=match) as caught:
        list(fetch(urls or [server.url()], path, **{"sleep": lambda _: None, "tries": 3, **options}))
    assert "\n" not in str(caught.value)
    assert not path.exists()


@pytest.mark.parametrize("options", [{}, {"digest": MD5}, {"size": len(BODY)}, {"size": len(BODY), "digest": MD5}])
def test_that_a_file_arrives_under_its_name_alone(server: Server, path: Path, options: dict[str, Any]) -> None:
    assert got(server, path, **options) == []


@pytest.mark.parametrize("options", [{}, {"digest": MD5, "size": len(BODY)}])
def test_that_a_broken_transfer_goes_on_where_it_was(server: Server, path: Path, options: dict[str, Any]) -> None:
    server.answers = [breaks_off(100_000), breaks_off(100_000), whole]
    got(server, path, **options)
    assert server.ranges == [None, "bytes=100000-", "bytes=200000-"]
    assert server.asked[1][1]["If-Range"] == '"one"'


def test_that_a_server_without_ranges_is_asked_anew(server: Server, path: Path) -> None:
    server.answers = [without_ranges(100_000), without_ranges(150_000), without_ranges(len(BODY))]
    got(server, path, digest=MD5)


def test_that_a_file_changed_meanwhile_is_not_stitched_together(server: Server, path: Path) -> None:
    server.answers = [breaks_off(100_000, tag='"old"'), whole]
    got(server, path)
    assert server.asked[1][1]["If-Range"] == '"old"'


def test_that_without_version_or_checksum_nothing_is_gone_on_with(server: Server, path: Path) -> None:
    server.answers = [without_ranges(100_000), whole]
    got(server, path)
    assert server.ranges == [None, None]


def test_that_a_wrong_beginning_is_found_by_the_checksum(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"x" * 1000)
    got(server, path, digest=MD5)
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("length", [len(BODY), len(BODY) + 5])
def test_that_a_part_as_long_as_the_file_or_longer_is_no_trap(server: Server, path: Path, length: int) -> None:
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"x" * length)
    got(server, path, digest=MD5, size=len(BODY))


def test_that_a_whole_part_needs_no_network(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(BODY)
    list(fetch(["http://127.0.0.1:9/file.bin"], path, digest=MD5, size=len(BODY), sleep=lambda _: None))
    assert path.read_bytes() == BODY


def test_that_another_range_than_asked_for_is_not_appended(server: Server, path: Path) -> None:
    wrong = says(206, BODY[5:], Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}", ETag='"one"')
    server.answers = [breaks_off(100_000), wrong, whole]
    got(server, path)


def test_that_a_shorter_range_than_asked_for_is_gone_on_from(server: Server, path: Path) -> None:
    def slice_of(handler: Handler) -> None:
        first = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
        piece = BODY[first : first + 90_000]
        handler.say(206, piece, Content_Range=f"bytes {first}-{first + len(piece) - 1}/{len(BODY)}", ETag='"one"')

    server.answers = [breaks_off(100_000), slice_of]
    got(server, path)
    assert server.ranges == [None, "bytes=100000-", "bytes=190000-", "bytes=280000-"]


def test_that_closing_keeps_the_part_and_a_later_fetch_goes_on_with_it(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PAUSE", 0)
    first = fetch([server.url()], path)
    next(first)
    first.close()
    assert not path.exists()
    have = path.with_name("file.bin.part").stat().st_size
    assert 0 < have < len(BODY)
    got(server, path)
    assert server.ranges[-1] == f"bytes={have}-"


def test_that_waits_grow_while_nothing_arrives_and_then_it_gives_up(server: Server, path: Path) -> None:
    waited: list[float] = []
    server.answers = [says(503)]
    refused(server, path, r"file\.bin: 127\.0\.0\.1 answers 503; try again later or give --mirror", tries=4, sleep=waited.append)
    assert sum(waited) == 1 + 2 + 4
    assert len(server.asked) == 4
    assert list(path.parent.iterdir()) == []


def test_that_arriving_bytes_renew_the_patience(server: Server, path: Path) -> None:
    server.answers = [*[breaks_off(40_000)] * 6, whole]
    got(server, path, tries=2)
    server.answers = [without_ranges(40_000)]
    path.unlink()
    refused(server, path, "broke off after 40,000 bytes", tries=2)  # the same ones over and over do not


def test_that_a_page_instead_of_the_file_is_refused(server: Server, path: Path) -> None:
    server.answers = [says(200, b"<html>Sign in</html>", Content_Type="text/html; charset=utf-8")]
    refused(server, path, "is a web page, not the file")
    assert len(server.asked) == 1


def test_that_a_server_that_lies_about_the_length_is_found_out(server: Server, path: Path) -> None:
    server.answers = [lambda handler: handler.say(200, BODY, length=1000)]
    refused(server, path, "holds 1,000 bytes, not 300,000", size=len(BODY))
    refused(server, path, "wrong MD5 checksum", digest=MD5)
    server.answers = [lambda handler: handler.say(200, BODY, length=len(BODY) + 10)]
    refused(server, path, "broke off")


def test_that_a_wrong_checksum_is_refused_and_leaves_nothing(server: Server, path: Path) -> None:
    server.answers = [says(200, BODY[:-1] + b"?")]
    refused(server, path, r"file\.bin: 127\.0\.0\.1 sent a file with a wrong MD5 checksum", digest=MD5, size=len(BODY))
    assert len(server.asked) == 2  # a second time in case it was the connection's fault, not for ever
    assert list(path.parent.iterdir()) == []


def test_that_a_file_of_unknown_length_needs_a_checksum(server: Server, path: Path) -> None:
    def unmeasured(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(BODY)

    server.answers = [unmeasured]
    refused(server, path, "does not say how long the file is")
    got(server, path, digest=MD5)


def test_that_bytes_packed_on_the_way_are_kept_as_they_are(server: Server, path: Path) -> None:
    server.answers = [says(200, BODY, Content_Encoding="gzip")]  # how some servers announce a .gz
    got(server, path, digest=MD5)


def test_that_the_next_address_is_taken_where_one_has_nothing(server: Server, path: Path) -> None:
    server.answers = [says(404), whole]
    list(fetch([server.url("a"), server.url("b")], path, digest=MD5, sleep=lambda _: None))
    assert [asked for asked, _ in server.asked] == ["/a", "/b"]
    assert path.read_bytes() == BODY
    server.answers = [says(404)]
    refused(server, path.with_name("other"), "/a answers 404, .*/b answers 404", [server.url("a"), server.url("b")])


def test_that_a_part_from_one_mirror_is_finished_by_another(server: Server, path: Path) -> None:
    server.answers = [breaks_off(100_000), whole]
    list(fetch([server.url("a"), server.url("b")], path, digest=MD5, sleep=lambda _: None))
    assert path.read_bytes() == BODY
    assert server.ranges == [None, "bytes=100000-"]
    assert "If-Range" not in server.asked[1][1]  # its version means nothing there


def test_that_no_network_is_one_sentence(path: Path) -> None:
    with pytest.raises(DownloadError, match=r"^file\.bin: 127\.0\.0\.1 cannot be reached; check the network or give --mirror$"):
        list(fetch(["http://127.0.0.1:9/file.bin"], path, sleep=lambda _: None))


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/file.bin", "http://"])
def test_that_what_is_no_address_is_refused(server: Server, path: Path, url: str) -> None:
    refused(server, path, "no address", [url])


def test_that_a_full_disk_is_told_before_the_transfer(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    refused(server, path, "make room or choose another folder")


def test_that_a_folder_that_cannot_be_made_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match=r"cannot be written .* choose another folder"):
        list(fetch([server.url()], tmp_path / "file" / "below"))


def test_that_a_second_download_of_a_file_waits_its_turn(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_PAUSE", 0)
    first = fetch([server.url()], path)
    next(first)
    refused(server, path, "being downloaded by another job")
    assert [type(event) for event in first][-1] is FileDownloaded
    assert path.read_bytes() == BODY


@pytest.fixture
def small_mnist(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The server has a MNIST of a few digits, which is taken for the real one."""
    files: dict[str, bytes] = {}
    for name in mnist.NAMES:
        shape = (10, 28, 28) if "idx3" in name else (10,)
        write_idx(tmp_path / "made" / name, np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) % 10)
        files[f"{name}.gz"] = gzip.compress((tmp_path / "made" / name).read_bytes(), mtime=0)
    remote = tuple(RemoteFile(name, len(raw), ("md5", hashlib.md5(raw).hexdigest())) for name, raw in files.items())
    known = replace(downloads.DOWNLOADS["mnist"], mirrors=(server.url("usual/"),), files=remote)
    monkeypatch.setitem(downloads.DOWNLOADS, "mnist", known)
    monkeypatch.setattr(mnist, "CHECKSUMS", {file.name: file.digest for file in remote})
    server.answers = [lambda handler: whole(handler, files[handler.path.rpartition("/")[2]])]
    return files


def test_that_mnist_arrives_unpacked_and_is_not_fetched_twice(
    server: Server, small_mnist: dict[str, bytes], tmp_path: Path
) -> None:
    events = list(download("mnist", tmp_path, server.url("mirror")))
    assert [asked for asked, _ in server.asked] == [f"/mirror/{name}" for name in small_mnist]
    total = sum(map(len, small_mnist.values()))
    progress = [event for event in events if isinstance(event, Progressed)]
    assert {event.total for event in progress} == {total}
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == total
    assert mnist.unpacked(tmp_path / mnist.FOLDER)
    assert len(mnist.mnist_digits(tmp_path, "train").images) == 10
    assert [type(event) for event in download("mnist", tmp_path, server.url("mirror"))] == [Logged]
    assert len(server.asked) == 4


def test_that_a_damaged_file_is_fetched_anew_and_a_whole_one_kept(
    server: Server, small_mnist: dict[str, bytes], tmp_path: Path
) -> None:
    list(download("mnist", tmp_path, server.url("")))
    folder = tmp_path / mnist.FOLDER
    for name in mnist.NAMES[:2]:
        (folder / name).write_bytes(b"short")
    (folder / f"{mnist.NAMES[0]}.gz").write_bytes(b"damaged")
    server.asked.clear()
    list(download("mnist", tmp_path, server.url("")))
    assert [asked for asked, _ in server.asked] == [f"/{mnist.NAMES[0]}.gz"]
    assert mnist.unpacked(folder)


def test_that_preparing_downloads_only_what_is_not_there(server: Server, small_mnist: dict[str, bytes], tmp_path: Path) -> None:
    data = DataConfig(digits="mixed", data_root=str(tmp_path))
    events = list(prepare(data))
    assert sum(isinstance(event, FileDownloaded) for event in events) == 4
    assert [asked for asked, _ in server.asked] == [f"/usual/{name}" for name in small_mnist]
    assert list(prepare(data)) == []


def test_that_an_unknown_download_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="mars: cannot be downloaded; choose one of mnist"):
        list(download("mars", tmp_path))

"""Downloads from a server that breaks off, lies, forgets and sends error pages: the right file or a sentence."""

import gzip
import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.clips import prepare
from svg_studio.engine.data.datasets import mnist
from svg_studio.engine.data.download import download as downloads
from svg_studio.engine.data.download import http_fetch
from svg_studio.engine.data.download.download import RemoteFile, arrived, download
from svg_studio.engine.data.download.http_fetch import fetch
from svg_studio.engine.errors import DataError, DownloadError
from svg_studio.engine.events import FileDownloaded, Logged, Progressed
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


def test_that_a_short_answer_costs_nothing_that_has_arrived(server: Server, path: Path) -> None:
    server.answers = [breaks_off(200_000), says(200, b"busy, come back", Content_Type="text/plain"), whole]
    refused(server, path, "holds 15 bytes, fewer than have arrived", digest=MD5)
    assert path.with_name(f"{path.name}.part").stat().st_size == 200_000
    server.answers = [whole]
    server.asked.clear()
    got(server, path, digest=MD5)
    assert server.ranges == ["bytes=200000-"]


def test_that_a_whole_part_of_unknown_size_is_checked_and_not_fetched_again(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.with_name(f"{path.name}.part").write_bytes(BODY)
    list(fetch([server.url()], path, digest=MD5))
    assert path.read_bytes() == BODY
    assert server.ranges == [f"bytes={len(BODY)}-"]


@pytest.mark.parametrize("length", ["²", "-5", "many"])
def test_that_a_length_that_is_no_number_is_as_good_as_none(server: Server, path: Path, length: str) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", length)
        handler.end_headers()
        handler.wfile.write(BODY)
        handler.close_connection = True

    server.answers = [answer]
    list(fetch([server.url()], path, digest=MD5))
    assert path.read_bytes() == BODY


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
    monkeypatch.setattr(http_fetch, "_PAUSE", 0)
    first = fetch([server.url()], path)
    next(first)
    first.close()
    assert not path.exists()
    have = path.with_name("file.bin.part").stat().st_size
    assert 0 < have < len(BODY)
    got(server, path)
    assert server.ranges[-1] == f"bytes={have}-"


@pytest.mark.parametrize("sent", [0, 1 << 17])
def test_that_a_server_that_keeps_silent_keeps_nobody_from_stopping(server: Server, path: Path, sent: int) -> None:
    speak = threading.Event()

    def falls_silent(handler: Handler) -> None:
        if sent:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(BODY)))
            handler.end_headers()
            handler.wfile.write(BODY[:sent])
        speak.wait(100)  # longer than the program's own patience with a connection
        handler.close_connection = True

    server.answers = [falls_silent]
    events = fetch([server.url()], path)
    idle = 0
    while idle < 3:
        event = next(events)
        assert isinstance(event, Progressed)
        assert event.doing == path.name  # not one that says it waits between two tries
        idle += event.done == sent
    events.close()
    assert path.with_name(f"{path.name}.part").exists() == bool(sent)
    speak.set()


def test_that_waits_grow_while_nothing_arrives_and_then_it_gives_up(server: Server, path: Path) -> None:
    waited: list[float] = []
    server.answers = [says(503)]
    refused(server, path, r"file\.bin: 127\.0\.0\.1 answers 503; try again later or name a mirror", tries=4, sleep=waited.append)
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
    with pytest.raises(DownloadError, match=r"^file\.bin: 127\.0\.0\.1 cannot be reached; check the network or name a mirror$"):
        list(fetch(["http://127.0.0.1:9/file.bin"], path, sleep=lambda _: None))


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/file.bin", "http://"])
def test_that_what_is_no_address_is_refused(server: Server, path: Path, url: str) -> None:
    refused(server, path, "no address", [url])


def test_that_a_full_disk_is_told_before_the_transfer(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    refused(server, path, "make room or choose another folder")


def test_that_a_folder_that_cannot_be_made_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="is a file where a folder is wanted; choose another folder"):
        list(fetch([server.url()], tmp_path / "file" / "below"))


def test_that_a_second_download_of_a_file_waits_its_turn(server: Server, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_fetch, "_PAUSE", 0)
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
    assert mnist.is_unpacked(tmp_path / mnist.FOLDER)
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
    assert mnist.is_unpacked(folder)


def test_that_preparing_downloads_only_what_is_not_there(server: Server, small_mnist: dict[str, bytes], tmp_path: Path) -> None:
    data = DataConfig(digits="mixed", data_root=str(tmp_path))
    events = list(prepare(data))
    assert sum(isinstance(event, FileDownloaded) for event in events) == 4
    assert [asked for asked, _ in server.asked] == [f"/usual/{name}" for name in small_mnist]
    assert list(prepare(data)) == []


def test_that_an_unknown_download_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="mars: cannot be downloaded; choose one of mnist"):
        list(download("mars", tmp_path))


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def asked(server: Server) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in server.asked]


BAIR = {"train/traj_0_to_1.tfrecords": BODY[:50_000], "test/traj_0_to_1.tfrecords": BODY[50_000:60_000]}
BAIR_TAR = "bair_robot_pushing_dataset_v0.tar"


@pytest.fixture
def small_bair(server: Server, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The server has a small BAIR, which is taken for the real one."""
    raw = tar_of({f"softmotion30_44k/{name}": data for name, data in BAIR.items()})
    entry = downloads.DOWNLOADS["bair"]
    digest = ("sha256", hashlib.sha256(raw).hexdigest())
    file = replace(entry.files[0], size=len(raw), digest=digest, room=100_000)
    monkeypatch.setitem(downloads.DOWNLOADS, "bair", replace(entry, mirrors=(server.url(""),), files=(file,), room=1000))
    server.answers = [lambda handler: whole(handler, raw)]
    return raw


def test_that_bair_arrives_unpacked_and_the_archive_goes(server: Server, small_bair: bytes, tmp_path: Path) -> None:
    events = list(download("bair", tmp_path))
    assert asked(server) == [BAIR_TAR]
    assert below(tmp_path) == {f"softmotion30_44k/{name}": data for name, data in BAIR.items()}
    assert FileDownloaded(tmp_path / "downloads" / BAIR_TAR, len(small_bair)) in events
    assert [type(event) for event in download("bair", tmp_path)] == [Logged]
    assert len(server.asked) == 1


def test_that_a_download_stopped_at_any_event_goes_on_to_the_same_files(
    server: Server, small_bair: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_fetch, "_PAUSE", 0)
    n_events = len(list(download("bair", tmp_path / "counted")))
    for after in range(1, n_events + 1):
        root = tmp_path / str(after)
        job = download("bair", root)
        for _ in range(after):
            next(job)
        job.close()
        whole_before = (root / "downloads" / BAIR_TAR).exists()
        server.asked.clear()
        list(download("bair", root))
        assert below(root) == {f"softmotion30_44k/{name}": data for name, data in BAIR.items()}
        assert len(server.asked) <= (0 if whole_before else 1)


def test_that_a_wrong_checksum_of_an_archive_leaves_nothing(server: Server, small_bair: bytes, tmp_path: Path) -> None:
    server.answers = [lambda handler: whole(handler, small_bair[:-1] + b"?")]
    with pytest.raises(DownloadError, match="a file with a wrong SHA256 checksum"):
        list(download("bair", tmp_path, sleep=lambda _: None))
    assert below(tmp_path) == {}


def gigabytes(monkeypatch: pytest.MonkeyPatch, free: float) -> None:
    monkeypatch.setattr(downloads, "free_bytes", lambda _: int(free * 1e9))


def test_that_the_disk_must_hold_what_is_fetched_unpacked_and_converted(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = downloads.DOWNLOADS["bair"]
    gigabytes(monkeypatch, 64)
    with pytest.raises(DownloadError, match=r"^BAIR robot pushing: needs 64\.6 GB .* has 64\.0 GB free; make room or choose"):
        list(download("bair", tmp_path, server.url("")))
    part = tmp_path / "downloads" / f"{BAIR_TAR}.part"
    part.parent.mkdir()
    with part.open("wb") as file:
        file.truncate(30_000_000_000)  # a hole: no disk is used
    gigabytes(monkeypatch, 34)
    with pytest.raises(DownloadError, match=r"needs 34\.6 GB"):
        list(download("bair", tmp_path, server.url("")))
    monkeypatch.setitem(downloads.DOWNLOADS, "bair", replace(entry, room=200_000_000_000))
    with pytest.raises(DownloadError, match=r"needs 202\.4 GB"):  # the archive's own bytes are free again by then
        list(download("bair", tmp_path, server.url("")))
    gigabytes(monkeypatch, 2)
    with pytest.raises(DownloadError, match=r"^KTH actions: needs 2\.5 GB"):
        list(download("kth", tmp_path, server.url("")))
    assert server.asked == []


ROWS = "".join(f"person{n:02}_boxing_d1\t\tframes\t1-95, 96-185\n" for n in (1, 2, 3))


@pytest.fixture
def small_kth(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The server has a small KTH, which is taken for the real one: file name → bytes."""
    entry = downloads.DOWNLOADS["kth"]
    files, remote = {}, []
    for file in entry.files:
        if file.name.endswith(".zip"):
            stem = Path(file.name).stem
            videos = {f"person0{n}_{stem}_d1_uncomp.avi": BODY[n * 1000 : n * 9000] for n in (1, 2)}
            files[file.name] = zip_of(videos)
            digest = ("sha1", hashlib.sha1(files[file.name]).hexdigest())
            remote.append(replace(file, digest=digest, about=20_000, room=50_000))
        else:
            files[file.name] = ROWS.encode()
            remote.append(replace(file, about=100, rows=3))
    monkeypatch.setitem(downloads.DOWNLOADS, "kth", replace(entry, mirrors=(server.url(""),), files=tuple(remote), room=0))
    server.answers = [lambda handler: whole(handler, files[handler.path.rpartition("/")[2]])]
    return files


def kth_files() -> dict[str, bytes]:
    """What a small KTH is in the end."""
    actions = ("walking", "jogging", "running", "boxing", "handwaving", "handclapping")
    videos = {f"KTH/raw/{a}/person0{n}_{a}_d1_uncomp.avi": BODY[n * 1000 : n * 9000] for a in actions for n in (1, 2)}
    return {"KTH/raw/00sequences.txt": ROWS.encode(), **videos}


def test_that_kth_arrives_unpacked(server: Server, small_kth: dict[str, bytes], tmp_path: Path) -> None:
    events = list(download("kth", tmp_path))
    assert below(tmp_path) == kth_files()
    assert sorted(asked(server)) == sorted(small_kth)
    fetched = [e for e in events if isinstance(e, Progressed) and "unpacking" not in e.doing]
    assert {event.total for event in fetched} == {6 * 20_000 + 100}
    assert [event.done for event in fetched] == sorted(event.done for event in fetched)
    assert fetched[-1].done <= fetched[-1].total
    assert [type(event) for event in download("kth", tmp_path)] == [Logged]
    assert len(server.asked) == 7


def test_that_a_download_cut_off_between_two_archives_fetches_only_the_rest(
    server: Server, small_kth: dict[str, bytes], tmp_path: Path
) -> None:
    job = download("kth", tmp_path)
    for event in job:
        if isinstance(event, FileDownloaded) and event.path.name == "running.zip":
            break
    job.close()
    assert (tmp_path / "downloads" / "running.zip").exists()
    server.asked.clear()
    list(download("kth", tmp_path))
    assert asked(server) == ["boxing.zip", "handwaving.zip", "handclapping.zip"]
    assert below(tmp_path) == kth_files()


PAGES = [b"Sorry, we moved.\n", ROWS[: len(ROWS) // 3 * 2].encode(), ROWS[:60].encode(), b"", b"\xff\xd8" * 100]


@pytest.mark.parametrize("page", PAGES)
def test_that_an_error_page_is_not_taken_for_the_list_of_sequences(
    server: Server, small_kth: dict[str, bytes], tmp_path: Path, page: bytes
) -> None:
    server.answers = [says(200, page, Content_Type="text/plain")]
    for _ in range(2):
        with pytest.raises(DownloadError, match=r"^00sequences\.txt: .*try again later or name a mirror") as caught:
            list(download("kth", tmp_path, sleep=lambda _: None))
        assert "\n" not in str(caught.value)
        assert below(tmp_path) == {}
    server.answers = [lambda handler: whole(handler, small_kth[handler.path.rpartition("/")[2]])]
    list(download("kth", tmp_path))
    assert below(tmp_path) == kth_files()


def test_that_a_list_left_unchecked_is_checked_before_it_is_used(
    server: Server, small_kth: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "00sequences.txt").write_bytes(b"Sorry, we moved.\n")
    with pytest.raises(DownloadError, match="something else was sent in its place"):
        list(download("kth", tmp_path))
    list(download("kth", tmp_path))
    assert below(tmp_path) == kth_files()


@pytest.mark.parametrize("mirror", ["here", "here/", "here/boxing.zip", "here/00sequences.txt"])
def test_that_a_mirror_is_a_folder_or_any_file_in_it(
    server: Server, small_kth: dict[str, bytes], tmp_path: Path, mirror: str
) -> None:
    list(download("kth", tmp_path, server.url(mirror)))
    assert below(tmp_path) == kth_files()
    assert sorted(path for path, _ in server.asked) == sorted(f"/here/{name}" for name in small_kth)


def test_that_a_mirror_that_names_the_file_is_asked_as_it_stands(server: Server, small_bair: bytes, tmp_path: Path) -> None:
    list(download("bair", tmp_path, server.url(f"x/{BAIR_TAR}?download=1")))
    assert [path for path, _ in server.asked] == [f"/x/{BAIR_TAR}?download=1"]
    assert set(below(tmp_path)) == {f"softmotion30_44k/{name}" for name in BAIR}


def test_that_a_hostile_archive_in_place_of_one_without_checksum_is_refused(
    server: Server, small_bair: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tar_of({"softmotion30_44k/train/x.tfrecords": b"1", "softmotion30_44k/../../evil": b"2"})
    entry = downloads.DOWNLOADS["bair"]
    file = replace(entry.files[0], size=len(raw), digest=None)
    monkeypatch.setitem(downloads.DOWNLOADS, "bair", replace(entry, files=(file,)))
    server.answers = [lambda handler: whole(handler, raw)]
    with pytest.raises(DataError, match="a name that is not unpacked"):
        list(download("bair", tmp_path))
    assert list(below(tmp_path)) == [f"downloads/{BAIR_TAR}"]


def test_that_what_has_arrived_is_told(server: Server, small_kth: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "boxing.zip").write_bytes(small_kth["boxing.zip"])
    (tmp_path / "downloads" / "walking.zip.part").write_bytes(bytes(500))
    found = arrived("kth", tmp_path)
    assert found.archives == {"boxing.zip": tmp_path / "downloads" / "boxing.zip"}
    assert found.size == 500 + len(small_kth["boxing.zip"])

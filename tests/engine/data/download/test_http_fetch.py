"""Servers, proxies and addresses of all kinds: no more bytes than are wanted, one sentence, and no secret in anything written."""

from __future__ import annotations

import base64
import gc
import gzip
import hashlib
import json
import re
import shutil
import socket
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.raw_server import CERTIFICATES, Answer, RawServer, raw_server, says

from svg_studio.engine.data.download import http_fetch
from svg_studio.engine.data.download.download import download
from svg_studio.engine.data.download.http_fetch import fetch
from svg_studio.engine.errors import DownloadError
from svg_studio.engine.events import Event, Progressed

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see no_leftovers
BODY = np.random.default_rng(5).bytes(200_000)
SIZE = len(BODY)
MD5 = ("md5", hashlib.md5(BODY).hexdigest())
OK = "HTTP/1.1 200 OK"
PART = "HTTP/1.1 206 Partial Content"
CHUNKED = "Transfer-Encoding: chunked"
LENGTH = f"Content-Length: {SIZE}"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """What a connection that was given up leaves goes here: urllib3 does not close one whose headers it refuses."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    gc.collect()


@pytest.fixture
def server(no_leftovers: None) -> Iterator[RawServer]:
    with raw_server() as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file.bin"


def refusal(urls: list[str], path: Path, **options: Any) -> str:
    """What is said of a download that does not succeed; nothing is left under the file's name."""
    with pytest.raises(DownloadError) as caught:
        list(fetch(urls, path, **{"sleep": lambda _: None, "tries": 2, **options}))
    assert not path.exists()
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 1000
    return said


def on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.rglob("*") if file.is_file())


def chunks(body: bytes, *, ends: bool = True) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body) + (b"0\r\n\r\n" if ends else b"")


def for_ever(*lines: str, piece: bytes) -> Answer:
    """A body without end, of as many bytes as the other side takes."""

    def answer(connection: socket.socket, head: str) -> None:
        says(*lines)(connection, head)
        while True:
            connection.sendall(piece)

    return answer


def range_of(span: str, body: bytes, *more: str) -> Answer:
    return says(PART, f"Content-Length: {len(body)}", f"Content-Range: {span}", 'ETag: "one"', *more, body=body)


WHOLE, BEGUN = says(OK, LENGTH, body=BODY), says(OK, LENGTH, body=BODY[:70_000])
MANY = bytes(1 << 16)
ENDLESS = {
    "chunked": for_ever(OK, CHUNKED, piece=chunks(MANY, ends=False)),
    "until it closes": for_ever(OK, piece=MANY),
    "packed": for_ever(OK, CHUNKED, "Content-Encoding: gzip", piece=chunks(gzip.compress(bytes(1 << 26)), ends=False)),
    "one long line in place of a chunk": for_ever(OK, CHUNKED, piece=b"1" * (1 << 16)),
    "headers": for_ever(OK, piece=b"X-Header: y\r\n"),
    "one header": for_ever(OK, "X-Header: ", piece=b"x" * (1 << 16)),
    "a page on the way": for_ever("HTTP/1.1 302 Found", "Location: /file.bin", CHUNKED, piece=chunks(MANY, ends=False)),
}


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("options", [{"size": SIZE, "digest": MD5}, {"size": SIZE}, {"digest": MD5, "most": SIZE}, {"most": SIZE}])
def test_that_a_body_without_end_stops_at_what_is_wanted(
    server: RawServer, path: Path, kind: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 0
    verify = http_fetch._verify

    def measured(*arguments: Any) -> Any:
        nonlocal most
        most = max(most, on_disk(path))
        return verify(*arguments)

    monkeypatch.setattr(http_fetch, "_verify", measured)
    server.answers = [ENDLESS[kind]]
    refusal([server.url()], path, **options)
    assert max(most, on_disk(path)) <= SIZE + 1000  # with the journal
    assert len(server.asked) <= 2 * (http_fetch._REDIRECTS + 1)


def test_that_a_file_of_unknown_size_leaves_room_on_the_disk(
    server: RawServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [ENDLESS["chunked"]]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=http_fetch._SPARE + 500_000 - on_disk(path)))
    assert "make room or choose another folder" in refusal([server.url()], path, digest=MD5)
    assert 0 < on_disk(path) <= 500_000


RIGHT_IN_THE_END = {
    "chunked": [says(OK, CHUNKED, body=chunks(BODY))],
    "chunked, and more behind it": [says(OK, CHUNKED, body=chunks(BODY, ends=False) + chunks(b"more"))],
    "more behind the length": [says(OK, LENGTH, body=BODY + b"more")],
    "the same length twice": [says(OK, LENGTH, LENGTH, body=BODY)],
    "a length below 0": [says(OK, "Content-Length: -5", body=BODY)],
    "a length in words": [says(OK, "Content-Length: many", body=BODY)],
    "another range": [BEGUN, range_of(f"bytes 5-{SIZE - 1}/{SIZE}", BODY[5:]), WHOLE],
    "a range before what is asked for, backwards": [
        BEGUN, range_of(f"bytes 70000-5/{SIZE}", BODY[70_000:]), WHOLE,
    ],
    "a range beyond the end": [
        BEGUN, range_of(f"bytes 70000-{SIZE}/{SIZE}", BODY[70_000:] + b"x"), WHOLE,
    ],
    "nonsense for a range": [BEGUN, range_of("bytes ²-x/" + "9" * 5000, BODY[70_000:]), WHOLE],
    "no range where one was asked for": [BEGUN, WHOLE],
    "a range of unknown whole": [BEGUN, range_of(f"bytes 70000-{SIZE - 1}/*", BODY[70_000:])],
    "a version of 60,000 letters": [says(OK, LENGTH, f'ETag: "{"x" * 60_000}"', f"Last-Modified: {'y' * 60_000}", body=BODY)],
    "a version with control characters": [
        says(OK, LENGTH, 'ETag: "a\x1b[2J\x07é"', "Last-Modified: \x1b[2J", body=BODY[:70_000]), WHOLE,
    ],
    "a header over two lines": [says(OK, LENGTH, 'ETag: "a', ' b"', body=BODY[:70_000]), WHOLE],
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGHT_IN_THE_END)
def test_that_odd_answers_cost_no_byte(server: RawServer, path: Path, kind: str) -> None:
    server.answers = list(RIGHT_IN_THE_END[kind])
    list(fetch([server.url()], path, size=SIZE, digest=MD5, sleep=lambda _: None))
    assert path.read_bytes() == BODY
    assert [file.name for file in path.parent.iterdir()] == [path.name]


REFUSED = {
    "a length of 5,000 digits": (says(OK, "Content-Length: " + "9" * 5000, body=BODY), "states a length of 5,000 digits"),
    "a length of 100 digits": (says(OK, "Content-Length: " + "9" * 100, body=BODY), "states a length of 100 digits"),
    "two lengths": (says(OK, LENGTH, "Content-Length: 5", body=BODY), "contradicts itself on how long the file is"),
    "two lengths in one": (says(OK, f"Content-Length: {SIZE}, 5", body=BODY), "contradicts itself on how long the file is"),
    "another length": (says(OK, "Content-Length: 5", body=b"12345"), "holds 5 bytes, not 200,000"),
    "not HTTP": (says("SSH-2.0-OpenSSH_9.2"), "gives no answer that can be read"),
    "nothing": (lambda connection, _: None, "gives no answer that can be read"),
    "a header of 70,000 letters": (says(OK, f'ETag: "{"x" * 70_000}"'), "gives no answer that can be read"),
    "1,000 headers": (says(OK, *[f"X-{n}: y" for n in range(1000)]), "gives no answer that can be read"),
    "a loop": (says("HTTP/1.1 302 Found", "Location: /file.bin"), "from one address to the next without end"),
    "to a file": (
        says("HTTP/1.1 302 Found", "Location: file:///etc/passwd"),
        "leads to file:///etc/passwd, which is nothing to download",
    ),
    "to FTP": (says("HTTP/1.1 301 Moved", "Location: ftp://127.0.0.1/x"), "which is nothing to download"),
    "to nonsense": (says("HTTP/1.1 301 Moved", "Location: http://[x/"), "is no address to download from"),
    "to bytes that are no text": (says("HTTP/1.1 301 Moved", "Location: /\xff\xfe"), "is no address to download from"),
    "to control characters": (says("HTTP/1.1 301 Moved", "Location: data:\x1b[2J"), r"leads to data:\x1b[2J"),
    "to 50,000 letters": (says("HTTP/1.1 301 Moved", f"Location: data:{'x' * 50_000}"), "which is nothing to download"),
    "nowhere": (says("HTTP/1.1 302 Found", "Content-Length: 0"), "answers 302"),
    "a password wanted": (says("HTTP/1.1 401 Unauthorized", "Content-Length: 0"), "put the name and the password that it asks for"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_that_what_cannot_be_taken_is_one_sentence(server: RawServer, path: Path, kind: str) -> None:
    answer, told = REFUSED[kind]
    server.answers = [answer]
    said = refusal([server.url()], path, size=SIZE, digest=MD5)
    assert said.startswith("file.bin: ")
    assert told in said
    assert said.endswith(" or name a mirror")
    assert said.isprintable()


@pytest.mark.parametrize(
    "url", ["http://[x/file.bin", "http://127.0.0.1:99999/x", "http://u:p@ss:w@/x", "http:///x", "http://*.x/", "\x1b[2J"]
)
def test_that_an_address_that_is_none_is_one_sentence(path: Path, url: str) -> None:
    said = refusal([url], path)
    assert said.isprintable()
    assert "is no address to download from; check the address" in said or "cannot be reached" in said


def test_that_a_mirror_that_is_no_address_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is no address to download from; begin it with"):
        list(download("mnist", tmp_path, "http://user:geheim[@x/"))


def test_that_a_range_of_another_whole_is_not_stitched_together(server: RawServer, path: Path) -> None:
    first = says(OK, LENGTH, 'ETag: "one"', body=BODY[:70_000])
    server.answers = [first, range_of(f"bytes 70000-{SIZE}/{SIZE + 1}", BODY[70_000:] + b"x"), WHOLE]
    list(fetch([server.url()], path, sleep=lambda _: None))
    assert path.read_bytes() == BODY


@pytest.mark.parametrize(
    "begun", [b"", f"{OK}\r\n".encode(), f"{OK}\r\n{LENGTH}\r\n\r\n12".encode(), b"HTTP/1.1 100 Continue\r\n\r\n" * 3]
)
def test_that_a_server_that_drips_is_given_up(server: RawServer, path: Path, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def drips(connection: socket.socket, _: str) -> None:
        connection.sendall(begun)
        server.closing.wait(60)

    server.answers = [drips]
    monkeypatch.setattr(http_fetch, "PATIENCE", 0.0)
    assert "127.0.0.1 sends next to nothing; try again later or name a mirror" in refusal([server.url()], path, tries=1)


CERTIFICATE = {
    "expired.pem": "shows a certificate that is out of date; check this computer's clock or name a mirror",
    "other.pem": "shows the certificate of another host; check the address or name a mirror",
    "right.pem": "",
}


@pytest.mark.parametrize("certificate", CERTIFICATE)
def test_that_a_certificate_is_judged(path: Path, certificate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(certificate) as server:
        server.answers = [WHOLE]
        said = refusal([server.url()], path, digest=MD5, tries=1)
        assert "shows a certificate that nobody signed whom this computer trusts; put" in said or "out of date" in said
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / certificate))
        if told := CERTIFICATE[certificate]:
            assert refusal([server.url()], path, digest=MD5) == f"file.bin: 127.0.0.1 {told}"
        else:
            list(fetch([server.url()], path, digest=MD5))
            assert path.read_bytes() == BODY
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
        path.unlink(missing_ok=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path.with_name("none.pem")))
        assert "REQUESTS_CA_BUNDLE names no certificates that can be read; mend that variable" in refusal([server.url()], path)


def test_that_nothing_leads_out_of_https(server: RawServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers = [WHOLE]
    with raw_server("right.pem") as safe:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "right.pem"))
        safe.answers = [says("HTTP/1.1 302 Found", f"Location: {server.url()}")]
        said = refusal([safe.url()], path)
        assert f"leads out of https to {server.url()}; name that address itself or name a mirror" in said
        assert server.asked == []
        list(fetch([server.url()], path))
        path.unlink()
        server.answers = [says("HTTP/1.1 302 Found", f"Location: {safe.url()}")]
        safe.answers = [WHOLE]
        list(fetch([server.url()], path))
    assert path.read_bytes() == BODY


def test_that_a_server_without_tls_is_told(server: RawServer, path: Path) -> None:
    server.answers = [WHOLE]
    assert "does not speak https as this computer does; check the address" in refusal([server.url().replace("http", "https")], path)


SECRET, TOKEN = "geheim", "zzTOKENzz"
PERSON = f"user:{SECRET}@"
QUERY = f"file.bin?token={TOKEN}&X-Amz-Signature={TOKEN}&download=1"
SECRETS = (SECRET, TOKEN, base64.b64encode(f"user:{SECRET}".encode()).decode())
SECRET_ANSWERS: dict[str, Answer] = {
    "cut short": says(OK, LENGTH, 'ETag: "one"', body=BODY[:70_000]),
    "too long": ENDLESS["chunked"],
    "refused": says("HTTP/1.1 403 Forbidden", "Content-Length: 0"),
    "busy": says("HTTP/1.1 503 Busy", "Content-Length: 0"),
    "a page": says(OK, "Content-Type: text/html", "Content-Length: 0"),
    "two lengths": REFUSED["two lengths"][0],
    "not HTTP": REFUSED["not HTTP"][0],
    "a loop": says("HTTP/1.1 302 Found", f"Location: /{QUERY}"),
    "to an address with a password": says("HTTP/1.1 302 Found", f"Location: http://{PERSON}127.0.0.1:1/{QUERY}"),
    "to no address, with a password": says("HTTP/1.1 302 Found", f"Location: ftp://{PERSON}host/{QUERY}"),
}


def tells_no_secret(urls: list[str], folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> str:
    """Fetches in vain; neither what is said and logged nor the traceback nor a file holds a secret."""
    path, events = folder / "file.bin", list[Event]()
    with pytest.raises(DownloadError) as caught:
        events.extend(fetch(urls, path, size=SIZE, sleep=lambda _: None, tries=2))
    streams = capfd.readouterr()
    everything = [
        "".join(traceback.format_exception(caught.value)), repr(events), caplog.text, streams.out, streams.err,
        *(file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()), *map(str, folder.rglob("*")),
    ]  # fmt: skip
    for secret in SECRETS:
        assert not [text for text in everything if secret in text]
    return str(caught.value)


@pytest.mark.parametrize("kind", SECRET_ANSWERS)
def test_that_no_secret_of_an_address_is_written_or_said(
    server: RawServer, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server.answers = [SECRET_ANSWERS[kind]]
    tells_no_secret([server.url(QUERY, PERSON)], tmp_path, caplog, capfd)
    assert SECRETS[2] in server.asked[0]  # but it is used
    assert f"token={TOKEN}" in server.asked[0]


@pytest.mark.parametrize(
    "url",
    [
        f"http://{PERSON}127.0.0.1:1/{QUERY}", f"https://{PERSON}127.0.0.1:1/{QUERY}", f"http://{PERSON}[x/{QUERY}",
        f"http://user:{SECRET}/1@127.0.0.1/{QUERY}", f"ftp://{PERSON}127.0.0.1/{QUERY}", f"{PERSON}127.0.0.1/{QUERY}",
        f"http://{PERSON}127.0.0.1:99999/{QUERY}", f"http://{PERSON}/{QUERY}", f"http://user:a {SECRET}@/{QUERY}",
    ],
)  # fmt: skip
def test_that_an_address_that_does_not_answer_tells_no_secret(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    tells_no_secret([url], tmp_path, caplog, capfd)


def test_that_the_journal_of_a_part_goes_on_without_secrets(server: RawServer, path: Path) -> None:
    server.answers = [says(OK, LENGTH, 'ETag: "one"', body=BODY[:70_000])]
    events = fetch([server.url(QUERY, PERSON)], path)
    next(event for event in events if isinstance(event, Progressed) and event.done == 70_000)
    events.close()
    assert json.loads(path.with_name("file.bin.part.json").read_text())["url"] == server.url(
        "file.bin?token=…&X-Amz-Signature=…&download=1"
    )
    server.answers = [range_of(f"bytes 70000-{SIZE - 1}/{SIZE}", BODY[70_000:])]
    list(fetch([server.url(QUERY, PERSON)], path))
    assert path.read_bytes() == BODY
    assert 'If-Range: "one"' in server.asked[-1]


def test_that_a_password_goes_to_its_own_host_alone(server: RawServer, path: Path) -> None:
    with raw_server() as other:
        server.answers = [says("HTTP/1.1 302 Found", "Location: /again"), says("HTTP/1.1 302 Found", f"Location: {other.url()}")]
        other.answers = [WHOLE]
        list(fetch([server.url(person=PERSON)], path))
        assert [SECRETS[2] in head for head in server.asked] == [True, True]
        assert [SECRETS[2] in head for head in other.asked] == [False]


PROXIES = {
    "unreachable": (None, "the proxy cannot be reached; mend HTTPS_PROXY or HTTP_PROXY or name a mirror"),
    "wants a password": (
        says("HTTP/1.1 407 Proxy Authentication Required", "Content-Length: 0"),
        "the proxy asks for a name and a password; put them into HTTPS_PROXY or HTTP_PROXY or name a mirror",
    ),
    "no address": ("http:///", "the proxy cannot be reached"),
    "breaks off": (lambda connection, _: None, "; "),
}


@pytest.mark.parametrize("kind", PROXIES)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_that_a_proxy_is_named_and_its_password_is_not(
    server: RawServer,
    tmp_path: Path,
    kind: str,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer, told = PROXIES[kind]
    proxy = f"http://{PERSON}127.0.0.1:1" if answer is None else answer if isinstance(answer, str) else server.url("", PERSON)
    server.answers = [answer] if callable(answer) else []
    monkeypatch.setenv(f"{scheme}_proxy", proxy)
    said = tells_no_secret([f"{scheme}://{PERSON}host.example/{QUERY}"], tmp_path, caplog, capfd)
    assert told in said
    assert re.match(r"file\.bin: .*; .*", said)

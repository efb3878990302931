"""A local server that gives files with ranges and can fall silent half-way through one of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def half_of(path: Path) -> int:
    """About half of the bytes, in whole pieces of those that a download reads at once."""
    return path.stat().st_size // 2 >> 16 << 16


class Handler(BaseHTTPRequestHandler):
    """Gives files with ranges; of `server.stalling` it sends a half, then nothing until it may go on."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        path = server.folder / Path(self.path).name
        if not path.is_file():
            self.send_error(404)
            return
        body, span = path.read_bytes(), self.headers.get("Range")
        first = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        server.asked.append((path.name, first))
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(len(body) - first))
        self.send_header("ETag", '"one"')
        if span:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        self.close_connection = True
        if path.name == server.stalling:
            self.wfile.write(body[first : half_of(path)])
            self.wfile.flush()
            server.go_on.wait(60)
            return
        self.wfile.write(body[first:])

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[tuple[str, int]] = []
        self.stalling = ""
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server of the files in `folder` while the block runs."""
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()

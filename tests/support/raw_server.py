"""A local server that sends whatever bytes a test tells it to, over TLS too."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Answer = Callable[[socket.socket, str], None]  # the connection and the head of the request

CERTIFICATES = Path(__file__).parents[1] / "data" / "tls"  # made for these tests, each with its key; good until 2120 or expired


def says(*lines: str, body: bytes = b"") -> Answer:
    """A head of these lines, and a body."""
    return lambda connection, _: connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


class RawServer:
    """Gives `answers` one a request, the last one for ever; `asked` are the heads of what came in."""

    def __init__(self, certificate: str = "") -> None:
        self.answers: list[Answer] = []
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls:
            self._tls.load_cert_chain(CERTIFICATES / certificate)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def url(self, name: str = "file.bin", person: str = "") -> str:
        return f"{'https' if self._tls else 'http'}://{person}127.0.0.1:{self.port}/{name}"

    def close(self) -> None:
        self.closing.set()

    def _accept(self) -> None:
        self._listener.settimeout(0.01)  # closing it wakes nobody who waits for a connection
        while not self.closing.is_set():
            with contextlib.suppress(TimeoutError):
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()
        self._listener.close()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(60)
            talk = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with talk:
                head = b""  # or the hello of TLS
                while b"\r\n\r\n" not in head and not head.startswith(b"\x16") and (piece := talk.recv(1 << 16)):
                    head += piece
                if head:
                    self.asked.append(head.decode("latin-1"))
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    answer(talk, self.asked[-1])


@contextmanager
def raw_server(certificate: str = "") -> Iterator[RawServer]:
    """A server while the block runs; `certificate`: a file in CERTIFICATES."""
    server = RawServer(certificate)
    try:
        yield server
    finally:
        server.close()

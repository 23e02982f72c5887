"""A server on this computer for the tests of downloads, and the one hole in the suite's wall."""

from __future__ import annotations

import _socket
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

OfflineSocket = socket.socket
RealSocket = OfflineSocket.__mro__[1]


class LoopbackSocket(RealSocket):  # type: ignore[misc, valid-type]
    """A real one that reaches this computer only."""

    def connect(self, address: Any) -> None:
        if address[0] not in ("127.0.0.1", "::1"):
            raise OSError(f"the tests reach this computer only, not {address[0]}")
        super().connect(address)


class Server(http.server.ThreadingHTTPServer):
    """Files of a folder, with ranges and ETags; and what goes wrong with servers, when asked for."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        """Path and range of every request."""
        self.break_after: int | None = None
        """Bytes after which the next answers break off."""
        self.hold_after: int | None = None
        """Bytes after which answers wait for `go_on`, and then break off."""
        self.go_on = threading.Event()
        self.redirects: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.answers: dict[str, object] = {}
        """Path to what is answered as JSON."""
        self.etag = '"one"'

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server  # type: ignore[assignment]

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        server, path = self.server, self.path.split("?")[0]
        asked = self.headers.get("Range", "")
        server.asked.append((path, asked))
        if path in server.redirects:
            self._head(302, {"Location": server.redirects[path], "Content-Length": "0"})
        elif path in server.statuses:
            self._head(server.statuses[path], {"Content-Length": "0"})
        elif path in server.answers:
            self._send(200, json.dumps(server.answers[path]).encode(), {})
        elif (file := server.folder / path.lstrip("/")).is_file():
            self._file(file.read_bytes(), asked)
        else:
            self._head(404, {"Content-Length": "0"})

    def _file(self, data: bytes, asked: str) -> None:
        headers = {"ETag": self.server.etag, "Accept-Ranges": "bytes"}
        is_same = self.headers.get("If-Range", self.server.etag) == self.server.etag
        if asked and is_same:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end = int(first), int(last or len(data) - 1)
            if start >= len(data):
                self._head(416, {"Content-Length": "0"})
                return
            headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
            self._send(206, data[start : end + 1], headers)
        else:
            self._send(200, data, headers)

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self._head(status, {**headers, "Content-Length": str(len(data))})
        limit = self.server.break_after
        if limit is not None and len(data) > limit:
            self.server.break_after = None
            self.wfile.write(data[:limit])
            self.wfile.flush()
            self._break_off()
        elif (held := self.server.hold_after) is not None and len(data) > held:
            self.wfile.write(data[:held])
            self.wfile.flush()
            self.server.go_on.wait(60)
            self._break_off()
        else:
            self.wfile.write(data)

    def _break_off(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the other end may have done so
            self.connection.shutdown(socket.SHUT_RDWR)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server; while it runs this process may reach this computer, and nothing else."""
    monkeypatch.setattr(socket, "socket", LoopbackSocket)
    monkeypatch.setattr(socket, "getaddrinfo", _only_numbers)
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _only_numbers(host: str, port: int, *_: object, **__: object) -> list[Any]:
    """Looks nothing up: numbers are addresses already, and two names stand for two kinds of address."""
    known = {"public.example": "93.184.215.14", "inside.example": "192.168.1.1"}
    address = known.get(host, host)
    try:
        _socket.inet_aton(address)
    except OSError:
        raise socket.gaierror(f"{host} is not looked up in tests") from None
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

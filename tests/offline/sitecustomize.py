"""On the path of every process that the tests start: no internet socket can be made there, and none waits
for the disk itself: what a killed process wrote the system has, and no test cuts the power."""

from __future__ import annotations

import os
import socket

INTERNET = {socket.AF_INET, socket.AF_INET6}


class OfflineSocket(socket.socket):
    """A socket that refuses the internet families; local (AF_UNIX) ones work."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None):
        if fileno is None and (family in INTERNET or family == -1):
            raise OSError("Lienzo's tests run offline: something tried to open an internet socket")
        super().__init__(family, type, proto, fileno)


def refuse(*_: object, **__: object) -> None:
    raise OSError("Lienzo's tests run offline: something tried to look up a host")


if socket.socket.__name__ != OfflineSocket.__name__:  # a worker of the suite comes by here twice
    socket.socket = OfflineSocket  # type: ignore[misc]
    socket.getaddrinfo = refuse  # type: ignore[assignment]
    socket.create_connection = refuse  # type: ignore[assignment]


def written_is_enough(descriptor: int) -> None:
    """`os.fsync`, of which the suite calls thousands, at 4 ms each."""
    os.fstat(descriptor)  # it is open


os.fsync = written_is_enough

"""One window on one profile and one library: a second start hands its files to the first."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QLockFile, QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger("app")

PATIENCE_MS = 5000
LARGEST_MESSAGE = 1 << 20


class SingleInstance(QObject):
    """Holds the lock of a folder, which a dead process's lock does not stand against."""

    files_received = Signal(object)
    """list[str]: absolute paths that a second start was given; empty when it was just started."""

    def __init__(self, lock_file: Path, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._lock = QLockFile(str(lock_file))
        self._lock.setStaleLockTime(0)  # a lock never gets old; only its holder's death frees it
        self._name = name_for(folder)
        self._server: QLocalServer | None = None
        self._sockets: list[QLocalSocket] = []

    @classmethod
    def of_profile(cls, folder: Path) -> SingleInstance:
        """Of the folder with the journal."""
        return cls(folder / "lienzo.lock", folder)

    @classmethod
    def of_library(cls, folder: Path) -> SingleInstance:
        """Of a folder of pictures, which another profile may have chosen too.

        The lock lies among the temporary files: a library on a stick or a share may not be there yet, or
        only be read, and gets no files besides its pictures.
        """
        return cls(Path(QDir.tempPath()) / f"{name_for(folder.resolve())}.lock", folder.resolve())

    def take(self) -> bool:
        """True where this is the first start, as far as can be told: no place for a lock is no refusal."""
        return self._lock.tryLock(0) or self._lock.error() is not QLockFile.LockError.LockFailedError

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._sockets.clear()
        self._lock.unlock()

    def listen(self) -> None:
        """Receive the files of later starts."""
        # QtNetwork is loaded after the first paint; a local server is a file, not a network socket
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._name)  # a killed first start leaves its file
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._take_connection)
        if not server.listen(self._name):
            log.info("later starts cannot be heard: %s", server.errorString())
        self._server = server

    def hand_over(self, files: list[str]) -> bool:
        """Give `files` to the first start; False where it does not answer."""
        # as above: only the second start needs it here
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(PATIENCE_MS):
            return False
        socket.write(json.dumps({"files": files}).encode() + b"\n")
        while socket.bytesToWrite():
            if not socket.waitForBytesWritten(PATIENCE_MS):
                return False
        return socket.waitForReadyRead(PATIENCE_MS) and bytes(socket.readAll().data()).startswith(b"ok")

    def _take_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            self._sockets.append(socket)
            socket.readyRead.connect(self._read_all)
            socket.disconnected.connect(self._read_all)
        self._read_all()

    @Slot()
    def _read_all(self) -> None:
        """Answer what is complete; forget who is gone."""
        for socket in list(self._sockets):
            self._read(socket)
            if socket.state() == socket.LocalSocketState.UnconnectedState:
                self._sockets.remove(socket)
                socket.deleteLater()

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LARGEST_MESSAGE:
                self._refuse(socket)
            return
        try:
            files = json.loads(bytes(socket.readLine().data()))["files"]
            files = [file for file in files if isinstance(file, str)]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._refuse(socket)
            return
        socket.write(b"ok\n")
        socket.flush()
        self.files_received.emit(files)

    def _refuse(self, socket: QLocalSocket) -> None:
        """Not ours. Later, because closing says `disconnected`, which may be what brought us here."""
        QTimer.singleShot(0, socket, socket.disconnectFromServer)


def name_for(folder: Path) -> str:
    """The same in every process that means the same folder."""
    return f"lienzo-{hashlib.sha256(str(folder).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def hand_over(first: SingleInstance, files: Sequence[str], why: str) -> int:
    """Give `files` to who holds `first`; the exit code. `why` begins the sentence where nobody answers."""
    if first.hand_over([str(Path(file).absolute()) for file in files]):
        return 0
    sys.stderr.write(f"{why}, but it does not answer. End it and start again.\n")
    return 1

"""A small JSON file that follows what the app knows: written soon after a change, whole or not at all."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from engine.api.errors import CannotSave
from engine.library.save import save_bytes

log = logging.getLogger("app")


class KeptFile(QObject):
    """Writes `content()` to `path` some time after `write_soon()`, in the disk pool, one write at a time."""

    could_not_save = Signal(object)
    """The `CannotSave` of a write that failed; said once until a write succeeds again."""

    saves_again = Signal()
    """After a write that failed, one went well."""

    def __init__(
        self,
        path: Path,
        content: Callable[[], dict[str, Any]],
        background: Background,
        delay_ms: int = 500,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.path = path
        self._content = content
        self._background = background
        self._timer = QTimer(self, singleShot=True, interval=delay_ms)
        self._timer.timeout.connect(self._write)
        self._written = b""
        self._is_writing = False
        self._is_failing = False

    def write_soon(self) -> None:
        """Something changed. The first change starts the clock, so that steady typing is written too."""
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Write now, on this thread, if anything differs from what is on disk."""
        self._timer.stop()
        data = self._encoded()
        if data == self._written:
            return
        try:
            save_bytes(self.path, data)
        except CannotSave as error:
            self._failed(error)
        else:
            self._done(data)

    def _write(self) -> None:
        if self._is_writing:
            return self.write_soon()
        data = self._encoded()
        if data == self._written:
            return None
        self._is_writing = True
        self._background.run(
            save_bytes, self.path, data, done=lambda _: self._done(data), failed=self._failed
        )

    def _encoded(self) -> bytes:
        return json.dumps(self._content(), ensure_ascii=True, indent=1).encode()

    def _done(self, data: bytes) -> None:
        failed, self._is_failing = self._is_failing, False
        self._written, self._is_writing = data, False
        if failed:
            self.saves_again.emit()
        if data != self._encoded():
            self.write_soon()  # changed meanwhile, or a `flush` was overtaken by this older write

    def _failed(self, error: Exception) -> None:
        self._is_writing = False
        if not isinstance(error, CannotSave):
            raise error
        if not self._is_failing:
            self._is_failing = True
            self.could_not_save.emit(error)
        self.write_soon()


def read_kept(path: Path) -> tuple[dict[str, Any], Path | None]:
    """The content of `path` (empty where there is none) and where a damaged file was set aside.

    A damaged file is renamed beside itself, never overwritten.
    """
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, dict):
            return content, None
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        log.info("%s is damaged: %s", path, error)
    return {}, set_aside(path)


def set_aside(path: Path) -> Path | None:
    """Rename `path` to a dated name beside it; None where that is not possible."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    try:
        return path.replace(aside)
    except OSError:
        return None

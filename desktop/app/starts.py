"""Counts starts that ended badly, so that the third does not do what killed the first two."""

from __future__ import annotations

import json
from pathlib import Path

from engine.api.errors import CannotSave
from engine.library.save import save_bytes

SURVIVED_AFTER_MS = 30_000
"""A window that is up this long did not die of its start."""
SAFE_AFTER = 2


class Starts:
    """A small file that says how many starts in a row did not survive."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "starts.json"

    def begin(self) -> int:
        """Count this start as failed until `survived`; how many before it failed in a row."""
        failed = self._read()
        self._write(failed + 1)
        return failed

    def survived(self) -> None:
        """The window is up for a while, or was closed as it should be."""
        self._write(0)

    def _read(self) -> int:
        try:
            failed = json.loads(self._path.read_bytes())["failed"]
            return failed if isinstance(failed, int) and failed > 0 else 0
        except (OSError, ValueError, TypeError, KeyError):
            return 0

    def _write(self, failed: int) -> None:
        try:
            save_bytes(self._path, json.dumps({"failed": failed}).encode())
        except CannotSave:
            pass  # a full disk must not keep the window from opening

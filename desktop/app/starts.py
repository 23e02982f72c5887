"""Knows how the last windows ended: after two that died of their start the third does less."""

from __future__ import annotations

import json
from pathlib import Path

from engine.api.errors import CannotSave
from engine.library.save import save_bytes

SURVIVED_AFTER_MS = 30_000
"""A window that is up this long did not die of its start."""
SAFE_AFTER = 2


class Starts:
    """A small file that says how many starts in a row did not survive, and whether the window is open."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "starts.json"
        self.was_broken_off = False
        """After `begin`: the window before was not closed as it should be."""
        self.is_one_too_many = False
        """After `begin`: so many starts failed that this one begins no work."""

    def begin(self) -> int:
        """Count this start as failed until `survived`; how many before it failed in a row."""
        failed, self.was_broken_off = self._read()
        self.is_one_too_many = failed >= SAFE_AFTER
        self._write(failed + 1)
        return failed

    def survived(self) -> None:
        """The window is up for a while."""
        self._write(0)

    def ended(self) -> None:
        """It was closed as it should be."""
        self._write(0, is_open=False)

    def _read(self) -> tuple[int, bool]:
        try:
            form = json.loads(self._path.read_bytes())
            failed, is_open = form["failed"], form.get("open") is True
            return (failed if isinstance(failed, int) and failed > 0 else 0), is_open
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return 0, False

    def _write(self, failed: int, is_open: bool = True) -> None:
        try:
            save_bytes(self._path, json.dumps({"failed": failed, "open": is_open}).encode())
        except CannotSave:
            pass  # a full disk must not keep the window from opening

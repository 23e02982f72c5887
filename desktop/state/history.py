"""The prompts used before, to step back to with Alt+Up and Alt+Down."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 200
"""Entries kept."""


class PromptHistory:
    """Oldest first. What is being typed when one starts to look back is found again at the end."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.entries = list(entries)[-LONGEST:]
        self._position = len(self.entries)
        self._typed = ""

    def add(self, prompt: str) -> None:
        """Remember a prompt that was used; one in a row is kept once, an empty one not at all."""
        if prompt.strip() and (not self.entries or self.entries[-1] != prompt):
            self.entries = [*self.entries, prompt][-LONGEST:]
        self._position = len(self.entries)

    def previous(self, present: str = "") -> str | None:
        """The prompt before the one last given, None at the oldest. `present` is what the editor holds."""
        if self._position == len(self.entries):
            self._typed = present
        position = self._position - 1
        while position >= 0 and self.entries[position] == present:
            position -= 1
        return self._go_to(position)

    def next(self) -> str | None:
        """The prompt after the one last given, at last what was typed; None beyond."""
        return self._go_to(self._position + 1)

    def _go_to(self, position: int) -> str | None:
        if not 0 <= position <= len(self.entries):
            return None
        self._position = position
        return self._typed if position == len(self.entries) else self.entries[position]

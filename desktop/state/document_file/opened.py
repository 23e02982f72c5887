"""What opening a file gives."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.state.document.document_state import DocumentState


@dataclass(frozen=True, eq=False)
class OpenedDocument:
    """A document that nobody else holds yet, with what should be said about it."""

    state: DocumentState
    view: str = ""
    """How one looked at it when it was saved: for the canvas; empty where the file does not say."""
    notes: tuple[str, ...] = ()
    """What was left out, repaired or not understood: words of `NOTES`, and those of `engine.library.gate`."""
    keeps_path: bool = True
    """False where saving to the same file would lose something: then the artist is asked for another name."""


NOTES = (
    "newer", "state_damaged", "changed_elsewhere", "unknown_operator", "mode_lost", "not_png",
    "recipe_damaged",
)  # fmt: skip

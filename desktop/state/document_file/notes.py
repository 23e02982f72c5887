"""What should be said about a file that was opened or written, in the artist's words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from desktop.state.messages import Messages

translate = QCoreApplication.translate


def say_notes(messages: Messages, notes: Iterable[str]) -> None:
    """One message for each note; an unknown one is left out."""
    for note in notes:
        text = note_text(note)
        if text:
            messages.warning(text)


def note_text(note: str) -> str:
    match note:
        case "newer":
            return translate(
                "FileNotes",
                "A newer Lienzo saved this file. Its layers are here; masks and recipes are not. "
                "Save it under another name.",
            )
        case "state_damaged":
            return translate(
                "FileNotes",
                "What Lienzo keeps in this file is damaged. Its layers are here; masks and recipes are not. "
                "Save it under another name.",
            )
        case "changed_elsewhere":
            return translate(
                "FileNotes",
                "Another program saved this file since. Its layers are as that program left them.",
            )
        case "unknown_operator":
            return translate(
                "FileNotes",
                "A layer blends in a way that only another program knows. It is shown as normal, "
                "and written again as it was.",
            )
        case "mode_lost":
            return translate(
                "FileNotes", "PSD has no blend mode like that of one of the layers; there it is normal."
            )
        case "not_png":
            return translate(
                "FileNotes",
                "A layer is no pixels but vectors or text, which cannot be shown. "
                "Save it under another name to keep it.",
            )
        case "recipe_damaged":
            return translate("FileNotes", "How one of the results was made could not be read.")
        case "first_frame":
            return translate("FileNotes", "Of the animation the first picture was taken.")
        case "first_page":
            return translate("FileNotes", "Of the pages the first one was taken.")
        case "broken_profile":
            return translate("FileNotes", "The colour profile is damaged; the picture is read as sRGB.")
        case "no_profile":
            return translate(
                "FileNotes", "The picture is CMYK without a colour profile: its colours are a guess."
            )
    return ""

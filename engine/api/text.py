"""Text from people and files, made harmless before it goes anywhere."""

from __future__ import annotations

import re
import unicodedata

UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Nearly no text holds any, and of a hundred thousand pictures all are looked through."""


def clean_text(text: str) -> str:
    """`text` without what no file, database or display can hold.

    Lone surrogates and NUL become U+FFFD, other control characters but tab and newline go.
    Emoji, joiners and right-to-left text stay as typed.
    """
    if not UNCLEAN.search(text):
        return text
    return "".join(
        "�" if character == "\0" or "\ud800" <= character <= "\udfff" else character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\t\n\0" or not (character < " " or "\x7f" <= character <= "\x9f")
    )


def without_accents(text: str) -> str:
    """`tamaño` as `tamano`; letters that stand for two, as a ligature, come apart (Unicode's NFKD)."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))

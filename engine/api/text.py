"""Text from people and files, made harmless before it goes anywhere."""

from __future__ import annotations


def clean_text(text: str) -> str:
    """`text` without what no file, database or display can hold.

    Lone surrogates and NUL become U+FFFD, other control characters but tab and newline go.
    Emoji, joiners and right-to-left text stay as typed.
    """
    return "".join(
        "�" if character == "\0" or "\ud800" <= character <= "\udfff" else character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\t\n\0" or not (character < " " or "\x7f" <= character <= "\x9f")
    )

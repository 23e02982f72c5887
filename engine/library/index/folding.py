"""Text as it is searched: without accents and case, and scripts without spaces one letter a word.

SQLite's tokenizer makes one word of a whole Chinese sentence; put apart, any part of it is found as a phrase.
"""

from __future__ import annotations

import re
import unicodedata

from engine.api.text import without_accents

UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters."""


def folded(text: str) -> str:
    """The same for `Café`, `CAFÉ` and `cafe`; `海港` becomes ` 海  港 `."""
    if text.isascii():
        return text.lower()
    return UNSPACED.sub(r" \1 ", unicodedata.normalize("NFC", without_accents(text.casefold())))


def tokens(text: str) -> list[str]:
    """The words of `text` as the tokenizer divides them: letters, digits and what is private."""
    return re.findall(r"[^\W_]+", folded(text))

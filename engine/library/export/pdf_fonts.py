"""Letters of a PDF: the machine's own fonts, embedded; for Chinese, Japanese and Korean else every reader's.

Of the latter a PDF holds only the name and the text: the reader brings its font (ISO 32000-1, 9.7.5), and
what one copies is right anyhow.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

from engine.library.lettering import font_for, lacking

MEASURED_AT = 100
"""The size of the font in which lines are measured: large, so that rounding does not count."""
EVERYWHERE = "Helvetica"
JAPANESE, KOREAN, CHINESE = OF_READERS = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
"""Adobe's names."""


@dataclass(frozen=True)
class Run:
    """A part of a line in one font, by the name under which reportlab has it."""

    font: str
    text: str

    @property
    def width(self) -> float:
        """At `MEASURED_AT`."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return stringWidth(self.text, self.font, MEASURED_AT)


class PdfLetters:
    """Measures as `lettering.wrapped` asks."""

    def getlength(self, text: str, /) -> float:
        """How wide `text` is in a font of the size `MEASURED_AT`."""
        return sum(run.width for run in runs(text))


def runs(text: str) -> list[Run]:
    """`text` from left to right."""
    usual = _embedded(text)
    if usual is not None and not lacking(text):
        return [Run(usual, text)]
    parts = ("".join(part) for _, part in groupby(text, _is_east_asian))
    return [Run(_font_of(part), part) for part in parts]


def unseen_in(text: str) -> str:
    """Letters for which boxes will stand."""
    found: list[str] = []
    for run in runs(text):
        if run.font == EVERYWHERE:
            found += [letter for letter in run.text if not letter.encode("latin-1", "ignore")]
        elif run.font not in OF_READERS:
            found += lacking(run.text)
    return "".join(dict.fromkeys(found))


def _font_of(part: str) -> str:
    usual = _embedded(part)
    readers_own = _of_every_reader(part) if usual is None or lacking(part) else None
    return readers_own or usual or EVERYWHERE


def _embedded(text: str) -> str | None:
    """The machine's font for `text`; None where it is of a kind that a PDF cannot hold."""
    font = font_for(text, MEASURED_AT)
    path = getattr(font, "path", None)
    if not isinstance(font, ImageFont.FreeTypeFont) or not isinstance(path, (str, Path)):
        return None
    return _registered(str(path))


@lru_cache(maxsize=64)
def _registered(path: str) -> str | None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    name = Path(path).stem
    try:
        pdfmetrics.registerFont(TTFont(name, path))
    except (TTFError, OSError):
        return None
    return name


def _of_every_reader(text: str) -> str | None:
    """By the script of `text`; None for any that is not East Asian."""
    if not all(map(_is_east_asian, text)):
        return None
    names = " ".join(unicodedata.name(letter, "") for letter in text)
    is_japanese = "HIRAGANA" in names or "KATAKANA" in names
    return _registered_of_readers(JAPANESE if is_japanese else KOREAN if "HANGUL" in names else CHINESE)


@lru_cache(maxsize=8)
def _registered_of_readers(name: str) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


def _is_east_asian(letter: str) -> bool:
    """In the Basic Multilingual Plane: the tables of these fonts end there."""
    return unicodedata.east_asian_width(letter) in "WF" and letter < "\U00010000"

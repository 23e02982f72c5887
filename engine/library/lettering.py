"""Words drawn into pictures: labels of sheets, captions of contact sheets."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

from engine.api.text import without_accents

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FONTS = (
    "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "segoeui.ttf",
    "NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "msgothic.ttc", "msyh.ttc", "malgun.ttf",
    "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf", "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "NotoEmoji-Regular.ttf",
)  # fmt: skip
"""Of the system, by their files' names; where it has none of them, Pillow's own, which has no accents."""
BOX_PX = 64
NO_LETTER = "\U0010ffff"
"""What no font draws: it shows what a font draws for letters that it lacks."""


def font_for(text: str, size_px: int) -> Font:
    """The first font of this machine that has every letter of `text`; else the one that comes first."""
    fonts = _fonts(size_px)
    letters = {letter for letter in text if not letter.isspace()}
    return next((font for font in fonts if all(_has(font, letter) for letter in letters)), fonts[0])


def lacking(text: str) -> str:
    """Letters of `text` that its font on this machine does not have: they would be empty boxes."""
    font = font_for(text, 20)
    return "".join(
        dict.fromkeys(letter for letter in text if not letter.isspace() and not _has(font, letter))
    )


def drawable(text: str, size_px: int) -> str:
    """`text` in letters that `font_for` has: without accents where only Pillow's own font is there."""
    one_line = " ".join(text.split())
    if isinstance(_fonts(size_px)[0], ImageFont.FreeTypeFont) and len(_fonts(size_px)) > 1:
        return one_line
    return without_accents(one_line)


class Measuring(Protocol):
    """What of a font is asked for here."""

    def getlength(self, text: str, /) -> float: ...


def wrapped(text: str, width_px: int, font: Measuring, most_lines: int = 2) -> list[str]:
    """`text` in at most `most_lines` lines of at most `width_px`, broken at spaces, and between signs that
    are written without any; "…" says of the rest."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most_lines:
        line = words.pop(0)
        if font.getlength(line) > width_px and len(lines) < most_lines - 1 and _is_wide(line):
            line, rest = _broken(line, width_px, font)
            words.insert(0, rest)
            lines.append(line)
            continue
        while words and font.getlength(f"{line} {words[0]}") <= width_px:
            line = f"{line} {words.pop(0)}"
        if font.getlength(line) > width_px:
            line = _cut(line, width_px, font)
        lines.append(line)
    if words:
        lines[-1] = _cut(lines[-1] + " …", width_px, font)
    return lines


def _is_wide(word: str) -> bool:
    """Chinese, Japanese or Korean: a line may end anywhere."""
    return any(unicodedata.east_asian_width(letter) in "WF" for letter in word)


def _broken(line: str, width_px: int, font: Measuring) -> tuple[str, str]:
    """As much as fits, one sign at least, and the rest."""
    fits = next((at for at in range(len(line), 1, -1) if font.getlength(line[:at]) <= width_px), 1)
    return line[:fits], line[fits:]


def _cut(line: str, width_px: int, font: Measuring) -> str:
    line = line.removesuffix("…").rstrip()
    while line and font.getlength(line + "…") > width_px:
        line = line[:-1]
    return line.rstrip() + "…"


@lru_cache(maxsize=16)
def _fonts(size_px: int) -> tuple[Font, ...]:
    """Those of the machine, the usual ones first; Pillow's own at the end."""
    found: list[Font] = []
    for name in FONTS:
        try:
            found.append(ImageFont.truetype(name, size_px))
        except OSError:
            continue
    return (*found, ImageFont.load_default(size_px))


@lru_cache(maxsize=4096)
def _has(font: Font, letter: str) -> bool:
    return _drawn(font, letter) != _drawn(font, NO_LETTER)


def _drawn(font: Font, letter: str) -> bytes:
    """How it looks, in a box large enough for any."""
    box = Image.new("L", (2 * BOX_PX, 2 * BOX_PX))
    ImageDraw.Draw(box).text((BOX_PX // 2, BOX_PX // 2), letter, 255, font)
    return box.tobytes()

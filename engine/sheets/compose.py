"""The sheet as a picture: its cells in rows and columns, each axis labelled, a page for each value of z."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from engine.api.images import Pixels, read_only
from engine.library.lettering import drawable, font_for, wrapped
from engine.sheets.axis import Axis, AxisKind, label_of
from engine.sheets.sheet import Place, Sheet

PAPER, INK, FRAME = (250, 250, 250), (26, 26, 26), (214, 214, 214)
MOST_PIXELS = 120_000_000
LONGEST_PX = 16_000
"""What every viewer opens, ours included (`engine.library.gate`)."""
SMALLEST_CELL_PX, USUAL_CELL_PX = 24, 1024
GAP_SHARE, FONT_SHARE, SIDE_SHARE = 0.02, 0.055, 0.45
"""Of a cell's width: the gap between cells, the letters, the column of the rows' labels."""
LABEL_LINES, TITLE_LINES, LINE = 3, 2, 1.3

WORDS: Mapping[AxisKind, str] = {
    AxisKind.PROMPTS: "", AxisKind.SEEDS: "Seed", AxisKind.GUIDANCE: "Guidance", AxisKind.STEPS: "Steps",
    AxisKind.SAMPLERS: "", AxisKind.STRENGTH: "Strength", AxisKind.LORA: "", AxisKind.MODELS: "",
}  # fmt: skip
"""What stands before a value; a prompt, a sampler and a model say themselves."""


@dataclass(frozen=True)
class Layout:
    """All in pixels of the sheet."""

    cell: tuple[int, int]
    gap: int
    font: int
    side: int
    """Width of the column with the rows' labels; 0 without."""
    top: int
    """Height of the labels above the columns, of each page."""
    page_title: int
    title: int
    shape: tuple[int, int, int]

    @property
    def page_height(self) -> int:
        return self.page_title + self.top + self.shape[1] * (self.cell[1] + self.gap)

    @property
    def size(self) -> tuple[int, int]:
        columns, _, pages = self.shape
        width = self.side + columns * (self.cell[0] + self.gap) + self.gap
        return width, self.title + pages * self.page_height + self.gap

    def corner(self, place: Place) -> tuple[int, int]:
        """Upper left of a cell."""
        left = self.side + self.gap + place.x * (self.cell[0] + self.gap)
        top = self.title + place.z * self.page_height + self.page_title + self.top
        return left, top + place.y * (self.cell[1] + self.gap)


def layout(sheet: Sheet, cell: tuple[int, int], words: Mapping[AxisKind, str] = WORDS) -> Layout:
    """Cells of `cell` pixels, or as much smaller as the largest picture that can be opened asks for."""
    width, height = cell
    scale = 1.0
    while True:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        laid_out = _laid_out(sheet, size, words)
        fits = max(laid_out.size) <= LONGEST_PX and laid_out.size[0] * laid_out.size[1] <= MOST_PIXELS
        if fits or min(laid_out.cell) <= SMALLEST_CELL_PX:
            return laid_out
        scale *= 0.95


def _laid_out(sheet: Sheet, cell: tuple[int, int], words: Mapping[AxisKind, str]) -> Layout:
    font = min(max(round(cell[0] * FONT_SHARE), 11), 40)
    gap = max(3, round(cell[0] * GAP_SHARE))
    line = round(font * LINE)
    side = max(round(cell[0] * SIDE_SHARE), 5 * font) if sheet.y is not None else 0
    width = side + sheet.shape[0] * (cell[0] + gap) - gap
    title = len(_lines(sheet.base.prompt, width, TITLE_LINES, font))
    return Layout(
        cell=cell,
        gap=gap,
        font=font,
        side=side,
        top=line
        * max(
            len(_lines(label(sheet.x, value, words), cell[0], LABEL_LINES, font)) for value in sheet.x.values
        )
        + gap,
        page_title=line + 3 * gap if sheet.z is not None else 0,
        title=line * title + 4 * gap if title else gap,
        shape=sheet.shape,
    )


def compose(
    sheet: Sheet,
    picture: Callable[[Place], Pixels | None],
    cell: tuple[int, int] | None = None,
    words: Mapping[AxisKind, str] = WORDS,
) -> Pixels:
    """The sheet, h x w x 3. Pictures are asked for one after the other, so that few are in memory.

    Args:
        picture: The pixels of a cell; None where it was not made, which leaves its place empty.
        cell: Width and height of a cell; those of the request, at most 1,024 wide, where it is not given.
        words: What stands before the values of an axis, in the artist's language.
    """
    laid_out = layout(sheet, cell or usual_cell(sheet), words)
    paper = Image.new("RGB", laid_out.size, PAPER)
    pen = ImageDraw.Draw(paper)
    _write_title(pen, sheet, laid_out)
    for page in range(laid_out.shape[2]):
        _write_labels(pen, sheet, laid_out, page, words)
    for place in sheet.places():
        _put(paper, pen, picture(place), laid_out, place)
    return read_only(np.asarray(paper))


def usual_cell(sheet: Sheet) -> tuple[int, int]:
    width, height = sheet.base.extent
    scale = min(1.0, USUAL_CELL_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _put(
    paper: Image.Image, pen: ImageDraw.ImageDraw, pixels: Pixels | None, laid_out: Layout, place: Place
) -> None:
    """A picture of other proportions stands in the middle of its cell, whole."""
    left, top = laid_out.corner(place)
    width, height = laid_out.cell
    if pixels is None:
        pen.rectangle((left, top, left + width - 1, top + height - 1), outline=FRAME)
        pen.line((left, top, left + width - 1, top + height - 1), fill=FRAME)
        return
    image = Image.fromarray(pixels)
    scale = min(width / image.width, height / image.height)
    if scale != 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    paper.paste(image, (left + (width - image.width) // 2, top + (height - image.height) // 2))


def _write_title(pen: ImageDraw.ImageDraw, sheet: Sheet, laid_out: Layout) -> None:
    """The prompt that all have in common."""
    width = laid_out.size[0] - 2 * laid_out.gap
    _write(pen, sheet.base.prompt, (laid_out.gap, 2 * laid_out.gap), width, TITLE_LINES, laid_out.font, INK)


def _write_labels(
    pen: ImageDraw.ImageDraw, sheet: Sheet, laid_out: Layout, page: int, words: Mapping[AxisKind, str]
) -> None:
    gap, font = laid_out.gap, laid_out.font
    top = laid_out.title + page * laid_out.page_height
    if sheet.z is not None:
        text = label(sheet.z, sheet.z.values[page], words)
        _write(pen, text, (gap, top + 2 * gap), laid_out.size[0] - 2 * gap, 1, font, INK)
    for index, value in enumerate(sheet.x.values):
        left, below = laid_out.corner(Place(index, 0, page))
        text = label(sheet.x, value, words)
        _write_above(pen, text, left, below - gap, laid_out.cell[0], font)
    if sheet.y is not None:
        for index, value in enumerate(sheet.y.values):
            _, beside = laid_out.corner(Place(0, index, page))
            middle = beside + laid_out.cell[1] // 2
            text = label(sheet.y, value, words)
            _write_beside(pen, text, gap, middle, laid_out.side - gap, laid_out.cell[1], font)


def label(axis: Axis, value: str, words: Mapping[AxisKind, str] = WORDS) -> str:
    """`Guidance 7.5`, `ink 0.8`, or the value alone where it says itself what it is."""
    word = axis.name if axis.kind is AxisKind.LORA else words.get(axis.kind, "")
    return f"{word} {label_of(axis, value)}".strip()


def _write_above(
    pen: ImageDraw.ImageDraw, text: str, left: int, bottom: int, width: int, size_px: int
) -> None:
    lines = _lines(text, width, LABEL_LINES, size_px)
    top = bottom - round(size_px * LINE) * len(lines)
    _write_lines(pen, lines, (left, top), size_px, INK, width)


def _write_beside(
    pen: ImageDraw.ImageDraw, text: str, left: int, middle: int, width: int, height: int, size_px: int
) -> None:
    line = round(size_px * LINE)
    lines = _lines(text, width, max(1, min(6, height // line)), size_px)
    _write_lines(pen, lines, (left, middle - len(lines) * line // 2), size_px, INK, width)


def _write(
    pen: ImageDraw.ImageDraw,
    text: str,
    at: tuple[int, int],
    width: int,
    most_lines: int,
    size_px: int,
    colour: tuple[int, int, int],
) -> None:
    _write_lines(pen, _lines(text, width, most_lines, size_px), at, size_px, colour)


def _lines(text: str, width: int, most_lines: int, size_px: int) -> list[str]:
    text = drawable(text, size_px)
    return wrapped(text, width, font_for(text, size_px), most_lines)


def _write_lines(
    pen: ImageDraw.ImageDraw,
    lines: Sequence[str],
    at: tuple[int, int],
    size_px: int,
    colour: tuple[int, int, int],
    centred_in: int = 0,
) -> None:
    """Line under line; in the middle of `centred_in` pixels where that is given."""
    for index, text in enumerate(lines):
        font = font_for(text, size_px)
        shift = round(max(0, centred_in - font.getlength(text)) / 2) if centred_in else 0
        pen.text((at[0] + shift, at[1] + index * round(size_px * LINE)), text, colour, font)

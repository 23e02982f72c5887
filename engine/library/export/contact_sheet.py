"""Contact sheets: many pictures small on a page with their names, as PNG pages or one PDF.

The PDF's captions are real text, found and copied by any reader; each picture lies in it as one JPEG at print
resolution.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw

from engine.api.errors import BadRequest, CannotSave, EngineError
from engine.api.text import clean_text
from engine.library.export.export import Exported
from engine.library.export.pdf_fonts import MEASURED_AT, PdfLetters, runs, unseen_in
from engine.library.gate import open_picture
from engine.library.lettering import Measuring, drawable, font_for, lacking, wrapped
from engine.library.metadata import read_metadata
from engine.library.pictures import encode_plain
from engine.library.save import save_new, save_written

A4_MM = (210.0, 297.0)
MARGIN_MM, GAP_MM, CAPTION_MM, LINE_MM = 12.0, 5.0, 9.0, 3.2
CAPTION_LINES = 2
DOTS = 200
"""An inch, of a page as PNG."""
PRINT_DOTS = 300
"""An inch, of the pictures in a PDF."""
MM_PER_INCH = 25.4
PAPER, INK = (255, 255, 255), (40, 40, 40)
QUALITY = 90


@dataclass(frozen=True)
class ContactWish:
    """What a contact sheet looks like."""

    columns: int = 4
    rows: int = 5
    is_landscape: bool = False
    shows_name: bool = True
    shows_prompt: bool = False

    def checked(self) -> ContactWish:
        """Itself. Raises `BadRequest` naming the field."""
        for name in ("columns", "rows"):
            if not 1 <= getattr(self, name) <= 20:
                raise BadRequest(name, f"must be 1 to 20, not {getattr(self, name)}")
        return self

    @property
    def page_mm(self) -> tuple[float, float]:
        width, height = A4_MM
        return (height, width) if self.is_landscape else (width, height)

    @property
    def has_captions(self) -> bool:
        return self.shows_name or self.shows_prompt

    @property
    def on_page(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True)
class Box:
    """Where a picture and its caption stand on the page, in millimetres from its upper left."""

    left: float
    top: float
    width: float
    height: float


def boxes(wish: ContactWish) -> list[Box]:
    """Of one page, row by row."""
    page_width, page_height = wish.page_mm
    caption = CAPTION_MM if wish.has_captions else 0.0
    width = (page_width - 2 * MARGIN_MM - (wish.columns - 1) * GAP_MM) / wish.columns
    height = (page_height - 2 * MARGIN_MM - (wish.rows - 1) * GAP_MM) / wish.rows
    lefts = [MARGIN_MM + column * (width + GAP_MM) for column in range(wish.columns)]
    tops = [MARGIN_MM + row * (height + GAP_MM) for row in range(wish.rows)]
    return [Box(left, top, width, height - caption) for top in tops for left in lefts]


def contact_pages(paths: Sequence[Path], wish: ContactWish) -> int:
    return -(-len(paths) // wish.on_page)


def export_contact_png(paths: Sequence[Path], target: Path, wish: ContactWish) -> Iterator[Exported]:
    """A PNG a page, the first called `target`, the others with numbers; a picture at each step.

    What cannot be read is told and leaves an empty place. Raises `BadRequest` and `CannotSave`.
    """
    wish.checked()
    pages = contact_pages(paths, wish)
    for page in range(pages):
        paper = Image.new("RGB", (_dots(wish.page_mm[0]), _dots(wish.page_mm[1])), PAPER)
        pen = ImageDraw.Draw(paper)
        on_page = paths[page * wish.on_page : (page + 1) * wish.on_page]
        told = [
            _put_png(paper, pen, path, box, wish) for path, box in zip(on_page, boxes(wish), strict=False)
        ]
        name = target.name if pages == 1 else f"{target.stem} {page + 1:0{len(str(pages))}}{target.suffix}"
        written = save_new(target.parent, name, encode_plain(np.asarray(paper)))
        yield from (replace(one, path=written if one.error is None else None) for one in told)


def _put_png(
    paper: Image.Image, pen: ImageDraw.ImageDraw, path: Path, box: Box, wish: ContactWish
) -> Exported:
    size = _dots(LINE_MM * 0.75)
    lines = caption_lines(
        path, wish, lambda text: drawable(text, size), lambda text: font_for(text, size), _dots(box.width)
    )
    top = _dots(box.top + box.height + 1)
    for index, text in enumerate(lines):
        at = (_dots(box.left), top + index * _dots(LINE_MM))
        pen.text(at, text, INK, font_for(text, size))
    unseen = "".join(map(lacking, lines))
    try:
        image = Image.fromarray(open_picture(path).pixels)
    except EngineError as error:
        return Exported(path, None, error, unseen)
    image.thumbnail((_dots(box.width), _dots(box.height)), Image.Resampling.LANCZOS, reducing_gap=3.0)
    left = _dots(box.left) + (_dots(box.width) - image.width) // 2
    paper.paste(image, (left, _dots(box.top) + _dots(box.height) - image.height))
    return Exported(path, None, unseen=unseen)


def caption_lines(
    path: Path,
    wish: ContactWish,
    letters: Callable[[str], str],
    font_of: Callable[[str], Measuring],
    width: int,
) -> list[str]:
    """The file's name, then the beginning of its prompt; `width` as `font_of` measures."""
    texts = [path.name.encode("utf-8", "replace").decode()] if wish.shows_name else []
    if wish.shows_prompt and (prompt := prompt_of(path)):
        texts.append(prompt)
    lines: list[str] = []
    for text in texts:
        text = letters(clean_text(text))
        most = CAPTION_LINES - len(lines) if text is not texts[0] or len(texts) == 1 else 1
        lines += wrapped(text, width, font_of(text), max(1, most))
    return lines[:CAPTION_LINES]


def prompt_of(path: Path) -> str:
    try:
        parameters = read_metadata(path).parameters
    except EngineError:
        return ""
    return parameters.prompt if parameters is not None else ""


def _dots(millimetres: float) -> int:
    return round(millimetres / MM_PER_INCH * DOTS)


def export_contact_pdf(
    paths: Sequence[Path],
    target: Path,
    wish: ContactWish,
    report: Callable[[Exported], None],
    title: str = "",
) -> None:
    """One PDF of all pages; whole when this returns, and not there when it raises.

    `report` is told of each picture, and raises to stop. Raises `BadRequest` and `CannotSave`.
    """
    wish.checked()
    if target.exists():
        raise CannotSave(f"{target} exists already. Choose another name.", path=str(target))
    save_written(target, lambda file: _write_pdf(file, paths, wish, report, title))


def _write_pdf(
    file: BinaryIO,
    paths: Sequence[Path],
    wish: ContactWish,
    report: Callable[[Exported], None],
    title: str,
) -> None:
    # reportlab is loaded with the first PDF
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    width, height = wish.page_mm
    pdf = Canvas(file, pagesize=(width * mm, height * mm))
    pdf.setTitle(title or "Lienzo")
    pdf.setCreator("Lienzo")
    places = boxes(wish)
    for number, path in enumerate(paths):
        if number and number % wish.on_page == 0:
            pdf.showPage()
        report(_put_pdf(pdf, path, places[number % wish.on_page], wish, mm))
    pdf.save()


def _put_pdf(pdf, path: Path, box: Box, wish: ContactWish, mm: float) -> Exported:
    """reportlab counts from the lower left, in points."""
    from reportlab.lib.utils import ImageReader

    page_height = wish.page_mm[1]
    size = LINE_MM * 0.75 * mm
    width = round(box.width * mm / size * MEASURED_AT)
    lines = caption_lines(path, wish, str, lambda text: PdfLetters(), width)
    unseen = "".join(map(unseen_in, lines))
    pdf.setFillColorRGB(*(value / 255 for value in INK))
    for index, text in enumerate(lines):
        baseline = page_height - box.top - box.height - 1 - (index + 0.8) * LINE_MM
        left = box.left * mm
        for run in runs(text):
            pdf.setFont(run.font, size)
            pdf.drawString(left, baseline * mm, run.text)
            left += run.width * size / MEASURED_AT
    try:
        image = Image.fromarray(open_picture(path).pixels)
    except EngineError as error:
        return Exported(path, None, error, unseen)
    dots = (round(box.width / MM_PER_INCH * PRINT_DOTS), round(box.height / MM_PER_INCH * PRINT_DOTS))
    image.thumbnail(dots, Image.Resampling.LANCZOS, reducing_gap=3.0)
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=QUALITY)  # saves: into memory
    share = min(box.width / image.width, box.height / image.height)
    width, height = image.width * share, image.height * share
    left, bottom = box.left + (box.width - width) / 2, page_height - box.top - box.height
    pdf.drawImage(ImageReader(packed), left * mm, bottom * mm, width * mm, height * mm)
    return Exported(path, path, unseen=unseen)

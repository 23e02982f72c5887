"""A document as one flat picture: PNG, JPEG, WebP or TIFF. For the disk pool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from desktop.raster.rect import Rect
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, ResultLayer
from desktop.state.document.maps import picture_root
from desktop.state.document.rendering import flattened
from desktop.state.document_file.layer_png import band_rects, png_of_bands, to_straight
from desktop.state.document_file.work import Work, all_cores, in_order
from engine.api.errors import BadRequest, CannotSave
from engine.api.images import pixels_hash
from engine.api.recipe import Recipe
from engine.library.pictures import ExportFormat, encode_image, png_head_chunks
from engine.library.png_writer import Band, pack_band
from engine.library.save import save_bytes, save_written

Colour = tuple[int, int, int]
"""Red, green, blue."""
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class ExportOptions:
    """How a picture goes out."""

    format: ExportFormat = "png"
    quality: int = 95
    """1 to 100, for JPEG and WebP (100 keeps every pixel)."""
    keeps_alpha: bool = True
    """Where the format has it; else `background` stands behind what is transparent."""
    background: Colour = WHITE
    has_recipe: bool = True
    """How it was made is written into it, where a result shows in it."""


def export_picture(
    path: Path, state: DocumentState, options: ExportOptions, work: Work | None = None
) -> None:
    """Save what one sees of `state` but its maps and places as a picture, tagged as sRGB. Raises
    `CannotSave`, and `Cancelled` where `work` was cancelled; what was there before stays then."""
    work = work or Work()
    canvas = Rect(0, 0, state.size.width, state.size.height)
    work.expect(len(band_rects(canvas)))
    root = picture_root(state)
    recipe = recipe_of(root) if options.has_recipe else None
    with all_cores() as threads:
        if options.format == "png":
            _save_png(path, root, canvas, options, recipe, threads, work)
            return
        pixels = _dense(root, canvas, options, threads, work)
    if recipe is not None:
        recipe = _of_pixels(recipe, pixels)
    try:
        data = encode_image(pixels, recipe, options.format, options.quality)
    except BadRequest as error:
        raise CannotSave(f"{path.name} was not saved: {error.reason}. Choose another format.") from error
    save_bytes(path, data)


def recipe_of(root: Group) -> Recipe | None:
    """How the topmost result that shows was made."""
    results = [layer for layer in root.walk() if isinstance(layer, ResultLayer)]
    shown = [layer for layer in results if layer.visible and layer.is_shown and layer.opacity > 0]
    return next((layer.variant.recipe for layer in reversed(shown) if layer.variant.recipe is not None), None)


def _of_pixels(recipe: Recipe, pixels: NDArray[np.uint8]) -> Recipe:
    """The hash stays only where the picture is what the recipe made, and nothing was painted over it."""
    is_whole = pixels.shape[2] == 3 and pixels_hash(pixels) == recipe.pixels_sha256
    return recipe if is_whole else replace(recipe, pixels_sha256="")


def _save_png(
    path: Path,
    root: Group,
    canvas: Rect,
    options: ExportOptions,
    recipe: Recipe | None,
    threads: ThreadPoolExecutor,
    work: Work,
) -> None:
    """Band by band: of any size, nothing is ever dense."""

    def band(part: Rect) -> Band:
        return pack_band(_seen(root, part, options))

    if recipe is not None:
        recipe = replace(recipe, pixels_sha256="")  # unknown before the last band is made
    channels = 4 if has_alpha(options) else 3
    pieces = png_of_bands(canvas, channels, threads, work, band, png_head_chunks(recipe))
    save_written(path, lambda file: _write_all(file, pieces))


def _write_all(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)


def _dense(
    root: Group, canvas: Rect, options: ExportOptions, threads: ThreadPoolExecutor, work: Work
) -> NDArray[np.uint8]:
    """All pixels: H x W x 3, or 4 with alpha."""
    pixels = np.empty((canvas.height, canvas.width, 4 if has_alpha(options) else 3), np.uint8)
    for part, seen in _bands(root, canvas, options, threads):
        pixels[part.top : part.bottom] = seen
        work.step()
    return pixels


def _bands(
    root: Group, canvas: Rect, options: ExportOptions, threads: ThreadPoolExecutor
) -> Iterator[tuple[Rect, NDArray[np.uint8]]]:
    return in_order(threads, lambda part: (part, _seen(root, part, options)), band_rects(canvas))


def has_alpha(options: ExportOptions) -> bool:
    """Whether the picture will have it."""
    return options.keeps_alpha and options.format != "jpeg"


def _seen(root: Group, part: Rect, options: ExportOptions) -> NDArray[np.uint8]:
    """RGBA with the alpha not multiplied in, or RGB over the background."""
    pixels = flattened(root, part)
    return to_straight(pixels) if has_alpha(options) else over(pixels, options.background)


def over(pixels: NDArray[np.uint8], background: Colour) -> NDArray[np.uint8]:
    """Premultiplied BGRA over a colour: H x W x 3 in RGB order."""
    rest = 255 - pixels[..., 3:].astype(np.uint16)
    behind = (rest * np.array(background, np.uint16) + 127) // 255
    return np.minimum(pixels[..., 2::-1] + behind, 255).astype(np.uint8)

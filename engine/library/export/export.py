"""Pictures to copies elsewhere: another format, smaller, with their recipes or provably without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import BadRequest, CannotSave, EngineError
from engine.api.images import layers_in
from engine.api.recipe import Recipe
from engine.library.depth import read_depth, with_depth
from engine.library.export.proof import what_is_left
from engine.library.export.stealth import without_hidden_text
from engine.library.gate import LayerPicture, open_layer, read_source, sniff
from engine.library.layers import read_layers, with_layers
from engine.library.metadata import PictureMetadata, read_metadata
from engine.library.names import safe_name
from engine.library.packets import packet_of
from engine.library.pictures import EXPORT_SUFFIXES, ExportFormat, Kept, encode_image
from engine.library.save import save_new

LONGEST_PX = 16_384
AS_IT_IS = 0


@dataclass(frozen=True)
class ExportWish:
    """How pictures go out."""

    format: ExportFormat | None = None
    """None: each as it is."""
    quality: int = 92
    """1 to 100, for JPEG and WebP."""
    longest_px: int = AS_IT_IS
    """The longer side comes down to this; a smaller picture is never enlarged."""
    has_recipe: bool = True
    """False: nothing of how it was made goes out, not in its name either, and that is proven."""

    def checked(self) -> ExportWish:
        """Itself. Raises `BadRequest` naming the field."""
        if self.format is not None and self.format not in EXPORT_SUFFIXES:
            raise BadRequest("format", f"{self.format!r} is not one of: {', '.join(EXPORT_SUFFIXES)}")
        if not 1 <= self.quality <= 100:
            raise BadRequest("quality", f"must be 1 to 100, not {self.quality}")
        if self.longest_px and not 16 <= self.longest_px <= LONGEST_PX:
            raise BadRequest("longest", f"must be 16 to {LONGEST_PX:,} pixels, not {self.longest_px}")
        return self


@dataclass(frozen=True)
class Exported:
    """What became of one picture."""

    source: Path
    path: Path | None
    """None where it could not be."""
    error: EngineError | None = None
    unseen: str = ""
    """Letters of its caption that no font here has: boxes stand there."""
    leaves_layers: bool = False
    """It holds the layers that it was taken apart into, or its depth, and its copy does not."""


class Copied(NamedTuple):
    """A copy that can be written."""

    data: bytes
    suffix: str
    """Of its name."""
    leaves_layers: bool = False
    """As `Exported`."""


def export_pictures(paths: Sequence[Path], folder: Path, wish: ExportWish) -> Iterator[Exported]:
    """Copy `paths` into `folder` as `wish` says, one at each step; close to stop.

    A picture that cannot be read is told and the rest goes on; nothing that lies there is overwritten.
    Raises `BadRequest` for a wish that cannot be, and `CannotSave` where nothing can be written.
    """
    wish.checked()
    for number, path in enumerate(paths, 1):
        try:
            copy = exported(path, wish)
        except EngineError as error:
            yield Exported(path, None, error)
            continue
        written = save_new(folder, export_name(path, number, copy.suffix, wish), copy.data)
        yield Exported(path, written, leaves_layers=copy.leaves_layers)


def export_name(path: Path, number: int, suffix: str, wish: ExportWish) -> str:
    """As it is called; without a recipe a number, because names often begin with the prompt."""
    stem = safe_name(path.stem, 200) if wish.has_recipe else f"picture-{number:04}"
    return stem + suffix


def exported(path: Path, wish: ExportWish) -> Copied:
    """The copy, with the layers and the depth where they are kept: in a PNG that keeps its recipe.

    Raises `UnreadableFile`, `BadRequest`, and `CannotSave` where the proof finds something left.
    """
    data, name = read_source(path)
    own = sniff(data)
    picture = open_layer(path)
    format = wish.format or cast(ExportFormat, picture.format)
    scale = _scale(picture, wish.longest_px)
    if wish.has_recipe and scale == 1 and format == own:
        return Copied(data, path.suffix or EXPORT_SUFFIXES[format])
    layers, depth = read_layers(data), read_depth(data)
    holds_more = layers is not None or depth is not None
    pixels = _scaled(picture, scale, format, keeps_hidden=wish.has_recipe)
    if not wish.has_recipe:
        bare = encode_image(pixels, None, format, wish.quality)
        if left := what_is_left(bare):
            raise CannotSave(
                f"{name} was not exported: it would still tell {', '.join(left)}. Choose another format.",
                path=str(path),
            )
        return Copied(bare, EXPORT_SUFFIXES[format], holds_more)
    metadata = read_metadata(data)
    kept = Kept(packet_of(data, name), _texts_to_keep(metadata))
    recipe = _recipe_of(metadata, pixels, scale)
    data = encode_image(pixels, recipe, format, wish.quality, kept)
    if format != "png":
        return Copied(data, EXPORT_SUFFIXES[format], holds_more)
    size = pixels.shape[1], pixels.shape[0]
    if layers is not None:
        smaller = [_resized(Image.fromarray(one), size) for one in layers_in(layers, len(picture.rgb))]
        data = with_layers(data, np.concatenate(smaller), size[1])
    if depth is not None:
        near = np.asarray(Image.fromarray(depth.astype(np.float32)).resize(size, Image.Resampling.BOX))
        data = with_depth(data, near.round().astype(np.uint16))
    return Copied(data, EXPORT_SUFFIXES[format])


def _scale(picture: LayerPicture, longest_px: int) -> float:
    longest = max(picture.rgb.shape[:2])
    return min(1.0, longest_px / longest) if longest_px else 1.0


def _scaled(picture: LayerPicture, scale: float, format: str, keeps_hidden: bool) -> NDArray[np.uint8]:
    """H x W x 3, or x 4 where something is transparent and the format holds it."""
    rgb, alpha = picture.rgb, picture.alpha
    if not keeps_hidden:
        rgb, alpha = without_hidden_text(rgb, alpha)
    if alpha is not None and (alpha == 255).all():
        alpha = None
    image = Image.fromarray(np.ascontiguousarray(rgb if alpha is None else np.dstack([rgb, alpha])))
    if scale != 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = Image.fromarray(_resized(image, size))
    if image.mode == "RGBA" and format == "jpeg":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    return np.asarray(image)


def _resized(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


OF_OUR_RECIPE = ("lienzo", "parameters")


def _texts_to_keep(metadata: PictureMetadata) -> dict[str, str]:
    """Another program's as they were; beside our own recipe what others added to it."""
    if metadata.recipe is None:
        return metadata.texts
    return {key: text for key, text in metadata.texts.items() if key not in OF_OUR_RECIPE}


def _recipe_of(metadata: PictureMetadata, pixels: NDArray[np.uint8], scale: float) -> Recipe | None:
    """Ours, which says so where its picture is smaller now."""
    recipe = metadata.recipe
    if recipe is None or scale == 1:
        return recipe
    height, width = pixels.shape[:2]
    return replace(recipe, extra={**recipe.extra, "exported_as": [width, height]})

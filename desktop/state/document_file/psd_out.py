"""A document as a Photoshop file with its layers, groups, masks and blend modes. For the disk pool.

What PSD has no word for is written as normal and said. Masks become masks of groups.
"""

from __future__ import annotations

import copy
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, Layer, MaskLayer, ResultLayer
from desktop.state.document.rendering import flattened, mixed_variants
from desktop.state.document_file.layer_png import content_bounds, to_straight
from desktop.state.document_file.work import Work
from engine.api.errors import CannotSave
from engine.library.save import save_written

LONGEST_SIDE = 30_000
MODES = {
    Blend.NORMAL: BlendMode.NORMAL,
    Blend.MULTIPLY: BlendMode.MULTIPLY,
    Blend.SCREEN: BlendMode.SCREEN,
    Blend.OVERLAY: BlendMode.OVERLAY,
    Blend.DARKEN: BlendMode.DARKEN,
    Blend.LIGHTEN: BlendMode.LIGHTEN,
    Blend.COLOR_DODGE: BlendMode.COLOR_DODGE,
    Blend.COLOR_BURN: BlendMode.COLOR_BURN,
    Blend.HARD_LIGHT: BlendMode.HARD_LIGHT,
    Blend.SOFT_LIGHT: BlendMode.SOFT_LIGHT,
    Blend.DIFFERENCE: BlendMode.DIFFERENCE,
    Blend.COLOR: BlendMode.COLOR,
    Blend.LUMINOSITY: BlendMode.LUMINOSITY,
    Blend.HUE: BlendMode.HUE,
    Blend.SATURATION: BlendMode.SATURATION,
    Blend.PLUS: BlendMode.LINEAR_DODGE,
}


@dataclass
class _Export:
    """What is on its way out."""

    work: Work
    canvas: Rect
    notes: list[str] = field(default_factory=list)

    def add(self, parent: PSDImage | object, layers: Sequence[Layer]) -> None:
        """`layers` (the lowest first) into a group. A mask takes what lies below it into one of its own."""
        masks = [
            index for index, layer in enumerate(layers) if isinstance(layer, MaskLayer) and layer.visible
        ]
        if masks:
            last = masks[-1]
            mask = layers[last]
            assert isinstance(mask, MaskLayer)
            group = parent.create_group(blend_mode=BlendMode.NORMAL)  # type: ignore[attr-defined]
            group.name = _writable(mask.name)
            # psd-tools gives a group and its end one list of channels, into which the mask must not go twice
            group._bounding_channels = copy.deepcopy(group._bounding_channels)
            self.add(group, layers[:last])
            group.create_mask(Image.fromarray(self._shown(mask)), top=self.canvas.top, left=self.canvas.left)
            self.work.step()
            layers = layers[last + 1 :]
        for layer in layers:
            self._add_one(parent, layer)

    def _add_one(self, parent: PSDImage | object, layer: Layer) -> None:
        self.work.step()
        if isinstance(layer, MaskLayer):
            return  # hidden: it changes nothing
        opacity = round(255 * layer.opacity)
        if isinstance(layer, Group):
            mode = self._mode(layer.blend) if layer.stands_alone else BlendMode.PASS_THROUGH
            group = parent.create_group(  # type: ignore[attr-defined]
                opacity=opacity, blend_mode=mode, open_folder=not layer.is_folded
            )
            group.name = _writable(layer.name)
            self.add(group, layer.children)
            group.visible = layer.visible
            return
        rect, pixels = self._pixels(layer)
        added = parent.create_pixel_layer(  # type: ignore[attr-defined]
            Image.fromarray(to_straight(pixels)),
            top=rect.top,
            left=rect.left,
            opacity=opacity,
            blend_mode=self._mode(layer.blend),
        )
        added.name = _writable(layer.name)
        added.visible = layer.visible and (layer.is_shown if isinstance(layer, ResultLayer) else True)

    def _pixels(self, layer: Layer) -> tuple[Rect, NDArray[np.uint8]]:
        """Where the layer's content lies on the canvas, and what it is (premultiplied BGRA)."""
        right, down = layer.offset
        is_mixed = isinstance(layer, ResultLayer) and any(v.brushed is not None for v in layer.variants)
        if is_mixed and not layer.bounds().is_empty:
            assert isinstance(layer, ResultLayer)
            image = mixed_variants(layer, layer.bounds())
            return layer.bounds(), view_of(image).copy()
        assert layer.pixels is not None
        rect = content_bounds(layer.pixels)
        if rect.is_empty:
            rect = Rect(-right, -down, 1, 1)
        return rect.moved(right, down), layer.pixels.read(rect)

    def _shown(self, mask: MaskLayer) -> NDArray[np.uint8]:
        """What a mask lets through on the canvas, its opacity taken in."""
        right, down = mask.offset
        coverage = mask.coverage.read(self.canvas.moved(-right, -down)).astype(np.float32)
        return (255 - (255 - coverage) * np.float32(mask.opacity) + np.float32(0.5)).astype(np.uint8)

    def _mode(self, blend: Blend) -> BlendMode:
        if blend not in MODES:
            self.notes.append("mode_lost")
        return MODES.get(blend, BlendMode.NORMAL)


def _writable(name: str) -> str:
    """At most 255 signs, whole ones: the library writes them in Unicode beside a name of ASCII."""
    return name.encode("utf-8", "replace").decode()[:255]


def save_psd(path: Path, state: DocumentState, work: Work | None = None) -> tuple[str, ...]:
    """Save `state` with its layers; returns what could not be said in PSD (`mode_lost`).

    Raises `CannotSave`, and `Cancelled` where `work` was cancelled; what was there before stays then.
    """
    work = work or Work()
    work.expect(len(list(state.root.walk())) + 2)
    canvas = Rect(0, 0, state.size.width, state.size.height)
    if max(canvas.width, canvas.height) > LONGEST_SIDE:
        raise _too_large(path)
    psd = PSDImage.frompil(Image.fromarray(to_straight(flattened(state.root, canvas))))
    work.step()
    export = _Export(work, canvas)
    export.add(psd, state.root.children)
    try:
        # not `psd.save`: that would compose the layers anew, slowly; the picture of all is there already
        save_written(path, lambda file: psd._record.write(file))
    except struct.error:
        raise _too_large(path) from None
    work.step()
    return tuple(dict.fromkeys(export.notes))


def _too_large(path: Path) -> CannotSave:
    return CannotSave(
        f"{path.name} was not saved: PSD holds at most 2 GiB and 30,000 pixels a side. "
        "Save it as OpenRaster.",
        path=str(path),
    )

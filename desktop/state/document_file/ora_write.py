"""Saving as OpenRaster: Krita and GIMP get the layers, and the file all that we need to go on."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.raster.tiles import Key, Tile, Tiles
from desktop.state.document.document_map import maps_form
from desktop.state.document.document_region import regions_form
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, ImageLayer, Layer, MaskLayer, ResultLayer, Variant
from desktop.state.document.rendering import flattened, mixed_variants
from desktop.state.document_file.archive import MIMETYPE, MOST_MEMBERS
from desktop.state.document_file.kept import KeptDocument, KeptLayer, KeptMask, KeptPixels, KeptVariant
from desktop.state.document_file.layer_png import (
    band_rects,
    content_bounds,
    png_of_bands,
    tiles_to_png,
    to_straight,
)
from desktop.state.document_file.stack_xml import Stack, StackNode, write_stack
from desktop.state.document_file.work import Work, all_cores
from engine import __version__
from engine.api.errors import CannotSave
from engine.api.form import to_json
from engine.library.foreign_json import compact_json
from engine.library.png_writer import Band, encode_png, pack_band
from engine.library.save import save_written

THUMBNAIL_PX = 256
HUGE_PIXELS = 1 << 28
"""Beyond this a PNG may grow larger than 2 GiB."""
NOTHING = "data/nothing.png"
"""A transparent pixel: other programs want a picture for every layer."""
FOREIGN_OPERATOR = "composite-op"

Pieces = Callable[[ThreadPoolExecutor, Work], Iterable[bytes]]


@dataclass(frozen=True)
class Member:
    """A PNG that is to be written."""

    name: str
    rect: Rect
    pieces: Pieces

    @property
    def steps(self) -> int:
        return len(band_rects(self.rect))


def save_ora(path: Path, state: DocumentState, view: str = "", work: Work | None = None) -> None:
    """Save `state` (of tiles that nobody changes meanwhile: `captured`) as the OpenRaster file `path`.

    `view` is kept for the canvas. Raises `CannotSave`, and `Cancelled` where `work` was cancelled; then what
    was there before is untouched. For the disk pool.
    """
    plan = _Plan(state, view)
    if len(plan.members) + 6 > MOST_MEMBERS:
        raise CannotSave(
            f"{path.name} was not saved: it has more than {MOST_MEMBERS:,} pictures inside. "
            "Merge some layers and save again.",
            path=str(path),
        )
    save_written(path, lambda file: plan.write(file, work or Work()))


class _Plan:
    """What goes where, known before the first byte is written."""

    def __init__(self, state: DocumentState, view: str) -> None:
        self._state = state
        self.members: list[Member] = []
        self._names: dict[tuple[object, ...], KeptPixels] = {}
        """Stores that hold the very same tiles are written once."""
        root = state.root
        nodes = tuple(self._node(layer) for layer in root.children)
        whole = StackNode(children=tuple(node for _, node in nodes))
        stack = Stack(state.size.width, state.size.height, whole, root.foreign)
        self._stack_xml = write_stack(stack)
        kept_root = replace(_plain(root, "group"), children=tuple(kept for kept, _ in nodes))
        self._kept = self._document(kept_root, view)

    def write(self, file: BinaryIO, work: Work) -> None:
        work.expect(sum(member.steps for member in self.members) + len(band_rects(self._canvas)))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zip, all_cores() as threads:
            _add(zip, "mimetype", MIMETYPE)
            _add(zip, "stack.xml", self._stack_xml, zipfile.ZIP_DEFLATED)
            state = compact_json(to_json(self._kept)).encode()
            _add(zip, "lienzo/state.json", state, zipfile.ZIP_DEFLATED)
            _add(zip, NOTHING, encode_png(np.zeros((1, 1, 4), np.uint8)))
            for member in self.members:
                _stream(zip, member.name, member.rect, member.pieces(threads, work))
            merged = _Merged(self._state.root, self._canvas)
            pieces = png_of_bands(self._canvas, 4, threads, work, merged.band)
            _stream(zip, "mergedimage.png", self._canvas, pieces)
            _add(zip, "Thumbnails/thumbnail.png", encode_png(merged.thumbnail()))

    # the tree

    def _node(self, layer: Layer) -> tuple[KeptLayer, StackNode]:
        """A layer for us and for others."""
        match layer:
            case Group():
                below = [self._node(child) for child in layer.children]
                kept = replace(
                    _plain(layer, "group"),
                    children=tuple(kept for kept, _ in below),
                    isolated=layer.isolated,
                    is_folded=layer.is_folded,
                )
                node = replace(
                    self._shown(layer), children=tuple(node for _, node in below), isolated=layer.stands_alone
                )
                return kept, node
            case MaskLayer():
                pixels = self._keep(layer.coverage)
                node = self._at(self._shown(layer), self._cut(layer), layer)
                return replace(_plain(layer, "mask"), pixels=pixels), replace(
                    node, operator=Blend.DST_IN.value
                )
            case ResultLayer():
                return self._result(layer)
            case _:
                assert layer.pixels is not None
                pixels = self._keep(layer.pixels, "data")
                is_image = isinstance(layer, ImageLayer)
                kept = replace(
                    _plain(layer, "image" if is_image else "paint"),
                    pixels=pixels,
                    source=layer.source if isinstance(layer, ImageLayer) else "",
                )
                return kept, self._at(self._shown(layer), pixels, layer)

    def _result(self, layer: ResultLayer) -> tuple[KeptLayer, StackNode]:
        variants = tuple(self._variant(variant) for variant in layer.variants)
        kept = replace(
            _plain(layer, "result"),
            variants=variants,
            chosen=layer.chosen,
            mask=self._keep(layer.mask),
            has_mask=layer.mask is not None,
            before=self._keep(layer.source),
            has_before=layer.source is not None,
            source_hash=layer.source_hash,
            verdict=layer.verdict.value,
            shows_before=layer.shows_before,
        )
        is_mixed = any(variant.brushed is not None and variant.brushed.keys() for variant in layer.variants)
        pixels = self._mixed(layer) if is_mixed else variants[layer.chosen].pixels
        node = self._at(self._shown(layer), pixels, layer)
        return kept, replace(node, visible=layer.visible and layer.is_shown)

    def _variant(self, variant: Variant) -> KeptVariant:
        return KeptVariant(
            variant.id,
            self._keep(variant.tiles, "data"),
            self._keep(variant.brushed),
            variant.brushed is not None,
            None if variant.recipe is None else variant.recipe.to_json(),
        )

    def _document(self, root: KeptLayer, view: str) -> KeptDocument:
        state = self._state
        shelf = tuple(
            KeptMask(mask.id, mask.name, mask.size.width, mask.size.height, self._keep(mask.coverage))
            for mask in state.shelf
        )
        return KeptDocument(
            width=state.size.width,
            height=state.size.height,
            root=root,
            active=state.active_id,
            selection=self._keep(state.selection),
            has_selection=state.selection is not None,
            mask=self._keep(state.mask),
            mask_mode=state.mask_mode.value,
            shelf=shelf,
            origin=state.origin,
            maps=tuple(maps_form(state.maps)),
            regions=tuple(regions_form(state.regions)),
            settings=state.settings,
            view=view,
            stack_sha256=hashlib.sha256(self._stack_xml).hexdigest(),
            program=f"Lienzo {__version__}",
        )

    # pixels

    @property
    def _canvas(self) -> Rect:
        return Rect(0, 0, self._state.size.width, self._state.size.height)

    def _keep(self, tiles: Tiles | None, folder: str = "lienzo") -> KeptPixels | None:
        """Where the pixels will be; None where there are none."""
        if tiles is None:
            return None
        rect = content_bounds(tiles)
        if rect.is_empty:
            return None
        same = (tiles.kind, *_identity(tiles))
        if same not in self._names:
            self._names[same] = self._plan(
                folder, rect, lambda threads, work: tiles_to_png(tiles, rect, threads, work)
            )
        return self._names[same]

    def _plan(self, folder: str, rect: Rect, pieces: Pieces) -> KeptPixels:
        name = f"{folder}/{len(self.members):04}.png"
        self.members.append(Member(name, rect, pieces))
        return KeptPixels(name, rect.left, rect.top)

    def _cut(self, layer: MaskLayer) -> KeptPixels | None:
        """A mask for others: black, as opaque as it covers; with `dst-in` it looks there as it does here."""
        rect = content_bounds(layer.coverage)
        if rect.is_empty:
            return None

        def band(part: Rect) -> Band:
            pixels = np.zeros((part.height, part.width, 4), np.uint8)
            pixels[..., 3] = layer.coverage.read(part)
            return pack_band(pixels)

        return self._plan("data", rect, lambda threads, work: png_of_bands(rect, 4, threads, work, band))

    def _mixed(self, layer: ResultLayer) -> KeptPixels | None:
        """What the variants show together."""
        bounds = layer.bounds()
        if bounds.is_empty:
            return None

        def band(part: Rect) -> Band:
            image = mixed_variants(layer, part)
            return pack_band(to_straight(view_of(image)))

        right, down = layer.offset
        pieces = self._plan(
            "data", bounds, lambda threads, work: png_of_bands(bounds, 4, threads, work, band)
        )
        return replace(pieces, left=pieces.left - right, top=pieces.top - down)

    def _shown(self, layer: Layer) -> StackNode:
        """What OpenRaster says of every layer."""
        foreign = dict(layer.foreign)
        unknown = foreign.get(FOREIGN_OPERATOR, "") if layer.blend is Blend.NORMAL else ""
        return StackNode(
            name=layer.name,
            opacity=layer.opacity,
            visible=layer.visible,
            operator=unknown or layer.blend.value,
            locked=layer.locked,
            alpha_locked=layer.alpha_locked,
            selected=layer.id == self._state.active_id,
            foreign=layer.foreign,
        )

    def _at(self, node: StackNode, pixels: KeptPixels | None, layer: Layer) -> StackNode:
        if pixels is None:
            return replace(node, source=NOTHING)
        return replace(
            node, source=pixels.member, x=pixels.left + layer.offset[0], y=pixels.top + layer.offset[1]
        )


def _plain(layer: Layer, kind: str) -> KeptLayer:
    """What all kinds have."""
    return KeptLayer(
        kind=kind,
        id=layer.id,
        name=layer.name,
        opacity=layer.opacity,
        blend=layer.blend.value,
        visible=layer.visible,
        locked=layer.locked,
        alpha_locked=layer.alpha_locked,
        offset=layer.offset,
        foreign=dict(layer.foreign),
    )


def _identity(tiles: Tiles) -> tuple[tuple[Key, int], ...]:
    """Equal where two stores share all their tiles."""
    held: list[tuple[Key, Tile | None]] = [(key, tiles.get(key)) for key in tiles.keys()]  # noqa: SIM118
    return tuple(sorted((key, id(tile)) for key, tile in held))


class _Merged:
    """All layers together, band by band, and small."""

    def __init__(self, root: Group, canvas: Rect) -> None:
        self._root = root
        self._canvas = canvas
        self._step = max(1, -(-max(canvas.width, canvas.height) // (4 * THUMBNAIL_PX)))
        """Pixels that become one before the last, exact reduction."""
        self._small: dict[int, NDArray[np.uint8]] = {}

    def band(self, part: Rect) -> Band:
        pixels = flattened(self._root, part)
        self._small[part.top] = _reduced(pixels, self._step)
        return pack_band(to_straight(pixels))

    def thumbnail(self) -> NDArray[np.uint8]:
        """RGBA, at most 256 a side."""
        small = np.concatenate([self._small[top] for top in sorted(self._small)])
        longest = max(self._canvas.width, self._canvas.height)
        factor = min(1.0, THUMBNAIL_PX / longest)
        size = (max(1, round(self._canvas.width * factor)), max(1, round(self._canvas.height * factor)))
        reduced = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        return to_straight(np.asarray(reduced, np.uint8))


def _reduced(pixels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Each `step` x `step` pixels averaged; the last may be fewer."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (-(-width // step), -(-height // step))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _add(zip: zipfile.ZipFile, name: str, data: bytes, packing: int = zipfile.ZIP_STORED) -> None:
    zip.writestr(_info(name, packing), data, compresslevel=6)


def _stream(zip: zipfile.ZipFile, name: str, rect: Rect, pieces: Iterable[bytes]) -> None:
    is_huge = rect.area > HUGE_PIXELS  # only then: not every program reads zip64
    with zip.open(_info(name, zipfile.ZIP_STORED), "w", force_zip64=is_huge) as member:
        for piece in pieces:
            member.write(piece)


def _info(name: str, packing: int) -> zipfile.ZipInfo:
    """Without a date: a file does not tell when one worked on it."""
    info = zipfile.ZipInfo(name)
    info.compress_type = packing
    info.external_attr = 0o644 << 16
    return info

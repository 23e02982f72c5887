"""Documents for tests of files: random ones, their comparison, and archives made by hand."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from PIL import Image
from studios import toy_request

from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState, MaskMode, ShelfMask
from desktop.state.document.layers import (
    Group,
    ImageLayer,
    Layer,
    MaskLayer,
    PaintLayer,
    ResultLayer,
    Variant,
    Verdict,
)
from engine.api.images import Extent
from engine.api.recipe import Recipe

NAMES = (
    "Layer 1",
    "ñandú <&\"'> 🐶",
    "",
    "a/b\\c",
    "línea\notra",
    "\u202ertl",
    "nul\0 and \x1b",
    "\ud800 half",
)


def random_tiles(chance: random.Random, kind: Kind = Kind.COLOUR) -> Tiles:
    """Some rectangles of noise, around the canvas and outside it; sometimes nothing."""
    tiles = Tiles(kind)
    noise = np.random.default_rng(chance.randrange(2**32))
    for _ in range(chance.randrange(4)):
        left, top = chance.randrange(-300, 500), chance.randrange(-300, 500)
        rect = Rect(left, top, chance.choice([1, 7, 200, 256]), chance.choice([1, 3, 130, 300]))
        pixels = noise.integers(0, 256, (rect.height, rect.width, *kind.value[2:]), dtype=np.uint8)
        if kind is Kind.COLOUR:
            pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])  # premultiplied
        tiles.write(rect, pixels)
    return tiles


def random_layer(chance: random.Random, depth: int = 0) -> Layer:
    common = {
        "name": chance.choice(NAMES),
        "opacity": chance.choice([0.0, 1.0, 0.5, 1 / 3]),
        "blend": chance.choice(list(Blend)),
        "visible": chance.random() < 0.7,
        "locked": chance.random() < 0.3,
        "alpha_locked": chance.random() < 0.3,
        "offset": (chance.randrange(-90, 90), chance.randrange(-90, 90)),
        "foreign": (("{urn:other}odd", "ü"), ("note", "1")) if chance.random() < 0.3 else (),
    }
    kind = chance.choice(["paint", "image", "mask", "result", "group"])
    if kind == "group" and depth < 3:
        children = tuple(random_layer(chance, depth + 1) for _ in range(chance.randrange(4)))
        return Group(**common, children=children, isolated=chance.random() < 0.5, is_folded=True)
    if kind == "mask":
        return MaskLayer(**common, coverage=random_tiles(chance, Kind.COVERAGE))
    if kind == "image":
        return ImageLayer(**common, tiles=random_tiles(chance), source="a photo.jpg")
    if kind == "result":
        return random_result(chance, common)
    return PaintLayer(**common, tiles=random_tiles(chance))


def random_result(chance: random.Random, common: dict) -> ResultLayer:
    variants = tuple(
        Variant(
            tiles=random_tiles(chance),
            recipe=Recipe(toy_request(f"variant {number}")) if chance.random() < 0.8 else None,
            brushed=random_tiles(chance, Kind.COVERAGE) if chance.random() < 0.5 else None,
        )
        for number in range(chance.randrange(1, 4))
    )
    return ResultLayer(
        **common,
        variants=variants,
        chosen=chance.randrange(len(variants)),
        mask=random_tiles(chance, Kind.COVERAGE) if chance.random() < 0.7 else None,
        source=variants[0].tiles.snapshot() if chance.random() < 0.7 else None,
        source_hash="ab" * 32,
        verdict=chance.choice(list(Verdict)),
        shows_before=chance.random() < 0.3,
    )


def random_state(seed: int) -> DocumentState:
    chance = random.Random(seed)
    size = Extent(chance.choice([1, 40, 257, 513]), chance.choice([1, 33, 256, 700]))
    layers = tuple(random_layer(chance) for _ in range(chance.randrange(1, 5)))
    root = Group(name="", children=layers)
    shelf = tuple(
        ShelfMask(name=name, coverage=random_tiles(chance, Kind.COVERAGE), size=Extent(64, 48))
        for name in ("Haus", "cielo")[: chance.randrange(3)]
    )
    return DocumentState(
        size=size,
        root=root,
        active_id=chance.choice([layer.id for layer in root.walk()]),
        selection=random_tiles(chance, Kind.COVERAGE) if chance.random() < 0.5 else None,
        mask=random_tiles(chance, Kind.COVERAGE),
        mask_mode=chance.choice(list(MaskMode)),
        shelf=shelf,
        origin=(chance.randrange(-500, 500), chance.randrange(-500, 500)),
        settings='{"prompt": "una casa"}',
    )


def told(value: object) -> object:
    """A value that is equal for documents that are: tiles become the pixels they hold."""
    if isinstance(value, Tiles):
        held = {key: value.get(key) for key in value.keys()}  # noqa: SIM118
        return {key: tile.pixels.tobytes() for key, tile in held.items() if tile and tile.pixels.any()}
    if isinstance(value, (Layer, Variant, ShelfMask, DocumentState)):
        return {"is": type(value).__name__} | {
            field.name: told(getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, tuple):
        return [told(item) for item in value]
    return value


def renamed(state: DocumentState, name: str) -> DocumentState:
    first, *rest = state.root.children
    return replace(state, root=replace(state.root, children=(replace(first, name=name), *rest)))


def png(pixels: np.ndarray, **options: object) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG", **options)
    return memory.getvalue()


DOT = png(np.full((2, 3, 4), (200, 100, 50, 255), np.uint8))
STACK = b"""<?xml version='1.0' encoding='UTF-8'?>
<image version="0.0.3" w="6" h="4"><stack>
<layer name="dot" src="data/dot.png" x="1" y="1"/></stack></image>"""


def archive(
    path: Path,
    stack: bytes = STACK,
    members: Mapping[str, bytes] | None = None,
    mimetype: bytes | None = None,
) -> Path:
    """An `.ora` by hand: with `members` instead of one picture of 3 x 2 pixels."""
    with zipfile.ZipFile(path, "w") as zip:
        zip.writestr("mimetype", b"image/openraster" if mimetype is None else mimetype)
        zip.writestr("stack.xml", stack, zipfile.ZIP_DEFLATED)
        for name, data in ({"data/dot.png": DOT} if members is None else members).items():
            zip.writestr(name, data)
    return path

"""The pack: every sprite of every concept in one file, small enough to carry.

Layout: 8 bytes of magic, the header's length (u32), the CRC-32 of all that follows the header (u32), the
header as JSON (concepts, sprites, credits), and the sprites as WebP one after another.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import EngineError, UnreadableFile
from engine.training.data.concepts import Concept

MAGIC = b"LIENZOS1"
PREFIX = struct.Struct("<8sII")
LARGEST_SIDE_PX = 512
"""Of a sprite that is loaded; a larger one is a trap, not a sprite."""
QUALITY, ALPHA_QUALITY = 82, 90

Sprite = NDArray[np.uint8]
"""H x W x 4, straight RGBA, cropped to what is drawn."""


@dataclass(frozen=True)
class SpriteInfo:
    """What is known of a sprite without decoding it."""

    concept: str
    style: str
    hue: int | None
    """Dominant hue (OpenCV's, 0 to 179) of a thing mostly of one colour: it can be recoloured."""
    tone: tuple[int, int, int]
    """Its mean colour, RGB."""
    width: int
    height: int
    look: str = ""
    """`smiling`, where it is another picture of the same thing; else empty."""


@dataclass(frozen=True)
class Credit:
    """Whose work a source is; the model's card prints these."""

    source: str
    style: str
    licence: str
    holder: str


class Sprites:
    """The pack in memory. Sprites are decoded when first asked for and then kept, as premultiplied arrays."""

    def __init__(
        self,
        concepts: Sequence[Concept],
        infos: Sequence[SpriteInfo],
        blobs: Sequence[bytes],
        credits: Sequence[Credit] = (),
        path: Path | None = None,
    ) -> None:
        self.concepts = tuple(concepts)
        self.credits = tuple(credits)
        self.infos = tuple(infos)
        self.by_id = {concept.id: concept for concept in self.concepts}
        self._blobs = list(blobs)
        self._path = path
        self._decoded: dict[int, Sprite] = {}
        self._places: dict[tuple[str, str, str], list[int]] = {}
        for index, info in enumerate(self.infos):
            self._places.setdefault((info.concept, info.style, info.look), []).append(index)

    @staticmethod
    def load(path: Path) -> Sprites:
        """Read a pack; raises `EngineError` (`UnreadableFile`) that names the file."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise UnreadableFile(
                f"{path}: the sprites cannot be read ({error.strerror}). `lienzo train data` makes them.",
                path=str(path),
            ) from None
        try:
            return _parse(data, Path(path))
        except (ValueError, KeyError, TypeError, AttributeError, struct.error, RecursionError) as error:
            raise UnreadableFile(
                f"{path} is not a whole pack of sprites ({error}). Make it again with `lienzo train data`.",
                path=str(path),
            ) from None

    def variants(self, concept: str, style: str, look: str = "") -> int:
        """How many pictures there are of a concept in a style."""
        return len(self._places.get((concept, style, look), ()))

    def info(self, concept: str, style: str, variant: int = 0, look: str = "") -> SpriteInfo:
        return self.infos[self._index(concept, style, variant, look)]

    def premultiplied(self, concept: str, style: str, variant: int = 0, look: str = "") -> Sprite:
        """H x W x 4 with colours multiplied by alpha: what can be resized and blended without fringes."""
        index = self._index(concept, style, variant, look)
        if index not in self._decoded:
            self._decoded[index] = premultiply(self._decode(index))
        return self._decoded[index]

    def sprite(self, concept: str, style: str, variant: int = 0, look: str = "") -> Sprite:
        """H x W x 4 straight RGBA, its longer side 192 px, cropped to what is drawn."""
        return self._decode(self._index(concept, style, variant, look))

    def preload(self) -> Iterator[float]:
        """Decode every sprite, so that forked workers share them; yields the share that is done."""
        for index, info in enumerate(self.infos):
            if index not in self._decoded:
                self._decoded[index] = premultiply(self._decode(index))
            if index % 64 == 0 or info is self.infos[-1]:
                yield (index + 1) / len(self.infos)

    def _index(self, concept: str, style: str, variant: int, look: str) -> int:
        places = self._places.get((concept, style, look)) or self._places.get((concept, style, ""))
        if not places:
            raise KeyError(f"no sprite of {concept!r} in style {style!r}")
        return places[variant % len(places)]

    def _decode(self, index: int) -> Sprite:
        name = f"{self.infos[index].concept}, {self.infos[index].style}"
        try:
            with Image.open(io.BytesIO(self._blobs[index]), formats=["WEBP"]) as image:
                if max(image.size) > LARGEST_SIDE_PX:
                    raise ValueError(f"{image.width} x {image.height} pixels")
                return np.asarray(image.convert("RGBA"))
        except (OSError, ValueError, SyntaxError) as error:
            where = f"{self._path}: the sprite" if self._path else "The sprite"
            raise UnreadableFile(
                f"{where} of {name} cannot be read ({error}). Make the pack again with `lienzo train data`.",
                path=str(self._path or ""),
            ) from None


def premultiply(sprite: Sprite) -> Sprite:
    """Straight RGBA to RGBA whose colours carry their alpha."""
    alpha = sprite[..., 3:].astype(np.uint16)
    colours = (sprite[..., :3] * alpha + 127) // 255
    return np.concatenate([colours.astype(np.uint8), sprite[..., 3:]], axis=2)


def encode_sprite(sprite: Sprite) -> bytes:
    """A sprite as WebP: lossy colours, alpha nearly exact, what is invisible not kept."""
    buffer = io.BytesIO()
    Image.fromarray(sprite).save(
        buffer, "WEBP", quality=QUALITY, alpha_quality=ALPHA_QUALITY, method=4, exact=False
    )
    return buffer.getvalue()


def pack_bytes(
    concepts: Iterable[Concept], sprites: Iterable[tuple[SpriteInfo, bytes]], credits: Iterable[Credit]
) -> bytes:
    """The pack as it lies on disk."""
    pairs = list(sprites)
    header = {
        "concepts": [asdict(concept) for concept in concepts],
        "sprites": [{**asdict(info), "bytes": len(blob)} for info, blob in pairs],
        "credits": [asdict(credit) for credit in credits],
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    body = b"".join(blob for _, blob in pairs)
    return PREFIX.pack(MAGIC, len(text), zlib.crc32(body)) + text + body


def _parse(data: bytes, path: Path) -> Sprites:
    magic, header_bytes, checksum = PREFIX.unpack_from(data)
    if magic != MAGIC:
        raise ValueError("it does not begin like one")
    start = PREFIX.size + header_bytes
    if start > len(data) or zlib.crc32(memoryview(data)[start:]) != checksum:
        raise ValueError("bytes are missing or changed")
    header = json.loads(data[PREFIX.size : start])
    infos, blobs = [], []
    for form in header["sprites"]:
        length = int(form.pop("bytes"))
        if not 0 < length <= len(data) - start:
            raise ValueError("a sprite lies outside the file")
        infos.append(SpriteInfo(**{**form, "tone": tuple(form["tone"])}))
        blobs.append(data[start : start + length])
        start += length
    concepts = [_concept(form) for form in header["concepts"]]
    known = {concept.id for concept in concepts}
    if stray := next((info.concept for info in infos if info.concept not in known), None):
        raise ValueError(f"a sprite of an unknown concept {stray!r}")
    return Sprites(concepts, infos, blobs, [Credit(**form) for form in header["credits"]], path)


def _concept(form: Mapping[str, object]) -> Concept:
    """JSON's lists become tuples again; a concept without names or styles is refused."""
    words = {
        part: {str(language): tuple(map(str, list)) for language, list in dict(form[part]).items()}  # type: ignore[call-overload]
        for part in ("names", "synonyms")
    }
    styles = tuple(map(str, form["styles"]))  # type: ignore[call-overload]
    if not styles or not words["names"].get("en"):
        raise ValueError(f"the concept {form['id']!r} has no name or no picture")
    return Concept(
        id=str(form["id"]), group=str(form["group"]), kind=str(form["kind"]), styles=styles,
        names=words["names"], synonyms=words["synonyms"], weight=float(form["weight"]),  # type: ignore[arg-type]
    )  # fmt: skip


__all__ = [
    "Credit",
    "EngineError",
    "Sprite",
    "SpriteInfo",
    "Sprites",
    "encode_sprite",
    "pack_bytes",
    "premultiply",
]

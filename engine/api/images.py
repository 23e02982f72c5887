"""Pictures and sizes as they cross the door: read-only arrays with their hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import BadRequest

Pixels = NDArray[np.uint8]
"""Height x width x 3, sRGB, 0 to 255, read-only."""
Stack = NDArray[np.uint8]
"""Layers of one size below one another, the lowest first: (n * height) x width x 4, opacity last."""
Depth = NDArray[np.uint16]
"""How near each pixel is, height x width: 0 is far, 65,535 near."""


class Extent(NamedTuple):
    """A size in canvas pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @classmethod
    def __from_json__(cls, data: object, where: str) -> Extent:
        if not isinstance(data, list) or len(data) != 2 or not all(type(side) is int for side in data):
            raise BadRequest(where, f"expected a width and a height, found {str(data)[:60]!r}")
        return cls(*data)


def read_only(pixels: NDArray[np.uint8]) -> Pixels:
    """`pixels` (H x W x 3, uint8), contiguous and not writable; copies only where it must.

    Raises `BadRequest` for another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise BadRequest("image", f"expected H x W x 3 bytes, found {pixels.dtype} {pixels.shape}")
    pixels = np.ascontiguousarray(pixels)
    if pixels.flags.writeable:
        pixels = pixels.view()
        pixels.flags.writeable = False
    return pixels


def layers_in(stack: Stack, height: int) -> list[NDArray[np.uint8]]:
    """The layers of `stack`, the lowest first, each `height` x width x 4."""
    return [stack[top : top + height] for top in range(0, len(stack), height)]


def pixels_hash(pixels: NDArray[np.uint8] | Depth) -> str:
    """SHA-256 over the shape and the bytes: equal exactly when the pixels are the same."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class ImageInput:
    """A picture that a request starts from.

    The pixels are stored apart from a request's JSON (the journal and the pipe carry them by
    hash), so an instance read from JSON has `pixels` None until it is joined with them.
    """

    sha256: str
    """`pixels_hash` of the pixels."""
    width: int
    height: int
    name: str = ""
    """The file name it came from, for people; never a path."""
    pixels: Pixels | None = None

    @staticmethod
    def of(pixels: NDArray[np.uint8], name: str = "") -> ImageInput:
        pixels = read_only(pixels)
        height, width = pixels.shape[:2]
        return ImageInput(pixels_hash(pixels), width, height, name, pixels)

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ImageInput) and other.sha256 == self.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __json__(self) -> dict[str, object]:
        return {"sha256": self.sha256, "width": self.width, "height": self.height, "name": self.name}

    @classmethod
    def __from_json__(cls, data: object, where: str) -> ImageInput:
        if not isinstance(data, dict) or not isinstance(data.get("sha256"), str):
            raise BadRequest(where, "expected a picture's hash and size")
        width, height = data.get("width", 0), data.get("height", 0)
        if not isinstance(width, int) or not isinstance(height, int):
            raise BadRequest(where, "expected a picture's size in whole numbers")
        return cls(data["sha256"], width, height, str(data.get("name", "")))

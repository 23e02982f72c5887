"""What a mark is: names and shapes that a file of one kind and family has, and where that is known from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.model_file import FileKind

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]
"""Name of a tensor to its shape, as torch writes it (GGUF's own order is the other way round)."""
Sides = tuple[int | None, ...]
"""The leading sides that a shape must have; None stands for any, and () for any shape at all."""
ANY: Sides = ()


@dataclass(frozen=True)
class Mark:
    """A file fits where it has all of `needs` and nothing of `lacks`, behind one of the known wrappers."""

    kind: FileKind
    families: tuple[str, ...]
    needs: Mapping[str, Sides]
    source: str
    """Where these names and shapes are to be seen: a repository and file, or a class of diffusers."""
    variant: str = ""
    lacks: tuple[str, ...] = ()

    def fits(self, tensors: Shapes, wrapper: str) -> bool:
        return all(
            has_sides(tensors.get(wrapper + name), sides) for name, sides in self.needs.items()
        ) and not any(wrapper + name in tensors for name in self.lacks)


@dataclass(frozen=True)
class VariantMark:
    """A further word about a file whose family is known already."""

    families: tuple[str, ...]
    needs: Mapping[str, Sides]
    variant: str
    source: str
    lacks: tuple[str, ...] = ()
    kinds: tuple[FileKind, ...] = (FileKind.CHECKPOINT, FileKind.DENOISER)

    def fits(self, tensors: Shapes, wrapper: str) -> bool:
        return Mark(FileKind.UNKNOWN, (), self.needs, "", lacks=self.lacks).fits(tensors, wrapper)


@dataclass(frozen=True)
class LoraMark:
    """Layers that only LoRAs of these families change. `layers` is searched in all of a file's layer names.

    Names are compared with `_` for every dot: Kohya's files write them so, and no layer's name is spoilt.
    """

    families: tuple[str, ...]
    layers: str
    """A regular expression."""
    source: str
    reads: tuple[int, ...] = ()
    """How wide the input of such a layer may be; empty for any."""
    writes: tuple[int, ...] = ()
    """The same of its output."""
    variant: str = ""


@dataclass(frozen=True)
class Recognised:
    """What the tensors say."""

    kind: FileKind
    families: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    why: tuple[str, ...] = field(default=())
    rank: int = 0


def has_sides(shape: Shape | None, sides: Sides) -> bool:
    """True where `shape` is there and begins with `sides`."""
    if shape is None or len(shape) < len(sides):
        return False
    return all(side is None or side == found for side, found in zip(sides, shape, strict=False))


def in_words(shape: Shape) -> str:
    """`3072 x 64`."""
    return " x ".join(map(str, shape)) or "one number"

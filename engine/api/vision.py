"""Networks that look at pictures: they say what is where, how near it is, how somebody stands."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.form import Json
from engine.api.maps import MapKind


class VisionKind(enum.StrEnum):
    """What a network says of a picture."""

    IMAGE_ENCODER = "image-encoder"
    """What the whole picture is like, in numbers that an IP-Adapter reads."""
    DEPTH = "depth"
    """How near each pixel is."""
    SEGMENTATION = "segmentation"
    """What each pixel belongs to."""
    POSE = "pose"
    """Where a person's joints are, inside a box."""
    DETECTOR = "detector"
    """Where things and people are, as boxes."""


@dataclass(frozen=True)
class VisionInfo:
    """One of them, known from its header and configuration before a number is read."""

    name: str
    """Unique among its kind."""
    kind: VisionKind
    path: Path
    class_name: str
    """The class of transformers that runs it."""
    width: int = 0
    """Of an image encoder: numbers that it gives for a picture; 0 where it gives none."""
    hidden_width: int = 0
    """Of an image encoder: numbers for each piece of a picture."""
    side: int = 0
    """Of an image encoder: pixels along the pictures that it looks at; 0 where that is not told."""
    classes: int = 0
    """How many things it tells apart, where it names any."""
    parameters: int = 0
    bytes: int = 0
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


SEES: Mapping[MapKind, VisionKind] = {
    MapKind.DEPTH: VisionKind.DEPTH,
    MapKind.NORMAL: VisionKind.DEPTH,
    MapKind.SEGMENTATION: VisionKind.SEGMENTATION,
    MapKind.POSE: VisionKind.POSE,
}
"""Which kind of network draws which map; the others need none."""


def networks_for(kind: MapKind, seeing: Sequence[VisionInfo]) -> list[VisionInfo]:
    """Those of `seeing` that draw maps of `kind`, the smallest first: it answers soonest."""
    wanted = SEES.get(kind)
    return sorted((one for one in seeing if one.kind is wanted), key=lambda one: (one.bytes, one.name))


def first_drawer(kind: MapKind, seeing: Sequence[VisionInfo]) -> str:
    """The name of the network that draws maps of `kind` where none is chosen; empty where there is none."""
    return next((one.name for one in networks_for(kind, seeing)), "")

"""Maps: pictures that say what is where or how near, and that a picture follows besides words."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.api.form import Json
from engine.api.images import ImageInput


class MapKind(enum.StrEnum):
    """What a map tells, by the names that ControlNets go by."""

    LINES = "lines"
    """Line art: outlines, white on black."""
    CANNY = "canny"
    """Canny's edges, white on black."""
    SOFT_EDGE = "softedge"
    """Edges with soft flanks, white on black."""
    SCRIBBLE = "scribble"
    """A few thick strokes, white on black."""
    DEPTH = "depth"
    """How near: black is far, white is near."""
    NORMAL = "normal"
    """Which way surfaces turn: x, y, z as red, green, blue; facing the eye is (128, 128, 255)."""
    SEGMENTATION = "segmentation"
    """What is where, a colour each."""
    POSE = "pose"
    """Stick figures of OpenPose's 18 key points, in its colours on black."""
    TILE = "tile"
    """The picture itself, without its finest detail."""
    LUMINANCE = "luminance"
    """How light."""
    PALETTE = "palette"
    """Which colours are where, in large blocks."""
    INSTRUCTION = "ip2p"
    """The picture itself; the words say what to change in it (InstructPix2Pix as a ControlNet)."""
    INPAINT = "inpaint"
    """The picture without what is painted anew: made of an edit's picture and mask, place by place."""


SHOWN = tuple(kind for kind in MapKind if kind is not MapKind.INPAINT)
"""Those that one gives, and that are seen."""
LABELLED = (MapKind.SEGMENTATION, MapKind.PALETTE)
"""Their colours are names: between two there is no third, so they are scaled without mixing."""


NOTHING = ImageInput.of(np.zeros((1, 1, 3), np.uint8), MapKind.INPAINT.value)
"""In place of the pixels of a map that is made of the mask."""
DEPTH_ESTIMATOR = "depth_estimator"
"""The folder in a model's in which the network lies that sees how near things are, where it has one."""


class ControlType(enum.StrEnum):
    """What kind of network reads a map."""

    CONTROLNET = "controlnet"
    """https://arxiv.org/abs/2302.05543"""
    T2I_ADAPTER = "t2i-adapter"
    """https://arxiv.org/abs/2302.08453"""
    CONTROL_LORA = "control-lora"
    """A LoRA that teaches the model to read a map in channels of its own."""
    MODEL = "model"
    """The model itself, whose network reads a map in channels of its own."""


def acts_between(start: float, end: float, step: int, total: int) -> bool:
    """True where a map from `start` to `end` (shares of all steps) acts in `step` (1-based) of `total`.

    Counted as diffusers' pipelines do: it acts in steps that lie wholly between them.
    """
    return not ((step - 1) / total < start or step / total > end)


@dataclass(frozen=True)
class MapInput:
    """A map that a picture follows."""

    kind: MapKind
    image: ImageInput
    """The map itself. Of another size than the canvas it is scaled to cover it; an edit crops it with each
    place."""
    weight: float = 1.0
    """How closely: 0 is as if it were not there."""
    start: float = 0.0
    end: float = 1.0
    """From which share of the steps on, and up to which."""
    drawn_by: str = ""
    """The network that drew it from a picture; empty: painted, or drawn without one."""
    is_picture: bool = False
    """True where `image` is a picture that `drawn_by` is to draw the map from first."""
    detail: float = 0.5
    """Of a map that is to be drawn: 0 is only what is plainest, 1 everything."""
    network: str = ""
    """Name or path of the ControlNet or T2I-Adapter; empty: the only one here for this kind and model."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_of_mask(self) -> bool:
        """True where it is made of the edit's picture and mask; `image` is `NOTHING` then."""
        return self.kind is MapKind.INPAINT

    def acts_at(self, step: int, total: int) -> bool:
        """True in `step` (1-based) of `total`."""
        return acts_between(self.start, self.end, step, total)


@dataclass(frozen=True)
class ControlInfo:
    """What reads a map: a network or a LoRA, known by its header, or the model itself."""

    name: str
    """Unique among them; what `MapInput.network` holds."""
    type: ControlType
    path: Path
    kinds: tuple[MapKind, ...] = ()
    """What it was made to read, as its name tells; empty: it does not."""
    widths: tuple[int, ...] = ()
    """Channels of each level, which are its model's."""
    text_width: int = 0
    """Of the words that it reads; 0 where it reads none."""
    parameters: int = 0
    bytes: int = 0
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def reads(self, kind: MapKind) -> bool:
        """True also where its name tells nothing: then the artist knows.

        What is made of a mask only ControlNets read.
        """
        if kind is MapKind.INPAINT and self.type is not ControlType.CONTROLNET:
            return False
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class MapUse:
    """Which network read a map of a picture, for the recipe."""

    kind: MapKind
    network: str
    type: ControlType
    sha256: str
    """Of the network's file; empty where the model itself reads."""
    extra: Mapping[str, Json] = field(default_factory=dict)

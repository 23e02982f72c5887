"""References: pictures whose look, style or layout a picture takes over, besides words and maps."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.form import Json
from engine.api.images import ImageInput
from engine.api.mask import MaskInput


class ReferenceScope(enum.StrEnum):
    """What of the picture is taken over."""

    ALL = "all"
    STYLE = "style"
    """Colours, light and manner, not what is where."""
    COMPOSITION = "composition"
    """What is where, not its manner."""


@dataclass(frozen=True)
class ReferenceInput:
    """A picture that another one takes after."""

    image: ImageInput
    weight: float = 1.0
    """How much of it: 0 is as if it were not there. Most that read pictures by themselves know only 1."""
    scope: ReferenceScope = ReferenceScope.ALL
    adapter: str = ""
    """Name or path of the IP-Adapter; empty: the only one here for this model."""
    place: MaskInput | None = None
    """Where it counts, a soft value softly. Of another size than the canvas it is scaled to it; None:
    everywhere."""
    subject: str = ""
    """A word for what of it counts, as dog, for a family that has to be told."""
    becomes: str = ""
    """A word for what is drawn after it; empty: the same."""
    joined: bool = False
    """Looked at together with the one before it, as one, by its adapter, with its weight and scope."""
    extra: Mapping[str, Json] = field(default_factory=dict)


def counted(references: Sequence[ReferenceInput]) -> list[ReferenceInput]:
    """Those that count: not of weight 0, nor joined to one that is."""
    counts, found = False, []
    for one in references:
        counts = counts if one.joined else one.weight != 0
        found += [one] if counts else []
    return found


class AdapterVariant(enum.StrEnum):
    """How an IP-Adapter looks at a picture (https://arxiv.org/abs/2308.06721)."""

    PLAIN = "plain"
    """As a whole: a few tokens."""
    PLUS = "plus"
    """Piece by piece: closer to the picture."""
    FULL_FACE = "full face"
    """Every piece: for faces."""
    REDUX = "Redux"
    """Every piece, as words beside those of the prompt: FLUX.1 Redux."""
    FACE_ID = "FaceID"
    """By a recognised face; the network that recognises may not be used here."""


class AdapterNetwork(enum.StrEnum):
    """What kind of network an IP-Adapter is put into."""

    UNET = "unet"
    """Stable Diffusion 1 and 2, SDXL, Kolors."""
    FLUX = "flux"
    """FLUX.1 (https://github.com/XLabs-AI/x-flux)."""
    REDUX = "redux"
    """FLUX.1, in which it changes no layer (https://huggingface.co/black-forest-labs/FLUX.1-Redux-dev)."""
    SD3 = "sd3"
    """Stable Diffusion 3 and 3.5 (https://huggingface.co/InstantX/SD3.5-Large-IP-Adapter)."""


@dataclass(frozen=True)
class AdapterInfo:
    """An IP-Adapter, known from its header before a number is read."""

    name: str
    """Unique among them; what `ReferenceInput.adapter` holds."""
    path: Path
    variant: AdapterVariant = AdapterVariant.PLAIN
    network: AdapterNetwork = AdapterNetwork.UNET
    text_width: int = 0
    """Of the words that it stands beside."""
    widths: tuple[int, ...] = ()
    """Of the layers that it changes, each width once; Redux changes none."""
    layers: int = 0
    """How many layers it changes."""
    encoder_width: int = 0
    """Of what the image encoder must give."""
    inner_width: int = 0
    """Of what a plus adapter thinks in between; 0 for others."""
    parameters: int = 0
    bytes: int = 0
    licence: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class ReferenceUse:
    """Which networks read a reference, for the recipe; a family that reads pictures itself names none."""

    adapter: str
    sha256: str
    """Of the adapter's file."""
    encoder: str
    encoder_sha256: str
    extra: Mapping[str, Json] = field(default_factory=dict)

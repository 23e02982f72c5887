"""What a model family can do: recognise its files from their headers, load them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.images import Extent, Pixels
from engine.api.mask import Coverage
from engine.api.model_info import ModelInfo
from engine.checkpoints.checkpoint import Checkpoint
from engine.networks.controls import ControlBase
from engine.networks.original.single_file import SingleFile

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel


class Reads(enum.Enum):
    """What a denoiser is given at each step."""

    LATENTS = "latents"
    MASKED_PICTURE = "masked picture"
    """Beside the latents a mask and the picture without what it covers: an inpainting network."""
    PICTURE = "picture"
    """Beside the latents a picture that the words are an instruction for."""
    MAP = "map"
    """Beside the latents a map that the picture follows."""

    @property
    def shows_picture(self) -> bool:
        """True where that is a picture, or a part of one."""
        return self in (Reads.MASKED_PICTURE, Reads.PICTURE)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a picture begins with."""

    extent: Extent
    start: Pixels | None
    """H x W x 3 of `extent`; None begins in noise."""
    mask: Coverage | None
    """H x W of `extent`: what may change; None is all."""
    strength: float
    guidance: float
    guidance_rescale: float
    class_label: int = 0
    """What it draws, where a class stands for the prompt."""
    image_guidance: float = 1.5
    references: tuple[Pixels, ...] = ()
    """Pictures that the family reads by itself, each H x W x 3 of any size."""
    reference_weights: tuple[float, ...] = ()
    """How much each of them counts."""
    subjects: tuple[tuple[str, str], ...] = ()
    """Of each of those what of it counts, and what that becomes; empty words where nobody said."""
    layers: int = 4
    """Into how many the picture is taken apart."""


class Task(enum.Enum):
    """What a pipeline makes, and from what."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"


CheckNetwork = Callable[[str, Any], None]
"""Called with a part's name and its network; raises `UnsafeFile` where the numbers in it are no good."""


class Family(Protocol):
    """One file in this folder, which ends with `FAMILY = ...`, or `FAMILIES = ...` where it is a table."""

    id: str
    """The module's name, where it holds one."""
    title: str
    lora_targets: Mapping[str, tuple[str, ...]]
    """By part: the ends of the names of the layers that a LoRA learns to change. Empty: it has no LoRA."""
    single: SingleFile | None
    """How its models are put together from files; None where the family itself knows, or cannot."""

    def built_in(self) -> tuple[ModelInfo, ...]:
        """Models that need no file."""
        ...

    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        """What `checkpoint` is and can do, from its header alone, without torch; None where it is not ours.

        Raises `UnsupportedModel` where it is of this family but a kind that cannot be run, `UnsafeFile` where
        its parts contradict each other.
        """
        ...

    def layers(self, checkpoint: Checkpoint, part: str) -> Mapping[str, tuple[int, ...]]:
        """Layer to the shape of its weight, by the names of the part's class, from the header alone."""
        ...

    def control_base(self, checkpoint: Checkpoint) -> ControlBase | None:
        """What a ControlNet for `checkpoint` must fit, from the header alone; None: it follows no maps."""
        ...

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        """The networks with their weights, in memory of their own (the file may go away afterwards).

        `check` is called with each network when it is loaded.
        """
        ...

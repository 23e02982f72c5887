"""GLIGEN with pictures: what its network is told of a picture in a box (https://arxiv.org/abs/2301.07093)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.images import Pixels
from engine.checkpoints.checkpoint import Checkpoint
from engine.networks.stable_diffusion import whole

if TYPE_CHECKING:
    import torch

PARTS = ("image_encoder", "image_project")
"""What looks at a picture, and what brings that to where phrases lie; loaded with the first picture."""
NORM = 28.7
"""Length of what is told of a picture, about that of what the text encoder makes of a phrase."""


def reads_pictures(configs: Mapping[str, Mapping[str, Json]]) -> bool:
    """True where a box may hold a picture, with a phrase or in place of one."""
    return configs["unet"].get("attention_type") == "gated-text-image"


def check_pictures(checkpoint: Checkpoint) -> None:
    """Raises `UnsupportedModel` where a part that looks at them is missing, or is not as wide as phrases."""
    for part, named in zip(PARTS, ("projection_dim", "hidden_size"), strict=True):
        if part not in checkpoint.weights:
            raise UnsupportedModel(
                f"{checkpoint.path.name} has no {part}, by which it sees pictures. Parts of the model are "
                "missing; get it again.",
                path=str(checkpoint.path),
            )
        width = whole(checkpoint.configs["text_encoder"], "hidden_size", 512)
        if whole(checkpoint.configs[part], named, 512 if part == PARTS[0] else 768) != width:
            raise UnsupportedModel(
                f"The {part} in {checkpoint.path.name} is not the one that its text encoder was made for. "
                "Get the model again from its source.",
                path=str(checkpoint.path),
            )


def seen_in(encoder: Any, project: Any, pictures: Sequence[Pixels]) -> torch.Tensor:
    """N x D: what is told of each of `pictures` (H x W x 3), as phrases are; seen one by one."""
    import torch
    from PIL import Image

    from engine.families.adapted.unclip import seen_by  # imports diffusers

    told = [project(seen_by(encoder, [Image.fromarray(pixels)])) for pixels in pictures]
    return torch.cat([one / one.norm() * NORM for one in told])

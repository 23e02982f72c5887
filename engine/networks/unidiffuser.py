"""UniDiffuser's networks, as one step of a picture asks them.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import Any

import torch
from diffusers.pipelines.deprecated.unidiffuser import UniDiffuserModel

from engine.api.form import Json


class JointNetwork(UniDiffuserModel):
    """Answers for latents and what CLIP sees of the picture in one row, as its pipeline keeps both."""

    def forward(
        self,
        sample: Any,
        timestep: Any,
        encoder_hidden_states: Any,
        timestep_text: Any = 0,
        data_type: int = 1,
    ) -> tuple[Any]:
        """
        Args:
            sample: B x (C * h * w + D).
            encoder_hidden_states: B x tokens x width.
            timestep_text: How noisy the words are; 0 is not at all.
            data_type: 1 for weights that were taught pictures of all kinds, 0 for those of open ones.
        """
        latents, seen = self.parted(sample)
        latents, seen, _ = super().forward(
            latents, seen, encoder_hidden_states, timestep_img=timestep, timestep_text=timestep_text,
            data_type=data_type,
        )  # fmt: skip
        return (self.joined(latents, seen),)

    def at_once(self, *told: Any, **asked: Any) -> tuple[Any, Any, Any]:
        """As diffusers has it: latents, what CLIP sees and words, each by itself."""
        return super().forward(*told, **asked)

    def parted(self, sample: Any) -> tuple[Any, Any]:
        """B x C x h x w and B x 1 x D."""
        width, side = self.config["clip_img_dim"], self.config["sample_size"]
        latents = sample[:, :-width].reshape(-1, self.config["in_channels"], side, side)
        return latents, sample[:, None, -width:]

    def joined(self, latents: Any, seen: Any) -> Any:
        return torch.cat([latents.flatten(1), seen.flatten(1)], dim=1)


class Prefix(torch.nn.Module):
    """Of what writes texts the layer that makes a text encoder's words shorter: it alone is drawn with."""

    def __init__(self, width: int, shorter: int | None) -> None:
        super().__init__()
        self.encode_prefix = torch.nn.Identity() if shorter is None else torch.nn.Linear(width, shorter)

    def forward(self, words: Any) -> Any:
        return self.encode_prefix(words)


def unidiffuser_network(class_name: str, config: Mapping[str, Json]) -> Any:
    """Call inside `weights.build_empty`."""
    own: dict[str, Any] = dict(config)
    if class_name == "UniDiffuserModel":
        known = signature(UniDiffuserModel.__init__).parameters
        return JointNetwork(**{name: value for name, value in own.items() if name in known})
    return Prefix(own["prefix_inner_dim"], own.get("prefix_hidden_dim"))

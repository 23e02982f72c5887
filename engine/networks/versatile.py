"""Versatile Diffusion's network: layers that read words beside layers that look at pictures.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers
from diffusers.models import DualTransformer2DModel


class ReadsOrSees(DualTransformer2DModel):
    """As diffusers mixes both, and leaves out the one that counts for nothing."""

    def forward(self, hidden_states: Any, encoder_hidden_states: Any = None, **call: Any) -> Any:
        if 0 < self.mix_ratio < 1:
            known = ("timestep", "attention_mask", "cross_attention_kwargs", "return_dict")
            call = {name: value for name, value in call.items() if name in known}
            return super().forward(hidden_states, encoder_hidden_states, **call)
        only = self.transformers[round(self.mix_ratio)]
        return only(hidden_states, encoder_hidden_states=encoder_hidden_states, **call)


class VersatileUNet(diffusers.UNet2DConditionModel):
    """Told with each call how many of the rows before it are words, and how much they count of 1."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        for layer in self._layers:
            layer.__class__ = ReadsOrSees

    @property
    def _layers(self) -> list[DualTransformer2DModel]:
        return [layer for layer in self.modules() if isinstance(layer, DualTransformer2DModel)]

    def forward(
        self,
        sample: Any,
        timestep: Any,
        encoder_hidden_states: Any,
        *args: Any,
        text_rows: int,
        text_share: float,
        **call: Any,
    ) -> Any:
        lengths = [text_rows, encoder_hidden_states.shape[1] - text_rows]
        for layer in self._layers:
            layer.condition_lengths, layer.mix_ratio = lengths, text_share
        return super().forward(sample, timestep, encoder_hidden_states, *args, **call)

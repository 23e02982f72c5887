"""Encoders that diffusers has in the rooms of their pipelines, made from a folder's own configuration.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusers.pipelines.deprecated.alt_diffusion.modeling_roberta_series import (
    RobertaSeriesConfig,
    RobertaSeriesModelWithTransformation,
)
from diffusers.pipelines.deprecated.paint_by_example.image_encoder import PaintByExampleImageEncoder
from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertConfig, LDMBertModel
from transformers import CLIPVisionConfig

from engine.api.form import Json


class XlmRobertaSeries(RobertaSeriesModelWithTransformation):
    """Without what would say something of the text as a whole, which nobody reads."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.roberta.pooler = None

    def forward(self, input_ids: Any, **asked: Any) -> Any:
        return super().forward(input_ids, **{**asked, "return_dict": True})  # asks for it by an older name


ENCODERS: Mapping[str, tuple[Any, Any]] = {
    "paint_by_example": (PaintByExampleImageEncoder, CLIPVisionConfig),
    "kandinsky": (MultilingualCLIP, MCLIPConfig),
    "latent_diffusion": (LDMBertModel, LDMBertConfig),
    "alt_diffusion": (XlmRobertaSeries, RobertaSeriesConfig),
}
"""Room to the encoder in it and the class of its configuration."""


def encoder(room: str, config: Mapping[str, Json]) -> Any:
    """That of `room`; call inside `weights.build_empty`."""
    network, settings = ENCODERS[room]
    return network(settings(**config))

"""What BLIP-Diffusion sees a subject with: its Q-Former, put together of transformers' own parts.

Diffusers' class fetches a tokenizer while it is made, and asks transformers for what that has no more. Here
it is given words that were read before; the names of its tensors are the same. Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.pipelines.deprecated.blip_diffusion.modeling_blip2 import (
    Blip2VisionEmbeddings,
    ProjLayer,
)
from torch import nn
from transformers import Blip2VisionConfig, InstructBlipQFormerConfig, InstructBlipQFormerModel
from transformers.models.blip_2.modeling_blip_2 import Blip2Encoder

from engine.api.form import Json

CLASS = "Blip2QFormerModel"


class Eyes(nn.Module):
    """The half that looks: a picture in patches."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.embeddings = Blip2VisionEmbeddings(config)
        self.pre_layernorm = nn.LayerNorm(width, eps=eps)
        self.encoder = Blip2Encoder(config)
        self.post_layernorm = nn.LayerNorm(width, eps=eps)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """B x 3 x H x W to B x (1 + patches) x width."""
        begun = self.pre_layernorm(self.embeddings(pixels))
        return self.post_layernorm(self.encoder(begun).last_hidden_state)


class SubjectReader(nn.Module):
    """From a picture and the word for what of it counts to a few words that no vocabulary has."""

    def __init__(self, config: Mapping[str, Json]) -> None:
        super().__init__()
        seeing = Blip2VisionConfig(**_part(config, "vision_config"))
        reading = InstructBlipQFormerConfig(**_part(config, "qformer_config"))
        seeing._attn_implementation = "sdpa"
        inner = InstructBlipQFormerModel(reading)
        width, count = reading.hidden_size, config.get("num_query_tokens", 16)
        assert isinstance(count, int)
        self.visual_encoder = Eyes(seeing)
        self.query_tokens = nn.Parameter(torch.zeros(1, count, width))
        self.embeddings, self.encoder = inner.embeddings, inner.encoder
        self.proj_layer = ProjLayer(in_dim=width, out_dim=width, hidden_dim=4 * width)

    @property
    def side(self) -> int:
        """Of the pictures that it looks at."""
        told = self.visual_encoder.embeddings.image_size
        return told if isinstance(told, int) else told[0]

    @property
    def device(self) -> torch.device:
        return self.query_tokens.device

    @property
    def dtype(self) -> torch.dtype:
        return self.query_tokens.dtype

    def forward(self, pixels: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """1 x words x width, from 1 x 3 x `side` x `side` and the tokens of the subject's name, 1 x N."""
        count = self.query_tokens.shape[1]
        begun = self.embeddings(input_ids=ids, query_embeds=self.query_tokens)
        read = self.encoder(
            begun, attention_mask=None, encoder_hidden_states=self.visual_encoder(pixels),
            encoder_attention_mask=None, query_length=count,
        ).last_hidden_state  # fmt: skip
        return self.proj_layer(read[:, :count])


def _part(config: Mapping[str, Json], name: str) -> dict[str, Any]:
    told = config.get(name)
    return dict(told) if isinstance(told, Mapping) else {}

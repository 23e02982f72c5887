"""FLUX.2 klein KV, which reads its pictures once and keeps what each layer made of them.

Importing this costs torch.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import diffusers
import torch
from diffusers.models.transformers.transformer_flux2 import Flux2KVCache, Flux2KVLayerCache


class Flux2KleinKV(diffusers.Flux2KleinKVPipeline):
    """Reads its pictures by themselves, when its network first runs.

    Theirs does so within the first step of its loop: that is passed over where a picture goes on from a later
    one, made more than once where places are drawn, and answers otherwise than the others.
    """

    read: ReadPictures | None = None

    def __call__(self, **call: Any) -> Any:
        hook = self.transformer.register_forward_pre_hook(self._with_pictures, with_kwargs=True)
        try:
            return super().__call__(**call)
        finally:
            hook.remove()

    def prepare_image_latents(self, *asked: Any, **more: Any) -> tuple[None, None]:
        tokens, places = super().prepare_image_latents(*asked, **more)
        self.read = ReadPictures(self.transformer, tokens, places)
        return None, None

    def _with_pictures(self, _: Any, args: tuple[Any, ...], call: dict[str, Any]) -> Any:
        if self.read is None:
            return None
        return args, {**call, "kv_cache": self.read, "kv_cache_mode": "cached"}


class ReadPictures:
    """What a network keeps of pictures, read the first time that it is asked for.

    Pictures look at themselves alone, and know neither the time nor the words: it is the same at every step.
    """

    def __init__(self, network: Any, tokens: torch.Tensor, places: torch.Tensor) -> None:
        """
        Args:
            tokens: B x N x C, of all pictures.
            places: B x N x 4, which picture each is of and where in it.
        """
        self.network, self.tokens, self.places = network, tokens, places

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same pictures: those who compare calls take it for the same then."""
        if not isinstance(other, ReadPictures) or self.tokens.shape != other.tokens.shape:
            return False
        return torch.equal(self.tokens, other.tokens) and torch.equal(self.places, other.places)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    @property
    def num_ref_tokens(self) -> int:
        return self._kept.num_ref_tokens

    def get_double(self, layer: int) -> Flux2KVLayerCache:
        return self._kept.get_double(layer)

    def get_single(self, layer: int) -> Flux2KVLayerCache:
        return self._kept.get_single(layer)

    @cached_property
    def _kept(self) -> Flux2KVCache:
        network, tokens = self.network, self.tokens.to(self.network.dtype)
        batch, count, _ = tokens.shape
        words = tokens.new_zeros(batch, 1, network.config.joint_attention_dim)  # neither is looked at
        # past whoever stands at its calls: it runs already, and this is no step
        _, kept = type(network).forward(
            network,
            hidden_states=torch.cat([tokens, tokens[:, :1]], dim=1),
            timestep=tokens.new_zeros(batch),
            encoder_hidden_states=words,
            txt_ids=self.places.new_zeros(1, 4),
            img_ids=torch.cat([self.places, self.places[:, :1]], dim=1),
            return_dict=False,
            kv_cache_mode="extract",
            num_ref_tokens=count,
        )
        return kept

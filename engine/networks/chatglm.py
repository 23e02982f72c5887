"""ChatGLM 3 as Kolors reads with it: diffusers' own class, without what a reader does not need."""

from __future__ import annotations

from typing import Any

from diffusers.pipelines.kolors import ChatGLMModel


class ChatGlm(ChatGLMModel):
    """Without the layer that writes words: half a gigabyte at the real size, which nobody asks."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        del self.output_layer
        # worked out anew: many files lack it
        self.rotary_pos_emb._non_persistent_buffers_set.add("inv_freq")

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        places = self.rotary_pos_emb
        places.inv_freq = places.inv_freq.to(self.dtype)  # it decides in which numbers words are turned
        # its configuration would be asked in a way that transformers no longer likes
        return super().forward(*args, **{**kwargs, "return_dict": True, "use_cache": False})

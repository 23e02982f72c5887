"""Kandinsky, whose pipelines call the autoencoder `movq`.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers


class Kandinsky3(diffusers.Kandinsky3Pipeline):
    """Guides against nothing at all where there is no negative prompt, as its makers do."""

    model_cpu_offload_seq = "text_encoder->unet->vae"

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler, vae=vae
        )

    @property
    def movq(self) -> Any:
        return self.vae

    def __call__(self, *, negative_prompt: str | None = None, **call: Any) -> Any:
        return super().__call__(negative_prompt=negative_prompt or None, **call)

"""aMUSEd, whose pipeline calls the autoencoder `vqvae` and reads its words in the midst of its call.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers

from engine.families.adapted.around import Around, Plainly


class Amused(diffusers.AmusedPipeline):
    """Its call is diffusers' own."""

    model_cpu_offload_seq = "text_encoder->transformer->vae"

    def __init__(self, tokenizer: Any, text_encoder: Any, transformer: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, transformer=transformer, scheduler=scheduler,
            vae=vae,
        )  # fmt: skip
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @property
    def vqvae(self) -> Any:
        return self.vae

    def encode_prompt(self, prompt: str, device: Any) -> tuple[Any, Any]:
        """What the encoder says of the whole, 1 x width, and of each token, 1 x tokens x width."""
        ids = self.tokenizer(
            prompt, return_tensors="pt", padding="max_length", truncation=True,
            max_length=self.tokenizer.model_max_length,
        ).input_ids.to(device)  # fmt: skip
        read = self.text_encoder(ids, return_dict=True, output_hidden_states=True)
        return read.text_embeds, read.hidden_states[-2]

    def __call__(self, **call: Any) -> Any:
        stock: Any = diffusers.AmusedPipeline.__call__
        return stock(_Seen(self), **call)


class _Seen(Around):
    """The pipeline as its own call has it: that takes the network's answer as it is."""

    def __init__(self, pipeline: Amused) -> None:
        super().__init__(pipeline)
        self.transformer = Plainly(pipeline.transformer)

"""Kandinsky 5, which draws seven sizes unless it is told others.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers
import torch

from engine.families.adapted.schedules import stepping


class Kandinsky5(diffusers.Kandinsky5T2IPipeline):
    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        self.resolutions = [(width, height)]
        return super().__call__(width=width, height=height, **call)


class Kandinsky5Edit(diffusers.Kandinsky5I2IPipeline):
    """Keeps its picture where it would lose it: behind a long prompt, and behind latents that it is given."""

    LONGEST = 512
    """Tokens of a prompt; theirs cuts a longer one off at its end, where the mark for the picture is."""
    NEVER_CUT = 1 << 16

    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        self.resolutions = [(width, height)]
        with stepping(self.scheduler, _from_copy):
            return super().__call__(width=width, height=height, **call)

    def prepare_latents(self, *, latents: torch.Tensor | None = None, **asked: Any) -> torch.Tensor:
        """B x 1 x h x w x (2C + 1): the latents, the picture's, and where that is."""
        begun = super().prepare_latents(**asked)
        if latents is not None:
            begun[..., : latents.shape[-1]] = latents
        return begun

    def _encode_prompt_qwen(
        self,
        prompt: list[str],
        image: Any = None,
        device: Any = None,
        max_sequence_length: int = 1024,
        dtype: Any = None,
    ) -> Any:
        read = [self.as_read(one) for one in prompt]
        return super()._encode_prompt_qwen(read, image, device, self.NEVER_CUT, dtype)

    def as_read(self, prompt: str) -> str:
        """As much of it as is read."""
        read = self.tokenizer.tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)
        offsets = read["offset_mapping"]
        return prompt if len(offsets) <= self.LONGEST else prompt[: offsets[self.LONGEST][0]]


def _from_copy(step: Any, output: Any, timestep: Any, sample: torch.Tensor, **more: Any) -> Any:
    """Schedulers keep what they are given, and the pipeline writes the next latents over it."""
    return step(output, timestep, sample.clone(), **more)

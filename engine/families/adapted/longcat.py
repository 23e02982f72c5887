"""LongCat-Image Edit, which draws a million pixels unless it is told another size.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.longcat_image.pipeline_longcat_image_edit import calculate_dimensions
from PIL import Image


class LongCatImageEdit(diffusers.LongCatImageEditPipeline):
    """Draws the size that it is told, cuts what is too long to be read, and sees its picture as a surface."""

    AREA = 1024 * 1024
    """In pixels, that its own call works out a size from."""
    LONGEST = 512
    """Tokens of a prompt."""
    NEVER = 1 << 30

    def __call__(self, *, image: Image.Image, width: int, height: int, **call: Any) -> Any:
        theirs = calculate_dimensions(self.AREA, image.width / image.height)
        sized = Sized(vae_scale_factor=self.vae_scale_factor * 2)
        sized.factors = height / theirs[1], width / theirs[0]
        self.image_processor, self.wanted = sized, (height, width)
        self.tokenizer_max_length = self.NEVER  # past it, theirs stops at an error in its own warning
        return super().__call__(image=image, **call)

    def prepare_latents(
        self, image: Any, batch_size: int, channels: int, height: int, width: int, *more: Any
    ) -> Any:
        return super().prepare_latents(image, batch_size, channels, *self.wanted, *more)

    def _encode_prompt(self, prompt: Any, image: Any) -> torch.Tensor:
        tokenizer = self.tokenizer
        object.__setattr__(self, "tokenizer", Cutting(tokenizer, self.LONGEST))
        hook = self.text_encoder.register_forward_pre_hook(self._tell_where_pictures_are, with_kwargs=True)
        try:
            return super()._encode_prompt(prompt, image)
        finally:
            hook.remove()
            object.__setattr__(self, "tokenizer", tokenizer)

    def _tell_where_pictures_are(self, _: Any, args: tuple[Any, ...], call: dict[str, Any]) -> Any:
        """Newer encoders ask for it; untold they take the squares of a picture for words in a row."""
        is_picture = call["input_ids"] == self.tokenizer.convert_tokens_to_ids(self.image_token)
        return args, {**call, "mm_token_type_ids": is_picture.long()}


class Sized(VaeImageProcessor):
    """Takes every size that it is asked for times its factors: the whole and the half of what is drawn."""

    factors: tuple[float, float] = (1.0, 1.0)
    """Of height and width."""

    def resize(self, image: Any, height: int, width: int, *more: Any, **options: Any) -> Any:
        rows, columns = self.factors
        return super().resize(image, round(height * rows), round(width * columns), *more, **options)


class Cutting:
    """A tokenizer that cuts what it fills up, too."""

    def __init__(self, tokenizer: Any, longest: int) -> None:
        self.tokenizer, self.longest = tokenizer, longest

    def __call__(self, *texts: Any, **options: Any) -> Any:
        return self.tokenizer(*texts, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tokenizer, name)

    def pad(self, read: dict[str, Any], *, max_length: int, **options: Any) -> Any:
        rows = [row[: self.longest] for row in read["input_ids"]]
        return self.tokenizer.pad({"input_ids": rows}, max_length=self.longest, **options)

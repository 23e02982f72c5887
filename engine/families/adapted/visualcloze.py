"""VisualCloze in the artist's words: a prompt of lines, pairs of pictures, and the one that is asked about.

Importing this costs torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import diffusers
import numpy as np
from diffusers.pipelines.visualcloze.visualcloze_utils import VisualClozeProcessor
from numpy.typing import NDArray
from PIL import Image


class Rows(VisualClozeProcessor):
    """The pairs in the size that the pipeline gives them; the last row in that of its picture."""

    def preprocess_image(self, input_images: list[list[Any]], vae_scale_factor: int) -> Any:
        stock: Any = super().preprocess_image(input_images, vae_scale_factor)
        given, sizes, targets = stock
        asked = input_images[-1][0]
        row = [asked, Image.new("RGB", asked.size, (0, 0, 0))]
        given[-1] = [self.normalize(self.numpy_to_pt(self.pil_to_numpy(one))) for one in row]
        sizes[-1] = [[asked.height, asked.width]] * 2
        return given, sizes, targets


class VisualCloze(diffusers.VisualClozeGenerationPipeline):
    """The first line of a prompt says what is done in each row; the others, what the last picture shows."""

    def __call__(
        self,
        *,
        prompt: str,
        image: Image.Image,
        shown: Sequence[NDArray[np.uint8]],
        width: int,
        height: int,
        **call: Any,
    ) -> Any:
        """`image`: width x height; `shown`: before, after, before, after, ..."""
        task, _, content = prompt.partition("\n")
        pictures = [Image.fromarray(pixels) for pixels in shown]
        pairs = [pictures[at : at + 2] for at in range(0, len(pictures), 2)]
        # as large as the picture, whatever of that is lost where the pipeline rounds down
        side: Any = math.sqrt(width * height) * (1 + 1e-9)
        self.image_processor = Rows(
            vae_scale_factor=self.vae_scale_factor * 2, vae_latent_channels=self.latent_channels,
            resolution=side,
        )  # fmt: skip
        rows: Any = [*pairs, [image, None]]
        said: Any = content.strip() or None
        return super().__call__(task_prompt=task, content_prompt=said, image=rows, **call)

"""Which layers of a known class keep 32 bits where all others have 16, told without loading the class.

As the classes say it themselves (`_keep_in_fp32_modules`), held against them by a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

EXACT: Mapping[str, tuple[str, ...]] = {
    "CosmosTransformer3DModel": ("learnable_pos_embed",),
    "Flux3Transformer2DModel": ("norm_q", "norm_k"),
    "JoyImageEditTransformer3DModel": ("time_embedder", "norm1", "norm2", "norm_out"),
    "JoyImageEditPlusTransformer3DModel": ("time_embedder", "norm1", "norm2", "norm_out"),
    "Kandinsky5Transformer3DModel": (
        "time_embeddings", "modulation", "visual_modulation", "text_modulation",
    ),
    "Krea2Transformer2DModel": ("norm", "norm1", "norm2", "norm_q", "norm_k"),
}  # fmt: skip
"""Class to the layers that do so in float16 and in bfloat16."""
EXACT_IN_HALF: Mapping[str, tuple[str, ...]] = {"T5EncoderModel": ("wo",), "UMT5EncoderModel": ("wo",)}
"""Class to those that overflow in float16 alone."""


def names_one(name: str, layers: Iterable[str]) -> bool:
    """Whether the tensor `name` is of one of `layers`."""
    return any(f".{layer}." in f".{name}." for layer in layers)

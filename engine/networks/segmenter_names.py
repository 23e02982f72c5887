"""Names of Segment Anything's own code, as transformers' classes call the same tensors.

Source of the pairs: facebookresearch/segment-anything (segment_anything/modeling) beside transformers'
SamModel, tensor by tensor.
"""

from __future__ import annotations

import re

MLP = r"(iou_prediction_head|output_hypernetworks_mlps\.\d+)\.layers"
PAIRS = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
    (r"\.blocks\.", ".layers."),
    (r"\.neck\.0\.", ".neck.conv1."),
    (r"\.neck\.1\.", ".neck.layer_norm1."),
    (r"\.neck\.2\.", ".neck.conv2."),
    (r"\.neck\.3\.", ".neck.layer_norm2."),
    (r"\.norm(?=\d?\.|_final)", ".layer_norm"),
    (r"\.pe_layer\.positional_encoding_gaussian_matrix$", ".shared_embedding.positional_embedding"),
    (r"\.point_embeddings\.", ".point_embed."),
    (r"\.mask_downscaling\.0\.", ".mask_embed.conv1."),
    (r"\.mask_downscaling\.1\.", ".mask_embed.layer_norm1."),
    (r"\.mask_downscaling\.3\.", ".mask_embed.conv2."),
    (r"\.mask_downscaling\.4\.", ".mask_embed.layer_norm2."),
    (r"\.mask_downscaling\.6\.", ".mask_embed.conv3."),
    (r"\.output_upscaling\.0\.", ".upscale_conv1."),
    (r"\.output_upscaling\.1\.", ".upscale_layer_norm."),
    (r"\.output_upscaling\.3\.", ".upscale_conv2."),
)
MARK = "image_encoder.neck.0.weight"
"""A tensor that only files with the original names have."""


def renamed(name: str, last_of_mlp: int = 2) -> str:
    """What transformers calls the tensor that the original calls `name`.

    `last_of_mlp`: the number of an MLP's last layer there; it is 2 in every published file.
    """
    for pattern, new in PAIRS:
        name = re.sub(pattern, new, name)
    if match := re.search(rf"{MLP}\.(\d+)\.", name):
        number = int(match[2])
        word = "proj_in" if number == 0 else "proj_out" if number == last_of_mlp else f"layers.{number - 1}"
        name = re.sub(rf"{MLP}\.\d+\.", rf"\1.{word}.", name)
    return name

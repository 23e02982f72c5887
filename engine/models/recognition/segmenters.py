"""The table of networks that cut out what one points at: the Segment Anything family."""

from __future__ import annotations

from engine.api.model_file import FileKind
from engine.models.recognition.mark import ANY, Mark

_HEAD = "mask_decoder.iou_token.weight"
_SAM = "transformers: SamModel"
_SAM_FILE = "facebookresearch/segment-anything: segment_anything/modeling"
_SAM_2_FILE = "facebookresearch/sam2: sam2/modeling"

SAM, SAM_HQ, SAM_2 = "SAM", "SAM-HQ", "SAM 2"
"""Words of `ModelFile.variant`, as their makers call them."""

SEGMENTERS: tuple[Mark, ...] = (
    Mark(
        FileKind.SEGMENTER,
        (),
        {"vision_encoder.neck.conv1.weight": ANY, _HEAD: ANY, "mask_decoder.hq_token.weight": ANY},
        "transformers: SamHQModel",
        SAM_HQ,
    ),
    Mark(FileKind.SEGMENTER, (), {"vision_encoder.neck.conv1.weight": ANY, _HEAD: ANY}, _SAM, SAM),
    Mark(
        FileKind.SEGMENTER,
        (),
        {"vision_encoder.backbone.patch_embed.projection.weight": ANY, _HEAD: ANY},
        "transformers: Sam2Model",
        SAM_2,
    ),
    Mark(
        FileKind.SEGMENTER,
        (),
        {"image_encoder.neck.0.weight": ANY, _HEAD: ANY, "mask_decoder.hf_token.weight": ANY},
        "SysCV/sam-hq: segment_anything/modeling",
        SAM_HQ,
    ),
    Mark(FileKind.SEGMENTER, (), {"image_encoder.neck.0.weight": ANY, _HEAD: ANY}, _SAM_FILE, SAM),
    Mark(
        FileKind.SEGMENTER,
        (),
        {"image_encoder.trunk.patch_embed.proj.weight": ANY, "sam_mask_decoder.iou_token.weight": ANY},
        _SAM_2_FILE,
        SAM_2,
    ),
)

"""The table of networks that see pictures and read words in one space: the gallery searches with them."""

from __future__ import annotations

from engine.api.model_file import FileKind
from engine.models.recognition.mark import ANY, Mark

_CLIP = "transformers: CLIPModel, AltCLIPModel, ChineseCLIPModel, MetaClip2Model"
_SIGLIP = "transformers: SiglipModel"

SIGHTS: tuple[Mark, ...] = (
    Mark(
        FileKind.SIGHT,
        (),
        {"text_projection.weight": ANY, "visual_projection.weight": ANY, "logit_scale": ANY},
        _CLIP,
        "CLIP",
    ),
    Mark(
        FileKind.SIGHT,
        (),
        {"vision_model.head.probe": ANY, "text_model.head.weight": ANY, "logit_scale": ANY},
        _SIGLIP,
        "SigLIP",
    ),
)

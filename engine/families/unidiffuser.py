"""UniDiffuser: one network for pictures and texts (https://arxiv.org/abs/2303.06555), which draws here.

It denoises what CLIP would see of the picture together with its latents, and guides against words that are
noise alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from engine.api.model_info import ModelInfo
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.start_picture import cover
from engine.families.family import CheckNetwork, Inputs
from engine.families.kinds import Kind, guided, run_by
from engine.families.loaded_model import LoadedModel
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import Rows, StockReader

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class UniDiffuserFamily(PipelineFamily):
    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        model = super().load(info, checkpoint, dtype, device, part_sha256, check)
        model.packing = model.packing._replace(beside=model.denoiser.config["clip_img_dim"])
        return model


def _told(inputs: Inputs) -> dict[str, Any]:
    """What describes a reference looks at as much of it as it draws."""
    fitted = [Image.fromarray(cover(pixels, inputs.extent)) for pixels in inputs.references]
    return {**guided(inputs), "pictures": fitted}


FAMILY = UniDiffuserFamily(
    id="unidiffuser",
    title="UniDiffuser",
    kinds={
        "UniDiffuserPipeline": Kind(
            "UniDiffuserPipeline", _told, Sampling("dpmpp_2m", steps=25, guidance=8.0), side=512,
            negative_prompt=False, references=1, reference_or_words=True, adapted="unidiffuser.UniDiffuser",
        )
    },
    denoiser="unet",
    text=("text_encoder", "image_encoder", "text_decoder"),
    reader=StockReader(("prompt_embeds",), "tokenizer", 75, {}, rows=(Rows("tokenizer", 1, 75),)),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    fixed_size=True,
    refines=False,
    is_whole=True,
    traits=Traits(ends_in_pixels=True, only_looks=True),
    beside=run_by("unidiffuser.seen"),
    first_stage=run_by("unidiffuser.described"),
)  # fmt: skip

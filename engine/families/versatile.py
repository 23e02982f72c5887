"""Versatile Diffusion: draws from words, after a picture, or from both at once (https://arxiv.org/abs/2211.08332).

Its makers' folder has two networks that draw the same pictures: what reads pictures lies in the one, what
reads words in the other, which else writes texts. Here both kinds of layers stand side by side in one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.model_info import ModelInfo
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint, WeightFile
from engine.families.family import CheckNetwork, Inputs
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.loaded_model import LoadedModel
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import Rows, StockReader

if TYPE_CHECKING:
    import torch

UNET, OTHER = "unet", "text_unet"
SEES, READS = 0, 1
"""Which of two layers side by side takes in what a picture shows, and which what words say."""
LAYERS = re.compile(r"(\.attentions\.\d+)\.")
IS_JOINED = "dual_cross_attention"


def joined(checkpoint: Checkpoint) -> Checkpoint:
    """`checkpoint` with both kinds of layers in one network, by the names that diffusers has for that.

    Raises `UnsupportedModel` where one of the two is not there.
    """
    if checkpoint.configs.get(UNET, {}).get(IS_JOINED) is True:  # its maker saved it so
        return checkpoint
    if UNET not in checkpoint.weights or OTHER not in checkpoint.weights:
        raise UnsupportedModel(
            f"{checkpoint.path.name} is Versatile Diffusion without the half that reads "
            f"{'pictures' if UNET not in checkpoint.weights else 'words'}. "
            "Get the whole model from its source.",
            path=str(checkpoint.path),
        )
    files = (
        *(_as_layers(file, SEES) for file in checkpoint.weights[UNET]),
        *(_as_layers(file, READS) for file in checkpoint.weights[OTHER]),
    )
    return replace(
        checkpoint,
        weights={**checkpoint.weights, UNET: files},
        configs={**checkpoint.configs, UNET: {**checkpoint.configs[UNET], IS_JOINED: True}},
    )


def _as_layers(file: WeightFile, which: int) -> WeightFile:
    """Of the one that reads words its layers that read are all that is drawn with."""
    tensors = {
        LAYERS.sub(rf"\1.transformers.{which}.", name, count=1): tensor
        for name, tensor in file.tensors.items()
        if which == SEES or LAYERS.search(name)
    }
    return replace(file, tensors=tensors)


@dataclass(frozen=True)
class VersatileFamily(PipelineFamily):
    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        return super().recognise(joined(checkpoint)) if self._kind(checkpoint) else None

    def layers(self, checkpoint: Checkpoint, part: str) -> dict[str, tuple[int, ...]]:
        return super().layers(joined(checkpoint), part)

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        return super().load(info, joined(checkpoint), dtype, device, part_sha256, check)


def _told(inputs: Inputs) -> dict[str, Any]:
    """A picture of weight 1 counts as much as the words, one of weight 2 alone."""
    weights = inputs.reference_weights
    share = 1 - min(weights[0], 2.0) / 2 if weights else 1.0
    return {**guided(inputs), "eta": 0.0, "pictures": references_of(inputs), "text_share": share}


FAMILY = VersatileFamily(
    id="versatile",
    title="Versatile Diffusion",
    kinds={
        "VersatileDiffusionPipeline": Kind(
            "VersatileDiffusionPipeline", _told, Sampling("ddim", steps=50, guidance=7.5), references=1,
            weighs_references=True, adapted="versatile.Versatile", side=512,
        )
    },
    denoiser=UNET,
    text=("text_encoder", "image_encoder"),
    reader=StockReader(
        ("prompt_embeds",), "tokenizer", 75, {}, rows=(Rows("tokenizer", 1, 75),), in_chunks=True
    ),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    is_whole=True,
    traits=Traits(has_stock_batch=True, only_looks=True),
    first_stage=run_by("versatile.seen"),
)  # fmt: skip

"""FLUX.1 of Black Forest Labs: dev, schnell, Fill (paints into masks) and Kontext (follows instructions)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents import Packing
from engine.families.checkpoint import Checkpoint
from engine.families.family import Inputs, Reads
from engine.families.pipeline_family import Kind, PipelineFamily, mask_of, picture_of, size_of
from engine.families.words import Rows, StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "guidance_scale": inputs.guidance}


def fill(inputs: Inputs) -> dict[str, Any]:
    strength = inputs.strength if inputs.start is not None else 1.0
    return {
        **plain(inputs), "image": picture_of(inputs), "mask_image": mask_of(inputs), "strength": strength,
    }  # fmt: skip


def kontext(inputs: Inputs) -> dict[str, Any]:
    area = inputs.extent.width * inputs.extent.height
    return {**plain(inputs), "image": picture_of(inputs), "max_area": area, "_auto_resize": False}


def whole_steps(call: dict[str, Any]) -> dict[str, Any]:
    """Fill rounds its steps up where all other pipelines round down; said so that both are the same."""
    if "strength" not in call:
        return call
    steps = call["num_inference_steps"]
    run = min(int(steps * call["strength"]), steps)
    return {**call, "strength": max(0.0, run / steps - 1e-9)}


def _distilled_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """schnell is distilled to few steps and takes no guidance; its configuration says so."""
    if kind.pipeline != "FluxPipeline" or checkpoint.configs["transformer"].get("guidance_embeds") is True:
        return kind
    return replace(kind, variant="schnell", guidance=False, sampling=Sampling("euler", steps=4, guidance=0.0))


def _never(_guidance: float) -> bool:
    """FLUX.1 was taught its guidance: there is no negative prompt."""
    return False


LORA_LAYERS = (
    "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
    "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2", "proj_mlp", "proj_out",
)  # fmt: skip

FAMILY = PipelineFamily(
    id="flux1",
    title="FLUX.1",
    kinds={
        "FluxPipeline": Kind(
            "FluxPipeline", plain, Sampling("euler", steps=28, guidance=3.5), "dev",
            negative_prompt=False, is_guided=_never,
        ),
        "FluxFillPipeline": Kind(
            "FluxFillPipeline", fill, Sampling("euler", steps=50, guidance=30.0), "Fill",
            Reads.MASKED_PICTURE, negative_prompt=False, is_guided=_never,
        ),
        "FluxKontextPipeline": Kind(
            "FluxKontextPipeline", kontext, Sampling("euler", steps=28, guidance=2.5), "Kontext",
            Reads.PICTURE, references=1, negative_prompt=False, is_guided=_never,
        ),
    },
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=StockReader(("prompt_embeds", "pooled_prompt_embeds", ""), "tokenizer_2", 511, {"prompt_2": None},
        rows=(Rows("tokenizer_2", 0, 511),),),
    prompt_tokens=511,
    packing=Packing(2),
    is_teachable=True,
    control="FluxControlNetModel",
    lora_targets={"transformer": LORA_LAYERS},
    refine=_distilled_or_not,
    finish=whole_steps,
)  # fmt: skip

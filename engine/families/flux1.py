"""FLUX.1 of Black Forest Labs.

dev and schnell, Fill (paints into masks), Kontext (follows instructions), Canny and Depth (follow a map).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.maps import MapKind
from engine.api.references import AdapterNetwork
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, guided, mask_of, picture_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.words import Rows, StockReader
from engine.networks.maps import OwnMap, kinds_told
from engine.networks.original import autoencoders, encoders, flux
from engine.networks.original.single_file import Config, Denoiser, SingleFile, Told


def fill(inputs: Inputs) -> dict[str, Any]:
    strength = inputs.strength if inputs.start is not None else 1.0
    return {
        **guided(inputs), "image": picture_of(inputs), "mask_image": mask_of(inputs), "strength": strength,
    }  # fmt: skip


def kontext(inputs: Inputs) -> dict[str, Any]:
    area = inputs.extent.width * inputs.extent.height
    return {**guided(inputs), "image": picture_of(inputs), "max_area": area, "_auto_resize": False}


def whole_steps(call: dict[str, Any]) -> dict[str, Any]:
    """Fill rounds its steps up where all other pipelines round down; said so that both are the same."""
    if "strength" not in call:
        return call
    steps = call["num_inference_steps"]
    run = min(int(steps * call["strength"]), steps)
    return {**call, "strength": max(0.0, run / steps - 1e-9)}


CONTROLS = {
    MapKind.CANNY: ("Canny", Sampling("euler", steps=50, guidance=30.0)),
    MapKind.DEPTH: ("Depth", Sampling("euler", steps=30, guidance=10.0)),
}
"""As their makers recommend: https://github.com/black-forest-labs/flux/blob/main/docs/structural-conditioning.md"""


def _exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """Which map one was taught its name tells; that it is distilled to few steps, its configuration."""
    if kind.own_map is not None:
        told = [CONTROLS[one] for one in kinds_told(checkpoint.path) if one in CONTROLS]
        return kind if len(told) != 1 else replace(kind, variant=told[0][0], sampling=told[0][1])
    if kind.pipeline != "FluxPipeline" or checkpoint.configs["transformer"].get("guidance_embeds") is True:
        return kind
    return replace(kind, variant="schnell", guidance=False, sampling=Sampling("euler", steps=4, guidance=0.0))


LORA_LAYERS = (
    "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
    "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2", "proj_mlp", "proj_out",
)  # fmt: skip


def _pipeline(told: Told) -> str:
    """Fill and Control are told by their width; that a file is Kontext only its name says."""
    if told.config["in_channels"] == 2 * told.number("out_channels"):
        return "FluxControlPipeline"
    if told.config["in_channels"] != told.config["out_channels"]:
        return "FluxFillPipeline"
    return "FluxKontextPipeline" if "kontext" in told.name else "FluxPipeline"


def _scheduler(told: Told) -> Config:
    is_dev = told.config["guidance_embeds"] is True
    return flux.SCHEDULER if is_dev else {**flux.SCHEDULER, "shift": 1.0, "use_dynamic_shifting": False}


SINGLE = SingleFile(
    class_name="FluxTransformer2DModel",
    layouts=(
        Denoiser((*flux.MARKS, "vector_in.in_layer.weight"), flux.FLUX1),
        Denoiser(
            ("single_transformer_blocks.0.proj_mlp.weight", "time_text_embed.text_embedder.linear_1.weight")
        ),
    ),
    config=flux.flux1_config,
    pipeline=_pipeline,
    vae=autoencoders.FLUX,
    text=lambda told: {"text_encoder": encoders.CLIP_L, "text_encoder_2": encoders.T5},
    widths=lambda told: {
        "text_encoder": told.number("pooled_projection_dim"),
        "text_encoder_2": told.number("joint_attention_dim"),
    },
    tokenizers={"tokenizer": "clip", "tokenizer_2": "t5"},
    scheduler=_scheduler,
)

READER = StockReader(
    ("prompt_embeds", "pooled_prompt_embeds", ""), "tokenizer_2", 511, {"prompt_2": None},
    rows=(Rows("tokenizer_2", 0, 511),),
)  # fmt: skip

FAMILY = PipelineFamily(
    id="flux1",
    title="FLUX.1",
    kinds={
        "FluxPipeline": Kind(
            "FluxPipeline", guided, Sampling("euler", steps=28, guidance=3.5), "dev", negative_prompt=False
        ),
        "FluxFillPipeline": Kind(
            "FluxFillPipeline", fill, Sampling("euler", steps=50, guidance=30.0), "Fill",
            Reads.MASKED_PICTURE, negative_prompt=False,
        ),
        "FluxKontextPipeline": Kind(
            "FluxKontextPipeline", kontext, Sampling("euler", steps=28, guidance=2.5), "Kontext",
            Reads.PICTURE, references=1, negative_prompt=False,
        ),
        "FluxControlPipeline": Kind(
            "FluxControlPipeline", guided, Sampling("euler", steps=30, guidance=10.0), "Control", Reads.MAP,
            negative_prompt=False, adapted="pipelines.FluxControl", own_map=OwnMap.LATENTS,
        ),
    },
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=READER,
    prompt_tokens=511,
    packing=Packing(2),
    control="FluxControlNetModel",
    ip_adapters=AdapterNetwork.FLUX,
    lora_targets={"transformer": LORA_LAYERS},
    refine=_exactly,
    finish=whole_steps,
    single=SINGLE,
)  # fmt: skip

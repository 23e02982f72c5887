"""Stable Diffusion 3 and 3.5, with or without the large T5 encoder."""

from __future__ import annotations

from dataclasses import replace

from engine.api.references import AdapterNetwork
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import Rows, StockReader
from engine.networks.original import autoencoders, encoders, transformers
from engine.networks.original.rules import number_of
from engine.networks.original.single_file import Denoiser, SingleFile, Told

READER = StockReader(
    ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
    "tokenizer_3", 255, {"prompt_2": None, "prompt_3": None},
    rows=(Rows("tokenizer", 1, 75), Rows("tokenizer_3", 77, 255)),
)  # fmt: skip
"""Without T5 its rows are empty, and what the two CLIPs do not read is not read."""


def _more_exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if "text_encoder_3" not in checkpoint.weights:
        kind = replace(kind, reader=replace(READER, tokenizer="tokenizer", longest=75, rows=READER.rows[:1]))
    config = checkpoint.configs["transformer"]
    if config.get("qk_norm") != "rms_norm":
        return kind
    is_turbo = "turbo" in checkpoint.path.name.lower()
    variant = "3.5 medium" if config.get("dual_attention_layers") else "3.5 large"
    sampling = Sampling("euler", steps=4, guidance=1.0) if is_turbo else replace(kind.sampling, guidance=4.5)
    return replace(kind, variant=f"{variant} turbo" if is_turbo else variant, sampling=sampling)


def _widths(told: Told) -> dict[str, int]:
    """The two CLIP encoders' pooled texts stand side by side: 768 and 1280 of 2048 numbers."""
    pooled = told.number("pooled_projection_dim")
    return {
        "text_encoder": pooled * 3 // 8,
        "text_encoder_2": pooled * 5 // 8,
        "text_encoder_3": told.number("joint_attention_dim"),
    }


SINGLE = SingleFile(
    class_name="SD3Transformer2DModel",
    layouts=(
        Denoiser(transformers.SD3_MARKS, transformers.sd3_rules),
        Denoiser(
            ("transformer_blocks.0.attn.add_q_proj.weight", "pos_embed.pos_embed", "context_embedder.weight")
        ),
    ),
    config=transformers.sd3_config,
    pipeline=lambda told: "StableDiffusion3Pipeline",
    vae=autoencoders.SD3,
    text=lambda told: {
        "text_encoder": encoders.CLIP_L_PROJECTED,
        "text_encoder_2": encoders.CLIP_G,
        "text_encoder_3": encoders.T5,
    },
    widths=_widths,
    text_is_optional=("text_encoder_3",),
    tokenizers={"tokenizer": "clip", "tokenizer_2": "clip_g", "tokenizer_3": "t5"},
    scheduler=lambda told: {"num_train_timesteps": 1000, "shift": 3.0},
    makers_table=lambda layers: transformers.sd3_table(number_of(layers, "transformer_blocks")),
)

FAMILY = PipelineFamily(
    id="sd3",
    title="Stable Diffusion 3",
    kinds={
        "StableDiffusion3Pipeline": Kind(
            "StableDiffusion3Pipeline", guided, Sampling("euler", steps=28, guidance=7.0), "3 medium"
        )
    },
    text=("text_encoder", "text_encoder_2", "text_encoder_3"),
    tokenizers=("tokenizer", "tokenizer_2", "tokenizer_3"),
    reader=READER,
    prompt_tokens=255,
    traits=Traits(has_stock_batch=True, disturbed="transformer_blocks", skips_layers=True),
    control="SD3ControlNetModel",
    ip_adapters=AdapterNetwork.SD3,
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2",
        )
    },
    refine=_more_exactly,
    single=SINGLE,
)  # fmt: skip

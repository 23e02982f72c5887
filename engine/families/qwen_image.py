"""Qwen-Image of Alibaba: strong at text in pictures."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents import Packing
from engine.families.family import Inputs
from engine.families.original import autoencoders, encoders, transformers
from engine.families.original.single_file import Denoiser, SingleFile
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "true_cfg_scale": inputs.guidance}


SINGLE = SingleFile(
    class_name="QwenImageTransformer2DModel",
    layouts=(Denoiser(transformers.QWEN_MARKS),),
    config=transformers.qwen_image_config,
    pipeline=lambda told: "QwenImagePipeline",
    vae=autoencoders.QWEN_IMAGE,
    text=lambda told: {"text_encoder": encoders.QWEN_VL},
    widths=lambda told: {"text_encoder": int(str(told.config["joint_attention_dim"]))},
    tokenizers={"tokenizer": "qwen"},
    scheduler=lambda told: {
        "num_train_timesteps": 1000, "shift": 1.0, "use_dynamic_shifting": True, "base_shift": 0.5,
        "max_shift": 0.9, "base_image_seq_len": 256, "max_image_seq_len": 8192, "shift_terminal": 0.02,
        "time_shift_type": "exponential",
    },
)  # fmt: skip

FAMILY = PipelineFamily(
    id="qwen_image",
    title="Qwen-Image",
    kinds={
        "QwenImagePipeline": Kind(
            "QwenImagePipeline", plain, Sampling("euler", steps=50, guidance=4.0), side=1328
        )
    },
    reader=StockReader(("prompt_embeds", "prompt_embeds_mask"), "tokenizer", 512, {}),
    prompt_tokens=512,
    packing=Packing(2),
    control="QwenImageControlNetModel",
    single=SINGLE,
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "img_mlp.net.0.proj", "img_mlp.net.2", "txt_mlp.net.0.proj", "txt_mlp.net.2",
        )
    },
)  # fmt: skip

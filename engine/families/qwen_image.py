"""Qwen-Image of Alibaba, strong at text in pictures, and Qwen-Image-Edit, which follows instructions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE, Ear
from engine.families.family import Inputs, Reads
from engine.families.heeded import Hears
from engine.families.kinds import Kind, picture_of, pictures_of, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenWords, with_words
from engine.families.words import StockReader
from engine.networks.original import autoencoders, language_models, transformers
from engine.networks.original.single_file import Denoiser, SingleFile, Told
from engine.tokenizers.chat import DESCRIBE, DESCRIBED

MOST_PICTURES = 3
"""That Edit Plus was taught to read at once, the one that it changes counted in."""


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "true_cfg_scale": inputs.guidance}


def edit(inputs: Inputs) -> dict[str, Any]:
    return {**plain(inputs), "image": picture_of(inputs)}


def edit_plus(inputs: Inputs) -> dict[str, Any]:
    """The picture that is changed first: a prompt calls them Picture 1, Picture 2 and so on."""
    return {**plain(inputs), "image": pictures_of(inputs)}


def _pipeline(told: Told) -> str:
    """The weights are alike; the makers' names tell: Edit, and from September 2025 on Edit Plus."""
    if "edit" not in told.name:
        return "QwenImagePipeline"
    is_plus = any(word in told.name for word in ("plus", "2509", "2511", "2512"))
    return "QwenImageEditPlusPipeline" if is_plus else "QwenImageEditPipeline"


SEES = Hears((Ear(holder="processor"),))
EDIT = Kind(
    "QwenImageEditPipeline", edit, Sampling("euler", steps=50, guidance=4.0), "Edit", Reads.PICTURE,
    reader=LaterReader("tokenizer", None, SEES), references=1,
)  # fmt: skip

SINGLE = SingleFile(
    class_name="QwenImageTransformer2DModel",
    layouts=(Denoiser(transformers.QWEN_MARKS, lacks=(transformers.QWEN_LAYERED_MARK,)),),
    config=transformers.qwen_image_config,
    pipeline=_pipeline,
    vae=autoencoders.QWEN_IMAGE,
    text=lambda told: {"text_encoder": language_models.QWEN_VL},
    sees=lambda told: "edit" in told.name,
    widths=lambda told: {"text_encoder": told.number("joint_attention_dim")},
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
        ),
        "QwenImageEditPipeline": EDIT,
        "QwenImageEditPlusPipeline": replace(
            EDIT, pipeline="QwenImageEditPlusPipeline", variant="Edit Plus", arguments=edit_plus,
            sampling=Sampling("euler", steps=40, guidance=4.0), references=MOST_PICTURES,
        ),
    },
    reader=StockReader(("prompt_embeds", "prompt_embeds_mask"), "tokenizer", 512, {}, ears=ALONE,
        before=DESCRIBE, dropped=DESCRIBED,
    ),
    prompt_tokens=512,
    packing=Packing(2),
    control="QwenImageControlNetModel",
    processors=lambda tokenizers: {"processor": SeenWords(tokenizers["tokenizer"])},
    finish=with_words,
    single=SINGLE,
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "img_mlp.net.0.proj", "img_mlp.net.2", "txt_mlp.net.0.proj", "txt_mlp.net.2",
        )
    },
)  # fmt: skip

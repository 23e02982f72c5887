"""Tiny folders of models that change a picture by an instruction, beside those of `tiny_families`.

To add one, add what makes its pipeline to `INSTRUCTED`, with the family that must recognise it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.joyimage.image_processor import BUCKETS
from tiny_families import byte_tokenizer, flow
from tiny_further import IMAGE, NAMED_AS, bria_fibo, kandinsky5, qwen3_vl, stirred
from tiny_other import longcat_image


def fibo_edit() -> Any:
    return diffusers.BriaFiboEditPipeline(**bria_fibo().components)


def kandinsky5_edit() -> Any:
    return kandinsky5(diffusers.Kandinsky5I2IPipeline)


def joyimage_edit(is_plus: bool = False) -> Any:
    network = (
        diffusers.JoyImageEditPlusTransformer3DModel if is_plus else diffusers.JoyImageEditTransformer3DModel
    )
    transformer = network(
        in_channels=4, hidden_size=24, num_attention_heads=2, text_dim=16, mlp_width_ratio=1.0, num_layers=1,
        rope_dim_list=[4, 4, 4],
    )  # fmt: skip
    autoencoder = diffusers.AutoencoderKLWan(
        base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, latents_mean=[0.1] * 4,
        latents_std=[1.1] * 4,
    )  # fmt: skip
    kind: Any = diffusers.JoyImageEditPlusPipeline if is_plus else diffusers.JoyImageEditPipeline
    return kind(
        scheduler=flow(shift=4.0), vae=autoencoder,
        text_encoder=qwen3_vl("Qwen3VLForConditionalGeneration", 2, image_token_id=IMAGE),
        tokenizer=byte_tokenizer(), transformer=stirred(transformer), processor=byte_tokenizer(),
    )  # fmt: skip


def joyimage_edit_plus() -> Any:
    return joyimage_edit(True)


BUCKETS[1024] = [(64, 64)]
"""JoyImage's pipelines bring what they read to a million pixels, whatever the network: here to 64 x 64.

Ours and the stock ones run the same function, so they stay comparable, in a fraction of the time.
"""


def longcat_edit() -> Any:
    parts = longcat_image().components
    parts["tokenizer"].add_special_tokens({"additional_special_tokens": ["<|vision_start|>"]})
    parts["text_encoder"].resize_token_embeddings(len(parts["tokenizer"]))
    parts["text_processor"] = stock_processor(parts["tokenizer"])
    pipeline: Any = diffusers.LongCatImageEditPipeline(**parts)
    pipeline.register_modules(text_processor=None)  # it was needed to make the pipeline, and is no file
    return pipeline


INSTRUCTED: dict[str, tuple[Callable[[], Any], str]] = {
    "fibo-edit": (fibo_edit, "bria_fibo"), "kandinsky5-edit": (kandinsky5_edit, "kandinsky5"),
    "joyimage-edit": (joyimage_edit, "joyimage"), "longcat-edit": (longcat_edit, "longcat_image"),
    "joyimage-edit-plus": (joyimage_edit_plus, "joyimage_plus"),
}  # fmt: skip


QWEN3: dict[str, Any] = {
    "patch_size": 16, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    "size": {"shortest_edge": 65536, "longest_edge": 16777216},
}  # fmt: skip
"""As the `preprocessor_config.json` of Qwen3-VL's own folders."""


def stock_processor(tokenizer: Any, kind: str = "Qwen2VLProcessor") -> Any:
    """Transformers' own, of which only making one asks for a library of films."""
    processor = object.__new__(getattr(transformers, kind))
    settings = QWEN3 if "3" in kind else {"size": {"shortest_edge": 3136, "longest_edge": 12845056}}
    processor.image_processor = transformers.Qwen2VLImageProcessorPil(**settings)
    processor.tokenizer, processor.video_processor, processor.chat_template = tokenizer, None, None
    processor.image_token, processor.video_token = "<|image_pad|>", "<|video_pad|>"
    processor.image_token_id, processor.video_token_id = (
        tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        None,
    )
    return processor


def instructed_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `INSTRUCTED`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        INSTRUCTED[name][0]().save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    named = NAMED_AS.get(name, NAMED_AS.get(INSTRUCTED[name][1], {}))
    index |= {part: ["transformers", kind] for part, kind in named.items()}
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder

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
from tiny_further import NAMED_AS, bria_fibo, kandinsky5


def fibo_edit() -> Any:
    return diffusers.BriaFiboEditPipeline(**bria_fibo().components)


def kandinsky5_edit() -> Any:
    return kandinsky5(diffusers.Kandinsky5I2IPipeline)


INSTRUCTED: dict[str, tuple[Callable[[], Any], str]] = {
    "fibo-edit": (fibo_edit, "bria_fibo"), "kandinsky5-edit": (kandinsky5_edit, "kandinsky5"),
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
    index |= {part: ["transformers", kind] for part, kind in NAMED_AS.get(INSTRUCTED[name][1], {}).items()}
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder

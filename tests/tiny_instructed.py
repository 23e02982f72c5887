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
from tiny_further import bria_fibo


def fibo_edit() -> Any:
    return diffusers.BriaFiboEditPipeline(**bria_fibo().components)


INSTRUCTED: dict[str, tuple[Callable[[], Any], str]] = {
    "fibo-edit": (fibo_edit, "bria_fibo"),
}  # fmt: skip


def instructed_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `INSTRUCTED`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        INSTRUCTED[name][0]().save_pretrained(folder)
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder

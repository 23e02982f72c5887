"""The weights that a control-lora differs from, read from the files of its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.checkpoints.weights import State, read_tensors
from engine.families.stable_diffusion import layout_of
from engine.networks.controls import ControlFile

if TYPE_CHECKING:
    import torch

UNET = "unet"


def weights_of_base(file: ControlFile, names: set[str], dtype: torch.dtype) -> State:
    """Those of `names` that the UNet of `file.base` has."""
    from engine.checkpoints import packed  # unpacks with torch

    if file.base is None:
        return {}
    layout = layout_of(file.base)
    if layout is not None:
        state = layout.read(UNET, dtype)
    else:
        state = read_tensors(file.base.weights.get(UNET, ()), dtype, names.__contains__)
    return {
        name: packed.unpacked(tensor, dtype) if packed.is_packed(tensor) else tensor
        for name, tensor in state.items()
        if name in names
    }

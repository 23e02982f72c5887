"""Upscaling networks of every other architecture, by the library spandrel where the artist has installed it.

It is no extra of ours: it asks for torchvision, whose builds in the registry do not work beside every torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.weights import read_tensors

if TYPE_CHECKING:
    import torch


def load_by_library(weights: WeightFile, device: torch.device) -> tuple[Any, int]:
    """The network in `weights` and how many times larger its pictures are.

    The library is given tensors that we have read, never the file. Raises `UnsupportedModel`.
    """
    import torch

    try:
        import spandrel  # pyright: ignore[reportMissingImports]
    except (ImportError, RuntimeError) as error:
        raise needs_library(weights, str(error)) from None
    state = read_tensors([weights], torch.float32, lambda _: True)
    try:
        found = spandrel.ModelLoader(device="cpu").load_from_state_dict(state)
    except Exception as error:  # a stranger's shapes fail inside the library in any way they like
        raise UnsupportedModel(
            f"{weights.path.name} is no network that spandrel {spandrel.__version__} knows "
            f"({type(error).__name__}: {str(error)[:120]}). Choose another file.",
            path=str(weights.path),
        ) from None
    if not isinstance(found, spandrel.ImageModelDescriptor) or found.input_channels != 3:
        raise UnsupportedModel(
            f"{weights.path.name} does not make pictures larger. Choose another.", path=str(weights.path)
        )
    return found.model.to(device).eval().requires_grad_(False), found.scale


def needs_library(weights: WeightFile, cause: str = "") -> UnsupportedModel:
    why = (
        f" (it does not start here: {cause[:120]})"
        if cause and "No module named 'spandrel'" not in cause
        else ""
    )
    return UnsupportedModel(
        f"{weights.path.name} is an upscaler of an architecture that Lienzo loads with the library spandrel, "
        f"which is not installed{why}. Install spandrel and a torchvision that fits your torch, or choose an "
        "ESRGAN, Real-ESRGAN or compact network.",
        path=str(weights.path),
        problem="needs_spandrel",
    )

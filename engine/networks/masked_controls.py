"""ControlNets for inpainting that read a mask in channels of their own, behind those of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile
from engine.networks.control_sizes import FLUX, PLAIN, QWEN, SD3, UNION, XS, Z_IMAGE
from engine.networks.stable_diffusion import whole

if TYPE_CHECKING:
    from engine.networks.controls import ControlFile

ALIMAMA = "alimama"
"""Who built FLUX.1's, from a class of their own that is diffusers' but for these channels."""
READERS: Mapping[str, tuple[str, str, int]] = {
    FLUX: ("extra_condition_channels", "controlnet_x_embedder.weight", 64),
    QWEN: ("extra_condition_channels", "controlnet_x_embedder.weight", 64),
    SD3: ("extra_conditioning_channels", "pos_embed_input.proj.weight", 16),
}
"""By class: the field for how many channels it reads besides, the layer that reads them, its usual width."""


def with_mask_channels(
    class_name: str, config: Mapping[str, Json], weights: WeightFile
) -> Mapping[str, Json]:
    """`config` with what its weights tell: the published ones do not all say it."""
    if class_name not in READERS:
        return config
    field, layer, usual = READERS[class_name]
    tensor = weights.tensors.get(layer)
    if tensor is None or len(tensor.shape) < 2 or config.get("conditioning_embedding_channels") is not None:
        return config
    more = tensor.shape[1] - whole(config, "in_channels", usual)
    return {**config, field: more} if more > 0 else config


def reads_mask_only(file: ControlFile) -> bool:
    """True where it was made for inpainting, and for no map."""
    field = READERS.get(file.class_name, ("",))[0]
    return bool(field) and whole(file.config, field, 0) > 0


def reads_mask_too(file: ControlFile) -> bool:
    """True for Z-Image's later unions, which read a map, a mask and a picture."""
    return file.class_name == Z_IMAGE and whole(file.config, "control_in_dim", 0) % 2 == 1


def can_inpaint(file: ControlFile) -> bool:
    """True where it can be shown a picture with a hole; whether it was taught to, its name tells."""
    return file.class_name in (PLAIN, UNION) or reads_mask_only(file) or reads_mask_too(file)


def mask_fault(file: ControlFile) -> str:
    """Why it cannot be given what it reads besides a picture; empty where it can."""
    if file.class_name in (PLAIN, UNION, XS):
        channels = whole(file.config, "conditioning_channels", 3)
        return "" if channels == 3 else f"it reads maps of {channels} channels, and a picture has 3"
    if not reads_mask_only(file):
        return ""
    more, mask = whole(file.config, READERS[file.class_name][0]), 1 if file.class_name == SD3 else 4
    return "" if more == mask else f"it reads {more} channels besides the picture's, and a mask has {mask}"


def masked_flux(config: Mapping[str, Json]) -> Any:
    """FLUX.1's of Alimama (https://github.com/alimama-creative/FLUX-Controlnet-Inpainting)."""
    import torch
    from diffusers import FluxControlNetModel

    field = READERS[FLUX][0]
    told: dict[str, Any] = {
        name: value for name, value in config.items() if name != field and not name.startswith("_")
    }
    network = FluxControlNetModel(**told)
    reader = network.controlnet_x_embedder
    network.controlnet_x_embedder = torch.nn.Linear(
        reader.in_features + whole(config, field, 0), reader.out_features
    )
    return network

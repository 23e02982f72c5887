"""How each kind of network is asked what it says of a map, and how that is told to the denoiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.maps import MapKind
from engine.diffusion.tap import LATENTS

if TYPE_CHECKING:
    import torch

    from engine.conditioning.control import LoadedMap

Said = dict[str, Any]
"""Arguments of the denoiser that carry what was said."""
UNION_XL = {
    MapKind.POSE: 0, MapKind.DEPTH: 1, MapKind.SOFT_EDGE: 2, MapKind.SCRIBBLE: 2, MapKind.CANNY: 3,
    MapKind.LINES: 3, MapKind.NORMAL: 4, MapKind.SEGMENTATION: 5, MapKind.TILE: 6, MapKind.INPAINT: 7,
}  # fmt: skip
"""Places in the one-hot of xinsir-ai/ControlNetPlus."""
UNION_FLUX = {
    MapKind.CANNY: 0, MapKind.TILE: 1, MapKind.DEPTH: 2, MapKind.POSE: 4, MapKind.LUMINANCE: 5,
}  # fmt: skip
"""Modes of InstantX's and Shakker's unions for FLUX.1; without a place of their own: soft edges and lines."""


_EDGES = (MapKind.CANNY, MapKind.SOFT_EDGE, MapKind.DEPTH, MapKind.POSE)
UNTOLD_UNIONS: Mapping[str, tuple[MapKind, ...]] = {
    "FluxControlNetModel": (*_EDGES, MapKind.LUMINANCE),
    "QwenImageControlNetModel": _EDGES,
    "ZImageControlNetModel": (*_EDGES, MapKind.LINES, MapKind.SCRIBBLE),
}
"""Kinds on the cards of unions that see by themselves what they are given: Shakker's Union Pro 2.0 for
FLUX.1, InstantX's for Qwen-Image, alibaba-pai's for Z-Image."""


class Hints(Protocol):
    """The maps as networks read them."""

    def unit(self, given: LoadedMap, like: torch.Tensor) -> torch.Tensor:
        """1 x 3 x H x W in 0 to 1, of the number format and on the device of `like`."""
        ...

    def latents(self, given: LoadedMap, like: torch.Tensor, is_shifted: bool = True) -> torch.Tensor:
        """In denoiser space as the scheduler keeps latents; `is_shifted`: with the autoencoder's shift."""
        ...

    def kept(self, like: torch.Tensor) -> torch.Tensor:
        """Of a picture that is edited, as the scheduler keeps latents: 1 in cells that stay, else 0."""
        ...


Ask = Callable[[Sequence["LoadedMap"], Hints, Mapping[str, Any]], Said]
"""The maps that one network reads at this step, their hints, the denoiser's arguments by name."""


def latents_of(call: Mapping[str, Any]) -> Any:
    """The noisy latents that the denoiser is given: a tensor, or a list of them."""
    return next(call[name] for name in LATENTS if name in call)


def of_batch(hint: torch.Tensor, call: Mapping[str, Any]) -> torch.Tensor:
    return hint.expand(len(latents_of(call)), *[-1] * (hint.ndim - 1)).contiguous()


def _unet_arguments(call: Mapping[str, Any], network: Any) -> dict[str, Any]:
    sample = call["sample"]
    told = {"added_cond_kwargs": call["added_cond_kwargs"]} if call.get("added_cond_kwargs") else {}
    return {
        "sample": sample[:, : network.config.in_channels],
        "timestep": call["timestep"],
        "encoder_hidden_states": call["encoder_hidden_states"],
        "guess_mode": False,
        "return_dict": False,
        **told,
    }


def ask_unet(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
    (given,) = maps
    down, middle = given.network(
        controlnet_cond=of_batch(hints.unit(given, call["sample"]), call),
        conditioning_scale=given.map.weight,
        **_unet_arguments(call, given.network),
    )
    return {
        "down_block_additional_residuals": list(down),
        "mid_block_additional_residual": middle,
    }


def ask_union(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
    """Several maps at once: it was taught how they go together."""
    import torch

    network, sample = maps[0].network, call["sample"]
    places = [UNION_XL[given.map.kind] for given in maps]
    types = torch.zeros(network.config.num_control_type)
    types[places] = 1
    down, middle = network(
        controlnet_cond=[of_batch(hints.unit(given, sample), call) for given in maps],
        control_type=types.reshape(1, -1).to(sample).repeat(len(sample), 1),
        control_type_idx=places,
        conditioning_scale=[given.map.weight for given in maps],
        **_unet_arguments(call, network),
    )
    return {"down_block_additional_residuals": list(down), "mid_block_additional_residual": middle}


def ask_flux(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
    import torch

    (given,) = maps
    network, latents = given.network, call["hidden_states"]
    reads_pixels = network.input_hint_block is not None
    hint = hints.unit(given, latents) * 2 - 1 if reads_pixels else _shown(given, hints, latents, -1)
    mode = torch.tensor([[UNION_FLUX[given.map.kind]]], device=latents.device) if network.union else None
    guidance = call.get("guidance") if network.config.guidance_embeds else None
    double, single = network(
        hidden_states=latents[..., : network.config.in_channels],
        controlnet_cond=of_batch(hint, call),
        controlnet_mode=mode.expand(len(latents), 1) if mode is not None else None,
        conditioning_scale=given.map.weight,
        guidance=guidance,
        return_dict=False,
        **_named(call, "timestep", "pooled_projections", "encoder_hidden_states", "txt_ids", "img_ids",
                 "joint_attention_kwargs"),
    )  # fmt: skip
    said: Said = {"controlnet_block_samples": double, "controlnet_single_block_samples": single}
    return {**said, "controlnet_blocks_repeat": reads_pixels}


def ask_sd3(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
    import torch

    (given,) = maps
    network, latents = given.network, call["hidden_states"]
    config, pooled = network.config, call["pooled_projections"]
    is_plain = config.force_zeros_for_pooled_projection  # as InstantX taught theirs
    is_shifted = given.map.is_of_mask or not is_plain
    (samples,) = network(
        hidden_states=latents,
        controlnet_cond=of_batch(_shown(given, hints, latents, 1, is_shifted), call),
        conditioning_scale=given.map.weight,
        encoder_hidden_states=None if config.joint_attention_dim is None else call["encoder_hidden_states"],
        pooled_projections=torch.zeros_like(pooled) if is_plain or given.map.is_of_mask else pooled,
        return_dict=False,
        **_named(call, "timestep", "joint_attention_kwargs"),
    )
    return {"block_controlnet_hidden_states": samples}


def beside_latents(*told: str, is_bare: bool = False) -> Ask:
    """Of a network that reads a map as latents, and what the denoiser is told by the names `told`.

    `is_bare`: its answer is not in a tuple.
    """

    def ask(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
        (given,) = maps
        latents = call["hidden_states"]
        said = given.network(
            hidden_states=latents,
            controlnet_cond=of_batch(_shown(given, hints, latents, -1), call),
            conditioning_scale=given.map.weight,
            return_dict=False,
            **_named(call, *told),
        )
        # a list of its own: some denoisers empty it
        return {"controlnet_block_samples": list(said if is_bare else said[0])}

    return ask


def _shown(
    given: LoadedMap, hints: Hints, like: torch.Tensor, channels: int, is_shifted: bool = True
) -> torch.Tensor:
    """A map as latents; what is made of the mask tells besides, behind its `channels`, what stays."""
    import torch

    latents = hints.latents(given, like, is_shifted)
    return torch.cat([latents, hints.kept(like)], dim=channels) if given.map.is_of_mask else latents


def ask_z_image(maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Said:
    """Each map by itself, but with the picture that is inpainted, where that is given too."""
    masked = next((given for given in maps if given.map.is_of_mask), None)
    said: Said = {}
    for given in [given for given in maps if given is not masked] or maps:
        samples = _of_z_image(given, masked, hints, call)
        said = together(said, samples) if said else samples
    return said


def _of_z_image(given: LoadedMap, masked: LoadedMap | None, hints: Hints, call: Mapping[str, Any]) -> Said:
    import torch

    network, latents = given.network, call["x"]
    hint = hints.latents(given, latents[0])
    beside = network.config.control_in_dim - hint.shape[1]
    if masked is not None:
        shown = hint.new_zeros(hint.shape) if given is masked else hint
        hint = torch.cat([shown, hints.kept(latents[0]), hints.latents(masked, latents[0])], dim=1)
    elif beside > 0:  # later ones read a mask and a picture besides; without them nothing is given
        hint = torch.cat([hint, hint.new_zeros(len(hint), beside, *hint.shape[2:])], dim=1)
    samples = network(
        latents,
        control_context=of_batch(hint, call)[:, :, None],
        conditioning_scale=given.map.weight,
        **_named(call, "t", "cap_feats", "patch_size", "f_patch_size"),
    )
    return {"controlnet_block_samples": samples}


def ask_adapter(features: list[torch.Tensor]) -> Said:
    """An adapter looks once; `features` are what it said, weighed and of the batch's size."""
    return {"down_intrablock_additional_residuals": features}  # the denoiser empties the list


ASKS: Mapping[str, Ask] = {
    "ControlNetModel": ask_unet,
    "ControlNetUnionModel": ask_union,
    "FluxControlNetModel": ask_flux,
    "SD3ControlNetModel": ask_sd3,
    "QwenImageControlNetModel": beside_latents(
        "timestep", "encoder_hidden_states", "encoder_hidden_states_mask", "img_shapes", is_bare=True
    ),
    "SanaControlNetModel": beside_latents(
        "timestep", "encoder_hidden_states", "encoder_attention_mask", "attention_kwargs"
    ),
    "HunyuanDiT2DControlNetModel": beside_latents(
        "timestep", "encoder_hidden_states", "text_embedding_mask", "encoder_hidden_states_t5",
        "text_embedding_mask_t5", "image_meta_size", "style", "image_rotary_emb",
    ),
    "ZImageControlNetModel": ask_z_image,
}  # fmt: skip
"""By the network's class."""
LATENT_READERS = (
    "SD3ControlNetModel", "QwenImageControlNetModel", "SanaControlNetModel", "HunyuanDiT2DControlNetModel",
    "ZImageControlNetModel",
)  # fmt: skip
"""That read a map as the autoencoder's latents, all of them; some of FLUX.1's do, too."""
LIKELIEST = ("SD3ControlNetModel", "HunyuanDiT2DControlNetModel", "ZImageControlNetModel")
"""That read a map's likeliest latents; the first two's stock pipelines draw them, without a seed."""
JOINT = ("ControlNetUnionModel", "ZImageControlNetModel")
"""Which are asked about all their maps at once."""
HOLES: Mapping[str, float] = {"ControlNetModel": -1.0, "ZImageControlNetModel": 0.5}
"""What stands in a picture, from 0 to 1, where it is painted anew; else 0.

Beside Stable Diffusion it is less than black, to be told from what is black; unions were taught black.
"""
ONCE = ("FluxControlNetModel", "QwenImageControlNetModel")
"""Asked once a step with the prompt; the pass for the negative prompt is told the same."""
BORROWED: Mapping[str, tuple[str, ...]] = {
    "ZImageControlNetModel": (
        "t_scale", "t_embedder", "all_x_embedder", "cap_embedder", "rope_embedder", "noise_refiner",
        "context_refiner", "x_pad_token", "cap_pad_token",
    ),
    "SD3ControlNetModel": ("pos_embed",),
}  # fmt: skip
"""Parts of the denoiser's that a network works with where it has none of its own."""


def together(one: Said, other: Said) -> Said:
    """Summed, place by place."""
    return {**one, **other, **{name: _sum(one[name], other[name]) for name in one.keys() & other.keys()}}


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {**one, **other, **{name: one[name] + other[name] for name in one.keys() & other.keys()}}
    if isinstance(one, (list, tuple)):
        return [_sum(first, second) for first, second in zip(one, other, strict=True)]
    return one if isinstance(one, bool) or one is None else one + other


def _named(call: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: call[name] for name in names if name in call}

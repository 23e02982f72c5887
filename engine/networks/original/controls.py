"""Networks that read maps, in one file under their makers' names: read as diffusers' classes name them.

XLabs-AI/x-flux: src/flux/controlnet.py (beside FLUX.1); diffusers:
scripts/convert_sd3_controlnet_to_diffusers.py (Stability's, beside Stable Diffusion 3.5 Large);
TencentARC/T2I-Adapter: ldm/modules/encoders/adapter.py (`Adapter_light`); vislearn/ControlNet-XS:
ldm/modules/diffusionmodules/twoStreamControl.py (beside Stable Diffusion 1, 2 and XL).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.api.errors import UnsupportedModel
from engine.checkpoints.checkpoint import WeightFile
from engine.networks.original import control_xs, controlnets
from engine.networks.original.flux import FLUX1
from engine.networks.original.rules import Rule, Rules, renamed, weights_only

_HINTS = 8
"""Convolutions of what reads the map; between them XLabs count an activation each."""
XLABS: Rules = (
    Rule(r"pos_embed_input", "controlnet_x_embedder"),
    Rule(r"input_hint_block\.0", "input_hint_block.conv_in"),
    *(
        Rule(rf"input_hint_block\.{2 * place}", f"input_hint_block.blocks.{place - 1}")
        for place in range(1, _HINTS - 1)
    ),
    Rule(rf"input_hint_block\.{2 * (_HINTS - 1)}", "input_hint_block.conv_out"),
    *FLUX1,
)
_BLOCK = r"(transformer_blocks\.\d+)"
SD35: Rules = (
    Rule(rf"{_BLOCK}\.attn\.qkv", tuple(rf"\1.attn.to_{word}" for word in "qkv")),
    Rule(rf"{_BLOCK}\.attn\.proj", r"\1.attn.to_out.0"),
    Rule(rf"{_BLOCK}\.mlp\.fc1", r"\1.ff.net.0.proj"),
    Rule(rf"{_BLOCK}\.mlp\.fc2", r"\1.ff.net.2"),
    Rule(rf"{_BLOCK}\.adaLN_modulation\.1", r"\1.norm1.linear"),
)
LIGHT_T2I: Rules = (
    Rule(r"body\.(\d+)\.body\.(\d+)\.(block[12])", r"adapter.body.\1.resnets.\2.\3"),
    Rule(r"(body\.\d+\.(?:in|out)_conv)", r"adapter.\1"),
)
_LAYOUTS: tuple[tuple[tuple[str, ...], Rules], ...] = (
    (("controlnet_blocks.0.weight", "pos_embed_input.weight", "double_blocks.0.img_attn.qkv.weight"), XLABS),
    (("controlnet_blocks.0.weight", "transformer_blocks.0.attn.qkv.weight"), SD35),
    (("body.0.in_conv.weight", "body.0.body.0.block1.weight"), LIGHT_T2I),
)
"""By names that only such a file has."""


def by_class_names(weights: WeightFile) -> WeightFile:
    """The file's header by the names of diffusers' class; as it is where it has those or is another kind."""
    if control_xs.fits(weights.tensors):
        return replace(weights, tensors=control_xs.by_class_names(weights.tensors))
    if controlnets.fits(weights.tensors):
        return replace(weights, tensors=controlnets.by_class_names(weights.tensors))
    for marks, rules in _LAYOUTS:
        if all(mark in weights.tensors for mark in marks):
            return replace(weights, tensors=renamed(weights_only(weights.tensors), rules))
    return weights


@dataclass(frozen=True)
class _Unread:
    """A kind of file that no class of diffusers reads."""

    marks: tuple[str, ...]
    """Any of these names tells it, by how it begins."""
    what: str
    why: str
    instead: str


_A_WHOLE_ONE = "Choose a ControlNet of its own weights for the same map"
_UNREAD = (
    _Unread(
        ("lllite_unet_", "lllite_dit_"),
        "a ControlNet-LLLite",
        "it stands inside the layers of the network and not beside it, and diffusers has no class for it",
        f"{_A_WHOLE_ONE}, or a T2I-Adapter",
    ),
    _Unread(
        ("controlnet_blocks.0.linear.weight",),
        "a MistoLine ControlNet for FLUX.1",
        "what reads its map is a network of its makers' own, which diffusers has no class for",
        "Choose XLabs', InstantX' or Shakker Labs' ControlNet for FLUX.1",
    ),
    _Unread(
        ("control_blocks.0.after_proj.weight",),
        "a Fun ControlNet for Qwen-Image",
        "its layers stand beside those of the network in a way that diffusers has no class for",
        "Choose InstantX' ControlNet for Qwen-Image",
    ),
    _Unread(
        ("after_proj_list.0.weight",),
        "a ControlNet for HunyuanDiT under its makers' names",
        "its layers are known by diffusers' names only",
        "Choose its folder for diffusers: config.json beside the weights",
    ),
    _Unread(
        ("style_embedding",),
        "a T2I-Adapter of manner (style adapter)",
        "it reads a picture's manner through a network of its makers' own, which diffusers has no class for",
        "Choose an IP-Adapter, and take after the picture as a reference",
    ),
)


def check_is_read(weights: WeightFile) -> None:
    """Raises `UnsupportedModel`, saying what it is and what serves instead, for a kind that is not read."""
    for kind in _UNREAD:
        if any(name.startswith(kind.marks) for name in weights.tensors):
            raise UnsupportedModel(
                f"{weights.path.name} is {kind.what}: {kind.why}. {kind.instead}.",
                path=str(weights.path),
                problem="control_unread",
            )

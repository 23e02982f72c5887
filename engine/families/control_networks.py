"""ControlNets and T2I-Adapters for Stable Diffusion: their sizes, whether they fit a model, their weights.

A ControlNet is a copy of the model's encoder with one more small network that reads the map; an adapter is
that small network alone, run once a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.maps import ControlType
from engine.families.checkpoint import WeightFile
from engine.families.foreign_files import FileState
from engine.families.networks import checked_config, whole
from engine.families.original_layout import bundle, encoder_sizes
from engine.families.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors

if TYPE_CHECKING:
    import torch

PREFIX = "control_model."
"""Of a ControlNet in the original layout; files that hold nothing else are without it too."""
CLASS_NAMES = {"ControlNetModel": ControlType.CONTROLNET, "T2IAdapter": ControlType.T2I_ADAPTER}
CONTROLNET_FIELDS = (
    "in_channels", "conditioning_channels", "flip_sin_to_cos", "freq_shift", "down_block_types",
    "mid_block_type", "only_cross_attention", "block_out_channels", "layers_per_block", "downsample_padding",
    "mid_block_scale_factor", "act_fn", "norm_num_groups", "norm_eps", "cross_attention_dim",
    "transformer_layers_per_block", "attention_head_dim", "num_attention_heads", "use_linear_projection",
    "upcast_attention", "resnet_time_scale_shift", "conditioning_embedding_out_channels",
    "addition_embed_type", "addition_embed_type_num_heads", "controlnet_conditioning_channel_order",
)  # fmt: skip
ADAPTER_FIELDS = ("in_channels", "channels", "num_res_blocks", "downscale_factor", "adapter_type")
SD2_TEXT = 1024
ADAPTER_SCALE = 8
ADAPTER_LAYERS = 2
"""In each level of an adapter, in every file that there is."""


@dataclass(frozen=True, eq=False)
class ControlFile:
    """One that passed the pre-flight; no number is read yet."""

    path: Path
    """The folder or the file."""
    type: ControlType
    weights: WeightFile
    config: Mapping[str, Json]
    is_original: bool
    """Named as in the original code, not as in diffusers' classes."""
    plain_files: Mapping[Path, FileState]

    @property
    def states(self) -> dict[Path, FileState]:
        return {self.weights.path: self.weights.state, **self.plain_files}

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level."""
        key = "block_out_channels" if self.type is ControlType.CONTROLNET else "channels"
        widths = self.config.get(key)
        return tuple(cast("list[int]", widths)) if isinstance(widths, list) else ()

    @property
    def text_width(self) -> int:
        """Of the words that it reads; 0 where it reads none."""
        kinds = self.config.get("down_block_types")
        attends = isinstance(kinds, list) and any("CrossAttn" in str(kind) for kind in kinds)
        pools = self.config.get("addition_embed_type") == "text"
        return whole(self.config, "cross_attention_dim") if attends or pools else 0


@dataclass(frozen=True)
class ControlBase:
    """What a network beside a model's own must fit."""

    widths: tuple[int, ...]
    layers: int
    text_width: int
    latent_channels: int


def config_of(weights: WeightFile) -> tuple[ControlType, Mapping[str, Json], bool] | None:
    """Type, configuration and whether the names are the original's, by names and shapes; None for others."""
    names = weights.tensors
    if "controlnet_cond_embedding.conv_in.weight" in names:
        return ControlType.CONTROLNET, _controlnet_sizes(weights), False
    bare = "input_hint_block.0.weight" in names and "zero_convs.0.0.weight" in names
    if bare or f"{PREFIX}input_hint_block.0.weight" in names:
        return ControlType.CONTROLNET, _original_sizes(weights, "" if bare else PREFIX), True
    for prefix, is_original in (("adapter.", False), ("", True)):
        if f"{prefix}body.0.{'' if is_original else 'resnets.0.'}block1.weight" in names:
            return ControlType.T2I_ADAPTER, _adapter_sizes(weights, prefix, is_original), is_original
    return None


def check_base(file: ControlFile, base: ControlBase, title: str) -> None:
    """Raises `UnsupportedModel` where `file` was made for another model than `title`, saying how one sees."""
    if faults := faults_of(file, base):
        word = "ControlNet" if file.type is ControlType.CONTROLNET else "T2I-Adapter"
        raise UnsupportedModel(
            f"{file.path.name} is a {word} for another model than {title}: {faults[0]}. "
            "Choose one that was made for this model, or take the map away.",
            path=str(file.path),
            problem="other_base",
        )


def faults_of(file: ControlFile, base: ControlBase) -> list[str]:
    """By what one sees that `file` was made for another model; empty where it fits."""
    faults = []
    if file.widths != base.widths:
        faults.append(f"its levels are {_said(file.widths)} wide and the model's {_said(base.widths)}")
    if file.type is ControlType.CONTROLNET:
        if (layers := whole(file.config, "layers_per_block", 2)) != base.layers:
            faults.append(f"it has {layers} layers a level and the model {base.layers}")
        if file.text_width not in (0, base.text_width):
            faults.append(
                f"it reads words of {file.text_width} numbers and the model's have {base.text_width}"
            )
        if (channels := whole(file.config, "in_channels", 4)) != base.latent_channels:
            faults.append(f"it reads {channels} channels and the model has {base.latent_channels}")
    return faults


def load_control(file: ControlFile, dtype: torch.dtype, device: torch.device) -> Any:
    """The network with its weights; names and shapes are compared before the first number is read."""
    import torch  # heavy; only the engine process pays for it

    make, fields = _MAKERS[file.type]
    word = file.type.value
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(lambda: make(checked_config(file.config, fields, word)), word)
        check_fits(network, _renamed(file, meta_tensors([file.weights], _wanted)), word, file.path)
        return fill(network, _renamed(file, read_tensors([file.weights], dtype, _wanted)), device)


def _make_controlnet(config: Mapping[str, Json]) -> Any:
    from diffusers import ControlNetModel  # imports torch

    return ControlNetModel(**cast("dict[str, Any]", config))


def _make_adapter(config: Mapping[str, Json]) -> Any:
    from diffusers import T2IAdapter  # imports torch

    return T2IAdapter(**cast("dict[str, Any]", config))


_MAKERS: dict[ControlType, tuple[Callable[[Mapping[str, Json]], Any], tuple[str, ...]]] = {
    ControlType.CONTROLNET: (_make_controlnet, CONTROLNET_FIELDS),
    ControlType.T2I_ADAPTER: (_make_adapter, ADAPTER_FIELDS),
}


def _wanted(_name: str) -> bool:
    return True


def _renamed(file: ControlFile, state: State) -> State:
    if not file.is_original:
        return state
    if file.type is ControlType.T2I_ADAPTER:
        return {_adapter_name(name): tensor for name, tensor in state.items()}
    from diffusers.loaders import single_file_utils  # imports torch

    bare = {name.removeprefix(PREFIX): tensor for name, tensor in state.items()}
    return single_file_utils.convert_controlnet_checkpoint(bare, dict(file.config))


def _adapter_name(name: str) -> str:
    """`body.3.block1.weight` of TencentARC's code, where levels are not told apart, as diffusers has it."""
    first, _, rest = name.partition(".")
    if first != "body":
        return f"adapter.{name}"
    number, _, layer = rest.partition(".")
    level, place = divmod(int(number), ADAPTER_LAYERS)
    inside = layer if layer.startswith("in_conv") else f"resnets.{place}.{layer}"
    return f"adapter.body.{level}.{inside}"


def _original_sizes(weights: WeightFile, prefix: str) -> dict[str, Json]:
    tensors = weights.under(prefix)
    try:
        sizes = encoder_sizes(tensors)
        hints = [f"input_hint_block.{number}.weight" for number in range(0, 14, 4)]
        return {
            **_usual(sizes),
            **sizes,
            "conditioning_channels": tensors[hints[0]].shape[1],
            "conditioning_embedding_out_channels": [tensors[name].shape[0] for name in hints],
        }
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _controlnet_sizes(weights: WeightFile) -> dict[str, Json]:
    """By the names of diffusers' class, for a file without its configuration."""
    tensors = weights.tensors
    try:
        widths: list[Json] = []
        kinds: list[Json] = []
        for level in count():
            first = tensors.get(f"down_blocks.{level}.resnets.0.conv2.weight")
            if first is None:
                break
            widths.append(first.shape[0])
            attends = f"down_blocks.{level}.attentions.0.proj_in.weight" in tensors
            kinds.append("CrossAttnDownBlock2D" if attends else "DownBlock2D")
        layers = sum(f"down_blocks.0.resnets.{layer}.conv2.weight" in tensors for layer in range(16))
        cross = [tensor for name, tensor in tensors.items() if name.endswith("attn2.to_k.weight")]
        middle = tensors.get("mid_block.attentions.0.proj_in.weight")
        hint = "controlnet_cond_embedding"
        steps = [tensors[f"{hint}.conv_in.weight"]]
        steps += [
            tensors[name]
            for number in range(1, 16, 2)
            if (name := f"{hint}.blocks.{number}.weight") in tensors
        ]
        sizes: dict[str, Json] = {
            "in_channels": tensors["conv_in.weight"].shape[1],
            "block_out_channels": widths,
            "layers_per_block": layers,
            "down_block_types": kinds,
            "mid_block_type": "UNetMidBlock2DCrossAttn" if middle is not None else "UNetMidBlock2D",
            "cross_attention_dim": cross[0].shape[1] if cross else 1280,
            "use_linear_projection": middle is not None and len(middle.shape) == 2,
            "conditioning_channels": steps[0].shape[1],
            "conditioning_embedding_out_channels": [step.shape[0] for step in steps],
        }
        return {**_usual(sizes), **sizes}
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _usual(sizes: Mapping[str, Json]) -> dict[str, Json]:
    """What shapes do not tell, from our bundle of the version that has words of this width."""
    is_second = sizes.get("cross_attention_dim") == SD2_TEXT
    told = bundle("sd2" if is_second else "sd1", "unet")
    usual = {name: told[name] for name in CONTROLNET_FIELDS if name in told}
    widths = sizes["block_out_channels"]
    if is_second and isinstance(widths, list):  # heads of 64, as the whole network has them
        usual["attention_head_dim"] = [max(1, int(str(width)) // 64) for width in widths]
    return usual


def _adapter_sizes(weights: WeightFile, prefix: str, is_original: bool) -> dict[str, Json]:
    channels: list[Json] = []
    for level in count():
        name = f"{level * ADAPTER_LAYERS}." if is_original else f"{level}.resnets.0."
        tensor = weights.tensors.get(f"{prefix}body.{name}block1.weight")
        if tensor is None:
            break
        channels.append(tensor.shape[0])
    first = weights.tensors.get(f"{prefix}conv_in.weight")
    if first is None:
        raise UnsupportedModel(
            f"{weights.path.name} seems to be a light T2I-Adapter, which can be read from a folder of "
            "diffusers only.",
            path=str(weights.path),
        )
    return {
        "in_channels": first.shape[1] // ADAPTER_SCALE**2,
        "channels": channels,
        "num_res_blocks": ADAPTER_LAYERS,
        "downscale_factor": ADAPTER_SCALE,
        "adapter_type": "full_adapter",
    }


def _incomplete(weights: WeightFile, error: Exception) -> UnsupportedModel:
    return UnsupportedModel(
        f"{weights.path.name} looks like a ControlNet, but {str(error)[:100]} is missing in it. "
        "Get it again from its source.",
        path=str(weights.path),
    )


def _said(widths: tuple[int, ...]) -> str:
    return "/".join(map(str, widths)) or "of unknown size"

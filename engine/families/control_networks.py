"""ControlNets and T2I-Adapters: their sizes, whether they fit a model, their weights.

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
from engine.families.class_networks import load_network
from engine.families.foreign_files import FileState
from engine.families.networks import checked_config, whole
from engine.families.original.rules import number_of
from engine.families.original_layout import bundle, encoder_sizes
from engine.families.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors

if TYPE_CHECKING:
    import torch

PREFIX = "control_model."
"""Of a ControlNet in the original layout; files that hold nothing else are without it too."""
PLAIN, UNION, ADAPTER = "ControlNetModel", "ControlNetUnionModel", "T2IAdapter"
FLUX, SD3, QWEN = "FluxControlNetModel", "SD3ControlNetModel", "QwenImageControlNetModel"
CLASS_NAMES = {
    **dict.fromkeys((PLAIN, UNION, FLUX, SD3, QWEN), ControlType.CONTROLNET),
    ADAPTER: ControlType.T2I_ADAPTER,
}
"""The classes of diffusers that read maps."""
UNET = (PLAIN, UNION, ADAPTER)
"""Those that stand beside a UNet of the Stable Diffusion architecture."""
CONTROLNET_FIELDS = (
    "in_channels", "conditioning_channels", "flip_sin_to_cos", "freq_shift", "down_block_types",
    "mid_block_type", "only_cross_attention", "block_out_channels", "layers_per_block", "downsample_padding",
    "mid_block_scale_factor", "act_fn", "norm_num_groups", "norm_eps", "cross_attention_dim",
    "transformer_layers_per_block", "attention_head_dim", "num_attention_heads", "use_linear_projection",
    "upcast_attention", "resnet_time_scale_shift", "conditioning_embedding_out_channels",
    "addition_embed_type", "addition_embed_type_num_heads", "controlnet_conditioning_channel_order",
    "addition_time_embed_dim", "projection_class_embeddings_input_dim",
)  # fmt: skip
ADAPTER_FIELDS = ("in_channels", "channels", "num_res_blocks", "downscale_factor", "adapter_type")
SD2_TEXT = 1024
XL_MARK = "text_time"
"""What SDXL's networks call their further conditions."""
ADAPTER_SCALE, XL_ADAPTER_SCALE = 8, 16
XL_FOLDED = (256, 768)
"""What the first layer of an adapter for SDXL reads: a grey or a coloured picture, folded 16 x 16."""
FLUX_HEAD, FLUX_AXES = 128, (16, 56, 56)
"""Of every FLUX.1 and Qwen-Image there is; shapes do not tell how a head is split."""
ADAPTER_LAYERS = 2
"""In each level of an adapter, in every file that there is."""


@dataclass(frozen=True, eq=False)
class ControlFile:
    """One that passed the pre-flight; no number is read yet."""

    path: Path
    """The folder or the file."""
    class_name: str
    """Of `CLASS_NAMES`."""
    weights: WeightFile
    config: Mapping[str, Json]
    is_original: bool
    """Named as in the original code, not as in diffusers' classes."""
    plain_files: Mapping[Path, FileState]

    @property
    def type(self) -> ControlType:
        return CLASS_NAMES[self.class_name]

    @property
    def states(self) -> dict[Path, FileState]:
        return {self.weights.path: self.weights.state, **self.plain_files}

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level; of a transformer its only width."""
        if self.class_name not in UNET:
            return (inner_width(self.config),)
        if self.config.get("adapter_type") == "full_adapter_xl":
            return _numbers(self.config.get("channels"))[:-1]  # the last level works at the last width
        key = "block_out_channels" if self.type is ControlType.CONTROLNET else "channels"
        return _numbers(self.config.get(key))

    @property
    def text_width(self) -> int:
        """Of the words that it reads; 0 where it reads none."""
        if self.class_name not in UNET:
            return _text_of(self.config)
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
    classes: tuple[str, ...] = UNET
    """Of the networks that can stand beside it."""
    is_xl: bool = False
    """True where it is told the picture's sizes beside the words, as SDXL is."""


def _numbers(value: Json) -> tuple[int, ...]:
    return tuple(cast("list[int]", value)) if isinstance(value, list) else ()


def inner_width(config: Mapping[str, Json]) -> int:
    """Of a transformer."""
    return whole(config, "num_attention_heads", 24) * whole(config, "attention_head_dim", 128)


def base_of_transformer(class_name: str, config: Mapping[str, Json]) -> ControlBase:
    """By the configuration of a transformer that networks of the class `class_name` stand beside."""
    channels = whole(config, "in_channels", 64)
    return ControlBase((inner_width(config),), 0, _text_of(config), channels, (class_name,))


def _text_of(config: Mapping[str, Json]) -> int:
    """Width of a transformer's words; one of SD 3.5's networks reads none."""
    return whole(config, "joint_attention_dim", 0) if config.get("joint_attention_dim") else 0


def base_of_unet(unet: Mapping[str, Json], vae: Mapping[str, Json]) -> ControlBase:
    """By the configurations of a network of the Stable Diffusion architecture and of its VAE."""
    widths = unet.get("block_out_channels")
    return ControlBase(
        widths=tuple(int(str(width)) for width in widths) if isinstance(widths, list) else (),
        layers=whole(unet, "layers_per_block", 2),
        text_width=whole(unet, "cross_attention_dim", 1280),
        latent_channels=whole(vae, "latent_channels", 4),
        is_xl=unet.get("addition_embed_type") == XL_MARK,
    )


def config_of(weights: WeightFile) -> tuple[str, Mapping[str, Json], bool] | None:
    """Class, configuration and whether the names are the original's, by names and shapes; None for others."""
    names = weights.tensors
    if "controlnet_cond_embedding.conv_in.weight" in names:
        sizes = _controlnet_sizes(weights)
        return (UNION, _union_sizes(weights, sizes), False) if UNION_MARK in names else (PLAIN, sizes, False)
    if "controlnet_x_embedder.weight" in names and "controlnet_blocks.0.weight" in names:
        is_qwen = "img_in.weight" in names
        return QWEN if is_qwen else FLUX, _transformer_sizes(weights, is_qwen), False
    bare = "input_hint_block.0.weight" in names and "zero_convs.0.0.weight" in names
    if bare or f"{PREFIX}input_hint_block.0.weight" in names:
        return PLAIN, _original_sizes(weights, "" if bare else PREFIX), True
    for prefix, is_original in (("adapter.", False), ("", True)):
        if f"{prefix}body.0.{'' if is_original else 'resnets.0.'}block1.weight" in names:
            return ADAPTER, _adapter_sizes(weights, prefix, is_original), is_original
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
    told_sizes = file.config.get("addition_embed_type") == XL_MARK
    if file.class_name not in base.classes or (told_sizes and not base.is_xl):
        return ["it is for another family of models"]
    faults = []
    if file.widths != base.widths:
        faults.append(f"its levels are {_said(file.widths)} wide and the model's {_said(base.widths)}")
    if file.class_name not in UNET:
        if file.text_width not in (0, base.text_width):
            faults.append(_other_words(file, base))
        if (channels := whole(file.config, "in_channels", base.latent_channels)) != base.latent_channels:
            faults.append(f"it reads {channels} channels and the model has {base.latent_channels}")
    elif file.type is ControlType.CONTROLNET:
        if (layers := whole(file.config, "layers_per_block", 2)) != base.layers:
            faults.append(f"it has {layers} layers a level and the model {base.layers}")
        if file.text_width not in (0, base.text_width):
            faults.append(_other_words(file, base))
        if (channels := whole(file.config, "in_channels", 4)) != base.latent_channels:
            faults.append(f"it reads {channels} channels and the model has {base.latent_channels}")
    return faults


def _other_words(file: ControlFile, base: ControlBase) -> str:
    return f"it reads words of {file.text_width} numbers and the model's have {base.text_width}"


def load_control(file: ControlFile, dtype: torch.dtype, device: torch.device) -> Any:
    """The network with its weights; names and shapes are compared before the first number is read."""
    import torch  # heavy; only the engine process pays for it

    word = file.type.value
    if file.class_name not in _MAKERS:
        kind = ("diffusers", file.class_name)
        return load_network(kind, file.config, (file.weights,), word, file.path, dtype, device)
    make, fields = _MAKERS[file.class_name]
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


_MAKERS: dict[str, tuple[Callable[[Mapping[str, Json]], Any], tuple[str, ...]]] = {
    PLAIN: (_make_controlnet, CONTROLNET_FIELDS),
    ADAPTER: (_make_adapter, ADAPTER_FIELDS),
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
        embedding = tensors.get("add_embedding.linear_1.weight")
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
        if embedding is None:
            return {**_usual(sizes), **sizes}
        return {**_usual(sizes), **sizes, **_xl_sizes(weights, widths, embedding.shape[1])}
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _xl_sizes(weights: WeightFile, widths: list[Json], embedded: int) -> dict[str, Json]:
    """What a network beside SDXL has besides: the sizes of the picture, and more layers of words a level."""
    blocks = "down_blocks.{}.attentions.0.transformer_blocks"
    depths = [number_of(weights.tensors, blocks.format(level)) for level in range(len(widths))]
    return {
        "addition_embed_type": XL_MARK,
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": embedded,
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "attention_head_dim": [max(1, int(str(width)) // 64) for width in widths],
    }


UNION_MARK = "task_embedding"


def _union_sizes(weights: WeightFile, sizes: Mapping[str, Json]) -> dict[str, Json]:
    """A union has one place for each kind of map that it was taught."""
    tensors = weights.tensors
    inside = tensors.get("control_add_embedding.linear_1.weight")
    kinds, width = (*tensors[UNION_MARK].shape, 0)[:2]
    if inside is None:
        raise _incomplete(weights, KeyError("control_add_embedding.linear_1.weight"))
    return {
        **{name: value for name, value in sizes.items() if name != "conditioning_channels"},
        "num_control_type": kinds,
        "num_trans_channel": width,
        "num_trans_head": max(1, width // 40),
        "num_proj_channel": width,
    }


def _transformer_sizes(weights: WeightFile, is_qwen: bool) -> dict[str, Json]:
    """Of a network beside FLUX.1 or Qwen-Image in one file, by the names of diffusers' classes."""
    tensors = weights.tensors
    try:
        first = tensors["img_in.weight" if is_qwen else "x_embedder.weight"].shape
        heads = first[0] // FLUX_HEAD
        words = tensors["txt_in.weight" if is_qwen else "context_embedder.weight"].shape[1]
        sizes: dict[str, Json] = {
            "patch_size": 2 if is_qwen else 1,
            "in_channels": first[1],
            "num_layers": number_of(tensors, "transformer_blocks"),
            "attention_head_dim": FLUX_HEAD,
            "num_attention_heads": heads,
            "joint_attention_dim": words,
            "axes_dims_rope": list(FLUX_AXES),
        }
        if is_qwen:
            return {**sizes, "out_channels": first[1] // 4}
        modes = tensors.get("controlnet_mode_embedder.weight")
        hint = tensors.get("input_hint_block.conv_out.weight")
        return {
            **sizes,
            "patch_size": round((first[1] / hint.shape[0]) ** 0.5) if hint is not None else 1,
            "num_single_layers": number_of(tensors, "single_transformer_blocks"),
            "pooled_projection_dim": tensors["time_text_embed.text_embedder.linear_1.weight"].shape[1],
            "guidance_embeds": "time_text_embed.guidance_embedder.linear_1.weight" in tensors,
            "num_mode": modes.shape[0] if modes is not None else None,
            "conditioning_embedding_channels": hint.shape[0] if hint is not None else None,
        }
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
    is_xl = first.shape[1] in XL_FOLDED
    scale = XL_ADAPTER_SCALE if is_xl else ADAPTER_SCALE
    return {
        "in_channels": first.shape[1] // scale**2,
        "channels": channels,
        "num_res_blocks": ADAPTER_LAYERS,
        "downscale_factor": scale,
        "adapter_type": "full_adapter_xl" if is_xl else "full_adapter",
    }


def _incomplete(weights: WeightFile, error: Exception) -> UnsupportedModel:
    return UnsupportedModel(
        f"{weights.path.name} looks like a ControlNet, but {str(error)[:100]} is missing in it. "
        "Get it again from its source.",
        path=str(weights.path),
    )


def _said(widths: tuple[int, ...]) -> str:
    return "/".join(map(str, widths)) or "of unknown size"

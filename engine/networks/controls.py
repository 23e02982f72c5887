"""ControlNets and T2I-Adapters: whether they fit a model, and their weights.

A ControlNet is a copy of the model's encoder with one more small network that reads the map; an adapter is
that small network alone, run once a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.maps import ControlType
from engine.checkpoints.checkpoint import Checkpoint, Kept, WeightFile
from engine.checkpoints.foreign_files import FileState
from engine.checkpoints.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors
from engine.networks.class_networks import load_network
from engine.networks.control_sizes import (
    ADAPTER,
    ADAPTER_LAYERS,
    CONTROLNET_FIELDS,
    FIRST_LAYERS,
    FLUX,
    HUNYUAN,
    LIGHT,
    OWN_REFINER,
    PLAIN,
    PREFIX,
    QWEN,
    SANA,
    SD3,
    UNION,
    XL_MARK,
    XS,
    Z_IMAGE,
    Z_UNTAUGHT,
)
from engine.networks.masked_controls import ALIMAMA, mask_fault, reads_mask_only
from engine.networks.stable_diffusion import checked_config, whole

if TYPE_CHECKING:
    import torch

CLASS_NAMES = {
    **dict.fromkeys((PLAIN, UNION, XS, FLUX, SD3, QWEN, SANA, HUNYUAN, Z_IMAGE), ControlType.CONTROLNET),
    ADAPTER: ControlType.T2I_ADAPTER,
}
"""The classes of diffusers that read maps."""
UNET = (PLAIN, UNION, XS, ADAPTER)
"""Those that stand beside a UNet of the Stable Diffusion architecture."""
WORDS_BROUGHT = "text_proj"
ADAPTER_FIELDS = ("in_channels", "channels", "num_res_blocks", "downscale_factor", "adapter_type")


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
    base: Checkpoint | None = None
    """The model whose network it differs from, where it says no more than that."""

    @property
    def is_difference(self) -> bool:
        return any(tensor.kept is Kept.PRODUCT for tensor in self.weights.tensors.values())

    @property
    def kept_as(self) -> str:
        """Another one for another network in memory."""
        return str(self.path) if self.base is None else f"{self.path} beside {self.base.path}"

    @property
    def type(self) -> ControlType:
        return CLASS_NAMES[self.class_name]

    @property
    def states(self) -> dict[Path, FileState]:
        of_base = {} if self.base is None else self.base.states
        return {self.weights.path: self.weights.state, **self.plain_files, **of_base}

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level; of a transformer its only width."""
        if self.class_name not in UNET:
            return (inner_width(self.config),)
        if self.config.get("adapter_type") == "full_adapter_xl":
            return _numbers(self.config.get("channels"))[:-1]  # the last level works at the last width
        if self.config.get("adapter_type") == LIGHT:
            levels = _numbers(self.config.get("channels"))
            return (*levels, *levels[-1:])  # the last level is one more, of the same width
        if self.class_name == XS:
            return _numbers(self.config.get("base_block_out_channels", [320, 640, 1280, 1280]))
        key = "block_out_channels" if self.type is ControlType.CONTROLNET else "channels"
        return _numbers(self.config.get(key))

    @property
    def text_width(self) -> int:
        """Of the words that it reads; 0 where it reads none."""
        if self.class_name not in UNET:
            return _text_of(self.config)
        if self.class_name == XS:
            return whole(self.config, "cross_attention_dim", 1024)
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
    is_kolors: bool = False
    """True where a layer of its own brings the words to their width."""
    blocks: tuple[str, ...] = ()
    """Kinds of a UNet's blocks: of each level on the way down, and of the middle."""

    @property
    def wears_controls(self) -> bool:
        """True where LoRAs can teach it to read a map in channels of its own."""
        return self.classes == (FLUX,)


def _numbers(value: Json) -> tuple[int, ...]:
    return tuple(cast("list[int]", value)) if isinstance(value, list) else ()


def inner_width(config: Mapping[str, Json]) -> int:
    """Of a transformer."""
    if "dim" in config:
        return whole(config, "dim")
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
    levels = unet.get("down_block_types", USUAL_LEVELS)
    return ControlBase(
        widths=tuple(int(str(width)) for width in widths) if isinstance(widths, list) else (),
        layers=whole(unet, "layers_per_block", 2),
        text_width=whole(unet, "cross_attention_dim", 1280),
        latent_channels=whole(vae, "latent_channels", 4),
        is_xl=unet.get("addition_embed_type") == XL_MARK,
        blocks=(
            *map(str, levels if isinstance(levels, list) else ()),
            str(unet.get("mid_block_type", MIDDLE)),
        ),
    )


def base_of_worn(unet: Mapping[str, Json]) -> ControlBase:
    """By the configuration of one that IP-Adapters alone are put into: nothing stands beside it."""
    base = base_of_unet(unet, {})
    return replace(base, classes=(), is_kolors=unet.get("encoder_hid_dim_type") == WORDS_BROUGHT)


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
        if (channels := _channels(file, base)) != base.latent_channels:
            faults.append(f"it reads {channels} channels and the model has {base.latent_channels}")
    elif file.type is ControlType.CONTROLNET:
        if (layers := whole(file.config, "layers_per_block", 2)) != base.layers:
            faults.append(f"it has {layers} layers a level and the model {base.layers}")
        if file.text_width not in (0, base.text_width):
            faults.append(_other_words(file, base))
        if (channels := whole(file.config, "in_channels", 4)) != base.latent_channels:
            faults.append(f"it reads {channels} channels and the model has {base.latent_channels}")
    if file.class_name == XS and not faults and _blocks(file) != base.blocks:
        faults.append("the model's blocks are of other kinds than those that it is joined to")
    if fault := mask_fault(file):
        faults.append(fault)
    return faults


USUAL_LEVELS: list[Json] = [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"]
MIDDLE = "UNetMidBlock2DCrossAttn"
"""Of a UNet that does not say its blocks."""


def _blocks(file: ControlFile) -> tuple[str, ...]:
    """Of the model that a ControlNet-XS goes through layer by layer."""
    levels = file.config.get("down_block_types", USUAL_LEVELS)
    return (*map(str, levels if isinstance(levels, list) else ()), MIDDLE)


def brings_time(file: ControlFile) -> bool:
    """True of a ControlNet-XS that has learnt its own embedding of time, by which the model goes, too."""
    return file.class_name == XS and file.config.get("learn_time_embedding") is True


def _channels(file: ControlFile, base: ControlBase) -> int:
    """Of the latents that a network beside a transformer reads."""
    if file.class_name == Z_IMAGE:
        channels = whole(file.config, "control_in_dim", 0)
        return channels // 2 if channels % 2 else channels  # odd: of a map, a mask and a picture
    return whole(file.config, "in_channels", base.latent_channels)


def _other_words(file: ControlFile, base: ControlBase) -> str:
    return f"it reads words of {file.text_width} numbers and the model's have {base.text_width}"


OfBase = Callable[[set[str]], State]
"""The weights of those names of the base's own network."""


def load_control(
    file: ControlFile, dtype: torch.dtype, device: torch.device, of_base: OfBase | None = None
) -> Any:
    """The network with its weights; names and shapes are compared before the first number is read.

    `of_base`: for one that only says how it differs from its base.
    """
    import torch  # heavy; only the engine process pays for it

    word = file.type.value
    if file.class_name not in _MAKERS:
        is_flux_for_masks = file.class_name == FLUX and reads_mask_only(file)
        kind = (ALIMAMA if is_flux_for_masks else "diffusers", file.class_name)
        config, weights = (file.config, file.weights)
        if file.class_name == Z_IMAGE:
            config, weights = _z_image_as_taught(file)
        return load_network(kind, config, (weights,), word, file.path, dtype, device)
    make, fields = _MAKERS[file.class_name]
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(lambda: make(checked_config(file.config, fields, word)), word)
        check_fits(network, _renamed(file, meta_tensors([file.weights], _wanted)), word, file.path)
        state = _renamed(file, read_tensors([file.weights], dtype, _wanted))
        return fill(network, _with_base(file, state, of_base) if file.is_difference else state, device)


def _with_base(file: ControlFile, state: State, of_base: OfBase | None) -> State:
    """`state` with what it is a difference from."""
    differing = {name for name, tensor in file.weights.tensors.items() if tensor.kept is Kept.PRODUCT}
    own = of_base(differing) if of_base is not None else {}
    for name in sorted(differing):
        if name in own and own[name].shape == state[name].shape:
            continue
        raise UnsupportedModel(
            f"{file.path.name} is a control-lora for another model: {name[:100]} is not in this one, or of "
            "another size. Choose the model that it was made for.",
            path=str(file.path),
            problem="other_base",
        )
    return {name: tensor + own[name].to(tensor) if name in own else tensor for name, tensor in state.items()}


def _z_image_as_taught(file: ControlFile) -> tuple[Mapping[str, Json], WeightFile]:
    """Without the layers that a network beside Z-Image carries, but was not taught to use.

    diffusers tells its versions apart in the same way (`loaders/single_file_utils.py`).
    """
    import torch

    config, weights = file.config, file.weights
    if 0 not in _numbers(config.get("control_layers_places")):
        raise UnsupportedModel(
            f"{file.path.name} is a ControlNet for Z-Image that does not begin at its first layer. "
            "Get it again from its source.",
            path=str(file.path),
        )
    if config.get("add_control_noise_refiner") == OWN_REFINER and file.path == weights.path:
        first = read_tensors([weights], torch.float32, lambda name: name == Z_UNTAUGHT)
        if not any(bool(tensor.any()) for tensor in first.values()):
            config = {**config, "add_control_noise_refiner": FIRST_LAYERS}
    if config.get("add_control_noise_refiner") == FIRST_LAYERS:
        kept = {name: it for name, it in weights.tensors.items() if not name.startswith(f"{OWN_REFINER}.")}
        weights = replace(weights, tensors=kept)
    return config, weights


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


def _said(widths: tuple[int, ...]) -> str:
    return "/".join(map(str, widths)) or "of unknown size"

"""Autoencoders in files of their own or inside a checkpoint, under the makers' names or diffusers'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.api.form import Json
from engine.checkpoints.checkpoint import TensorInfo
from engine.networks.original.rules import Rule, Rules, Tensors, number_of, numbered, renamed


@dataclass(frozen=True)
class Autoencoder:
    """One class of autoencoder, and how to tell a file of it."""

    title: str
    """With a file that holds it, as artists know it."""
    class_name: str
    marks: tuple[str, ...]
    """Any of these names tells it: the makers', diffusers'."""
    channels: int
    """That its decoder reads; 0 for any."""
    rules: Callable[[Tensors], Rules]
    sizes: Callable[[Tensors], dict[str, Json]]
    """From the shapes under the class's names."""
    told: Mapping[str, Json]
    """What shapes cannot say: scale and shift of the latents."""
    names: tuple[str, ...] = ()
    """Words in the name of a file that is for this family, where several families' look alike."""
    other_names: tuple[str, ...] = ()
    """Words in the names of files that are not."""
    lacks: tuple[str, ...] = ()
    """Names that tell another class, whose other names are alike."""
    pixels: int = 0
    """Channels of the pixels that it reads: three, or four with opacity; 0 for any."""

    def fits(self, tensors: Tensors) -> bool:
        """True where `tensors`, by the makers' or the class's names, are such an autoencoder's."""
        if not any(mark in tensors for mark in self.marks) or any(name in tensors for name in self.lacks):
            return False
        read = tensors.get("encoder.conv_in.weight") or tensors.get("encoder.conv1.weight")
        if self.pixels and (read is None or read.shape[1:2] != (self.pixels,)):
            return False
        first = tensors.get("decoder.conv_in.weight") or tensors.get("decoder.conv1.weight")
        return not self.channels or (first is not None and first.shape[1:2] == (self.channels,))

    def read(self, tensors: Tensors) -> tuple[dict[str, TensorInfo], dict[str, Json]]:
        """The tensors by the class's names, and its configuration."""
        named = renamed(tensors, self.rules(tensors))
        return named, {**self.sizes(named), **self.told}


_MIDDLE = (
    Rule(r"(.+)\.mid\.block_1\.(\w+)", r"\1.mid_block.resnets.0.\2"),
    Rule(r"(.+)\.mid\.block_2\.(\w+)", r"\1.mid_block.resnets.1.\2"),
    Rule(r"(.+)\.mid\.attn_1\.norm", r"\1.mid_block.attentions.0.group_norm"),
    Rule(r"(.+)\.mid\.attn_1\.([qkv])", r"\1.mid_block.attentions.0.to_\2", flat=True),
    Rule(r"(.+)\.mid\.attn_1\.proj_out", r"\1.mid_block.attentions.0.to_out.0", flat=True),
    Rule(r"(encoder|decoder)\.norm_out", r"\1.conv_norm_out"),
    # diffusers' own older names
    Rule(r"(.+)\.attentions\.0\.query", r"\1.attentions.0.to_q", flat=True),
    Rule(r"(.+)\.attentions\.0\.key", r"\1.attentions.0.to_k", flat=True),
    Rule(r"(.+)\.attentions\.0\.value", r"\1.attentions.0.to_v", flat=True),
    Rule(r"(.+)\.attentions\.0\.proj_attn", r"\1.attentions.0.to_out.0", flat=True),
    # FLUX.2's makers call the two convolutions so, and have the norm of its cells at the top
    Rule(r"encoder\.quant_conv", "quant_conv"),
    Rule(r"decoder\.post_quant_conv", "post_quant_conv"),
    Rule(r"(loss|model_ema)\..*", ""),
)


def _kl_names(tensors: Tensors) -> Rules:
    """The levels of the decoder are counted the other way round."""
    levels = numbered(tensors, "decoder.up.{}.block.0.conv1.weight")
    turned: list[Rule] = []
    for level in range(levels):
        block = f"decoder.up_blocks.{levels - 1 - level}"
        turned += [
            Rule(rf"decoder\.up\.{level}\.block\.(\d+)\.nin_shortcut", rf"{block}.resnets.\1.conv_shortcut"),
            Rule(rf"decoder\.up\.{level}\.block\.(\d+)\.(\w+)", rf"{block}.resnets.\1.\2"),
            Rule(rf"decoder\.up\.{level}\.upsample\.conv", f"{block}.upsamplers.0.conv"),
        ]
    down = [
        Rule(
            r"encoder\.down\.(\d+)\.block\.(\d+)\.nin_shortcut",
            r"encoder.down_blocks.\1.resnets.\2.conv_shortcut",
        ),
        Rule(r"encoder\.down\.(\d+)\.block\.(\d+)\.(\w+)", r"encoder.down_blocks.\1.resnets.\2.\3"),
        Rule(r"encoder\.down\.(\d+)\.downsample\.conv", r"encoder.down_blocks.\1.downsamplers.0.conv"),
    ]  # fmt: skip
    return (*turned, *down, *_MIDDLE)


def _kl_sizes(tensors: Tensors) -> dict[str, Json]:
    levels = number_of(tensors, "encoder.down_blocks")
    widths: list[Json] = [
        tensors[f"encoder.down_blocks.{level}.resnets.0.conv1.weight"].shape[0] for level in range(levels)
    ]
    down: list[Json] = ["DownEncoderBlock2D"] * levels
    up: list[Json] = ["UpDecoderBlock2D"] * levels
    return {
        "block_out_channels": widths,
        "down_block_types": down,
        "up_block_types": up,
        "layers_per_block": number_of(tensors, "encoder.down_blocks.0.resnets"),
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
        "norm_num_groups": 32,
        "use_quant_conv": "quant_conv.weight" in tensors,
        "use_post_quant_conv": "post_quant_conv.weight" in tensors,
        "sample_size": 1024,
    }


_KL = ("decoder.up.0.block.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight")


def _kl(
    title: str, channels: int, told: Mapping[str, Json], names: tuple[str, ...], others: tuple[str, ...]
) -> Autoencoder:
    return Autoencoder(
        title, "AutoencoderKL", _KL, channels, _kl_names, _kl_sizes, told, names=names, other_names=others,
        lacks=("decoder.mid_block.resnets.0.norm1.gamma",),
    )  # fmt: skip


SDXL = _kl(
    "sdxl_vae.safetensors", 4, {"scaling_factor": 0.13025, "force_upcast": True}, ("xl",),
    ("sd1", "sd15", "840000", "560000"),
)  # fmt: skip
FLUX = _kl(
    "ae.safetensors", 16, {"scaling_factor": 0.3611, "shift_factor": 0.1159}, ("flux", "ae"),
    ("sd3", "sd35"),
)  # fmt: skip
SD3 = _kl(
    "sd3_vae.safetensors", 16, {"scaling_factor": 1.5305, "shift_factor": 0.0609}, ("sd3", "sd35"),
    ("flux", "ae."),
)  # fmt: skip


def _flux2_sizes(tensors: Tensors) -> dict[str, Json]:
    sizes = {**_kl_sizes(tensors), "batch_norm_eps": 1e-4}
    first = tensors["decoder.conv_in.weight"].shape[0]
    widths = sizes["block_out_channels"]
    assert isinstance(widths, list)
    if first != widths[-1]:  # the small decoder that was distilled later
        levels = number_of(tensors, "decoder.up_blocks")
        sizes["decoder_block_out_channels"] = [
            tensors[f"decoder.up_blocks.{levels - 1 - level}.resnets.0.conv2.weight"].shape[0]
            for level in range(levels)
        ]
    return sizes


FLUX2 = Autoencoder(
    "flux2-vae.safetensors", "AutoencoderKLFlux2", ("bn.running_mean",), 0, _kl_names, _flux2_sizes, {},
    ("flux",),
)  # fmt: skip


# Qwen-Image's, which is Wan's


def _wan_names(tensors: Tensors) -> Rules:
    per_level = _wan_per_level(tensors)
    up: list[Rule] = []
    for block in range(number_of(tensors, "decoder.upsamples")):
        level, number = divmod(block, per_level + 2)
        head, old = f"decoder.up_blocks.{level}", rf"decoder\.upsamples\.{block}"
        up += [
            *_wan_resnet(old, f"{head}.resnets.{number}"),
            Rule(rf"{old}\.((?:resample|time_conv).*)", rf"{head}.upsamplers.0.\1"),
        ]
    return (
        *up,
        *_wan_resnet(r"encoder\.downsamples\.(\d+)", r"encoder.down_blocks.\1"),
        Rule(r"encoder\.downsamples\.(.+)", r"encoder.down_blocks.\1"),
        *_wan_resnet(r"(encoder|decoder)\.middle\.0", r"\1.mid_block.resnets.0"),
        *_wan_resnet(r"(encoder|decoder)\.middle\.2", r"\1.mid_block.resnets.1"),
        Rule(r"(encoder|decoder)\.middle\.1\.(.+)", r"\1.mid_block.attentions.0.\2"),
        Rule(r"(encoder|decoder)\.head\.0", r"\1.norm_out"),
        Rule(r"(encoder|decoder)\.head\.2", r"\1.conv_out"),
        Rule(r"(encoder|decoder)\.conv1", r"\1.conv_in"),
        Rule(r"conv1", "quant_conv"),
        Rule(r"conv2", "post_quant_conv"),
    )


def _wan_per_level(tensors: Tensors) -> int:
    """Resnets at each level on the way down; on the way up there is one more."""
    return numbered(tensors, "encoder.downsamples.{}.residual.2.weight")


def _wan_resnet(old: str, new: str) -> list[Rule]:
    return [
        Rule(rf"{old}\.residual\.0", f"{new}.norm1"),
        Rule(rf"{old}\.residual\.2", f"{new}.conv1"),
        Rule(rf"{old}\.residual\.3", f"{new}.norm2"),
        Rule(rf"{old}\.residual\.6", f"{new}.conv2"),
        Rule(rf"{old}\.shortcut", f"{new}.conv_shortcut"),
    ]


WAN_MEAN: list[Json] = [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632,
    -0.1922, -0.9497, 0.2503, -0.2921,
]  # fmt: skip
WAN_STD: list[Json] = [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382,
    1.1253, 2.8251, 1.916,
]  # fmt: skip


def _wan_sizes(tensors: Tensors) -> dict[str, Json]:
    base = tensors["encoder.conv_in.weight"].shape[0]
    resamples = [
        name for name in tensors if name.startswith("encoder.down_blocks.") and ".resample.1.weight" in name
    ]
    blocks = sorted(int(name.split(".")[2]) for name in resamples)
    per_level = blocks[0] if blocks else 2
    firsts = [0, *(block + 1 for block in blocks)]
    multiples: list[Json] = [
        tensors[f"encoder.down_blocks.{first}.conv1.weight"].shape[0] // base for first in firsts
    ]
    over_time: list[Json] = [f"encoder.down_blocks.{block}.time_conv.weight" in tensors for block in blocks]
    return {
        "base_dim": base,
        "z_dim": tensors["decoder.conv_in.weight"].shape[1],
        "dim_mult": multiples,
        "num_res_blocks": per_level,
        "temperal_downsample": over_time,
        "input_channels": tensors["encoder.conv_in.weight"].shape[1],
    }


QWEN_IMAGE = Autoencoder(
    "qwen_image_vae.safetensors", "AutoencoderKLQwenImage",
    ("decoder.middle.0.residual.0.gamma", "decoder.mid_block.resnets.0.norm1.gamma"),
    16, _wan_names, _wan_sizes, {"latents_mean": WAN_MEAN, "latents_std": WAN_STD},
    other_names=("wan2.2", "wan2_2"), pixels=3,
)  # fmt: skip
QWEN_IMAGE_LAYERED = replace(QWEN_IMAGE, title="qwen_image_layered_vae.safetensors", pixels=4)

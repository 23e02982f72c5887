"""Stable Diffusion 1.x / 2.x in one file, with the names of the original code (CompVis, Stability).

The sizes are read off the tensors' shapes; what shapes cannot say (heads, norms, noise) comes from our own
bundles in `resources/models`. Nothing is fetched, and diffusers' guess ("v1" for whatever it does not know)
is not asked.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import Checkpoint, TensorInfo, WeightFile
from engine.checkpoints.weights import State, meta_tensors, read_tensors

if TYPE_CHECKING:
    import torch

UNET = "model.diffusion_model."
VAE = "first_stage_model."
CLIP = "cond_stage_model.transformer."
OPEN_CLIP = "cond_stage_model.model."

MARKS_V = ("v_pred", "ztsnr")
"""Empty tensors by which makers of v-prediction models mark their files (a convention of 2024)."""

CLIP_TOKENS = 49_408


class OriginalLayout:
    """One file, its three networks told apart by prefix."""

    def __init__(self, file: WeightFile, version: str) -> None:
        self.path: Path = file.path
        self.version = {"sd1": "SD 1.x", "sd2": "SD 2.x"}[version]
        self._file = file
        self._prefixes = {"unet": UNET, "vae": VAE, "text_encoder": CLIP if version == "sd1" else OPEN_CLIP}
        self.configs: Mapping[str, Mapping[str, Json]] = _configs(file, version, self.tensors)

    @staticmethod
    def recognise(checkpoint: Checkpoint) -> OriginalLayout | None:
        """None where the file is of another kind; raises `UnsupportedModel` where a part is missing."""
        file = checkpoint.single
        names = file.tensors.keys()
        if UNET + "input_blocks.0.0.weight" not in names or UNET + "label_emb.0.0.weight" in names:
            return None
        if any(name.startswith("conditioner.") for name in names):
            return None
        version = "sd2" if any(name.startswith(OPEN_CLIP) for name in names) else "sd1"
        text = OPEN_CLIP if version == "sd2" else CLIP
        for prefix, what in ((VAE, "VAE"), (text, "text encoder")):
            if not any(name.startswith(prefix) for name in names):
                raise UnsupportedModel(
                    f"{file.path.name} is a Stable Diffusion checkpoint without its {what}. "
                    "Choose the full model, not the pruned one.",
                    path=str(file.path),
                )
        return OriginalLayout(file, version)

    def tensors(self, part: str) -> dict[str, TensorInfo]:
        return self._file.under(self._prefixes[part])

    def shapes(self, part: str) -> dict[str, tuple[int, ...]]:
        """By the names of the part's class. Imports torch, whose converter knows them."""
        return {name: tuple(tensor.shape) for name, tensor in self.meta(part).items()}

    def meta(self, part: str) -> State:
        return self._converted(part, meta_tensors([self._file], self._wanted(part)))

    def read(self, part: str, dtype: torch.dtype) -> State:
        return self._converted(part, read_tensors([self._file], dtype, self._wanted(part)))

    def _wanted(self, part: str):
        prefix = self._prefixes[part]
        return lambda name: name.startswith(prefix) and not name.endswith("position_ids")

    def _converted(self, part: str, state: State) -> State:
        """`state` with diffusers' names. Its converters only move tensors, and know every exception."""
        from diffusers.loaders import single_file_utils  # imports torch

        config = dict(self.configs[part])
        if part == "unet":
            return single_file_utils.convert_ldm_unet_checkpoint(state, config)
        if part == "vae":
            return single_file_utils.convert_ldm_vae_checkpoint(state, config)
        bare = {name.removeprefix(self._prefixes[part]): tensor for name, tensor in state.items()}
        if self._prefixes[part] == OPEN_CLIP:
            return open_clip_to_transformers(bare, layers=int(str(config["num_hidden_layers"])))
        return {name.removeprefix("text_model."): tensor for name, tensor in bare.items()}


OPEN_CLIP_NAMES = {
    "positional_embedding": "embeddings.position_embedding.weight",
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
OPEN_CLIP_LAYER_NAMES = {
    "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}  # fmt: skip


def open_clip_to_transformers(state: State, layers: int) -> State:
    """OpenCLIP's text encoder as a `CLIPTextModel` of `layers` layers.

    Stable Diffusion 2 reads the last layer but one, so the file's last layer is left out. (diffusers' own
    converter leaves out number 23 by name, and keeps a wrong one at any other depth.)
    """
    found: State = {}
    for name, tensor in state.items():
        if name in OPEN_CLIP_NAMES:
            found[OPEN_CLIP_NAMES[name]] = tensor
        elif name.startswith("transformer.resblocks."):
            _, _, layer, rest = name.split(".", 3)
            if layer.isdigit() and int(layer) < layers:
                found.update(_open_clip_layer(f"encoder.layers.{layer}", rest, tensor))
    return found


def _open_clip_layer(layer: str, rest: str, tensor: torch.Tensor) -> State:
    if rest in ("attn.in_proj_weight", "attn.in_proj_bias"):
        kind = rest.rpartition("_")[2]
        thirds = tensor.chunk(3)
        return {
            f"{layer}.self_attn.{word}_proj.{kind}": third.clone()
            for word, third in zip("qkv", thirds, strict=False)
        }
    module, _, kind = rest.rpartition(".")
    return {f"{layer}.{OPEN_CLIP_LAYER_NAMES.get(module, module)}.{kind}": tensor}


@cache
def bundle(version: str, part: str) -> Mapping[str, Json]:
    """Our own configuration of `part` for `sd1` or `sd2`."""
    file = importlib.resources.files("resources").joinpath(f"models/{version}/{part}.json")
    return json.loads(file.read_text("utf-8"))


def _configs(file: WeightFile, version: str, tensors) -> dict[str, dict[str, Json]]:
    text = _open_clip_sizes if version == "sd2" else _clip_sizes
    try:
        found = {
            "unet": {**bundle(version, "unet"), **unet_sizes(tensors("unet"))},
            "vae": {**bundle(version, "vae"), **vae_sizes(tensors("vae"))},
            "text_encoder": {**bundle(version, "text_encoder"), **text(tensors("text_encoder"))},
            "scheduler": {**bundle(version, "scheduler"), **noise_of(file, version)},
        }
    except (KeyError, IndexError) as error:
        raise UnsupportedModel(
            f"{file.path.name} looks like a Stable Diffusion checkpoint, but {str(error)[:100]} is missing "
            "in it. Get it again from its source.",
            path=str(file.path),
        ) from None
    _finish_unet(found["unet"], version, found["scheduler"]["prediction_type"])
    _check_vocabulary(file, tensors("text_encoder"))
    return found


def noise_of(file: WeightFile, version: str) -> dict[str, Json]:
    """Prediction type and terminal SNR: by the marks in the file, by its metadata, else by custom.

    Files of Stable Diffusion 2 do not say which kind they are; the 768-pixel model, which predicts v, is the
    one that others were made from.
    """
    said = file.metadata.get("modelspec.prediction_type", "").lower()
    by_custom = "v_prediction" if version == "sd2" else "epsilon"
    prediction = {"epsilon": "epsilon", "v": "v_prediction", "v_prediction": "v_prediction"}.get(
        said, by_custom
    )
    if any(mark in file.tensors for mark in MARKS_V):
        prediction = "v_prediction"
    return {"prediction_type": prediction, "rescale_betas_zero_snr": "ztsnr" in file.tensors}


def unet_sizes(tensors: Mapping[str, TensorInfo]) -> dict[str, Json]:
    """The sizes of a UNet in the original layout. Raises `KeyError` where a tensor is missing."""
    encoder = encoder_sizes(tensors)
    down = encoder["down_block_types"]
    assert isinstance(down, list)
    up: list[Json] = [str(kind).replace("Down", "Up") for kind in reversed(down)]
    return {**encoder, "out_channels": tensors["out.2.weight"].shape[0], "up_block_types": up}


def encoder_sizes(tensors: Mapping[str, TensorInfo]) -> dict[str, Json]:
    """The same of its encoder alone, which is what a ControlNet is a copy of."""
    levels: list[list[int]] = [[]]
    for block in count(1):
        if f"input_blocks.{block}.0.op.weight" in tensors:
            levels.append([])
        elif f"input_blocks.{block}.0.out_layers.3.weight" in tensors:
            levels[-1].append(block)
        else:
            break
    blocks = [f"input_blocks.{level[0]}" for level in levels]
    widths: list[Json] = [tensors[f"{block}.0.out_layers.3.weight"].shape[0] for block in blocks]
    attention = [f"{block}.1.proj_in.weight" in tensors for block in blocks]
    down: list[Json] = ["CrossAttnDownBlock2D" if at else "DownBlock2D" for at in attention]
    cross = [name for name in tensors if name.endswith("attn2.to_k.weight")]
    if not cross:
        raise KeyError("attn2.to_k.weight")
    return {
        "in_channels": tensors["input_blocks.0.0.weight"].shape[1],
        "block_out_channels": widths,
        "layers_per_block": len(levels[0]),
        "cross_attention_dim": tensors[cross[0]].shape[1],
        "use_linear_projection": len(tensors["middle_block.1.proj_in.weight"].shape) == 2,
        "down_block_types": down,
    }


def _finish_unet(unet: dict[str, Json], version: str, prediction: Json) -> None:
    """Heads and size: Stable Diffusion 1 has 8 heads at every width, 2 has heads of 64 and two sizes."""
    widths = unet["block_out_channels"]
    if version == "sd2" and isinstance(widths, list):
        unet["attention_head_dim"] = [max(1, int(str(width)) // 64) for width in widths]
        unet["sample_size"] = 96 if prediction == "v_prediction" else 64


def vae_sizes(tensors: Mapping[str, TensorInfo]) -> dict[str, Json]:
    """The sizes of a VAE in the original layout. Raises `KeyError` where a tensor is missing."""
    widths: list[Json] = []
    for level in count():
        name = f"encoder.down.{level}.block.0.conv1.weight"
        if name not in tensors:
            break
        widths.append(tensors[name].shape[0])
    down: list[Json] = ["DownEncoderBlock2D" for _ in widths]
    up: list[Json] = ["UpDecoderBlock2D" for _ in widths]
    layers = sum(f"encoder.down.0.block.{layer}.conv1.weight" in tensors for layer in range(16))
    return {
        "block_out_channels": widths,
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
        "layers_per_block": layers,
        "down_block_types": down,
        "up_block_types": up,
    }


def _clip_sizes(tensors: Mapping[str, TensorInfo]) -> dict[str, Json]:
    prefix = "text_model." if "text_model.final_layer_norm.weight" in tensors else ""
    layer = prefix + "encoder.layers.{}.mlp.fc1.weight"
    return _text_sizes(
        tensors[prefix + "embeddings.token_embedding.weight"],
        tensors[prefix + "embeddings.position_embedding.weight"],
        tensors[layer.format(0)],
        sum(layer.format(number) in tensors for number in range(65)),
    )


def _open_clip_sizes(tensors: Mapping[str, TensorInfo]) -> dict[str, Json]:
    layer = "transformer.resblocks.{}.mlp.c_fc.weight"
    return _text_sizes(
        tensors["token_embedding.weight"],
        tensors["positional_embedding"],
        tensors[layer.format(0)],
        sum(layer.format(number) in tensors for number in range(65)) - 1,
    )


def _text_sizes(tokens: TensorInfo, places: TensorInfo, wide: TensorInfo, layers: int) -> dict[str, Json]:
    width = tokens.shape[1]
    return {
        "vocab_size": tokens.shape[0],
        "hidden_size": width,
        "projection_dim": width,
        "max_position_embeddings": places.shape[0],
        "intermediate_size": wide.shape[0],
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // 64),
    }


def _check_vocabulary(file: WeightFile, tensors: Mapping[str, TensorInfo]) -> None:
    tokens = next(tensor for name, tensor in tensors.items() if name.endswith("token_embedding.weight"))
    if tokens.shape[0] != CLIP_TOKENS:
        raise UnsupportedModel(
            f"{file.path.name} knows {tokens.shape[0]:,} tokens, not CLIP's {CLIP_TOKENS:,}, and a single "
            "file does not bring its own. Get the model as a diffusers folder.",
            path=str(file.path),
        )

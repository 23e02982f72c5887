"""Networks that look at pictures, on disk: what a folder or file is, by header and configuration alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.api.errors import EngineError, UnsupportedModel
from engine.api.form import Json
from engine.api.vision import VisionInfo, VisionKind
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import FileState, read_json, unsafe
from engine.models.headers.files import read_header
from engine.models.places.folders import card_licence, file_names, name_at, read_config, refuse_code
from engine.models.places.walk import CONFIG
from engine.models.scanning.describe_folder import weights_in
from engine.networks.original.rules import numbered
from engine.networks.vision import CLASSES, ENCODER, PROCESSOR, SIGLIP, WHOLE, VisionFile, class_told

EYES = "vision_model.embeddings.patch_embedding.weight"
INNER_EYES = EYES.removeprefix("vision_model.")
"""As transformers names them from its version 5 on, where the network stands alone."""
ADAPTER = "adapter_config.json"
PROJECTION = "visual_projection.weight"
HEADS: Mapping[int, tuple[int, str]] = {768: (12, "quick_gelu"), 1024: (16, "quick_gelu"),
                                        1280: (16, "gelu"), 1664: (16, "gelu")}  # fmt: skip
"""Width of CLIP's eyes (B, L, H, bigG) to how many heads and which activation: no tensor tells them."""


def class_named(folder: Path) -> str:
    """The class that the folder's configuration names, where it is one of ours; else empty."""
    config = folder / CONFIG
    try:
        name = class_told(read_json(config)) if config.is_file() else ""
    except (EngineError, OSError):
        return ""
    return WHOLE.get(name, name if name in CLASSES else "")


def read_vision(path: Path) -> VisionFile:
    """The pre-flight of the folder or safetensors file `path`.

    Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for what is no such network.
    """
    return _from_folder(path) if path.is_dir() else _from_file(path)


def examine_vision(path: Path) -> VisionInfo:
    """What `read_vision` finds, for the catalog."""
    file = read_vision(path)
    tensors = {name: tensor for weights in file.weights for name, tensor in weights.tensors.items()}
    projection, eyes = tensors.get(PROJECTION), tensors.get(EYES, tensors.get(INNER_EYES))
    licence = card_licence(path, file_names(path)) if path.is_dir() else file.weights[0].licence
    named = file.config.get("id2label")
    return VisionInfo(
        name=name_at(path),
        kind=file.kind,
        path=path,
        class_name=file.class_name,
        width=projection.shape[0] if projection is not None else 0,
        hidden_width=eyes.shape[0] if eyes is not None else 0,
        side=_side(file),
        classes=len(named) if isinstance(named, dict) and file.kind is not VisionKind.IMAGE_ENCODER else 0,
        parameters=sum(weights.parameters for weights in file.weights),
        bytes=sum(weights.state.size for weights in file.weights),
        licence=licence,
    )


def _side(file: VisionFile) -> int:
    side = file.config.get("image_size") if file.kind is VisionKind.IMAGE_ENCODER else None
    return side if isinstance(side, int) else 0


def _from_folder(path: Path) -> VisionFile:
    name = class_named(path)
    if not name:
        raise _not_one(path)
    names = file_names(path)
    refuse_code(path, names)
    if ADAPTER in names:
        raise unsafe(path, "brings an adapter that would change its network", "Use it without that.")
    files = [path / CONFIG, *([path / PROCESSOR] if (path / PROCESSOR).exists() else [])]
    states = {file: FileState.of(file) for file in files}
    config, *_ = map(read_config, files)
    if name in (ENCODER, SIGLIP) and isinstance(inner := config.get("vision_config"), dict):
        config = {"projection_dim": config.get("projection_dim", 512), **inner}
    return VisionFile(path, name, weights_in(path, path, "network"), config, states)


def _from_file(path: Path) -> VisionFile:
    weights = read_header(path)
    config = _encoder_sizes(weights)
    if config is None:
        raise _not_one(path)
    return VisionFile(path, ENCODER, (weights,), config, {})


def _encoder_sizes(weights: WeightFile) -> dict[str, Json] | None:
    """Of a CLIP image encoder in one file, by its shapes; None for all else."""
    tensors = weights.tensors
    eyes, projection = tensors.get(EYES), tensors.get(PROJECTION)
    places = tensors.get("vision_model.embeddings.position_embedding.weight")
    inside = tensors.get("vision_model.encoder.layers.0.mlp.fc1.weight")
    if eyes is None or projection is None or places is None or inside is None or len(eyes.shape) != 4:
        return None
    width, patch = eyes.shape[0], eyes.shape[-1]
    heads, activation = HEADS.get(width, (max(1, width // 64), "quick_gelu"))
    layers = numbered(tensors, "vision_model.encoder.layers.{}.layer_norm1.weight")
    return {
        "hidden_size": width,
        "intermediate_size": inside.shape[0],
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "patch_size": patch,
        "image_size": round((places.shape[0] - 1) ** 0.5) * patch,
        "projection_dim": projection.shape[0],
        "hidden_act": activation,
    }


def _not_one(path: Path) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} is no network that looks at pictures, or of a kind that Lienzo does not know. "
        "Choose another.",
        path=str(path),
    )

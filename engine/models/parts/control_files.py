"""ControlNets and T2I-Adapters on disk: what a folder or file is, by its header and configuration alone."""

from __future__ import annotations

import json
from pathlib import Path

from engine.api.errors import EngineError, UnsupportedModel
from engine.api.maps import ControlInfo, ControlType, MapKind
from engine.checkpoints.foreign_files import FileState, read_json, unsafe
from engine.conditioning.map_networks import UNION_FLUX, UNION_XL, UNTOLD_UNIONS
from engine.loras.control import first_of
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at, read_config
from engine.models.places.walk import CONFIG
from engine.networks.control_sizes import FLUX, UNION, config_of
from engine.networks.controls import CLASS_NAMES, ControlFile
from engine.networks.maps import kinds_in
from engine.networks.masked_controls import reads_mask_only, reads_mask_too, with_mask_channels
from engine.networks.original.controls import by_class_names, check_is_read
from engine.networks.stable_diffusion import whole

STEM = "diffusion_pytorch_model"
WEIGHTS = (f"{STEM}.safetensors", f"{STEM}.fp16.safetensors", f"{STEM}.bf16.safetensors")


def is_control_folder(folder: Path) -> bool:
    """True for a folder whose configuration names one of their classes."""
    config = folder / CONFIG
    try:
        return config.is_file() and read_json(config).get("_class_name") in CLASS_NAMES
    except (EngineError, OSError):
        return False


def read_control(path: Path) -> ControlFile:
    """The pre-flight of the folder or safetensors file `path`.

    Raises `UnsafeFile` (damaged or hostile), or `UnsupportedModel` for what is neither.
    """
    return _from_folder(path) if path.is_dir() else _from_file(path)


def examine_control(path: Path) -> ControlInfo | None:
    """What `read_control` finds, for the catalog; None where `path` is neither ControlNet nor adapter."""
    name = name_at(path)
    if not path.is_dir() and (lora := _control_lora(path, name)) is not None:
        return lora
    try:
        file = read_control(path)
    except NotOne:
        return None
    union = union_kinds(file)
    return ControlInfo(
        name=name,
        type=file.type,
        path=path,
        kinds=(kinds_told(path, name) or kinds_taught(file, name)) if union is None else union,
        widths=file.widths,
        text_width=file.text_width,
        parameters=file.weights.parameters,
        bytes=file.weights.state.size,
        licence=file.weights.licence,
    )


def _control_lora(path: Path, name: str) -> ControlInfo | None:
    file = read_header(path)
    first = first_of(file.tensors)
    if not first:
        return None
    stem = first.removesuffix("img_in.lora_A.weight").removesuffix("x_embedder.lora_A.weight")
    words = next(
        (tensor.shape[1] for end in ("txt_in", "context_embedder")
         if (tensor := file.tensors.get(f"{stem}{end}.lora_A.weight")) is not None), 0
    )  # fmt: skip
    up = file.tensors.get(first.replace("lora_A", "lora_B"))
    return ControlInfo(
        name=name,
        type=ControlType.CONTROL_LORA,
        path=path,
        kinds=kinds_in(name),
        widths=up.shape[:1] if up is not None else (),
        text_width=words,
        parameters=file.parameters,
        bytes=file.state.size,
        licence=file.licence,
    )


def union_kinds(file: ControlFile) -> tuple[MapKind, ...] | None:
    """Of a network that has a place for each of several kinds of map, and for no other; else None.

    One that was made for inpainting has only that.
    """
    if reads_mask_only(file):
        return (MapKind.INPAINT,)
    if file.class_name == UNION:
        known, places = UNION_XL, whole(file.config, "num_control_type", 6)
    elif file.class_name == FLUX and file.config.get("num_mode") is not None:
        known, places = UNION_FLUX, whole(file.config, "num_mode")
    else:
        return None
    return tuple(kind for kind, place in known.items() if place < places)


def kinds_taught(file: ControlFile, name: str) -> tuple[MapKind, ...]:
    """What a union was made to read that is not told which kind it is given; empty for others."""
    kinds = UNTOLD_UNIONS.get(file.class_name, ()) if "union" in name.casefold() else ()
    return (*kinds, MapKind.INPAINT) if kinds and reads_mask_too(file) else kinds


class NotOne(UnsupportedModel):
    """A sound file of another kind."""


def kinds_told(path: Path, name: str) -> tuple[MapKind, ...]:
    """What the maker says that it reads: our own trainer beside it, others in its name."""
    try:
        told = json.loads((path / "training.json").read_bytes())["map"] if path.is_dir() else ""
        return (MapKind(told),)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return kinds_in(name)


def _from_file(path: Path) -> ControlFile:
    weights = by_class_names(read_header(path))
    check_is_read(weights)
    found = config_of(weights)
    if found is None:
        raise NotOne(f"{path.name} is no ControlNet and no T2I-Adapter. Choose another file.", path=str(path))
    class_name, config, is_original = found
    config = with_mask_channels(class_name, config, weights)
    return ControlFile(path, class_name, weights, config, is_original, {})


def _from_folder(path: Path) -> ControlFile:
    if not is_control_folder(path):
        raise NotOne(
            f"{path.name} is no folder of a ControlNet or a T2I-Adapter: its {CONFIG} names none.",
            path=str(path),
        )
    state = FileState.of(path / CONFIG)
    config = read_config(path / CONFIG)
    weights = next((path / name for name in WEIGHTS if (path / name).exists()), None)
    if weights is None:
        raise unsafe(
            path, "has no safetensors weights", "Get it as safetensors; most makers offer both kinds."
        )
    class_name = str(config["_class_name"])
    for key in ("addition_embed_type", "class_embed_type", "encoder_hid_dim_type"):
        # "text" is what our own trainer copies from the starter's UNet, "text_time" is SDXL's
        if config.get(key) not in (None, "text", "text_time"):
            raise UnsupportedModel(
                f"{path.name} is a ControlNet for another family of models: it wants {key} "
                f"{str(config[key])[:40]!r}. Choose one for a family that can follow maps.",
                path=str(path),
                problem="other_base",
            )
    header = read_header(weights)
    config = with_mask_channels(class_name, config, header)
    return ControlFile(path, class_name, header, config, False, {path / CONFIG: state})

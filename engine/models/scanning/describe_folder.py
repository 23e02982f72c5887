"""What a folder of parts is: a diffusers model, or one network with its configuration. No torch.

Nothing in it may name or bring code; every header is checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.model_file import FileKind
from engine.api.text import clean_text
from engine.api.vision import VisionKind
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import LARGEST_CONFIG, read_json, unsafe
from engine.families.not_drawn import not_drawn
from engine.families.same_networks import own_pipeline
from engine.models.headers.files import read_header
from engine.models.places.folders import (
    card_licence,
    check_classes,
    file_names,
    is_network,
    part_folder,
    plain_index,
    read_config,
    refuse_code,
)
from engine.models.places.walk import CONFIG, PICKLES, WEIGHT_STEMS, index_in, weights_among
from engine.models.recognition.mark import Recognised
from engine.models.recognition.pipelines import DENOISER_PARTS, PIPELINES
from engine.models.recognition.recognise import recognise
from engine.networks import joined_unet
from engine.networks.upscaling_pipelines import UPSCALING
from engine.networks.vision import CLASSES, class_told

NOT_NEEDED = ("safety_checker", "feature_extractor")
"""Parts that many folders name and nobody draws with."""


@dataclass(frozen=True)
class FolderFacts:
    """What the files in a folder say."""

    found: Recognised
    counts: Counter[str]
    """Number format to bytes."""
    parameters: int
    bytes: int
    licence: str


def folder_facts(path: Path) -> FolderFacts:
    """Raises `UnsafeFile` where the folder is damaged, brings code, or has a part only as a pickle."""
    names = file_names(path)
    refuse_code(path, names)
    own = index_in(names)
    is_whole = own is not None
    index = read_config(path / (own or CONFIG))
    index = plain_index(path, index) if is_whole else index
    if is_whole:
        with suppress(UnsupportedModel):  # what it is can be said also where it cannot be run
            check_classes(path, index)
    parts = _parts(path, names, index) if is_whole else {"": weights_in(path, path, "network")}
    for name in sorted(names):
        if name.count("/") == 1 and name.endswith("config.json") and name.split("/")[0] in parts:
            read_config(path / name)
    files = [file for weights in parts.values() for file in weights]
    counts = Counter[str]()
    for tensor in (tensor for file in files for tensor in file.tensors.values()):
        counts[tensor.dtype] += tensor.end - tensor.start
    found = _whole(parts, index, own) if own is not None else _alone(parts[""], index)
    parameters = sum(file.parameters for file in files)
    size = sum(file.state.size for file in files)
    return FolderFacts(found, counts, parameters, size, card_licence(path, names))


def _parts(path: Path, names: set[str], index: Mapping[str, Json]) -> dict[str, tuple[WeightFile, ...]]:
    """The parts with weights that the folder names, each header checked."""
    parts: dict[str, tuple[WeightFile, ...]] = {}
    for part, pair in index.items():
        is_named = isinstance(pair, list) and len(pair) == 2 and None not in pair
        if part.startswith("_") or not is_named or Path(part).name != part:
            continue
        if part in NOT_NEEDED:
            continue
        if is_network(index, part) and part_folder(path, part, index) == path:
            parts[part] = weights_in(path, path, part)
            continue
        if is_network(index, part) and not any(name.startswith(f"{part}/") for name in names):
            raise unsafe(path, f"has no {part}", "Parts of the model are missing; get it again.")
        has_weights = any(
            name.startswith(f"{part}/") and name.lower().endswith((".safetensors", *PICKLES))
            for name in names
        )
        if has_weights:
            parts[part] = weights_in(path, path / part, part)
    if not any(part in parts for part in DENOISER_PARTS):
        raise unsafe(path, "has no weights for its diffusion network", "Parts are missing; get it again.")
    return parts


def weights_in(model: Path, folder: Path, part: str) -> tuple[WeightFile, ...]:
    """The safetensors of one part: one file, or the shards that its index names."""
    names = {entry.name for entry in folder.iterdir()}
    for stem in WEIGHT_STEMS:
        if found := weights_among(names, stem):
            return _shards(folder / found) if found.endswith(".json") else (read_header(folder / found),)
    if any(name.lower().endswith(PICKLES) for name in names):
        raise unsafe(
            model, f"has its {part} only as a pickle (.bin), which can run code",
            "Get the model as safetensors; most makers offer both.",
        )  # fmt: skip
    raise unsafe(model, f"has no weights for its {part}", "Parts of the model are missing; get it again.")


def _shards(index: Path) -> tuple[WeightFile, ...]:
    table = read_json(index, 8 * LARGEST_CONFIG).get("weight_map")
    names = {str(name) for name in table.values()} if isinstance(table, dict) else set[str]()
    if not names or len(names) > 200 or any(name != Path(name).name for name in names):
        raise unsafe(index, "names impossible weight files", "Get the model again from its source.")
    return tuple(read_header(index.parent / name) for name in sorted(names))


def _recognised(weights: Sequence[WeightFile]) -> Recognised:
    return recognise({name: tensor.shape for file in weights for name, tensor in file.tensors.items()})


def _alone(weights: Sequence[WeightFile], config: Mapping[str, Json]) -> Recognised:
    """A network that looks at pictures by the class that its configuration names; others by their tensors."""
    name = class_told(config)
    kind = CLASSES.get(name, (VisionKind.IMAGE_ENCODER, ""))[0]
    if kind is VisionKind.IMAGE_ENCODER:
        return _recognised(weights)
    return Recognised(FileKind.VISION, (), (kind.value,), (f"{CONFIG} names {name} (transformers)",))


def _whole(parts: Mapping[str, tuple[WeightFile, ...]], index: Mapping[str, Json], name: str) -> Recognised:
    """Of the family that its pipeline's class names; where that serves several, of its network's.

    `name` is the index's.
    """
    pipeline = clean_text(str(index.get("_class_name")))[:80]
    network = next(part for part in DENOISER_PARTS if part in parts)
    weights = parts[network]
    is_joined = joined_unet.is_joined(index.get(network))
    found = _recognised(joined_unet.own_half(weights) if is_joined else weights)
    own = own_pipeline(pipeline)
    if own in UPSCALING:
        why = f"{name} names {pipeline}; parts with weights: {', '.join(parts)}"
        return Recognised(FileKind.UPSCALER, (), (UPSCALING[own].title,), (why,))
    family, variant = PIPELINES.get(own, ("", "LCM" if pipeline.startswith("LatentConsistency") else ""))
    families = (family,) if family else found.families
    variants = tuple(dict.fromkeys(filter(None, (variant, *found.variants))))
    known = "" if own in PIPELINES else ", a pipeline that is not in the table"
    why = [f"{name} names {pipeline}{known}; parts with weights: {', '.join(parts)}"]
    if absent := not_drawn(own):
        why.append(f"{absent.title}: Lienzo cannot draw with it, because {absent.why}")
    return Recognised(FileKind.CHECKPOINT, families, variants, (*why, *found.why))

"""Networks that select things, on disk: what a folder or file is, by its header and configuration alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.api.errors import EngineError, UnsupportedModel
from engine.api.model_file import FileKind
from engine.api.segment import SegmenterInfo, SegmenterType
from engine.checkpoints.checkpoint import TensorInfo
from engine.checkpoints.foreign_files import FileState, read_json
from engine.models.headers.files import read_header
from engine.models.places.folders import card_licence, file_names, name_at, read_config, refuse_code
from engine.models.places.walk import CONFIG
from engine.models.recognition.recognise import recognise
from engine.models.scanning.describe_folder import weights_in
from engine.networks.segmenter_names import MARK
from engine.networks.segmenters import SegmenterFile, sam_config

MODEL_TYPES = ("sam", "sam_hq", "sam2", "sam2_video")
"""`model_type` of the configurations beside them."""
BYTES = 4
"""Of a number: they run in full precision, for a thing is selected once and looked at for long."""


def is_segmenter_folder(folder: Path) -> bool:
    """True for a folder whose configuration names one of their types."""
    config = folder / CONFIG
    try:
        return config.is_file() and read_json(config).get("model_type") in MODEL_TYPES
    except (EngineError, OSError):
        return False


def read_segmenter(path: Path) -> SegmenterFile:
    """The pre-flight of the folder or safetensors file `path`.

    Raises `UnsafeFile` (damaged, hostile, only a pickle), or `UnsupportedModel` for what is none, or is one
    that cannot be built from what is there.
    """
    if not path.is_dir():
        file = read_header(path)
        return _checked(SegmenterFile(path, _type(path, file.tensors), file, {}))
    names = file_names(path)
    refuse_code(path, names)
    state = FileState.of(path / CONFIG)
    config = read_config(path / CONFIG)
    weights = list(weights_in(path, path, "network"))
    if len(weights) > 1:
        raise UnsupportedModel(
            f"{path.name} is a segmenter in {len(weights)} files; one in a single file can be read.",
            path=str(path),
        )
    file = weights[0]
    return _checked(SegmenterFile(path, _type(path, file.tensors), file, config, {path / CONFIG: state}))


def examine_segmenter(path: Path) -> SegmenterInfo:
    """What `read_segmenter` finds, for the catalog; raises as that does."""
    file = read_segmenter(path)
    parameters = file.weights.parameters
    licence = card_licence(path, file_names(path)) if path.is_dir() else ""
    return SegmenterInfo(
        name=name_at(path),
        type=file.type,
        path=path,
        side=file.side,
        parameters=parameters,
        bytes=file.weights.state.size,
        needs_bytes=parameters * BYTES + file.working_bytes,
        licence=licence or file.weights.licence,
    )


def _type(path: Path, tensors: Mapping[str, TensorInfo]) -> SegmenterType:
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    found = recognise(shapes)
    if found.kind is not FileKind.SEGMENTER:
        raise UnsupportedModel(
            f"{path.name} is no network that selects things. Choose a SAM, SAM-HQ or SAM 2.", path=str(path)
        )
    type = SegmenterType(found.variants[0])
    is_original = MARK in shapes or "sam_mask_decoder.iou_token.weight" in shapes
    if is_original and type is not SegmenterType.SAM:
        raise UnsupportedModel(
            f"{path.name} is a {type} as its makers' own code writes it, which cannot be read. "
            "Get the folder that transformers reads (config.json and model.safetensors).",
            path=str(path),
        )
    return type


def _checked(file: SegmenterFile) -> SegmenterFile:
    if file.type is not SegmenterType.SAM_2:
        sam_config(file)  # says what is missing
    elif not file.config:
        raise UnsupportedModel(
            f"{file.path.name} is a {file.type} without its configuration. Get the folder that "
            "transformers reads (config.json beside model.safetensors).",
            path=str(file.path),
        )
    if not 16 <= file.side <= 4096:
        raise UnsupportedModel(
            f"{file.path.name} is not a usable model: it wants pictures of {file.side} pixels. Get it again "
            "from its source.",
            path=str(file.path),
        )
    return file

"""What one file or folder is to the catalog, and how that is kept between two starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.api.errors import BadRequest, EngineError, UnsupportedModel, from_data
from engine.api.form import Json, from_json, to_json
from engine.api.learnt import LearntInfo
from engine.api.maps import ControlInfo
from engine.api.model_file import FileFormat, FileKind
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo
from engine.api.segment import SegmenterInfo
from engine.api.upscale import UpscalerInfo
from engine.api.vision import VisionInfo
from engine.models.assemble import MISSING
from engine.models.control_files import examine_control
from engine.models.examine import cannot_run, examine
from engine.models.learnt_files import examine_learnt
from engine.models.recognition.mark import Recognised
from engine.models.recognition.naming import in_a_sentence
from engine.models.reference_files import examine_adapter
from engine.models.scan import look
from engine.models.scan_memory import ScanMemory
from engine.models.segmenter_files import examine_segmenter, is_segmenter_folder
from engine.models.shelf import NOTHING, Shelf
from engine.models.upscaler_files import read_upscaler
from engine.models.vision_files import class_named, examine_vision
from engine.models.walk import INDEX, Place

MODELS = (FileKind.CHECKPOINT, FileKind.DENOISER, FileKind.BROKEN, FileKind.UNKNOWN)
CONTROLS = (FileKind.CONTROLNET, FileKind.T2I_ADAPTER)
LEARNT = (FileKind.LORA, FileKind.EMBEDDING)

OTHER_KIND = "other_kind"
"""`data["problem"]` of what is sound and no model at all, as a VAE."""

ADAPTED = {"sd1", "sd2", "sdxl"}
"""Families whose IP-Adapters can be put in."""

Beside = UpscalerInfo | SegmenterInfo | AdapterInfo | VisionInfo
Found = ModelInfo | LearntInfo | ControlInfo | Beside | EngineError


def found_at(place: Place, memory: ScanMemory, shelf: Shelf) -> Found:
    """A model, what was learnt for one, or why it is neither; which of them it is tells its header."""
    file, _ = look(place, memory)
    if file.kind is FileKind.SEGMENTER or is_segmenter_folder(place.path):
        return _segmenter(place.path)
    is_control = place.path.is_dir() and INDEX not in place.beside
    if file.kind in LEARNT:
        is_packed = file.format is FileFormat.GGUF  # as which nothing is learnt
        return examined(place.path, shelf) if is_packed else _learnt(place.path, file.families)
    if is_control and class_named(place.path):
        return _beside(examine_vision, place.path)
    if file.kind is FileKind.IP_ADAPTER and (not file.families or set(file.families) & ADAPTED):
        return _beside(examine_adapter, place.path)
    if file.kind is FileKind.IMAGE_ENCODER and not place.path.is_dir():
        return _beside(examine_vision, place.path)
    if file.kind in CONTROLS or is_control:
        return _control(place.path) or examined(place.path)
    if file.kind is FileKind.UPSCALER:
        return _upscaler(place.path)
    if file.kind not in MODELS:
        what = in_a_sentence(Recognised(file.kind, file.families))
        return UnsupportedModel(
            cannot_run(place.path, what).message, path=str(place.path), problem=OTHER_KIND
        )
    found = examined(place.path, shelf)
    may_be_a_control = file.format is not FileFormat.GGUF and not place.path.is_dir()
    is_of_a_kind_unseen = isinstance(found, UnsupportedModel) and may_be_a_control
    return (_control(place.path) if is_of_a_kind_unseen else None) or found


def examined(path: Path, shelf: Shelf = NOTHING) -> Found:
    try:
        return examine(path, shelf)[0]
    except EngineError as error:
        return error.with_traceback(None)  # which would hold on to whole headers


def _beside(examine_it: Callable[[Path], Found], path: Path) -> Found:
    try:
        return examine_it(path)
    except EngineError as error:
        return error.with_traceback(None)


def _learnt(path: Path, families: tuple[str, ...]) -> Found:
    try:
        learnt = examine_learnt(path)
        return examined(path) if learnt is None else replace(learnt, families=families)
    except EngineError as error:
        return error.with_traceback(None)


def _control(path: Path) -> Found | None:
    """None where it is neither ControlNet nor adapter."""
    try:
        return examine_control(path)
    except EngineError as error:
        return error.with_traceback(None)


def _upscaler(path: Path) -> Found:
    try:
        return read_upscaler(path).info
    except EngineError as error:
        return error.with_traceback(None)


def _segmenter(path: Path) -> Found:
    try:
        return examine_segmenter(path)
    except EngineError as error:
        return error.with_traceback(None)


def depends_on_others(found: Found) -> bool:
    """True where other files of the artist's decide whether and how it runs."""
    if isinstance(found, EngineError):
        return found.data.get("problem") == MISSING
    return isinstance(found, ModelInfo) and bool(found.beside)


def written(found: Found) -> dict[str, Json]:
    if isinstance(found, EngineError):
        return {"error": found.to_data()}  # type: ignore[dict-item]  # of plain values
    topics = {
        ModelInfo: "model", LearntInfo: "learnt", ControlInfo: "control", UpscalerInfo: "upscaler",
        SegmenterInfo: "segmenter", AdapterInfo: "adapter", VisionInfo: "vision",
    }  # fmt: skip
    return {topics[type(found)]: to_json(found)}


def read(form: Json) -> Found | None:
    """None where nothing is kept, or not as this version keeps it."""
    if not isinstance(form, dict):
        return None
    try:
        match form:
            case {"error": dict() as error}:
                return from_data(dict(error))
            case {"learnt": learnt}:
                return from_json(LearntInfo, learnt)
            case {"control": control}:
                return from_json(ControlInfo, control)
            case {"upscaler": upscaler}:
                return from_json(UpscalerInfo, upscaler)
            case {"segmenter": segmenter}:
                return from_json(SegmenterInfo, segmenter)
            case {"adapter": adapter}:
                return from_json(AdapterInfo, adapter)
            case {"vision": vision}:
                return from_json(VisionInfo, vision)
            case {"model": model}:
                info = from_json(ModelInfo, model)
                examples = {code: tuple(prompts) for code, prompts in info.examples.items()}
                return replace(info, examples=examples)
    except (BadRequest, TypeError, ValueError):
        pass
    return None

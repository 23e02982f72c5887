"""What one file or folder is to the catalog, and how that is kept between two starts."""

from __future__ import annotations

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
from engine.api.vae import VaeInfo
from engine.api.vision import VisionInfo
from engine.models.assembly.assemble import MISSING, MISSING_TOKENIZER
from engine.models.assembly.examine import cannot_run, examine
from engine.models.assembly.shelf import NOTHING, Shelf
from engine.models.catalog_words import UsedBeside
from engine.models.parts.control_files import examine_control
from engine.models.parts.learnt_files import examine_learnt
from engine.models.parts.reference_files import examine_adapter
from engine.models.parts.segmenter_files import examine_segmenter, is_segmenter_folder
from engine.models.parts.upscaler_files import read_upscaler
from engine.models.parts.vae_files import examine_vae, is_vae_folder
from engine.models.parts.vision_files import class_named, examine_vision
from engine.models.places.walk import Place, index_in
from engine.models.recognition.loras import CONTROL
from engine.models.recognition.mark import Recognised
from engine.models.recognition.naming import in_a_sentence
from engine.models.scanning.scan import look
from engine.models.scanning.scan_memory import ScanMemory

MODELS = (FileKind.CHECKPOINT, FileKind.DENOISER, FileKind.BROKEN, FileKind.UNKNOWN)
CONTROLS = (FileKind.CONTROLNET, FileKind.T2I_ADAPTER)
VAES = (FileKind.VAE, FileKind.TINY_VAE)
LEARNT = (FileKind.LORA, FileKind.EMBEDDING)

OTHER_KIND = "other_kind"
"""`data["problem"]` of what is sound and no model at all, as a VAE."""

ADAPTED = {"sd1", "sd2", "sdxl", "sd3", "flux1"}
"""Families whose IP-Adapters can be put in."""

TOPICS = {
    "model": ModelInfo, "learnt": LearntInfo, "control": ControlInfo, "upscaler": UpscalerInfo,
    "segmenter": SegmenterInfo, "adapter": AdapterInfo, "vision": VisionInfo, "vae": VaeInfo,
}  # fmt: skip
"""Under which each is kept."""
Found = ModelInfo | LearntInfo | UsedBeside | EngineError


def found_at(place: Place, memory: ScanMemory, shelf: Shelf) -> Found:
    """A model, what is used beside one, or why it is neither; which of them it is tells its header."""
    try:
        return _found_at(place, memory, shelf)
    except EngineError as error:
        return error.with_traceback(None)  # which would hold on to whole headers


def _found_at(place: Place, memory: ScanMemory, shelf: Shelf) -> Found:
    file, _ = look(place, memory)
    path, is_control = place.path, place.path.is_dir() and index_in(place.beside) is None
    if file.kind is FileKind.SEGMENTER or is_segmenter_folder(path):
        return examine_segmenter(path)
    if file.kind is FileKind.LORA and CONTROL in file.variant.split(", "):
        return examine_control(path) or examined(path)
    if file.kind in LEARNT:
        is_packed = file.format is FileFormat.GGUF  # as which nothing is learnt
        return examined(path, shelf) if is_packed else _learnt(path, file.families)
    if is_control and class_named(path):
        return examine_vision(path)
    if file.kind is FileKind.IP_ADAPTER and (not file.families or set(file.families) & ADAPTED):
        return examine_adapter(path)
    if file.kind is FileKind.IMAGE_ENCODER and file.format is FileFormat.GGUF:
        return UnsupportedModel(
            f"{path.name} holds the eyes of a language model (mmproj) and draws nothing by itself. Those of "
            "Qwen2.5-VL serve Qwen-Image-Edit beside its words as GGUF; for other models that see pictures "
            "get the text encoder as safetensors.",
            path=str(path),
            problem=OTHER_KIND,
        )
    if file.kind is FileKind.IMAGE_ENCODER and not path.is_dir():
        return examine_vision(path)
    if file.kind in VAES and (not path.is_dir() or is_vae_folder(path)):
        return examine_vae(path)
    if file.kind in CONTROLS or is_control:
        return examine_control(path) or examined(path)
    if file.kind is FileKind.UPSCALER:
        return read_upscaler(path).info
    if file.kind not in MODELS:
        what = in_a_sentence(Recognised(file.kind, file.families))
        return UnsupportedModel(cannot_run(path, what).message, path=str(path), problem=OTHER_KIND)
    found = examined(path, shelf)
    may_be_a_control = file.format is not FileFormat.GGUF and not path.is_dir()
    is_of_a_kind_unseen = isinstance(found, UnsupportedModel) and may_be_a_control
    return (examine_control(path) if is_of_a_kind_unseen else None) or found


def examined(path: Path, shelf: Shelf = NOTHING) -> Found:
    try:
        return examine(path, shelf)[0]
    except EngineError as error:
        return error.with_traceback(None)


def _learnt(path: Path, families: tuple[str, ...]) -> Found:
    learnt = examine_learnt(path)
    return examined(path) if learnt is None else replace(learnt, families=families)


def depends_on_others(found: Found) -> bool:
    """True where other files of the artist's decide whether and how it runs."""
    if isinstance(found, EngineError):
        return found.data.get("problem") in (MISSING, MISSING_TOKENIZER)
    return isinstance(found, ModelInfo) and bool(found.beside)


def written(found: Found) -> dict[str, Json]:
    if isinstance(found, EngineError):
        return {"error": found.to_data()}  # type: ignore[dict-item]  # of plain values
    topics = {kind: topic for topic, kind in TOPICS.items()}
    return {topics[type(found)]: to_json(found)}


def read(form: Json) -> Found | None:
    """None where nothing is kept, or not as this version keeps it."""
    if not isinstance(form, dict):
        return None
    try:
        match form:
            case {"error": dict() as error}:
                return from_data(dict(error))
            case {"model": model}:
                info = from_json(ModelInfo, model)
                examples = {code: tuple(prompts) for code, prompts in info.examples.items()}
                return replace(info, examples=examples)
        for topic in TOPICS.keys() & form.keys():
            return from_json(TOPICS[topic], form[topic])
    except (BadRequest, TypeError, ValueError):
        pass
    return None

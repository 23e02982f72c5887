"""From a path to what lies there: pre-flight, then the families are asked; header only, no torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.api.errors import ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.few_steps import MOST_STEPS, distilled, run_as
from engine.api.model_info import Layout, ModelInfo
from engine.families.checkpoint import Checkpoint
from engine.families.registry import families
from engine.models.card import with_card
from engine.models.files import read_header
from engine.models.folders import INDEX, read_folder
from engine.models.recognition.naming import in_a_sentence
from engine.models.recognition.recognise import recognise, whole_or_alone

LICENCE_KEYS = ("modelspec.license", "license", "licence")


def examine(path: Path) -> tuple[ModelInfo, Checkpoint]:
    """What the diffusers folder or safetensors file at `path` is and can do.

    Raises `ModelNotFound`, `UnsafeFile` (damaged or hostile) or `UnsupportedModel` (sound, of another kind).
    """
    checkpoint = read_checkpoint(path)
    for family in families().values():
        info = family.recognise(checkpoint)
        if info is not None:
            return with_card(as_distilled(info), checkpoint.own), checkpoint
    raise cannot_run(path, seems_to_be(checkpoint))


def as_distilled(info: ModelInfo) -> ModelInfo:
    """`info` with the defaults of a model that was distilled to few steps, where its name says so."""
    own = info.defaults.sampling
    kind = distilled([info.name])
    if kind is None or own.steps <= MOST_STEPS:  # its family knows better
        return info
    sampling = run_as(kind, own, (scheduler.id for scheduler in info.capabilities.schedulers))
    return replace(info, defaults=replace(info.defaults, sampling=sampling))


def seems_to_be(checkpoint: Checkpoint) -> str:
    """ "a LoRA for FLUX.1", "a Stable Diffusion XL checkpoint", ...; for a folder, the pipeline it names."""
    if checkpoint.layout is Layout.DIFFUSERS:
        return (
            f"a {str(checkpoint.configs['model_index'].get('_class_name', 'folder of an unknown kind'))[:80]}"
        )
    shapes = {name: tensor.shape for name, tensor in checkpoint.single.tensors.items()}
    return in_a_sentence(whole_or_alone(recognise(shapes), shapes))


def cannot_run(path: Path, what: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} seems to be {what}, which Lienzo cannot run yet. "
        "Choose a diffusers folder of a family that it knows, or a Stable Diffusion 1.x or 2.x file.",
        path=str(path),
    )


def read_checkpoint(path: Path) -> Checkpoint:
    """The pre-flight: everything about the files at `path` but the numbers in them."""
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"There is no model at this path ({error}).") from None
    if is_folder and not (path / INDEX).exists():
        raise ModelNotFound(
            f"The folder {path.name or path} holds no model: there is no {INDEX} in it. "
            "Choose a diffusers folder or a .safetensors file.",
            path=str(path),
        )
    if is_folder:
        return read_folder(path)
    return _single_file(path)


def _single_file(path: Path) -> Checkpoint:
    file = read_header(path)
    if not file.tensors:
        raise UnsafeFile(f"{path.name} holds no tensors. Get it again from its source.", path=str(path))
    said = next((file.metadata[key] for key in LICENCE_KEYS if key in file.metadata), "")
    return Checkpoint(path, Layout.SINGLE_FILE, {"": (file,)}, licence=said[:200])


def named(info: ModelInfo, name: str, title: str | None = None) -> ModelInfo:
    """`info` under the name by which the catalog knows it."""
    return replace(info, name=name, title=title or info.title)

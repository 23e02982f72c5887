"""From a path to what lies there: pre-flight, then the families are asked; header only, no torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.api.errors import ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.few_steps import MOST_STEPS, distilled, run_as
from engine.api.model_info import Layout, ModelInfo
from engine.checkpoints.checkpoint import Checkpoint
from engine.families.not_drawn import not_drawn
from engine.families.registry import families
from engine.models.assembly.assemble import assemble
from engine.models.assembly.borrowed import borrowed_folders, with_borrowed
from engine.models.assembly.card import with_card
from engine.models.assembly.shelf import NOTHING, Shelf
from engine.models.headers.files import read_header
from engine.models.headers.gguf import is_gguf, read_gguf
from engine.models.places.folders import read_folder
from engine.models.places.walk import INDEX, has_index
from engine.models.recognition.naming import in_a_sentence
from engine.models.recognition.recognise import recognise, whole_or_alone


def examine(path: Path, shelf: Shelf = NOTHING) -> tuple[ModelInfo, Checkpoint]:
    """What the diffusers folder or weight file at `path` is and can do, with what `shelf` has beside it.

    Raises `ModelNotFound`, `UnsafeFile` (damaged or hostile) or `UnsupportedModel` (sound, of another kind).
    """
    checkpoint = read_checkpoint(path, shelf)
    for family in families().values():
        info = family.recognise(checkpoint)
        if info is not None:
            whole = replace(as_distilled(info), beside=_beside(checkpoint))
            return with_card(whole, checkpoint.own), checkpoint
    index = checkpoint.configs.get("model_index", {})
    if known := not_drawn(str(index.get("_class_name"))):
        raise known.refusal(path)
    raise cannot_run(path, seems_to_be(checkpoint))


def as_distilled(info: ModelInfo) -> ModelInfo:
    """`info` with the defaults of a model that was distilled to few steps, where its name says so."""
    own = info.defaults.sampling
    kind = distilled([info.name])
    if kind is None or own.steps <= MOST_STEPS:  # its family knows better
        return info
    sampling = run_as(kind, own, (scheduler.id for scheduler in info.capabilities.schedulers))
    return replace(info, defaults=replace(info.defaults, sampling=sampling))


def checkpoint_of(info: ModelInfo) -> Checkpoint:
    """The pre-flight of a model that the catalog lists: put together of the very files that it listed."""
    assert info.path is not None
    return read_checkpoint(info.path, Shelf.of(info.beside))


def seems_to_be(checkpoint: Checkpoint) -> str:
    """ "a LoRA for FLUX.1", "a Stable Diffusion XL checkpoint", ...; "made for" a folder's pipeline."""
    if checkpoint.layout is Layout.DIFFUSERS:
        pipeline = str(checkpoint.configs["model_index"].get("_class_name", ""))[:80]
        return f"made for {pipeline}" if pipeline else "a folder of an unknown kind"
    shapes = {name: tensor.shape for name, tensor in checkpoint.single.tensors.items()}
    return in_a_sentence(whole_or_alone(recognise(shapes), shapes))


def cannot_run(path: Path, what: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{path.name} seems to be {what}, which Lienzo cannot run yet. Choose another model; `lienzo models` "
        "lists those that run here.",
        path=str(path),
    )


def read_checkpoint(path: Path, shelf: Shelf = NOTHING) -> Checkpoint:
    """The pre-flight: everything about the files at `path` but the numbers in them.

    A model of a family that puts its parts together is put together here, from the file and from `shelf`.
    """
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"There is no model at this path ({error}). Choose another.") from None
    if is_folder and not has_index(path):
        raise ModelNotFound(
            f"The folder {path.name or path} holds no model: there is no {INDEX} in it. "
            "Choose a diffusers folder or a .safetensors file.",
            path=str(path),
        )
    if is_folder:
        return with_borrowed(read_folder(path), shelf)
    return _put_together(_single_file(path), shelf)


def _put_together(checkpoint: Checkpoint, shelf: Shelf) -> Checkpoint:
    for family in families().values():
        if family.single is not None:
            whole = assemble(family.single, family.title, checkpoint, shelf)
            if whole is not None:
                return whole
    if is_gguf(checkpoint.path):
        raise cannot_run(checkpoint.path, f"{seems_to_be(checkpoint)} as GGUF")
    return checkpoint


def _beside(checkpoint: Checkpoint) -> tuple[Path, ...]:
    """What a model was put together of beside its own file or folder."""
    if checkpoint.layout is Layout.DIFFUSERS:
        return borrowed_folders(checkpoint)
    files = {file.path for file in checkpoint.files} - {checkpoint.path}
    return tuple(sorted(files | {folder for folder in checkpoint.tokenizers.values() if folder is not None}))


def _single_file(path: Path) -> Checkpoint:
    file = read_gguf(path).weights if (is_packed := is_gguf(path)) else read_header(path)
    if not file.tensors:
        what = f"{path.name}, a GGUF file," if is_packed else path.name
        raise UnsafeFile(f"{what} holds no tensors. Get it again from its source.", path=str(path))
    return Checkpoint(path, Layout.SINGLE_FILE, {"": (file,)}, licence=file.licence)


def named(info: ModelInfo, name: str, title: str | None = None) -> ModelInfo:
    """`info` under the name by which the catalog knows it."""
    return replace(info, name=name, title=title or info.title)

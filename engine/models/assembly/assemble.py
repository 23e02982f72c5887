"""A model put together from files: a checkpoint in one file, or a network and what lies beside it.

What comes out is the same `Checkpoint` that a diffusers folder gives: parts with the classes' names, their
configurations worked out from the tensors' shapes, and a folder for each tokenizer. The family that runs it
need not know the difference. Nothing but headers is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.model_info import Layout
from engine.checkpoints.checkpoint import Checkpoint, TensorInfo, WeightFile, under
from engine.checkpoints.foreign_files import FileState
from engine.models.assembly.shelf import Beside, Shelf
from engine.models.recognition.recognise import VAE_PARTS
from engine.networks.class_networks import OPEN_CLIP
from engine.networks.original import eyes
from engine.networks.original.autoencoders import Autoencoder
from engine.networks.original.encoders import Encoder
from engine.networks.original.rules import Tensors, weights_only
from engine.networks.original.single_file import SingleFile, Told
from engine.networks.original.stable_diffusion import CLIP_TOKENS

TOKENIZER_CLASSES = {
    "clip": "CLIPTokenizer", "clip_g": "CLIPTokenizer", "t5": "T5Tokenizer", "qwen": "Qwen2Tokenizer",
    "gemma": "GemmaTokenizer", "mistral": "PixtralProcessor",
}  # fmt: skip
TOKENIZER_TITLES = {"t5": "T5", "qwen": "Qwen", "gemma": "Gemma", "mistral": "Mistral"}
OTHER_PARTS = (*VAE_PARTS, "text_encoders.", "conditioner.", "cond_stage_model.")
MISSING, MISSING_TOKENIZER = "missing_parts", "missing_tokenizer"
"""`data["problem"]` of a sound network whose other parts are not among the artist's files."""


class Part(NamedTuple):
    """What one part of the model is."""

    kind: str
    """Its class."""
    file: WeightFile
    """Under the class's names."""
    config: dict[str, Json]
    eyes: tuple[WeightFile, ...] = ()
    """A second file, where what it sees with lies apart."""


def assemble(family: SingleFile, title: str, checkpoint: Checkpoint, shelf: Shelf) -> Checkpoint | None:
    """The model whose network is in the file of `checkpoint`; None where it is not of this family.

    Raises `UnsupportedModel` naming what is missing and where to put it, or what the file is instead.
    """
    file = checkpoint.single
    found = family.find(file.tensors)
    if found is None:
        return None
    tensors = weights_only(file.tensors)
    prefix, layout = found
    inner = under(tensors, prefix)
    if why_not := family.refuse({**tensors, **inner}, file.path.stem.lower()):
        raise UnsupportedModel(f"{file.path.name} is {why_not}", path=str(file.path))
    try:
        inner = inner if prefix else _without_others(inner)
        named = layout.read(inner)
        config = layout.config(inner) if layout.config else family.config(named)
    except (KeyError, IndexError) as error:
        raise _halved(file, title, str(error)) from None
    told = Told(file, named, config)
    parts = {family.denoiser: Part(family.class_name, replace(file, tensors=named), config)}
    missing: list[str] = []
    _add_vae(family, file, tensors, shelf, parts, missing)
    _add_text(family, told, file, tensors, shelf, parts, missing)
    tokenizers = _tokenizers(family.tokenizer_kinds(told), parts, shelf, missing)
    if missing:
        raise UnsupportedModel(
            f"{file.path.name} is the network of {title} alone, and your folders lack "
            f"{_list_of(missing)}. Put the files into the folders of your models (ComfyUI's `vae` and "
            "`text_encoders`), or choose the model as a diffusers folder.",
            path=str(file.path),
            problem=MISSING,
        )  # fmt: skip
    return _checkpoint(family, told, checkpoint, parts, tokenizers)


def _checkpoint(
    family: SingleFile,
    told: Told,
    checkpoint: Checkpoint,
    parts: Mapping[str, Part],
    tokenizers: Mapping[str, Path | None],
) -> Checkpoint:
    pairs: dict[str, Json] = {
        part: ["diffusers" if part in (family.denoiser, "vae") else "transformers", found.kind]
        for part, found in parts.items()
    }
    kinds = family.tokenizer_kinds(told)
    pairs |= {
        part: ["transformers", TOKENIZER_CLASSES[kind]] for part, kind in kinds.items() if part in tokenizers
    }
    index: dict[str, Json] = {
        "_class_name": family.pipeline(told),
        OPEN_CLIP: [part for part, kind in kinds.items() if kind == "clip_g"],
        **pairs,
        **family.index(told),
    }
    folders = {folder for folder in tokenizers.values() if folder is not None}
    plain = {
        file: FileState.of(file) for folder in folders for file in sorted(folder.iterdir()) if file.is_file()
    }
    return replace(
        checkpoint,
        weights={part: (found.file, *found.eyes) for part, found in parts.items()},
        configs={
            "model_index": index,
            **{part: found.config for part, found in parts.items()},
            "scheduler": family.scheduler(told),
        },
        plain_files=plain,
        tokenizers=tokenizers,
        layout=Layout.SINGLE_FILE,
    )


def _without_others(tensors: Tensors) -> dict[str, TensorInfo]:
    """Without the other networks of a checkpoint whose own has no prefix."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(OTHER_PARTS)}


def _add_vae(
    family: SingleFile,
    file: WeightFile,
    tensors: Tensors,
    shelf: Shelf,
    parts: dict[str, Part],
    missing: list[str],
) -> None:
    wanted = family.vae
    if (inside := _inside(wanted, VAE_PARTS, tensors)) is not None:
        parts["vae"] = _read(wanted, file, inside)
        return
    beside = shelf.vae(wanted, file.path)
    if beside is None:
        missing.append(f"its VAE ({wanted.title})")
    else:
        parts["vae"] = _read(wanted, beside.file, beside.tensors)


def _add_text(
    family: SingleFile,
    told: Told,
    file: WeightFile,
    tensors: Tensors,
    shelf: Shelf,
    parts: dict[str, Part],
    missing: list[str],
) -> None:
    widths = family.widths(told)
    for part, wanted in family.text(told).items():
        inside = _inside(wanted, wanted.prefixes, tensors)
        if inside is not None:
            parts[part] = _read(wanted, file, inside)
            continue
        width = widths.get(part, 0)
        beside = shelf.encoder(wanted, width, file.path)
        words = wanted.words_alone if beside is None else None
        blind = shelf.encoder(words, width, file.path) if words is not None else None
        if beside is not None:
            parts[part] = _read(wanted, beside.file, beside.tensors)
        elif words is not None and blind is not None and not family.sees(told):
            parts[part] = _read(words, blind.file, blind.tensors)
        elif blind is not None and wanted.apart is not None and (seen := shelf.eyes(width, file.path)):
            parts[part] = _with_eyes(wanted.apart, blind, seen)
        elif part not in family.text_is_optional:
            why = (
                f"; {blind.file.path.name} reads words, and this model must see too: put its mmproj beside it"
                if blind
                else ""
            )
            missing.append(f"its text encoder {wanted.title} ({wanted.file_hint}{why})")


def _inside(
    wanted: Autoencoder | Encoder, prefixes: Sequence[str], tensors: Tensors
) -> dict[str, TensorInfo] | None:
    """Its tensors in the file of the network, below one of `prefixes`."""
    for prefix in prefixes:
        inner = under(tensors, prefix)
        if inner and wanted.fits(inner):
            return inner
    return None


def _read(wanted: Autoencoder | Encoder, file: WeightFile, tensors: Tensors) -> Part:
    try:
        named, config = wanted.read(tensors)
    except (KeyError, IndexError, StopIteration) as error:
        raise _halved(file, wanted.title, str(error)) from None
    return Part(wanted.class_name, replace(file, tensors=named), config)


def _with_eyes(wanted: Encoder, words: Beside, seen: Beside) -> Part:
    """One network of two files."""
    try:
        inside = eyes.by_class_names(seen.tensors)
        named, config = wanted.read({**words.tensors, **inside})
    except (KeyError, IndexError, StopIteration) as error:
        raise _halved(seen.file, wanted.title, str(error)) from None
    own = {name: tensor for name, tensor in named.items() if name not in inside}
    return Part(
        wanted.class_name, replace(words.file, tensors=own), config, (replace(seen.file, tensors=inside),)
    )


def _tokenizers(
    kinds: Mapping[str, str], parts: Mapping[str, Part], shelf: Shelf, missing: list[str]
) -> dict[str, Path | None]:
    found: dict[str, Path | None] = {}
    for part, kind in kinds.items():
        encoder = part.replace("tokenizer", "text_encoder")
        if encoder not in parts:
            continue
        tokens = _tokens(parts[encoder].config)
        if kind in ("clip", "clip_g"):
            if tokens != CLIP_TOKENS:
                file = parts[encoder].file
                raise UnsupportedModel(
                    f"The text encoder in {file.path.name} knows {tokens:,} tokens, not CLIP's "
                    f"{CLIP_TOKENS:,}, and a single file does not bring its own. "
                    "Get the model as a diffusers folder.",
                    path=str(file.path),
                )
            found[part] = None
            continue
        folder = shelf.tokenizer(kind, tokens)
        if folder is None:
            missing.append(
                f"the tokenizer of {TOKENIZER_TITLES[kind]} (a folder with tokenizer.json; "
                "ComfyUI's own folder and every diffusers folder of such a model have one)"
            )
        else:
            found[part] = folder.folder
    return found


def _tokens(config: Mapping[str, Json]) -> int:
    inner = config.get("text_config")
    value = inner.get("vocab_size") if isinstance(inner, dict) else config.get("vocab_size")
    return value if isinstance(value, int) else 0


def _list_of(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _halved(file: WeightFile, title: str, missing: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"{file.path.name} looks like {title}, but {missing[:100]} is missing in it. "
        "Get it again from its source.",
        path=str(file.path),
    )

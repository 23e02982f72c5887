"""Reads the tables: from the names and shapes of a file's tensors to its kind, its family and the reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from engine.api.model_file import FAMILY_TITLES, FileKind
from engine.families.learnt_tokens import LEAST_WIDTH, MOST_VECTORS, NAMES
from engine.models.recognition.controls import CONTROL_VARIANTS, CONTROLS
from engine.models.recognition.denoisers import DENOISERS, V_PREDICTION, VARIANTS
from engine.models.recognition.loras import LORAS, METHODS
from engine.models.recognition.mark import LoraMark, Mark, Recognised, Shapes, VariantMark, in_words
from engine.models.recognition.parts import TEXT_ENCODERS, UPSCALERS, VAES
from engine.models.recognition.segmenters import SEGMENTERS
from engine.models.recognition.sights import SIGHTS

WRAPPERS = (
    "", "model.diffusion_model.", "diffusion_model.", "transformer.", "unet.", "model.", "net.",
    "first_stage_model.", "vae.", "control_model.", "controlnet.", "params_ema.", "params.", "model.model.",
    "model.language_model.", "language_model.model.", "text_encoder.", "state_dict.",
)  # fmt: skip
"""What programs put before every name when they save a network as a part of something."""

TEXT_PARTS = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.", "text_model.")
VAE_PARTS = ("first_stage_model.", "vae.")
"""Beginnings of names by which a file holds a model's other networks beside the denoiser."""

UPSCALING_LEVELS = "model.diffusion_model.label_emb.weight"
"""By which Stable Diffusion's x4 upscaler is told how much noise lies on what it makes larger."""

TABLE: tuple[Mark, ...] = (
    *CONTROLS, *DENOISERS, *VAES, *SIGHTS, *TEXT_ENCODERS, *SEGMENTERS, *UPSCALERS,
)  # fmt: skip

DOWN = {"lora_down", "lora_A", "down"}
UP = {"lora_up", "lora_B", "up"}
"""The last word but `weight` of a LoRA's two halves, in the layouts of Kohya, PEFT and older diffusers."""
LORA_WORDS = {"hada_w1_a", "lokr_w1", "lokr_w1_a", "dora_scale", "on_input", "lora_magnitude_vector", *DOWN}
DIFFERENCES = {"diff", "diff_b"}
CONTROL_LORA = "lora_controlnet"
PIXEL_FAMILIES = {"unet2d"}
EMBEDDING_NAMES = {
    frozenset(("clip_l", "clip_g")): "sdxl",
    frozenset(("clip_l", "t5xxl")): "flux1",
    frozenset(("clip_l", "clip_g", "t5xxl")): "sd3",
}
"""What files with rows for several text encoders call them, to the family that has these."""
EMBEDDING_WIDTHS = {768: "sd1", 1024: "sd2", 1280: "sdxl"}
"""Width of the text encoder's tokens; of SDXL's two the wider one."""


def recognise(tensors: Shapes) -> Recognised:
    """What a file with these tensors is. Never raises: what no mark fits is `FileKind.UNKNOWN`."""
    return _told(tensors) or _lora(tensors) or _embedding(tensors) or _network(tensors) or _unknown(tensors)


def _told(tensors: Shapes) -> Recognised | None:
    """What says by a name of its own that it is no LoRA, though it is written as one."""
    if CONTROL_LORA not in tensors:
        return None
    family = "sdxl" if any(name.startswith("label_emb.") for name in tensors) else "sd1"
    why = f"it says so by the name {CONTROL_LORA} (Comfy-Org/ComfyUI: comfy/controlnet.py)"
    return Recognised(FileKind.CONTROLNET, (family,), ("control-lora",), (why,))


def _network(tensors: Shapes) -> Recognised | None:
    for wrapper in _wrappers_of(tensors):
        for mark in TABLE:
            if mark.fits(tensors, wrapper):
                return _described(mark, tensors, wrapper)
    return None


def _wrappers_of(tensors: Shapes) -> list[str]:
    """The wrappers that some name has; the bare names last but for files that have no other."""
    heads = {name.split(".", 1)[0] for name in tensors}
    return [wrapper for wrapper in WRAPPERS if not wrapper or wrapper.split(".", 1)[0] in heads]


def _described(mark: Mark, tensors: Shapes, wrapper: str) -> Recognised:
    kind, why = mark.kind, _evidence(mark, tensors, wrapper)
    variants = [mark.variant] if mark.variant else []
    for further in (*VARIANTS, *CONTROL_VARIANTS):
        if (
            set(further.families) & set(mark.families)
            and kind in further.kinds
            and further.fits(tensors, wrapper)
        ):
            variants.append(further.variant)
            why += _evidence(further, tensors, wrapper, further.variant)
    if kind is FileKind.DENOISER:
        variants += [word for name, word in V_PREDICTION.items() if name in tensors]
        why += tuple(
            f"{word}: it has the mark {name}" for name, word in V_PREDICTION.items() if name in tensors
        )
    return Recognised(kind, mark.families, tuple(dict.fromkeys(variants)), why)


def whole_or_alone(found: Recognised, tensors: Shapes) -> Recognised:
    """`found` in a single file: with VAE and text encoder beside it, a denoiser is a whole model.

    A network that needs neither is whole by itself.
    """
    if found.kind is not FileKind.DENOISER:
        return found
    has_vae = any(name.startswith(VAE_PARTS) for name in tensors)
    has_text = any(name.startswith(TEXT_PARTS) for name in tensors)
    missing = [word for word, has in (("VAE", has_vae), ("text encoder", has_text)) if not has]
    if set(found.families) <= PIXEL_FAMILIES:
        kind, reason = FileKind.CHECKPOINT, "it works on pixels and reads no text, so it is whole"
    elif not missing and UPSCALING_LEVELS in tensors:
        kind, reason = FileKind.UPSCALER, "it is whole, and told how noisy is what it makes larger"
    elif not missing:
        kind, reason = FileKind.CHECKPOINT, "its VAE and text encoder are in the file"
    else:
        verb = "are" if len(missing) > 1 else "is"
        kind, reason = FileKind.DENOISER, f"its {' and '.join(missing)} {verb} not in the file"
    return replace(found, kind=kind, why=(*found.why, reason))


def _evidence(mark: Mark | VariantMark, tensors: Shapes, wrapper: str, word: str = "") -> tuple[str, ...]:
    """What was seen, in words, and the source of the rule."""
    seen = [
        f"{wrapper}{name} is {in_words(tensors[wrapper + name])}" if sides else f"it has {wrapper}{name}"
        for name, sides in mark.needs.items()
    ]
    seen += [f"it has no {wrapper}{name}" for name in mark.lacks]
    what = word or _titles(mark.families) or mark.variant
    return (f"{what}: {'; '.join(seen)} ({mark.source})",)


def _titles(families: Iterable[str]) -> str:
    return ", ".join(FAMILY_TITLES[family] for family in families)


# LoRAs


def _lora(tensors: Shapes) -> Recognised | None:
    words, layers, rank = _layers(tensors)
    if not words & LORA_WORDS and not words <= DIFFERENCES:
        return None
    variants = tuple(dict.fromkeys(method for method, word in METHODS if word in words))
    text = "\n".join(layers)
    hits = cache(lambda pattern: _hits(pattern, text, layers))  # several families ask for the same layers
    for mark, pattern in _lora_patterns():
        for (reads, writes), layer in hits(pattern).items():
            if (mark.reads and reads not in mark.reads) or (mark.writes and writes not in mark.writes):
                continue
            width = f" reads {reads} numbers" if mark.reads else " is among its layers"
            why = f"{_titles(mark.families)}: {layer}{width} ({mark.source})"
            own = (mark.variant,) if mark.variant else ()
            return Recognised(FileKind.LORA, mark.families, own + variants, (why,), rank)
    why = "it has tensors of a LoRA, for layers that no known family has"
    return Recognised(FileKind.LORA, (), variants, (why,), rank)


def _hits(
    pattern: re.Pattern[str], text: str, layers: dict[str, tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """Of the lines of `text` that the pattern is found in: how wide they are, and the first so wide."""
    found: dict[tuple[int, int], str] = {}
    for hit in pattern.finditer(text):
        end = text.find("\n", hit.end())
        layer = text[text.rfind("\n", 0, hit.start()) + 1 : end if end >= 0 else None]
        found.setdefault(layers[layer], layer)
    return found


@cache
def _lora_patterns() -> tuple[tuple[LoraMark, re.Pattern[str]], ...]:
    return tuple((mark, re.compile(mark.layers, re.MULTILINE)) for mark in LORAS)


def _layers(tensors: Shapes) -> tuple[set[str], dict[str, tuple[int, int]], int]:
    """The last words of all names; layer (`_` for dots) to how many numbers it reads and writes; the rank.

    0 stands for what the file does not say.
    """
    words: set[str] = set()
    layers: dict[str, tuple[int, int]] = {}
    rank = 0
    for name, shape in tensors.items():
        layer, _, word = name.rpartition(".")
        if word == "weight":
            layer, _, word = layer.rpartition(".")
            if word == "default":  # PEFT's name of an adapter that has none
                layer, _, word = layer.rpartition(".")
        words.add(word)
        if word in DOWN and len(shape) > 1:
            layers[layer] = (shape[1], layers.get(layer, (0, 0))[1])
            rank = max(rank, shape[0])
        elif word in UP and shape:
            layers[layer] = (layers.get(layer, (0, 0))[0], shape[0])
        elif layer not in layers:
            layers[layer] = (0, 0)
    return words, _kinds_of(layers), rank


_NO_DIGITS = str.maketrans("123456789", "000000000")


def _kinds_of(layers: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Of layers that differ in their numbers alone the first and the last: hundreds become a few."""
    first: dict[tuple[str, tuple[int, int]], str] = {}
    last: dict[tuple[str, tuple[int, int]], str] = {}
    for layer, widths in layers.items():
        kind = (layer.translate(_NO_DIGITS), widths)
        first.setdefault(kind, layer)
        last[kind] = layer
    return {_plain(layer): kind[1] for ends in (first, last) for kind, layer in ends.items()}


def _plain(layer: str) -> str:
    """`_` for dots, and without the word by which some layouts say that it is a LoRA's."""
    return layer.removesuffix(".lora").removesuffix(".lora_linear_layer").replace(".", "_")


# embeddings


def _embedding(tensors: Shapes) -> Recognised | None:
    if len(tensors) > 1 and set(tensors) <= {*NAMES} and all(len(shape) < 3 for shape in tensors.values()):
        family = EMBEDDING_NAMES.get(frozenset(tensors), "")
        rows = ", ".join(f"{name} {in_words(tensors[name])}" for name in NAMES if name in tensors)
        for_whom = FAMILY_TITLES[family] if family else "several text encoders"
        return Recognised(
            FileKind.EMBEDDING, (family,) if family else (), (), (f"{for_whom}: vectors named {rows}",)
        )
    if len(tensors) != 1:
        return None
    name, shape = next(iter(tensors.items()))
    is_one = len(shape) == 1 or (len(shape) == 2 and 1 <= shape[0] <= MOST_VECTORS)
    if not is_one or shape[-1] < LEAST_WIDTH:
        return None
    family = EMBEDDING_WIDTHS.get(shape[-1], "")
    why = f"its only tensor, {name}, is {in_words(shape)}: vectors for a text encoder of width {shape[-1]}"
    return Recognised(FileKind.EMBEDDING, (family,) if family else (), (), (why,))


def _unknown(tensors: Shapes) -> Recognised:
    some = ", ".join(list(tensors)[:3])
    return Recognised(
        FileKind.UNKNOWN, why=(f"no mark fits its {len(tensors):,} tensors ({some[:200]}, ...)",)
    )

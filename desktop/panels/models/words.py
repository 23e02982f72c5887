"""Kinds of model files as the window says them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.api.model_file import FileKind
from engine.api.model_info import ModelInfo

translate = QCoreApplication.translate
SEPARATOR = "  ·  "
UNTOLD = ("SD architecture", "v-prediction", "zero-terminal SNR")
"""What of a variant nobody chooses a model by."""


def kind_words() -> dict[FileKind, str]:
    """In the order in which lists show them."""
    return {
        FileKind.CHECKPOINT: translate("ModelKinds", "Checkpoint"),
        FileKind.DENOISER: translate("ModelKinds", "Network alone"),
        FileKind.LORA: translate("ModelKinds", "LoRA"),
        FileKind.CONTROLNET: translate("ModelKinds", "ControlNet"),
        FileKind.T2I_ADAPTER: translate("ModelKinds", "T2I-Adapter"),
        FileKind.IP_ADAPTER: translate("ModelKinds", "IP-Adapter"),
        FileKind.VAE: translate("ModelKinds", "VAE"),
        FileKind.TINY_VAE: translate("ModelKinds", "Tiny VAE"),
        FileKind.TEXT_ENCODER: translate("ModelKinds", "Text encoder"),
        FileKind.IMAGE_ENCODER: translate("ModelKinds", "Image encoder"),
        FileKind.SIGHT: translate("ModelKinds", "Searches pictures"),
        FileKind.SEGMENTER: translate("ModelKinds", "Segmenter"),
        FileKind.VISION: translate("ModelKinds", "Network that sees"),
        FileKind.EMBEDDING: translate("ModelKinds", "Embedding"),
        FileKind.UPSCALER: translate("ModelKinds", "Upscaler"),
        FileKind.MOTION: translate("ModelKinds", "Motion module"),
        FileKind.UNKNOWN: translate("ModelKinds", "Not recognised"),
        FileKind.BROKEN: translate("ModelKinds", "Cannot be used"),
    }


def say_variant(variant: str) -> str:
    """What a model is for beside its family, in the window's words; names of makers stay as they are."""
    known = _variants()
    return known.get(variant) or ", ".join(known.get(word, word) for word in variant.split(", "))


def say_member(info: ModelInfo) -> str:
    """Which model of its family it is, e.g. *FLUX.1 · Canny*; no word twice."""
    own = [
        word for word in info.variant.split(", ")
        if word not in (info.version, *UNTOLD) and not info.version.casefold().endswith(f" {word.casefold()}")
    ]  # fmt: skip
    return SEPARATOR.join(part for part in (info.version, say_variant(", ".join(own))) if part)


def say_pickle() -> str:
    return translate("ModelKinds", "A pickle, which can run code. Convert it: only its weights come out.")


def _variants() -> dict[str, str]:
    return {
        "depth": translate("ModelKinds", "depth"),
        "segmentation": translate("ModelKinds", "what is where"),
        "pose": translate("ModelKinds", "pose"),
        "detector": translate("ModelKinds", "finds people"),
        "class-conditional": translate("ModelKinds", "classes"),
        "unconditional": translate("ModelKinds", "without words"),
        "instructed": translate("ModelKinds", "instructions"),
        "inpainting": translate("ModelKinds", "inpainting"),
        "stage I, 64 pixels": translate("ModelKinds", "stage I, 64 pixels"),
        "stages I and II": translate("ModelKinds", "stages I and II"),
        "distilled": translate("ModelKinds", "distilled"),
        "v-prediction": translate("ModelKinds", "v-prediction"),
        "stage II": translate("ModelKinds", "stage II"),
        "colours and depth": translate("ModelKinds", "colours and depth"),
        "pictures in boxes": translate("ModelKinds", "pictures in boxes"),
    }

"""What a recognised file is called in a sentence: "a LoRA for Stable Diffusion XL"."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.model_file import FAMILY_TITLES, FileKind
from engine.models.recognition.mark import Recognised

KINDS: dict[FileKind, str] = {
    FileKind.CHECKPOINT: "a {family} checkpoint",
    FileKind.DENOISER: "a {family} network without VAE and text encoder",
    FileKind.LORA: "a LoRA",
    FileKind.CONTROLNET: "a ControlNet",
    FileKind.T2I_ADAPTER: "a T2I-Adapter",
    FileKind.IP_ADAPTER: "an IP-Adapter",
    FileKind.VAE: "a VAE",
    FileKind.TINY_VAE: "a tiny VAE for previews",
    FileKind.TEXT_ENCODER: "a text encoder",
    FileKind.IMAGE_ENCODER: "an image encoder",
    FileKind.SIGHT: "a network that sees pictures and reads words, with which the gallery searches",
    FileKind.SEGMENTER: "a segmenter, which selects things in pictures",
    FileKind.VISION: "a network that looks at pictures, which draws maps",
    FileKind.EMBEDDING: "a textual inversion (embedding)",
    FileKind.UPSCALER: "an upscaler",
    FileKind.MOTION: "a motion module",
}


def in_a_sentence(found: Recognised) -> str:
    """With its families, where they are known and few."""
    words = KINDS.get(found.kind)
    if words is None:
        return "a model of an unknown kind"
    family = titles(found.families[:1])
    if "{family}" in words:
        return words.format(family=family or "diffusion")
    return f"{words} for {titles(found.families)}" if 0 < len(found.families) <= 2 else words


def titles(families: Sequence[str]) -> str:
    return " or ".join(FAMILY_TITLES[family] for family in families)

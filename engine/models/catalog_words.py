"""How the catalog speaks of what is no model but used beside one, or worn by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.api.learnt import LearntInfo, LearntKind
from engine.api.maps import ControlInfo
from engine.api.references import AdapterInfo
from engine.api.segment import SegmenterInfo
from engine.api.upscale import UpscalerInfo
from engine.api.vae import VaeInfo
from engine.api.vision import VisionInfo

UsedBeside = ControlInfo | UpscalerInfo | SegmenterInfo | AdapterInfo | VisionInfo | VaeInfo
Named = TypeVar("Named", bound=LearntInfo | UsedBeside)


@dataclass(frozen=True)
class KindWords(Generic[Named]):
    """Of one kind of file."""

    kind: type[Named]
    one: str
    """There is no ..."""
    none: str
    """... is no ..."""
    problem: str
    no_model: str
    """FILE ...: what to say where it is given as a model, with its name for `{}`."""
    advice: str = ""


LEARNT = {
    LearntKind.LORA: KindWords(
        LearntInfo, "LoRA", "LoRA", "no_learnt",
        "is no model but a LoRA for one. Give it beside the model: --lora {}.",
    ),
    LearntKind.EMBEDDING: KindWords(
        LearntInfo, "embedding", "embedding", "no_learnt",
        "is no model but an embedding for one. Give it beside the model: --embedding {}.",
    ),
}  # fmt: skip
LOOKING = "network that looks at pictures"
BESIDE: dict[type, KindWords] = {
    ControlInfo: KindWords(
        ControlInfo, "ControlNet", "ControlNet and no T2I-Adapter", "no_control",
        "is no model but a ControlNet for one. Give it beside the model: --control KIND@{}:MAP:1.",
    ),
    UpscalerInfo: KindWords(
        UpscalerInfo, "upscaling network", "upscaling network", "no_upscaler",
        "is no model but an upscaler. Enlarge with it: lienzo upscale PICTURE --model {} -o LARGER.png.",
    ),
    SegmenterInfo: KindWords(
        SegmenterInfo, "segmenter", "network that selects things", "no_segmenter",
        "draws nothing: it selects things. Use it as `lienzo select --model {}`, or with the Smart select "
        "tool.",
        " Put a folder of SAM, SAM-HQ or SAM 2 (config.json and model.safetensors) into a model folder.",
    ),
    AdapterInfo: KindWords(
        AdapterInfo, "IP-Adapter", "IP-Adapter", "no_beside",
        "is no model but an IP-Adapter for one. Give it beside the model: --reference PICTURE@{}.",
    ),
    VisionInfo: KindWords(
        VisionInfo, LOOKING, LOOKING, "no_beside",
        "draws nothing: it looks at pictures. Let it draw a map, lienzo map KIND PICTURE --by {} -o MAP.png, "
        "or leave it beside the IP-Adapter that needs it.",
    ),
    VaeInfo: KindWords(
        VaeInfo, "VAE", "VAE", "no_vae",
        "is no model but a VAE for one. Give it beside the model: --vae {}.",
    ),
}  # fmt: skip

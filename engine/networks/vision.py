"""Networks that look at pictures, of transformers' own classes: their weights and their eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.vision import VisionKind
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import FileState
from engine.networks.class_networks import check_config, load_network

if TYPE_CHECKING:
    import torch

ENCODER, SIGLIP = "CLIPVisionModelWithProjection", "SiglipVisionModel"
CLASSES: Mapping[str, tuple[VisionKind, str]] = {
    ENCODER: (VisionKind.IMAGE_ENCODER, "CLIPImageProcessorPil"),
    SIGLIP: (VisionKind.IMAGE_ENCODER, "SiglipImageProcessorPil"),
    "DepthAnythingForDepthEstimation": (VisionKind.DEPTH, "DPTImageProcessorPil"),
    "DPTForDepthEstimation": (VisionKind.DEPTH, "DPTImageProcessorPil"),
    "ZoeDepthForDepthEstimation": (VisionKind.DEPTH, "ZoeDepthImageProcessorPil"),
    "SegformerForSemanticSegmentation": (VisionKind.SEGMENTATION, "SegformerImageProcessorPil"),
    "UperNetForSemanticSegmentation": (VisionKind.SEGMENTATION, "SegformerImageProcessorPil"),
    "Mask2FormerForUniversalSegmentation": (VisionKind.SEGMENTATION, "Mask2FormerImageProcessorPil"),
    # its own class would fetch a list of things; looking is done alike
    "OneFormerForUniversalSegmentation": (VisionKind.SEGMENTATION, "Mask2FormerImageProcessorPil"),
    "VitPoseForPoseEstimation": (VisionKind.POSE, "VitPoseImageProcessorPil"),
    "RTDetrForObjectDetection": (VisionKind.DETECTOR, "RTDetrImageProcessorPil"),
    "RTDetrV2ForObjectDetection": (VisionKind.DETECTOR, "RTDetrImageProcessorPil"),
}
"""Class to what it says and to the class that brings a picture to its size; no other name is looked up."""
NAMED_ELSEWHERE = ("use_timm_backbone", "use_pretrained_backbone", "backbone", "adapter_config")
"""Fields by which a configuration names another network, which would have to be fetched."""
PROCESSOR = "preprocessor_config.json"
"""Beside a network: how it looks."""
WHOLE = {"CLIPModel": ENCODER, "SiglipModel": SIGLIP}
"""Both halves, of which the one that looks is taken."""


@dataclass(frozen=True, eq=False)
class VisionFile:
    """One that passed the pre-flight; no number is read yet."""

    path: Path
    class_name: str
    weights: tuple[WeightFile, ...]
    config: Mapping[str, Json]
    plain_files: Mapping[Path, FileState]

    @property
    def kind(self) -> VisionKind:
        return CLASSES[self.class_name][0]

    @property
    def states(self) -> dict[Path, FileState]:
        return {**{file.path: file.state for file in self.weights}, **self.plain_files}


def class_told(config: Mapping[str, Json]) -> str:
    """The class that a configuration of transformers names; empty where it names none."""
    named = config.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def load_vision(file: VisionFile, dtype: torch.dtype, device: torch.device) -> Any:
    """The network with its weights: what is missing in the file, or of another shape, is refused."""
    if file.class_name != ENCODER:
        return _by_its_own_loader(file, dtype, device)
    return load_network(
        ("transformers", file.class_name),
        file.config,
        file.weights,
        file.kind.value,
        file.path,
        dtype,
        device,
    )


def _by_its_own_loader(file: VisionFile, dtype: torch.dtype, device: torch.device) -> Any:
    """Transformers' loader knows the names that these networks had before; the pre-flight was ours.

    The class is from our table, the weights are safetensors, nothing is fetched.
    """
    import torch  # heavy; only the engine process pays for it
    import transformers

    check_config(file.config, file.kind.value)
    if named := [key for key in NAMED_ELSEWHERE if file.config.get(key) not in (None, False)]:
        raise UnsupportedModel(
            f"{file.path.name} is built on a network that is not in its folder ({named[0]}). Choose another.",
            path=str(file.path),
        )
    try:
        with torch.inference_mode(False), torch.no_grad():
            network, told = getattr(transformers, file.class_name).from_pretrained(
                file.path, local_files_only=True, use_safetensors=True, dtype=dtype, output_loading_info=True
            )
            for tensor in (*network.parameters(), *network.buffers()):
                tensor.data = tensor.data.clone()  # else a file that is cut could end the process
        missing = [*told["missing_keys"], *told["mismatched_keys"]]
        if not missing:
            return network.to(device).eval().requires_grad_(False)
        cause = f"{len(missing)} tensors are missing or misshapen, first {str(missing[0])[:100]}"
    except Exception as error:  # a stranger's files fail inside the library in any way they like
        cause = f"{type(error).__name__}: {str(error)[:200]}"
    raise UnsupportedModel(
        f"{file.path.name} does not fit its architecture: {cause}. Get it again from its source.",
        path=str(file.path),
    )


def eyes_of(file: VisionFile) -> Any:
    """What brings a picture to the size and the range that the network reads."""
    import transformers

    kind = getattr(transformers, CLASSES[file.class_name][1])
    if file.class_name == ENCODER:  # as diffusers' IP-Adapters look, whatever lies beside the encoder
        side = file.config.get("image_size", 224)
        return kind(size=side, crop_size=side)
    if not file.path.is_dir() or not (file.path / PROCESSOR).exists():
        if file.class_name == SIGLIP:
            side = file.config.get("image_size", 224)
            return kind(size={"height": side, "width": side})
        return kind()
    try:
        return kind.from_pretrained(file.path, local_files_only=True)
    except Exception as error:  # a stranger's files fail inside the library in any way they like
        cause = f"{type(error).__name__}: {str(error)[:200]}"
    raise UnsupportedModel(
        f"How {file.path.name} looks at pictures cannot be read ({cause}). Get it again from its source.",
        path=str(file.path),
    )

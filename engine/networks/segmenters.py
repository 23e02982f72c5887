"""Segment Anything networks: their sizes, read off their tensors, and their weights.

SAM and SAM-HQ are built from shapes alone, whichever names their file uses. SAM 2's windows leave no trace in
its shapes, so its configuration says them, each field within bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.api.segment import SegmenterType
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import FileState
from engine.checkpoints.weights import State, build_empty, check_fits, fill, meta_tensors, read_tensors
from engine.networks.original.rules import numbered
from engine.networks.segmenter_names import MARK, renamed
from engine.networks.stable_diffusion import checked_config, whole

if TYPE_CHECKING:
    import torch

Config = Mapping[str, Json]
Shapes = Mapping[str, tuple[int, ...]]

SHARED = "shared_image_embedding.positional_embedding"
SHARED_TWIN = "prompt_encoder.shared_embedding.positional_embedding"
"""One tensor under two names; files hold either or both."""
USUAL_HEADS = 8
"""Attention heads of the mask decoder, of which shapes tell nothing, in every file that there is."""

MEMORY_PARTS = (
    "memory_attention.", "memory_encoder.", "memory_temporal_positional_encoding", "mask_downsample.",
    "no_memory_positional_encoding", "no_object_pointer", "occlusion_spatial_embedding_parameter",
    "object_pointer_proj.", "temporal_positional_encoding_projection_layer.",
)  # fmt: skip
"""What SAM 2 keeps a film's frames with; a single picture needs none of it."""

BACKBONE_FIELDS = (
    "hidden_size", "num_attention_heads", "num_channels", "image_size", "patch_kernel_size", "patch_stride",
    "patch_padding", "query_stride", "window_positional_embedding_background_size", "num_query_pool_stages",
    "blocks_per_stage", "embed_dim_per_stage", "num_attention_heads_per_stage", "window_size_per_stage",
    "global_attention_blocks", "mlp_ratio", "layer_norm_eps",
)  # fmt: skip
VISION_FIELDS = (
    "backbone_channel_list", "backbone_feature_sizes", "fpn_hidden_size", "fpn_kernel_size", "fpn_stride",
    "fpn_padding", "fpn_top_down_levels", "num_feature_levels",
)  # fmt: skip
PROMPT_FIELDS = ("hidden_size", "image_size", "patch_size", "mask_input_channels", "num_point_embeddings")
DECODER_FIELDS = (
    "hidden_size", "mlp_dim", "num_hidden_layers", "num_attention_heads", "attention_downsample_rate",
    "num_multimask_outputs", "iou_head_depth", "iou_head_hidden_dim",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SegmenterFile:
    """One that passed the pre-flight; no number is read yet."""

    path: Path
    """The folder or the file."""
    type: SegmenterType
    weights: WeightFile
    config: Config
    """Of a folder; empty for a file."""
    plain_files: Mapping[Path, FileState] = field(default_factory=dict)

    @property
    def states(self) -> dict[Path, FileState]:
        return {self.weights.path: self.weights.state, **self.plain_files}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """By the names of transformers' classes."""
        return {self.name_of(name): tensor.shape for name, tensor in self.weights.tensors.items()}

    def name_of(self, name: str) -> str:
        """What transformers calls the tensor that the file calls `name`."""
        return renamed(name) if MARK in self.weights.tensors else name

    @property
    def side(self) -> int:
        """Pixels: the longer side of what it sees."""
        if self.type is SegmenterType.SAM_2:
            return whole(_part(self.config, "prompt_encoder_config"), "image_size", 1024)
        return _shape(self, self.shapes, "vision_encoder.pos_embed")[1] * self._patch

    @property
    def working_bytes(self) -> int:
        """Memory for one look at a picture, beside the weights: what its widest attention takes.

        SAM attends to all places at once, by a table for each head; SAM 2 cuts most of the picture into
        windows. Measured on a processor: 1.8 GB for SAM ViT-B and 0.5 GB for SAM 2 tiny, where this says 2.4
        and 1.1: rather too much than too little.
        """
        if self.type is SegmenterType.SAM_2:
            return self.side * self.side * 1024
        places = (self.side // self._patch) ** 2
        return 3 * self._heads * places * places * 4

    @property
    def _patch(self) -> int:
        return _shape(self, self.shapes, "vision_encoder.patch_embed.projection.weight")[3]

    @property
    def _heads(self) -> int:
        config = sam_config(self)["vision_config"]
        return cast("dict[str, int]", config)["num_attention_heads"]


def sam_config(file: SegmenterFile) -> dict[str, Json]:
    """The sizes of SAM or SAM-HQ by its shapes. Raises `UnsupportedModel` where one is missing."""
    shapes = file.shapes

    def need(name: str) -> tuple[int, ...]:
        return _shape(file, shapes, name)

    _, grid, _, width = need("vision_encoder.pos_embed")
    _, channels, _, patch = need("vision_encoder.patch_embed.projection.weight")
    layers = numbered(shapes, "vision_encoder.layers.{}.layer_norm1.weight")
    spans = [(need(f"vision_encoder.layers.{layer}.attn.rel_pos_h")[0] + 1) // 2 for layer in range(layers)]
    head = need("vision_encoder.layers.0.attn.rel_pos_h")[1]
    windows = [span for span in spans if span != grid]
    inner = need("mask_decoder.iou_token.weight")[1]
    told = _part(file.config, "mask_decoder_config")
    decoder: dict[str, Json] = {
        "hidden_size": inner,
        "mlp_dim": need("mask_decoder.transformer.layers.0.mlp.lin1.weight")[0],
        "num_hidden_layers": numbered(shapes, "mask_decoder.transformer.layers.{}.mlp.lin1.weight"),
        "num_attention_heads": whole(told, "num_attention_heads", USUAL_HEADS),
        "attention_downsample_rate": inner
        // max(1, need("mask_decoder.transformer.final_attn_token_to_image.q_proj.weight")[0]),
        "num_multimask_outputs": need("mask_decoder.mask_tokens.weight")[0] - 1,
        "iou_head_depth": numbered(shapes, "mask_decoder.iou_prediction_head.layers.{}.weight") + 2,
        "iou_head_hidden_dim": need("mask_decoder.iou_prediction_head.proj_in.weight")[0],
    }
    if file.type is SegmenterType.SAM_HQ:
        decoder["vit_dim"] = width
    return {
        "vision_config": {
            "hidden_size": width,
            "output_channels": need("vision_encoder.neck.conv1.weight")[0],
            "num_hidden_layers": layers,
            "num_attention_heads": width // max(1, head),
            "num_channels": channels,
            "image_size": grid * patch,
            "patch_size": patch,
            "qkv_bias": "vision_encoder.layers.0.attn.qkv.bias" in shapes,
            "window_size": windows[0] if windows else grid,
            "global_attn_indexes": [layer for layer, span in enumerate(spans) if span == grid],
            "num_pos_feats": need(SHARED if SHARED in shapes else SHARED_TWIN)[1],
            "mlp_dim": need("vision_encoder.layers.0.mlp.lin1.weight")[0],
        },
        "prompt_encoder_config": {
            "hidden_size": inner,
            "image_size": grid * patch,
            "patch_size": patch,
            "mask_input_channels": need("prompt_encoder.mask_embed.conv1.weight")[0] * 4,
            "num_point_embeddings": numbered(shapes, "prompt_encoder.point_embed.{}.weight"),
        },
        "mask_decoder_config": decoder,
    }


def load_segmenter(file: SegmenterFile, dtype: torch.dtype, device: torch.device) -> Any:
    """The network with its weights; names and shapes are compared before the first number is read."""
    import torch  # heavy; only the engine process pays for it

    word = file.type.value
    with torch.inference_mode(False), torch.no_grad():
        network = build_empty(_MAKERS[file.type](file), word)
        expected = set(network.state_dict())

        def wanted(name: str) -> bool:
            return file.type is not SegmenterType.SAM_2 or not name.startswith(MEMORY_PARTS)

        check_fits(network, _named(file, meta_tensors([file.weights], wanted), expected), word, file.path)
        return fill(network, _named(file, read_tensors([file.weights], dtype, wanted), expected), device)


def _sam(file: SegmenterFile) -> Callable[[], Any]:
    from transformers import SamConfig, SamModel  # imports torch

    config = sam_config(file)
    return lambda: SamModel(SamConfig(**cast("dict[str, Any]", config)))


def _sam_hq(file: SegmenterFile) -> Callable[[], Any]:
    from transformers import SamHQConfig, SamHQModel  # imports torch

    config = sam_config(file)
    return lambda: SamHQModel(SamHQConfig(**cast("dict[str, Any]", config)))


def _sam_2(file: SegmenterFile) -> Callable[[], Any]:
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2Model, Sam2VisionConfig  # imports torch

    vision = _part(file.config, "vision_config")
    backbone = checked_config(_part(vision, "backbone_config"), BACKBONE_FIELDS, "SAM 2")
    fields = checked_config(vision, VISION_FIELDS, "SAM 2")
    prompt = checked_config(_part(file.config, "prompt_encoder_config"), PROMPT_FIELDS, "SAM 2")
    decoder = checked_config(_part(file.config, "mask_decoder_config"), DECODER_FIELDS, "SAM 2")
    _check_feature_sizes(file, fields)

    def make() -> Any:
        seen = Sam2VisionConfig(backbone_config=Sam2HieraDetConfig(**backbone), **fields)
        return Sam2Model(
            Sam2Config(vision_config=seen, prompt_encoder_config=prompt, mask_decoder_config=decoder)
        )

    return make


_MAKERS: dict[SegmenterType, Callable[[SegmenterFile], Callable[[], Any]]] = {
    SegmenterType.SAM: _sam,
    SegmenterType.SAM_HQ: _sam_hq,
    SegmenterType.SAM_2: _sam_2,
}


def _check_feature_sizes(file: SegmenterFile, fields: Mapping[str, Any]) -> None:
    """What the network is told of its own feature maps must be what its picture gives."""
    told = fields.get("backbone_feature_sizes") or [[256, 256], [128, 128], [64, 64]]
    expected = [[file.side // step] * 2 for step in (4, 8, 16)]
    if told != expected:
        raise UnsupportedModel(
            f"{file.path.name} is not a usable SAM 2: its configuration says feature maps of "
            f"{str(told)[:60]} for pictures of {file.side} pixels. Get it again from its source.",
            path=str(file.path),
        )


def _named(file: SegmenterFile, state: State, expected: set[str]) -> State:
    found = {file.name_of(name): tensor for name, tensor in state.items()}
    for one, other in ((SHARED, SHARED_TWIN), (SHARED_TWIN, SHARED)):
        if one in expected and one not in found and other in found:
            found[one] = found[other]
    return found


def _part(config: Config, name: str) -> Config:
    part = config.get(name)
    return part if isinstance(part, dict) else {}


def _shape(file: SegmenterFile, shapes: Shapes, name: str) -> tuple[int, ...]:
    shape = shapes.get(name)
    sides = 4 if name.endswith(("pos_embed", "projection.weight", "conv1.weight")) else 1
    if shape is None or len(shape) < sides or 0 in shape:
        raise UnsupportedModel(
            f"{file.path.name} looks like a {file.type}, but {name} is missing in it. "
            "Get it again from its source.",
            path=str(file.path),
        )
    return shape

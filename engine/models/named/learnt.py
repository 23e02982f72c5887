"""What a request wears: its LoRAs and embeddings, found by name, held against the model, then loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from engine.api.errors import BadRequest, EngineError, UnsupportedModel
from engine.api.learnt import LearntInfo, LearntKind, LearntUse, Lora, words_used
from engine.api.lora_blocks import Blocks, blocks_text, check_blocks
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.api.prompt import lora_faults, lora_marks
from engine.api.request import LIMITS, GenerationRequest
from engine.checkpoints.checkpoint import WeightFile
from engine.checkpoints.foreign_files import unsafe
from engine.checkpoints.weights import count_not_finite, read_tensors
from engine.families.registry import families
from engine.families.wardrobe import WornLora
from engine.loras.blocks import check_known, groups_of, in_model, share_of
from engine.loras.control import control_layers_of
from engine.loras.lora import read_changes
from engine.loras.makers import FURTHER
from engine.loras.names import LoraLayer, layers_of
from engine.loras.spellings import Shapes
from engine.models.assembly.examine import checkpoint_of
from engine.models.headers.files import read_header
from engine.models.kept.hashes import file_sha256
from engine.models.parts.learnt_files import TEXT_LAYERS, embedding_tensors
from engine.models.recognition.naming import titles
from engine.networks.original.rules import Rules

if TYPE_CHECKING:
    import torch

    from engine.models.catalog import Catalog


OF_VERSION = {"SD 1.x": "sd1", "SD 2.x": "sd2"}
"""`ModelInfo.version` to the family by which LoRAs are recognised."""


@dataclass(frozen=True, eq=False)
class FoundLora:
    """A LoRA that fits its model, not loaded yet."""

    info: LearntInfo
    weight: float
    file: WeightFile
    layers: tuple[LoraLayer, ...]
    """On which it acts."""
    sha256: str
    blocks: Blocks = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FoundEmbedding:
    info: LearntInfo
    file: WeightFile
    sha256: str

    @property
    def word(self) -> str:
        """What stands in the prompt for it."""
        return self.info.trigger


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a request wears: checked by header and hash, no number read."""

    loras: tuple[FoundLora, ...] = ()
    embeddings: tuple[FoundEmbedding, ...] = ()
    control: FoundLora | None = None
    """By which it reads a map: worn last."""

    @cached_property
    def key(self) -> str:
        """Equal exactly where the same files act at the same weights; empty for none."""
        lines = [f"lora {lora.sha256} {lora.weight!r} {blocks_text(lora.blocks)}" for lora in self._worn]
        lines += [f"embedding {embedding.sha256} {embedding.word}" for embedding in self.embeddings]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""

    @property
    def text_key(self) -> str:
        """The same of what changes a prompt's embedding: the words, and LoRAs of the text encoder."""
        reading = [
            lora for lora in self.loras if any(layer.part.startswith("text_encoder") for layer in lora.layers)
        ]
        return Learnt(tuple(reading), self.embeddings).key

    def key_beside(self, part: str) -> str:
        """The same of what changes other networks than `part`."""
        others = [lora for lora in self.loras if any(layer.part != part for layer in lora.layers)]
        return Learnt(tuple(others), self.embeddings).key

    @property
    def words(self) -> dict[str, int]:
        """Learnt word to how many vectors it has, in the order of `vectors`."""
        return {found.word: found.info.vectors for found in self.embeddings}

    @property
    def _worn(self) -> tuple[FoundLora, ...]:
        return self.loras if self.control is None else (*self.loras, self.control)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The words that call what it taught."""
        infos = (found.info for found in (*self.loras, *self.embeddings))
        return tuple(info.trigger for info in infos if info.trigger)

    @property
    def uses(self) -> tuple[LearntUse, ...]:
        """For the recipe."""
        loras = [
            LearntUse(
                LearntKind.LORA, found.info.name, found.sha256, found.weight, found.info.trigger, found.blocks
            )
            for found in self.loras
        ]
        words = [
            LearntUse(LearntKind.EMBEDDING, found.info.name, found.sha256, trigger=found.word)
            for found in self.embeddings
        ]
        return (*loras, *words)

    def worn(self, dtype: torch.dtype) -> tuple[WornLora, ...]:
        """The LoRAs with their numbers. Raises `UnsafeFile` where a file changed or holds no numbers."""
        worn = []
        for index, found in enumerate(self._worn):
            changes = read_changes(found.file, found.layers, dtype, found.blocks)
            tensors = [
                tensor for part in changes.values() for change in part.values()
                for tensor in change.tensors.values()
            ]  # fmt: skip
            _check_finite(found.file, tensors)
            worn.append(WornLora(f"lora{index}", found.weight, changes))
        return tuple(worn)

    def vectors(self, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
        """Of each embedding, vectors x width. Raises as `worn` does."""
        return tuple(_vectors(found.file, dtype) for found in self.embeddings)


def _vectors(file: WeightFile, dtype: torch.dtype) -> torch.Tensor:
    import torch

    tensors = read_tensors([file], dtype, lambda _: True)
    _check_finite(file, list(tensors.values()))
    vectors = [tensors[name] for name in embedding_tensors(file)]
    return torch.cat([one if one.ndim == 2 else one[None] for one in vectors], dim=1)


def _check_finite(file: WeightFile, tensors: list[torch.Tensor]) -> None:
    if number := count_not_finite(tensors):
        raise unsafe(
            file.path, f"is damaged: {number:,} of its numbers are infinite or no numbers at all",
            "Get it again from its source.",
        )  # fmt: skip


def learnt_of(request: GenerationRequest, info: ModelInfo, catalog: Catalog) -> Learnt:
    """The LoRAs and embeddings that `request` uses on the model `info`; those of weight 0 are left out.

    Raises `ModelNotFound` for a name that is not here, `BadRequest` for a weight out of range,
    `UnsafeFile` for a damaged file, and `UnsupportedModel` for one that was learnt with another base.
    """
    worn = loras_of(request)
    if not worn and not request.embeddings:
        return Learnt()
    base = _base_shapes(info) if worn else {}
    makers = _makers_table(info, base) if worn else ()
    if request.embeddings and not info.capabilities.embeddings:
        raise UnsupportedModel(
            f"{info.title} reads no learnt words. Take {request.embeddings[0][:80]} away, or choose another "
            "model.",
            model=info.name,
        )
    loras = tuple(
        _found_lora(catalog.find_learnt(LearntKind.LORA, lora.name), lora, info, base, makers)
        for lora in worn
        if lora.weight != 0
    )
    embeddings = tuple(
        _found_embedding(catalog.find_learnt(LearntKind.EMBEDDING, name), info)
        for name in dict.fromkeys(request.embeddings)
    )
    return Learnt(loras, embeddings)


def loras_of(request: GenerationRequest) -> tuple[Lora, ...]:
    """The LoRAs in the request's list and in its prompt; of one named twice alike the sum of the weights."""
    if lora_marks(request.negative_prompt):
        raise BadRequest("negative_prompt", "cannot name a LoRA; name it in the prompt, below 0")
    for start, end in lora_faults(request.prompt):
        raise BadRequest(
            "prompt",
            f"names a LoRA at character {start + 1} in a way that cannot be read, "
            f"{request.prompt[start:end][:60]!r}; write <lora:name:0.8> or <lora:name:0.8:up_blocks.1=0.5>",
            problem="lora_mark",
            start=start,
            end=end,
            typed=request.prompt,
        )
    worn: dict[tuple[str, str], Lora] = {}
    for given in (*request.loras, *lora_marks(request.prompt)):
        key = (given.name, blocks_text(given.blocks))
        before = worn[key].weight if key in worn else 0.0
        worn[key] = Lora(given.name, before + given.weight, given.blocks)
    low, high = LIMITS["lora_weight"]
    for lora in worn.values():
        if not low <= lora.weight <= high:
            raise BadRequest(
                "lora_weight", f"must be {low:g} to {high:g}, not {lora.weight:g} ({lora.name[:80]})"
            )
        check_blocks(lora.blocks, LIMITS["lora_weight"])
    return tuple(worn.values())


def with_words(request: GenerationRequest, info: ModelInfo, catalog: Catalog) -> GenerationRequest:
    """`request` with the learnt words that its prompts use and that are for this model."""
    wordings = request.drawn or (request.wording,)
    texts = [text for words in wordings for text in words.texts]
    known = [what for what in catalog.learnt() if what.kind is LearntKind.EMBEDDING]
    used = [
        name for name in words_used(texts, known)
        if fits(next(what for what in known if what.name == name), info)
    ]  # fmt: skip
    return replace(request, embeddings=tuple(dict.fromkeys([*request.embeddings, *used])))


def fits(info: LearntInfo, model: ModelInfo) -> bool:
    """True where what was learnt seems to be for `model`: told by family and widths, cheaply, for lists."""
    family = OF_VERSION.get(model.version)
    if family and info.families and not {family, "sd"} & set(info.families):
        return False
    if info.kind is LearntKind.EMBEDDING:
        return info.text_width == model.capabilities.word_width
    if model.path is None:
        return False
    try:
        base = _base_shapes(model, is_quick=True)
        if info.families == ("sd",) and not info.text_width:  # nothing in it reads words: its layers tell
            layers_of(read_header(info.path), base, model.title, _makers_table(model, base))
    except (EngineError, OSError):
        return False
    width = text_width(base)
    return not info.text_width or not width or info.text_width == width


def text_width(base: Mapping[str, Shapes]) -> int:
    """How wide the text embedding of a model with these layers is; 0 where no layer tells it."""
    for shapes in base.values():
        for name, shape in shapes.items():
            if TEXT_LAYERS.search(f"{name}."):
                return shape[1]
    return 0


def _base_shapes(info: ModelInfo, *, is_quick: bool = False) -> dict[str, Shapes]:
    """Part to the layers that a LoRA may change, from the header; `is_quick`: of what is taught alone."""
    family = families()[info.family]
    if info.path is None or not family.lora_targets:
        raise UnsupportedModel(
            f"{info.title} cannot wear a LoRA or an embedding. Take them away, or choose another model.",
            model=info.name,
        )
    checkpoint = checkpoint_of(info)
    read = [] if is_quick else [part for part in checkpoint.weights if part.startswith("text_encoder")]
    return {part: family.layers(checkpoint, part) for part in (*family.lora_targets, *read)}


def _makers_table(info: ModelInfo, base: Mapping[str, Shapes]) -> Rules:
    """From the names that the makers of the model's network gave its layers."""
    single = families()[info.family].single
    own = () if single is None else single.table(base.get(single.denoiser, {}))
    return (*own, *FURTHER.get(info.family, ()))


def _found_lora(
    info: LearntInfo, lora: Lora, model: ModelInfo, base: Mapping[str, Shapes], makers: Rules
) -> FoundLora:
    file = read_header(info.path)
    blocks = in_model(lora.blocks, base)
    check_known(blocks, base, model.title)
    try:
        layers = layers_of(file, base, model.title, makers)
    except UnsupportedModel as error:
        if error.data.get("base") or not 0 < len(info.families) <= 2:
            raise
        seems = f"{error.message} It seems to be for {titles(info.families)}."
        raise UnsupportedModel(seems, **error.data) from None
    acting = tuple(layer for layer in layers if share_of((layer.part, layer.layer), blocks) != 0)
    return FoundLora(info, lora.weight, file, acting, file_sha256(file), blocks)


def blocks_in(name: str, model: ModelInfo, catalog: Catalog) -> tuple[str, ...]:
    """The blocks of `model` that the LoRA `name` changes, as people choose among them.

    Raises as `learnt_of` does.
    """
    base = _base_shapes(model)
    info = catalog.find_learnt(LearntKind.LORA, name)
    found = _found_lora(info, Lora(name), model, base, _makers_table(model, base))
    return groups_of((layer.part, layer.layer) for layer in found.layers)


def found_control_lora(control: ControlInfo, weight: float, model: ModelInfo) -> FoundLora:
    """The control LoRA `control`, held against `model` as `learnt_of` does it with others."""
    file, base = read_header(control.path), _base_shapes(model)
    layers = control_layers_of(file, base, model.title, _makers_table(model, base))
    info = LearntInfo(control.name, LearntKind.LORA, control.path)
    return FoundLora(info, weight, file, layers, file_sha256(file))


def _found_embedding(embedding: LearntInfo, model: ModelInfo) -> FoundEmbedding:
    file, width = read_header(embedding.path), model.capabilities.word_width
    if embedding.text_width != width:
        learnt_with = f" It was learnt with {embedding.base}." if embedding.base else ""
        raise UnsupportedModel(
            f"{embedding.path.name} is a word for another model than {model.title}: its vectors have "
            f"{embedding.text_width} numbers, and the model reads {width}.{learnt_with} "
            "Choose the model that it was learnt with, or take it away.",
            path=str(embedding.path),
            problem="other_base",
            base=embedding.base,
        )
    return FoundEmbedding(embedding, file, file_sha256(file))

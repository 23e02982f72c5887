"""One row of the table of families that need no file of their own.

How a pipeline is called is read off its own signature; what it is told besides words, size and guidance is
`ALSO`. Most encode their words themselves while they run; where `says` names what `encode_prompt` gives, the
embeddings are kept, and the text encoder may leave memory before the picture is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from types import MappingProxyType
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import AS_THEY_ARE, Packing
from engine.diffusion.latents.space import LatentSpace
from engine.families.blanks import Ear
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Arguments, Kind, adapted, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits
from engine.families.words import WORDS, StockReader

ALSO = {
    "eta": 0.0, "use_resolution_binning": False, "clean_caption": False, "use_pe": False,
    "enable_prompt_rewrite": False, "negative_prompt": None, "use_kv_cache": False, "guidance_schedule": None,
}  # fmt: skip
"""Said to every pipeline that asks: the picture has the size that was asked for, words stay as they are."""
ATTENTION: Mapping[str, tuple[str, ...]] = {
    "transformer": (
        "to_q", "to_k", "to_v", "to_out.0",
        "to_query", "to_key", "to_value", "self_attention.out_layer", "cross_attention.out_layer",
        "img_qkv_proj", "txt_kv_proj",
    )
}  # fmt: skip
"""Layers that a LoRA changes most often, as networks call them; a file may change any."""
GUIDANCE = ("guidance_scale", "true_cfg_scale")
EMBEDS = ("prompt_embeds", "negative_prompt_embeds")
NOTHING: Mapping[str, Any] = MappingProxyType({})
MASKED_EMBEDS = (
    "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds", "negative_prompt_attention_mask",
)  # fmt: skip


def offered(pipeline: str, adapted_as: str = "") -> Arguments:
    """What the pipeline's own signature takes of what we have to say, and that of our class around it."""

    def arguments(inputs: Inputs) -> dict[str, Any]:
        import diffusers  # imports torch

        takes = {**signature(getattr(diffusers, pipeline).__call__).parameters}
        if adapted_as:
            takes |= signature(adapted(adapted_as).__call__).parameters
        told = {**ALSO, **size_of(inputs), **dict.fromkeys(GUIDANCE, inputs.guidance)}
        return {name: value for name, value in told.items() if name in takes}

    return arguments


def family_of(
    id: str,
    title: str,
    pipeline: str,
    sampling: Sampling,
    tokens: int | None,
    *,
    says: tuple[str, ...] = (),
    is_guided: Callable[[float], bool] | None = None,
    text: tuple[str, ...] = ("text_encoder",),
    tokenizers: tuple[str, ...] = ("tokenizer",),
    counted_by: str = "tokenizer",
    is_flow: bool = True,
    packing: Packing = AS_THEY_ARE,
    cells: int = 2,
    in_float32: bool = False,
    schedulers: tuple[str, ...] = (),
    also_named: tuple[str, ...] = (),
    adapted_as: str = "",
    negative_prompt: bool = True,
    is_whole: bool = False,
    least_multiple: int = 8,
    extra: Mapping[str, Any] = NOTHING,
    processors: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
    space: type[LatentSpace] | None = None,
    regions: bool = True,
    control: str | None = None,
    before: str = "",
    dropped: int = 0,
    with_marks: bool = False,
    ears: tuple[Ear, ...] = (),
    weighed: tuple[str, ...] = (WORDS,),
    hears: Hears | None = None,
    of_one_length: bool = False,
    learns_words: bool = True,
    is_taught: bool = True,
    refine: Callable[[Kind, Checkpoint], Kind] = lambda kind, checkpoint: kind,
) -> PipelineFamily:
    """
    Args:
        tokens: Of a prompt, that its pipeline reads at most; None: all.
        of_one_length: As `LaterReader` has it; only without `says`.
        before, dropped, with_marks: As `engine.families.words.Measured` has them.
        says: What `encode_prompt` returns, by the names of the pipeline's arguments; empty: it is not asked.
        counted_by: The part whose tokenizer tells where a prompt is cut.
        schedulers: Ids of those that it can be given; empty for all.
        also_named: Older names of its pipeline, that a folder may give.
        adapted_as: What runs it, as `engine.families.kinds.adapted` takes it.
        regions: False where sentences for places cannot take each other's place in the network's call: their
            length is in the latents, or the pipeline fills one up to the other.
        ears: The text encoders that `encode_prompt` asks again without each weighed word; only with `says`.
        weighed: What of `says` then moves.
        hears: Who reads the words while the pipeline runs, where they can be weighed; only without `says`.
        is_taught: False where its network is spoken to in a way that training has not learnt.
        learns_words: False where the pipeline cuts what it reads from its gradients.
        extra: Further arguments of `encode_prompt`.
    """
    measured: dict[str, Any] = {"before": before, "dropped": dropped, "with_marks": with_marks}
    reader = (
        StockReader(says, counted_by, tokens, extra, ears=ears, weighed=weighed, **measured)
        if says
        else LaterReader(counted_by, tokens, hears, of_one_length=of_one_length, **measured)
    )
    kind = Kind(
        pipeline, offered(pipeline, adapted_as), sampling, is_guided=is_guided, schedulers=schedulers,
        adapted=adapted_as, negative_prompt=negative_prompt, is_taught=is_taught,
    )  # fmt: skip
    return PipelineFamily(
        id=id,
        title=title,
        kinds=dict.fromkeys((pipeline, *also_named), kind),
        text=text,
        tokenizers=tokenizers,
        reader=reader,
        prompt_tokens=tokens,
        is_flow=is_flow,
        packing=packing,
        cells=cells,
        traits=Traits(in_float32=in_float32),
        is_whole=is_whole,
        least_multiple=least_multiple,
        processors=processors,
        space=space,
        regions=regions,
        control=control,
        lora_targets=ATTENTION,
        learns_words=learns_words,
        finish=with_words,
        refine=refine,
    )

"""Families that need no file of their own: a table of diffusers' pipelines and what each is.

How a pipeline is called is read off its own signature; what it is told besides words, size and guidance is
`ALSO`. Most encode their words themselves while they run; where `says` names what `encode_prompt` gives, the
embeddings are kept, and the text encoder may leave memory before the picture is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import signature
from types import MappingProxyType
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents import AS_THEY_ARE, LatentSpace, Packing, PatchwiseSpace, UnshiftedSpace
from engine.families.family import Inputs
from engine.families.pipeline_family import Arguments, Kind, PipelineFamily, adapted, size_of
from engine.families.seen_words import LaterReader, with_words
from engine.families.words import StockReader
from engine.tokenizers.words_only import Conversations, WordsOnly

ALSO = {
    "eta": 0.0, "use_resolution_binning": False, "clean_caption": False, "use_pe": False,
    "enable_prompt_rewrite": False, "negative_prompt": None, "use_kv_cache": False, "guidance_schedule": None,
}  # fmt: skip
"""Said to every pipeline that asks: the picture has the size that was asked for, words stay as they are."""
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


def _family(
    id: str,
    title: str,
    pipeline: str,
    sampling: Sampling,
    tokens: int,
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
    refine: Callable[[Kind, Checkpoint], Kind] = lambda kind, checkpoint: kind,
) -> PipelineFamily:
    """
    Args:
        tokens: Of a prompt, that its pipeline reads at most.
        says: What `encode_prompt` returns, by the names of the pipeline's arguments; empty: it is not asked.
        counted_by: The part whose tokenizer tells where a prompt is cut.
        schedulers: Ids of those that it can be given; empty for all.
        also_named: Older names of its pipeline, that a folder may give.
        adapted_as: The class of `adapted_pipelines` that runs it.
        extra: Further arguments of `encode_prompt`.
    """
    kind = Kind(
        pipeline, offered(pipeline, adapted_as), sampling, is_guided=is_guided, schedulers=schedulers,
        adapted=adapted_as, negative_prompt=negative_prompt,
    )  # fmt: skip
    return PipelineFamily(
        id=id,
        title=title,
        kinds=dict.fromkeys((pipeline, *also_named), kind),
        text=text,
        tokenizers=tokenizers,
        reader=StockReader(says, counted_by, tokens, extra) if says else LaterReader(counted_by, tokens),
        prompt_tokens=tokens,
        is_flow=is_flow,
        packing=packing,
        cells=cells,
        in_float32=in_float32,
        is_whole=is_whole,
        least_multiple=least_multiple,
        processors=processors,
        space=space,
        regions=False,
        finish=with_words,
        refine=refine,
    )


def _krea(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if checkpoint.configs["model_index"].get("is_distilled") is not True:
        return kind
    return replace(
        kind, variant="Turbo", sampling=Sampling("euler", steps=8, guidance=0.0), guidance=False,
        negative_prompt=False,
    )  # fmt: skip


def _hidream(kind: Kind, checkpoint: Checkpoint) -> Kind:
    name = checkpoint.path.name.lower()
    for variant, steps in (("Fast", 16), ("Dev", 28)):
        if variant.lower() in name:
            return replace(kind, variant=variant, sampling=Sampling("euler", steps=steps, guidance=0.0))
    return kind


def _hunyuan_image(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if checkpoint.configs["transformer"].get("guidance_embeds") is not True:
        return kind
    return replace(
        kind, variant="distilled", sampling=Sampling("euler", steps=8, guidance=3.25), negative_prompt=False
    )


FAMILIES = (
    _family(
        "auraflow", "AuraFlow", "AuraFlowPipeline", Sampling("euler", steps=50, guidance=3.5), 256,
        says=MASKED_EMBEDS,
    ),
    _family(  # its pipeline hands timesteps and sigmas at once, which Euler alone takes
        "cogview4", "CogView4", "CogView4Pipeline", Sampling("euler", steps=50, guidance=5.0), 1024,
        says=EMBEDS, in_float32=True, schedulers=("euler",),
    ),
    _family(  # https://arxiv.org/abs/2405.08748
        "hunyuan_dit", "HunyuanDiT", "HunyuanDiTPipeline",
        Sampling("dpmpp_2m", steps=50, guidance=5.0), 75, text=("text_encoder", "text_encoder_2"),
        tokenizers=("tokenizer", "tokenizer_2"), is_flow=False,
    ),
    _family(
        "bria", "Bria", "BriaPipeline", Sampling("euler", steps=30, guidance=5.0), 128, packing=Packing(2)
    ),
    _family(  # https://arxiv.org/abs/2511.22982
        "ovis_image", "Ovis-Image", "OvisImagePipeline", Sampling("euler", steps=50, guidance=5.0), 256,
        packing=Packing(2),
    ),
    _family(
        "longcat_image", "LongCat-Image", "LongCatImagePipeline", Sampling("euler", steps=50, guidance=4.5),
        512, packing=Packing(2),
    ),
    _family(
        "ernie_image", "ERNIE-Image", "ErnieImagePipeline", Sampling("euler", steps=50, guidance=4.0), 512,
        cells=1,
    ),
    _family(
        "krea2", "Krea 2", "Krea2Pipeline", Sampling("euler", steps=28, guidance=4.5), 512,
        packing=Packing(2), is_guided=lambda guidance: guidance > 0, refine=_krea,
    ),
    _family(  # https://arxiv.org/abs/2406.18583
        "lumina", "Lumina-Next", "LuminaPipeline", Sampling("euler", steps=30, guidance=4.0), 256,
        says=MASKED_EMBEDS, also_named=("LuminaText2ImgPipeline",),
    ),
    _family(  # its folder lacks Llama, which its makers leave to be got from Meta
        "hidream", "HiDream", "HiDreamImagePipeline", Sampling("euler", steps=50, guidance=5.0), 128,
        says=(
            "prompt_embeds_t5", "negative_prompt_embeds_t5", "prompt_embeds_llama3",
            "negative_prompt_embeds_llama3", "pooled_prompt_embeds", "negative_pooled_prompt_embeds",
        ),
        text=("text_encoder", "text_encoder_2", "text_encoder_3", "text_encoder_4"),
        tokenizers=("tokenizer", "tokenizer_2", "tokenizer_3", "tokenizer_4"), counted_by="tokenizer_4",
        adapted_as="HiDream", is_whole=True, refine=_hidream,
    ),
    _family(  # https://arxiv.org/abs/2509.23951
        "hunyuan_image", "HunyuanImage", "HunyuanImagePipeline",
        Sampling("euler", steps=50, guidance=3.5), 1000,
        says=("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2"),
        text=("text_encoder", "text_encoder_2"), tokenizers=("tokenizer", "tokenizer_2"), cells=1,
        adapted_as="HunyuanImage", refine=_hunyuan_image,
    ),
    _family(  # https://arxiv.org/abs/2511.14993
        "kandinsky5", "Kandinsky 5", "Kandinsky5T2IPipeline",
        Sampling("euler", steps=50, guidance=3.5), 512,
        says=("prompt_embeds_qwen", "prompt_embeds_clip", "prompt_cu_seqlens"),
        text=("text_encoder", "text_encoder_2"), tokenizers=("tokenizer", "tokenizer_2"),
        packing=Packing(channels_last=True), adapted_as="Kandinsky5", space=UnshiftedSpace,
        processors=lambda tokenizers: {"tokenizer": WordsOnly(tokenizers["tokenizer"])},
    ),
    _family(
        "qwen_image_21", "Qwen-Image 2.1", "QwenImage21Pipeline",
        Sampling("euler", steps=40, guidance=4.0), 1024, says=("prompt_embeds", "prompt_embeds_mask"),
        tokenizers=("processor",), counted_by="processor", packing=Packing(1),
        processors=lambda tokenizers: {"processor": Conversations(tokenizers["processor"])},
    ),
    _family(
        "nucleus_image", "Nucleus-Image", "NucleusMoEImagePipeline",
        Sampling("euler", steps=50, guidance=4.0), 1024, says=("prompt_embeds", "prompt_embeds_mask"),
        tokenizers=("processor",), counted_by="processor", packing=Packing(2),
        extra={"max_sequence_length": 1024},
    ),
    _family(  # https://arxiv.org/abs/2403.05121
        "cogview3", "CogView3-Plus", "CogView3PlusPipeline", Sampling("ddim", steps=50, guidance=5.0), 224,
        says=EMBEDS, is_flow=False, adapted_as="CogView3",
    ),
    _family(  # what guides against nothing is a network of its own
        "ideogram4", "Ideogram 4", "Ideogram4Pipeline", Sampling("euler", steps=48, guidance=7.0), 2048,
        text=("text_encoder", "unconditional_transformer"), is_guided=lambda guidance: False,
        packing=Packing(1), cells=1, in_float32=True, adapted_as="Ideogram4", negative_prompt=False,
        space=PatchwiseSpace,
    ),
    _family(  # https://arxiv.org/abs/2511.06876
        "bria_fibo", "Bria FIBO", "BriaFiboPipeline", Sampling("euler", steps=30, guidance=5.0), 2048,
        packing=Packing(1), cells=1,
    ),
)  # fmt: skip

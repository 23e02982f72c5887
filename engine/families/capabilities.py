"""What the models of a family can do, from how the family is told and a model's configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api.learnt import LearntKind
from engine.api.maps import SHOWN, MapKind
from engine.api.model_info import Capabilities
from engine.api.references import AdapterNetwork
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.token_schedulers import TOKENS as WRITTEN
from engine.families.family import Reads
from engine.families.guided_by import guiders_for
from engine.families.kinds import Kind
from engine.families.learnt_tokens import ENCODERS, row_width
from engine.families.seen_words import LaterReader
from engine.families.stages import PREFIX
from engine.families.words import Reader, StockReader
from engine.networks.class_networks import class_of
from engine.networks.maps import kinds_told
from engine.networks.vae_kinds import cell_of, kind_of

if TYPE_CHECKING:
    from engine.families.pipeline_family import PipelineFamily

DECODER_COPIES = 5
"""Arrays of its widest level that a decoder holds at once; measured with Stable Diffusion's."""


def capabilities(
    family: PipelineFamily, kind: Kind, cell: int, side: int, checkpoint: Checkpoint
) -> Capabilities:
    """Of a member of `family`; `side`: of the pictures that it draws best."""
    reader = kind.reader
    reads_itself = not family.text and reader is not None
    has_readers = reader is not None and any(part in checkpoint.weights for part in family.text)
    has_text = reads_itself or has_readers
    word_width = _word_width(family, reader, checkpoint)
    return Capabilities(
        schedulers=tuple(
            info for info in family.own_noise.samplers() if not kind.schedulers or info.id in kind.schedulers
        ),
        classes=tuple(family.classes(checkpoint).values()) if family.classes is not None else (),
        size_multiple=side if family.fixed_size else max(family.least_multiple, family.cells * cell),
        image_to_image=kind.begins_midway,
        inpainting=kind.reads is Reads.MASKED_PICTURE,
        needs_picture=kind.reads is Reads.PICTURE,
        redraws=kind.redraws,
        maps=family.follows(kind) or kind.own_map is not None,
        own_maps=() if kind.own_map is None else _shown(kinds_told(checkpoint.path)) or SHOWN,
        needs_map=kind.own_map is not None,
        adapters=family.adapters or family.takes_adapters(kind),
        most_adapters=1 if family.ip_adapters is AdapterNetwork.SD3 else None,
        reference_scopes=family.takes_unet_adapters,
        references=kind.references,
        weighs_references=kind.weighs_references,
        reference_or_words=kind.reference_or_words,
        narrowest_reference=kind.narrowest,
        subjects=kind.subjects,
        needs_reference=family.needs_reference,
        negative_prompt=kind.negative_prompt,
        guidance=kind.guidance,
        guidance_rescale=family.guidance_rescale,
        guiders=guiders_for(family.traits, kind) if family.own_noise.title != WRITTEN else (),
        image_guidance=kind.image_guidance,
        layers=family.packing.layered,
        whole_pictures=family.packing.layered or family.packing.columns > 1,
        reference_pairs=family.packing.columns > 1,
        prompt_weights=isinstance(reader, (StockReader, LaterReader)) and reader.weighs,
        long_prompts=isinstance(reader, StockReader) and reader.in_chunks,
        regions=family.regions and has_text,
        embeddings=word_width > 0,
        word_width=word_width,
        learns=_learns(family, kind, word_width),
        prompt=has_text,
        fixed_size=family.fixed_size,
        refines=family.refines,
        refines_apart=family.refiner is not None,
        prompt_tokens=(
            reader.longest if isinstance(reader, (StockReader, LaterReader)) else family.prompt_tokens
        ),
        # whose latents lie elsewhere than that kind of autoencoder's do, another would decode wrongly
        vae_kind=_vae_kind(checkpoint) if family.space is None else "",
        bytes_per_px=_bytes_per_px(checkpoint),
    )


def _word_width(family: PipelineFamily, reader: Reader | None, checkpoint: Checkpoint) -> int:
    """Numbers of a learnt word's vector, over all text encoders; 0: it reads none."""
    if not takes_words(reader):
        return 0
    read = {
        f"{before}{ENCODERS.get(part.removeprefix(before), 'text_encoder')}"
        for part in family.tokenizers
        for before in [PREFIX if part.startswith(PREFIX) else ""]
    }
    widths = [
        row_width(checkpoint.configs[encoder])
        for encoder in (f"{before}{encoder}" for before in ("", PREFIX) for encoder in ENCODERS.values())
        if encoder in read and encoder in checkpoint.weights
    ]
    return sum(widths) if all(widths) else 0


def _learns(family: PipelineFamily, kind: Kind, word_width: int) -> tuple[LearntKind, ...]:
    """What wears LoRAs learns them, where training knows its noise and it draws from words at once."""
    if family.first_stage is not None or family.last_stage is not None:
        return ()
    if not (
        family.lora_targets and family.own_noise.is_taught and kind.is_taught and kind.reads is Reads.LATENTS
    ):
        return ()
    is_word = word_width and family.learns_words
    return (LearntKind.LORA, LearntKind.EMBEDDING) if is_word else (LearntKind.LORA,)


def takes_words(reader: Reader | None) -> bool:
    """True where it reads learnt words."""
    return isinstance(reader, (StockReader, LaterReader)) and reader.takes_words


def cell_px(checkpoint: Checkpoint, kind: Kind) -> int:
    """Pixels along a side that a latent cell stands for, from the configuration alone."""
    config = checkpoint.configs.get("vae")
    return kind.cell if config is None else cell_of(config)


def _vae_kind(checkpoint: Checkpoint) -> str:
    config = checkpoint.configs.get("vae")
    return "" if config is None else kind_of(class_of(checkpoint, "vae")[1], config)


def _bytes_per_px(checkpoint: Checkpoint) -> int:
    config = checkpoint.configs.get("vae", {})
    widths = config.get("decoder_block_out_channels") or config.get("block_out_channels")
    if isinstance(widths, list) and widths:
        first = widths[min(1, len(widths) - 1)]
    else:
        first = config.get("base_dim", 64)
    return DECODER_COPIES * 4 * first if isinstance(first, int) else 0


def _shown(kinds: tuple[MapKind, ...]) -> tuple[MapKind, ...]:
    return tuple(kind for kind in kinds if kind in SHOWN)

"""aMUSEd: writes a picture in tokens of a code, the surest first (https://arxiv.org/abs/2401.01808)."""

from __future__ import annotations

from engine.api.errors import UnsafeFile
from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.checkpoints.foreign_files import unsafe
from engine.diffusion.latents.packing import Packing
from engine.diffusion.latents.tokens import TokenSpace
from engine.diffusion.token_schedulers import AMUSED
from engine.families.blanks import ALONE
from engine.families.kinds import Kind, guided
from engine.families.noise import TOKENS
from engine.families.pipeline_family import PipelineFamily
from engine.families.table import ATTENTION
from engine.families.traits import Traits
from engine.families.words import StockReader

BY_TOKEN = "encoder_hidden_states"
"""What its pipeline calls the row of numbers for each token; `prompt_embeds` are of the whole."""


def unlike_codes(checkpoint: Checkpoint) -> UnsafeFile:
    """Where network, schedule and autoencoder do not count the same tokens."""
    told = "has parts that do not count the same tokens"
    return unsafe(checkpoint.path, told, "Get the model again from its source.")


def _of_one_code(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """Raises `UnsafeFile` where network, mark and autoencoder do not count the same tokens."""
    writes, reads = checkpoint.configs.get("transformer", {}), checkpoint.configs.get("vae", {})
    mark = checkpoint.configs.get("scheduler", {}).get("mask_token_id")
    told = (writes.get("codebook_size", 8192), writes.get("vocab_size", 8256), reads.get("num_vq_embeddings"))
    written, known, read = (number if isinstance(number, int) else 0 for number in told)
    if type(mark) is not int or not 0 < mark < known or not 0 < written <= read:
        raise unlike_codes(checkpoint)
    return kind


FAMILY = PipelineFamily(
    id="amused",
    title="aMUSEd",
    kinds={
        "AmusedPipeline": Kind(
            "AmusedPipeline", guided, Sampling(AMUSED, steps=12, guidance=10.0), side=512,
            adapted="amused.Amused",
        )
    },
    reader=StockReader(("prompt_embeds", BY_TOKEN), "tokenizer", 75, {}, ears=ALONE, weighed=(BY_TOKEN,)),
    prompt_tokens=75,
    noise=TOKENS,
    packing=Packing(as_tokens=True),
    space=TokenSpace,
    traits=Traits(has_stock_batch=True),
    is_whole=True,
    refines=False,
    lora_targets=ATTENTION,
    refine=_of_one_code,
)  # fmt: skip

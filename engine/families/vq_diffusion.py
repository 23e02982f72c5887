"""VQ-Diffusion: draws the tokens of a picture again and again (https://arxiv.org/abs/2111.14822)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.diffusion.latents.tokens import SignedTokenSpace
from engine.diffusion.token_schedulers import VQ
from engine.families.amused import unlike_codes
from engine.families.blanks import ALONE
from engine.families.kinds import Kind, guided
from engine.families.noise import VQ_TOKENS
from engine.families.pipeline_family import PipelineFamily
from engine.families.table import ATTENTION
from engine.families.traits import Traits
from engine.families.words import StockReader

AGAINST = "learned_classifier_free_sampling_embeddings"
"""The part that has learnt what to say where nothing is said."""


def _of_one_code(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """Raises `UnsafeFile` where network, schedule and autoencoder do not count the same tokens."""
    written = checkpoint.configs.get("transformer", {}).get("num_vector_embeds")
    drawn = checkpoint.configs.get("scheduler", {}).get("num_vec_classes")
    read = checkpoint.configs.get("vae", {}).get("num_vq_embeddings")
    if type(written) is not int or type(read) is not int or written != drawn or written - 1 > read:
        raise unlike_codes(checkpoint)
    return kind


FAMILY = PipelineFamily(
    id="vq_diffusion",
    title="VQ-Diffusion",
    kinds={
        "VQDiffusionPipeline": Kind(
            "VQDiffusionPipeline", guided, Sampling(VQ, steps=100, guidance=5.0), side=256,
            negative_prompt=False, adapted="vq_diffusion.VQDiffusion",
        )
    },
    text=("text_encoder", AGAINST),
    reader=StockReader(("prompt_embeds", "against"), "tokenizer", 75, {}, ears=ALONE),
    prompt_tokens=75,
    noise=VQ_TOKENS,
    packing=Packing(as_tokens=True),
    space=SignedTokenSpace,
    traits=Traits(ends_in_pixels=True),
    is_whole=True,
    fixed_size=True,
    refines=False,
    regions=False,
    lora_targets=ATTENTION,
    refine=_of_one_code,
)  # fmt: skip

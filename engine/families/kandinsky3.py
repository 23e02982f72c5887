"""Kandinsky 3 of Sber AI: a large U-Net that reads FLAN-UL2 (https://arxiv.org/abs/2312.03511)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.families.heeded import ITSELF
from engine.families.kinds import Kind, guided
from engine.families.noise import CLIPPED
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words

UNSCALED = ("ddpm", "ddim", "dpmpp_2m", "dpmpp_2m_karras")
"""Its pipelines scale nothing for their sampler, and hand it the picture's generator: what takes both."""

FAMILY = PipelineFamily(
    id="kandinsky3",
    title="Kandinsky 3",
    kinds={
        "Kandinsky3Pipeline": Kind(
            "Kandinsky3Pipeline", guided, Sampling("ddpm", steps=25, guidance=3.0), schedulers=UNSCALED,
            adapted="kandinsky.Kandinsky3",
        )
    },
    denoiser="unet",
    reader=LaterReader("tokenizer", 127, ITSELF),
    prompt_tokens=127,
    is_flow=False,
    noise=CLIPPED,
    cells=8,
    regions=False,  # its pipeline cuts the negative prompt to the length of the prompt: each has its own
    lora_targets={"unet": ("to_q", "to_k", "to_v", "to_out.0")},
    finish=with_words,
)  # fmt: skip

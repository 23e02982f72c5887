"""Würstchen, after which Stable Cascade was made (https://arxiv.org/abs/2306.00637)."""

from __future__ import annotations

from engine.families.blanks import ALONE
from engine.families.stable_cascade import PRIOR, TOKENIZER, TOKENS, cascade_of
from engine.families.traits import Traits
from engine.families.words import StockReader

FAMILY = cascade_of(
    "wuerstchen", "Würstchen", "Wuerstchen",
    StockReader(
        ("prompt_embeds", "negative_prompt_embeds"), TOKENIZER, TOKENS, {}, ears=ALONE, takes_words=False
    ),
    steps=60, adapted="wuerstchen.Wuerstchen", last_stage="wuerstchen.wuerstchen_b", prior="wuerstchen-prior",
    tokenizers=(TOKENIZER, "tokenizer"),
    later=("text_encoder", "decoder", "vqgan"),
    traits=Traits(ends_in_pixels=True),
    lora_targets={PRIOR: ("to_q", "to_k", "to_v", "to_out.0")},
)  # fmt: skip

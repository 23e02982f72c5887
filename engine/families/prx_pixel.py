"""PRX on pixels of Photoroom: no autoencoder, noise of twice the spread (https://huggingface.co/Photoroom)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.families.blanks import ALONE
from engine.families.table import MASKED_EMBEDS, family_of

FAMILY = family_of(
    "prx_pixel", "PRX on pixels", "PRXPixelPipeline", Sampling("euler", steps=28, guidance=5.0), 256,
    says=MASKED_EMBEDS, ears=ALONE, adapted_as="pipelines.PRXPixel", least_multiple=32, cells=1,
    is_taught=False,
)  # fmt: skip

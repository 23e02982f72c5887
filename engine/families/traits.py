"""How a family's pipelines treat the latents that they are given and give."""

from __future__ import annotations

from dataclasses import dataclass

MIDDLE = "mid_block.attentions.0.transformer_blocks"
"""Of a UNet of the Stable Diffusion architecture."""


@dataclass(frozen=True)
class Traits:
    """What Lienzo has to know of a stock pipeline that its arguments do not tell; the defaults are most's."""

    has_stock_batch: bool = False
    """True where guidance sends (negative half, prompt half) through the network at once."""
    disturbed: str = ""
    """The list of its network's layers of which guiders can disturb some; empty: of none."""
    skips_layers: bool = False
    """True where its network is told by an argument which to skip, and its attention stays as it is."""
    takes_latents: bool = True
    """False where the pipeline draws its noise itself and cannot be given any."""
    takes_packed: bool = True
    """False where the pipeline packs the latents that it is given."""
    in_float32: bool = False
    """True where the pipeline keeps its latents in 32 bits whatever the network's format."""
    writes_if_silent: bool = False
    """True where its first stage is there for an empty prompt alone: it writes what stands in its place."""
    only_looks: bool = False
    """True where its first stage is there for reference pictures alone: without one it has nothing to do."""
    ends_in_pixels: bool = False
    """True where the pipeline does not give the denoiser's latents in the end."""

"""What decides the layers of a network that enlarges pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """What decides a network's layers."""

    architecture: str
    """`RRDB` or `SRVGG`."""
    scale: int
    """How many times larger its pictures are."""
    features: int
    """Channels inside."""
    blocks: int
    """RRDB: residual blocks. SRVGG: convolutions between the first and the last."""
    growth: int = 0
    """RRDB: channels that each convolution in a block adds."""
    folded: int = 1
    """RRDB: so many pixels along a side are folded into channels first."""
    doublings: int = 0
    """RRDB: how often it doubles the sides."""

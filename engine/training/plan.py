"""How long and how fast something is trained beside a finished model."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.errors import BadRequest


@dataclass(frozen=True)
class Plan:
    """How long and how fast. Either `steps` or `minutes` says when it ends."""

    steps: int = 0
    minutes: float = 0.0
    """Of this call, with everything before the first step."""
    batch: int = 16
    rate: float = 1e-3
    """AdamW's, for biases, norms and the ends of the network."""
    matrix_rate: float = 0.005
    """Muon's, for the matrices inside."""
    average: float = 0.998
    """Of the weights' moving average, which is what is exported."""
    seed: int = 0
    workers: int = 0
    """Processes that make examples; 0 makes them in this one, repeatably."""
    first: int = 256
    """Examples before the first step."""
    most: int = 20_000
    """Examples on the device; the newest stay."""
    steps_a_block: int = 4
    """Steps between two new blocks, where they are made in this process."""
    save_every_s: float = 60.0
    preview_every_s: float = 20.0
    report_every_s: float = 3.0
    compiles: bool = False

    def __post_init__(self) -> None:
        if self.steps <= 0 and self.minutes <= 0:
            raise BadRequest("minutes", "say how long to train: steps or minutes, more than 0")

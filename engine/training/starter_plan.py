"""What a call of the starter's training is asked for, and how much of everything suits the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.training.networks import STARTER, TINY, Sizes

PHASES = ("autoencoder", "denoiser", "decoder")


@dataclass(frozen=True)
class Preset:
    """What depends on the machine. Batches, new scenes and capacities are for each rank."""

    sizes: Sizes
    autoencoder_batch: int
    denoiser_batch: int
    twin_batch: int
    chunk: int
    """Scenes that are drawn, carried and encoded together."""
    kept: int
    """Pictures in memory."""
    capacity: int
    """Latents in memory."""
    first: int
    """Scenes before the first step."""
    fresh: tuple[float, float, float]
    """New scenes a step, in each phase; where the flow is not steady, at most."""
    texts: int
    """Captions that the tokenizer is learnt from."""
    pairs: int
    held_out: int = 48
    crop: int = 0
    average: tuple[float, float] = (0.998, 0.998)
    """Decay of the average weights: autoencoder, denoiser."""
    matrix_rate: float = 0.01
    rate: float = 1e-3
    report_every_s: float = 5.0
    save_every_s: float = 120.0
    measure_every_s: float = 60.0
    reserve_s: float = 10.0
    """For what comes after training in a call: saving and writing the model."""


PRESETS = {
    "gpu": Preset(
        STARTER, autoencoder_batch=32, denoiser_batch=512, twin_batch=128, chunk=64, kept=40_960,
        capacity=393_216, first=4_096, fresh=(64.0, 32.0, 64.0), texts=40_000, pairs=120_000,
        reserve_s=30.0,
    ),
    "cpu": Preset(
        STARTER, autoencoder_batch=4, denoiser_batch=12, twin_batch=6, chunk=8, kept=1_024,
        capacity=8_192, first=512, fresh=(1.0, 3.0, 1.0), texts=30_000, pairs=20_000, held_out=24, crop=128,
        report_every_s=20.0, measure_every_s=300.0, rate=1.5e-3,
    ),
    "tiny": Preset(
        TINY, autoencoder_batch=8, denoiser_batch=16, twin_batch=4, chunk=8, kept=64, capacity=128, first=32,
        fresh=(1.0, 1.0, 1.0), texts=400, pairs=200, held_out=8, average=(0.9, 0.9), report_every_s=1.0,
        save_every_s=5.0, measure_every_s=20.0, reserve_s=2.0,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StarterPlan:
    """One call of the training of a starter model."""

    work: Path
    """Where it goes on from, if there is anything, and leaves off."""
    output: Path
    """The model's folder."""
    minutes: float = 80.0
    """Of training in all calls together; the rate falls towards their end."""
    budget_minutes: float | None = None
    """Of this call, loading, compiling and writing the model included; None: as long as it takes."""
    finishes: bool = False
    """The rest of the run is made as long as this call's budget allows, and ends in it."""
    preset: str = "auto"
    device: str = "auto"
    ranks: int = 0
    """Single-thread processes on a processor; 0: as many as there are cores, at most 16."""
    workers: int = -1
    """Processes that draw scenes; -1: two less than cores on a GPU, none on a processor."""
    seed: int = 0
    shares: tuple[float, float, float] = (0.27, 0.63, 0.10)
    """Of the minutes, for autoencoder, denoiser and decoder."""
    steps: tuple[int, int, int] | None = None
    """Counted steps in place of minutes: exact to repeat."""
    steps_a_call: int = 0
    """Leave off after so many steps of any phase, as if time were up; 0: never."""
    compiles: bool = True
    """Through torch.compile, on a GPU."""

    def state_of(self, phase: str) -> Path:
        """Where the state of `phase`, one of `PHASES`, is kept."""
        return self.work / f"{phase}.safetensors"

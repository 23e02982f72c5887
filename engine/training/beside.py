"""What depends on the machine when something is trained beside a finished model."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from engine.diffusion.devices import go_offline
from engine.training.fine_tuning import Plan


@dataclass(frozen=True)
class Place:
    """Where training happens, and in which format it computes there."""

    device: torch.device
    dtype: torch.dtype


@dataclass(frozen=True)
class Amount:
    """How much of everything, on a GPU and on a processor."""

    batch: tuple[int, int]
    first: tuple[int, int]
    most: tuple[int, int]


AMOUNTS = {
    "control": Amount((256, 8), (8_192, 256), (32_768, 2_048)),
    "edit": Amount((256, 8), (8_192, 256), (65_536, 2_048)),
    "inpaint": Amount((256, 8), (8_192, 256), (65_536, 2_048)),
    "judge": Amount((512, 32), (16_384, 512), (131_072, 8_192)),
}
RATES = {"control": (1e-3, 0.005), "edit": (5e-4, 0.003), "inpaint": (5e-4, 0.003), "judge": (2e-3, 0.02)}
"""AdamW's and Muon's."""


def place(name: str) -> Place:
    """The device called `name`; `auto`: a GPU where there is one. A processor computes in full precision."""
    go_offline()
    wanted = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    device = torch.device(wanted)
    return Place(device, torch.bfloat16 if device.type == "cuda" else torch.float32)


def plan_for(
    what: str,
    place: Place,
    *,
    minutes: float,
    steps: int,
    batch: int,
    workers: int,
    seed: int,
    compiles: bool,
) -> Plan:
    """`batch` 0 and `workers` below 0 take what suits the machine."""
    is_gpu = place.device.type == "cuda"
    amount, (rate, matrix_rate) = AMOUNTS[what], RATES[what]
    kind = 0 if is_gpu else 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Plan(
        steps=steps, minutes=minutes, batch=batch or amount.batch[kind], rate=rate, matrix_rate=matrix_rate,
        seed=seed, workers=workers if workers >= 0 else (max(1, cores - 2) if is_gpu else 0),
        first=amount.first[kind], most=amount.most[kind], compiles=compiles and is_gpu,
        save_every_s=120.0 if is_gpu else 60.0, preview_every_s=20.0 if is_gpu else 120.0,
    )  # fmt: skip

"""What depends on the machine when something is trained beside a finished model."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from engine.api.errors import BadRequest
from engine.diffusion.devices import fast_dtype, go_offline
from engine.training.plan import Plan


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


@dataclass(frozen=True)
class Wishes:
    """What the artist asks for. `batch` 0 and `workers` below 0 take what suits the machine."""

    minutes: float = 0.0
    steps: int = 0
    batch: int = 0
    workers: int = -1
    seed: int = 0
    compiles: bool = True


def place(name: str) -> Place:
    """The device called `name`; `auto`: a GPU where there is one. In 16 bits where it computes in them.

    Raises `BadRequest` where it is not here. `choose_device` is not asked: it makes a GPU's sums repeatable,
    which costs training half its speed.
    """
    go_offline()
    if name not in ("auto", "cpu", "cuda") or (name == "cuda" and not torch.cuda.is_available()):
        raise BadRequest("device", f"{name[:40]!r} is not here; say auto, cpu or cuda")
    wanted = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    device = torch.device(wanted)
    return Place(device, fast_dtype(device))


def plan_for(what: str, place: Place, wishes: Wishes) -> Plan:
    """The plan for training `what`, one of `AMOUNTS`, on this machine."""
    is_gpu = place.device.type == "cuda"
    amount, (rate, matrix_rate) = AMOUNTS[what], RATES[what]
    kind = 0 if is_gpu else 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    helpers = max(1, cores - 2) if is_gpu else 0
    return Plan(
        steps=wishes.steps, minutes=wishes.minutes, batch=wishes.batch or amount.batch[kind], rate=rate,
        matrix_rate=matrix_rate, seed=wishes.seed, workers=wishes.workers if wishes.workers >= 0 else helpers,
        first=amount.first[kind], most=amount.most[kind], compiles=wishes.compiles and is_gpu,
        save_every_s=120.0 if is_gpu else 60.0, preview_every_s=20.0 if is_gpu else 120.0,
    )  # fmt: skip

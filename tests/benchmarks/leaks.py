"""What is left in memory after fifty switches between models, twenty shortages and twenty loads given up.

Tiny networks of the real classes (Stable Diffusion, XL, FLUX), of which one may stay at a time, with LoRAs, a
ControlNet and all three speeds. About five minutes of one core.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine.api.control import Control
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.maps import MapInput, MapKind
from engine.api.request import GenerationRequest, Lora, Speed
from engine.diffusion import devices
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run

SWITCHES, TIMES = 51, 20
SIDE, STEPS, MORE_STEPS = 64, 8, 20
"""Pixels; steps from which `fast` spares passes, and from which `fastest` also spares parts of a U-Net."""
QUIET = Control(wants_previews=False)


@dataclass(frozen=True)
class Left:
    """What a process holds."""

    tensors: int
    networks: int
    mib: float


def measure() -> list[Figure]:
    devices.prepare_torch()
    with tempfile.TemporaryDirectory() as temporary:
        models = Models(Catalog(), device="cpu", keep_bytes=1)
        families = made(Path(temporary))
        rounds = SWITCHES // len(families)
        return [
            *grown(f"{SWITCHES} switches", lambda: drawn(families, models), rounds),
            *grown(f"{TIMES} shortages of memory", lambda: short(families, models), TIMES),
            *grown(f"{TIMES} loads given up", lambda: given_up(families, models), TIMES),
        ]


@dataclass(frozen=True)
class Family:
    folder: Path
    lora: Path
    control: Path | None = None


def made(home: Path) -> list[Family]:
    from tiny import tiny_controlnet, tiny_sd
    from tiny_families import tiny_folder

    tiny_controlnet().save_pretrained(home / "control")
    folders = [tiny_sd(home / "sd"), tiny_folder("sdxl", home / "xl"), tiny_folder("flux-dev", home / "flux")]
    loras = [lora(folder) for folder in folders]
    controls = [home / "control", None, None]
    return [Family(*one) for one in zip(folders, loras, controls, strict=True)]


def lora(folder: Path) -> Path:
    """One for the attention of the denoiser in `folder`."""
    import torch
    from safetensors.torch import save_file

    from engine.families.registry import families
    from engine.models.assembly.examine import examine

    info, checkpoint = examine(folder)
    family = families()[info.family]
    part = next(iter(family.lora_targets))
    state: dict[str, Any] = {}
    for layer, shape in family.layers(checkpoint, part).items():
        if layer.endswith(("to_q", "to_k")) and len(shape) == 2:
            state[f"{part}.{layer}.lora_A.weight"] = torch.randn(2, shape[1])
            state[f"{part}.{layer}.lora_B.weight"] = torch.randn(shape[0], 2)
    save_file(state, path := folder.with_suffix(".safetensors"))
    return path


def grown(what: str, action: Callable[[], None], times: int) -> list[Figure]:
    for _ in range(2):
        action()
    before = left()
    for _ in range(times):
        action()
    after = left()
    return [
        Figure(f"{what}: tensors", after.tensors - before.tensors, "more", "0"),
        Figure("  networks", after.networks - before.networks, "more", "0"),
        Figure("  memory", after.mib - before.mib, "MiB more"),
    ]


def left() -> Left:
    import psutil
    import torch

    picture.KEPT.clear()
    gc.collect()
    kinds = [type(thing) for thing in gc.get_objects()]
    return Left(
        tensors=sum(issubclass(kind, torch.Tensor) for kind in kinds),
        networks=sum(issubclass(kind, torch.nn.Module) for kind in kinds),
        mib=psutil.Process().memory_info().rss / 2**20,
    )


def asked(family: Family, models: Models, steps: int = STEPS, **changes: Any) -> GenerationRequest:
    request = models.catalog.find(str(family.folder)).request("a dog", width=SIDE, height=SIDE)
    return replace(request, sampling=replace(request.sampling, steps=steps, seed=1), **changes)


def drawn(families: list[Family], models: Models) -> None:
    """Each family at each speed, plain and with all that it can wear."""
    for family in families:
        worn: dict[str, Any] = {"loras": (Lora(str(family.lora), 0.8),)}
        if family.control is not None:
            grey = ImageInput.of(np.full((SIDE, SIDE, 3), 128, np.uint8), "map.png")
            worn["maps"] = (MapInput(MapKind.CANNY, grey, network=str(family.control)),)
        draw(asked(family, models), models)
        draw(asked(family, models, speed=Speed.FAST, **worn), models)
        draw(asked(family, models, MORE_STEPS, speed=Speed.FASTEST), models)


def draw(request: GenerationRequest, models: Models) -> None:
    picture.KEPT.clear()
    assert any(isinstance(event, ImageReady) for event in run(request, models, QUIET))


def short(families: list[Family], models: Models) -> None:
    """Memory runs out at the second pass and at decoding; the ladder makes the picture all the same."""
    import torch

    for family in families:
        model = models.load(models.catalog.find(str(family.folder)), torch.float32)
        first = next(model.denoiser.children())
        with runs_out(first, 2), runs_out(model.vae.decoder, 1):
            del model
            draw(asked(family, models), models)
        del first


@contextmanager
def runs_out(network: Any, at: int) -> Iterator[None]:
    import torch

    calls = 0

    def fail(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    hook = network.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        hook.remove()


def given_up(families: list[Family], models: Models) -> None:
    """At the first word of a load, and at the first step."""
    for family in families:
        for until in (object, Step):
            picture.KEPT.clear()
            with closing(run(asked(family, models), models, QUIET)) as events:
                next(event for event in events if isinstance(event, until))

"""The whole of the starter model from nothing: tokenizer, autoencoder, denoiser with text encoder, decoder.

One working folder holds everything that a call leaves for the next: `tokenizer/`, a state for each phase,
and the bank. The model itself is written to another folder at the end of every call.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from engine.api.errors import BadRequest
from engine.api.events import Event, Loading
from engine.diffusion.devices import go_offline
from engine.training.material import Material
from engine.training.networks import build_autoencoder, build_text_encoder, build_unet, parameters
from engine.training.ranks import Alone, Ranks, Team
from engine.training.starter_plan import PRESETS, Preset, StarterPlan
from engine.training.starter_run import Run
from engine.training.tokenizer import learn_vocabulary, save_tokenizer


def train_starter(plan: StarterPlan, load: Callable[[], Material]) -> Iterator[Event]:
    """Train as `plan` says on what `load` gives (in each process), and write the model.

    Raises `EngineError`s; closing the iterator cancels, and what was learnt since the last saved state is
    lost.
    """
    began = time.monotonic()
    device = _device(plan.device)
    preset = _preset(plan, device)
    cores = _cores()
    world = 1 if device.type != "cpu" else plan.ranks or min(16, cores)
    workers = plan.workers if plan.workers >= 0 else max(1, cores - 2) if device.type != "cpu" else 0
    plan.work.mkdir(parents=True, exist_ok=True)
    plan.output.mkdir(parents=True, exist_ok=True)
    go_offline()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads and our forks do not go together
    yield Loading("scenes")
    material = load()
    yield from _prepare_tokenizer(plan, preset, material)
    if world == 1:
        run = Run(plan, preset, material, device, Alone(), workers, began)
        yield from run.events()
        return
    threads = torch.get_num_threads()
    with Team(world, _largest(preset), _train_beside, replace(plan), preset, load, began) as member:
        torch.set_num_threads(1)
        try:
            yield from Run(plan, preset, material, device, member, 0, began).events()
        finally:
            torch.set_num_threads(threads)


def _train_beside(
    member: Ranks, plan: StarterPlan, preset: Preset, load: Callable[[], Material], began: float
) -> None:
    """What each other rank does: the same, unheard."""
    for _ in Run(plan, preset, load(), torch.device("cpu"), member, 0, began).events():
        pass


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadRequest("device", f"{name!r} is none; say auto, cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadRequest("device", "there is no CUDA device here; say cpu")
    return device


def _preset(plan: StarterPlan, device: torch.device) -> Preset:
    name = plan.preset if plan.preset != "auto" else "gpu" if device.type == "cuda" else "cpu"
    if name not in PRESETS:
        raise BadRequest("preset", f"{name!r} is not known; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _largest(preset: Preset) -> int:
    """Trained numbers of the larger phase."""
    with torch.device("meta"):
        autoencoder = parameters(build_autoencoder(preset.sizes))
        text = parameters(build_text_encoder(preset.sizes, preset.sizes.words))
        return max(autoencoder, text + parameters(build_unet(preset.sizes)))


def _prepare_tokenizer(plan: StarterPlan, preset: Preset, material: Material) -> Iterator[Event]:
    folder = plan.work / "tokenizer"
    if (folder / "special_tokens_map.json").exists():  # the last of its files
        return
    yield Loading("tokenizer")
    vocabulary = learn_vocabulary(material.texts(preset.texts), preset.sizes.words)
    folder.mkdir(exist_ok=True)
    save_tokenizer(vocabulary, folder, preset.sizes.tokens)


__all__ = ["PRESETS", "Preset", "StarterPlan", "train_starter"]

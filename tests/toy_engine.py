"""An engine for the window's tests that needs no torch: the toy, run in the thread that asks."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.bridge.local_engine import LocalEngine, Run
from engine import tasks
from engine.api.control import Control
from engine.api.events import Event, Ready
from engine.api.recipe import Environment
from engine.api.request import GenerationRequest, Sampling
from engine.api.task import Request
from engine.models.cache import Models
from engine.models.catalog import Catalog


class ToyEngine(LocalEngine):
    """`LocalEngine` whose `start` takes no time."""

    def start(self) -> Ready:
        if self._opened is None:
            self._opened = open_toy()
        return self._opened[0]


def open_toy() -> tuple[Ready, Run]:
    """As `engine.worker.open_engine`."""
    models = Models(Catalog())

    def run(request: Request, control: Control) -> Iterator[Event]:
        return tasks.run(request, models, control)

    return Ready(Environment(device="cpu")), run


def toy_request(prompt: str = "a cat", steps: int = 4, seed: int = 1, **changes) -> GenerationRequest:
    sampling = Sampling("euler", steps=steps, seed=seed)
    return GenerationRequest("toy", prompt, width=64, height=64, sampling=sampling, **changes)

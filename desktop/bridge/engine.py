"""What both engines have in common: the one in its own process and the one in this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from engine.api.control import Control
from engine.api.errors import EngineLost
from engine.api.events import Event, Ready
from engine.api.task import Request
from engine.worker import Settings


class Engine(Protocol):
    """Used by one thread at a time, except `watch`, `configure` and `close`, which any thread may call."""

    def start(self) -> Ready:
        """Get ready (seconds), or give what is ready already.

        Raises `BadRequest` for a device that is not there, `EngineLost` where the engine cannot start.
        """
        ...

    def run(self, job_id: str, request: Request, control: Control) -> Iterator[Event]:
        """The events of a request; without `Finished` at the end it was cancelled.

        Closing the iterator cancels. Raises `EngineError`; after `EngineLost` the next use starts anew.
        """
        ...

    def configure(self, settings: Settings) -> None:
        """Use `settings` from the next `start` or `run` on."""
        ...

    def watch(self) -> EngineLost | None:
        """End an engine that hangs, and say (once) that an idle one was lost. To be called often."""
        ...

    def close(self) -> None:
        """Leave nothing running. A `run` under way in another thread ends with `EngineLost`."""
        ...

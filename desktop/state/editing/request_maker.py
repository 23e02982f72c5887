"""Requests are made in the disk pool: nobody waits for a canvas of many layers to be laid together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desktop.bridge.background import Background
from engine.api.request import GenerationRequest

Done = Callable[[GenerationRequest], object]
Failed = Callable[[Exception], object]


@dataclass(frozen=True, eq=False)
class Asked:
    make: Callable[..., GenerationRequest]
    args: tuple[Any, ...]
    done: Done
    failed: Failed


class RequestMaker:
    """One after the other, so that they come in the order in which they were asked for."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._asked: deque[Asked] = deque()
        self._is_making = False

    def run(self, make: Callable[..., GenerationRequest], *args: Any, done: Done, failed: Failed) -> None:
        """`done(make(*args))` here, when it is made in the pool, or `failed` with what it raised."""
        self._asked.append(Asked(make, args, done, failed))
        self._go_on()

    def _go_on(self) -> None:
        if self._is_making or not self._asked:
            return
        asked, self._is_making = self._asked.popleft(), True
        self._background.run(
            asked.make,
            *asked.args,
            done=lambda request: self._deliver(asked.done, request),
            failed=lambda error: self._deliver(asked.failed, error),
        )

    def _deliver(self, callback: Callable[[Any], object], value: Any) -> None:
        self._is_making = False
        try:
            callback(value)
        finally:
            self._go_on()

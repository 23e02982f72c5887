"""The engine in this process, for `--in-process`: for debuggers, and where no process can be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.api.control import Control
from engine.api.errors import EngineLost
from engine.api.events import Event, Ready
from engine.api.task import Request
from engine.worker import Settings, as_engine_error, open_engine

Run = Callable[[Request, Control], Iterator[Event]]


class LocalEngine:
    """`Engine` (see there) that imports torch in the thread that calls `start`, and only there."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._opened: tuple[Ready, Run] | None = None
        self._control: Control | None = None

    def start(self) -> Ready:
        while self._opened is None:
            settings = self._settings
            opened = open_engine(settings)  # takes seconds, in which it may be configured anew
            if settings == self._settings:
                self._opened = opened
        return self._opened[0]

    def run(self, job_id: str, request: Request, control: Control) -> Iterator[Event]:
        self.start()
        assert self._opened is not None
        self._control = control
        try:
            yield from self._opened[1](request, control)
        except Exception as error:  # the same edge as the process has: only plain words go on
            raise as_engine_error(error) from error
        finally:
            self._control = None

    def configure(self, settings: Settings) -> None:
        if settings != self._settings:
            self._settings, self._opened = settings, None

    def watch(self) -> EngineLost | None:
        return None

    def close(self) -> None:
        if (control := self._control) is not None:
            control.cancel()

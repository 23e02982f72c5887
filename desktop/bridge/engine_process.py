"""The engine in a process of its own: started, spoken to, watched, replaced, ended."""

from __future__ import annotations

import contextlib
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from desktop.bridge.child import Child, log_stream
from engine.api.control import Control
from engine.api.errors import EngineError, EngineLost
from engine.api.events import Event, Ready, Step
from engine.api.form import to_json
from engine.api.task import Request
from engine.api.wire import (
    Sent,
    error_from_message,
    event_from_message,
    read_message,
    request_to_message,
)
from engine.worker import Settings

PATIENCE_SECONDS = 60.0
"""An engine that says nothing for this long, or five of its last steps, hangs."""
WORKER = (sys.executable, "-m", "engine.worker")

Answer = tuple[str, Event | EngineError | None]
"""Job id (empty for none), and what is said of it; None is its end."""


class EngineProcess:
    """`Engine` (see there) whose torch lives in a child process that may die at any time."""

    def __init__(
        self,
        settings: Settings | None = None,
        log_file: Path | None = None,
        command: Sequence[str] = WORKER,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`log_file` takes what the process writes to stderr; without it, ours does."""
        self._settings = settings or Settings()
        self._log_file = log_file
        self._command = command
        self._patience = patience_seconds
        self._child: Child | None = None
        self._ready: Ready | None = None
        self._changing = threading.Lock()
        """Held while a child is started or taken away: `close` and `start` may meet."""
        self._is_closed = False
        self._must_restart = False

    @property
    def pid(self) -> int | None:
        """The child's, None while there is none."""
        child = self._child
        return child.process.pid if child else None

    def start(self) -> Ready:
        present = self._child
        if present is not None and (self._must_restart or not present.is_alive):
            self._drop(present)
        if self._child is not None and self._ready is not None:
            return self._ready
        child = self._open()
        for _, said in self._answers(child):
            if isinstance(said, Ready):
                self._ready, child.is_working = said, False
                return said
            if isinstance(said, EngineError):
                self._drop(child)
                raise said
        raise AssertionError("answers end with an error")

    def run(self, job_id: str, request: Request, control: Control) -> Iterator[Event]:
        self.start()
        child = self._child
        if child is None:
            raise EngineLost("The engine was closed.")
        form, pictures = request_to_message(request)
        child.begin_work()
        orders = {"do": "run", "job": job_id, "last": control.last_step}
        shown = {"previews": control.wants_previews, "tiny_vaes": control.tiny_vaes}
        child.send({**orders, **shown, **form}, pictures)
        control.listen(lambda: _pass_on(control, child, job_id))
        events = _events_of(job_id, self._answers(child))
        try:
            for event in events:
                if isinstance(event, Step):
                    child.step_seconds = event.seconds
                yield event
        except GeneratorExit:
            control.cancel()
            with contextlib.suppress(EngineError):
                deque(events, maxlen=0)  # so that the pipe is empty for the next job
            raise
        finally:
            child.is_working = False

    def configure(self, settings: Settings) -> None:
        self._must_restart = self._must_restart or settings != self._settings
        self._settings = settings

    def watch(self) -> EngineLost | None:
        child = self._child
        if child is None:
            return None
        if child.is_working:
            if child.silent_seconds > max(self._patience, 5 * child.step_seconds):
                child.ending = f"did not answer for {child.silent_seconds:.0f} seconds and was ended"
                child.process.kill()
            return None  # who reads its answers hears of its end
        if child.is_alive:
            return None
        self._drop(child)
        return child.lost()

    def close(self) -> None:
        self._is_closed = True
        with self._changing:
            self._end_child()

    def _open(self) -> Child:
        with self._changing:
            if self._is_closed:
                raise EngineLost("The engine was closed.")
            self._must_restart = False
            with log_stream(self._log_file) as stderr:
                self._child = child = Child(self._command, stderr)
        child.send({"settings": to_json(self._settings)})
        return child

    def _drop(self, child: Child) -> None:
        """End `child`, unless another thread did and perhaps started the next one already."""
        with self._changing:
            if child is self._child:
                self._end_child()

    def _end_child(self) -> None:
        child, self._child, self._ready = self._child, None, None
        if child is not None:
            child.end()

    def _answers(self, child: Child) -> Iterator[Answer]:
        """What the child says, without its heartbeats; ends only with `EngineLost`, and then it is gone."""
        try:
            while (message := read_message(child.answers)) is not None:
                child.heard()
                if message[0]["say"] != "beat":
                    yield _answer(*message)
        except OSError:
            pass  # closed under our hands, by `close`
        except (EngineError, ValueError, TypeError, LookupError, struct.error, OverflowError, MemoryError):
            if child.is_alive:
                child.ending = "answered with something that cannot be read and was ended"
                child.process.kill()
        lost = child.lost()
        self._drop(child)
        raise lost


def _answer(form: dict[str, Any], pictures: tuple[Sent, ...]) -> Answer:
    match form["say"]:
        case "event":
            return form["job"], event_from_message(form, pictures)
        case "failed":
            error = error_from_message(form)
            error.add_note(form["traceback"])
            return form["job"], error
        case "ended":
            return form["job"], None
    raise ValueError(form["say"])


def _events_of(job_id: str, answers: Iterator[Answer]) -> Iterator[Event]:
    """The events of one job up to its end; raises its error."""
    for job, said in answers:
        if job != job_id:
            continue
        if said is None:
            return
        if isinstance(said, EngineError):
            raise said
        yield said


def _pass_on(control: Control, child: Child, job_id: str) -> None:
    child.send({"do": "cancel" if control.is_cancelled else "keep", "job": job_id})

"""The engine process: requests come in on stdin, events go out on stdout, one job at a time.

Frames are those of `engine.api.wire`. The first one in holds the `Settings`; the first one out is
`Ready`. The process ends at once when its stdin does, or its parent, even inside a network pass.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from engine.api.control import Control
from engine.api.errors import EngineError, EngineLost, OutOfMemory
from engine.api.events import Event, Finished, ImageReady, Ready, Step
from engine.api.form import from_json
from engine.api.task import Request
from engine.api.wire import (
    Sent,
    error_to_message,
    event_to_message,
    read_message,
    request_from_message,
    write_message,
)
from engine.trace import trace

BEAT_SECONDS = 2.0
"""While it works, the process says at least this often that it lives."""

Run = Callable[[Request, Control], Iterator[Event]]


@dataclass(frozen=True)
class Settings:
    """What an engine is started with; another choice needs another start."""

    device: str = "auto"
    """`auto`, or torch's name: `cpu`, `cuda:0`, `mps`."""
    threads: int | None = None
    """For the network on the processor; None leaves one core to the window."""
    model_folders: tuple[Path, ...] = field(default=())


def open_engine(settings: Settings) -> tuple[Ready, Run]:
    """Import torch and the likely pipeline (seconds), and give the `Ready` and what runs a request.

    Raises `BadRequest` for a device that is not there.
    """
    # torch's weight, paid here and nowhere in the window's process
    from engine.diffusion import devices

    devices.prepare_torch()
    import torch

    device = devices.choose_device(settings.device)  # before the rest: one that is not there is said soon
    from diffusers import StableDiffusionPipeline  # noqa: F401  (imported now so that the first job need not)

    from engine import generation, tasks  # noqa: F401  (same)
    from engine.models.cache import Models
    from engine.models.catalog import Catalog

    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    models = Models(Catalog(settings.model_folders), device=settings.device)
    ready = Ready(
        devices.environment(device),
        str(device),
        devices.device_title(device),
        devices.free_bytes(str(device)),
        has_short_numbers=devices.fast_dtype(device).itemsize == 2,
    )
    return ready, lambda request, control: tasks.run(request, models, control)


def as_engine_error(error: BaseException) -> EngineError:
    """`error` itself where it is said in plain words, else an `EngineError` that names it."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's, not imported
        return OutOfMemory(
            "Memory ran out. Make the picture smaller, or close other programs, and try again."
        )
    reason = (str(error).strip().splitlines() or [""])[0][:300]
    return EngineError(
        f"The engine failed in a way it should not: {type(error).__name__}: {reason}. "
        "The log has the details; the job can be tried again."
    )


@dataclass(frozen=True)
class Failure:
    """How a job ended that did not end well."""

    error: EngineError
    traceback: str
    is_lasting: bool
    """True where this process can do nothing more."""


class Worker:
    """Reads frames in one thread, works in the main thread, says every few seconds that it lives."""

    def __init__(self, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._writing = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[str, Request]] = queue.SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._is_busy = threading.Event()

    def run(self) -> NoReturn:
        """Work until the pipe or the parent ends; this process ends with it."""
        frame = read_message(self._inbox)
        if frame is None:
            leave(0)
        settings = from_json(Settings, frame[0]["settings"])
        self._is_busy.set()
        for loop in (self._read, self._beat):
            threading.Thread(target=loop, daemon=True, name=loop.__name__).start()
        try:
            ready, run = open_engine(settings)
        except Exception as error:
            self._say({"say": "failed", "job": "", **error_to_message(as_engine_error(error))})
            raise
        self._say_event("", ready)
        trace("engine_ready", device=ready.device)
        while True:
            self._is_busy.clear()
            job_id, request = self._jobs.get()
            self._is_busy.set()
            self._work(run, job_id, request)

    def _work(self, run: Run, job_id: str, request: Request) -> None:
        trace("job_started", job=job_id)
        failure = self._run_job(run, job_id, request)
        # said here, where no traceback holds the tensors any more
        del self._controls[job_id]
        trace("job_ended", job=job_id, error=type(failure.error).__name__ if failure else None)
        if failure is None:
            self._say({"say": "ended", "job": job_id})
            return
        sys.stderr.write(failure.traceback)
        self._say({"say": "failed", "job": job_id, **error_to_message(failure.error, failure.traceback)})
        if failure.is_lasting:
            leave(70)

    def _run_job(self, run: Run, job_id: str, request: Request) -> Failure | None:
        try:
            for event in run(request, self._controls[job_id]):
                self._say_event(job_id, event)
        except Exception as caught:  # the edge of the process: nothing but words may cross
            # after torch's AcceleratorError every further call on the GPU fails too
            is_lasting = type(caught).__name__ == "AcceleratorError"
            return Failure(as_engine_error(caught).with_traceback(None), traceback.format_exc(), is_lasting)
        return None

    def _read(self) -> None:
        try:
            while (frame := read_message(self._inbox)) is not None:
                self._take(*frame)
        except BaseException:  # a broken frame: nothing after it can be trusted
            traceback.print_exc()
            leave(65)
        leave(0)

    def _take(self, form: dict[str, Any], pictures: tuple[Sent, ...]) -> None:
        job_id = form["job"]
        match form["do"]:
            case "run":
                self._controls[job_id] = control = Control(
                    form.get("previews", True), form.get("tiny_vaes", True)
                )
                if isinstance(last := form.get("last"), int):
                    control.stop_after(last)
                self._jobs.put((job_id, request_from_message(form, pictures)))
            case "cancel" if control := self._controls.get(job_id):  # the job may end at this moment
                control.cancel()
            case "keep" if control := self._controls.get(job_id):
                control.stop_and_keep()

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(BEAT_SECONDS)
            if self._is_busy.is_set():
                self._say({"say": "beat", "job": ""})

    def _say_event(self, job_id: str, event: Event) -> None:
        form, pictures = event_to_message(event)
        self._say({"say": "event", "job": job_id, **form}, pictures)
        match event:
            case Step():
                trace("step", job=job_id, index=event.index, image=event.image_index)
            case ImageReady() | Finished():
                trace(type(event).__name__, job=job_id)

    def _say(self, form: dict[str, Any], pictures: tuple[Sent, ...] = ()) -> None:
        try:
            with self._writing:
                write_message(self._outbox, form, pictures)
        except OSError:  # nobody listens any more
            leave(0)


def leave(code: int) -> NoReturn:
    """End this process now, whatever its other threads are doing."""
    try:
        sys.stderr.flush()
    finally:
        os._exit(code)


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout as frames' pipes; a stray print goes to stderr, a stray read finds nothing."""
    inbox = os.fdopen(os.dup(0), "rb")
    outbox = os.fdopen(os.dup(1), "wb")  # saves: no file, it is the pipe
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return inbox, outbox


def end_with_parent(parent: int) -> None:
    """On Linux the kernel kills this process with its parent; elsewhere the end of stdin does."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            leave(0)


def stand_back() -> None:
    """The window comes first: lower priority (on Windows set by who starts this), no end by Ctrl+C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    if hasattr(os, "nice"):
        os.nice(5)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    parser = argparse.ArgumentParser(prog="python -m engine.worker", description=__doc__)
    parser.add_argument("--parent", type=int, required=True, help="the process that reads the answers")
    parent = parser.parse_args(arguments).parent
    stand_back()
    end_with_parent(parent)
    faulthandler.enable()
    inbox, outbox = take_pipes()
    trace("worker_start")
    try:
        Worker(inbox, outbox).run()
    except EngineLost:
        leave(65)
    except BaseException:
        traceback.print_exc()
        leave(70)


if __name__ == "__main__":
    main()

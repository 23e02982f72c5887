"""Real processes: the engine is started, killed, stopped, confused, and always replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from toy_engine import toy_request
from toy_worker import COMMAND, toy_process

from desktop.bridge.engine_process import EngineProcess
from engine import tasks
from engine.api.control import Control
from engine.api.errors import BadRequest, EngineError, EngineLost
from engine.api.events import Event, Finished, ImageReady, Step
from engine.api.request import GenerationRequest, Sampling
from engine.models.cache import Models
from engine.models.catalog import Catalog

HERE = Path(COMMAND[1]).parent


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """Started once, for the tests that leave it as it is."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIENZO_HOME", str(home))
        engine = EngineProcess(log_file=home / "engine.log")
        engine.start()
        yield engine
        engine.close()


def unseen() -> Control:
    """Fitting a preview to the starter takes longer than the start of a process."""
    return Control(wants_previews=False)


def starter_request(steps: int = 1000) -> GenerationRequest:
    sampling = Sampling("euler", steps=steps, seed=1)
    return GenerationRequest("starter", "a dog", width=128, height=128, sampling=sampling)


def run(engine: EngineProcess, request: GenerationRequest, control: Control | None = None) -> list[Event]:
    return list(engine.run("job", request, control or Control()))


def test_the_process_makes_the_same_picture_as_this_one(engine: EngineProcess):
    theirs = run(engine, toy_request())[-2]
    ours = list(tasks.run(toy_request(), Models(Catalog())))[-2]
    assert isinstance(theirs, ImageReady)
    assert isinstance(ours, ImageReady)
    assert np.array_equal(theirs.pixels, ours.pixels)
    assert theirs.recipe.request == ours.recipe.request


def test_an_error_crosses_as_its_class_and_field(engine: EngineProcess):
    with pytest.raises(BadRequest, match="steps") as caught:
        run(engine, toy_request(steps=0))
    assert caught.value.field == "steps"
    assert isinstance(run(engine, toy_request())[-1], Finished)


def test_cancel_answers_in_the_middle_of_a_pass(engine: EngineProcess):
    control, last = unseen(), None
    for last in engine.run("job", starter_request(), control):
        if isinstance(last, Step) and not control.is_cancelled:
            asked = time.monotonic()
            threading.Thread(target=control.cancel).start()  # as the window does, from another thread
    assert time.monotonic() - asked < 2
    assert not isinstance(last, Finished)


def test_stop_and_keep_delivers_what_is_there(engine: EngineProcess):
    control = unseen()
    events = []
    for event in engine.run("job", starter_request(), control):
        events.append(event)
        if isinstance(event, Step) and event.index == 2:
            control.stop_and_keep()
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-2], ImageReady)
    assert events[-2].recipe.stopped_at < 1000


def test_closing_the_iterator_cancels_and_leaves_a_clean_pipe(engine: EngineProcess):
    events = engine.run("first", starter_request(), unseen())
    next(event for event in events if isinstance(event, Step))
    events.close()
    assert isinstance(run(engine, toy_request())[-1], Finished)


def test_a_killed_engine_is_noticed_within_a_second_and_the_next_job_works(tmp_path: Path):
    engine = toy_process(tmp_path / "engine.log")
    with pytest.raises(EngineLost, match=r"killed \(signal 9\), perhaps because memory ran out"):
        for event in engine.run("job", toy_request(steps=1000, images=1000), Control()):
            if isinstance(event, Step) and event.index == 1:
                pid, at = engine.pid, time.monotonic()
                os.kill(pid, signal.SIGKILL)
    assert time.monotonic() - at < 1
    assert not psutil.pid_exists(pid)
    assert isinstance(run(engine, toy_request())[-1], Finished)
    engine.close()


def test_an_idle_engine_that_dies_is_noticed_once(tmp_path: Path):
    engine = fake(tmp_path, READY + "time.sleep(60)")
    engine.start()
    assert engine.watch() is None
    psutil.Process(engine.pid).kill()
    at = time.monotonic()
    while (lost := engine.watch()) is None:
        assert time.monotonic() - at < 1
    assert "killed" in lost.message
    assert engine.watch() is None


class SlowToDrop(EngineProcess):
    """The window's thread is interrupted just when it takes a dead engine away."""

    def __init__(self, *words, **options) -> None:
        super().__init__(*words, **options)
        self.is_there, self.go_on = threading.Event(), threading.Event()

    def _drop(self, *child) -> None:
        if threading.current_thread().name == "window":
            self.is_there.set()
            self.go_on.wait(10)
        super()._drop(*child)


def test_who_notices_late_that_an_engine_died_leaves_the_next_one_alone(tmp_path: Path):
    engine = fake(tmp_path, READY + "time.sleep(60)", kind=SlowToDrop)
    engine.start()
    psutil.Process(engine.pid).kill()
    psutil.Process(engine.pid).wait()
    window = threading.Thread(target=engine.watch, name="window")
    window.start()
    engine.is_there.wait(10)
    engine.start()
    started = engine.pid
    engine.go_on.set()
    window.join()
    assert engine.pid == started is not None
    engine.close()


def test_close_ends_even_a_stopped_process(tmp_path: Path):
    engine = fake(tmp_path, READY + "time.sleep(60)")
    engine.start()
    process = psutil.Process(engine.pid)
    process.suspend()
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 3
    assert not process.is_running()
    with pytest.raises(EngineLost, match="closed"):
        engine.start()


PARENT = """
from toy_engine import toy_request
from toy_worker import toy_process
from engine.api.control import Control
from engine.api.events import Step
engine = toy_process()
for event in engine.run("job", toy_request(steps=1000, images=1000), Control()):
    if isinstance(event, Step) and event.index == 1 and event.image_index == 0:
        print(engine.pid, flush=True)
"""


def test_the_engine_goes_with_a_parent_that_is_killed():
    words = [sys.executable, "-c", PARENT]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=HERE) as parent:
        engine = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        began = time.monotonic()
        while not is_gone(engine):
            assert time.monotonic() - began < 1
            parent.poll()


def is_gone(process: psutil.Process) -> bool:
    """A zombie is gone: whoever inherited it has only not looked yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# a process that is not the engine, but speaks (or not) on the same pipes

SAY = """
import json, struct, sys, time, os, signal
def say(form):
    head = json.dumps(form).encode()
    sys.stdout.buffer.write(struct.pack("<II", len(head), 0) + head)
    sys.stdout.buffer.flush()
"""
READY = (
    SAY
    + """
out = sys.stdout.buffer
say({"say": "event", "job": "", "event": "Ready", "fields": {"environment": {}}, "arrays": []})
sys.stdin.buffer.read(1)
"""
)


def fake(folder: Path, code: str, kind: type[EngineProcess] = EngineProcess, **options) -> EngineProcess:
    script = folder / "fake_engine.py"
    script.write_text(code)
    return kind(command=[sys.executable, str(script)], **options)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", r"ended by itself \(exit code 0\)"),
        ("import sys; sys.exit(3)", r"exit code 3"),
        ("print('Loading the model... 100 %', flush=True); input()", "cannot be read"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed .SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGBUS)", "a model file was changed"),
        (SAY + "say(5); input()", "cannot be read"),
        (SAY + "say({'say': 'event', 'event': 'Coffee', 'job': ''}); input()", "cannot be read"),
    ],
)
def test_an_engine_that_does_not_start_is_said_in_words(tmp_path: Path, code: str, words: str):
    engine = fake(tmp_path, code)
    for _ in range(3):  # it may be tried again and again, and leaves nothing behind
        with pytest.raises(EngineLost, match=words):
            engine.start()
        assert engine.pid is None
    engine.close()


GARBAGE = {
    "a huge picture": "out.write(struct.pack('<II', 2, 1) + b'{}' + struct.pack('<III', 2**31, 2**31, 3))",
    "a huge sentence": "out.write(struct.pack('<II', 2**32 - 1, 1))",
    "half a frame": "out.write(struct.pack('<II', 100, 0) + b'{'); out.flush(); os._exit(0)",
    "no field": "say({'say': 'event', 'job': 'job', 'event': 'Step', 'fields': {}, 'arrays': []})",
    "too few pictures": "out.write(struct.pack('<II', 2, 2**32 - 1) + b'{}'); out.flush(); os._exit(0)",
    "noise": "out.write(bytes(255 - number % 256 for number in range(9999)))",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_on_the_pipe_is_a_lost_engine(tmp_path: Path, garbage: str):
    engine = fake(tmp_path, f"{READY}{garbage}\nsys.stdout.buffer.flush()\ntime.sleep(60)")
    with pytest.raises(EngineLost, match="engine"):
        run(engine, toy_request())
    assert engine.pid is None
    engine.close()


def test_an_engine_that_hangs_is_ended_by_the_watch(tmp_path: Path):
    engine = fake(tmp_path, READY + "time.sleep(60)", patience_seconds=0.2)
    caught: list[EngineError] = []

    def work() -> None:
        try:
            run(engine, toy_request())
        except EngineError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    patience = time.monotonic() + 10
    while thread.is_alive() and time.monotonic() < patience:
        engine.watch()
        thread.join(0.05)
    assert isinstance(caught[0], EngineLost)
    assert "did not answer" in caught[0].message
    engine.close()


def test_the_log_holds_what_the_engine_wrote_and_turns_over(tmp_path: Path):
    log = tmp_path / "logs" / "engine.log"
    engine = fake(tmp_path, "import sys; sys.stderr.write('x' * (1 << 20))", log_file=log)
    for _ in range(5):
        with pytest.raises(EngineLost):
            engine.start()
    assert "The engine starts." in log.with_suffix(".log.1").read_text()
    assert sorted(path.name for path in log.parent.iterdir()) == [
        "engine.log", "engine.log.1", "engine.log.2", "engine.log.3"
    ]  # fmt: skip

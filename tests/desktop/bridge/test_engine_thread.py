"""The one background thread: what it is told, what it says, and that it ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import psutil
import pytest
from PySide6.QtCore import QThread
from toy_engine import ToyEngine, toy_request
from toy_worker import toy_process

from desktop.bridge.engine_process import EngineProcess
from desktop.bridge.engine_thread import WAITING_STEPS, EngineThread
from engine.api.control import Control
from engine.api.errors import BadRequest, EngineLost
from engine.api.events import Event, Finished, ImageReady, Loading, Step
from engine.api.request import GenerationRequest
from engine.worker import Settings


class Listener:
    """Everything a thread said, in order, and on which thread it was heard."""

    def __init__(self, thread: EngineThread) -> None:
        self.heard: list[tuple] = []
        self.threads: set[QThread] = set()
        for name in ("engine_ready", "engine_lost", "event", "finished", "cancelled", "failed"):
            getattr(thread, name).connect(lambda *values, name=name: self.hear(name, *values))

    def hear(self, name: str, *values: object) -> None:
        self.heard.append((name, *values))
        self.threads.add(QThread.currentThread())

    def names(self) -> list[str]:
        return [entry[0] for entry in self.heard]

    def events(self, kind: type) -> list:
        return [entry[2] for entry in self.heard if entry[0] == "event" and isinstance(entry[2], kind)]


def children() -> set[int]:
    """Processes of ours; the library for several of them keeps one of its own once it was used."""
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
def thread(qapp) -> Iterator[EngineThread]:
    thread = EngineThread(ToyEngine())
    yield thread
    thread.stop()


def test_a_job_is_told_from_loading_to_finished_in_the_gui_thread(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.start()
    with qtbot.waitSignal(thread.finished) as finished:
        thread.submit("a", toy_request())
    assert finished.args == ["a"]
    kinds = [type(entry[2]) for entry in listener.heard if entry[0] == "event"]
    assert kinds == [Loading, Step, Step, Step, Step, ImageReady, Finished]
    assert listener.names()[0] == "engine_ready"
    assert listener.threads == {qtbot and QThread.currentThread()}


def test_jobs_run_one_after_the_other_in_their_order_on_one_thread(qtbot, thread: EngineThread):
    listener = Listener(thread)
    before = threading.active_count()
    thread.start()
    ids = [str(number) for number in range(5)]
    for job_id in ids:
        thread.submit(job_id, toy_request(seed=int(job_id)))
    assert threading.active_count() == before + 1
    qtbot.waitUntil(lambda: listener.names().count("finished") == 5)
    assert [entry[1] for entry in listener.heard if entry[0] == "finished"] == ids


def test_a_job_in_line_is_cancelled_without_running(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.submit("a", toy_request())
    thread.cancel("a")
    with qtbot.waitSignal(thread.cancelled):
        thread.start()
    assert "event" not in listener.names()


def test_cancel_ends_a_running_job_without_a_picture(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.event.connect(lambda job_id, _: thread.cancel(job_id))
    thread.start()
    with qtbot.waitSignal(thread.cancelled, timeout=20_000):
        thread.submit("a", toy_request(steps=1000, images=1000))
    assert "finished" not in listener.names()


def test_keep_delivers_a_picture_and_finishes(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.event.connect(lambda job_id, _: thread.keep(job_id))
    thread.start()
    with qtbot.waitSignal(thread.finished, timeout=20_000):
        thread.submit("a", toy_request(steps=1000, images=1000))
    assert len(listener.events(ImageReady)) < 1000
    assert listener.events(ImageReady)


def test_an_error_fails_its_job_and_the_next_one_runs(qtbot, thread: EngineThread):
    thread.start()
    with qtbot.waitSignal(thread.failed) as failed:
        thread.submit("a", toy_request(steps=0))
    assert isinstance(failed.args[1], BadRequest)
    assert failed.args[1].__traceback__ is None
    with qtbot.waitSignal(thread.finished):
        thread.submit("b", toy_request())


class BrokenEngine(ToyEngine):
    """Has a bug."""

    def run(self, job_id: str, request: GenerationRequest, control: Control) -> Iterator[Event]:
        raise ZeroDivisionError("a bug")
        yield


@pytest.mark.logs_warnings
def test_a_bug_is_logged_and_fails_only_its_job(qtbot):
    thread = EngineThread(BrokenEngine())
    thread.start()
    for job_id in "ab":
        with qtbot.waitSignal(thread.failed) as failed:
            thread.submit(job_id, toy_request())
        assert "ZeroDivisionError: a bug" in failed.args[1].message
    thread.stop()


def test_only_steps_are_dropped_when_the_window_is_too_slow(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.start()
    thread.submit("a", toy_request(steps=300, images=3))
    while thread._controls:  # the window is busy: no event loop runs until the job is done
        threading.Event().wait(0.01)
    with qtbot.waitSignal(thread.finished):
        pass
    steps = listener.events(Step)
    assert len(steps) == WAITING_STEPS
    assert steps[-1].index == 300
    assert [event.image_index for event in listener.events(ImageReady)] == [0, 1, 2]


def test_every_step_arrives_when_the_window_keeps_up(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.start()
    with qtbot.waitSignal(thread.finished):
        thread.submit("a", toy_request(steps=50))
    assert [event.index for event in listener.events(Step)] == list(range(1, 51))


def test_stop_ends_the_thread_in_the_middle_of_a_job(qtbot, thread: EngineThread):
    listener = Listener(thread)
    thread.start()
    with qtbot.waitSignal(thread.event):
        thread.submit("a", toy_request(steps=1000, images=10_000))
    thread.stop()
    assert not thread.is_running
    assert listener.names()[-1] == "cancelled"
    thread.stop()


def test_another_device_starts_another_engine(qtbot, thread: EngineThread):
    thread.start()
    with qtbot.waitSignal(thread.engine_ready):
        pass
    with qtbot.waitSignals([thread.engine_ready, thread.finished]):
        thread.configure(Settings(device="cpu"))
        thread.submit("a", toy_request())


def test_a_killed_engine_is_said_and_the_next_job_starts_a_new_one(qtbot, tmp_path):
    before = children()
    engine = toy_process(tmp_path / "engine.log")
    thread = EngineThread(engine)
    listener = Listener(thread)
    with qtbot.waitSignal(thread.engine_ready, timeout=60_000):
        thread.start()
    thread.event.connect(
        lambda job_id, _: os.kill(engine.pid, signal.SIGKILL) if job_id == "a" and engine.pid else None
    )
    with qtbot.waitSignals([thread.engine_lost, thread.failed], order="strict"):
        thread.submit("a", toy_request(steps=1000, images=10_000))
    assert isinstance(listener.heard[-1][2], EngineLost)
    with qtbot.waitSignals([thread.engine_ready, thread.finished], order="strict", timeout=60_000):
        thread.submit("b", toy_request())
    with qtbot.waitSignal(thread.engine_lost, timeout=1_000):  # idle, too
        os.kill(engine.pid, signal.SIGKILL)
    thread.stop()
    assert children() <= before


def test_stop_while_the_engine_starts_leaves_nothing_and_says_nothing(qtbot):
    before = children()
    engine = EngineProcess()
    thread = EngineThread(engine)
    listener = Listener(thread)
    thread.start()
    qtbot.waitUntil(lambda: engine.pid is not None)
    thread.submit("a", toy_request())
    thread.stop()
    assert children() <= before
    assert listener.names() == ["cancelled"]

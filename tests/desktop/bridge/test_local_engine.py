"""The engine in this process says what the one in its own process says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from toy_engine import ToyEngine, toy_request

from engine.api.control import Control
from engine.api.errors import BadRequest, EngineError
from engine.api.events import Finished

REAL = """
import sys, threading
from desktop.bridge.local_engine import LocalEngine
from engine.api.control import Control
from engine.api.request import GenerationRequest, Sampling
engine = LocalEngine()
assert "torch" not in sys.modules
def work():
    print(type(engine.start()).__name__)
    request = GenerationRequest("starter", "a dog", width=128, height=128, sampling=Sampling("euler", 2))
    for event in engine.run("a", request, Control()):
        print(type(event).__name__)
thread = threading.Thread(target=work)
thread.start()
thread.join()
engine.close()
"""


def test_a_real_network_runs_in_a_thread_of_this_process():
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=100)
    said = done.stdout.split()
    assert done.stderr == ""
    assert said[0] == "Ready"
    assert said[-2:] == ["ImageReady", "Finished"]
    assert said.count("Step") == 2


def test_errors_come_in_the_same_words():
    engine = ToyEngine()
    with pytest.raises(BadRequest, match="steps"):
        list(engine.run("a", toy_request(steps=0), Control()))


def test_a_bug_is_named_as_the_process_names_it():
    class Broken(ToyEngine):
        def start(self):
            ready = super().start()

            def run(request, control):
                raise ZeroDivisionError("a bug")
                yield

            self._opened = (ready, run)
            return ready

    with pytest.raises(EngineError, match="ZeroDivisionError: a bug"):
        list(Broken().run("a", toy_request(), Control()))


def test_close_cancels_what_runs():
    engine = ToyEngine()
    events = engine.run("a", toy_request(steps=1000), Control())
    next(events)
    engine.close()
    assert not any(isinstance(event, Finished) for event in events)

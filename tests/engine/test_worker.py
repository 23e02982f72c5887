"""The engine process on its own: it ends when it should, and only then."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.api.errors import BadRequest, EngineError, OutOfMemory
from engine.api.wire import read_message, write_message
from engine.worker import Worker, as_engine_error

COMMAND = [sys.executable, "-m", "engine.worker", "--parent", str(os.getpid())]


@contextmanager
def worker(command: list[str] = COMMAND) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        with process:
            yield process
    finally:
        process.kill()


def start(process: subprocess.Popen[bytes]) -> None:
    write_message(process.stdin, {"settings": {}})


def test_the_end_of_its_stdin_ends_it_while_it_still_imports():
    with worker() as process:
        start(process)
        process.stdin.close()
        assert process.wait(5) == 0


def test_the_end_of_its_stdin_before_the_first_word_ends_it_silently():
    with worker() as process:
        process.stdin.close()
        assert process.wait(5) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("garbage", [b"\0\0\0\0\0\0\0\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100])
def test_garbage_in_its_stdin_ends_it(garbage: bytes):
    with worker() as process:
        start(process)
        process.stdin.write(garbage)
        process.stdin.close()
        assert process.wait(5) == 65


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the end of stdin tells it")
def test_a_parent_that_is_gone_before_it_begins_ends_it():
    with worker([*COMMAND[:-1], "1"]) as process:
        assert process.wait(5) == 0


def test_ctrl_c_in_the_terminal_does_not_reach_it_and_a_job_runs_to_its_end():
    with worker() as process:
        start(process)
        form, _ = read_message(process.stdout)
        while form["say"] == "beat":
            form, _ = read_message(process.stdout)
        assert form["event"] == "Ready"
        process.send_signal(signal.SIGINT)
        request = {"model": "toy", "width": 64, "height": 64, "sampling": {"scheduler": "euler", "steps": 2}}
        write_message(process.stdin, {"do": "run", "job": "a", "request": request, "pictures": []})
        said = []
        while (form := read_message(process.stdout)[0])["say"] != "ended":
            said.append(form.get("event"))
        assert said == ["Loading", "Step", "Step", "ImageReady", "Finished"]
        process.stdin.close()
        assert process.wait(5) == 0
        assert process.stderr.read() == b""


class EndsWhileAsked(dict):
    """The jobs at work, of which the one that is asked for ends in that very moment."""

    def __contains__(self, job_id: object) -> bool:
        self.clear()
        return True


@pytest.mark.parametrize("word", ["cancel", "keep"])
def test_a_word_to_a_job_that_ends_in_that_moment_is_passed_over(word: str):
    reader = Worker(io.BytesIO(), io.BytesIO())
    reader._take({"do": "run", "job": "a", "request": {"model": "toy"}, "pictures": []}, ())
    reader._controls = EndsWhileAsked(reader._controls)
    reader._take({"do": word, "job": "a"}, ())
    reader._take({"do": word, "job": "gone"}, ())


def test_an_error_in_plain_words_stays_itself():
    error = BadRequest("steps", "must be 1 to 1000")
    assert as_engine_error(error) is error


def test_memory_that_ran_out_is_said_so():
    class OutOfMemoryError(RuntimeError):
        """Named as torch's is."""

    assert isinstance(as_engine_error(OutOfMemoryError("CUDA out of memory")), OutOfMemory)
    assert isinstance(as_engine_error(MemoryError()), OutOfMemory)


def test_any_other_error_is_named_in_one_line():
    error = as_engine_error(ValueError("bad\nlines\nfollow"))
    assert type(error) is EngineError
    assert "ValueError: bad." in error.message
    assert "\n" not in error.message


def test_a_device_that_is_not_there_is_said_at_the_start():
    with worker() as process:
        write_message(process.stdin, {"settings": {"device": "cuda:99"}})
        while (frame := read_message(process.stdout)) is not None and frame[0]["say"] == "beat":
            pass
        assert frame is not None
        assert (frame[0]["say"], frame[0]["error"]) == ("failed", "BadRequest")
        assert "cpu" in frame[0]["message"]
        assert process.wait(20) != 0  # by itself; a new choice starts a new one

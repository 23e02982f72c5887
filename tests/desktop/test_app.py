"""The real program as a process: its first paint, its end, its second start, its lock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from patience import patience_s

from desktop.app.options import parse_options
from desktop.app.starts import SAFE_AFTER, Starts
from engine.library.folders import data_folder, log_folder

PATIENCE_S = patience_s(30)


def events(trace: Path) -> list[dict]:
    if not trace.exists():
        return []
    return [json.loads(line) for line in trace.read_text().splitlines()]


def wait_for(trace: Path, name: str, child: subprocess.Popen) -> dict:
    """The event `name`, as soon as the program says it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and child.poll() is None:
        for event in events(trace):
            if event["event"] == name:
                return event
        time.sleep(0.01)  # a file has no signal to wait for
    raise AssertionError(f"no {name} in {events(trace)}, exit code {child.poll()}")


def wait_for_log(text: str) -> str:
    """The program's log, as soon as `text` is in it."""
    end, log = time.monotonic() + PATIENCE_S, log_folder() / "lienzo.log"
    while text not in log.read_text() and time.monotonic() < end:
        time.sleep(0.01)
    return log.read_text()


def lienzo(*words: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "desktop", *words]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def kill_all(child: subprocess.Popen) -> None:
    everything = [*psutil.Process(child.pid).children(recursive=True), psutil.Process(child.pid)]
    for process in everything:
        process.kill()
    child.communicate()
    psutil.wait_procs(everything, timeout=5)


@contextmanager
def open_window(trace: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The program with its window painted and filled; killed at the end if it still runs."""
    child = lienzo("--trace", str(trace), *words)
    try:
        wait_for(trace, "ready", child)
        yield child
    finally:
        if child.poll() is None:
            kill_all(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_window_is_painted_before_the_engine_is_ready_and_ends_cleanly(tmp_path: Path, number: int):
    trace = tmp_path / "trace"
    with open_window(trace) as child:
        before = {event["event"] for event in events(trace)}
        assert "first_paint" in before
        children = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(number)
        _, error = child.communicate(timeout=PATIENCE_S)
        assert child.returncode == 0, error
        assert not [process for process in children if process.is_running()]
        assert "Traceback" not in error
    assert Starts(data_folder()).begin() == 0


HEAVY = (
    "torch", "diffusers", "transformers", "peft", "cv2", "scipy", "skimage", "psd_tools", "tifffile", "PIL",
    "sd_parsers", "rich", "typer",
)  # fmt: skip
SAY_WHAT_IS_LOADED = """
import sys
from PySide6.QtCore import QCoreApplication
from desktop.app import main, running
def told(event, **_):
    if event == "first_paint":
        print(*{name.partition(".")[0] for name in sys.modules})
        QCoreApplication.quit()
running.trace = told
sys.exit(main(["--temp"]))
"""


def test_the_first_paint_waits_for_nothing_that_only_work_needs():
    done = subprocess.run(
        [sys.executable, "-c", SAY_WHAT_IS_LOADED], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "PySide6" in loaded
    assert not loaded & set(HEAVY)


def test_a_second_start_hands_its_files_to_the_first(tmp_path: Path):
    trace = tmp_path / "trace"
    (tmp_path / "no picture.png").write_text("words")
    with open_window(trace):
        second = lienzo(str(tmp_path / "no picture.png"), "--trace", str(tmp_path / "second"))
        _, error = second.communicate(timeout=PATIENCE_S)
        assert (second.returncode, error) == (0, "")
        assert "no picture.png" in wait_for_log("no picture.png")
        assert "first_paint" not in {event["event"] for event in events(tmp_path / "second")}


def test_a_start_with_another_profile_on_the_same_library_hands_its_files_over_too(tmp_path: Path):
    library = tmp_path / "pictures"
    for name in ("one", "two"):
        folder = tmp_path / name / "config"
        folder.mkdir(parents=True)
        (folder / "settings.json").write_text(json.dumps({"library_folder": str(library)}))
    (tmp_path / "no picture.png").write_text("words")
    trace = tmp_path / "trace"
    first = lienzo("--trace", str(trace), LIENZO_HOME=str(tmp_path / "one"))
    try:
        wait_for(trace, "ready", first)
        second = lienzo(
            str(tmp_path / "no picture.png"),
            "--trace",
            str(tmp_path / "second"),
            LIENZO_HOME=str(tmp_path / "two"),
        )
        _, error = second.communicate(timeout=PATIENCE_S)
        assert (second.returncode, error) == (0, "")
        assert "first_paint" not in {event["event"] for event in events(tmp_path / "second")}
        log = tmp_path / "one" / "log" / "lienzo.log"
        end = time.monotonic() + PATIENCE_S
        while "no picture.png" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.01)
        assert "no picture.png" in log.read_text()
    finally:
        kill_all(first)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--trace", "/no/such/folder/trace"], "--trace cannot write /no/such/folder/trace"),
        (["--language", "tlh"], "--language tlh is not there, only en, es"),
        (["--log", "colours"], "--log knows no topic 'colours'"),
        (["--sideways"], "--sideways"),
    ],
)
def test_an_option_that_cannot_be_followed_is_answered_with_one_sentence(words: list[str], told: str):
    child = lienzo(*words)
    _, error = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 2
    assert told in error and error.count("\n") == 1


def test_a_profile_that_cannot_be_made_is_said_in_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    child = lienzo(LIENZO_HOME=str(tmp_path / "file"))
    _, error = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 1
    assert "cannot be made" in error and error.count("\n") == 1


def test_after_kill_9_the_lock_is_free(tmp_path: Path):
    with open_window(tmp_path / "first") as child:
        kill_all(child)
    with open_window(tmp_path / "second") as child:
        assert child.poll() is None


def test_a_throw_away_profile_leaves_nothing(tmp_path: Path, own_home: Path):
    places = {"TMPDIR": str(tmp_path / "places")}
    Path(places["TMPDIR"]).mkdir()
    trace = tmp_path / "trace"
    child = lienzo("--temp", "--trace", str(trace), **places)
    wait_for(trace, "ready", child)
    assert list(Path(places["TMPDIR"]).glob("lienzo-*/data/journal.sqlite"))
    child.terminate()
    child.communicate(timeout=PATIENCE_S)
    assert not list(Path(places["TMPDIR"]).iterdir())
    assert not own_home.exists()


def test_after_crashes_at_the_start_nothing_runs_by_itself(tmp_path: Path):
    starts = Starts(data_folder())
    for _ in range(SAFE_AFTER):
        starts.begin()
    trace = tmp_path / "trace"
    with open_window(trace) as child:
        assert not psutil.Process(child.pid).children(recursive=True)
        assert "unexpectedly" in (log_folder() / "lienzo.log").read_text()
        child.terminate()
        child.communicate(timeout=PATIENCE_S)
    assert starts.begin() == 0


def test_options_are_read_from_the_words():
    options = parse_options(
        ["--temp", "--log", "canvas,jobs", "a.png", "--model", "toy", "--trace", "t.json"]
    )
    assert (options.temp, options.log, options.files) == (True, ("canvas", "jobs"), ("a.png",))
    assert (options.model, options.trace) == ("toy", Path("t.json"))


def test_starts_that_do_not_survive_are_counted(own_home: Path):
    starts = Starts(data_folder())
    assert [starts.begin() for _ in range(3)] == [0, 1, 2]
    starts.survived()
    assert starts.begin() == 0
    (data_folder() / "starts.json").write_text("[[[")
    assert starts.begin() == 0


def test_a_window_that_was_not_closed_is_known_at_the_next_start(own_home: Path):
    starts = Starts(data_folder())
    starts.begin()
    assert not starts.was_broken_off
    starts.survived()
    after_a_kill = Starts(data_folder())
    after_a_kill.begin()
    assert after_a_kill.was_broken_off
    after_a_kill.ended()
    starts.begin()
    assert not starts.was_broken_off
    (data_folder() / "starts.json").write_text("[1]")
    starts.begin()
    assert not starts.was_broken_off

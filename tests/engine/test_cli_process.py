"""The command line as a real process: Ctrl+C, closed pipes, and how fast it is there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.library.pictures import read_metadata

LIENZO = [sys.executable, "-m", "engine.cli"]
FOREVER = ["generate", "a cat", "-m", "toy", "--images", "10000", "--steps", "50", "--json-lines"]


def start(folder: Path, *words: str, **options) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*LIENZO, *words], cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True, **options
    )


def all_whole(folder: Path) -> int:
    """How many pictures there are; every file must be one, with its recipe."""
    files = [path for path in folder.iterdir() if path.is_file()]
    assert all(read_metadata(path).recipe is not None for path in files), files
    return len(files)


@pytest.mark.parametrize("moment", ["Step", "ImageReady"])
def test_ctrl_c_stops_cleanly_and_leaves_no_half_file(moment: str, tmp_path: Path):
    with start(tmp_path, *FOREVER, "-o", "cat.png", "--size", "512") as process:
        for line in process.stdout:
            if json.loads(line)["event"] == moment:
                os.killpg(process.pid, signal.SIGINT)
                break
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors == "Stopped.\n"
    assert all_whole(tmp_path) >= (moment == "ImageReady")


def test_ctrl_c_in_the_middle_of_a_real_networks_pass(tmp_path: Path):
    words = ["generate", "a dog", "--steps", "1000", "-o", "dog.png", "--json-lines"]
    with start(tmp_path, *words) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "Step":
                process.send_signal(signal.SIGINT)
                break
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "Stopped.\n")
    assert all_whole(tmp_path) == 0


SAVING = """
import os, signal, sys
from engine.cli import generate, main
from engine.library import save
real = os.fsync
def interrupted(descriptor):  # Ctrl+C in the worst moment: the bytes are written, the name is not theirs
    os.kill(os.getpid(), signal.SIGINT)
    real(descriptor)
os.fsync = interrupted
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_while_it_saves_lets_that_picture_be_whole(tmp_path: Path):
    words = ["generate", "a cat", "-m", "toy", "--images", "3", "-o", "cat.png", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", SAVING, *words], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")
    assert all_whole(tmp_path) == 1


def test_who_reads_the_output_may_go(tmp_path: Path):
    with start(tmp_path, *FOREVER, "-o", "cat.png") as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(20) == 141
    assert errors == ""


def test_a_terminal_shows_a_bar_with_pace_and_time_left(tmp_path: Path):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    words = ["generate", "[red]a cat", "-m", "toy", "--steps", "200", "--size", "512", "-o", "[red].png"]
    words += ["--images", "2"]
    process = subprocess.Popen(
        [*LIENZO, *words], cwd=tmp_path, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 1 << 16):
            shown += part
    except OSError:
        pass  # how a terminal of Linux says that its other end has gone
    os.close(ours)
    assert process.wait(20) == 0
    assert re.search(rb"s/step, \d+:\d\d left", shown)
    assert b"200/200" in shown
    assert b"[red]-1.png" in shown
    assert b"Picture 1 of 2" in shown


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(closed: str, tmp_path: Path):
    shell = (
        f"exec '{sys.executable}' -m engine.cli generate cat -m toy --size 64 --steps 2 -o cat.png {closed}"
    )
    assert subprocess.run(["sh", "-c", shell], cwd=tmp_path, timeout=30).returncode == 0
    assert all_whole(tmp_path) == 1


@pytest.mark.parametrize(
    "words",
    [["--version"], ["generate", "--help"], ["doctor"], ["models"], ["generate", "x", "-m", "toy", "--temp"]],
)
def test_torch_is_imported_only_where_it_is_needed(words: list[str], tmp_path: Path):
    code = (
        "import sys\nfrom engine.cli import main\n"
        "main(sys.argv[1:])\nsys.exit('torch' in sys.modules or 'diffusers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_temp_leaves_nothing_behind(tmp_path: Path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("LIENZO_HOME")
    with start(tmp_path, "generate", "x", "-m", "toy", "--json", "--temp", env=environment) as process:
        told = json.loads(process.communicate(timeout=30)[0])
    assert Path(told["paths"][0]).is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_trace_tells_what_happened_when(tmp_path: Path):
    words = ["generate", "x", "-m", "toy", "--steps", "2", "-o", "x.png", "--trace", "trace.jsonl"]
    with start(tmp_path, *words) as process:
        process.communicate(timeout=30)
    lines = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["process_start", "step", "step", "saved"]
    assert 0 < lines[0]["seconds"] <= lines[1]["seconds"] <= lines[-1]["seconds"] < 60

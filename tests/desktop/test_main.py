"""`lienzo`: words for the command line, none for the window, and a clear sentence where it cannot open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.__main__ import is_for_command_line

LIENZO = [sys.executable, "-m", "desktop"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return subprocess.run(
        [*LIENZO, *words], env={**bare, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    "line",
    [
        "generate cat",
        "models",
        "--temp inspect x.png",
        "--trace t.jsonl doctor",
        "--version",
        "--help",
        "paint",
    ],
)
def test_words_are_for_the_command_line(line: str):
    assert is_for_command_line(line.split())


@pytest.mark.parametrize(
    "line", ["", "--temp", "--trace t.jsonl", "--model toy --in-process", "--language es --temp"]
)
def test_options_alone_are_for_the_window(line: str):
    assert not is_for_command_line(line.split())


def test_a_picture_is_for_the_window(tmp_path: Path):
    picture = tmp_path / "dog.png"
    picture.write_bytes(b"")
    assert not is_for_command_line([str(picture)])
    assert not is_for_command_line(["--temp", str(picture)])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_one_sentence_names_the_command_line():
    done = run()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("lienzo: There is no display")
    assert 'lienzo generate "a cute beagle smiling" -o picture.png' in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux loader's fault")
def test_a_missing_system_library_names_its_package_instead_of_aborting(tmp_path: Path):
    """A file that is no library stands in its place, as the loader takes the first of that name."""
    (tmp_path / "libxcb-cursor.so.0").write_bytes(b"")
    done = run(DISPLAY=":77", LD_LIBRARY_PATH=str(tmp_path))
    assert done.returncode == 1
    assert "libxcb-cursor.so.0" in done.stderr
    assert "sudo apt install libxcb-cursor0" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_command_line_is_reached_through_it():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("lienzo ")
    assert run("paint").returncode == 2

"""One file tells what happened when in all processes of a start."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine import trace


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(trace.FILE, "")
    monkeypatch.setenv(trace.START, "")
    monkeypatch.delenv(trace.START)
    path = tmp_path / "trace.jsonl"
    trace.to_file(path)
    return path


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_line_an_event_with_growing_time(file: Path):
    trace.trace("step", index=1, prompt="a 🐶\n\udcff")
    trace.trace("saved")
    told = lines(file)
    assert [line["event"] for line in told] == ["process_start", "step", "saved"]
    assert [line["seconds"] for line in told] == sorted(line["seconds"] for line in told)
    assert told[1]["index"] == 1


def test_children_append_to_the_same_file_on_the_same_clock(file: Path):
    before = lines(file)[-1]["seconds"]
    subprocess.run([sys.executable, "-c", "from engine.trace import trace; trace('child')"], check=True)
    trace.trace("after")
    child, after = lines(file)[-2:]
    assert child["event"] == "child"
    assert before < child["seconds"] < after["seconds"]
    assert child["pid"] != after["pid"]


def test_lines_of_many_threads_do_not_mix(file: Path):
    threads = [
        threading.Thread(target=lambda: [trace.trace("x", text="y" * 500) for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(file)) == 401


def test_without_a_file_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(trace.FILE, raising=False)
    monkeypatch.chdir(tmp_path)
    trace.trace("step")
    assert list(tmp_path.iterdir()) == []

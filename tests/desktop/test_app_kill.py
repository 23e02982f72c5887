"""`kill -9` of everything: the next start shows the same queue and every finished picture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from patience import patience_s
from studios import PATIENCE_MS, heard, studio_with_toy, wait_done

from desktop.state.jobs import JobState
from engine.library.pictures import open_picture, read_metadata

CHILD = Path(__file__).parent.parent / "child_studio.py"


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(CHILD), *words], stdout=subprocess.PIPE, text=True)


def read(child: subprocess.Popen[str], key: str) -> dict:
    """The next line that says `key`."""
    assert child.stdout is not None
    for line in child.stdout:
        form = json.loads(line)
        if key in form:
            return form
    raise AssertionError(f"the child ended without saying {key!r}")


def kill_all(child: subprocess.Popen[str]) -> list[dict]:
    """SIGKILL for the app and its engine at once; what it had still said."""
    everything = [*psutil.Process(child.pid).children(recursive=True), psutil.Process(child.pid)]
    for process in everything:
        process.kill()
    assert child.stdout is not None
    rest = [json.loads(line) for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    psutil.wait_procs(everything, timeout=patience_s(5))
    return rest


@pytest.mark.parametrize("pictures_before", [0, 3])
def test_after_kill_9_the_queue_and_every_finished_picture_are_there(qtbot, pictures_before: int):
    child = start("first", "second", "third", "--images", "40")
    queued = [read(child, "queued")["queued"] for _ in range(3)]
    saved = [read(child, "saved") for _ in range(pictures_before)]
    saved += [form for form in kill_all(child) if "saved" in form]

    with studio_with_toy(qtbot) as studio:
        assert [job.id for job in studio.jobs.jobs] == queued
        assert [job.request.prompt for job in studio.jobs.jobs] == ["first", "second", "third"]
        assert all(job.state is JobState.QUEUED for job in studio.jobs.jobs)
        assert studio.jobs.is_paused and studio.jobs.running is None
        assert "are waiting" in heard(studio).offers[-1].text
        known = {result.path for result in studio.pictures.items}
        assert {Path(form["saved"]) for form in saved} <= known
        for path in known:
            assert open_picture(path).width == 64
            assert read_metadata(path).recipe.request.prompt == "first"


def test_a_job_goes_on_where_it_was_killed_and_makes_no_picture_twice(qtbot):
    child = start("first", "--images", "30")
    read(child, "queued")
    for _ in range(4):
        read(child, "saved")
    kill_all(child)
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.jobs[0]
        assert 4 <= job.made <= 30
        studio.jobs.resume()
        wait_done(qtbot, job)
        files = [path for path in studio.settings.library_path.rglob("*.png")]
        seeds = sorted(read_metadata(path).recipe.request.sampling.seed for path in files)
        first = job.request.sampling.seed
        assert seeds == [(first + index) % 2**64 for index in range(30)]
        assert {result.path for result in job.results} == set(files)


def test_no_part_of_a_file_is_left_after_the_next_start(qtbot, own_home: Path):
    child = start("first", "--images", "200")
    read(child, "saved")
    kill_all(child)
    with studio_with_toy(qtbot) as studio:
        qtbot.waitUntil(lambda: studio.background.pending == 0, timeout=PATIENCE_MS)
        assert not list(own_home.rglob("*.part"))


def test_the_process_of_the_window_never_imports_torch():
    child = start("a dog", "--images", "2", "--with-torch")
    out, _ = child.communicate(timeout=patience_s(60))
    last = json.loads(out.splitlines()[-1])
    assert out.count('"saved"') == 2
    assert last == {"torch": False, "widgets": False}
    assert child.returncode == 0


def test_a_prompt_typed_long_ago_survives_a_kill(qtbot, own_home: Path):
    """The draft is written while one types on: not only when one rests."""
    child = start("typed before the kill", "--images", "5000")
    read(child, "queued")
    draft = own_home / "data" / "draft.json"
    while not (draft.exists() and "typed before the kill" in draft.read_text()):
        read(child, "saved")
    kill_all(child)
    with studio_with_toy(qtbot) as studio:
        assert studio.generation.prompt == "typed before the kill"
        assert studio.generation.images == 5000
        assert studio.generation.history.entries == ["typed before the kill"]

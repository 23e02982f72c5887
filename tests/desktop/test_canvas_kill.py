"""`kill -9` of the window while a picture is made for the canvas: what was done is there again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from canvas_scenes import PATIENCE_MS, results
from child_canvas import PROMPT, stroke_at
from pens import picture
from studios import heard, studio_with_toy, wait_done
from toy_engine import ToyEngine

from desktop.state.document.document import Document
from desktop.state.document.layers import PaintLayer
from desktop.state.jobs import JobState
from desktop.state.studio import Studio
from engine.library.pictures import open_picture, read_metadata

TESTS = Path(__file__).parent.parent


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(TESTS / "child_canvas.py"), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def until(child: subprocess.Popen[str], *keys: str) -> list[dict]:
    """What the child says until it has said each of `keys`, or ended."""
    said: list[dict] = []
    assert child.stdout is not None
    wanted = set(keys)
    for line in child.stdout:
        said.append(json.loads(line))
        wanted -= said[-1].keys()
        if keys and not wanted:
            break
    return said


def kill(child: subprocess.Popen[str]) -> list[dict]:
    """`kill -9`; what it had still said."""
    child.kill()
    assert child.stdout is not None
    rest = [json.loads(line) for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    return rest


def restored(qtbot, studio: Studio, said: list[dict]) -> Document:
    identity = next(form["document"] for form in said if "document" in form)
    qtbot.waitUntil(lambda: studio.document.identity == identity, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.background.pending == 0, timeout=PATIENCE_MS)
    return studio.document


def check_work(document: Document, studio: Studio, said: list[dict]) -> None:
    """Mask, prompt and every stroke that was said to be kept."""
    assert int((document.mask.read(document.canvas) > 0).sum()) == said[0]["painted"]
    assert studio.generation.prompt == PROMPT
    strokes = max((form["kept"] for form in said if "kept" in form), default=0)
    assert strokes > 0
    (layer,) = [layer for layer in document.root.walk() if type(layer) is PaintLayer]
    for number in range(strokes):
        assert layer.tiles.read(stroke_at(number))[..., 3].all()


def files_of(studio: Studio) -> dict[str, np.ndarray]:
    """What is in the library, by the pictures' hashes."""
    paths = studio.settings.library_path.rglob("*.png")
    return {read_metadata(path).recipe.pixels_sha256: open_picture(path).pixels for path in paths}


def check_whole(document: Document, files: dict[str, np.ndarray]) -> None:
    """Every variant shows just what its file has, where it may differ from what was there."""
    for layer in results(document):
        assert layer.source is not None and layer.mask is not None
        for variant in layer.variants:
            pixels = variant.tiles.read(document.canvas)
            shown = pixels[..., 3] > 0
            assert shown.any()
            if (file := files.get(variant.recipe.pixels_sha256)) is not None:
                assert np.array_equal(pixels[shown][:, 2::-1], file[shown])


def test_a_running_canvas_job_is_asked_about_and_what_was_done_is_there(qtbot):
    child = start("--images", "5000")
    said = until(child, "kept", "saved", "placed")
    said += until(child, "kept")  # of a second writing
    said += kill(child)
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        document = restored(qtbot, studio, said)
        check_work(document, studio, said)
        (job,) = studio.jobs.jobs
        assert job.state is JobState.QUEUED and studio.jobs.is_paused and studio.jobs.running is None
        assert any("waiting" in offer.text for offer in heard(studio).offers)
        files = files_of(studio)
        assert {Path(form["saved"]) for form in said if "saved" in form} <= {r.path for r in job.results}
        check_whole(document, files)
        (layer,) = results(document)
        assert {variant.recipe.pixels_sha256 for variant in layer.variants} >= files.keys()


def test_a_job_that_goes_on_brings_the_rest_into_the_same_layer_and_none_twice(qtbot):
    child = start("--images", "40")
    said = until(child, "kept", "placed", "saved")
    said += kill(child)
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        document = restored(qtbot, studio, said)
        if studio.jobs.jobs:  # else all of it was saved before the kill
            studio.jobs.resume()
            wait_done(qtbot, studio.jobs.jobs[0])
        studio.background.wait()
        (layer,) = results(document)
        seeds = sorted(variant.recipe.request.sampling.seed for variant in layer.variants)
        assert len(set(seeds)) == len(seeds) == 40


def test_killed_while_it_is_live_the_document_is_whole_and_nothing_is_asked(qtbot):
    child = start("--live")
    said = until(child, "kept", "placed")
    said += until(child, "kept")
    said += kill(child)
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        document = restored(qtbot, studio, said)
        check_work(document, studio, said)
        assert not studio.jobs.jobs and not studio.jobs.is_paused
        assert len(results(document)) <= 1
        check_whole(document, {})
        steps = len(document.history.entries)
        document.history.jump_to(0)
        assert not results(document)
        document.history.jump_to(steps)


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_saved_but_not_kept_as_a_layer_comes_at_the_next_start_and_only_once(qtbot, times: int):
    child = start("--die-when-saved")
    said = until(child)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    assert "saved" in said[-1]
    for run in range(times):
        with studio_with_toy(qtbot, ToyEngine()) as studio:
            document = restored(qtbot, studio, said)
            (layer,) = results(document)
            files = files_of(studio)
            check_whole(document, files)
            assert len(layer.variants) == len(files) == 1
            assert any("came into it" in text for text in heard(studio).texts) is (run == 0)
            before = picture(document)
            document.history.undo()
            assert not results(document)
            document.history.redo()
            assert np.array_equal(picture(document), before)
            assert studio.journal is not None
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        restored(qtbot, studio, said)
        assert not studio.journal.owing_jobs()

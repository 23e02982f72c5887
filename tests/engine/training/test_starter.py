"""The whole of the starter's training at tiny sizes: it goes on where it was, and survives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from shapes import Shapes

from engine.api.errors import BadRequest, EngineLost, UnreadableFile
from engine.api.events import Event, Finished, Step
from engine.training.checkpoints import read_state
from engine.training.starter import StarterPlan, train_starter

STEPS = (3, 3, 2)


def plan(folder: Path, **changes: object) -> StarterPlan:
    options = {"steps": STEPS, "preset": "tiny", "device": "cpu", "ranks": 1, "workers": 0, **changes}
    return StarterPlan(folder / "work", folder / "model", **options)  # type: ignore[arg-type]


def run(folder: Path, **changes: object) -> list[Event]:
    return list(train_starter(plan(folder, **changes), Shapes))


def finished(events: list[Event]) -> bool:
    last = events[-1]
    assert isinstance(last, Finished)
    return bool(last.extra["done"])


def states(folder: Path) -> dict[str, torch.Tensor]:
    found = {}
    for phase in ("autoencoder", "vae", "denoiser", "decoder"):
        state = read_state(folder / "work" / f"{phase}.safetensors")
        assert state is not None
        found |= {f"{phase}.{name}": tensor for name, tensor in state.tensors.items()}
    return found


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from nothing to a model in one call."""
    folder = tmp_path_factory.mktemp("unbroken")
    assert finished(run(folder))
    return folder


def test_a_run_says_how_it_goes(tmp_path: Path):
    steps = [event for event in run(tmp_path, steps=(2, 2, 1)) if isinstance(event, Step)]
    assert {step.extra["phase"] for step in steps} == {"autoencoder", "denoiser", "decoder"}
    assert all({"loss", "samples_per_second", "of_peak"} <= step.extra.keys() for step in steps)
    assert all(step.preview is not None for step in steps if step.index == step.total)


def test_the_model_runs_in_the_stock_pipelines(unbroken: Path):
    from diffusers import StableDiffusionInpaintPipeline, StableDiffusionPipeline
    from PIL import Image

    pipeline = StableDiffusionPipeline.from_pretrained(unbroken / "model", dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline("a red disc", num_inference_steps=2).images[0]
    assert picture.size == (64, 64)
    inpaint = StableDiffusionInpaintPipeline.from_pretrained(unbroken / "model", dtype=torch.float32)
    inpaint.set_progress_bar_config(disable=True)
    mask = Image.new("L", (64, 64), 255)
    changed = inpaint(
        "a blue bar", image=picture, mask_image=mask, width=64, height=64, num_inference_steps=2
    )
    assert changed.images[0].size == (64, 64)


def test_the_model_is_in_the_catalog(unbroken: Path):
    from engine.models.catalog import Catalog

    info = Catalog((unbroken,)).find("model")
    assert (info.title, info.defaults.width, info.zero_terminal_snr) == ("Shapes", 64, True)


def test_a_resumed_run_has_the_weights_of_an_unbroken_one(unbroken: Path, tmp_path: Path):
    calls = 0
    while not finished(run(tmp_path, steps_a_call=2)):
        calls += 1
    assert calls >= 2
    broken, whole = states(tmp_path), states(unbroken)
    assert broken.keys() == whole.keys()
    assert [name for name in whole if not torch.equal(whole[name], broken[name])] == []


def test_closing_the_events_leaves_no_process(tmp_path: Path):
    import multiprocessing

    events = train_starter(plan(tmp_path, workers=2), Shapes)
    for event in events:
        if isinstance(event, Step):
            break
    events.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_ranks_keep_the_same_weights_and_end_together(tmp_path: Path):
    assert finished(run(tmp_path, ranks=2, steps=(2, 2, 1)))


def test_scenes_drawn_by_other_processes_are_the_same(tmp_path: Path):
    import numpy as np

    from engine.training.flow import Flow
    from engine.training.tokenizer import Captions, learn_vocabulary

    captions = Captions(learn_vocabulary(Shapes().texts(50), 600), 16)
    source = Shapes().scenes(captions, 32, seed=3)
    here, there = Flow(source, 4), Flow(source, 4, workers=2)
    try:
        for _ in range(12):
            with here.next() as one, there.next() as other:
                assert np.array_equal(one.pixels, other.pixels)
                assert np.array_equal(one.tokens, other.tokens)
    finally:
        there.close()


def test_processes_draw_also_where_opencv_has_threads(tmp_path: Path):
    import cv2
    import numpy as np

    from engine.training.flow import Flow
    from engine.training.tokenizer import Captions, learn_vocabulary

    threads = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        cv2.GaussianBlur(np.zeros((2000, 2000), np.float32), (0, 0), 9)  # they begin with the first work
        captions = Captions(learn_vocabulary(Shapes().texts(50), 600), 16)
        flow = Flow(Shapes().scenes(captions, 32, seed=3), 4, workers=1)
        try:
            with flow.next() as chunk:
                assert chunk.pixels.any()
        finally:
            flow.close()
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(threads)


def test_a_dead_drawer_is_said(tmp_path: Path):
    from engine.training.flow import Flow
    from engine.training.tokenizer import Captions, learn_vocabulary

    class Broken(type(Shapes().scenes(None, 32, 0))):  # type: ignore[misc]
        def draw(self, number, pixels, tokens):
            os._exit(1)

    captions = Captions(learn_vocabulary(Shapes().texts(50), 600), 16)
    flow = Flow(Broken(captions, 32, 0), 4, workers=1)
    try:
        with pytest.raises(EngineLost), flow.next():
            pass
    finally:
        flow.close()


KILLED = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from shapes import Shapes
from test_starter import plan
from engine.training import starter
import dataclasses
starter.PRESETS["tiny"] = dataclasses.replace(starter.PRESETS["tiny"], save_every_s=0.0)
for _ in starter.train_starter(plan(Path({folder!r}), steps=(400, 1, 1)), Shapes):
    pass
"""


def test_killed_while_saving_loses_only_the_last_interval(tmp_path: Path):
    """The child saves after every step; wherever the kill falls, a whole state is on disk."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parent.parent), str(here.parent.parent.parent)]
    code = KILLED.format(paths=paths, folder=str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"})
    path = tmp_path / "work" / "autoencoder.safetensors"
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    child.send_signal(signal.SIGKILL)
    child.wait()
    state = read_state(path)
    assert state is not None
    steps = int(str(state.facts["steps"]))
    assert steps >= 1
    events = run(tmp_path, steps=(steps + 1, 1, 1))
    first = next(event for event in events if isinstance(event, Step))
    assert first.index == steps + 1


def test_a_damaged_state_is_said_and_kept(tmp_path: Path):
    run(tmp_path, steps=(3, 1, 1), steps_a_call=2)
    path = tmp_path / "work" / "autoencoder.safetensors"
    path.write_bytes(damaged := path.read_bytes()[:-10])
    with pytest.raises(UnreadableFile, match="autoencoder"):
        run(tmp_path, steps=(3, 1, 1))
    assert path.read_bytes() == damaged


def test_a_device_that_is_not_here_is_a_bad_request(tmp_path: Path):
    with pytest.raises(BadRequest, match="device"):
        run(tmp_path, device="nonsense")


def test_a_call_ends_in_its_budget(tmp_path: Path):
    began = time.monotonic()
    events = run(tmp_path, steps=None, minutes=100.0, budget_minutes=0.06, steps_a_call=0)
    assert time.monotonic() - began < 12
    assert not finished(events)

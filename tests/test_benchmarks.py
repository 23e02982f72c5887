"""The benchmarks can be run: they import, and what they reckon with is right. Nothing here is timed."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

BENCHMARKS = Path(__file__).parent / "benchmarks"


@pytest.fixture(autouse=True)
def beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmarks are scripts: they find one another where they lie."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.mark.parametrize(
    "part",
    [
        "startup", "drawing", "responsiveness", "hasty_artist", "gpu", "painting", "canvas", "heavy_tools",
        "documents", "editing", "gallery", "catalogues", "models", "levels", "leaks", "prompts", "real_sizes",
    ],
)  # fmt: skip
def test_each_part_imports(part: str):
    assert importlib.import_module(part)


def test_two_are_measured_in_alternating_order():
    measure = importlib.import_module("measure")
    order: list[str] = []
    pairs = measure.in_turns(lambda: order.append("a") or 1.0, lambda: order.append("b") or 2.0, 4)
    assert "".join(order) == "abbaabba"
    assert pairs == [(1.0, 2.0)] * 4
    assert measure.median_ratio(pairs) == 0.5


def test_the_networks_of_real_size_have_as_many_numbers_as_the_real_ones():
    import diffusers

    sizes = importlib.import_module("real_sizes")
    numbers = {}
    for name, config in (
        ("UNet2DConditionModel", sizes.SDXL_UNET), ("FluxTransformer2DModel", sizes.FLUX_TRANSFORMER)
    ):  # fmt: skip
        make = functools.partial(getattr(diffusers, name), **config)
        network = sizes._made(make, "meta", torch.bfloat16)
        numbers[name] = sum(parameter.numel() for parameter in network.parameters())
    assert numbers == {"UNet2DConditionModel": 2_567_463_684, "FluxTransformer2DModel": 11_901_408_320}


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_percentiles(share: float, expected: int):
    assert importlib.import_module("measure").percentile(list(range(1, 101)), share) == expected


def test_a_trace_that_is_still_written_is_read_up_to_its_last_whole_line(tmp_path: Path):
    trace = tmp_path / "trace"
    trace.write_text('{"event": "step", "seconds": 1}\n{"event": "st')
    measure = importlib.import_module("measure")
    assert [event["seconds"] for event in measure.trace_events(trace)] == [1]
    assert measure.trace_events(tmp_path / "none") == []


def test_the_difference_of_pictures():
    drawing = importlib.import_module("drawing")
    black, grey = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 51, np.uint8)
    mean, psnr = drawing.difference(grey, black)
    assert mean == 51
    assert psnr == pytest.approx(20 * np.log10(5))


def test_an_unknown_part_is_refused_and_the_results_name_no_machine():
    command = [sys.executable, str(BENCHMARKS), "speed"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "drawing" in done.stderr
    for path in (BENCHMARKS / "results").glob("*.json"):
        result = json.loads(path.read_text("utf-8"))
        assert set(result) == {"date", "machine", "parts"}
        assert not {"host", "node", "user"} & set(result["machine"])


def test_what_is_measured_on_a_card_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same lines on a processor, with tiny networks and one round: a card is seldom at hand."""
    from tiny import tiny_sd
    from tiny_families import tiny_folder

    gpu = importlib.import_module("gpu")
    monkeypatch.setattr(gpu, "ROUNDS", 1)
    monkeypatch.setattr(gpu, "STEPS", 3)
    card = gpu.Card("cpu")
    folder = tiny_sd(tmp_path / "sd")
    (folder / "lienzo.json").write_text('{"steps": 2}')
    small = {figure.name.strip() for figure in gpu.real_size(folder, card)}
    assert {"pixels that differ from plain", "one step", "fast"} <= small
    assert [figure.value for figure in gpu.every_sampler(card, str(folder), most=1)] == [0]
    assert [figure.value for figure in gpu.branch_and_offload(card, str(folder))] == [0, 0, 0]
    figures = gpu.levels("FLUX", tiny_folder("flux-dev", tmp_path / "flux"), card, side=64)
    said = {figure.name.strip(): figure.value for figure in figures}
    assert {"exact", "fastest", "fast, weights in 8 bits", "fast, layer by layer"} <= said.keys()
    assert all(figure.value >= 0 for figure in figures)

"""What an enlargement needs, does and takes is known before it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_upscalers import SRVGG, tiny_upscaler

from engine.api.control import Control
from engine.api.events import Loading
from engine.api.images import Extent, ImageInput
from engine.api.job_plan import Measure
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed
from engine.api.upscale import Upscale, UpscalerInfo
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.kept.pace import enlarging_pace
from engine.tasks import run
from engine.upscaling.passes import tiles_of
from engine.upscaling.plan import EnlargePlan, Machine, plan_enlarging

NETWORK = UpscalerInfo("four", Path("four.safetensors"), "RRDB", scale=4, parameters=16_700_000)
GIB = 1 << 30


@pytest.fixture(scope="module")
def starter() -> ModelInfo:
    return Catalog().find("starter")


def plan(
    upscale: Upscale,
    source: Extent | None,
    model: ModelInfo | None = None,
    machine: Machine | None = None,
    network: UpscalerInfo | None = NETWORK,
) -> EnlargePlan:
    return plan_enlarging(upscale, 0.2, source, network, model, machine or Machine())


def test_tiles_and_time_are_those_of_the_work_that_follows(tmp_path: Path):
    path = tiny_path(tmp_path)
    models = Models(Catalog([tmp_path]), "cpu")
    (network,) = models.catalog.beside(UpscalerInfo)
    source = Extent(300, 90)
    upscale = Upscale(6.0, str(path))  # twice through a network of four times
    image = ImageInput.of(np.zeros((source.height, source.width, 3), np.uint8))
    request = GenerationRequest("starter").with_upscale(image, upscale)
    assert enlarging_pace(network, "cpu") is None
    events = list(run(request, models, Control(wants_previews=False)))
    worked = [event for event in events if isinstance(event, Loading) and event.share is not None]
    pace = enlarging_pace(network, "cpu")
    assert pace is not None and pace > 0
    told = plan(upscale, source, machine=Machine(network_paces={network.name: pace}), network=network)
    assert (told.tiles, told.tile_px) == (len(worked), 256)
    assert told.seconds is not None and told.seconds > 500_000 * pace, "the second way is the long one"
    assert plan(upscale, source, network=network).seconds is None, "nobody knows before the first time"


def tiny_path(folder: Path) -> Path:
    tiny_upscaler(folder / "compact.safetensors", SRVGG)
    return folder / "compact.safetensors"


def test_memory_is_bounded_by_the_tile(starter: ModelInfo):
    card = Machine("cuda:0", free_bytes=8 * GIB)
    small, large = (plan(Upscale(2.0, "four"), Extent(side, side), machine=card) for side in (512, 4096))
    assert small.memory.needed_bytes == large.memory.needed_bytes < GIB
    assert large.tiles > 30 * small.tiles
    beside = plan(Upscale(2.0, "four"), Extent(4096, 4096))
    assert beside.memory.needed_bytes > large.memory.needed_bytes, "the picture itself lies there too"
    refined = plan(Upscale(2.0, "four", refine=True), Extent(512, 512), starter, card)
    assert refined.tile_px == starter.defaults.width and refined.tiles > small.tiles


def test_what_does_not_fit_and_what_is_done_about_it_is_said(starter: ModelInfo):
    short = Machine("cuda:0", free_bytes=110_000_000)
    refined = plan(Upscale(2.0, refine=True), Extent(512, 512), starter, short, network=None)
    assert Measure.SHORT_NUMBERS in refined.memory.measures and Measure.OFFLOAD in refined.memory.measures
    assert not plan(Upscale(2.0, "four"), Extent(512, 512), machine=short).memory.fits


def test_a_model_s_own_pace_tells_how_long_it_refines(starter: ModelInfo):
    machine = Machine(model_pace=1e-6, speed=Speed.EXACT)
    upscale = Upscale(2.0, refine=True)
    told = plan(upscale, Extent(256, 256), starter, machine, network=None)
    _, pixels = tiles_of(Extent(512, 512), 256, 64)
    steps = max(1, int(starter.defaults.sampling.steps * 0.2))
    assert told.seconds == pytest.approx(1e-6 * pixels * steps)
    unknown = replace(upscale, network="four")
    assert plan(unknown, Extent(256, 256), starter, machine).seconds is None, (
        "of the network nothing is known"
    )


def test_a_filter_needs_no_tile_and_no_time():
    told = plan(Upscale(2.0), Extent(100, 50), network=None)
    assert (told.tile_px, told.seconds) == (0, 0.0) and told.memory.needed_bytes == 200 * 100 * 15
    assert plan(Upscale(2.0, "four"), None).tile_px == 256, "also of pictures whose size is not known yet"


def test_a_diffusion_model_is_counted_by_its_steps_and_its_own_tile():
    draws = UpscalerInfo("x4", Path("x4"), "x4 upscaler", 4, steps=75, tile_px=128, parameters=1000)
    machine = Machine(network_paces={"x4": 1e-6})
    plans = [
        plan_enlarging(Upscale(4.0, "x4", steps=steps), 0.2, Extent(128, 128), draws, None, machine)
        for steps in (None, 15)
    ]
    assert [(plan.tile_px, plan.tiles) for plan in plans] == [(128, 1)] * 2
    assert [plan.seconds for plan in plans] == pytest.approx([128 * 128 * 75e-6, 128 * 128 * 15e-6])
    assert plans[0].memory.working_bytes > 512 * 512 * 5000  # its autoencoder decodes the whole tile

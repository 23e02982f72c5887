"""What a job needs of the memory, from the header alone, and what is done where it is short."""

from __future__ import annotations

from dataclasses import replace

from engine.api.images import Extent, ImageInput
from engine.api.job_plan import JobPlan, Measure, number_bytes, plan_job, worked_extent
from engine.api.model_info import Capabilities, Defaults, ModelInfo, Part
from engine.api.request import GenerationRequest, Speed
from engine.api.upscale import Upscale

GIB = 1 << 30
SD15 = ModelInfo(
    "sd15", "SD 1.5", "stable_diffusion",
    parts=(
        Part("unet", "UNet2DConditionModel", 860_000_000, 0, "F16"),
        Part("vae", "AutoencoderKL", 84_000_000, 0, "F16"),
        Part("text_encoder", "CLIPTextModel", 123_000_000, 0, "F16"),
    ),
    capabilities=Capabilities(bytes_per_px=5120), defaults=Defaults(512, 512),
)  # fmt: skip


FLUX = ModelInfo(
    "flux", "FLUX", "flux1",
    parts=(
        Part("transformer", "FluxTransformer2DModel", 11_900_000_000, 23_800_000_000, "BF16"),
        Part("vae", "AutoencoderKL", 84_000_000, 0, "BF16"),
        Part("text_encoder", "CLIPTextModel", 123_000_000, 0, "BF16"),
        Part("text_encoder_2", "T5EncoderModel", 4_760_000_000, 9_500_000_000, "BF16"),
    ),
    capabilities=Capabilities(bytes_per_px=5120), defaults=Defaults(1024, 1024),
)  # fmt: skip


def plan(side: int, number: int, free: float, is_card: bool = False) -> JobPlan:
    return plan_job(SD15, Extent(side, side), number, round(free * GIB), is_card)


def flux(free: float, is_card: bool, may_pack: bool, model: ModelInfo = FLUX) -> JobPlan:
    return plan_job(model, Extent(1024, 1024), 2, round(free * GIB), is_card, may_pack)


def test_what_fits_needs_no_measure():
    found = plan(512, 4, 16)
    assert found.weights_bytes == 4 * 1_067_000_000 and found.fits and found.measures == ()
    assert found.needed_bytes == found.weights_bytes + found.working_bytes
    assert plan(512, 2, 16).needed_bytes < found.needed_bytes


def test_a_large_picture_is_developed_in_tiles_where_it_would_not_fit():
    assert plan(2048, 4, 40).measures == ()
    short = plan(2048, 4, 16)
    assert short.measures == (Measure.TILED_DECODE,) and short.fits
    assert short.needed_bytes < short.weights_bytes + short.working_bytes * 5


def test_only_a_card_lets_networks_wait_outside():
    assert plan(512, 2, 2.5, is_card=True).measures == (
        Measure.SHORT_NUMBERS, Measure.TILED_DECODE, Measure.OFFLOAD,
    )  # fmt: skip
    assert plan(512, 2, 2.5, is_card=True).fits
    assert not plan(512, 4, 2).fits and Measure.OFFLOAD not in plan(512, 4, 2).measures


def test_from_card_to_card_as_little_is_done_as_makes_it_fit():
    tiled, outside = Measure.TILED_DECODE, Measure.OFFLOAD
    packed, groups, short = Measure.EIGHT_BITS, Measure.GROUP_OFFLOAD, Measure.SHORT_NUMBERS
    found = {free: flux(free, is_card=True, may_pack=True) for free in (40, 24, 15, 8)}
    assert found[40].measures == (short,)
    assert found[24].measures == (short, tiled, outside)
    assert found[15].measures == (short, tiled, outside, packed)
    assert found[8].measures == (short, tiled, outside, packed, groups)
    assert all(one.fits for one in found.values())


def test_exact_never_packs_weights():
    exact = flux(15, is_card=True, may_pack=False)
    assert Measure.EIGHT_BITS not in exact.measures and Measure.GROUP_OFFLOAD in exact.measures and exact.fits


def test_a_processor_packs_and_has_no_outside():
    found = flux(20, is_card=False, may_pack=True)
    assert found.measures == (Measure.SHORT_NUMBERS, Measure.TILED_DECODE, Measure.EIGHT_BITS) and found.fits
    assert not flux(20, is_card=False, may_pack=False).fits


def test_what_is_packed_in_its_file_stays_so():
    part = replace(FLUX.parts[0], bytes=6_800_000_000, dtype="Q4_K/F32")
    packed = flux(40, True, True, replace(FLUX, parts=(part, *FLUX.parts[1:])))
    assert packed.weights_bytes == flux(40, True, True).weights_bytes - 23_800_000_000 + 6_800_000_000


def test_what_would_gain_nothing_is_not_done():
    alone = replace(FLUX, parts=FLUX.parts[:2])
    assert Measure.OFFLOAD not in flux(10, True, False, alone).measures


def test_where_nothing_can_be_told_it_fits():
    assert plan(8192, 4, 0).fits and plan(8192, 4, 0).measures == ()


def test_the_format_is_that_of_the_speed_and_the_device():
    assert number_bytes(Speed.EXACT, "cpu") == 4 and number_bytes(Speed.FAST, "cpu") == 2
    assert number_bytes(Speed.FASTEST, "cpu", has_short=False) == 4
    assert number_bytes(Speed.EXACT, "cuda:0") == 2


def test_of_what_is_refined_in_tiles_one_counts():
    image = ImageInput("0" * 64, 1000, 300)
    request = GenerationRequest("sd15").with_upscale(image, Upscale(4.0, refine=True))
    assert worked_extent(request, SD15) == (512, 512)
    assert worked_extent(GenerationRequest("sd15", width=640), SD15) == (640, 512)

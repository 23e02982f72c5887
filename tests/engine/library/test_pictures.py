"""Pictures with their recipe: written, read back exactly, and understood by others."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.api.errors import BadRequest
from engine.api.images import ImageInput, pixels_hash
from engine.api.recipe import Environment, Recipe
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.library.pictures import (
    SUFFIXES,
    encode_picture,
    encode_plain,
    open_picture,
    read_metadata,
    source_type,
)

PIXELS = np.random.default_rng(5).integers(0, 256, (24, 31, 3), dtype=np.uint8)
REQUEST = GenerationRequest(
    "starter",
    'a lighthouse, "dusk": ñ 🗼\nSteps: 3, Sampler: no',
    "Negative prompt: blurry",
    128,
    128,
    Sampling("dpmpp_2m_karras", 20, 6.5, 0.2, 0.6, 2**64 - 1, extra={"newer": [1, {"deep": None}]}),
    extra={"from a newer version": True},
)
RECIPE = Recipe(
    REQUEST, pixels_hash(PIXELS), "Starter, a: \"model\"", "stable_diffusion", "ab" * 32, "CC0-1.0",
    scheduler_class="DPMSolverMultistepScheduler",
    scheduler_config={"beta_start": 0.00085, "trained_betas": None},
    environment=Environment("0.1", "2.13.0", threads=2, extra={"oneDNN": "3"}),
    stopped_at=7, seconds=1.25, created="2026-11-22T21:00:00+00:00", extra={"unknown": "kept"},
)  # fmt: skip
FORMATS = list(SUFFIXES)


@pytest.mark.parametrize("format", FORMATS)
def test_the_recipe_comes_back_exactly(format):
    found = read_metadata(encode_picture(PIXELS, RECIPE, format))
    assert found.recipe == RECIPE
    assert found.recipe is not None and found.recipe.to_json() == RECIPE.to_json()
    assert (found.program, found.source_type, found.skipped) == ("Lienzo", "trainedAlgorithmicMedia", ())


@pytest.mark.parametrize(("format", "quality"), [("png", 92), ("webp", 100)])
def test_png_and_full_quality_webp_keep_every_pixel(format, quality: int):
    data = encode_picture(PIXELS, RECIPE, format, quality)
    assert pixels_hash(open_picture(data).pixels) == RECIPE.pixels_sha256
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), PIXELS)


def test_quality_decides_the_size_of_a_jpeg():
    smooth = np.repeat(np.linspace(0, 255, 128).astype(np.uint8)[None, :, None], 128, 0).repeat(3, 2)
    small, large = (encode_picture(smooth, RECIPE, "jpeg", quality) for quality in (30, 98))
    assert len(small) < len(large)
    assert np.abs(open_picture(large).pixels.astype(int) - smooth).max() <= 4


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40, deadline=None)
@given(prompt=st.text(max_size=300), negative=st.text(max_size=50), title=st.text(max_size=40))
def test_any_text_in_a_recipe_comes_back_exactly(format, prompt: str, negative: str, title: str):
    recipe = replace(
        RECIPE, request=replace(REQUEST, prompt=prompt, negative_prompt=negative), model_title=title
    )
    data = encode_picture(PIXELS, recipe, format)
    assert read_metadata(data).recipe == recipe
    assert open_picture(data).width == 31


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("letter", ["a", "ñ", "🐶", '"', "<"])
def test_the_longest_prompt_comes_back_exactly(format, letter: str):
    recipe = replace(
        RECIPE, request=replace(REQUEST, prompt=letter * 200_000, negative_prompt=letter * 99_000)
    )
    data = encode_picture(PIXELS, recipe, format)
    assert read_metadata(data).recipe == recipe
    assert open_picture(data).height == 24


def test_a_picture_branched_many_times_is_still_read():
    request = REQUEST
    for _ in range(40):
        request = replace(REQUEST, branch=Branch(request, 0, 5))
    recipe = replace(RECIPE, request=request)
    assert read_metadata(encode_picture(PIXELS, recipe)).recipe == recipe


@pytest.mark.parametrize("format", FORMATS)
def test_other_programs_find_the_a1111_text_where_they_look(format):
    image = Image.open(io.BytesIO(encode_picture(PIXELS, RECIPE, format)))
    if format == "png":
        text = image.info["parameters"]
    else:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
        assert comment[:8] == b"UNICODE\0"
        text = comment[8:].decode("utf-16-be")
    assert text.startswith(REQUEST.prompt)
    assert "Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 18446744073709551615" in text


@pytest.mark.parametrize("format", FORMATS)
def test_sd_parsers_reads_our_pictures(format, tmp_path):
    from sd_parsers import ParserManager

    path = tmp_path / "picture"
    plain = replace(
        RECIPE, model_title="Starter", request=replace(REQUEST, prompt="a fox", negative_prompt="dim")
    )
    path.write_bytes(encode_picture(PIXELS, plain, format))
    info = ParserManager().parse(path)
    assert info is not None
    assert (info.full_prompt, info.full_negative_prompt) == ("a fox", "dim")
    assert info.samplers[0].name == "DPM++ 2M"
    assert info.samplers[0].parameters["steps"] == "20"


def test_latin_text_goes_into_the_chunk_that_every_reader_knows():
    latin = replace(RECIPE, request=replace(REQUEST, prompt="café", negative_prompt=""))
    assert b"tEXtparameters\0caf\xe9" in encode_picture(PIXELS, latin)
    assert b"iTXtparameters\0" in encode_picture(PIXELS, RECIPE)


@pytest.mark.parametrize("format", FORMATS)
def test_the_packet_names_the_source_type_and_the_tool(format):
    data = encode_picture(PIXELS, RECIPE, format)
    address = b"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<"
    assert address in data
    assert b"<xmp:CreatorTool>Lienzo " in data
    image = Image.open(io.BytesIO(data))
    assert image.getxmp()["xmpmeta"]["RDF"]["Description"]["DigitalSourceType"].endswith(
        "trainedAlgorithmicMedia"
    )


def test_a_png_says_that_it_is_srgb():
    assert Image.open(io.BytesIO(encode_picture(PIXELS, RECIPE))).info["srgb"] == 0


def test_the_source_type_follows_how_the_picture_came_to_be():
    from_picture = replace(REQUEST, image=ImageInput.of(PIXELS))
    assert source_type(RECIPE) == "trainedAlgorithmicMedia"
    assert source_type(replace(RECIPE, request=from_picture)) == "compositeWithTrainedAlgorithmicMedia"
    branched = replace(REQUEST, branch=Branch(from_picture, 0, 3))
    assert source_type(replace(RECIPE, request=branched)) == "compositeWithTrainedAlgorithmicMedia"
    assert source_type(replace(RECIPE, model_family="toy")) == "algorithmicMedia"


@pytest.mark.parametrize("format", FORMATS)
def test_a_start_picture_is_remembered_by_its_hash_alone(format):
    recipe = replace(RECIPE, request=replace(REQUEST, image=ImageInput.of(PIXELS, "me.jpg")))
    found = read_metadata(encode_picture(PIXELS, recipe, format))
    assert found.recipe == recipe
    assert found.recipe is not None and found.recipe.request.image is not None
    assert (found.recipe.request.image.name, found.recipe.request.image.pixels) == ("me.jpg", None)
    assert found.parameters is not None and found.parameters.strength == 0.6


def test_a_plain_picture_says_nothing():
    data = encode_plain(PIXELS)
    found = read_metadata(data)
    assert np.array_equal(open_picture(data).pixels, PIXELS)
    assert (found.recipe, found.parameters, found.program, found.texts) == (None, None, "", {})


@pytest.mark.parametrize(
    ("pixels", "format", "quality", "field"),
    [
        (PIXELS, "tiff", 90, "format"),
        (PIXELS, "jpeg", 0, "quality"),
        (PIXELS, "webp", 101, "quality"),
        (PIXELS[..., 0], "png", 90, "image"),
        (PIXELS.astype(np.float32), "png", 90, "image"),
    ],
)
def test_what_cannot_be_encoded_is_said(pixels, format, quality, field):
    with pytest.raises(BadRequest) as caught:
        encode_picture(pixels, RECIPE, format, quality)
    assert caught.value.field == field


def test_no_path_and_no_user_name_is_written():
    code = """
import sys, numpy as np
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library.pictures import encode_picture
data = encode_picture(np.zeros((8, 8, 3), np.uint8), Recipe(GenerationRequest("starter", "x")), "jpeg")
assert b"/home" not in data and b"/root" not in data
sys.exit("torch" in sys.modules or "PySide6" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

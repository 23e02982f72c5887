"""The A1111 text: what we write comes back, and what others wrote is understood."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.parameters import KEY, Parameters, parameters_of, parse_parameters, write_parameters
from engine.library.sampler_names import NAMES, scheduler_id

OURS = {
    "Steps",
    "Sampler",
    "Schedule type",
    "CFG scale",
    "Seed",
    "Size",
    "Model",
    "Model hash",
    "Denoising strength",
    "CFG Rescale",
    "Text lengths",
}
TEXT = st.text(max_size=80) | st.lists(
    st.sampled_from(
        [
            "Negative prompt:",
            "Negative prompt: ",
            "\n",
            " ",
            "Steps: 20, Sampler: Euler",
            "Seed: 1",
            '"',
            "\\",
            ",",
            ":",
            "Text lengths: 1/2",
            "a fox",
            "\r",
            "\x85",
            "\u2028",
            "\t",
        ]
    ),
    max_size=8,
).map("".join)
REAL = st.none() | st.floats(0, 1e9, allow_nan=False)
KEYS = st.from_regex(KEY, fullmatch=True).filter(lambda key: key not in OURS and key.strip() == key)


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    width = draw(st.none() | st.integers(1, 99_999))
    return Parameters(
        draw(TEXT),
        draw(TEXT),
        draw(st.none() | st.integers(0, 10**6)),
        draw(st.none() | st.sampled_from(list(NAMES))),
        draw(REAL),
        draw(st.none() | st.integers(0, 2**64 - 1)),
        width,
        None if width is None else draw(st.integers(1, 99_999)),
        draw(TEXT),
        draw(st.text(max_size=10)),
        draw(REAL),
        draw(REAL),
        draw(st.dictionaries(KEYS, TEXT, max_size=4)),
    )


@settings(max_examples=800, deadline=None)
@given(parameters())
@example(Parameters("Steps: 1, Seed: 2, Size: 3x4"))
@example(Parameters("", "Negative prompt:"))
@example(Parameters("a\nNegative prompt: b", "c\nNegative prompt: d\nSteps: 9", 3))
def test_what_is_written_comes_back(x: Parameters):
    assert parse_parameters(write_parameters(x)) == x


@settings(max_examples=500, deadline=None)
@given(TEXT)
def test_any_text_is_read(text: str):
    parse_parameters(text)


def test_a_plain_recipe_is_written_as_a1111_would():
    request = GenerationRequest(
        "sd", "a fox,\nin snow", "dim", 512, 768, Sampling("dpmpp_2m_karras", 20, 7.5, seed=9)
    )
    text = write_parameters(
        parameters_of(Recipe(request, model_title="SD 1.5", model_sha256="6ce0161689" * 4))
    )
    assert text == (
        "a fox,\nin snow\nNegative prompt: dim\n"
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 9, Size: 512x768, "
        "Model hash: 6ce0161689, Model: SD 1.5, Version: Lienzo"
    )


REAL_ONE = """masterpiece, (detailed:1.2) <lora:foo:0.8>
two lines: yes
Negative prompt: (worst quality:1.4),
blurry
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 5.5, Seed: 2965471702, Size: 640x896, \
Model hash: 4199bcdd14, Model: revAnimated_v122, Denoising strength: 0.45, Clip skip: 2, \
Hires upscale: 2, Lora hashes: "foo: 1234, bar: 5678", Version: v1.6.0"""


def test_a_real_picture_of_an_older_a1111():
    p = parse_parameters(REAL_ONE)
    assert p.prompt == "masterpiece, (detailed:1.2) <lora:foo:0.8>\ntwo lines: yes"
    assert p.negative_prompt == "(worst quality:1.4),\nblurry"
    assert (p.steps, p.scheduler, p.guidance, p.seed) == (28, "dpmpp_2m_karras", 5.5, 2965471702)
    assert (p.width, p.height, p.model, p.model_hash) == (640, 896, "revAnimated_v122", "4199bcdd14")
    assert p.strength == 0.45
    assert p.other == {
        "Clip skip": "2",
        "Hires upscale": "2",
        "Lora hashes": "foo: 1234, bar: 5678",
        "Version": "v1.6.0",
    }


def test_a_prompt_alone_is_a_prompt():
    assert parse_parameters("a cat: black, white") == Parameters("a cat: black, white")
    assert parse_parameters("") == Parameters()


@pytest.mark.parametrize(
    ("sampler", "schedule", "id"),
    [
        ("Euler a", "", "euler_a"),
        ("Euler a", "Automatic", "euler_a"),
        ("DPM++ 2M", "Karras", "dpmpp_2m_karras"),
        ("DPM++ 2M", "Automatic", "dpmpp_2m_karras"),
        ("DPM++ 2M", "", "dpmpp_2m"),
        ("DPM++ 2M", "Uniform", "dpmpp_2m"),
        ("UniPC", "", "unipc"),
        ("DDIM", "", "ddim"),
        ("LMS", "", "lms"),
        ("lcm", "", "lcm"),
        ("DPM adaptive", "", None),
    ],
)
def test_samplers_by_the_names_artists_know(sampler: str, schedule: str, id: str | None):
    assert scheduler_id(sampler, schedule) == id


@pytest.mark.parametrize("id", NAMES)
def test_every_scheduler_of_ours_has_a_name_that_leads_back(id: str):
    assert scheduler_id(*NAMES[id]) == id


def test_what_is_unknown_or_out_of_range_stays_said():
    p = parse_parameters(
        "x\nSteps: 20, Sampler: DPM fast, Seed: -1, CFG scale: NaN, Size: 0x8, Denoising strength: 1e999"
    )
    assert (p.scheduler, p.seed, p.guidance, p.width, p.strength) == (None, None, None, None, None)
    assert p.other == {
        "Sampler": "DPM fast",
        "Seed": "-1",
        "CFG scale": "NaN",
        "Size": "0x8",
        "Denoising strength": "1e999",
    }


def test_a_known_sampler_with_another_schedule_keeps_the_schedule():
    p = parse_parameters("x\nSteps: 20, Sampler: Euler, Schedule type: Beta")
    assert (p.scheduler, p.other) == ("euler", {"Schedule type": "Beta"})


@pytest.mark.parametrize(
    "text",
    ["((((" * 25_000, "Steps: " * 20_000, "a\nSteps: 1, " + "b: c, " * 30_000, '\nSteps: "' + "\\" * 99_999],
)
def test_long_texts_are_read_at_once(text: str):
    start = time.process_time()
    parse_parameters(text)
    assert time.process_time() - start < 0.5

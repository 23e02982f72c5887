"""File names from templates: inside the library, valid everywhere, readable."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.errors import BadRequest
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.names import TOKENS, example_name, next_number, picture_name, safe_name
from engine.library.save import save_new

REQUEST = GenerationRequest("sd", "a fox in snow", "", 512, 768, Sampling("euler_a", 20, seed=9))
RECIPE = Recipe(REQUEST, model_title="SD 1.5", created="2026-11-22T09:05:03+01:00")
NASTY = st.sampled_from(
    [
        "..",
        "/",
        "\\",
        ".",
        "CON",
        "nul.txt",
        "COM1",
        "lpt¹",
        "a:b",
        "C:",
        "\0",
        "\u202e",
        "\u200b",
        "~",
        "-rf",
        " ",
        "🐶👨‍👩‍👧",
        "x" * 500,
        "é" * 300,
        "\n",
        "\t",
        "|",
        "?",
        "*",
        '"',
        "<",
        ">",
        "\udc80",
        "\u0300",
        "{prompt}",
        "%s",
    ]
)
TEXT = st.text(max_size=60) | st.lists(NASTY | st.text(max_size=3), max_size=6).map("".join)
TEMPLATES = st.lists(
    st.sampled_from(
        [f"{{{token}}}" for token in TOKENS] + ["{number:05}", "/", " ", "-", "a", "é" * 150, ".", "CON"]
    ),
    min_size=1,
    max_size=8,
).map("".join)


def is_portable(part: str) -> bool:
    stem = part.split(".")[0].strip().upper()
    reserved = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in "0123456789¹²³")}
    return (
        0 < len(part.encode()) <= 255
        and part not in (".", "..")
        and not set(part) & set('<>:"/\\|?*')
        and not any(
            character < " " or character == "\x7f" or "\u202a" <= character <= "\u202e" for character in part
        )
        and part == part.strip(" ")
        and not part.endswith(".")
        and not part.startswith(".")
        and stem not in reserved
    )


@settings(max_examples=1500, deadline=None)
@given(TEMPLATES, TEXT, TEXT, st.integers(1, 10**6), st.sampled_from([".png", ".jpg", ".webp"]))
def test_no_prompt_and_no_model_leads_out_of_the_library(template, prompt, title, number, suffix):
    recipe = replace(RECIPE, request=replace(REQUEST, prompt=prompt, model=title or "m"), model_title=title)
    try:
        name = picture_name(template, recipe, number, suffix)
    except BadRequest as error:
        assert error.field == "name_template"
        return
    parts = name.split("/")
    assert len(parts) == template.count("/") + 1, "only the template makes folders"
    assert all(is_portable(part) for part in parts), name
    assert parts[-1].endswith(suffix)
    assert len(parts[-1].encode()) <= 255 - len(" (2)")
    inside = os.path.normpath(f"/library/{name}")
    assert inside.startswith("/library/")


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
def test_any_template_gives_a_name_or_one_kind_of_error(template: str):
    try:
        name = picture_name(template, RECIPE, 1)
    except BadRequest as error:
        assert error.field == "name_template" and error.reason
        return
    assert all(is_portable(part) for part in name.split("/"))


@settings(max_examples=600, deadline=None)
@given(TEXT, st.integers(8, 255))
def test_a_safe_name_is_one_name_of_the_asked_size(text: str, largest: int):
    name = safe_name(text, largest)
    assert is_portable(name) and len(name.encode()) <= max(largest, 8)
    assert safe_name(name, largest) == name


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_every_name_can_really_be_saved(tmp_path_factory: pytest.TempPathFactory, prompt: str):
    folder = tmp_path_factory.mktemp("library")
    recipe = replace(RECIPE, request=replace(REQUEST, prompt=prompt))
    name = picture_name("{prompt}/{prompt} {seed}", recipe, 1)
    first, second = save_new(folder, name, b"1"), save_new(folder, name, b"2")
    assert first.relative_to(folder).as_posix() == name
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{date}/{number:05} {prompt}", "2026-11-22/00007 a fox in snow.png"),
        ("{time} {model}", "09-05-03 SD 1.5.png"),
        ("{model}/{scheduler}_{steps}_{width}x{height}_{seed}", "SD 1.5/euler_a_20_512x768_9.png"),
        ("picture", "picture.png"),
        ("a\\b", "a/b.png"),
        ("{{x}} {seed:3}", "{x} 9.png"),
    ],
)
def test_templates_become_names(template: str, name: str):
    assert picture_name(template, RECIPE, 7) == name


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("../{seed}", "pictures stay in the library"),
        ("a/../b", "pictures stay in the library"),
        ("/etc/{seed}", "empty folder name"),
        ("a//b", "empty folder name"),
        ("{date}/", "empty folder name"),
        ("C:\\x", "may not hold :"),
        ("{nonsense}", "does not know {nonsense}"),
        ("{}", "does not know {}"),
        ("{prompt.__class__}", "does not know {prompt.__class__}"),
        ("{seed!r}", "does not know {seed}"),
        ("{prompt:500}", "cannot write {prompt:500}"),
        ("{number:99999999}", "cannot write {number:99999999}"),
        ("{number:{seed}}", "cannot write"),
        ("{number", "without its partner"),
        ("}", "without its partner"),
        ("what?", "may not hold ?"),
    ],
)
def test_a_wrong_template_says_what_is_wrong(template: str, reason: str):
    with pytest.raises(BadRequest) as caught:
        picture_name(template, RECIPE, 1)
    assert caught.value.field == "name_template"
    assert reason in caught.value.reason


def test_long_prompts_end_between_words():
    recipe = replace(RECIPE, request=replace(REQUEST, prompt="lighthouse " * 50))
    name = picture_name("{prompt}", recipe, 1)
    assert name == " ".join(["lighthouse"] * 7) + ".png"


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a (cute:1.3) fox <lora:ink:0.8:up=0.5> in [[snow]]", "a cute fox in snow"),
        ("<lora:ink>", "picture"),
        (r"smile \(happy\), __colour__ {cat|dog} BREAK sky", "smile (happy), colour cat dog sky"),
        ("a [cat:dog:0.5] on [red|blue] sand AND sea", "a cat on red sand sea"),
        ('{"caption": "a (red) boat"}', "{ caption a (red) boat }"),
        ("a (" + "very " * 3 + "long:1.2", "a (very very very long 1.2"),
    ],
)
def test_a_name_says_the_plain_words_of_its_prompt(prompt: str, name: str):
    recipe = replace(RECIPE, request=replace(REQUEST, prompt=prompt))
    assert picture_name("{prompt}", recipe, 1) == name + ".png"


def test_a_picture_without_a_prompt_has_a_name():
    assert picture_name("{prompt}", replace(RECIPE, request=replace(REQUEST, prompt="")), 1) == "picture.png"


def test_the_preview_for_the_preferences():
    assert example_name("{number:03} {prompt} {seed}", ".jpg") == "007 a cute beagle smiling 42.jpg"
    with pytest.raises(BadRequest):
        example_name("{")


def test_numbers_go_on_over_folders_and_take_no_date_for_one(tmp_path: Path):
    assert next_number(tmp_path / "not there") == 1
    (tmp_path / "2026-11-22").mkdir()
    for name in ("2026-11-22/00041 dog.png", "00007.png", "2026-11-22 fox.png", "dog 99.png"):
        (tmp_path / name).write_bytes(b"")
    assert next_number(tmp_path) == 42

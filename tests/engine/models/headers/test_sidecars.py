"""What is said beside and inside a file: titles, words, licences, previews; never believed about its kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from headers import kohya_lora, write_header

from engine.api.model_file import FileKind, ModelFile
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe

LORA = kohya_lora({"down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k": (640, 768)})


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    return write_header(tmp_path / "thing.safetensors", LORA)


def told(path: Path) -> ModelFile:
    return describe(place_of(path))


def beside(path: Path, ending: str, form: object) -> None:
    path.with_name(path.stem + ending).write_text(json.dumps(form))


def test_the_model_metadata_standard(tmp_path: Path) -> None:
    metadata = {
        "modelspec.title": "Zorbi", "modelspec.license": "MIT", "modelspec.trigger_phrase": "zorbi, cute",
        "modelspec.architecture": "stable-diffusion-v1/lora", "modelspec.description": "A <b>bird</b>.",
    }  # fmt: skip
    found = told(write_header(tmp_path / "z.safetensors", LORA, metadata=metadata))
    assert (found.title, found.licence, found.triggers) == ("Zorbi", "MIT", ("zorbi", "cute"))
    assert (found.base, found.description) == ("stable-diffusion-v1/lora", "A bird .")
    assert found.why[-1] == "its makers say: stable-diffusion-v1/lora"


def test_kohyas_tags_tell_the_word_that_all_pictures_had(tmp_path: Path) -> None:
    tags = {"10_zorbi": {"zorbi": 20, "bird": 7}, "5_zorbi": {"zorbi": 10, "tree": 3}}
    metadata = {"ss_base_model_version": "sd_v1", "ss_tag_frequency": json.dumps(tags)}
    found = told(write_header(tmp_path / "z.safetensors", LORA, metadata=metadata))
    assert found.triggers == ("zorbi",) and found.base == "sd_v1"
    broken = told(write_header(tmp_path / "b.safetensors", LORA, metadata={"ss_tag_frequency": "{" * 5000}))
    assert broken.triggers == ()


def test_civitai_info(lora: Path) -> None:
    form = {
        "baseModel": "SDXL 1.0",
        "trainedWords": ["zorbi, bird", "zorbi"],
        "model": {"name": "Zorbi style"},
    }
    beside(lora, ".civitai.info", {**form, "description": "<p>Nice &amp; calm</p>"})
    found = told(lora)
    assert (found.title, found.triggers) == ("Zorbi style", ("zorbi", "bird"))
    assert found.description == "Nice & calm"
    assert found.family == "sd1", "the tensors decide, whatever a sidecar says"


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        (".json", {"activation text": "zorbi", "sd version": "SD1", "notes": "n"}),
        (".cm-info.json", {"ModelName": "Z", "TrainedWords": ["zorbi"], "BaseModel": "SD 1.5"}),
        (
            ".metadata.json",
            {"model_name": "Z", "civitai": {"trainedWords": ["zorbi"], "baseModel": "SD 1.5"}},
        ),
    ],
)
def test_what_other_programs_keep(lora: Path, ending: str, form: object) -> None:
    beside(lora, ending, form)
    found = told(lora)
    assert found.triggers == ("zorbi",) and found.base.startswith("SD")


@pytest.mark.parametrize(
    "form", [[], {"trainedWords": 5, "model": [], "description": {}}, {"trainedWords": [None]}]
)
def test_nonsense_beside_a_file_says_nothing(lora: Path, form: object) -> None:
    beside(lora, ".civitai.info", form)
    lora.with_name("thing.json").write_text("{")
    found = told(lora)
    assert found.kind is FileKind.LORA and (found.title, found.triggers) == ("", ())


def test_a_preview_picture_beside_it(lora: Path) -> None:
    assert told(lora).preview is None
    for name in ("thing.jpg", "thing.preview.png"):
        lora.with_name(name).write_bytes(b"x")
        found = told(lora).preview
        assert found is not None and found.name == name

"""A model with a table of words that it never learnt: read, said, kept in the recipe, switched off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from learnt import lora_state, save_lora
from tiny import tiny_sd

from engine.api.errors import UnreadableFile
from engine.api.events import ImageReady, Notice
from engine.api.images import pixels_hash
from engine.api.learnt import Lora
from engine.api.other_words import ReadAs, other_words
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.cli import main
from engine.library.pictures import read_metadata
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.words.other_words import FILE, names_of, table_of, with_other_words
from engine.picture import picture
from engine.tasks import run

TABLE = {"format": 1, "words": {"en": {"a dog": ["hound"]}, "es": {"un perro": ["sabueso"]}}}
HOUND = ReadAs("hound", "a dog")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tiny_sd(tmp_path / "base")
    (folder / FILE).write_text(json.dumps(TABLE), encoding="utf-8")
    return folder


@pytest.fixture
def models() -> Models:
    picture.KEPT.clear()
    return Models(Catalog())


def ask(base: Path, prompt: str, **changes) -> GenerationRequest:
    sampling = Sampling("euler", 3, 3.0, seed=5)
    request = GenerationRequest(str(base), prompt, "", 64, 64, sampling, read_as=None)
    return replace(request, **changes)


def made(request: GenerationRequest, models: Models) -> ImageReady:
    return next(event for event in run(request, models) if isinstance(event, ImageReady))


def test_a_word_of_the_table_draws_what_it_stands_for_and_the_recipe_says_so(base: Path, models: Models):
    dog, hound = made(ask(base, "a dog"), models), made(ask(base, "a hound"), models)
    assert pixels_hash(hound.pixels) == pixels_hash(dog.pixels)
    assert hound.recipe.request.prompt == "a hound" and hound.recipe.request.read_as == (HOUND,)
    assert dog.recipe.request.read_as == ()
    typed = made(ask(base, "a hound", read_as=()), models)
    assert pixels_hash(typed.pixels) != pixels_hash(dog.pixels)
    notices = [event for event in run(ask(base, "un sabueso"), models) if isinstance(event, Notice)]
    assert [notice.extra["words"] for notice in notices if notice.code == "read_as"] == ["sabueso: perro"]


def test_a_recipe_is_made_again_whatever_the_table_says_by_then(base: Path, models: Models):
    first = made(ask(base, "a hound"), models)
    (base / FILE).write_text(json.dumps({"format": 1, "words": {"en": {"a cat": ["hound"]}}}))
    again = made(first.recipe.request, models)
    assert pixels_hash(again.pixels) == pixels_hash(first.pixels)
    assert made(ask(base, "a hound"), models).recipe.request.read_as == (ReadAs("hound", "a cat"),)


def test_a_branch_reads_its_words_and_those_of_its_origin(base: Path, models: Models):
    origin = ask(base, "a hound")
    whole = made(origin, models)
    branch = replace(origin, branch=Branch(origin, 0, 2))
    assert pixels_hash(made(branch, models).pixels) == pixels_hash(whole.pixels)
    picture.KEPT.clear()
    made_again = made(branch, models)
    assert pixels_hash(made_again.pixels) == pixels_hash(whole.pixels)
    told = made_again.recipe.request
    assert told.branch is not None and told.branch.origin.read_as == (HOUND,)


def test_a_word_that_a_lora_taught_means_that(base: Path, models: Models, tmp_path: Path):
    path = save_lora(tmp_path / "hound.safetensors", lora_state(base), {"lienzo.trigger": "hound"})
    request = ask(base, "a hound", loras=(Lora(str(path)),))
    assert made(request, models).recipe.request.read_as == ()


def test_a_model_without_a_table_reads_as_typed(base: Path, models: Models):
    (base / FILE).unlink()
    info = models.catalog.find(str(base))
    assert table_of(info) == {}
    assert with_other_words(ask(base, "a hound"), info).read_as == ()


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"format": 1}', '{"format": 2, "words": {}}', '{"format": 1, "words": []}',
                '{"format": 1, "words": {"en": {"a dog": 5}}}', "[" * 100_000],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_named_and_as_typed_goes_on(base: Path, models: Models, content: str):
    (base / FILE).write_text(content)
    with pytest.raises(UnreadableFile, match=r"words\.json"):
        run(ask(base, "a hound"), models)
    assert made(ask(base, "a hound", read_as=()), models)


def test_the_command_line_says_it_and_can_leave_it(base: Path, tmp_path: Path, capsys):
    def drawn(name: str, *more: str) -> tuple[str, Path]:
        path = tmp_path / name
        assert main(["generate", "a hound", "-m", str(base), "-o", str(path), "--steps", "2", *more]) == 0
        return capsys.readouterr().err, path

    said, path = drawn("one.png")
    assert "hound: dog" in said
    recipe = read_metadata(path).recipe
    assert recipe is not None and recipe.request.read_as == (HOUND,)
    said, path = drawn("two.png", "--as-typed")
    assert "hound: dog" not in said
    recipe = read_metadata(path).recipe
    assert recipe is not None and recipe.request.read_as == ()


def test_the_starter_has_a_table_that_says_whose_words_they_are(models: Models):
    info = models.catalog.find("starter")
    table = table_of(info)
    assert table["schnauzer"] == "a dog" and len(table) > 5_000
    assert "dog" not in table and "perro" not in table
    assert info.path is not None
    assert "Princeton" in json.loads((info.path / FILE).read_bytes())["licence"]
    assert (info.path / FILE).stat().st_size < 300_000


def test_what_is_drawn_has_its_name_in_the_artist_s_language(base: Path):
    names = {"es": {"a dog": "un perro"}}
    (base / FILE).write_text(json.dumps({**TABLE, "names": names}), encoding="utf-8")
    info = Catalog().find(str(base))
    hound, sabueso = other_words("a hound, un sabueso", table_of(info), names_of(info))
    assert (hound.name_in("en"), hound.name_in("es")) == ("dog", "perro")
    assert (sabueso.name_in("en"), sabueso.name_in("es")) == ("perro", "perro")
    assert hound == replace(hound, names={"es": "un perro"}) and hound.read_as == HOUND
    starter = Catalog().find("starter")
    drawn = {thing for thing in table_of(starter).values() if thing.startswith(("a ", "an "))}
    assert "a dog" in drawn and drawn <= names_of(starter)["es"].keys()

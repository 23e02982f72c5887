"""Every error, told wholly in the language of the window."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from engine_rooms import said_to_the_window
from main_windows import spoken

from desktop.panels.models.reasons import say_reason
from desktop.state.causes import CAUSES, NOT_DRAWN
from desktop.state.language_code import language
from desktop.state.problems import KINDS
from desktop.state.words import say
from engine.api.dynamic import draw
from engine.api.edit import EDIT_LIMITS
from engine.api.errors import (
    ERRORS,
    BadRequest,
    CannotSave,
    EngineError,
    Overflow,
    UnreadableFile,
    UnsafeFile,
)
from engine.api.events import Notice
from engine.api.images import ImageInput
from engine.api.lora_blocks import read_blocks
from engine.api.maps import MapInput, MapKind
from engine.api.request import LIMITS, MOST_MAPS, GenerationRequest
from engine.api.upscale import UPSCALE_LIMITS
from engine.families.not_drawn import BY_REASON, not_drawn
from engine.library.gate import open_picture
from engine.library.save import CAUSES as SAVING
from engine.loras.blocks import check_known
from engine.models.headers.files import read_header
from resources import __file__ as resources_file

ENGLISH = re.compile(
    r"\b(the|is|it|not|must|be|of|and|cannot|was|choose|try|again|model|picture|file|with|one)\b",
    re.IGNORECASE,
)
FIELDS = (
    *LIMITS,
    *EDIT_LIMITS,
    *UPSCALE_LIMITS,
    "alpha",
    "edit",
    "mask",
    "frame",
    "places",
    "prompt",
    "negative_prompt",
    "scheduler",
    "model",
    "image",
    "branch",
    "branch.step",
    "device",
)


@pytest.fixture
def spanish(qapp, tmp_path_factory):
    with spoken("es", tmp_path_factory.mktemp("spanish")):
        yield


def english_in(text: str) -> list[str]:
    return ENGLISH.findall(text)


def made(kind: type[EngineError]) -> EngineError:
    if kind is BadRequest:
        return BadRequest("steps", "must be 1 to 1000, not 0")
    if kind is Overflow:
        return Overflow(3)
    return kind(
        "The thing is broken. Choose another one and try again.", path="/x/perro.png", cause="it is damaged"
    )


@pytest.mark.parametrize("kind", sorted(ERRORS.values(), key=lambda kind: kind.__name__))
def test_no_error_says_english_where_spanish_is_spoken(spanish, kind):
    assert len(say(made(kind))) > 10
    assert english_in(say(made(kind))) == []


@pytest.mark.parametrize("field", FIELDS)
def test_no_wrong_field_says_english_where_spanish_is_spoken(spanish, field):
    assert english_in(say(BadRequest(field, "must be something else, not this"))) == []


@pytest.mark.parametrize(
    "data",
    [{"multiple": 8, "near": 512}, {"at_least": 0.05}, {"problem": "branch"}, {"problem": "no_pixels"}],
)
def test_what_would_be_right_is_said_in_spanish_too(spanish, data):
    told = say(BadRequest("width", "must be something else", **data))
    assert english_in(told) == []
    assert all(str(value) in told for value in data.values() if not isinstance(value, str))


def test_an_error_in_spanish_names_the_file_and_the_cause(spanish, tmp_path):
    text = tmp_path / "perro.png"
    text.write_bytes(b"no picture")
    with pytest.raises(UnreadableFile) as raised:
        open_picture(text)
    told = say(raised.value)
    assert told.startswith("perro.png\nNo es una imagen PNG, JPEG, WebP o TIFF.")
    assert english_in(told.removeprefix("perro.png")) == []


def test_english_has_the_engines_own_sentence(qapp):
    assert language() == "en"
    assert (
        say(CannotSave("dog.png was not saved: the disk is full."))
        == "dog.png was not saved: the disk is full."
    )


def test_every_cause_of_the_save_function_can_be_translated():
    assert {cause for cause, _ in SAVING.values()} <= set(CAUSES)


def test_why_a_known_model_is_not_drawn_with_is_told_in_spanish(spanish):
    assert set(NOT_DRAWN) == set(BY_REASON)
    for titles in BY_REASON.values():
        known = not_drawn(next(iter(titles)))
        assert known is not None
        told = say(known.refusal(Path("/x/perro")))
        assert told.startswith(f"perro: {known.title}\n") and len(told.splitlines()) == 3
        assert english_in(told.split("\n", 1)[1]) == []
        assert english_in(say_reason(f"X: Lienzo cannot draw with it, because {known.why}")) == []


def refusal(path: Path) -> EngineError:
    """What the engine says of a file that it does not open."""
    with pytest.raises(UnsafeFile) as refused:
        read_header(path)
    return refused.value


HEADER = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
LENGTH = struct.pack("<Q", len(HEADER))
BROKEN = {
    "vacío": b"",
    "se corta dentro de su cabecera": LENGTH + HEADER[:20],
    "le faltan 2 bytes": LENGTH + HEADER + b"12",
    "después del último tensor": LENGTH + HEADER + b"123456",
    "página web": b"<!DOCTYPE html>",
    "otro archivo zip": b"PK\x03\x04" + bytes(20),
    "parece una imagen": b"\x89PNG" + bytes(20),
    "puntero de Git LFS": b"version https://git-lfs.github.com/spec/v1",
    "solo ceros": bytes(20),
    "pickle de Python": b"\x80\x04 and more",
    "algo desconocido": b"\x00\x01 and more of it",
    "dice tener una cabecera": struct.pack("<Q", 10**9) + b"{",
}


@pytest.mark.parametrize("said", BROKEN)
def test_why_a_file_of_a_model_was_refused_is_told_in_spanish_with_the_next_step(spanish, tmp_path, said):
    path = tmp_path / "perro.safetensors"
    path.write_bytes(BROKEN[said])
    told = say(refusal(path))
    assert told.startswith("perro.safetensors ") and said in told and told.count(".") >= 3
    assert english_in(told) == []


def test_a_refusal_of_unknown_words_is_told_as_a_damaged_file(spanish):
    told = say(UnsafeFile("perro glows green. Do not use it.", path="/x/perro"))
    assert told.startswith("perro\n") and english_in(told) == []


@pytest.mark.parametrize("speaks", ["en", "es"])
def test_a_list_that_is_missing_is_named_and_told_what_to_do(speaks, tmp_path):
    with spoken(speaks, tmp_path), pytest.raises(BadRequest) as refused:
        draw("a __mist__ b", 0, {}.get)
    with spoken(speaks, tmp_path):
        told = say(refused.value)
    assert "mist" in told and ("wildcards" if speaks == "en" else "carpeta de listas") in told


def test_how_large_a_picture_hidream_draws_is_told_in_spanish(spanish):
    told = say(BadRequest("width", "1024 x 4096 is more than HiDream draws", at_most_px=1048576))
    assert english_in(told) == [] and "1048576" in told


def test_every_kind_of_error_has_its_own_words():
    assert set(KINDS) == set(ERRORS) - {"EngineError", "BadRequest"}


def test_every_notice_of_the_engine_is_told_in_spanish(spanish):
    codes = said_to_the_window("Notice")
    assert {"tiled_decode", "journal_damaged", "memory_plan"} <= codes
    assert {code: english_in(say(Notice(code, "It is said in the engine's words."))) for code in codes} == {
        code: [] for code in codes
    }


def test_every_model_that_is_shipped_speaks_the_languages_of_the_window():
    from engine.models.catalog import Catalog

    spoken_here = {
        ElementTree.parse(path).getroot().get("language")
        for path in (Path(resources_file).parent / "translations").glob("*.ts")
    } - {"en"}
    for info in Catalog().infos():
        if info.path is not None:
            assert set(info.descriptions) == spoken_here
            assert set(info.examples) == spoken_here | {"en"}


def test_too_many_of_a_thing_says_how_many_there_can_be(spanish):
    given = MapInput(MapKind.CANNY, ImageInput.of(np.zeros((8, 8, 3), np.uint8)))
    with pytest.raises(BadRequest) as many:
        GenerationRequest(model="toy", prompt="a", maps=(given,) * (MOST_MAPS + 1)).validated()
    assert "Mapas" in say(many.value) and str(MOST_MAPS) in say(many.value)


def test_a_block_of_a_lora_that_cannot_be_is_explained_in_spanish_too(spanish):
    with pytest.raises(BadRequest) as typed:
        read_blocks("mid_block")
    with pytest.raises(BadRequest) as unknown:
        check_known({"up_blocks.7": 0.5}, {"unet": ["mid_block.q"]}, "Dream")
    told = [say(typed.value), say(unknown.value)]
    assert told[0].startswith("Aprendido: los bloques de un LoRA se escriben así")
    assert (
        told[1] == "Aprendido: este modelo no tiene ningún bloque up_blocks.7 para un LoRA. Tiene mid_block."
    )
    assert not any(map(english_in, told))

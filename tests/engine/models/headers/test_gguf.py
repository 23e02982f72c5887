"""GGUF headers: real ones are read, damaged and hostile ones are named at once."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from headers import Shapes, flux1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.errors import UnsafeFile, UnsupportedModel
from engine.api.model_file import FileFormat, FileKind
from engine.models.catalog import Catalog
from engine.models.headers.gguf import TYPES, read_gguf
from engine.models.places.walk import Place
from engine.models.scanning.describe import describe

NUMBER_OF = {name: number for number, (name, _, _) in TYPES.items()}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(path: Path, shapes: Shapes, kind: str = "Q8_0", told: Mapping[str, str | int] | None = None) -> Path:
    """As llama.cpp's converter writes it: matrices in `kind`, all else in F32; the payload is a hole."""
    entries = b""
    for name, value in (told or {}).items():
        entries += text(name)
        entries += (
            struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<II", 4, value)
        )
    entries += text("tokens") + struct.pack("<IIQ", 9, 8, 3) + text("a") + text("b") + text("c")
    entries += text("scores") + struct.pack("<IIQ", 9, 6, 3) + bytes(12)
    infos, at = b"", 0
    for name, shape in shapes.items():
        word = kind if len(shape) == 2 and shape[-1] % 256 == 0 else "F32"
        _, per_block, size = TYPES[NUMBER_OF[word]]
        infos += text(name) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", NUMBER_OF[word], at)
        at += math.ceil(math.prod(shape) // per_block * size / 32) * 32
    count = len(told or {}) + 2
    header = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), count) + entries + infos
    with path.open("wb") as file:
        file.write(header)
        file.truncate(math.ceil(len(header) / 32) * 32 + at)
    return path


def test_the_eyes_of_a_language_model_are_named_and_not_taken_for_a_model(tmp_path: Path) -> None:
    shapes = {"v.patch_embd.weight": (1280, 3, 14, 14), "v.blk.0.attn_q.weight": (1280, 1280)}
    path = gguf(tmp_path / "mmproj-F16.gguf", shapes, "F16", {"general.architecture": "clip"})
    found = describe(Place(path, ""))
    assert (found.kind, found.variant, found.problem) == (FileKind.IMAGE_ENCODER, "mmproj", "")
    catalog = Catalog([tmp_path])
    assert catalog.broken() == []
    with pytest.raises(UnsupportedModel, match=r"eyes of a language model \(mmproj\).*as safetensors"):
        catalog.find(str(path))


def test_a_quantised_flux_is_recognised_as_any_other(tmp_path: Path) -> None:
    path = gguf(tmp_path / "flux1-dev-Q4_K.gguf", flux1(), "Q4_K", {"general.architecture": "flux", "x": 7})
    found = describe(Place(path, ""))
    assert (found.kind, found.family, found.variant) == (FileKind.DENOISER, "flux1", "dev")
    assert found.format is FileFormat.GGUF and found.precision.startswith("Q4_K")
    header = read_gguf(path)
    assert header.metadata == {"general.architecture": "flux", "x": "7"}
    assert header.tensors["img_in.weight"].shape == (3072, 64)


def test_a_t5_encoder_of_llama_cpp(tmp_path: Path) -> None:
    shapes = {f"enc.blk.{number}.attn_q.weight": (4096, 4096) for number in range(24)}
    found = describe(Place(gguf(tmp_path / "t5.gguf", shapes), ""))
    assert (found.kind, found.variant) == (FileKind.TEXT_ENCODER, "T5-XXL")


HEAD = b"GGUF" + struct.pack("<I", 3)
HOSTILE = {
    "a version of the future": (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9"),
    "only its name": (b"GGUF", "truncated"),
    "2^60 tensors": (HEAD + struct.pack("<QQ", 2**60, 0), "claims"),
    "a text of 2^60": (HEAD + struct.pack("<QQ", 0, 1) + struct.pack("<Q", 2**60), "a text of"),
    "an array of 2^60": (
        HEAD + struct.pack("<QQ", 0, 1) + text("a") + struct.pack("<IIQ", 9, 0, 2**60),
        "array",
    ),
    "an array of arrays": (
        HEAD + struct.pack("<QQ", 0, 1) + text("a") + struct.pack("<IIQ", 9, 9, 2),
        "array",
    ),
    "an unknown value": (HEAD + struct.pack("<QQ", 0, 1) + text("a") + struct.pack("<I", 99), "type 99"),
    "300 dimensions": (
        HEAD + struct.pack("<QQ", 1, 0) + text("a") + struct.pack("<I", 300),
        "300 dimensions",
    ),
    "2^90 numbers": (
        HEAD
        + struct.pack("<QQ", 1, 0)
        + text("a")
        + struct.pack("<IQQ", 2, 2**45, 2**45)
        + struct.pack("<IQ", 0, 0),
        "impossible shape",
    ),
    "an unknown type": (
        HEAD + struct.pack("<QQ", 1, 0) + text("a") + struct.pack("<IQ", 1, 4) + struct.pack("<IQ", 99, 0),
        "unknown number format",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_header_is_named(case: str, tmp_path: Path) -> None:
    data, cause = HOSTILE[case]
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    with pytest.raises(UnsafeFile, match=cause):
        read_gguf(path)
    assert cause in describe(Place(path, "")).problem


def test_a_cut_file_says_how_much_is_missing(tmp_path: Path) -> None:
    path = gguf(tmp_path / "cut.gguf", {"a.weight": (256, 256)})
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 100)
    with pytest.raises(UnsafeFile, match="100 bytes are missing"):
        read_gguf(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), counts=st.tuples(st.integers(0, 5), st.integers(0, 5)))
def test_any_bytes_are_a_file_or_an_error(data: bytes, counts: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "any.gguf"
    path.write_bytes(HEAD + struct.pack("<QQ", *counts) + data)
    describe(Place(path, ""))

"""The fast way to read a header says what the careful one says, of any bytes."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from headers import flux1, whole_sd1, write_header
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.api.errors import UnsafeFile
from engine.models.headers import files, shapes
from engine.models.headers.files import read_header, read_strictly
from engine.models.headers.shapes import read_shapes


def both(path: Path) -> None:
    """Equal answers, or the same refusal, also of what has the tensors' places."""
    try:
        careful = read_strictly(path)
    except UnsafeFile as error:
        for read in (read_shapes, read_header):
            with pytest.raises(UnsafeFile) as caught:
                read(path)
            assert str(caught.value) == str(error)
        return
    fast = read_shapes(path)
    assert read_header(path) == careful
    assert dict(fast.shapes) == {name: tensor.shape for name, tensor in careful.tensors.items()}
    assert list(fast.shapes) == list(careful.tensors)
    assert dict(fast.metadata) == dict(careful.metadata)
    assert fast.file_bytes == careful.state.size
    assert sum(fast.bytes_by_format.values()) == sum(t.end - t.start for t in careful.tensors.values())


@pytest.mark.parametrize(
    "metadata", [None, {"ss_tag_frequency": json.dumps({"a": {'"},"': 1}}), "b": "\u00e9 {}"}]
)
def test_headers_as_the_library_writes_them_take_the_fast_way(
    metadata: dict[str, str] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        write_header(tmp_path / "sd.safetensors", whole_sd1(), metadata=metadata),
        write_header(tmp_path / "flux.safetensors", flux1(), "F8_E4M3", metadata),
    ]
    for path in paths:
        both(path)
    if metadata is None:
        for module in (shapes, files):
            monkeypatch.setattr(module, "read_strictly", lambda path: pytest.fail("took the slow way"))
        for path in paths:
            read_shapes(path)
            read_header(path)


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


GOOD = {"a": entry([2, 3], 0, 24), "b.weight": entry([], 24, 28), "c": entry([0], 28, 28)}
TEXT = json.dumps(GOOD, separators=(",", ":")).encode()


def written(path: Path, header: bytes, payload: int = 28) -> Path:
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(payload))
    return path


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(TEXT) - 1), byte=st.binary(min_size=0, max_size=2), cut=st.integers(0, 2))
def test_a_header_changed_anywhere(place: int, byte: bytes, cut: int, tmp_path: Path) -> None:
    both(written(tmp_path / "x.safetensors", TEXT[:place] + byte + TEXT[place + cut :]))


@pytest.mark.parametrize(
    "header",
    [
        {"a": entry([2, 3], 0, 24), "b": entry([2], 20, 28)},
        {"a": entry([2, 3], 0, 24), "b": entry([1], 0, 4)},
        {"a": entry([2**40, 2**40], 0, 28)},
        {"a": entry([2, 3], 0, 24, "X9"), "b": entry([1], 24, 28)},
        {"b": entry([1], 24, 28), "a": entry([2, 3], 0, 24)},
        {"__metadata__": {"x": "y"}, **GOOD},
        {"__metadata__": {}, **GOOD},
        {"__metadata__": {"x": 5}, **GOOD},
        {**GOOD, "__metadata__": {"x": "y"}},
        {},
    ],
)
def test_headers_of_every_sort(header: object, tmp_path: Path) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        both(written(tmp_path / "x.safetensors", json.dumps(header, separators=separators).encode()))


def test_a_name_said_twice_is_refused_by_both(tmp_path: Path) -> None:
    one = json.dumps(entry([7], 0, 28), separators=(",", ":"))
    both(written(tmp_path / "x.safetensors", f'{{"a":{one},"a":{one}}}'.encode()))

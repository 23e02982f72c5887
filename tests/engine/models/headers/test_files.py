"""Hostile and damaged files: each is refused at once, with a reason in words, and nothing is run."""

from __future__ import annotations

import json
import os
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engine.api.errors import EngineError, ModelNotFound, UnsafeFile
from engine.checkpoints.foreign_files import FileState, open_regular, read_json
from engine.models.catalog import Catalog
from engine.models.headers.files import looks_like_safetensors, read_header


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def many_tensors(count: int) -> Callable[[Path], object]:
    """Written when it is wanted: to collect the tests makes none of it."""
    one = json.dumps(tensor(shape=[0], offsets=[0, 0]))
    return lambda path: path.write_bytes(
        safetensors(b"{%s}" % ",".join(f'"t{number}": {one}' for number in range(count)).encode())
    )


def many_values(value: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(safetensors(b'{"a":[%s]}' % value))


def tensor(dtype: object = "F32", shape: object = (1,), offsets: object = (0, 4)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


class Evil:
    def __reduce__(self):
        return os.system, ("touch executed",)


def pytorch_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))


HOSTILE: dict[str, tuple[bytes | Callable[[Path], object], str]] = {
    "empty": (b"", "is empty"),
    "only a length": (struct.pack("<Q", 100), "is not a safetensors file"),
    "web page": (b"<!DOCTYPE html><html><body>Please log in</body></html>", "a web page"),
    "text": (b"This is not a model, only a text.", "a text file"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps(Evil())), "pickle"),
    "old pickle": (lambda path: path.write_bytes(pickle.dumps(Evil(), protocol=0)), "pickle"),
    "checkpoint zip": (pytorch_zip, "pickle checkpoint"),
    "gguf": (b"GGUF\x03\0\0\0" + bytes(100), "GGUF"),
    "zeros": (bytes(4096), "nothing but zeros"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
    "header of 2^63": (safetensors({}, length=2**63), "claims a header"),
    "header of 100 MB": (safetensors({}, length=100_000_000), "claims a header"),
    "header beyond the end": (safetensors({}, length=5_000), "truncated inside its header"),
    "header no JSON": (safetensors(b"{not json}"), "damaged JSON"),
    "header not UTF-8": (safetensors(b'{"\xff\xfe": 1}'), "damaged JSON"),
    "header of depth 100,000": (
        safetensors(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "nested too deeply",
    ),
    "header of brackets": (many_values(b"[]," * 2_000_000 + b"[]"), "absurd number"),
    "header of numbers": (many_values(b"1," * 4_000_000 + b"1"), "absurd number"),
    "number of 100,000 digits": (safetensors(b'{"a":' + b"1" * 100_000 + b"}"), "damaged JSON"),
    "name twice": (
        safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                    b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)),
        "twice",
    ),
    "50,001 tensors": (many_tensors(50_001), "claims 50,001 tensors"),
    "300,000 tensors": (many_tensors(300_000), "claims a header of"),
    "unknown number format": (safetensors({"a": tensor("F4")}, bytes(4)), "unknown number format"),
    "number format a list": (safetensors({"a": tensor(["F32"])}, bytes(4)), "unknown number format"),
    "shape negative": (safetensors({"a": tensor(shape=[-1])}, bytes(4)), "impossible shape"),
    "shape a word": (safetensors({"a": tensor(shape="big")}, bytes(4)), "impossible shape"),
    "shape true": (safetensors({"a": tensor(shape=[True])}, bytes(4)), "impossible shape"),
    "shape 2^62 by 4": (safetensors({"a": tensor(shape=[2**62, 4])}, bytes(4)), "does not match"),
    "shape zero by 2^60": (safetensors({"a": tensor(shape=[0, 2**60], offsets=[0, 0])}), "does not match"),
    "shape of 1,000 dimensions": (safetensors({"a": tensor(shape=[1] * 1000)}, bytes(4)), "impossible shape"),
    "more bytes than the shape": (safetensors({"a": tensor(offsets=[0, 8])}, bytes(8)), "does not match"),
    "offsets backwards": (safetensors({"a": tensor(offsets=[4, 0])}, bytes(4)), "does not match"),
    "one offset": (safetensors({"a": tensor(offsets=[0])}, bytes(4)), "impossible shape"),
    "claims 100 TB": (
        safetensors({"a": tensor(shape=[25_000_000_000_000], offsets=[0, 100_000_000_000_000])}, bytes(4)),
        "is truncated",
    ),
    "truncated": (
        safetensors({"a": tensor(shape=[100], offsets=[0, 400])}, bytes(399)),
        "1 bytes are missing",
    ),
    "bytes after the end": (safetensors({"a": tensor()}, bytes(5)), "after its last tensor"),
    "hole": (safetensors({"a": tensor(offsets=[4, 8])}, bytes(8)), "belong to no tensor"),
    "overlap": (safetensors({"a": tensor(), "b": tensor()}, bytes(4)), "over each other"),
    "tensor without a shape": (
        safetensors({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, bytes(4)),
        "unknown way",
    ),
    "tensor a number": (safetensors({"a": 7}), "unknown way"),
    "metadata a list": (safetensors({"__metadata__": [1]}), "damaged metadata"),
    "metadata of numbers": (safetensors({"__metadata__": {"a": 1}}), "damaged metadata"),
    "folder": (lambda path: path.mkdir(), "a folder"),
    "pipe": (lambda path: os.mkfifo(path), "a device or a pipe"),
    "link to /dev/zero": (lambda path: path.symlink_to("/dev/zero"), "a device or a pipe"),
}  # fmt: skip
"""What lies at the path (or how it gets there), and what the error must say."""


def put(path: Path, content: bytes | Callable[[Path], object]) -> Path:
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_at_once_and_the_error_says_why(
    case: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content, says = HOSTILE[case]
    path = put(tmp_path / "model.safetensors", content)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(UnsafeFile) as caught:
        read_header(path)
    seconds, memory = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert says in caught.value.message
    assert "model.safetensors" in caught.value.message
    assert caught.value.message.count(".") >= 2, "the next step is missing"
    assert memory < 100e6
    assert seconds < 10, "tracing costs ten times; the bound is a second without"
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("case", HOSTILE)
def test_the_catalog_goes_on_beside_a_hostile_file(case: str, tmp_path: Path) -> None:
    content, says = HOSTILE[case]
    path = put(tmp_path / "model.safetensors", content)
    catalog = Catalog([tmp_path])
    assert [info.name for info in catalog.infos()] == ["starter", "toy"]
    if case != "folder":
        [(broken, reason)] = catalog.broken()
        assert broken == path
        assert says in reason


@pytest.mark.parametrize(
    "name", ["model.safetensors", "model.SAFETENSORS", "model.safetensors ", "model.ckpt"]
)
def test_the_content_decides_and_not_the_suffix(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Evil()))
    with pytest.raises(UnsafeFile, match="pickle"):
        Catalog().find(str(tmp_path / name))
    good = tmp_path / "good.data"
    save_file({"a": np.zeros(3, np.float32)}, good)
    assert looks_like_safetensors(good)
    assert read_header(good).tensors["a"].shape == (3,)


def test_what_safetensors_writes_is_read_with_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    arrays = {
        "a": np.ones((2, 3), np.float16),
        "b.c": np.zeros((), np.float32),
        "none": np.zeros((0,), np.int64),
    }
    save_file(arrays, path, {"license": "MIT"})
    file = read_header(path)
    assert file.metadata == {"license": "MIT"}
    assert {name: tensor.shape for name, tensor in file.tensors.items()} == {
        "a": (2, 3),
        "b.c": (),
        "none": (0,),
    }
    assert file.under("b.") == {"c": file.tensors["b.c"]}
    assert file.state == FileState.of(path)


@given(st.binary(max_size=300))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_either_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.safetensors"
    for content in (data, safetensors(data), safetensors(b'{"a":' + data + b"}", data)):
        path.write_bytes(content)
        try:
            read_header(path)
        except EngineError as error:
            assert "any.safetensors" in error.message


def test_a_configuration_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    for content, says in (
        (b" " * (1 << 20) + b"{}", "larger than"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b"[1]", "no JSON mapping"),
        (b'{"a":1,"a":2}', "twice"),
        (b"\xff\xfe", "damaged JSON"),
    ):
        path.write_bytes(content)
        with pytest.raises(UnsafeFile, match=says):
            read_json(path)


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="There is no file"):
        open_regular(tmp_path / "nothing")
    with pytest.raises(UnsafeFile):
        open_regular(tmp_path / "nul\0")

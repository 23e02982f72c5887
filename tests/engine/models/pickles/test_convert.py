"""Pickles become safetensors in a process of their own; hostile ones are named and nothing of theirs runs."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.api.errors import BadRequest, EngineError, ModelNotFound, UnsafeFile
from engine.api.model_file import FileKind
from engine.cli import main
from engine.models.pickles.convert import convert

FLAG = Path("executed")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Evil:
    def __init__(self, function, *words: object) -> None:
        self.function, self.words = function, words

    def __reduce__(self):
        return self.function, self.words


def saved(content: object, name: str = "model.ckpt", zipped: bool = True) -> Path:
    path = Path.cwd() / name
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


LAYER = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
LORA = {
    f"{LAYER}.lora_down.weight": torch.randn(4, 768),
    f"{LAYER}.lora_up.weight": torch.randn(640, 4).half(),
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("nest", ["", "state_dict"])
def test_the_weights_come_out_to_the_bit_and_the_hash_is_kept(zipped: bool, nest: str) -> None:
    source = saved({nest: LORA, "global_step": 7, "callbacks": {"x": [1]}} if nest else LORA, zipped=zipped)
    before = source.read_bytes()
    made = convert(source)
    assert made is not None and (made.kind, made.family) == (FileKind.LORA, "sd1")
    assert made.path == source.with_suffix(".safetensors") and source.read_bytes() == before
    back = load_file(made.path)
    assert set(back) == set(LORA)
    for name, tensor in LORA.items():
        assert back[name].dtype == tensor.dtype and torch.equal(back[name], tensor)
    with safe_open(made.path, "pt") as file:
        assert file.metadata()["lienzo.converted_from_sha256"] == hashlib.sha256(before).hexdigest()


def test_an_embedding_of_a1111() -> None:
    source = saved(
        {"string_to_token": {"*": 265}, "string_to_param": {"*": torch.randn(3, 768)}, "name": "z"}, "z.pt"
    )
    made = convert(source)
    assert made is not None and made.kind is FileKind.EMBEDDING
    assert load_file(made.path)["emb_params"].shape == (3, 768)


def test_tensors_that_share_and_that_lie_across() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    made = convert(saved({"a": base, "b": base, "c": base.t(), "d": torch.zeros(0, 5)}))
    assert made is not None
    back = load_file(made.path)
    assert (
        torch.equal(back["c"], base.t()) and torch.equal(back["a"], back["b"]) and back["d"].shape == (0, 5)
    )


def test_what_a_trainer_left_beside_the_weights_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in files of 2022: a class of pytorch_lightning, which is not installed here."""
    import types

    module = types.ModuleType("pytorch_lightning.callbacks.model_checkpoint")
    kept = type("ModelCheckpoint", (), {"__module__": module.__name__})
    module.ModelCheckpoint = kept  # type: ignore[attr-defined]
    for name in ("pytorch_lightning", "pytorch_lightning.callbacks", module.__name__):
        monkeypatch.setitem(sys.modules, name, module)
    made = convert(saved({"state_dict": LORA, "callbacks": {kept: {"best": 1}}}))
    assert made is not None and set(load_file(made.path)) == set(LORA)


def bare(content: object) -> Path:
    path = Path.cwd() / "b.bin"
    path.write_bytes(pickle.dumps(content))
    return path


HOSTILE = {
    "a shell command": lambda: saved({"a": torch.ones(2), "b": Evil(os.system, "touch executed")}),
    "a shell command, old format": lambda: saved({"b": Evil(os.system, "touch executed")}, zipped=False),
    "python code": lambda: saved({"b": Evil(eval, "open('executed','w')")}),
    "a bare pickle": lambda: bare(Evil(os.system, "touch executed")),
    "a socket": lambda: saved({"b": Evil(socket.gethostbyname, "localhost")}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_pickle_is_named_and_runs_nothing(case: str, here: Path) -> None:
    source = HOSTILE[case]()
    with pytest.raises(UnsafeFile, match=r"was not converted: it holds .* could run code"):
        convert(source)
    assert not FLAG.exists() and not list(here.glob("*.safetensors")) and not list(here.glob("*.part"))


def test_what_gets_through_finds_no_network_and_no_programs() -> None:
    """The walls behind the restricted reader, tried without it."""
    code = (
        "import os, socket, sys\n"
        "from engine.models.pickles import unpickle\n"
        "unpickle.close_network()\n"
        "sys.addaudithook(lambda event, _: unpickle.refuse(event))\n"
        "for name, action in {\n"
        "    'socket': lambda: socket.socket(), 'system': lambda: os.system('touch executed'),\n"
        "    'remove': lambda: os.remove('kept'), 'fork': lambda: os.fork(),\n"
        "}.items():\n"
        "    try:\n        action()\n        print('did', name)\n"
        "    except OSError as error: print('refused', name)\n"
    )
    Path("kept").write_text("x")
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ})
    assert child.stdout.split("\n")[:-1] == [
        f"refused {name}" for name in ("socket", "system", "remove", "fork")
    ]
    assert not FLAG.exists() and Path("kept").exists()


def test_archives_that_would_grow_or_are_packed_are_refused() -> None:
    with zipfile.ZipFile("bomb.ckpt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10_000_000))
    with pytest.raises(UnsafeFile, match="not as PyTorch writes"):
        convert(Path("bomb.ckpt").absolute())
    Path("cut.ckpt").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(UnsafeFile, match="damaged archive"):
        convert(Path("cut.ckpt").absolute())


def test_what_cannot_be_converted_is_said_before_anything_starts() -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    Path("x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    Path("picture.pt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    cases: list[tuple[Path, type[EngineError], str]] = [
        (Path("gone.ckpt"), ModelNotFound, "no file"),
        (Path("x.safetensors"), BadRequest, "already"),
        (Path("picture.pt"), UnsafeFile, "a PNG picture"),
    ]
    for path, error, words in cases:
        with pytest.raises(error, match=words):
            convert(path)
    source = saved(LORA)
    source.with_suffix(".safetensors").write_text("mine")
    with pytest.raises(BadRequest, match="there already"):
        convert(source)
    assert source.with_suffix(".safetensors").read_text() == "mine"


def test_a_cancelled_one_leaves_nothing(here: Path) -> None:
    assert convert(saved(LORA), is_cancelled=lambda: True) is None
    assert [path.name for path in here.iterdir() if path.is_file()] == ["model.ckpt"]


def test_on_the_command_line(capsys) -> None:
    source = saved(LORA)
    assert main(["models", "convert", str(source), "-o", "new.safetensors", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "lora"
    assert main(["models", "convert", str(source), "-o", "new.safetensors"]) == 2
    assert "is there already" in capsys.readouterr().err

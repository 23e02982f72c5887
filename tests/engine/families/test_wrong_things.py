"""What is wrong with a model of any family is named and refused; the models beside it go on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from headers import write_header
from safetensors.torch import load_file, save_file
from tiny_families import FAMILIES, tiny_folder

from engine.api.errors import EngineError, UnsafeFile, UnsupportedModel
from engine.models.cache import Models
from engine.models.catalog import Catalog

NAMES = tuple(FAMILIES)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: tiny_folder(name, root / name) for name in NAMES}


def copied(folder: Path, to: Path) -> Path:
    """The same files by link: what a test changes it writes anew."""
    return Path(shutil.copytree(folder, to, copy_function=os.link))


def replace_file(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def weights_of(folder: Path) -> Path:
    part = next(name for name in ("transformer", "unet") if (folder / name).is_dir())
    return next((folder / part).glob("*.safetensors"))


def with_code(folder: Path) -> None:
    (folder / "pipeline.py").write_text("raise SystemExit('code of a model ran')")


def with_auto_map(folder: Path) -> None:
    config = weights_of(folder).with_name("config.json")
    form = json.loads(config.read_text())
    replace_file(config, json.dumps({**form, "auto_map": {"AutoModel": "evil.Model"}}).encode())


def cut(folder: Path) -> None:
    weights = weights_of(folder)
    replace_file(weights, weights.read_bytes()[: weights.stat().st_size // 2])


def with_a_pickle(folder: Path) -> None:
    replace_file(weights_of(folder), b"\x80\x04\x95\x00\x00\x00\x00.")


def with_another_class(folder: Path) -> None:
    index = folder / "model_index.json"
    form = json.loads(index.read_text())
    part = weights_of(folder).parent.name
    replace_file(index, json.dumps({**form, part: ["os", "system"]}).encode())


REFUSED_BY_HEADER: dict[str, tuple[Callable[[Path], None], str]] = {
    "code in the folder": (with_code, "brings program code"),
    "auto_map": (with_auto_map, "asks to run code"),
    "half a file": (cut, "is truncated"),
    "a pickle by another name": (with_a_pickle, "pickle"),
    "a class of nobody": (with_another_class, "names unknown code"),
}


@pytest.mark.parametrize("wrong", REFUSED_BY_HEADER)
def test_is_refused_by_its_header_and_the_others_are_listed(wrong, folders, tmp_path):
    spoil, said = REFUSED_BY_HEADER[wrong]
    for name, folder in folders.items():
        spoil(copied(folder, tmp_path / f"bad {name}"))
        copied(folder, tmp_path / f"good {name}")
    catalog = Catalog([tmp_path])
    listed = {info.name for info in catalog.infos()}
    broken = {path.name: why for path, why in catalog.broken()}
    for name in NAMES:
        assert f"good {name}" in listed and f"bad {name}" not in listed
        assert said in broken[f"bad {name}"], broken[f"bad {name}"]


@pytest.mark.parametrize("name", NAMES)
def test_numbers_that_are_none_are_named_when_they_are_read(name, folders, tmp_path):
    folder = copied(folders[name], tmp_path / name)
    weights = weights_of(folder)
    state = load_file(weights)
    key = next(key for key, tensor in state.items() if tensor.ndim > 1 and tensor.is_floating_point())
    state[key] = state[key].clone()
    state[key].view(-1)[0] = float("nan")
    weights.unlink()
    save_file(state, weights)
    models = Models(Catalog([tmp_path]), "cpu")
    with pytest.raises(UnsafeFile, match=r"1 numbers in its (transformer|unet) are infinite or no numbers"):
        models.load(models.catalog.find(name), torch.float32)
    assert models.load(models.catalog.find(str(folders[name])), torch.float32).bytes > 0


@pytest.mark.parametrize("name", NAMES)
def test_weights_of_another_network_are_named_before_a_number_is_read(name, folders, tmp_path):
    folder = copied(folders[name], tmp_path / name)
    weights = weights_of(folder)
    weights.unlink()
    save_file({"somebody.else.weight": torch.zeros(2, 2)}, weights)
    models = Models(Catalog([tmp_path]), "cpu")
    with pytest.raises(EngineError, match=r"does not fit its architecture|is missing in it"):
        models.load(models.catalog.find(name), torch.float32)


@pytest.mark.parametrize("prefix", ["double_blocks", "joint_blocks", "layers", "transformer_blocks"])
def test_a_header_of_half_a_million_tensors_is_refused_at_once(prefix, tmp_path):
    entry = '"{}.{}.weight":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
    header = ("{" + ",".join(entry.format(prefix, number) for number in range(500_000)) + "}").encode()
    file = tmp_path / "many.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(UnsafeFile, match=r"many\.safetensors claims a header of"):
        Catalog().find(str(file))


def test_a_chat_template_of_a_model_is_never_run(folders, tmp_path):
    folder = copied(folders["flux2-klein"], tmp_path / "chatty")
    for file in (folder / "tokenizer").iterdir():
        if file.name == "chat_template.jinja":
            replace_file(file, b"{{ messages.__class__.__mro__ }} {{ raise_exception('it ran') }}")
    models = Models(Catalog([tmp_path]), "cpu")
    model = models.load(models.catalog.find("chatty"), torch.float32)
    written = model.tokenizer.apply_chat_template(
        [{"role": "user", "content": "a dog"}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    assert written == "<|im_start|>user\na dog<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def test_a_renamed_file_is_what_its_tensors_say(tmp_path):
    shapes = {"img_in.weight": (3072, 64), "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
              "vector_in.in_layer.weight": (3072, 768)}  # fmt: skip
    file = write_header(tmp_path / "sdxl_base.safetensors", shapes)
    with pytest.raises(UnsupportedModel, match=r"sdxl_base\.safetensors looks like FLUX\.1"):
        Catalog().find(str(file))

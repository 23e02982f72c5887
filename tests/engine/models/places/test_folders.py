"""Hostile and damaged diffusers folders: nothing in them is run, imported or believed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny import tiny_sd

from engine.api.errors import EngineError, ModelNotFound, UnsafeFile, UnsupportedModel
from engine.models.assembly.examine import examine
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.scanning.describe_folder import folder_facts


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "models" / "tiny"))


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def config(part: str, **changes: object) -> Callable[[Path], None]:
    name = "scheduler_config.json" if part == "scheduler" else "config.json"
    return lambda folder: edit(folder / part / name, **changes)


def index(**changes: object) -> Callable[[Path], None]:
    return lambda folder: edit(folder / "model_index.json", **changes)


def text(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


def removed(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def index_a_pipe(folder: Path) -> None:
    (folder / "model_index.json").unlink()
    os.mkfifo(folder / "model_index.json")


def only_pickled(folder: Path) -> None:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))


def cut(folder: Path) -> None:
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])


def escaping_shards(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    table = {"weight_map": {"a": "../../../etc/passwd"}}
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(table))


HOSTILE: dict[str, tuple[Callable[[Path], object], type[EngineError], str]] = {
    "code beside": (text("pipeline.py", "raise SystemExit"), UnsafeFile, "program code"),
    "code in a part": (text("unet/Unet.PY", "1"), UnsafeFile, "program code"),
    "auto_map": (config("unet", auto_map={"AutoModel": "evil.Model"}), UnsafeFile, "auto_map"),
    "auto_map within": (config("text_encoder", a=[{"b": {"auto_map": "x"}}]), UnsafeFile, "auto_map"),
    "kernel": (config("text_encoder", _attn_implementation_internal="a/b"), UnsafeFile, "_attn"),
    "trust": (config("vae", trust_remote_code=True), UnsafeFile, "trust_remote_code"),
    "custom pipelines": (index(custom_pipelines={"a": "b"}), UnsafeFile, "custom_pipelines"),
    "unknown library": (index(unet=["antigravity", "UNet2DConditionModel"]), UnsafeFile, "unknown code"),
    "module as library": (index(unet=["os.path", "join"]), UnsafeFile, "unknown code"),
    "class with dots": (index(unet=["diffusers", "utils.os"]), UnsafeFile, "unknown code"),
    "other class": (index(unet=["diffusers", "WanTransformer3DModel"]), UnsupportedModel, "WanTransformer"),
    "other scheduler": (index(scheduler=["os", "EvilScheduler"]), UnsafeFile, "unknown code"),
    "three names": (index(unet=["diffusers", "UNet2DConditionModel", "x"]), UnsupportedModel, "kind"),
    "other pipeline": (index(_class_name="StableDiffusionUpscalePipeline"), UnsupportedModel, "upscaler"),
    "pipeline a list": (index(_class_name=["pipeline", "Evil"]), UnsupportedModel, "seems to be"),
    "only a pickle": (only_pickled, UnsafeFile, "pickle"),
    "no weights": (removed("vae/diffusion_pytorch_model.safetensors"), UnsafeFile, "no weights"),
    "no config": (removed("vae/config.json"), UnsafeFile, "has no vae/config.json"),
    "no unet": (index(unet=[None, None]), UnsupportedModel, "has no unet"),
    "shards elsewhere": (escaping_shards, UnsafeFile, "impossible weight files"),
    "cut weights": (cut, UnsafeFile, "truncated"),
    "17 TB": (config("unet", block_out_channels=[2**20] * 4), UnsupportedModel, "block_out_channels"),
    "1,000 levels": (config("unet", block_out_channels=[32] * 100), UnsupportedModel, "block_out_channels"),
    "no levels": (config("vae", block_out_channels=[]), UnsupportedModel, "block_out_channels"),
    "layers": (config("text_encoder", num_hidden_layers=10**6), UnsupportedModel, "num_hidden_layers"),
    "layers per block": (config("unet", layers_per_block=10**6), UnsupportedModel, "layers_per_block"),
    "infinite": (config("vae", scaling_factor=float("inf")), UnsupportedModel, "scaling_factor"),
    "negative": (config("unet", in_channels=-4), UnsupportedModel, "in_channels"),
    "a mapping": (config("unet", cross_attention_dim={"a": 1}), UnsupportedModel, "cross_attention_dim"),
    "a word": (config("unet", cross_attention_dim="wide"), UnsupportedModel, "cross_attention_dim"),
    "betas": (config("scheduler", trained_betas=[0.1] * 20_000), UnsupportedModel, "trained_betas"),
    "a million steps": (config("scheduler", num_train_timesteps=10**6), UnsupportedModel, "num_train"),
    "prediction": (config("scheduler", prediction_type="flow"), UnsupportedModel, "flow"),
    "upscaling": (config("unet", in_channels=7), UnsupportedModel, "upscaling"),
    "first layer": (config("unet", block_out_channels=[64, 64]), UnsupportedModel, "do not fit"),
    "wrong text encoder": (config("text_encoder", hidden_size=64), UnsupportedModel, "text encoder"),
    "deep index": (text("model_index.json", '{"a":' * 90_000), UnsafeFile, "deeply"),
    "nested config": (text("unet/config.json", '{"a":' * 99 + "1" + "}" * 99), UnsafeFile, "deeply"),
    "large index": (text("model_index.json", '{"a":"' + "x" * 2**20 + '"}'), UnsafeFile, "larger"),
    "index a pipe": (index_a_pipe, UnsafeFile, "pipe"),
    "own defaults": (text("lienzo.json", '{"steps": 0}'), UnsupportedModel, "lienzo.json is wrong"),
    "own scheduler": (text("lienzo.json", '{"scheduler": "x"}'), UnsupportedModel, "scheduler"),
    "own width": (text("lienzo.json", '{"width": "NaN"}'), UnsupportedModel, "width"),
    "own examples": (text("lienzo.json", '{"examples": ["a dog"]}'), UnsupportedModel, "examples"),
    "own long example": (
        text("lienzo.json", json.dumps({"examples": {"en": ["x" * 81]}})), UnsupportedModel, "examples"
    ),
}  # fmt: skip
"""How the folder is spoilt, which error it must give, and a word that names the cause."""


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_folder_is_refused_before_anything_in_it_is_used(case: str, folder: Path) -> None:
    spoil, kind, says = HOSTILE[case]
    spoil(folder)
    started = time.perf_counter()
    with pytest.raises(kind) as caught:
        examine(folder)
    assert time.perf_counter() - started < 1
    assert says in caught.value.message
    assert caught.value.message.count(".") >= 1
    catalog = Catalog([folder.parent])
    assert [info.name for info in catalog.infos()] == ["starter", "toy"]


SHAPES: dict[str, tuple[Callable[[Path], object], str]] = {
    "widths": (config("unet", block_out_channels=[32, 96]), "has shape"),
    "an unknown block": (config("unet", down_block_types=["os.system", "DownBlock2D"]), "makes no network"),
    "groups that do not divide": (config("unet", norm_num_groups=7), "makes no network"),
    "an unknown activation": (config("vae", act_fn="evil"), "makes no network"),
    "more layers than weights": (config("vae", layers_per_block=2), "are missing"),
    "16,384 wide": (config("vae", block_out_channels=[16_384] * 4), "has shape"),
    "vocabulary": (config("text_encoder", vocab_size=1 << 20), "has shape"),
}


@pytest.mark.parametrize("case", SHAPES)
def test_weights_are_compared_with_the_architecture_before_they_are_read(case: str, folder: Path) -> None:
    spoil, says = SHAPES[case]
    models = Models(Catalog([folder.parent]), "cpu")
    info = models.catalog.find("tiny")
    spoil(folder)
    with pytest.raises(UnsupportedModel, match=says) as caught:
        models.load(info, torch.float32).text_encoder()
    assert caught.value.message.count(".") >= 1


TOKENIZERS: dict[str, str] = {
    "none": "",
    "a list": "[]",
    "no vocabulary": '{"model": {"vocab": 7, "merges": []}}',
    "ids that are words": '{"model": {"vocab": {"<|startoftext|>": "a", "<|endoftext|>": 1}, "merges": []}}',
    "unknown merges": '{"model": {"vocab": {"<|startoftext|>": 0, "<|endoftext|>": 1}, "merges": ["a b"]}}',
    "deep": '{"a":' * 90_000,
}


@pytest.mark.parametrize("case", TOKENIZERS)
def test_a_tokenizer_that_is_none_is_refused(case: str, folder: Path) -> None:
    (folder / "tokenizer" / "tokenizer.json").write_text(TOKENIZERS[case])
    models = Models(Catalog([folder.parent]), "cpu")
    with pytest.raises(UnsafeFile):
        models.load(models.catalog.find("tiny"), torch.float32)


def test_a_folder_without_a_model_says_what_to_choose(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"model_index\.json"):
        examine(tmp_path)


def test_the_licence_comes_from_the_card_and_the_defaults_from_lienzo_json(folder: Path) -> None:
    (folder / "README.md").write_text("---\ntags: [a]\nlicense: openrail++  # said\n---\nlicense: no\n")
    (folder / "lienzo.json").write_text(json.dumps({"title": "Tiny", "width": 72, "steps": 3, "guidance": 2}))
    info, _ = examine(folder)
    assert info.licence == "openrail++"
    assert (info.title, info.defaults.width, info.defaults.height) == ("Tiny", 72, 64)
    assert (info.defaults.sampling.steps, info.defaults.sampling.guidance) == (3, 2.0)
    assert info.defaults.sampling.scheduler == "dpmpp_2m_karras"


def test_weights_in_shards_are_one_part(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    whole = folder / "unet" / "diffusion_pytorch_model.safetensors"
    state = load_file(whole)
    before = Models(Catalog(), "cpu")
    first = before.load(before.catalog.find(str(folder)), torch.float32)
    names = sorted(state)
    whole.unlink()
    table = {}
    for number, part in enumerate((names[::2], names[1::2])):
        shard = f"diffusion_pytorch_model-{number}.safetensors"
        save_file({name: state[name] for name in part}, folder / "unet" / shard)
        table.update(dict.fromkeys(part, shard))
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        json.dumps({"weight_map": table})
    )
    second = before.load(before.catalog.find(str(folder)), torch.float32)
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    for end in ("safetensors.index.fp16.json", "fp16.safetensors.index.json"):  # as libraries name variants
        index = index.rename(index.with_name(f"diffusion_pytorch_model.{end}"))
        assert Catalog().find(str(folder)).parts[0].bytes == second.info.parts[0].bytes
        assert folder_facts(folder).found.families
    assert second is not first
    loaded = second.denoiser.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in first.denoiser.state_dict().items())
    assert second.part_sha256["unet"] != first.part_sha256["unet"]


def test_looking_at_models_imports_no_torch(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from engine.models.catalog import Catalog; "
        "from engine.models.words.tokens import count_tokens; "
        f"info = Catalog([Path({str(folder.parent)!r})]).find('tiny'); count_tokens(info, 'a dog'); "
        "assert not {'torch', 'diffusers', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_examples_and_descriptions_come_by_language(folder: Path) -> None:
    told = {"examples": {"en": ["a dog"], "es": ["un perro"]}, "descriptions": {"es": "Pequeño"}}
    (folder / "lienzo.json").write_text(json.dumps(told))
    info, _ = examine(folder)
    assert info.examples == {"en": ("a dog",), "es": ("un perro",)}
    assert info.descriptions == {"es": "Pequeño"}

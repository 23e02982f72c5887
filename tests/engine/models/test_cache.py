"""Models in memory: as many as fit, current with their files, gone when unloaded."""

from __future__ import annotations

import gc
import json
import os
import shutil
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_sd

from engine.api.errors import ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.request import GenerationRequest, Sampling
from engine.checkpoints.foreign_files import FileState
from engine.library.folders import cache_folder
from engine.models.assembly.examine import read_checkpoint
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.kept.hashes import file_sha256
from engine.picture import picture
from engine.tasks import run

UNET = Path("unet", "diffusion_pytorch_model.safetensors")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for number in range(3):
        tiny_sd(folder / f"tiny{number}", seed=number)
    return folder


@pytest.fixture
def folder(originals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals, tmp_path / "models"))


@pytest.fixture
def models(folder: Path) -> Models:
    return Models(Catalog([folder]), "cpu")


@pytest.fixture
def young() -> Iterator[None]:
    """What is in memory already is passed over by the garbage collector: libraries are most of its work."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def load(models: Models, name: str, dtype: torch.dtype = torch.float32):
    return models.load(models.catalog.find(name), dtype)


def test_a_model_is_loaded_once_for_each_number_format(models: Models) -> None:
    first = load(models, "tiny0")
    assert load(models, "tiny0") is first
    half = load(models, "tiny0", torch.bfloat16)
    assert half is not first
    assert half.denoiser.dtype == half.vae.dtype == half.text_encoder().dtype == torch.bfloat16
    assert first.denoiser.dtype == torch.float32
    assert half.sha256 == first.sha256


def test_the_least_recently_used_goes_first(models: Models) -> None:
    one = load(models, "tiny0").bytes
    models.keep_bytes = int(2.5 * one)
    first, second = load(models, "tiny0"), load(models, "tiny1")
    assert load(models, "tiny0") is first
    load(models, "tiny2")
    assert load(models, "tiny0") is first
    assert load(models, "tiny1") is not second
    assert models.bytes <= models.keep_bytes


def test_what_is_not_kept_leaves_no_reference(models: Models) -> None:
    loaded, other = load(models, "tiny0"), load(models, "tiny1")
    weights = [weakref.ref(part) for part in (loaded.denoiser, loaded.vae, other.text_encoder())]
    del loaded
    models.keep_only(models.catalog.find("tiny1"), torch.float32)
    assert [reference() for reference in weights] == [None, None, None]
    assert load(models, "tiny1") is other


def test_switching_between_models_keeps_no_tensor(models: Models, young: None) -> None:
    models.keep_bytes = 0
    counts = []
    for _ in range(3):
        for number in range(3):
            load(models, f"tiny{number}").text_encoder()
        gc.collect()
        counts.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))
    assert counts[0] == counts[1] == counts[2]


def test_a_failed_load_keeps_no_network(models: Models, folder: Path) -> None:
    state = load_file(folder / "tiny0" / UNET)
    state.pop("conv_out.bias")
    save_file(state, folder / "tiny0" / UNET)
    before = sum(issubclass(type(thing), torch.nn.Module) for thing in gc.get_objects())
    with pytest.raises(UnsupportedModel, match=r"conv_out\.bias"):
        load(models, "tiny0")
    gc.collect()
    assert sum(issubclass(type(thing), torch.nn.Module) for thing in gc.get_objects()) == before


def test_a_changed_file_is_read_again(models: Models, folder: Path) -> None:
    first = load(models, "tiny0")
    shutil.copy(folder / "tiny1" / UNET, folder / "tiny0" / UNET)
    second = load(models, "tiny0")
    assert second is not first
    assert second.part_sha256["unet"] == load(models, "tiny1").part_sha256["unet"]
    assert second.part_sha256["vae"] == first.part_sha256["vae"]
    assert second.sha256 != first.sha256


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("scheduler/scheduler_config.json", "beta_end", 0.02),
        ("text_encoder/config.json", "hidden_act", "gelu"),
        ("unet/config.json", "norm_eps", 1e-4),
    ],
)
def test_a_changed_configuration_beside_the_same_weights_is_read_again(
    models: Models, folder: Path, name: str, key: str, value: object
) -> None:
    first = load(models, "tiny0")
    config = folder / "tiny0" / name
    before = config.read_bytes()
    form = json.loads(before)
    assert form.get(key) != value
    config.write_text(json.dumps({**form, key: value}))
    second = load(models, "tiny0")
    assert second is not first and second is load(models, "tiny0")
    assert (second.sha256, second.identity == first.identity) == (first.sha256, False)
    part = name.partition("/")[0]
    assert json.loads(second.part_configs[part])[key] == value
    assert second.part_configs[part] != first.part_configs[part]
    config.write_bytes(before)
    assert load(models, "tiny0").identity == first.identity


def test_a_tokenizer_that_changed_is_read_again(models: Models, folder: Path) -> None:
    first = load(models, "tiny0")
    vocabulary = next(iter(sorted((folder / "tiny0/tokenizer").iterdir())))
    vocabulary.write_bytes(vocabulary.read_bytes() + b"\n")
    assert load(models, "tiny0") is not first


def test_a_file_cut_in_place_leaves_the_loaded_weights_alone_and_is_noticed(
    models: Models, folder: Path
) -> None:
    loaded = load(models, "tiny0")
    before = {name: tensor.clone() for name, tensor in loaded.denoiser.state_dict().items()}
    os.truncate(folder / "tiny0" / UNET, 5_000)
    assert all(torch.equal(before[name], tensor) for name, tensor in loaded.denoiser.state_dict().items())
    with pytest.raises(UnsafeFile, match="truncated"):
        load(models, "tiny0")


def test_a_text_encoder_that_changed_before_it_was_needed_is_refused(models: Models, folder: Path) -> None:
    loaded = load(models, "tiny0")
    shutil.copy(
        folder / "tiny1/text_encoder/model.safetensors", folder / "tiny0/text_encoder/model.safetensors"
    )
    with pytest.raises(UnsafeFile, match="has changed on disk"):
        loaded.text_encoder()


def test_a_deleted_model_is_not_found(models: Models, folder: Path) -> None:
    info = models.catalog.find("tiny0")
    loaded = models.load(info, torch.float32)
    shutil.rmtree(folder / "tiny0")
    assert loaded.denoiser.conv_in.weight.isfinite().all()
    with pytest.raises(ModelNotFound):
        models.load(info, torch.float32)


def test_weights_that_are_no_numbers_are_refused_and_counted_once(models: Models, folder: Path) -> None:
    state = load_file(folder / "tiny0" / UNET)
    state["conv_in.weight"][0, 0, 0, :2] = torch.tensor([float("nan"), float("inf")])
    save_file(state, folder / "tiny0" / UNET)
    for _ in range(2):
        with pytest.raises(UnsafeFile, match="2 numbers in its unet"):
            load(models, "tiny0")
    assert (cache_folder() / "weights-not-finite.json").read_text().count("|unet|") == 1


def test_the_toy_has_no_weights(models: Models) -> None:
    with pytest.raises(UnsupportedModel, match="no weights"):
        load(models, "toy")


def test_a_hash_is_asked_of_the_disk_once(folder: Path) -> None:
    [file] = read_checkpoint(folder / "tiny0").weights["unet"]
    digest = file_sha256(file)
    stat = file.path.stat()
    damaged = bytearray(file.path.read_bytes())
    damaged[-1] ^= 1
    with file.path.open("r+b") as handle:  # behind the back of the clock: same size, inode and time
        handle.write(damaged)
    os.utime(file.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file_sha256(file) == digest
    (cache_folder() / "weight-hashes.json").write_text("damaged")
    assert file_sha256(file) != digest


def test_a_first_hash_says_how_far_it_is_and_can_be_ended(folder: Path, models: Models) -> None:
    class EndedError(Exception):
        pass

    def end(share: float) -> None:
        raise EndedError

    info = models.catalog.find("tiny0")
    with pytest.raises(EndedError):
        models.load(info, torch.float32, end)
    shares: list[float] = []
    models.load(info, torch.float32, shares.append)
    assert len(shares) >= 3
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1.0


def test_a_hash_of_a_file_that_changed_since_its_header_was_read_is_refused(folder: Path) -> None:
    [file] = read_checkpoint(folder / "tiny0").weights["unet"]
    shutil.copy(folder / "tiny1" / UNET, file.path)
    assert FileState.of(file.path) != file.state
    with pytest.raises(UnsafeFile, match="has changed"):
        file_sha256(file)


@pytest.mark.timeout(600)
def test_switching_back_and_forth_leaves_nothing_behind(tmp_path: Path, young: None):
    """Two models of which one may stay, fifty switches: as many tensors as before, and no more memory."""
    request = replace(
        GenerationRequest("", "a dog", width=64, height=64), sampling=Sampling("euler", steps=1, guidance=3.0)
    )
    folders = [tiny_sd(tmp_path / name, seed=seed) for seed, name in enumerate(("one", "two"))]
    models = Models(Catalog(), device="cpu", keep_bytes=1)

    def both(draws: bool) -> None:
        for folder in folders:
            picture.KEPT.clear()
            if draws:
                assert list(run(replace(request, model=str(folder)), models))
            else:
                models.load(models.catalog.find(str(folder)), torch.float32)

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    def resident() -> int:
        return psutil.Process().memory_info().rss

    for _ in range(3):
        both(draws=True)
    before, memory, weights = tensors(), resident(), models.bytes
    for number in range(25):
        both(draws=number % 5 == 4)
    assert tensors() == before
    assert resident() - memory < 25 * weights  # one model that stayed each time would be as much

"""Stable Diffusion: what our loader makes of a checkpoint is what diffusers makes of it, to the last bit."""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from original_names import original_state
from safetensors.torch import load_file, save_file
from stock import bare
from tiny import tiny_sd, tiny_sd_single_file

from engine.api.errors import UnsupportedModel
from engine.checkpoints.weights import build_empty, check_fits
from engine.diffusion import schedulers
from engine.families import further_pipelines, other_pipelines
from engine.families.family import Task
from engine.families.loaded_model import LoadedModel
from engine.families.registry import families
from engine.families.stable_diffusion import MAKERS, layout_of
from engine.models.assembly.examine import examine
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.networks.original.stable_diffusion import bundle

KINDS = [(1, "epsilon"), (1, "v_prediction"), (2, "epsilon"), (2, "v_prediction")]
PROMPT = "a dog! un perro 🐶"


def load(path: Path, dtype: torch.dtype = torch.float32) -> LoadedModel:
    models = Models(Catalog(), "cpu")
    return models.load(models.catalog.find(str(path)), dtype)


def state(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return network.state_dict()


def assert_equal(ours: torch.nn.Module, theirs: torch.nn.Module) -> None:
    assert state(ours).keys() == state(theirs).keys()
    different = [name for name, tensor in state(ours).items() if not torch.equal(tensor, state(theirs)[name])]
    assert different == []
    assert not ours.training and not any(parameter.requires_grad for parameter in ours.parameters())


def picture(pipeline, scheduler_config, **inputs) -> np.ndarray:
    pipeline.scheduler = schedulers.build("euler", scheduler_config)
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(7)
    return pipeline(PROMPT, num_inference_steps=2, generator=generator, output_type="np", **inputs).images


@pytest.mark.parametrize("folder", ["tiny", "starter"])
def test_a_folder_gives_what_diffusers_own_loader_gives(folder: str, tmp_path: Path) -> None:
    path = tiny_sd(tmp_path / "tiny") if folder == "tiny" else Catalog().find("starter").path
    assert path is not None
    ours = load(path)
    theirs = StableDiffusionPipeline.from_pretrained(path, dtype=torch.float32, local_files_only=True)
    assert_equal(ours.denoiser, theirs.unet)
    assert_equal(ours.vae, theirs.vae)
    assert_equal(ours.text_encoder(), theirs.text_encoder)
    for name, value in ours.denoiser.config.items():
        assert name.startswith("_") or theirs.unet.config[name] == value
    bare(theirs)
    size = {"width": 64, "height": 64}
    mine = picture(ours.pipeline(Task.TEXT_TO_IMAGE, None), ours.scheduler_config, **size)
    assert np.array_equal(mine, picture(theirs, ours.scheduler_config, **size))


@pytest.mark.parametrize(("version", "prediction"), KINDS)
def test_a_single_file_is_the_same_model_as_its_folder(version, prediction, tmp_path: Path) -> None:
    folder = load(tiny_sd(tmp_path / "folder", prediction, version=version, full_vocabulary=True))
    file = load(tiny_sd_single_file(tmp_path / "file.safetensors", prediction, version=version))
    assert_equal(file.denoiser, folder.denoiser)
    assert_equal(file.vae, folder.vae)
    assert_equal(file.text_encoder(), folder.text_encoder())
    assert (
        file.tokenizer(PROMPT, padding="max_length").input_ids
        == folder.tokenizer(PROMPT, padding="max_length").input_ids
    )
    assert file.info.prediction_type == folder.info.prediction_type == prediction
    assert file.info.variant.startswith(f"SD {version}.x")
    size = {"width": 64, "height": 64}
    pictures = [
        picture(one.pipeline(Task.TEXT_TO_IMAGE, None), one.scheduler_config, **size)
        for one in (file, folder)
    ]
    assert np.array_equal(*pictures)
    assert pictures[0].std() > 0.01


def test_a_single_file_loads_in_the_format_asked_for_and_says_its_own(tmp_path: Path) -> None:
    loaded = load(tiny_sd_single_file(tmp_path / "half.safetensors", dtype=torch.float16))
    assert {part.dtype for part in loaded.info.parts} == {"F16"}
    assert {parameter.dtype for parameter in loaded.denoiser.parameters()} == {torch.float32}
    assert len(set(loaded.part_sha256.values())) == 1
    assert loaded.sha256 == loaded.part_sha256["unet"]


@pytest.mark.parametrize(
    ("version", "prediction", "zero_snr", "side"),
    [(1, "epsilon", False, 512), (1, "v_prediction", True, 512), (2, "epsilon", False, 512),
     (2, "v_prediction", False, 768), (2, "v_prediction", True, 768)],
)  # fmt: skip
def test_the_kind_of_a_single_file_is_read_off_its_header(
    version, prediction, zero_snr, side, tmp_path: Path
) -> None:
    path = tiny_sd_single_file(tmp_path / "a.safetensors", prediction, zero_snr, version)
    info = Catalog().find(str(path))
    assert (info.prediction_type, info.zero_terminal_snr) == (prediction, zero_snr)
    assert (info.defaults.width, info.defaults.height) == (side, side)
    assert ("zero-terminal SNR" in info.variant) == zero_snr
    assert info.capabilities.prompt_tokens == 75


def test_a_folder_says_zero_terminal_snr(tmp_path: Path) -> None:
    loaded = load(tiny_sd(tmp_path / "tiny", "v_prediction", zero_snr=True))
    assert loaded.info.zero_terminal_snr
    assert loaded.scheduler_config["rescale_betas_zero_snr"] is True
    assert (loaded.info.defaults.width, loaded.info.defaults.height) == (64, 64)


def test_loading_twice_gives_the_same_picture_and_touches_no_shared_weight(tmp_path: Path) -> None:
    path = tiny_sd(tmp_path / "tiny")
    first, second = load(path), load(path)
    before = {name: tensor.clone() for name, tensor in state(first.denoiser).items()}
    assert first.text_encoder() is not second.text_encoder()
    pictures = [
        picture(one.pipeline(Task.TEXT_TO_IMAGE, None), one.scheduler_config)
        for one in (first, second, first)
    ]
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])
    assert all(torch.equal(before[name], tensor) for name, tensor in state(first.denoiser).items())
    assert all(parameter.data_ptr() % 64 == 0 for parameter in first.denoiser.parameters())


def test_pipelines_of_all_tasks_share_the_networks(tmp_path: Path) -> None:
    loaded = load(tiny_sd(tmp_path / "tiny"))
    scheduler = schedulers.build("ddim", loaded.scheduler_config)
    early = loaded.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    assert early.text_encoder is None and not loaded.has_text_encoder
    text_encoder = loaded.text_encoder()
    assert loaded.text_encoder() is text_encoder
    for task in Task:
        pipeline = loaded.pipeline(task, scheduler)
        assert pipeline.unet is loaded.denoiser and pipeline.vae is loaded.vae
        assert pipeline.text_encoder is text_encoder and pipeline.safety_checker is None
        assert pipeline.unet.dtype == torch.float32


def test_weights_loaded_in_inference_mode_can_still_be_patched(tmp_path: Path) -> None:
    path = tiny_sd(tmp_path / "tiny")
    with torch.inference_mode():
        loaded = load(path)
    assert not any(parameter.is_inference() for parameter in loaded.denoiser.parameters())


def test_names_of_older_versions_are_understood(tmp_path: Path) -> None:
    path = tiny_sd(tmp_path / "new")
    old = Path(shutil.copytree(path, tmp_path / "old"))
    vae = old / "vae" / "diffusion_pytorch_model.safetensors"
    words = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    renamed = load_file(vae)
    for new, before in words.items():
        renamed = {name.replace(new, before): tensor for name, tensor in renamed.items()}
    assert renamed.keys() != load_file(vae).keys()
    save_file(renamed, vae)
    text = old / "text_encoder" / "model.safetensors"
    prefixed = {f"text_model.{name}": tensor for name, tensor in load_file(text).items()}
    save_file({**prefixed, "text_model.embeddings.position_ids": torch.arange(77)[None]}, text)
    assert_equal(load(old).vae, load(path).vae)
    assert_equal(load(old).text_encoder(), load(path).text_encoder())


REAL = {1: (859_520_964, 83_653_863, 123_060_480), 2: (865_910_724, 83_653_863, 340_387_840)}
"""Parameters of unet, VAE and text encoder of Stable Diffusion 1.5 and 2.1, as their cards give them."""


@pytest.mark.parametrize("version", REAL)
def test_checkpoints_of_the_real_size_fit_our_configurations(version: int, tmp_path: Path) -> None:
    name = f"sd{version}"
    with torch.device("meta"):
        networks = [make(bundle(name, part)) for part, make in MAKERS.items()]
    state = original_state(*networks, version)
    path = sparse_file(tmp_path / "real.safetensors", {key: tuple(one.shape) for key, one in state.items()})
    info, checkpoint = examine(path)
    assert info.variant.startswith(f"SD {version}.x")
    assert info.defaults.width == {1: 512, 2: 768}[version]
    layout = layout_of(checkpoint)
    assert layout is not None
    for part, parameters in zip(MAKERS, REAL[version], strict=True):
        network = build_empty(lambda part=part: MAKERS[part](layout.configs[part]), part)
        check_fits(network, layout.meta(part), part, path)
        assert sum(parameter.numel() for parameter in network.parameters()) == parameters
        assert whole_numbers(layout.configs[part]) == whole_numbers(bundle(name, part))


def whole_numbers(config) -> dict[str, object]:
    return {name: value for name, value in config.items() if isinstance(value, (int, list))}


def sparse_file(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """A half-precision checkpoint of gigabytes that takes no room: its numbers are a hole in the file."""
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + end)
    return path


def changed(tmp_path: Path, change, version=1) -> Path:
    path = tiny_sd_single_file(tmp_path / "a.safetensors", version=version)
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    return path


def without(prefix: str):
    def change(tensors: dict[str, torch.Tensor]) -> None:
        for name in [name for name in tensors if name.startswith(prefix)]:
            del tensors[name]

    return change


def renamed(old: str, new: torch.Tensor):
    return lambda tensors: tensors.update({old: new})


SINGLE = {
    "no VAE": (without("first_stage_model."), "without its VAE"),
    "no text encoder": (without("cond_stage_model."), "without its text encoder"),
    "seven channels": (
        renamed("model.diffusion_model.input_blocks.0.0.weight", torch.zeros(32, 7, 3, 3)),
        "channels",
    ),
    "another text encoder": (renamed("conditioner.embedders.0.x", torch.zeros(1)), "cannot run yet"),
    "no attention": (without("model.diffusion_model.input_blocks.1.1."), "unet|missing"),
    "no middle": (without("model.diffusion_model.middle_block."), "seems to be|is missing"),
    "no first level": (without("first_stage_model.encoder.down.0."), "block_out_channels|missing"),
    "small vocabulary": (
        renamed(
            "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight", torch.zeros(100, 32)
        ),
        "knows 100 tokens",
    ),
}


@pytest.mark.parametrize("case", SINGLE)
def test_a_single_file_that_cannot_be_run_says_why(case: str, tmp_path: Path) -> None:
    change, says = SINGLE[case]
    with pytest.raises(UnsupportedModel, match=says):
        load(changed(tmp_path, change))


@pytest.mark.parametrize("version", [1, 2])
def test_missing_extra_and_misshapen_tensors_are_named(version, tmp_path: Path) -> None:
    name = "model.diffusion_model.out.2.bias"
    for change, says in (
        (without(name), r"missing, first conv_out\.bias"),
        (renamed(name, torch.zeros(5)), r"conv_out\.bias has shape"),
        (renamed("first_stage_model.encoder.mid.block_1.extra", torch.zeros(5)), r"unknown, first .*extra"),
    ):
        with pytest.raises(UnsupportedModel, match=says):
            load(changed(tmp_path, change, version))


def test_the_folder_of_families_is_the_registry() -> None:
    modules = {path.stem for path in Path(__file__).parents[3].joinpath("engine/families").glob("*.py")}
    tabled = {family.id for table in (other_pipelines, further_pipelines) for family in table.FAMILIES}
    assert {"stable_diffusion", "toy", "sdxl", "flux1"} <= families().keys() - tabled <= modules
    for name, family in families().items():
        assert family.id == name and family.title

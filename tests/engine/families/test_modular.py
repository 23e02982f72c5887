"""Families that diffusers has as blocks only: run under the same tap, equal to the blocks by themselves."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import tiny_other
import torch
from PIL import Image
from tiny_other import MODULAR, TURBOS, change_of, modular_folder
from worn import assert_it_is_worn, assert_places_are_followed

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import EngineError, UnsupportedModel
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_file import FileKind
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe
from engine.picture.picture import KEPT
from engine.tasks import run
from engine.tokenizers.words_only import WordsOnly

STEPS = 3

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("modular")
    return {name: modular_folder(name, root / name) for name in MODULAR}


def drawing() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def ask(folder: Path, models: Models) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    own = info.defaults.sampling
    guidance = 2.0 if info.capabilities.guidance else own.guidance
    sampling = replace(own, steps=STEPS, guidance=guidance, seed=7)
    return info.request("a dog", negative_prompt="a cat", width=64, height=64, sampling=sampling)


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


def by_blocks(
    name: str, folder: Path, models: Models, *, guider: dict[str, Any] | None = None, **inputs: Any
) -> np.ndarray:
    """The picture of the same networks and noise from all of diffusers' own blocks."""
    info = models.catalog.find(str(folder))
    model = models.load(info, torch.float32)
    model.load_text_encoders()
    parts = dict(model.components)
    if name.startswith("flux3"):
        parts["tokenizer"] = WordsOnly(parts["tokenizer"])
    own = info.defaults.sampling
    parts["scheduler"] = schedulers.build(own.scheduler, model.scheduler_config, 7, STEPS)
    blocks = type({**MODULAR, **TURBOS}[name]().blocks)
    pipeline = tiny_other.modular(blocks, **parts)
    if info.capabilities.guidance:
        own = diffusers.ClassifierFreeGuidance(guidance_scale=2.0, **(guider or {}))
        pipeline.update_components(guider=own)
        inputs["negative_prompt"] = "a cat"
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        prompt="a dog", width=64, height=64, num_inference_steps=STEPS,
        generator=torch.Generator().manual_seed(7), output="images", **inputs,
    )  # fmt: skip
    image = made[0]
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return np.array(image.convert("RGB"))


def test_a_guider_in_the_folder_is_heeded_and_one_of_another_class_named(folders, models, tmp_path):
    folder = tmp_path / "anima"
    shutil.copytree(folders["anima"], folder)
    told = {"guidance_rescale": 0.7, "use_original_formulation": True}
    index = json.loads((folder / "modular_model_index.json").read_text())
    (folder / "guider").mkdir()
    (folder / "guider" / "guider_config.json").write_text(json.dumps(told))

    def write(kind: str) -> None:
        named = {**index, "guider": ["diffusers", kind]}
        (folder / "modular_model_index.json").write_text(json.dumps(named))

    write("ClassifierFreeGuidance")
    made = pixels_of(ask(folder, models), models)
    assert np.array_equal(made, by_blocks("anima", folder, models, guider=told))
    assert not np.array_equal(made, pixels_of(ask(folders["anima"], models), models))
    write("SkipLayerGuidance")
    with pytest.raises(UnsupportedModel, match="its guider is of the class SkipLayerGuidance"):
        Models(Catalog()).catalog.find(str(folder))


@pytest.mark.parametrize("name", MODULAR)
def test_a_modular_folder_draws_what_its_blocks_draw_and_goes_on_and_edits(name, folders, models):
    KEPT.clear()
    request = ask(folders[name], models)
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(made, by_blocks(name, folders[name], models)) and made.std() > 1
    assert np.array_equal(pixels_of(replace(request, branch=Branch(request, 0, 2)), models), made)
    assert_places_are_followed(request, models, made)
    network = models.load(models.catalog.find(str(folders[name])), torch.float32).denoiser
    lora = change_of(network, folders[name].parent / f"{name}.safetensors")
    assert_it_is_worn(lora, request, models, made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    steps = run(midway, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = pixels_of(midway.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], drawing().pixels[56:, 56:])
    assert not np.array_equal(edited[:32, :32], drawing().pixels[:32, :32])


@pytest.mark.parametrize("name", TURBOS)
def test_what_was_distilled_draws_what_its_blocks_draw_and_says_so(name, models, tmp_path):
    folder = modular_folder(name, tmp_path / name)
    own = [1.0, 0.7, 0.2]
    told = json.loads((folder / "modular_model_index.json").read_text())
    (folder / "modular_model_index.json").write_text(json.dumps({**told, "sample_sigmas": own}))
    info = models.catalog.find(str(folder))
    can, steps = info.capabilities, {"krea2": 8, "qwen_image_21": len(own)}
    assert (info.family, info.variant, can.guidance, can.negative_prompt) == (name, "Turbo", False, False)
    assert info.defaults.sampling.steps == steps[name]
    request = ask(folder, models)
    grid = {} if name == "krea2" else {"sigmas": own}
    made = pixels_of(request, models)
    # drawn by the pipeline of the same networks; its pictures have opacity, laid on white at another moment
    difference = np.abs(made.astype(int) - by_blocks(name, folder, models, **grid))
    assert difference.max() <= (1 if name == "qwen_image_21" else 0) and made.std() > 1
    more = replace(request, sampling=replace(request.sampling, steps=STEPS + 1))
    events = [event for event in run(more, models, UNSEEN) if isinstance(event, Step)]
    assert [event.index for event in events] == list(range(1, STEPS + 2))
    guided = replace(request, sampling=replace(request.sampling, guidance=4.5), negative_prompt="a cat")
    assert np.array_equal(pixels_of(guided, models), made), "another model's guidance: its blocks know none"


def test_flux_3_reads_a_reference_as_its_blocks_do(folders, models):
    request = ask(folders["flux3"], models)
    request = replace(request, references=(ReferenceInput(drawing()),))
    stock = by_blocks("flux3", folders["flux3"], models, image=[Image.fromarray(drawing().pixels)])
    assert np.array_equal(pixels_of(request, models), stock)


def test_a_scan_lists_a_modular_folder_as_one_checkpoint_of_its_family(folders):
    found = describe(place_of(folders["anima"]))
    assert (found.kind, found.families, found.problem) == (FileKind.CHECKPOINT, ("anima",), "")
    assert found.why[0].startswith("modular_model_index.json names AnimaModularPipeline")


def test_parts_that_lie_elsewhere_are_named_and_nothing_is_fetched(folders, tmp_path):
    folder = Path(shutil.copytree(folders["anima"], tmp_path / "anima"))
    shutil.rmtree(folder / "vae")
    with pytest.raises(UnsupportedModel, match="its folder lacks vae, which have to be got elsewhere"):
        Catalog().find(str(folder))


def test_blocks_of_somebody_s_own_are_refused(folders, tmp_path):
    folder = Path(shutil.copytree(folders["anima"], tmp_path / "anima"))
    file = folder / "modular_model_index.json"
    index = json.loads(file.read_text())
    file.write_text(json.dumps({**index, "auto_map": {"ModularPipelineBlocks": "blocks.Mine"}}))
    with pytest.raises(EngineError, match="asks to run code"):
        Catalog().find(str(folder))

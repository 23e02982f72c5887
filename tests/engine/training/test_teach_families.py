"""Families beyond Stable Diffusion are taught by a LoRA: as their own pipelines call their networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from invented import save_zorbis
from safetensors.torch import load_file
from tiny_families import tiny_folder

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Finished, ImageReady, Step
from engine.api.learnt import LearntKind, Lora
from engine.api.request import GenerationRequest, Sampling
from engine.api.training import TrainRequest
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run
from engine.training.noising import FlowNoising

TAUGHT = ("sdxl", "sd3", "flux-dev", "flux-schnell")
NO_RATE = 1e-12


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: tiny_folder(name, root / name) for name in (*TAUGHT, "sdxl-inpainting")}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


def request_for(folder: Path, tmp_path: Path, **changes: Any) -> TrainRequest:
    request = TrainRequest(
        str(folder), str(save_zorbis(tmp_path / "zorbis", 4, 64)), "zorbi",
        str(tmp_path / "out" / "zorbi.safetensors"), class_words="dog", steps=3, rank=4, prior_pictures=1,
        seed=3, resolution=64,
    )  # fmt: skip
    return replace(request, **changes)


def losses(events: list) -> list[float]:
    return [float(str(event.extra["loss"])) for event in events if isinstance(event, Step) and event.index]


@pytest.mark.parametrize("name", TAUGHT)
def test_four_pictures_are_learnt_and_the_file_is_used_at_once(
    folders: dict[str, Path], models: Models, name: str, tmp_path: Path
):
    wish = request_for(
        folders[name], tmp_path, steps=24, rank=16, learning_rate=0.02, prior_weight=0.0, prior_pictures=0
    )
    learnt = list(run(wish, models))
    assert isinstance(learnt[-1], Finished)
    shown = [event for event in learnt if isinstance(event, Step) and event.preview is not None]
    assert shown and shown[-1].preview is not None and shown[-1].preview.shape == (64, 64, 3)
    idle = list(run(replace(wish, learning_rate=NO_RATE, output=str(tmp_path / "idle.safetensors")), models))
    assert sum(losses(learnt)[-8:]) < 0.97 * sum(losses(idle)[-8:])

    def picture(*loras: Lora) -> np.ndarray:
        sampling = Sampling("euler", 2, 1.0, seed=1)
        unseen = Control(wants_previews=False)  # fitting a preview takes longer than the lesson
        asked = GenerationRequest(str(folders[name]), "zorbi", "", 64, 64, sampling, loras=loras)
        return next(event for event in run(asked, models, unseen) if isinstance(event, ImageReady)).pixels

    found = models.catalog.find_learnt(LearntKind.LORA, wish.output)
    assert found.trigger == "zorbi" and found.rank == 16
    assert not np.array_equal(picture(), picture(Lora(wish.output)))
    assert np.array_equal(picture(), picture(Lora(wish.output, 0.0)))


@pytest.mark.parametrize("name", ["sdxl", "flux-dev"])
def test_diffusers_own_pipeline_wears_the_file(
    folders: dict[str, Path], models: Models, name: str, tmp_path: Path
):
    import diffusers

    wish = request_for(folders[name], tmp_path)
    list(run(wish, models))
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folders[name])
    pipeline.load_lora_weights(wish.output)
    network = pipeline.unet if name == "sdxl" else pipeline.transformer
    assert any("lora_A" in layer for layer, _ in network.named_parameters())


def test_sdxl_learns_a_word_for_both_of_its_encoders(folders, models: Models, tmp_path: Path):
    import diffusers

    wish = request_for(
        folders["sdxl"], tmp_path, method=LearntKind.EMBEDDING, vectors=2, steps=16, learning_rate=0.5,
        prior_pictures=0,
    )  # fmt: skip
    learnt = list(run(wish, models))
    idle = list(run(replace(wish, learning_rate=NO_RATE, output=str(tmp_path / "idle.safetensors")), models))
    assert sum(losses(learnt)[-8:]) < sum(losses(idle)[-8:])
    found = models.catalog.find_learnt(LearntKind.EMBEDDING, wish.output)
    assert found.trigger == "zorbi" and found.vectors == 2
    made, still = (load_file(path) for path in (wish.output, tmp_path / "idle.safetensors"))
    assert set(made) == {"clip_l", "clip_g"}
    assert all(not torch.allclose(made[name], still[name], atol=0.01) for name in made)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folders["sdxl"])
    pipeline.load_textual_inversion(
        made["clip_g"], token="zorbi", text_encoder=pipeline.text_encoder_2, tokenizer=pipeline.tokenizer_2
    )
    pipeline.load_textual_inversion(
        made["clip_l"], token="zorbi", text_encoder=pipeline.text_encoder, tokenizer=pipeline.tokenizer
    )


@pytest.mark.parametrize("name", ["sdxl", "sd3"])
def test_gone_on_with_after_a_break_it_is_what_it_would_have_been(
    folders: dict[str, Path], models: Models, name: str, tmp_path: Path
):
    wish = request_for(folders[name], tmp_path, steps=4)
    list(run(wish, models))
    unbroken = Path(wish.output).read_bytes()
    Path(wish.output).unlink()
    events = run(wish, models)
    for event in events:
        if isinstance(event, Step) and event.index == 2:
            events.close()
    list(run(wish, models))
    from safetensors.torch import load

    first, second = load(unbroken), load(Path(wish.output).read_bytes())
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_editors_are_refused_in_words(folders: dict[str, Path], models: Models, tmp_path: Path):
    with pytest.raises(BadRequest, match="choose the plain model"):
        run(request_for(folders["sdxl-inpainting"], tmp_path), models)


def test_flow_matching_goes_straight_from_the_picture_to_noise():
    noising = FlowNoising.of({"shift": 3.0, "num_train_timesteps": 1000})
    clean, noise = torch.ones(2, 1, 2, 2), torch.zeros(2, 1, 2, 2)
    noisy = noising.noisy(clean, noise, torch.tensor([0.0, 750.0]))
    assert torch.allclose(noisy[:, 0, 0, 0], torch.tensor([1.0, 0.25]))
    assert torch.equal(noising.target(clean, noise, torch.tensor([1.0, 2.0])), -clean)
    times = noising.spread(2000, torch.Generator().manual_seed(0))
    assert times.min() > 0 and times.max() < 1000
    assert times.median() == pytest.approx(750, abs=10)  # a shift of 3 takes the middle there
    plain = FlowNoising.of({"shift": 3.0, "use_dynamic_shifting": True})
    assert plain.spread(2000, torch.Generator().manual_seed(0)).median() == pytest.approx(500, abs=10)

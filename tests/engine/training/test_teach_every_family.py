"""One contract for all families that wear LoRAs: each is taught as its own pipeline calls its network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from invented import save_zorbis
from tiny_families import FAMILIES, tiny_folder
from tiny_other import MODULAR, OTHERS, modular_folder, other_folder

from engine.api.control import Control
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, ImageReady
from engine.api.images import Extent
from engine.api.learnt import LearntKind, Lora
from engine.api.request import GenerationRequest, Sampling
from engine.api.training import TrainRequest
from engine.diffusion.tap import Moment, StepState, Tap
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run
from engine.training import telling
from engine.training.drawing import words_of
from engine.training.teach import teach
from engine.training.telling import Tellings, denoised

MAKERS = {
    **dict.fromkeys(FAMILIES, tiny_folder), **dict.fromkeys(OTHERS, other_folder),
    **dict.fromkeys(MODULAR, modular_folder),
}  # fmt: skip
EDITORS = (
    "flux-fill", "flux-kontext", "sdxl-inpainting", "sdxl-instruct", "qwen-image-edit",
    "qwen-image-edit-plus",
)  # fmt: skip
"""Which are refused, since pictures alone cannot teach them."""
REFUSED = {
    "ideogram4": "its network is given more than the noisy latents",
    "prx_pixel": "its pipeline makes something else of what its network says",
    "dreamlite": "its network is given more than the noisy latents",
    "flux3-distilled": "at each step its network is told more than the time",
}
UNTAUGHT = (
    "z_image_omni",
    "dit",
    "unet2d",
    "consistency",
    "sana-sprint",
    "omnigen",
    "dreamlite",
    *EDITORS,
    *REFUSED,
)
TAUGHT = sorted(set(MAKERS) - set(UNTAUGHT))
UNLIKE = (
    "z-image", "qwen-image", "sana", "lumina2", "kandinsky5", "hunyuan_dit", "pixart", "prx", "anima",
    "hidream",
)  # fmt: skip
"""Each with something of its own on the way: latents in lists or films, an autoencoder without chance, shapes
alone that do not tell the memory, other names of layers, another noise, blocks instead of a pipeline."""
RATE = 0.05


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Makes the folder of a name, once."""
    root, made = tmp_path_factory.mktemp("every"), {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = MAKERS[name](name, root / name)
        return made[name]

    return make


def size_of(models: Models, folder: Path) -> Extent:
    multiple = models.catalog.find(str(folder)).capabilities.size_multiple
    side = 64 if 64 % multiple == 0 else multiple
    return Extent(side, side)


class Overheard(Moment):
    """What the scheduler was given."""

    def __init__(self) -> None:
        self.steps: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []

    def after_step(self, state: StepState) -> None:
        self.steps.append((state.sample.clone(), state.timestep.reshape(1), state.model_output.clone()))


@pytest.mark.parametrize("name", TAUGHT)
def test_it_says_what_its_own_pipeline_makes_of_its_network(models, folder, monkeypatch, name: str):
    size = size_of(models, folder(name))
    info = models.catalog.find(str(folder(name)))
    assert LearntKind.LORA in info.capabilities.learns
    model = models.load(info, torch.float32)
    tellings = Tellings(model, lambda words: words_of(model, words))
    first = tellings.of(["a dog"], size)
    pair = tellings.of(["a dog", "a cat that sleeps"], size)
    assert pair[0] is first[0]
    overheard = Overheard()
    monkeypatch.setattr(telling, "Tap", lambda pipeline, moments: Tap(pipeline, [overheard, *moments]))
    telling.overheard(model, words_of(model, "a cat that sleeps"), size, 2)
    assert len(overheard.steps) == 2
    for packed, time, made in overheard.steps:
        noisy = model.packing.unpack(packed, size, model.space.cell_px)
        expected = model.packing.unpack(made, size, model.space.cell_px).float()
        with torch.no_grad():
            both = denoised(model, pair, torch.cat([noisy, noisy]), time.repeat(2))
            alone = denoised(model, first, noisy, time)
        assert (both[1:] - expected).abs().max() <= 1e-4 * expected.std() + 1e-6
        assert (both[:1] - alone).abs().max() <= 1e-4 * expected.std() + 1e-6


@pytest.mark.parametrize("name", UNLIKE)
def test_what_it_learns_is_a_lora_that_it_wears(models, folder, tmp_path: Path, name: str):
    path, size = folder(name), size_of(models, folder(name))
    request = TrainRequest(
        str(path), str(save_zorbis(tmp_path / "zorbis", 2, 64)), "zorbi", str(tmp_path / "zorbi.safetensors"),
        class_words="dog", steps=2, rank=4, prior_pictures=0, prior_weight=0.0, learning_rate=RATE, seed=3,
        resolution=size.width,
    )  # fmt: skip
    assert isinstance(list(run(request, models))[-1], Finished)
    assert models.catalog.find_learnt(LearntKind.LORA, request.output).trigger == "zorbi"
    info = models.catalog.find(str(path))
    negative = "a cat" if info.capabilities.negative_prompt else ""
    sampling = Sampling(info.capabilities.schedulers[0].id, 2, info.defaults.sampling.guidance, seed=1)

    def picture(*loras: Lora) -> np.ndarray:
        asked = GenerationRequest(str(path), "zorbi", negative, *size, sampling, loras=loras)
        events = run(asked, models, Control(wants_previews=False))
        return next(event for event in events if isinstance(event, ImageReady)).pixels

    before = picture()
    assert not np.array_equal(picture(Lora(request.output)), before)
    assert np.array_equal(picture(), before)  # taken off, the weights are what they were


@pytest.mark.parametrize("name", ["flux-dev", "prx", "z-image", "kandinsky3"])
def test_the_word_that_it_learns_is_read_on_the_canvas(models, folder, tmp_path: Path, name: str):
    path, size = folder(name), size_of(models, folder(name))
    request = TrainRequest(
        str(path), str(save_zorbis(tmp_path / "zorbis", 2, 64)), "zorbi", str(tmp_path / "zorbi.safetensors"),
        class_words="dog", method=LearntKind.EMBEDDING, vectors=3, steps=2, learning_rate=1.0, seed=3,
        resolution=size.width,
    )  # fmt: skip
    assert isinstance(list(run(request, models))[-1], Finished)
    found = models.catalog.find_learnt(LearntKind.EMBEDDING, request.output)
    info = models.catalog.find(str(path))
    assert (found.trigger, found.vectors, found.text_width) == ("zorbi", 3, info.capabilities.word_width)
    sampling = Sampling(info.capabilities.schedulers[0].id, 2, info.defaults.sampling.guidance, seed=1)

    def picture(prompt: str, *words: str) -> np.ndarray:
        asked = GenerationRequest(str(path), prompt, "", *size, sampling, embeddings=words)
        events = run(asked, models, Control(wants_previews=False))
        return next(event for event in events if isinstance(event, ImageReady)).pixels

    before = picture("a zorbi")
    learnt = picture("a zorbi", request.output)
    assert not np.array_equal(learnt, before)
    assert not np.array_equal(picture("a (zorbi:1.5)", request.output), learnt)
    assert np.array_equal(picture("a zorbi"), before)


def test_a_word_is_refused_where_what_is_read_of_it_is_cut_from_its_gradients(models, folder, tmp_path: Path):
    request = TrainRequest(
        str(folder("longcat_image")),
        str(save_zorbis(tmp_path / "zorbis", 2, 64)),
        "zorbi",
        str(tmp_path / "zorbi.safetensors"),
        method=LearntKind.EMBEDDING,
    )
    with pytest.raises(BadRequest, match="teach it by a LoRA"):
        run(request, models)


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_that_is_spoken_to_otherwise_is_refused_with_the_reason(
    models, folder, tmp_path, name: str
):
    request = TrainRequest(
        str(folder(name)), str(save_zorbis(tmp_path / "zorbis", 2, 64)), "zorbi",
        str(tmp_path / "zorbi.safetensors"), steps=1, resolution=size_of(models, folder(name)).width,
    )  # fmt: skip
    with pytest.raises(BadRequest, match="cannot be taught"):  # before anything is loaded
        run(request, models)
    with pytest.raises(UnsupportedModel, match=REFUSED[name]):
        list(teach(request, models.catalog.find(request.model), models, Control()))


def test_a_family_of_another_noise_is_refused_before_it_is_loaded(models, folder, tmp_path: Path):
    request = TrainRequest(
        str(folder("sana-sprint")),
        str(save_zorbis(tmp_path / "zorbis", 2, 64)),
        "zorbi",
        str(tmp_path / "zorbi.safetensors"),
    )
    with pytest.raises(BadRequest, match="cannot be taught"):
        run(request, models)

"""Networks that draw what they have seen, in latents or by scores: as diffusers draws them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from stock import bare
from tiny_families import changed, unet2d
from tiny_stages import saved
from worn import drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import UnsafeFile
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.models.catalog import Catalog
from engine.models.places.walk import places
from engine.models.scanning.describe import describe
from engine.picture.picture import KEPT
from engine.tasks import run

STOCK: Any = diffusers
STEPS = 4
SIDE = 32


def latent() -> Any:
    """16 x 16 cells of two pixels a side."""
    vqvae = STOCK.VQModel(
        block_out_channels=(8, 8), down_block_types=("DownEncoderBlock2D", "AttnDownEncoderBlock2D"),
        up_block_types=("AttnUpDecoderBlock2D", "UpDecoderBlock2D"), latent_channels=3, norm_num_groups=4,
        num_vq_embeddings=16, scaling_factor=0.8,
    )  # fmt: skip
    torch.nn.init.normal_(vqvae.quantize.embedding.weight)
    unet = changed(unet2d().unet, sample_size=SIDE // 2)
    return STOCK.LDMPipeline(vqvae=vqvae, unet=unet, scheduler=STOCK.DDIMScheduler(clip_sample=False))


def score() -> Any:
    """With all that NCSN++ has besides: blocks that skip, times told by Fourier features."""
    unet = changed(
        unet2d().unet, block_out_channels=(32, 32), attention_head_dim=8,
        down_block_types=("SkipDownBlock2D", "AttnSkipDownBlock2D"),
        up_block_types=("AttnSkipUpBlock2D", "SkipUpBlock2D"), time_embedding_type="fourier",
        center_input_sample=True, norm_num_groups=None,
    )  # fmt: skip
    torch.nn.init.normal_(unet.conv_out.weight, std=0.1)
    torch.nn.init.zeros_(unet.conv_out.bias)
    return STOCK.ScoreSdeVePipeline(unet=unet, scheduler=STOCK.ScoreSdeVeScheduler(sigma_max=48.0))


def karras() -> Any:
    """Of little noise: more would leave an untaught network black or white."""
    noise = STOCK.KarrasVeScheduler(sigma_max=1.2, sigma_min=0.3, s_churn=2.0)
    return STOCK.KarrasVePipeline(unet=score().unet, scheduler=noise)


MADE = {"latent": latent, "score": score, "karras": karras}
SAMPLED = [("latent", "ddim"), ("score", "score_sde_ve"), ("karras", "karras_ve")]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return saved(dict(MADE), tmp_path_factory.mktemp("unasked"))


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


def ask(info: ModelInfo, scheduler: str) -> GenerationRequest:
    return info.request(
        "", sampling=replace(info.defaults.sampling, scheduler=scheduler, steps=STEPS, seed=7)
    )


def stock(folder: Path) -> np.ndarray:
    if folder.name == "karras":  # diffusers does not find again what it has saved
        pipeline = STOCK.KarrasVePipeline(
            unet=STOCK.UNet2DModel.from_pretrained(folder / "unet"),
            scheduler=STOCK.KarrasVeScheduler.from_pretrained(folder / "scheduler"),
        )
    else:
        pipeline = STOCK.DiffusionPipeline.from_pretrained(folder)
    bare(pipeline)
    made = pipeline(num_inference_steps=STEPS, generator=torch.Generator().manual_seed(7)).images[0]
    return np.array(made).astype(int)


@pytest.mark.parametrize(("name", "scheduler"), SAMPLED)
def test_it_draws_what_its_pipeline_draws_step_by_step_and_ends(name, scheduler, home, models):
    info = models.catalog.find(str(home / name))
    assert info.family == ("ldm_unconditional" if name == "latent" else "score_sde")
    can = info.capabilities
    assert not can.prompt and can.fixed_size and can.image_to_image and not can.guidance
    assert (info.defaults.width, info.defaults.height) == (SIDE, SIDE)
    request = ask(info, scheduler)
    events = list(run(request, models))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == list(range(1, STEPS + 1))
    assert all(step.preview is not None for step in steps[-1:])
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.abs(made.astype(int) - stock(home / name)).max() <= 1 and made.std() > 1
    if name != "latent":  # it is the estimate of its last step
        preview = steps[-1].preview
        assert preview is not None and np.abs(preview.astype(int) - made).max() <= 1


@pytest.mark.parametrize(("name", "scheduler"), SAMPLED)
def test_it_begins_midway_goes_on_from_a_step_and_holds_what_is_outside_a_mask(name, scheduler, home, models):
    request = ask(models.catalog.find(str(home / name)), scheduler)
    made = drawn(request, models)
    branch = replace(request, branch=Branch(request, 0, 2))
    assert np.array_equal(drawn(branch, models), made)
    KEPT.clear()
    assert np.array_equal(drawn(branch, models), made)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    pixels = np.stack([x * 7, y * 7, 255 - x * 3 - y * 4], axis=2).astype(np.uint8)
    start = ImageInput.of(pixels, "drawing.png")
    little = replace(request, image=start, sampling=replace(request.sampling, strength=0.25))
    events = run(little, models, Control(wants_previews=False))
    assert [event.index for event in events if isinstance(event, Step)] == [1]
    if name == "score":  # the least noise is hardly any: of the picture most is there, untaught as it is
        assert np.abs(drawn(little, models).astype(int) - pixels).mean() < np.abs(made - pixels).mean()
    midway = replace(little, sampling=replace(little.sampling, strength=0.75))
    begun = drawn(midway, models)
    assert np.array_equal(drawn(replace(midway, image=None, branch=Branch(midway, 0, 1)), models), begun)
    cancelled = run(midway, models, Control(wants_previews=False))
    assert next(event.index for event in cancelled if isinstance(event, Step)) == 1
    cancelled.close()
    assert np.array_equal(drawn(midway, models), begun)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[: SIDE // 2, : SIDE // 2] = 255
    mask[: SIDE // 2, SIDE // 2 : SIDE // 2 + 4] = 120
    edited = drawn(replace(request, image=None).with_edit(start, Edit(mask=MaskInput.of(mask))), models)
    kept = mask == 0
    kept[: SIDE // 2 + 16, : SIDE // 2 + 20] = False  # the seam is feathered
    assert np.array_equal(edited[kept], pixels[kept])
    assert not np.array_equal(edited[:16, :16], pixels[:16, :16])


def test_a_branch_goes_on_by_the_other_sampler_and_one_step_draws(home, models):
    request = ask(models.catalog.find(str(home / "score")), "score_sde_ve")
    for sampling in (
        replace(request.sampling, scheduler="karras_ve", steps=5),
        replace(request.sampling, steps=5),
    ):
        other = replace(request, branch=Branch(request, 0, 2), sampling=sampling)
        assert drawn(other, models).std() > 1
    for scheduler in ("score_sde_ve", "karras_ve"):
        once = replace(request, sampling=replace(request.sampling, scheduler=scheduler, steps=1))
        assert drawn(once, models).std() > 1


def test_the_makers_older_names_of_the_attention_are_read(home, models, tmp_path):
    folder = saved({"old": latent}, tmp_path) / "old"
    for part in ("unet", "vqvae"):
        file = folder / part / "diffusion_pytorch_model.safetensors"
        older = {}
        for name, tensor in load_file(file).items():
            for new, old in (
                ("to_q", "query"),
                ("to_k", "key"),
                ("to_v", "value"),
                ("to_out.0", "proj_attn"),
            ):
                name = name.replace(f".{new}.", f".{old}.")
            older[name] = tensor
        assert any("proj_attn" in name for name in older)
        save_file(older, file)
    one, other = (
        drawn(ask(models.catalog.find(str(path)), "ddim"), models) for path in (home / "latent", folder)
    )
    assert np.array_equal(one, other)


def test_a_model_whose_network_lies_beside_its_index_is_the_same(home, models, tmp_path):
    flat = Path(shutil.copytree(home / "score", tmp_path / "ncsnpp"))
    for part in ("unet", "scheduler"):
        for file in (flat / part).iterdir():
            file.rename(flat / file.name)
        (flat / part).rmdir()
    (place,) = places(tmp_path)
    assert place.path == flat and describe(place).families == ("score_sde",)
    one, other = (
        drawn(ask(models.catalog.find(str(path)), "score_sde_ve"), models) for path in (home / "score", flat)
    )
    assert np.array_equal(one, other)
    (flat / "config.json").unlink()
    with pytest.raises(UnsafeFile, match="has no unet"):
        Catalog().find(str(flat))


def test_numbers_out_of_bounds_are_not_taken():
    config = {"_class_name": "ScoreSdeVeScheduler", "sigma_max": 1e9, "correct_steps": 1.5, "snr": 0.2}
    from engine.diffusion.exploding_schedulers import exploding_config

    known = exploding_config(config)
    assert known == {"prediction_type": "score_sde_ve", "snr": 0.2}
    assert schedulers.build("score_sde_ve", known).order == 2
    own = {**known, "sigma_max": 348.0}  # Karras' begins as diffusers has it, beside a folder of the other
    assert schedulers.build("karras_ve", own).config.sigma_max == 100

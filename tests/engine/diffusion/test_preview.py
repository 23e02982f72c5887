"""Previews: a fitted map where one serves, a pooled decode where none does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from tiny import tiny_vae

import resources
from engine.diffusion import preview
from engine.diffusion.latents.table import latent_space
from engine.diffusion.preview import LinearPreview, PooledPreview, as_pixels, fit, is_ready, preview_for

STARTER_VAE = Path(resources.__file__).parent / "starter" / "vae"


@pytest.fixture(scope="module")
def vae() -> AutoencoderKL:
    return AutoencoderKL.from_pretrained(STARTER_VAE, torch_dtype=torch.float32).eval()


@pytest.fixture(autouse=True)
def nothing_ready(monkeypatch):
    preview._ready.clear()
    monkeypatch.setattr(preview, "MOST_SAMPLES", 8)


def never() -> bool:
    return False


def test_the_map_shows_what_the_decoder_would_and_the_starters_comes_with_the_package(
    vae, tmp_path, monkeypatch
):
    monkeypatch.setattr(preview, "LONGEST_FIT_S", 600)  # a busy machine would fit it to too few
    sha256 = hashlib.sha256((STARTER_VAE / "diffusion_pytorch_model.safetensors").read_bytes()).hexdigest()
    assert is_ready(sha256, tmp_path), "another VAE, or another fit: run `python -m resources.fit_previews`"
    shipped = preview_for(latent_space(vae), sha256, tmp_path, lambda: pytest.fail("fitted again"))
    assert isinstance(shipped, LinearPreview)
    latents, decoded = preview.sample(latent_space(vae), seed=1000)
    truth = torch.nn.functional.avg_pool2d(decoded, 2)[0].permute(1, 2, 0).detach().numpy() * 127.5 + 127.5
    for linear in (fit(latent_space(vae)), shipped):
        assert linear.fit > 0.85
        shown = as_pixels(linear(latents, 1, 20))
        assert shown.shape == (64, 64, 3) and shown.dtype == np.uint8 and not shown.flags.writeable
        assert np.abs(shown - truth).mean() < 25


def test_a_fitted_map_is_kept_on_disk_and_a_damaged_file_is_made_anew(vae, tmp_path):
    first = preview_for(latent_space(vae), "hash", tmp_path, never)
    preview._ready.clear()
    again = preview_for(latent_space(vae), "hash", tmp_path, lambda: pytest.fail("fitted again"))
    assert isinstance(first, LinearPreview) and isinstance(again, LinearPreview)
    assert torch.equal(first.weight, again.weight)
    preview._ready.clear()
    (file,) = (tmp_path / "previews").iterdir()
    file.write_bytes(b"")
    assert isinstance(preview_for(latent_space(vae), "hash", tmp_path, never), LinearPreview)


def test_a_fit_that_is_cancelled_leaves_nothing(vae, tmp_path):
    assert preview_for(latent_space(vae), "hash", tmp_path, lambda: True) is None
    assert not (tmp_path / "previews").exists()


def test_where_no_map_serves_a_few_steps_are_decoded_small(monkeypatch):
    torch.manual_seed(0)
    made, sample = [], preview.sample
    monkeypatch.setattr(preview, "sample", lambda space, seed: made.append(seed) or sample(space, seed))
    found = preview_for(latent_space(tiny_vae().eval()), "random weights", None, never)
    assert isinstance(found, PooledPreview)
    assert len(made) == preview.LEAST_SAMPLES  # it is told by the first
    with torch.inference_mode():
        shown = [found(torch.randn(1, 4, 16, 16), step, 20) for step in range(1, 21)]
    assert [step for step, picture in enumerate(shown, 1) if picture is not None] == [5, 10, 15, 20]
    assert shown[-1] is not None and shown[-1].shape == (32, 32, 3)

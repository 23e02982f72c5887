"""Previews by a tiny VAE: held against the model's own by numbers, as large as there is time for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny

from engine.diffusion import tiny_preview
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.latents.table import latent_space
from engine.diffusion.preview import Preview
from engine.diffusion.tiny_preview import TinyPreview, likeness


@pytest.fixture(scope="module")
def tiny() -> LatentSpace:
    torch.manual_seed(1)
    return latent_space(
        AutoencoderTiny(decoder_block_out_channels=(8,) * 4, num_decoder_blocks=(1,) * 4).eval()
    )


def of(space: LatentSpace, seconds_a_cell: float, step_seconds: float) -> tuple[Preview, list[int]]:
    """With a clock that a decoding of one cell moves by so much; and the sides of what was decoded."""
    now, sides = [0.0], []

    def decode(latents: torch.Tensor) -> torch.Tensor:
        sides.append(latents.shape[-1])
        now[0] += seconds_a_cell * latents.shape[-1] ** 2
        return space.decode(latents)

    def otherwise(clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
        return torch.zeros(1, 1, 3, dtype=torch.uint8)

    timed = cast("LatentSpace", SimpleNamespace(decode=decode, cell_px=8, vae=space.vae, dtype=space.dtype))
    preview = TinyPreview(timed, otherwise, clock=lambda: now[0])

    def step(clean: torch.Tensor, index: int, total: int) -> torch.Tensor:
        now[0] += step_seconds
        return preview(clean, index, total)

    return step, sides


@pytest.mark.parametrize(
    ("step_seconds", "then"), [(100.0, [16, 16]), (1.0, [8, 8]), (0.25, [4, 4]), (0.01, [])]
)
def test_latents_are_made_smaller_until_a_tenth_of_a_step_suffices(tiny, monkeypatch, step_seconds, then):
    monkeypatch.setattr(tiny_preview, "FIRST_CELLS", 8 * 8)
    preview, sides = of(tiny, seconds_a_cell=1.6e-3 / 1.2, step_seconds=step_seconds)
    with torch.inference_mode():
        shown = [preview(torch.zeros(1, 4, 16, 16), step, 3) for step in (1, 2, 3)]
    assert sides == [8, *then]  # the first is of a speed that is not known yet
    wanted = [(64, 64, 3)] + [(64, 64, 3) if then else (1, 1, 3)] * 2
    assert [tuple(picture.shape) for picture in shown] == wanted


def test_where_memory_does_not_suffice_the_fitted_map_draws_from_then_on(tiny):
    calls = []

    def decode(latents: torch.Tensor) -> torch.Tensor:
        calls.append(latents)
        raise torch.OutOfMemoryError("CUDA out of memory")

    short = cast("LatentSpace", SimpleNamespace(decode=decode, cell_px=8, vae=tiny.vae, dtype=tiny.dtype))
    preview = TinyPreview(short, lambda *_: torch.ones(1))
    assert [preview(torch.zeros(1, 4, 8, 8), step, 2).tolist() for step in (1, 2)] == [[1], [1]]
    assert len(calls) == 1


def test_a_tiny_vae_is_held_against_the_model_s_own_once_and_the_figure_is_kept(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_preview, "LEAST_SAMPLES", 1)
    torch.manual_seed(0)
    own = latent_space(
        AutoencoderKL(
            block_out_channels=(8,) * 4, norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        ).eval()
    )  # fmt: skip
    hashes = ("own", "tiny")
    found = likeness(own, lambda: tiny, hashes, tmp_path, lambda: False)
    assert found is not None and found < 0.5  # random weights are nothing like it
    again = likeness(own, lambda: pytest.fail("measured again"), hashes, tmp_path, lambda: False)
    assert again == pytest.approx(found)
    itself = likeness(own, lambda: own, ("own", "itself"), tmp_path, lambda: False)
    assert itself == pytest.approx(1, abs=1e-3)
    assert likeness(own, lambda: tiny, ("own", "late"), tmp_path, lambda: True) is None

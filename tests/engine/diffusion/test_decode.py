"""From latents to pixels when memory or number formats do not suffice."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers.image_processor import VaeImageProcessor
from tiny import tiny_vae

from engine.api.errors import OutOfMemory, Overflow
from engine.diffusion.decode import decode
from engine.diffusion.latents.table import latent_space


@pytest.fixture
def pipeline():
    torch.manual_seed(0)
    return SimpleNamespace(vae=tiny_vae().eval(), image_processor=VaeImageProcessor(vae_scale_factor=8))


LATENTS = torch.randn(1, 4, 12, 12, generator=torch.Generator().manual_seed(0))


def run(pipeline, latents=LATENTS):
    said = []
    with torch.inference_mode():
        return decode(latent_space(pipeline.vae), latents, None, said.append), [
            notice.code for notice in said
        ]


def fail_first(pipeline, times: int, error: Exception):
    """Makes the decoder raise `error` at its first `times` calls, as torch does."""
    left = [times]

    def hook(*_):
        if left[0]:
            left[0] -= 1
            raise error

    pipeline.vae.decoder.register_forward_pre_hook(hook)


def test_a_decode_is_the_image_processor_s_bytes(pipeline):
    pixels, said = run(pipeline)
    with torch.inference_mode():
        image = pipeline.vae.decode(LATENTS / pipeline.vae.config.scaling_factor)[0]
    expected = np.array(pipeline.image_processor.postprocess(image, output_type="pil")[0])
    assert np.array_equal(pixels, expected) and said == []
    assert not pixels.flags.writeable


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
)
def test_too_little_memory_is_tried_again_in_tiles_and_said(pipeline, error):
    fail_first(pipeline, 1, error)
    pixels, said = run(pipeline)
    assert said == ["tiled_decode"] and pixels.shape == (96, 96, 3)
    assert not pipeline.vae.use_tiling


def test_when_tiles_do_not_fit_either_the_artist_is_told_what_to_do(pipeline):
    fail_first(pipeline, 2, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(OutOfMemory, match="smaller"):
        run(pipeline)


def test_another_error_is_a_bug_and_crashes_loudly(pipeline):
    fail_first(pipeline, 1, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        run(pipeline)


def test_an_overflow_of_16_bits_is_decoded_in_32_and_never_black(pipeline):
    vae = pipeline.vae.to(torch.bfloat16)
    vae.decoder.register_forward_hook(
        lambda _module, _inputs, output: output * float("nan") if output.dtype == torch.bfloat16 else output
    )
    before = [parameter.clone() for parameter in vae.parameters()]
    pixels, said = run(pipeline)
    assert said == ["float32_decode"] and pixels.std() > 1
    assert vae.dtype == torch.bfloat16
    assert all(torch.equal(old, new) for old, new in zip(before, vae.parameters(), strict=True))


def test_an_overflow_of_32_bits_is_an_error(pipeline):
    with pytest.raises(Overflow):
        run(pipeline, LATENTS * float("inf"))

"""The store of kept steps stays within its bytes."""

from __future__ import annotations

import torch

from engine.diffusion.estimate import NoiseLevel, at_level
from engine.diffusion.kept import KeptStep, KeptSteps


def kept(step: int) -> KeptStep:
    latents = torch.zeros(1, 4, 16, 16)
    return KeptStep(
        step, 9, latents, latents, NoiseLevel(1, 1), {"history": [latents]}, torch.zeros(8, dtype=torch.uint8)
    )


def test_the_least_used_steps_go_first():
    size = kept(1).bytes
    assert size == 3 * 4096 + 8
    store = KeptSteps(limit_bytes=3 * size)
    for step in (1, 2, 3):
        store.put("picture", kept(step))
    assert store.get("picture", 1) is not None
    store.put("picture", kept(4))
    assert [step for step in (1, 2, 3, 4) if store.get("picture", step)] == [1, 3, 4]
    assert store.bytes == 3 * size


def test_putting_a_step_again_counts_it_once():
    store = KeptSteps()
    store.put("picture", kept(1))
    store.put("picture", kept(1))
    assert store.bytes == kept(1).bytes


def test_another_noise_level_keeps_picture_and_noise():
    clean, noise = torch.randn(2, 1, 4, 4, 4)
    high, low = NoiseLevel(0.6, 0.8), NoiseLevel(1.0, 0.25)
    moved = at_level(0.6 * clean + 0.8 * noise, clean, high, low)
    assert torch.allclose(moved, clean + 0.25 * noise, atol=1e-6)

"""What the tests of the journal put into it."""

from __future__ import annotations

import numpy as np

from engine.api.request import GenerationRequest, Sampling

PIXELS = np.random.default_rng(5).integers(0, 256, (24, 31, 3), dtype=np.uint8)
REQUEST = GenerationRequest(
    "starter", "a fox 🦊 \udc80 \0", sampling=Sampling(seed=2**64 - 1), extra={"new": [1]}
)

"""How what the words add is added to a picture: classifier-free guidance, and what has been found since."""

from __future__ import annotations

import enum


class Guider(enum.StrEnum):
    """One of diffusers' guiders, by the name that it has on the command line and in recipes."""

    CFG = "cfg"
    """As it is, https://arxiv.org/abs/2207.12598."""
    ZERO_STAR = "cfg-zero-star"
    """What is without the prompt is scaled, and a flow's first step left out: arxiv.org/abs/2503.18886."""
    PROJECTED = "apg"
    """With a limit to how far the words pull at once: https://arxiv.org/abs/2410.02416."""
    TANGENTIAL = "tangential"
    """Of the negative side only what lies along the prompt's is taken: https://arxiv.org/abs/2503.18137."""
    MAGNITUDE = "magnitude-aware"
    """Less where the words pull very hard, as they do at first: https://arxiv.org/abs/2508.03442."""
    PERTURBED = "pag"
    """Also away from a picture whose attention was disturbed: https://arxiv.org/abs/2403.17377."""
    SKIPPED = "slg"
    """Also, early, away from one that was drawn without some layers: https://github.com/Stability-AI/sd3.5."""


OF_PAIRS = (Guider.CFG, Guider.ZERO_STAR, Guider.PROJECTED, Guider.TANGENTIAL, Guider.MAGNITUDE)
"""Those that need no more of the network than with the prompt and without."""
WITH_A_WORSE = (Guider.PERTURBED, Guider.SKIPPED)
"""Those that ask the network a third time, disturbed."""

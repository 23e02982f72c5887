"""Fits the starter's preview anew, after its VAE is another: `python -m resources.fit_previews`."""

from __future__ import annotations

import shutil

from engine.diffusion.preview import MAPS, SHIPPED, preview_for
from engine.models.cache import Models
from engine.models.catalog import SHIPPED as SHIPPED_MODELS
from engine.models.catalog import Catalog


def fit_previews() -> None:
    """What lay there is of another VAE, or of another way to fit, and goes."""
    import torch

    shutil.rmtree(SHIPPED / MAPS, ignore_errors=True)
    catalog = Catalog()
    models = Models(catalog, "cpu")
    for name in SHIPPED_MODELS:
        model = models.load(catalog.find(name), torch.float32)
        preview_for(model.space, model.vae_sha256, SHIPPED, lambda: False)


if __name__ == "__main__":
    fit_previews()

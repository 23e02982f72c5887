"""How the steps of a request are shown: by the map fitted to its VAE, or by a tiny VAE of the artist's."""

from __future__ import annotations

from collections.abc import Generator

from engine.api.control import Control
from engine.api.errors import EngineError
from engine.api.events import Event, Loading
from engine.api.model_info import ModelInfo
from engine.diffusion.latents.certain import TinySpace
from engine.diffusion.latents.tokens import TokenSpace
from engine.diffusion.latents.without_vae import UnitPixelSpace, UnseenSpace
from engine.diffusion.learnt_preview import learnt_preview
from engine.diffusion.preview import (
    LEAST_FIT,
    LinearPreview,
    Preview,
    is_ready,
    plain_preview,
    preview_for,
    unit_preview,
)
from engine.diffusion.tiny_preview import TinyPreview, likeness
from engine.diffusion.token_preview import token_preview
from engine.families.loaded_model import LoadedModel
from engine.library.folders import cache_folder
from engine.models.cache import Models
from engine.models.named.vaes import FoundVae, tiny_vaes_of


def prepare_preview(
    model: LoadedModel, info: ModelInfo, models: Models, control: Control
) -> Generator[Event, None, Preview | None]:
    """What draws the steps; None where they come without pictures, and where it was cancelled."""
    if not control.wants_previews:
        return None
    if isinstance(model.space, UnseenSpace):
        return learnt_preview(model.sha256, cache_folder())
    if model.vae is None:
        return unit_preview if isinstance(model.space, UnitPixelSpace) else plain_preview
    sha256 = model.vae_sha256
    space = model.space.vectors if isinstance(model.space, TokenSpace) else model.space
    if not is_ready(sha256, cache_folder()):
        yield Loading("preview")
    fitted = preview_for(space, sha256, cache_folder(), lambda: control.is_cancelled)
    if isinstance(model.space, TokenSpace):
        return None if fitted is None else token_preview(model.space, fitted)
    if fitted is None or not control.tiny_vaes or isinstance(model.space, TinySpace):
        return fitted
    best = _best(model, models, tiny_vaes_of(info, models.catalog), fitted, control)
    if best is None:
        return fitted
    return TinyPreview(models.load_tiny_vae(best, model.dtype), fitted)


def _best(
    model: LoadedModel, models: Models, tiny: list[FoundVae], fitted: Preview, control: Control
) -> FoundVae | None:
    """That of `tiny` which is most like the model's own; None where the fitted map is more like it."""
    most, best = fitted.fit if isinstance(fitted, LinearPreview) else LEAST_FIT, None
    for found in tiny:
        try:
            alike = likeness(
                model.space,
                lambda found=found: models.load_tiny_vae(found, model.dtype),
                (model.vae_sha256, found.sha256),
                cache_folder(),
                lambda: control.is_cancelled,
            )
        except EngineError:  # damaged: the list of models names it, and the picture needs it not
            continue
        if alike is not None and alike > most:
            most, best = alike, found
    return best

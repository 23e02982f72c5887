"""Guidance by diffusers' own guiders, in pipelines that only know how to add what the words add as it is.

A guider is given what the network says with the prompt and without. What it makes of them stands in both
halves of the batch afterwards: whatever share of their difference, which is nothing, a pipeline adds, it
goes on with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.api.guiders import WITH_A_WORSE, Guider
from engine.diffusion.guidance import half_of_call
from engine.diffusion.tap import Moment, NetworkCall, latents_given

if TYPE_CHECKING:
    import torch

CLASSES: Mapping[Guider, str] = {
    Guider.CFG: "ClassifierFreeGuidance",
    Guider.ZERO_STAR: "ClassifierFreeZeroStarGuidance",
    Guider.PROJECTED: "AdaptiveProjectedGuidance",
    Guider.TANGENTIAL: "TangentialClassifierFreeGuidance",
    Guider.MAGNITUDE: "MagnitudeAwareGuidance",
    Guider.PERTURBED: "PerturbedAttentionGuidance",
    Guider.SKIPPED: "SkipLayerGuidance",
}
"""The classes of diffusers."""


@dataclass(frozen=True)
class Guiding:
    """What guides a run."""

    guider: Guider
    scale: float
    rescale: float = 0.0
    start: float = 0.0
    stop: float = 1.0
    """In which share of the steps; beyond them the prompt alone is asked."""
    is_flow: bool = False
    layers: tuple[str, tuple[int, ...]] = ("", ())
    """Which of the network's are disturbed or skipped: the name of their list, and their numbers in it."""
    skips_by_argument: bool = False
    """True where the network itself is told which to skip; diffusers' hook would answer for them wrongly."""

    def made(self, scheduler: Any, beside: Mapping[str, Json] | None = None) -> Any:
        """diffusers' guider; what it remembers lies in `scheduler`. `beside`: what a folder says of one."""
        from diffusers import guiders

        from engine.diffusion.guider_classes import MagnitudeGuidance, ProjectedGuidance

        own = {Guider.MAGNITUDE: MagnitudeGuidance, Guider.PROJECTED: ProjectedGuidance}
        kind = own.get(self.guider) or getattr(guiders, CLASSES[self.guider])
        takes = signature(kind.__init__).parameters
        told = {name: value for name, value in (beside or {}).items() if name in takes}
        told = {**self._own(), **told, **self._asked()}
        made = kind(**told)
        return made.beside(scheduler) if self.guider is Guider.PROJECTED else made

    def _asked(self) -> dict[str, float]:
        """What is not as the classes have it anyway."""
        asked = {"guidance_scale": self.scale}
        asked |= {"guidance_rescale": self.rescale} if self.rescale > 0 else {}
        asked |= {"start": self.start} if self.start > 0 else {}
        return asked | ({"stop": self.stop} if self.stop < 1 else {})

    def _own(self) -> dict[str, Any]:
        """Projected guidance stays as diffusers has it: its paper's eta and momentum are for clean estimates.

        Of what networks say they make noise; seen with v-prediction at guidance 9.
        """
        match self.guider:
            case Guider.ZERO_STAR:  # noise that is none would be an estimate of nothing but noise
                return {"zero_init_steps": 1 if self.is_flow else 0}
            case Guider.PERTURBED:
                return {
                    "perturbed_guidance_config": {**self._places(), "skip_attention": False,
                                                  "skip_attention_scores": True, "skip_ff": False},
                    "perturbed_guidance_start": 0.0, "perturbed_guidance_stop": 1.0,
                }  # fmt: skip
            case Guider.SKIPPED:
                return {"skip_layer_config": self._places()}
            case _:
                return {}

    def _places(self) -> dict[str, Json]:
        name, numbers = self.layers
        return {"fqn": name, "indices": list(numbers)}


def layers_of(denoiser: Any, name: str) -> tuple[str, tuple[int, ...]]:
    """Which of the layers in the list `name` are disturbed; none where there is no such list.

    Of a UNet's middle all, of a transformer an eighth beyond its first third, as
    https://github.com/Stability-AI/sd3.5 has it for Stable Diffusion 3.5 medium: 7, 8 and 9 of 24.
    """
    try:
        count = len(denoiser.get_submodule(name))
    except AttributeError:
        return name, ()
    if "." in name:
        return name, tuple(range(count))
    first = int(0.3 * count)
    return name, tuple(range(first, first + max(1, count // 8)))


class AskAlone(Moment):
    """Beyond the share of the steps that is guided the prompt alone is asked: half the work.

    Expects the stock batch, and stands before what joins the network in halves.
    """

    def __init__(self, guiding: Guiding, total: int) -> None:
        self.first, self.end = int(guiding.start * total), int(guiding.stop * total)

    def before_network(self, call: NetworkCall) -> None:
        if not self._is_guided(call):
            call.args, call.kwargs = half_of_call(call, 1)
            call.is_halved = True

    def after_network(self, call: NetworkCall) -> None:
        import torch

        if not self._is_guided(call):
            assert call.output is not None
            call.output = torch.cat([call.output, call.output])

    def _is_guided(self, call: NetworkCall) -> bool:
        return self.first <= call.step - 1 < self.end


class GuideBy(Moment):
    """Puts what a guider makes of both halves in their place. Expects the stock batch; stands after all that
    answers for the network."""

    def __init__(self, guiding: Guiding, total: int, scheduler: Any, denoiser: Any) -> None:
        """`total`: steps that are run."""
        self.guider = guiding.made(scheduler)
        self.total, self.denoiser = total, denoiser
        self.asks_again = guiding.guider in WITH_A_WORSE
        self.skipped = list(guiding.layers[1]) if guiding.skips_by_argument else []

    def after_network(self, call: NetworkCall) -> None:
        import torch

        assert call.output is not None
        self.guider.set_state(call.step - 1, self.total, None)
        self.guider.prepare_inputs({})  # by which some begin to remember
        without, with_prompt = call.output.chunk(2)
        channels = min(latents_given(call.args, call.kwargs).shape[1], with_prompt.shape[1])
        asked = {"pred_cond": with_prompt, "pred_uncond": without}
        if self.asks_again:
            asked |= self._worse(call)
        # what some networks say of their own error is the prompt's
        guided = self.guider.forward(**{name: said[:, :channels] for name, said in asked.items()}).pred
        guided = torch.cat([guided.to(with_prompt.dtype), with_prompt[:, channels:]], dim=1)
        call.output = torch.cat([guided, guided])

    def _worse(self, call: NetworkCall) -> dict[str, torch.Tensor]:
        """What the network says with the prompt while its layers are disturbed; nothing in other steps."""
        for _ in range(self.guider.num_conditions - 1):  # with the prompt and without: as they were
            self.guider.prepare_models(self.denoiser)
            self.guider.cleanup_models(self.denoiser)
        if not self.guider._is_slg_enabled():
            return {}
        args, kwargs = (call.args, call.kwargs) if call.is_halved else half_of_call(call, 1)
        if self.skipped:
            return {"pred_cond_skip": call.forward(*args, **{**kwargs, "skip_layers": self.skipped})[0]}
        self.guider.prepare_models(self.denoiser)
        try:
            return {"pred_cond_skip": call.forward(*args, **kwargs)[0]}
        finally:
            self.guider.cleanup_models(self.denoiser)

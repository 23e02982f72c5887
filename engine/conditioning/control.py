"""Maps: ControlNets and T2I-Adapters beside the denoiser, for any pipeline and at any of its steps.

ControlNets (https://arxiv.org/abs/2302.05543) see the noisy latents at every step and add to what the encoder
hands on; adapters (https://arxiv.org/abs/2302.08453) look at the map once. Several are summed, in order. The
numbers are those of diffusers' `StableDiffusionControlNet...` and `StableDiffusionAdapterPipeline`s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.api.images import Extent
from engine.api.maps import ControlType, MapInput
from engine.conditioning.fitting import fitted
from engine.diffusion.tap import Moment, NetworkCall

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class LoadedMap:
    """A map and the network that reads it."""

    map: MapInput
    type: ControlType
    network: Any
    """A `ControlNetModel` or a `T2IAdapter`."""


class FollowMaps(Moment):
    """What goes through the denoiser goes through the maps' networks first."""

    def __init__(
        self, maps: Sequence[LoadedMap], extent: Extent, total: int, offload_from: torch.device | None = None
    ) -> None:
        """
        Args:
            maps: Those to follow; all of it at `extent`, the working size.
            total: Steps of the run, of which each map has its share.
            offload_from: The device on which each network is only while it works; None: they stay where they
                are.
        """
        self.maps, self.extent, self.total = tuple(maps), extent, total
        self.networks = tuple(given.network for given in maps)
        self._device = offload_from
        self._hints: dict[int, torch.Tensor] = {}
        self._features: dict[int, list[torch.Tensor]] = {}

    def before_network(self, call: NetworkCall) -> None:
        acting = [given for given in self.maps if given.map.acts_at(call.step, self.total)]
        if acting:
            call.forward = self._around(call.forward, acting)

    def _around(self, forward: Callable[..., Any], acting: Sequence[LoadedMap]) -> Callable[..., Any]:
        """`forward` with what `acting` say of its own arguments: half a batch has half an answer."""

        def with_maps(sample: torch.Tensor, timestep: Any, *args: Any, **kwargs: Any) -> Any:
            words = kwargs["encoder_hidden_states"]
            return forward(sample, timestep, *args, **kwargs, **self._said(acting, sample, timestep, words))

        return with_maps

    def _said(
        self, acting: Sequence[LoadedMap], sample: torch.Tensor, timestep: Any, words: torch.Tensor
    ) -> dict[str, Any]:
        """The denoiser's arguments that carry it."""
        said: dict[str, Any] = {}
        down: list[torch.Tensor] = []
        middle: torch.Tensor | None = None
        inside: list[torch.Tensor] = []
        for given in acting:
            if given.type is ControlType.T2I_ADAPTER:
                inside = _added(inside, self._adapted(given, sample))
                continue
            with self._on_device(given.network):
                more, deepest = given.network(
                    sample[:, : given.network.config.in_channels],
                    timestep,
                    encoder_hidden_states=words,
                    controlnet_cond=self._hint(given, sample).expand(len(sample), -1, -1, -1).contiguous(),
                    conditioning_scale=given.map.weight,
                    guess_mode=False,
                    return_dict=False,
                )
            down = _added(down, list(more))
            middle = deepest if middle is None else middle + deepest
        if middle is not None:
            said["down_block_additional_residuals"] = down
            said["mid_block_additional_residual"] = middle
        if inside:
            said["down_intrablock_additional_residuals"] = inside  # the denoiser empties the list
        return said

    def _adapted(self, given: LoadedMap, sample: torch.Tensor) -> list[torch.Tensor]:
        """What an adapter says of its map, made once and given to every picture of the batch."""
        import torch

        key = id(given)
        if key not in self._features:
            hint = self._hint(given, sample)
            with self._on_device(given.network):
                features = given.network(hint[:, : given.network.config.in_channels])
            self._features[key] = [feature * given.map.weight for feature in features]
        return [torch.cat([feature] * sample.shape[0]) for feature in self._features[key]]

    def _hint(self, given: LoadedMap, sample: torch.Tensor) -> torch.Tensor:
        """The map as networks read it, 1 x 3 x H x W in 0 to 1.

        Laid out as the pipelines hand it on, colours innermost: another layout rounds otherwise.
        """
        import torch

        key = id(given)
        if key not in self._hints:
            assert given.map.image.pixels is not None
            pixels = fitted(given.map.image.pixels, self.extent, given.map.kind)
            unit = torch.from_numpy((pixels[None].astype("float32") / 255.0).transpose(0, 3, 1, 2))
            self._hints[key] = unit.to(sample.device, sample.dtype)
        return self._hints[key]

    @contextmanager
    def _on_device(self, network: Any) -> Iterator[None]:
        if self._device is None:
            yield
            return
        network.to(self._device)
        try:
            yield
        finally:
            network.to("cpu")


def _added(before: list[torch.Tensor], more: list[torch.Tensor]) -> list[torch.Tensor]:
    return [one + other for one, other in zip(before, more, strict=True)] if before else more

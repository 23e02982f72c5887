"""A map that the denoiser reads by itself, in channels of its own: FLUX.1 Control and its kin.

The stock pipelines lay the map beside the latents at every call of the network. Here it is laid there on the
way into the network, so that all else of a run (a start picture, masks, places, branches, tiles) goes as in
any model that is given latents alone.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any

from engine.api.images import Extent
from engine.api.maps import MapInput
from engine.conditioning.fitting import unit_of
from engine.diffusion.latents import LatentSpace, Packing
from engine.diffusion.tap import LATENTS, Moment, NetworkCall
from engine.networks.maps import OwnMap

if TYPE_CHECKING:
    import torch


class ReadOwnMap(Moment):
    """Whoever calls the network, it is given the map beside the latents."""

    def __init__(
        self,
        given: MapInput,
        form: OwnMap,
        extent: Extent,
        space: LatentSpace,
        packing: Packing,
        generator: torch.Generator,
    ) -> None:
        """Draws the map's latents from `generator`, where it is read as such: before any noise is drawn.

        Args:
            given: The map; any size.
            form: In which the network reads it.
            extent: Working size of the run.
            space: Where the denoiser's latents lie.
            packing: How the scheduler keeps them.
            generator: The picture's.
        """
        unit = unit_of(given, extent)
        self.form = form
        if form is OwnMap.HINT:
            self.read = unit
        else:
            pixels = (2.0 * unit - 1.0).contiguous()  # as the stock pipelines repeat it: it rounds otherwise
            latents = space.encode(pixels, None if form is OwnMap.LIKELIEST else generator)
            self.read = packing.pack(latents)
        self._channels_last = form is not OwnMap.HINT and not packing.is_plain

    def before_network(self, call: NetworkCall) -> None:
        call.forward = self._around(call.forward)

    def _around(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        names = tuple(signature(forward).parameters)

        def with_map(*args: Any, **kwargs: Any) -> Any:
            return forward(**self._told({**dict(zip(names, args, strict=False)), **kwargs}))

        return with_map

    def _told(self, call: dict[str, Any]) -> dict[str, Any]:
        """The network's arguments, and the map among them for each picture of the batch."""
        import torch

        name = next(name for name in LATENTS if name in call)
        latents = call[name]
        own = self.read.to(latents).expand(len(latents), *[-1] * (self.read.ndim - 1))
        if self.form is OwnMap.HINT:
            return {**call, "added_cond_kwargs": {**call["added_cond_kwargs"], "hint": own}}
        return {**call, name: torch.cat([latents, own], dim=-1 if self._channels_last else 1)}

"""What a denoiser reads by itself in channels of its own: a map (FLUX.1 Control and its kin), or a mask.

The stock pipelines lay it beside the latents at every call of the network. Here it is laid there on the
way into the network, so that all else of a run (a start picture, masks, places, branches, tiles) goes as in
any model that is given latents alone.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any

from engine.api.images import Extent, Pixels
from engine.api.maps import MapInput
from engine.api.mask import Coverage, painted
from engine.conditioning.fitting import unit_of
from engine.diffusion.latents.packing import Packing
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.tap import LATENTS, Moment, NetworkCall
from engine.networks.maps import OwnMap

if TYPE_CHECKING:
    import torch


class LaidBeside(Moment):
    """Whoever calls the network, it is given something beside the latents."""

    _names: tuple[str, ...] = ()
    """Of the network's arguments, in order."""

    def before_network(self, call: NetworkCall) -> None:
        if not self._names:  # whoever stands around the network later takes what it takes
            self._names = tuple(signature(call.forward).parameters)
        call.forward = self._around(call.forward)

    def _around(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        def with_it(*args: Any, **kwargs: Any) -> Any:
            told = {**dict(zip(self._names, args, strict=False)), **kwargs}
            return forward(**self.told(told, next(name for name in LATENTS if name in told)))

        return with_it

    def told(self, call: dict[str, Any], latents: str) -> dict[str, Any]:
        """The network's arguments `call`, by name, with it; `latents` is the name of the noisy ones."""
        raise NotImplementedError


class ReadOwnMap(LaidBeside):
    """The map."""

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
        elif form is OwnMap.DEPTH:
            self.read = _depth_of(unit, extent.height // space.cell_px, extent.width // space.cell_px)
        else:
            pixels = (2.0 * unit - 1.0).contiguous()  # as the stock pipelines repeat it: it rounds otherwise
            latents = space.encode(pixels, None if form is OwnMap.LIKELIEST else generator)
            self.read = packing.pack(latents)
        self._channels_last = form in (OwnMap.LATENTS, OwnMap.LIKELIEST) and not packing.is_plain

    def told(self, call: dict[str, Any], latents: str) -> dict[str, Any]:
        import torch

        own = for_batch(self.read, call[latents])
        if self.form is OwnMap.HINT:
            return {**call, "added_cond_kwargs": {**call["added_cond_kwargs"], "hint": own}}
        return {**call, latents: torch.cat([call[latents], own], dim=-1 if self._channels_last else 1)}


class ReadOwnMask(LaidBeside):
    """The latents of a picture without what is painted anew, and where that is: Kandinsky's and GLIGEN's.

    How softly it is painted is the soft mask's business at every step.
    """

    def __init__(self, start: Pixels, mask: Coverage, space: LatentSpace, widened: bool = True) -> None:
        """
        Args:
            start: H x W x 3, the picture.
            mask: H x W: 255 may change, 0 never; the network knows only yes and no.
            space: Where the denoiser's latents lie.
            widened: True where a cell beside one that is painted is painted too.
        """
        import torch

        pixels = torch.from_numpy(start.astype("float32")).permute(2, 0, 1)[None] / 127.5 - 1.0
        latents = space.encode(pixels)
        kept = torch.from_numpy(~painted(mask))[:: space.cell_px, :: space.cell_px].clone()
        kept = (_without_neighbours(kept) if widened else kept)[None, None].to(latents)
        self.read = torch.cat([latents * kept, kept], dim=1)

    def told(self, call: dict[str, Any], latents: str) -> dict[str, Any]:
        import torch

        return {**call, latents: torch.cat([call[latents], for_batch(self.read, call[latents])], dim=1)}


def for_batch(one: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
    """`one`, 1 x ..., for each picture of a batch of `latents`, as they are kept."""
    return one.to(latents).expand(len(latents), *[-1] * (one.ndim - 1)).contiguous()


def _depth_of(unit: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """1 x 1 x `rows` x `columns` from -1 to 1: the farthest and the nearest that the map shows.

    What is as near everywhere is in the middle of that.
    """
    import torch

    depth = torch.nn.functional.interpolate(
        unit.mean(dim=1, keepdim=True), size=(rows, columns), mode="bicubic", align_corners=False
    )
    nearest, farthest = depth.amax(), depth.amin()
    return 2.0 * (depth - farthest) / (nearest - farthest) - 1.0 if nearest > farthest else depth * 0


def _without_neighbours(kept: torch.Tensor) -> torch.Tensor:
    """Rows x columns: a cell next to one that is not kept is not kept either, as the network was taught.

    Next to it are all but two of the eight around it: so its makers counted.
    """
    import torch

    padded = torch.nn.functional.pad(kept[None].float(), (1, 1, 1, 1), value=1.0)[0].bool()
    rows, columns = kept.shape
    around = ((1, 1), (2, 1), (0, 1), (1, 2), (1, 0), (2, 2), (0, 0))
    shifted = [padded[down : down + rows, right : right + columns] for down, right in around]
    return torch.stack(shifted).all(dim=0)

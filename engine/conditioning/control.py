"""Maps: ControlNets and T2I-Adapters beside the denoiser, for any pipeline and at any of its steps.

ControlNets (https://arxiv.org/abs/2302.05543) see the noisy latents at every step and add to what the encoder
hands on; adapters (https://arxiv.org/abs/2302.08453) look at the map once. Several are summed, in order. The
numbers are those of diffusers' `...ControlNet...` and `...AdapterPipeline`s. A ControlNet-XS is not asked
before the denoiser but goes along with it: `joined_maps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.images import Extent, Pixels
from engine.api.maps import ControlType, MapInput
from engine.api.mask import Coverage, painted
from engine.conditioning.fitting import unit_of
from engine.conditioning.joined_maps import JOINED, joined
from engine.conditioning.map_networks import (
    ASKS,
    BORROWED,
    HOLES,
    JOINT,
    LATENT_READERS,
    LIKELIEST,
    ONCE,
    Said,
    ask_adapter,
    latents_of,
    together,
)
from engine.diffusion.latents.packing import AS_THEY_ARE, Packing
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.tap import Moment, NetworkCall

if TYPE_CHECKING:
    import torch


HOOKS = ("forward", "_diffusers_hook")
"""Where diffusers lays what brings a layer to the device while it works."""


@dataclass(frozen=True, eq=False)
class LoadedMap:
    """A map and the network that reads it."""

    map: MapInput
    type: ControlType
    network: Any
    """A `ControlNetModel`, one of its kin for other families, or a `T2IAdapter`."""
    hole: float | None = None
    """What stands in a picture where it is painted anew, 0 to 1; None: what its class is used to."""


class Edited(NamedTuple):
    """What maps that are made of a mask are made of."""

    start: Pixels
    """H x W x 3."""
    mask: Coverage
    """H x W: 255 may change, 0 never; networks know only yes and no."""


class MapHints:
    """The maps as networks read them, each made once."""

    def __init__(
        self,
        extent: Extent,
        space: LatentSpace | None = None,
        packing: Packing = AS_THEY_ARE,
        generator: Any = None,
        edited: Edited | None = None,
    ) -> None:
        """
        Args:
            extent: Working size of the run.
            space: Where the denoiser's latents lie, for networks that read a map as latents.
            packing: How the scheduler keeps them.
            generator: Draws what an autoencoder leaves to chance; None takes the middle of what is likely.
            edited: Of the working size, for maps that are made of a mask; None where there are none.
        """
        self.extent, self._space, self._packing, self._generator = extent, space, packing, generator
        self._edited = edited
        self._units: dict[int, torch.Tensor] = {}
        self._latents: dict[int, torch.Tensor] = {}

    def unit(self, given: LoadedMap, like: torch.Tensor) -> torch.Tensor:
        """1 x 3 x H x W in 0 to 1; what a network is told of a hole may lie outside of it."""
        key = id(given)
        if key not in self._units:
            self._units[key] = self._unit(given).to(like.device, like.dtype)
        return self._units[key]

    def _unit(self, given: LoadedMap) -> torch.Tensor:
        if not given.map.is_of_mask:
            return unit_of(given.map, self.extent)
        assert self._edited is not None, "a request whose map is made of a mask has one"
        import torch

        unit = torch.from_numpy(self._edited.start.astype("float32") / 255.0)
        usual = HOLES.get(type(given.network).__name__, 0.0)
        unit[torch.from_numpy(painted(self._edited.mask))] = usual if given.hole is None else given.hole
        return unit[None].permute(0, 3, 1, 2)

    def kept(self, like: torch.Tensor) -> torch.Tensor:
        """As the scheduler keeps latents: 1 in cells that stay as they are, 0 in those that are painted."""
        assert self._edited is not None and self._space is not None
        import torch

        cell = self._space.cell_px
        stays = torch.from_numpy(~painted(self._edited.mask))[::cell, ::cell]
        return self._packing.pack(stays[None, None].float()).to(like)

    def encode(self, given: LoadedMap) -> None:
        """Draws the map's latents now: before the pipeline draws its noise, as its stock kin do."""
        assert self._space is not None
        unit = self._unit(given)
        is_likeliest = given.map.is_of_mask or type(given.network).__name__ in LIKELIEST
        generator = None if is_likeliest else self._generator
        self._latents[id(given)] = self._space.encode(2.0 * unit - 1.0, generator)

    def latents(self, given: LoadedMap, like: torch.Tensor, is_shifted: bool = True) -> torch.Tensor:
        key = id(given)
        if key not in self._latents:
            self.encode(given)
        latents = self._latents[key]
        if not is_shifted and self._space is not None:
            config = self._space.vae.config
            latents = latents + (getattr(config, "shift_factor", None) or 0.0) * config.scaling_factor
        return self._packing.pack(latents).to(like)


class FollowMaps(Moment):
    """What goes through the denoiser goes through the maps' networks first."""

    def __init__(
        self,
        maps: Sequence[LoadedMap],
        hints: MapHints,
        total: int,
        offload_from: torch.device | None = None,
        denoiser: Any = None,
    ) -> None:
        """
        Args:
            maps: Those to follow; all of it at the working size.
            hints: What the networks read.
            total: Steps of the run, of which each map has its share.
            offload_from: The device on which each network is only while it works; None: they stay where they
                are.
            denoiser: Whose parts some networks borrow, and to which some are joined, wherever it waits.
        """
        self.maps, self.hints, self.total = tuple(maps), hints, total
        self.networks = tuple(given.network for given in maps)
        self._device, self._denoiser = offload_from, denoiser
        self._features: dict[int, list[torch.Tensor]] = {}
        self._last: tuple[Any, Said] | None = None
        """Of networks that are asked once a step: the latents that they saw last, and what they said."""
        self._borrowed = {
            id(network): _parts_of(denoiser, lacking, offload_from)
            for network in self.networks
            if (lacking := _lacking(network))
        }
        for given in maps:
            if _reads_latents(given):
                hints.encode(given)

    def before_network(self, call: NetworkCall) -> None:
        acting = [given for given in self.maps if given.map.acts_at(call.step, self.total)]
        if acting:
            call.forward = self._around(call.forward, acting)

    def _around(self, forward: Callable[..., Any], acting: Sequence[LoadedMap]) -> Callable[..., Any]:
        """`forward` with what `acting` say of its own arguments: half a batch has half an answer."""
        names = tuple(signature(forward).parameters)
        along = [given for given in acting if type(given.network).__name__ in JOINED]
        asked = [given for given in acting if given not in along]

        def with_maps(*args: Any, **kwargs: Any) -> Any:
            told = {**dict(zip(names, args, strict=False)), **kwargs}
            said = self._said(asked, told)
            with ExitStack() as stack:
                for given in along:
                    stack.enter_context(self._on_device(given.network))
                stack.enter_context(joined(self._denoiser, along, self.hints, told))
                return forward(*args, **kwargs, **said)

        return with_maps

    def _said(self, acting: Sequence[LoadedMap], call: dict[str, Any]) -> Said:
        """The denoiser's arguments that carry it."""
        seen = latents_of(call)
        if self._last is not None and self._last[0] is seen:
            return self._last[1]
        said: Said = {}
        for group in _grouped(acting):
            with self._on_device(group[0].network), self._borrowing(group[0].network):
                said = together(said, self._asked(group, call)) if said else self._asked(group, call)
        if any(type(given.network).__name__ in ONCE for given in acting):
            self._last = (seen, said)
        return said

    def _asked(self, group: Sequence[LoadedMap], call: dict[str, Any]) -> Said:
        if group[0].type is ControlType.T2I_ADAPTER:
            return ask_adapter(self._adapted(group[0], call["sample"]))
        return ASKS[type(group[0].network).__name__](group, self.hints, call)

    def _adapted(self, given: LoadedMap, sample: torch.Tensor) -> list[torch.Tensor]:
        """What an adapter says of its map, made once and given to every picture of the batch."""
        import torch

        key = id(given)
        if key not in self._features:
            hint = self.hints.unit(given, sample)
            features = given.network(hint[:, : given.network.config.in_channels])
            self._features[key] = [feature * given.map.weight for feature in features]
        return [torch.cat([feature] * sample.shape[0]) for feature in self._features[key]]

    @contextmanager
    def _borrowing(self, network: Any) -> Iterator[None]:
        """Lent for one call, and past the register of its modules: what moves or saves it leaves them."""
        parts = self._borrowed.get(id(network), {})
        for part in parts.values():
            if self._device is not None and hasattr(part, "modules"):
                part.to(self._device)
        vars(network).update(parts)
        try:
            yield
        finally:
            vars(network).update(dict.fromkeys(parts))
            for part in parts.values():
                if self._device is not None and hasattr(part, "modules"):
                    part.to("cpu")

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


def _lacking(network: Any) -> list[str]:
    """What it works with, and has not."""
    names = BORROWED.get(type(network).__name__, ())
    return [name for name in names if getattr(network, name, None) is None]


def _parts_of(denoiser: Any, names: Sequence[str], device: torch.device | None) -> dict[str, Any]:
    """The denoiser's own, or copies where hooks take it to `device` and back, layer by layer."""
    parts = {name: getattr(denoiser, name) for name in names}
    if device is None:
        return parts
    import torch

    return {
        name: part.detach().to(device) if isinstance(part, torch.Tensor) else _without_hooks(part)
        for name, part in parts.items()
    }


def _without_hooks(part: Any) -> Any:
    """A copy that stays where it is put."""
    if not hasattr(part, "modules"):
        return deepcopy(part)
    hooks = [vars(module)[name] for module in part.modules() for name in HOOKS if name in vars(module)]
    copy = deepcopy(part, {id(hook): None for hook in hooks})
    for module in copy.modules():
        for name in HOOKS:
            vars(module).pop(name, None)
    return copy


def _reads_latents(given: LoadedMap) -> bool:
    name = type(given.network).__name__
    if name == "FluxControlNetModel":
        return given.network.input_hint_block is None
    return name in LATENT_READERS


def _grouped(acting: Sequence[LoadedMap]) -> list[list[LoadedMap]]:
    """One group a call: of a network that reads several at once all its maps, else each alone."""
    groups: list[list[LoadedMap]] = []
    for given in acting:
        is_joint = type(given.network).__name__ in JOINT
        found = next((group for group in groups if is_joint and group[0].network is given.network), None)
        if found is None:
            groups.append([given])
        else:
            found.append(given)
    return groups

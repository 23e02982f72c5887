"""ControlNet-XS: a small encoder that goes along with the denoiser's own, layer by layer.

Other ControlNets run before the denoiser and say at once what they see. This one
(https://arxiv.org/abs/2312.06573) is told at each layer what the denoiser has there, and adds to it what it
makes of that and of the map. So it is joined to the very layers of the denoiser, for one call, and every
other map, LoRA, adapter or cache works there as without it. The numbers are those of diffusers'
`UNetControlNetXSModel`, which puts a copy of the denoiser together with the network; but for the norms, where
that class has a smallest number and groups of its own, and here either has what it was taught with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.conditioning.map_networks import Hints, of_batch

if TYPE_CHECKING:
    import torch

    from engine.conditioning.control import LoadedMap

JOINED = ("ControlNetXSAdapter",)
"""Classes of networks that are joined to the denoiser; all others are asked."""
SENSE_OF_TIME = 0.3
"""Power of the share that a learnt sense of time has, as its makers mix it with the denoiser's."""


@contextmanager
def joined(denoiser: Any, maps: Sequence[LoadedMap], hints: Hints, call: Mapping[str, Any]) -> Iterator[None]:
    """Inside, `denoiser` goes together with the networks of `maps` when it is called with `call`.

    Several add to the same layers, each what it makes of what all have made of the layers before.
    """
    hooks: list[Any] = []
    try:
        for given in maps:
            hooks += _Companion(given, hints, call).join(denoiser)
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Companion:
    """What one network carries along through one call of the denoiser."""

    def __init__(self, given: LoadedMap, hints: Hints, call: Mapping[str, Any]) -> None:
        self._network, self._weight = given.network, given.map.weight
        hint = of_batch(hints.unit(given, call["sample"]), call)
        is_bgr = self._network.config.conditioning_channel_order == "bgr"
        self._hint = hint.flip(1) if is_bgr else hint
        self._words = call["encoder_hidden_states"]
        self._made: dict[int, torch.Tensor] = {}
        """By place on the way down, from the first layer on: what it has there, which goes across, too."""
        self._seen: torch.Tensor | None = None
        """Its own of the layer before and, behind that, the denoiser's."""
        self._time: torch.Tensor | None = None

    def join(self, denoiser: Any) -> list[Any]:
        """The hooks by which it goes along, inside blocks, so that a cache may pass over a whole block."""
        network = self._network
        hooks = [denoiser.conv_in.register_forward_hook(self._begin)]
        if network.time_embedding is not None:
            hooks.append(denoiser.time_embedding.register_forward_hook(self._mix_time))
        place = 0
        for own, block in zip(network.down_blocks, denoiser.down_blocks, strict=True):
            attentions = own.attentions or [None] * len(own.resnets)
            for layer, resnet in enumerate(own.resnets):
                place += 1
                last = block.resnets[layer] if attentions[layer] is None else block.attentions[layer]
                run = self._layer(resnet, attentions[layer])
                ends = own.base_to_ctrl[layer], own.ctrl_to_base[layer]
                hooks += self._along(block.resnets[layer], last, place, run, ends)
            if own.downsamplers is not None:
                place += 1
                (halving,) = block.downsamplers
                ends = own.base_to_ctrl[-1], own.ctrl_to_base[-1]
                hooks += self._along(halving, halving, place, own.downsamplers, ends)
        middle, own = denoiser.mid_block.resnets, network.mid_block
        ends = own.base_to_ctrl, own.ctrl_to_base
        hooks += self._along(middle[0], middle[-1], place + 1, self._middle, ends)
        across = [layer for block in network.up_connections for layer in block.ctrl_to_base]
        resnets = [resnet for block in denoiser.up_blocks for resnet in block.resnets]
        for number, (resnet, tell) in enumerate(zip(resnets, across, strict=True)):
            hooks.append(resnet.register_forward_pre_hook(self._across(place - number, tell)))
        return hooks

    def _begin(self, _layer: Any, given: tuple[Any, ...], made: torch.Tensor) -> torch.Tensor:
        network = self._network
        latents = given[0][:, : network.conv_in.in_channels]
        self._made[0] = network.conv_in(latents) + network.controlnet_cond_embedding(self._hint)
        return made + network.control_to_base_for_conv_in(self._made[0]) * self._weight

    def _mix_time(self, _layer: Any, given: tuple[Any, ...], made: torch.Tensor) -> torch.Tensor:
        """Some have learnt a sense of time, by which the denoiser goes as well."""
        share = self._network.config.time_embedding_mix**SENSE_OF_TIME
        return self._network.time_embedding(given[0]) * share + made * (1 - share)

    def _along(
        self, first: Any, last: Any, place: int, run: Callable[[torch.Tensor], torch.Tensor], ends: Any
    ) -> list[Any]:
        """`run` beside layers of the denoiser, from `first` to `last`: before it listens, behind it tells."""
        listen, tell = ends

        def before(_layer: Any, given: tuple[Any, ...]) -> None:
            import torch

            there, *time = given  # what changes the size knows none
            self._time = time[0] if time else self._time
            self._seen = torch.cat([self._made[place - 1], listen(there)], dim=1)

        def behind(_layer: Any, _given: tuple[Any, ...], made: Any) -> Any:
            assert self._seen is not None
            self._made[place], self._seen = run(self._seen), None
            told = tell(self._made[place]) * self._weight
            return (made[0] + told, *made[1:]) if isinstance(made, tuple) else made + told

        return [first.register_forward_pre_hook(before), last.register_forward_hook(behind)]

    def _layer(self, resnet: Any, attention: Any) -> Callable[[torch.Tensor], torch.Tensor]:
        def run(seen: torch.Tensor) -> torch.Tensor:
            made = resnet(seen, self._time)
            if attention is None:
                return made
            return attention(made, encoder_hidden_states=self._words, return_dict=False)[0]

        return run

    def _middle(self, seen: torch.Tensor) -> torch.Tensor:
        middle = self._network.mid_block.midblock
        return middle(seen, temb=self._time, encoder_hidden_states=self._words)

    def _across(self, place: int, tell: Any) -> Callable[..., Any]:
        """Into a layer on the way up comes what it had at its counterpart on the way down."""

        def before(_layer: Any, given: tuple[Any, ...]) -> None:
            told = tell(self._made[place]) * self._weight
            given[0][:, : told.shape[1]] += told  # what came up; behind it stands what came across

        return before

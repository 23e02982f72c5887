"""What a model's networks wear: LoRAs, IP-Adapters, and the way in which the denoiser works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.api.references import AdapterNetwork, ReferenceScope
from engine.checkpoints.weights import State
from engine.loras.lora import Changes, put_on, set_weights, take_off
from engine.networks.tuning import Tuned, Tuning
from engine.networks.worn_ip_adapters import WORN, WornAdapters


@dataclass(frozen=True, eq=False)
class WornLora:
    """A LoRA in memory, as a model wears it."""

    name: str
    """Of the adapter: unlike every other that is worn."""
    weight: float
    changes: Mapping[str, Changes]
    """By part."""


@dataclass(frozen=True, eq=False)
class WornAdapter:
    """An IP-Adapter in memory, as a model looks through it."""

    name: str
    state: dict[str, State]
    weight: float
    scope: ReferenceScope
    network: AdapterNetwork = AdapterNetwork.UNET


class Wardrobe:
    """Puts things on networks and takes them off, and leaves the weights beneath as they were."""

    def __init__(self, denoiser: tuple[str, Any]) -> None:
        """`denoiser`: name of the part and its network."""
        self._denoiser = denoiser[1]
        self._dressable = dict([denoiser])
        self._worn: tuple[WornLora, ...] = ()
        self._worn_key = ""
        self._seen: WornAdapters | None = None
        self._seen_key = ""
        self._tuned = Tuned(self._denoiser)

    def dress(self, part: str, network: Any) -> None:
        """Let a network that has just been loaded wear what the others do."""
        self._dressable[part] = network
        _dress(part, network, self._worn)

    def forget(self, part: str) -> None:
        """That network goes away."""
        self._dressable.pop(part)

    def wear(self, key: str, load: Callable[[], tuple[WornLora, ...]]) -> None:
        """Wear exactly the LoRAs that `load` gives; `key` names them, and "" is none.

        What is worn already is not loaded again. Where loading fails, nothing is worn.
        """
        if key == self._worn_key:
            return
        self._undress()
        try:
            self._worn = load()
            for part, network in self._dressable.items():
                _dress(part, network, self._worn)
        except BaseException:
            self._undress()
            raise
        self._worn_key = key

    def look_through(self, key: str, load: Callable[[], tuple[WornAdapter, ...]]) -> None:
        """Have exactly the IP-Adapters that `load` gives inside; `key` names them, and "" is none.

        What is inside already is not loaded again. Where loading fails, nothing is inside.
        """
        if key == self._seen_key:
            return
        if self._seen is not None:
            self._seen.take_out()
        self._seen, self._seen_key = None, ""
        if adapters := load():
            put_in = WORN[adapters[0].network]
            self._seen = put_in(
                self._denoiser, [one.state for one in adapters], [one.name for one in adapters]
            )
            self._seen.weigh([one.weight for one in adapters], [one.scope for one in adapters])
        self._seen_key = key

    def tune(self, tuning: Tuning) -> None:
        """Have the denoiser work in that way."""
        self._tuned.be(tuning)

    def _undress(self) -> None:
        self._worn, self._worn_key = (), ""
        for network in self._dressable.values():
            take_off(network)


def _dress(part: str, network: Any, worn: tuple[WornLora, ...]) -> None:
    for lora in worn:
        if part in lora.changes:
            put_on(network, lora.name, lora.changes[part])
    if any(part in lora.changes for lora in worn):
        set_weights(network, {lora.name: lora.weight for lora in worn})

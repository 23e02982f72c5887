"""The networks of one model: which are loaded, and where they wait while they do not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.checkpoints.eight_bits.packing import in_eight_bits
from engine.families.wardrobe import Wardrobe

if TYPE_CHECKING:
    import torch

Load = Callable[[], Any]


class NetworksInMemory:
    """A denoiser and an autoencoder, and beside them what is loaded when it is first asked for."""

    def __init__(
        self,
        denoiser: tuple[str, Any],
        vae: Any,
        load_text: Mapping[str, Load],
        load_later: Mapping[str, Load],
        device: torch.device,
    ) -> None:
        """
        Args:
            denoiser: Name of the part and its network.
            vae: None where the denoiser works on pixels.
            load_text: By part, in the order in which the pipeline has them.
            load_later: By part, the networks of the last stage.
            device: Where all of them work.
        """
        self.denoiser_part, self.denoiser = denoiser
        self.vae = vae
        self._own_vae = vae
        self.wardrobe = Wardrobe(denoiser)
        """What the denoiser and the text encoders wear."""
        self._load_text, self._load_later = dict(load_text), dict(load_later)
        self._text: dict[str, Any] = {}
        self._later: dict[str, Any] = {}
        self.device = device
        """Where the model works."""
        self.rests_at = device
        """Where the denoiser and the text encoders are while they do not: a card may be too small for all."""
        self.in_eight_bits = False
        """True where their weights are packed."""

    @property
    def text_encoders(self) -> tuple[Any, ...]:
        """Those that are loaded, in the order in which the pipeline has them."""
        return tuple(self._text.values())

    @property
    def text_parts(self) -> tuple[str, ...]:
        """The names of its text encoders, loaded or not."""
        return tuple(self._load_text)

    def text_encoder(self) -> Any:
        """The first; loaded on the first call: a prompt whose embedding is kept needs none."""
        self.load_text_encoders()
        return next(iter(self._text.values()), None)

    def load_text_encoders(self) -> None:
        for part, load in self._load_text.items():
            if part not in self._text:
                self._text[part] = self._loaded(load)
                self.wardrobe.dress(part, self._text[part])

    @property
    def has_text_encoder(self) -> bool:
        return len(self._text) == len(self._load_text)

    def forget_text_encoder(self) -> None:
        """Its memory is free, and that of the last stage; who needs them next loads them again."""
        for part in self._text:
            self.wardrobe.forget(part)
        self._text.clear()
        self._later.clear()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Inside, the text encoders that are loaded are where the model works."""
        if self.rests_at == self.device:
            yield
            return
        self.load_text_encoders()
        with self._at_work(self._text):
            yield

    @contextmanager
    def denoiser_at_work(self) -> Iterator[None]:
        """Inside, it is where the model works, before it draws."""
        if self.rests_at == self.device:
            yield
            return
        with self._at_work({self.denoiser_part: self.denoiser}):
            yield

    @contextmanager
    def finishing(self, keep_denoiser: bool = False) -> Iterator[tuple[Any, ...]]:
        """Inside, the networks of the last stage, loaded where they are not yet, are where the model works.

        The others wait where they rest, but for the denoiser where it is to be kept as it is.
        """
        for part, load in self._load_later.items():
            if part not in self._later:
                self._later[part] = self._loaded(load)
        if self.rests_at == self.device:
            yield tuple(self._later.values())
            return
        if not keep_denoiser:
            self.settle()
        with self._at_work(self._later):
            yield tuple(self._later.values())

    def later(self, part: str) -> Any:
        """A network of the last stage, inside `finishing`."""
        return self._later[part]

    def rest_at(self, where: torch.device) -> None:
        """From now on the denoiser and the text encoders wait there."""
        self.rests_at = where
        self.settle()

    def settle(self) -> None:
        """Every network is where it waits: after something has moved them."""
        for network in (self.denoiser, *self._text.values(), *self._later.values()):
            _move(network, self.rests_at)
        if self.vae is not None:
            _move(self.vae, self.device)

    @property
    def bytes(self) -> int:
        """Memory that the weights take now, wherever they are."""
        return _bytes_of(self.denoiser, self._own_vae, *self._text.values(), *self._later.values())

    @property
    def bytes_on_device(self) -> int:
        """Memory that they take where the model works, while it does not."""
        return self.bytes if self.rests_at == self.device else _bytes_of(self._own_vae)

    def _loaded(self, load: Load) -> Any:
        with in_eight_bits(self.in_eight_bits):
            return load().to(self.rests_at)

    @contextmanager
    def _at_work(self, networks: Mapping[str, Any]) -> Iterator[None]:
        try:
            for network in networks.values():
                _move(network, self.device)
            yield
        finally:
            for network in networks.values():
                _move(network, self.rests_at)


def _bytes_of(*networks: Any) -> int:
    return sum(
        parameter.numel() * parameter.element_size()
        for network in networks
        if network is not None
        for parameter in network.parameters()
    )


def _move(network: Any, where: torch.device) -> None:
    """As it is for whoever learns: what inference mode has moved could not be learnt from ever after."""
    import torch

    with torch.inference_mode(False), torch.no_grad():
        network.to(where)
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_inference():
                tensor.data = tensor.data.clone()

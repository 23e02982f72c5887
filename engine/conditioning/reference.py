"""References: pictures that a picture takes after, seen by an image encoder and told to the denoiser.

IP-Adapters (https://arxiv.org/abs/2308.06721). Several are summed. The numbers are those of diffusers'
pipelines with `load_ip_adapter` and `ip_adapter_image`, also where a pipeline cannot be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.api.images import Extent, Pixels
from engine.api.mask import MaskInput
from engine.api.references import AdapterNetwork, ReferenceInput
from engine.conditioning.fitting import fitted_mask
from engine.diffusion.tap import Moment, NetworkCall
from engine.diffusion.tiled_network import ATTENTION, PLACES

if TYPE_CHECKING:
    import torch


TOLD_BY: Mapping[AdapterNetwork, tuple[str, str]] = {
    AdapterNetwork.UNET: ("added_cond_kwargs", "image_embeds"),
    AdapterNetwork.FLUX: ("joint_attention_kwargs", "ip_adapter_image_embeds"),
    AdapterNetwork.SD3: ("joint_attention_kwargs", "ip_adapter_image_embeds"),
}
"""The argument of the network, and the name in it."""


@dataclass(frozen=True, eq=False)
class LoadedReference:
    """A reference, its adapter, and what the encoder says of the picture and of nothing."""

    given: ReferenceInput
    adapter: Any
    """A `WornAdapter`."""
    seen: torch.Tensor
    """1 x pictures x width, or 1 x pictures x pieces x width."""
    unseen: torch.Tensor
    """The same for the negative prompt."""
    joined: tuple[ReferenceInput, ...] = ()
    """Those that are looked at together with it."""

    def with_another(self, other: LoadedReference) -> LoadedReference:
        """Both as one."""
        import torch

        return replace(
            self,
            seen=torch.cat([self.seen, other.seen], dim=1),
            unseen=torch.cat([self.unseen, other.unseen], dim=1),
            joined=(*self.joined, other.given),
        )

    @property
    def places(self) -> tuple[MaskInput | None, ...]:
        """Of each of its pictures; None is everywhere."""
        return tuple(one.place for one in (self.given, *self.joined))


class FollowReferences(Moment):
    """The denoiser is told what its references are like. Stands before what halves its batch."""

    def __init__(
        self,
        references: Sequence[LoadedReference],
        is_guided: bool,
        asks_thrice: bool,
        extent: Extent | None = None,
    ) -> None:
        """
        Args:
            references: Those to follow, in the order in which their adapters are in the denoiser.
            is_guided: True where the batch has a part for the negative prompt.
            asks_thrice: True for an instructed network: (prompt, picture alone, neither).
            extent: Of the picture, for what is bound to places in it.
        """
        self._told: list[torch.Tensor] | None = None
        self._words: torch.Tensor | None = None
        self._references, self._is_guided, self._asks_thrice = worn(references), is_guided, asks_thrice
        self._places = _places(self._references, extent)
        self._read = [one for one in references if one not in self._references]

    def before_network(self, call: NetworkCall) -> None:
        if self._references:
            self._show(call)
        if self._read:
            self._say(call)

    def _show(self, call: NetworkCall) -> None:
        network = self._references[0].adapter.network
        name, inside = TOLD_BY[network]
        seen = self._embeddings()
        given = seen[0][:, 0] if network is AdapterNetwork.SD3 else seen
        call.kwargs = {**call.kwargs, name: {**(call.kwargs.get(name) or {}), inside: given}}
        if self._places is not None:
            own = call.kwargs.get(ATTENTION) or {}
            call.kwargs = {**call.kwargs, ATTENTION: {**own, PLACES: list(self._places)}}

    def _say(self, call: NetworkCall) -> None:
        """What is read as words stands behind those of the prompt, and like them at no place."""
        import torch

        forward = call.forward

        def with_pictures(*args: Any, **kwargs: Any) -> Any:
            words, places = kwargs["encoder_hidden_states"], kwargs["txt_ids"]
            if words.shape[1] < len(places):  # another sentence's words came in their place
                kwargs = {**kwargs, "encoder_hidden_states": self._behind(words)}
            return forward(*args, **kwargs)

        words, places = self._behind(call.kwargs["encoder_hidden_states"]), call.kwargs["txt_ids"]
        more = places.new_zeros(words.shape[1] - len(places), *places.shape[1:])
        call.kwargs = {**call.kwargs, "encoder_hidden_states": words, "txt_ids": torch.cat([places, more])}
        call.forward = with_pictures

    def _behind(self, words: torch.Tensor) -> torch.Tensor:
        """`words` (B x tokens x width) with those of the pictures."""
        import torch

        if self._words is None:
            self._words = torch.cat([as_words(one) for one in self._read], dim=1)
        return torch.cat([words, self._words.to(words).expand(len(words), -1, -1)], dim=1)

    def _embeddings(self) -> list[torch.Tensor]:
        import torch

        if self._told is None:
            self._told = [torch.cat(self._parts(one)) for one in self._references]
        return self._told

    def _parts(self, one: LoadedReference) -> list[torch.Tensor]:
        if not self._is_guided:
            return [one.seen]
        return [one.seen, one.unseen, one.unseen] if self._asks_thrice else [one.unseen, one.seen]


def _places(
    references: Sequence[LoadedReference], extent: Extent | None
) -> tuple[torch.Tensor | None, ...] | None:
    """Of each its places, 1 x pictures x H x W from 0 to 1, or None: everywhere; None where all are so.

    Each layer of the network scales it to its own cells.
    """
    if extent is None or all(place is None for one in references for place in one.places):
        return None
    import torch

    def covered(place: MaskInput | None) -> torch.Tensor:
        if place is None:
            return torch.ones(extent.height, extent.width)
        return torch.from_numpy(fitted_mask(place, extent).astype("float32") / 255.0)

    def placed(one: LoadedReference) -> torch.Tensor | None:
        if all(place is None for place in one.places):
            return None
        return torch.stack([covered(place) for place in one.places])[None].to(one.seen.device)

    return tuple(map(placed, references))


def worn(references: Sequence[LoadedReference]) -> tuple[LoadedReference, ...]:
    """Those whose adapters are put into the denoiser; the others are read as words."""
    return tuple(one for one in references if one.adapter.network is not AdapterNetwork.REDUX)


def as_words(one: LoadedReference) -> torch.Tensor:
    """1 x pieces x width: the picture's pieces as FLUX.1 Redux puts them, each counting by the weight."""
    from torch.nn import functional

    state = {name: tensor.to(one.seen) for name, tensor in one.adapter.state["redux"].items()}
    opened = functional.linear(one.seen[0], state["redux_up.weight"], state.get("redux_up.bias"))
    words = functional.linear(
        functional.silu(opened), state["redux_down.weight"], state.get("redux_down.bias")
    )
    return one.given.weight * words


def look(
    encoder: Any, eyes: Any, pixels: Pixels, by_pieces: bool, to_the_end: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `encoder` says of the picture (H x W x 3), and of none; as `LoadedReference` has them.

    Of none CLIP's says what it says of black, SigLIP's nothing (zeros), as the adapters were taught.
    """
    import torch
    from PIL import Image

    with torch.inference_mode():
        values = eyes(Image.fromarray(pixels), return_tensors="pt").pixel_values
        values = values.to(device=encoder.device, dtype=next(encoder.parameters()).dtype)
        if to_the_end:
            seen = encoder(values).last_hidden_state
            unseen = torch.zeros_like(seen)
        elif by_pieces:
            seen = encoder(values, output_hidden_states=True).hidden_states[-2]
            if encoder.config.model_type.startswith("siglip"):
                unseen = torch.zeros_like(seen)
            else:
                unseen = encoder(torch.zeros_like(values), output_hidden_states=True).hidden_states[-2]
        else:
            seen = encoder(values).image_embeds
            unseen = torch.zeros_like(seen)
    return seen[None], unseen[None]

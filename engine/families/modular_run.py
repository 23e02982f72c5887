"""Families that diffusers has as modular blocks only, run as classic pipelines are: networks in, latents out.

The blocks are diffusers' own, taken from the installed package by name; what a model's folder says about
blocks is never read. Blocks that rewrite the prompt or decode are left out: both are done here in other ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from engine.api.guiders import Guider
from engine.diffusion.guiding import Guiding
from engine.tokenizers.words_only import WordsOnly

LEFT_OUT = ("prompt_upsampler", "decode")
UNREAD = ("output_type", "return_dict", "guidance_scale")
"""Of a call: what is said to the guider, or what every run gives anyway."""


class ModularRun:
    """One run of `blocks`, a class of diffusers'. Subclasses name the parts that it is made of."""

    blocks = ""

    def __init__(self, parts: Mapping[str, Any], guider: Mapping[str, Any] | None = None) -> None:
        """`guider`: what the folder says of how it guides, but for how much."""
        import diffusers  # imports torch

        self._guider = guider or {}
        self.guiding: Guiding | None = None
        """How it is guided; None: as plainly as the folder says."""

        blocks = getattr(diffusers, self.blocks)()
        for name in LEFT_OUT:
            blocks.sub_blocks.pop(name, None)
        for block in _all_below(blocks):
            if hasattr(block, "set_progress_bar_config"):
                block.set_progress_bar_config(disable=True)
        self._parts = dict(parts)
        self.run = blocks.init_pipeline()
        """The blocks with their parts."""
        self.run.update_components(**{name: part for name, part in parts.items() if part is not None})

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_parts"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def components(self) -> dict[str, Any]:
        return dict(self._parts)

    def set_progress_bar_config(self, **options: Any) -> None:
        """Nothing: its bars are off, each in a block of its own."""

    def __call__(self, **call: Any) -> tuple[Any]:
        """As a classic pipeline that is asked for latents: B x ... as its scheduler keeps them."""
        if "guider" in self.run._component_specs:
            guiding = self.guiding or Guiding(Guider.CFG, call["guidance_scale"])
            self.run.update_components(guider=guiding.made(self._parts["scheduler"], self._guider))
        asked = {name: value for name, value in call.items() if name not in UNREAD and value is not None}
        return (self.run(**asked, output="latents"),)

    def enable_model_cpu_offload(self, device: Any) -> None:
        """Each network is on `device` only while it works."""
        from accelerate import cpu_offload_with_hook

        before = None
        for part in self._parts.values():
            if hasattr(part, "parameters"):
                _, before = cpu_offload_with_hook(part, device, before)

    def remove_all_hooks(self) -> None:
        from accelerate.hooks import remove_hook_from_module

        for part in self._parts.values():
            if hasattr(part, "parameters"):
                remove_hook_from_module(part, recurse=True)


def _all_below(block: Any) -> Iterator[Any]:
    for below in getattr(block, "sub_blocks", {}).values():
        yield below
        yield from _all_below(below)


class AnimaRun(ModularRun):
    blocks = "AnimaAutoBlocks"

    def __init__(
        self,
        scheduler: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        t5_tokenizer: Any,
        text_conditioner: Any,
        transformer: Any,
        guider: dict[str, Any] | None = None,
    ) -> None:
        _resize_without_torchvision()
        super().__init__(
            {
                "scheduler": scheduler, "vae": vae, "text_encoder": text_encoder, "tokenizer": tokenizer,
                "t5_tokenizer": t5_tokenizer, "text_conditioner": text_conditioner,
                "transformer": transformer,
            },
            guider,
        )  # fmt: skip


def _resize_without_torchvision() -> None:
    """Cosmos' transformer asks torchvision to stretch its padding mask, and that library is not here."""
    from diffusers.models.transformers import transformer_cosmos
    from torch.nn.functional import interpolate

    def resize(image: Any, size: Any, interpolation: str) -> Any:
        return interpolate(image, size=size, mode=interpolation)

    if not hasattr(transformer_cosmos, "transforms"):
        stand_in = SimpleNamespace(
            functional=SimpleNamespace(resize=resize), InterpolationMode=SimpleNamespace(NEAREST="nearest")
        )
        transformer_cosmos.transforms = stand_in  # type: ignore[attr-defined]


class Flux3Run(ModularRun):
    blocks = "Flux3AutoBlocks"

    def __init__(
        self,
        scheduler: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        transformer: Any,
        guider: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            {
                "scheduler": scheduler, "vae": vae, "text_encoder": text_encoder,
                "tokenizer": WordsOnly(tokenizer), "transformer": transformer,
            },
            guider,
        )  # fmt: skip


class Flux3DistilledRun(Flux3Run):
    blocks = "Flux3DistilledAutoBlocks"

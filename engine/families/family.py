"""What a model family can do: recognise its files from their headers, load them, name its pipelines."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.form import Json
from engine.api.images import Extent, Pixels
from engine.api.mask import Coverage
from engine.api.model_info import ModelInfo
from engine.families.checkpoint import Checkpoint
from engine.families.control_networks import ControlBase
from engine.families.lora import Changes, put_on, set_weights, take_off

if TYPE_CHECKING:
    import torch


class Reads(enum.Enum):
    """What a denoiser is given at each step."""

    LATENTS = "latents"
    MASKED_PICTURE = "masked picture"
    """Beside the latents a mask and the picture without what it covers: an inpainting network."""
    PICTURE = "picture"
    """Beside the latents a picture that the words are an instruction for."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a picture begins with."""

    extent: Extent
    start: Pixels | None
    """H x W x 3 of `extent`; None begins in noise."""
    mask: Coverage | None
    """H x W of `extent`: what may change; None is all."""
    strength: float
    guidance_rescale: float


class Task(enum.Enum):
    """What a pipeline makes, and from what."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"


CheckNetwork = Callable[[str, Any], None]
"""Called with a part's name and its network; raises `UnsafeFile` where the numbers in it are no good."""


class Family(Protocol):
    """One file in this folder; its module ends with `FAMILY = ...`."""

    id: str
    """The module's name."""
    title: str
    lora_targets: Mapping[str, tuple[str, ...]]
    """By part: the ends of the names of the layers that a LoRA learns to change. Empty: it has no LoRA."""

    def built_in(self) -> tuple[ModelInfo, ...]:
        """Models that need no file."""
        ...

    def recognise(self, checkpoint: Checkpoint) -> ModelInfo | None:
        """What `checkpoint` is and can do, from its header alone, without torch; None where it is not ours.

        Raises `UnsupportedModel` where it is of this family but a kind that cannot be run, `UnsafeFile` where
        its parts contradict each other.
        """
        ...

    def layers(self, checkpoint: Checkpoint, part: str) -> Mapping[str, tuple[int, ...]]:
        """Layer to the shape of its weight, by the names of the part's class, from the header alone."""
        ...

    def control_base(self, checkpoint: Checkpoint) -> ControlBase | None:
        """What a ControlNet for `checkpoint` must fit, from the header alone; None: it follows no maps."""
        ...

    def load(
        self,
        info: ModelInfo,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        check: CheckNetwork,
    ) -> LoadedModel:
        """The networks with their weights, in memory of their own (the file may go away afterwards).

        `check` is called with each network when it is loaded.
        """
        ...


@dataclass(frozen=True, eq=False)
class WornLora:
    """A LoRA in memory, as a model wears it."""

    name: str
    """Of the adapter: unlike every other that is worn."""
    weight: float
    changes: Mapping[str, Changes]
    """By part."""


class LoadedModel:
    """Networks in memory, shared by every pipeline that is made of them."""

    def __init__(
        self,
        info: ModelInfo,
        *,
        unet: Any,
        vae: Any,
        tokenizer: Any,
        load_text_encoder: Callable[[], Any],
        pipeline_class: Callable[[Task], type],
        arguments: Callable[[Inputs], dict[str, Any]],
        reads: Reads,
        configs: Mapping[str, Mapping[str, Json]],
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        sha256: str,
        lora_targets: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.info = info
        self.unet = unet
        self.vae = vae
        self.tokenizer = tokenizer
        """A `transformers.CLIPTokenizer`; its `model_max_length` counts the start and end marks."""
        self.scheduler_config = dict(configs["scheduler"])
        """What the model was trained with: betas, prediction type, ..."""
        self.part_configs = {part: json.dumps(config, sort_keys=True) for part, config in configs.items()}
        """Part name to its whole configuration as JSON."""
        self.dtype = dtype
        self.device = device
        self.part_sha256 = dict(part_sha256)
        """Part name to the hash of its weight files."""
        self.sha256 = sha256
        """Over all weight files."""
        self._lora_targets = lora_targets or {}
        self._load_text_encoder = load_text_encoder
        self._pipeline_class = pipeline_class
        self.arguments = arguments
        """What its pipeline is called with besides words and noise."""
        self.reads = reads
        self._text_encoder: Any = None
        self._worn: tuple[WornLora, ...] = ()
        self._worn_key = ""

    @property
    def has_stock_batch(self) -> bool:
        """True where guidance sends (negative half, prompt half) through the network."""
        return self.reads is not Reads.PICTURE

    @property
    def identity(self) -> str:
        """Weights and configurations in one word: equal where they are."""
        form = json.dumps([self.sha256, self.part_configs], sort_keys=True)
        return hashlib.sha256(form.encode()).hexdigest()

    def text_encoder(self) -> Any:
        """Loaded on the first call: a prompt whose embedding is kept needs none."""
        if self._text_encoder is None:
            self._text_encoder = self._load_text_encoder()
            _dress("text_encoder", self._text_encoder, self._worn)
        return self._text_encoder

    @property
    def has_text_encoder(self) -> bool:
        return self._text_encoder is not None

    def forget_text_encoder(self) -> None:
        """Its memory is free; the next new prompt loads it again."""
        self._text_encoder = None

    @property
    def grid_px(self) -> int:
        """Sides of a picture that is learnt from are multiples of it: every level of the denoiser halves."""
        cell = 2 ** (len(self.vae.config.block_out_channels) - 1)
        return cell * 2 ** (len(self.unet.config.block_out_channels) - 1)

    def denoise(self, latents: torch.Tensor, timesteps: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """What the denoiser says of noisy `latents` (B x C x h x w) at `timesteps` (B), for `text`."""
        dtype = self.unet.dtype
        return self.unet(latents.to(dtype), timesteps, text.to(dtype), return_dict=False)[0]

    def layers_to_teach(self, part: str) -> dict[str, tuple[int, ...]]:
        """The layers of `part` that a LoRA learns to change, with the shapes of their weights."""
        ends = tuple(f".{end}" for end in self._lora_targets.get(part, ()))
        network = {"unet": self.unet, "text_encoder": self._text_encoder}[part]
        return {
            name: tuple(module.weight.shape)
            for name, module in network.named_modules()
            if ends and f".{name}".endswith(ends) and hasattr(module, "weight")
        }

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

    def _undress(self) -> None:
        self._worn, self._worn_key = (), ""
        for network in self._dressable.values():
            take_off(network)

    @property
    def _dressable(self) -> dict[str, Any]:
        networks = {"unet": self.unet, "text_encoder": self._text_encoder}
        return {part: network for part, network in networks.items() if network is not None}

    @property
    def bytes(self) -> int:
        """Memory that the weights take now."""
        networks = (self.unet, self.vae, self._text_encoder)
        return sum(
            parameter.numel() * parameter.element_size()
            for network in networks
            if network is not None
            for parameter in network.parameters()
        )

    def pipeline(self, task: Task, scheduler: Any) -> Any:
        """A diffusers pipeline for one job around the shared networks.

        Built as `Class(**components)`: `from_pipe` would cast the shared weights to float32.
        """
        pipeline = self._pipeline_class(task)(
            unet=self.unet,
            vae=self.vae,
            text_encoder=self._text_encoder,
            tokenizer=self.tokenizer,
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


def _dress(part: str, network: Any, worn: tuple[WornLora, ...]) -> None:
    for lora in worn:
        if part in lora.changes:
            put_on(network, lora.name, lora.changes[part])
    if any(part in lora.changes for lora in worn):
        set_weights(network, {lora.name: lora.weight for lora in worn})

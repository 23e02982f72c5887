"""A model in memory: its networks, what is known of them, and the pipelines around them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.api.images import Extent, Pixels
from engine.api.model_info import ModelInfo
from engine.checkpoints.hashing import over_all
from engine.diffusion.devices import environment
from engine.diffusion.latents.packing import AS_THEY_ARE, Packing
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.latents.table import latent_space
from engine.families.family import Inputs, Reads, Task
from engine.families.heeded import heeding
from engine.families.in_memory import NetworksInMemory
from engine.families.kinds import Kind, Refiner, pipeline_class_of
from engine.families.seen_words import LaterReader
from engine.families.traits import Traits

if TYPE_CHECKING:
    import torch

    from engine.families.words import Reader

RunsFirstStage = Callable[["LoadedModel", Mapping[str, Any], Any, Callable[[float], None]], dict[str, Any]]
"""From the model, the words (and pictures), the picture's generator, and who is told what is done."""


@dataclass(frozen=True, eq=False)
class Denoised:
    """What a model of several stages is finished from."""

    latents: torch.Tensor
    """1 x C x h x w, of the network that is denoised with."""
    call: Mapping[str, Any]
    """What its pipeline was called with."""
    prompt: str
    """Its words, without brackets and numbers."""
    extent: Extent
    """Of the finished picture."""
    generator: Any
    say: Callable[[float], None]
    """Is told the share that is done; raises to end."""


SeesBeside = Callable[["LoadedModel", Pixels], "torch.Tensor"]
"""From the model and a picture, H x W x 3, to what is kept of it as a whole beside its latents, 1 x D."""
RunsLastStage = Callable[["LoadedModel", Denoised], "torch.Tensor"]
"""The finished picture, 1 x 3 x H x W from 0 to 1."""
WITHOUT = {"requires_safety_checker": False, "add_watermarker": False}
"""Nothing looks over the artist's shoulder, and nothing is hidden in a picture."""
_NONE = Parameter.empty


class LoadedModel(NetworksInMemory):
    """Networks in memory, shared by every pipeline that is made of them."""

    def __init__(
        self,
        info: ModelInfo,
        kind: Kind,
        *,
        denoiser: tuple[str, Any],
        vae: Any,
        tokenizers: Mapping[str, Any],
        load_text: Mapping[str, Callable[[], Any]],
        configs: Mapping[str, Mapping[str, Json]],
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        traits: Traits,
        lora_targets: Mapping[str, tuple[str, ...]],
        space: LatentSpace | None = None,
        packing: Packing = AS_THEY_ARE,
        options: Mapping[str, Json] | None = None,
        finish: Callable[[dict[str, Any]], dict[str, Any]] = lambda call: call,
        first_stage: RunsFirstStage | None = None,
        last_stage: RunsLastStage | None = None,
        seen_beside: SeesBeside | None = None,
        load_later: Mapping[str, Callable[[], Any]] | None = None,
        refiner: Refiner | None = None,
    ) -> None:
        """
        Args:
            denoiser: Name of the part and its network.
            vae: None where the denoiser works on pixels.
            tokenizers: By part.
            load_text: By part, in the order in which the pipeline has them.
            configs: Of every part that has one, and of its schedules.
            part_sha256: Part name to the hash of its weight files.
            space: Of `vae`, where that does not tell it.
            options: What the pipelines are told of the model besides its parts.
            finish: Changes the pipeline's whole call before it is made.
            first_stage: Makes of the words what the pipeline is told in their place.
            last_stage: Makes the picture of what was denoised, where that is not an autoencoder alone.
            load_later: By part, the networks that it does so with.
            refiner: Draws what was made larger, where its own pipeline cannot.
            seen_beside: What it keeps of a picture beside latents.
        """
        super().__init__(denoiser, vae, load_text, load_later or {}, device)
        self.info, self.kind, self.traits = info, kind, traits
        self.dtype = dtype
        self.space = space or latent_space(vae)
        """Where the denoiser's latents lie."""
        self._own_space = self.space
        self.packing = packing
        self.part_sha256 = dict(part_sha256)
        """Part name to the hash of its weight files."""
        self.sha256 = over_all(part_sha256)
        """Over all weight files."""
        self.vae_sha256 = self.part_sha256.get("vae", "")
        """Of the autoencoder that is in use: its own, or one that was put in its place."""
        self.scheduler_config = dict(configs["scheduler"])
        """What the model was trained with: betas, prediction type, ..."""
        self.part_configs = {part: json.dumps(config, sort_keys=True) for part, config in configs.items()}
        """Part name to its whole configuration as JSON."""
        self._tokenizers = dict(tokenizers)
        self._options = dict(options or {})
        self._lora_targets = lora_targets
        self.finished_call, self.first_stage, self.last_stage = finish, first_stage, last_stage
        self._refiner = refiner
        self.seen_beside = seen_beside
        self.first_made: dict[str, tuple[dict[str, Any], torch.Tensor]] = {}
        """What its first stage has made lately, with where that left the picture's generator."""

    @property
    def reader(self) -> Reader | None:
        """What reads its words; None: it has none."""
        return self.kind.reader

    @property
    def reads(self) -> Reads:
        """What its denoiser is given at each step."""
        return self.kind.reads

    @contextmanager
    def refining(self) -> Iterator[None]:
        """Inside, it is what draws anew pictures that were made larger; most are so by themselves."""
        if (refiner := self._refiner) is None:
            yield
            return
        before = self.kind, self.packing, self.traits, self.finished_call
        self.kind, self.packing = refiner.kind, refiner.packing
        self.traits, self.finished_call = refiner.traits, refiner.finish
        try:
            yield
        finally:
            self.kind, self.packing, self.traits, self.finished_call = before

    def arguments(self, inputs: Inputs) -> dict[str, Any]:
        """What its pipeline is called with besides words and noise."""
        return self.kind.arguments(inputs)

    @property
    def noise_scale(self) -> float:
        """What noise is multiplied by before it is laid on a picture."""
        scale = self._options.get("noise_scale", 1.0)
        return float(scale) if isinstance(scale, (int, float)) else 1.0

    @property
    def has_stock_batch(self) -> bool:
        """True where guidance sends (negative half, prompt half) through the network."""
        return self.traits.has_stock_batch and self.reads is not Reads.PICTURE

    def is_guided(self, guidance: float) -> bool:
        """True where a picture with this guidance scale reads the negative prompt."""
        if not self.kind.negative_prompt:
            return False
        if self.kind.is_guided is not None:
            return self.kind.is_guided(guidance)
        # as the pipelines decide it: a network distilled for guidance takes the scale as an input
        return guidance > 1 and getattr(self.denoiser.config, "time_cond_proj_dim", None) is None

    def unpack(self, latents: torch.Tensor, extent: Extent) -> torch.Tensor:
        """Latents as a scheduler keeps them, as 1 x C x h x w."""
        return self.packing.unpack(latents[:1], extent, self.space.cell_px)

    @property
    def identity(self) -> str:
        """Weights and configurations in one word: equal where they are."""
        packed = ["int8"] if self.in_eight_bits else []
        form = json.dumps([self.sha256, self.part_configs, *packed, *self._exchanged], sort_keys=True)
        return hashlib.sha256(form.encode()).hexdigest()

    @property
    def _exchanged(self) -> list[str]:
        return [] if self.vae is self._own_vae else [self.vae_sha256]

    def decode_with(self, sha256: str, load: Callable[[Any], Any]) -> None:
        """Have the autoencoder that `load` makes of its own, whose hash is `sha256`; "" is its own again."""
        if not sha256:
            self.vae, self.space = self._own_vae, self._own_space
            self.vae_sha256 = self.part_sha256.get("vae", "")
        elif sha256 != self.vae_sha256:
            self.vae = load(self._own_vae)
            self.space, self.vae_sha256 = latent_space(self.vae), sha256

    @property
    def tokenizer(self) -> Any:
        """The first: of Stable Diffusion a `transformers.CLIPTokenizer`.

        Its `model_max_length` counts the start and end marks.
        """
        return next(iter(self._tokenizers.values()), None)

    @property
    def tokenizers(self) -> tuple[Any, ...]:
        """In the order in which the pipeline has them."""
        return tuple(self._tokenizers.values())

    def encoder_key(self, text_key: str) -> str:
        """All that decides an embedding's bits besides its tokens; `text_key`: of what its encoders wear."""
        here = environment(self.device, self.dtype)
        return "|".join(
            (
                *filter(None, [text_key]),
                *(self.part_sha256[part] for part in self.text_parts),
                *(self.part_configs[part] for part in self.text_parts),
                *(["int8"] if self.in_eight_bits else []),
                here.dtype,
                here.device,
                here.torch,
                here.transformers,
                str(here.threads),
            )
        )

    @property
    def components(self) -> dict[str, Any]:
        """What the pipelines are made of, by part, without the scheduler; text encoders where loaded."""
        return {self.denoiser_part: self.denoiser, "vae": self.vae, **self._tokenizers, **self._text}

    @property
    def grid_px(self) -> int:
        """Sides of a picture that is learnt from are multiples of it: every level of the denoiser halves."""
        levels = getattr(self.denoiser.config, "block_out_channels", None)
        if levels is None:  # a transformer has none
            return max(self.info.capabilities.size_multiple, 2 * self.space.cell_px)
        return self.space.cell_px * 2 ** (len(levels) - 1)

    def layers_to_teach(self, part: str) -> dict[str, tuple[int, ...]]:
        """The layers of `part` that a LoRA learns to change, with the shapes of their weights."""
        ends = tuple(f".{end}" for end in self._lora_targets.get(part, ()))
        network = {self.denoiser_part: self.denoiser, **self._text}[part]
        return {
            name: tuple(module.weight.shape)
            for name, module in network.named_modules()
            if ends and f".{name}".endswith(ends) and hasattr(module, "weight")
        }

    def pipeline(self, task: Task, scheduler: Any) -> Any:
        """A diffusers pipeline for one job around the shared networks.

        One that reads its words together with a picture has its text encoders at hand.
        Built as `Class(**components)`: `from_pipe` would cast the shared weights to float32.
        """
        pipeline_class = pipeline_class_of(self.kind, task)
        if isinstance(self.reader, LaterReader):
            self.load_text_encoders()
            if self.reader.hears is not None:
                pipeline_class = heeding(pipeline_class, self.reader.hears)
        given = {**self.components, **WITHOUT, **self._options, "scheduler": scheduler}
        wanted = signature(pipeline_class.__init__).parameters.values()
        pipeline = pipeline_class(
            **{
                parameter.name: given.get(parameter.name)
                for parameter in wanted
                if parameter.name in given or (parameter.name != "self" and parameter.default is _NONE)
            }
        )
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

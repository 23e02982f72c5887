"""A model in memory: its networks, what they wear, where they are, and the pipelines around them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.api.images import Extent
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterNetwork, ReferenceScope
from engine.checkpoints.eight_bits.packing import in_eight_bits
from engine.checkpoints.weights import State
from engine.diffusion.devices import environment
from engine.diffusion.latents.packing import AS_THEY_ARE, Packing
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.latents.table import latent_space
from engine.families.family import Inputs, Reads, Task
from engine.families.heeded import heeding
from engine.families.seen_words import LaterReader
from engine.families.words import Reader
from engine.loras.lora import Changes, put_on, set_weights, take_off
from engine.networks.maps import OwnMap
from engine.networks.tuning import Tuned, Tuning
from engine.networks.worn_ip_adapters import WORN, WornAdapters

if TYPE_CHECKING:
    import torch

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


RunsLastStage = Callable[["LoadedModel", Denoised], "torch.Tensor"]
"""The finished picture, 1 x 3 x H x W from 0 to 1."""
WITHOUT = {"requires_safety_checker": False, "add_watermarker": False}
"""Nothing looks over the artist's shoulder, and nothing is hidden in a picture."""
_NONE = Parameter.empty


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


class LoadedModel:
    """Networks in memory, shared by every pipeline that is made of them."""

    def __init__(
        self,
        info: ModelInfo,
        *,
        denoiser: tuple[str, Any],
        vae: Any,
        tokenizers: Mapping[str, Any],
        load_text: Mapping[str, Callable[[], Any]],
        reader: Reader | None,
        pipeline_class: Callable[[Task], type],
        arguments: Callable[[Inputs], dict[str, Any]],
        reads: Reads,
        configs: Mapping[str, Mapping[str, Json]],
        dtype: torch.dtype,
        device: torch.device,
        part_sha256: Mapping[str, str],
        sha256: str,
        lora_targets: Mapping[str, tuple[str, ...]] | None = None,
        space: LatentSpace | None = None,
        packing: Packing = AS_THEY_ARE,
        is_guided: Callable[[float], bool] | None = None,
        has_stock_batch: bool = True,
        begins_by_latents: bool = False,
        ends_in_pixels: bool = False,
        takes_latents: bool = True,
        takes_packed: bool = True,
        in_float32: bool = False,
        options: Mapping[str, Json] | None = None,
        finish: Callable[[dict[str, Any]], dict[str, Any]] = lambda call: call,
        first_stage: RunsFirstStage | None = None,
        last_stage: RunsLastStage | None = None,
        load_later: Mapping[str, Callable[[], Any]] | None = None,
        own_map: OwnMap | None = None,
        reads_beside: bool = False,
    ) -> None:
        """
        Args:
            denoiser: Name of the part and its network.
            vae: None where the denoiser works on pixels.
            tokenizers: By part.
            load_text: By part, in the order in which the pipeline has them.
            space: Of `vae`, where that does not tell it.
            is_guided: Whether a guidance scale asks for the negative prompt; None: above 1.
            has_stock_batch: False where guidance does not send (negative half, prompt half) at once.
            begins_by_latents: True where image to image is text to image that begins midway.
            ends_in_pixels: True where the pipeline does not give the denoiser's latents in the end.
            takes_latents: False where the pipeline cannot be given any to begin with.
            takes_packed: False where the pipeline packs the latents that it is given.
            in_float32: True where the pipeline keeps its latents in 32 bits.
            options: What the pipelines are told of the model besides its parts.
            finish: Changes the pipeline's whole call before it is made.
            first_stage: Makes of the words what the pipeline is told in their place.
            last_stage: Makes the picture of what was denoised, where that is not an autoencoder alone.
            load_later: By part, the networks that it does so with.
            own_map: How the denoiser reads a map by itself; None: it reads none.
            reads_beside: True where mask and picture are laid beside the latents for it.
        """
        self.info = info
        self.denoiser_part, self.denoiser = denoiser
        self.vae = vae
        self.reader = reader
        self.space = space or latent_space(vae)
        """Where the denoiser's latents lie."""
        self._own = (self.vae, self.space)
        self.vae_sha256 = part_sha256.get("vae", "")
        """Of the autoencoder that is in use: its own, or one that was put in its place."""
        self.packing = packing
        self.begins_by_latents, self.ends_in_pixels = begins_by_latents, ends_in_pixels
        self.takes_latents, self.takes_packed, self.in_float32 = takes_latents, takes_packed, in_float32
        self._tokenizers = dict(tokenizers)
        self._load_text = dict(load_text)
        self._text: dict[str, Any] = {}
        self._options = dict(options or {})
        self._is_guided = is_guided
        self.finished_call, self.first_stage = finish, first_stage
        self.last_stage = last_stage
        self._load_later = dict(load_later or {})
        self._later: dict[str, Any] = {}
        self.first_made: dict[str, tuple[dict[str, Any], torch.Tensor]] = {}
        """What its first stage has made lately, with where that left the picture's generator."""
        self._has_stock_batch = has_stock_batch
        self.scheduler_config = dict(configs["scheduler"])
        """What the model was trained with: betas, prediction type, ..."""
        self.part_configs = {part: json.dumps(config, sort_keys=True) for part, config in configs.items()}
        """Part name to its whole configuration as JSON."""
        self.dtype = dtype
        self.device = device
        """Where it works."""
        self.rests_at = device
        """Where the denoiser and the text encoders are while they do not: a card may be too small for all."""
        self.in_eight_bits = False
        """True where their weights are packed."""
        self.part_sha256 = dict(part_sha256)
        """Part name to the hash of its weight files."""
        self.sha256 = sha256
        """Over all weight files."""
        self._lora_targets = lora_targets or {}
        self._pipeline_class = pipeline_class
        self.arguments = arguments
        """What its pipeline is called with besides words and noise."""
        self.reads, self.own_map, self.reads_beside = reads, own_map, reads_beside
        self._worn: tuple[WornLora, ...] = ()
        self._worn_key = ""
        self._tuned = Tuned(self.denoiser)
        self._seen: WornAdapters | None = None
        self._seen_key = ""

    @property
    def noise_scale(self) -> float:
        """What noise is multiplied by before it is laid on a picture."""
        scale = self._options.get("noise_scale", 1.0)
        return float(scale) if isinstance(scale, (int, float)) else 1.0

    @property
    def has_stock_batch(self) -> bool:
        """True where guidance sends (negative half, prompt half) through the network."""
        return self._has_stock_batch and self.reads is not Reads.PICTURE

    def is_guided(self, guidance: float) -> bool:
        """True where a picture with this guidance scale reads the negative prompt."""
        if self._is_guided is not None:
            return self._is_guided(guidance)
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
        return [] if self.vae is self._own[0] else [self.vae_sha256]

    def decode_with(self, sha256: str, load: Callable[[Any], Any]) -> None:
        """Have the autoencoder that `load` makes of its own, whose hash is `sha256`; "" is its own again."""
        if not sha256:
            (self.vae, self.space), self.vae_sha256 = self._own, self.part_sha256.get("vae", "")
        elif sha256 != self.vae_sha256:
            self.vae = load(self._own[0])
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

    @property
    def text_encoders(self) -> tuple[Any, ...]:
        """Those that are loaded, in the order in which the pipeline has them."""
        return tuple(self._text.values())

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
                with in_eight_bits(self.in_eight_bits):
                    self._text[part] = load().to(self.rests_at)
                _dress(part, self._text[part], self._worn)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Inside, the text encoders that are loaded are where the model works."""
        if self.rests_at == self.device:
            yield
            return
        self.load_text_encoders()
        try:
            for network in self._text.values():
                _move(network, self.device)
            yield
        finally:
            for network in self._text.values():
                _move(network, self.rests_at)

    @contextmanager
    def finishing(self, keep_denoiser: bool = False) -> Iterator[tuple[Any, ...]]:
        """Inside, the networks of the last stage, loaded where they are not yet, are where the model works.

        The others wait where they rest, but for the denoiser where it is to be kept as it is.
        """
        for part, load in self._load_later.items():
            if part not in self._later:
                with in_eight_bits(self.in_eight_bits):
                    self._later[part] = load().to(self.rests_at)
        if self.rests_at == self.device:
            yield tuple(self._later.values())
            return
        if not keep_denoiser:
            self.settle()
        try:
            for network in self._later.values():
                _move(network, self.device)
            yield tuple(self._later.values())
        finally:
            for network in self._later.values():
                _move(network, self.rests_at)

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
    def has_text_encoder(self) -> bool:
        return len(self._text) == len(self._load_text)

    def forget_text_encoder(self) -> None:
        """Its memory is free, and that of the last stage; who needs them next loads them again."""
        self._text.clear()
        self._later.clear()

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
                self.denoiser, [one.state for one in adapters], [one.name for one in adapters]
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

    @property
    def _dressable(self) -> dict[str, Any]:
        return {self.denoiser_part: self.denoiser, **self._text}

    @property
    def bytes(self) -> int:
        """Memory that the weights take now, wherever they are."""
        return _bytes_of(self.denoiser, self._own[0], *self._text.values(), *self._later.values())

    @property
    def bytes_on_device(self) -> int:
        """Memory that they take where the model works, while it does not."""
        return self.bytes if self.rests_at == self.device else _bytes_of(self._own[0])

    def pipeline(self, task: Task, scheduler: Any) -> Any:
        """A diffusers pipeline for one job around the shared networks.

        One that reads its words together with a picture has its text encoders at hand.
        Built as `Class(**components)`: `from_pipe` would cast the shared weights to float32.
        """
        pipeline_class = self._pipeline_class(task)
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


def _dress(part: str, network: Any, worn: tuple[WornLora, ...]) -> None:
    for lora in worn:
        if part in lora.changes:
            put_on(network, lora.name, lora.changes[part])
    if any(part in lora.changes for lora in worn):
        set_weights(network, {lora.name: lora.weight for lora in worn})
